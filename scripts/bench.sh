#!/usr/bin/env bash
# Measures what must stay fast. Numbers are of this machine and of this minute: compare runs of one sitting.
set -euo pipefail
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/common.sh"

"$root/scripts/install.sh" build
cd "$root"

# Each room with a benches/ folder.
for folder in src-tauri/crates/*/benches; do
  [[ -d "$folder" ]] || continue
  room="$(basename "$(dirname "$folder")")"
  say "$room"
  cargo bench -p "postroom-$room" --benches
done
