#!/usr/bin/env bash
# Everything that must hold: installs what is missing, lints, and runs the tests of the user interface, of each room and
# of the real app in its real web view.
set -euo pipefail
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/common.sh"

"$root/scripts/install.sh" test
"$root/scripts/lint.sh"

say "user interface: tests"
(cd "$root/ui" && npm test)

cd "$root"
say "building"
# With the tests' own features, so that nothing is built twice; the binaries too, which the end-to-end tests drive.
cargo build --workspace --bins --tests --features postroom/custom-protocol

say "tests"
# A lab serves all tests of one binary, so plain cargo test and not one process a test. No display of the user's is
# used: the end-to-end tests start their own.
env -u DISPLAY -u WAYLAND_DISPLAY \
  POSTROOM_APP="$target/debug/postroom" POSTROOM_CTL="$target/debug/postroomctl" \
  TAURI_DRIVER="$target/tools/bin/tauri-driver" \
  cargo test --workspace --features postroom/custom-protocol
say "all tests passed"
