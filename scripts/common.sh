#!/usr/bin/env bash
# Shared by the other scripts, which source it: where things are, and how to say what is going on.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
# Where cargo builds, absolute.
target="${CARGO_TARGET_DIR:-$root/target}"
[[ "$target" == /* ]] || target="$root/$target"
export root target

say() { printf '\033[1m== %s\033[0m\n' "$*" >&2; }

fail() {
  printf 'postroom: %s\n' "$*" >&2
  exit 1
}

# at_least HAVE WANT: whether a dotted version is not older than another.
at_least() { [[ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" == "$2" ]]; }

build_ui() { (cd "$root/ui" && npm run --silent build); }

# The app with the built user interface inside, postroomctl and the lab, for running and for tests.
build_debug() {
  (cd "$root" && cargo build -p postroom -p postroom-ctl -p postroom-lab --features postroom/custom-protocol)
}
