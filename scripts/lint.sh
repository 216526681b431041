#!/usr/bin/env bash
# Formatting, lints and stale generated files. Any warning is an error.
set -euo pipefail
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/common.sh"

"$root/scripts/install.sh" build
cd "$root"

say "rust: format"
cargo fmt --all --check

say "user interface: types, lints, format, build"
(cd ui && npm run --silent check && npm run --silent lint)
build_ui # the shell embeds it, so it does not compile without

say "rust: lints"
cargo clippy --workspace --all-targets --features postroom/custom-protocol -- -D warnings

say "bindings"
bindings=ui/src/ipc/bindings.ts
before="$(cksum <"$bindings")"
cargo test -q --workspace --lib --bins --features postroom/custom-protocol bindings >/dev/null
[[ "$(cksum <"$bindings")" == "$before" ]] || fail "$bindings was stale and has been written anew: commit it"

if command -v shellcheck >/dev/null; then
  say "shell scripts"
  shellcheck -x scripts/*.sh .ci/run
fi
