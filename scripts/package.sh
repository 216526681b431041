#!/usr/bin/env bash
# What users install. The bundler is fetched for this one call and is no dependency of the project.
set -euo pipefail
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/common.sh"

"$root/scripts/install.sh" build
build_ui
case "$(uname -s)" in
  Linux) bundles=deb,rpm ;;
  Darwin) bundles=app,dmg ;;
  *) bundles=nsis ;;
esac
cd "$root/src-tauri"
npm exec --yes --package=@tauri-apps/cli@2.12.5 -- tauri build --bundles "$bundles"
say "the packages:"
find "$target/release/bundle" -type f \( -name '*.deb' -o -name '*.rpm' -o -name '*.dmg' -o -name '*.exe' \)
