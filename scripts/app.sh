#!/usr/bin/env bash
# A release build of the app, opened on the user's own profile. No local servers, no sample data.
set -euo pipefail
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/common.sh"

"$root/scripts/install.sh" build
build_ui
cd "$root"
cargo build --release -p postroom --features postroom/custom-protocol
exec "$target/release/postroom" "$@"
