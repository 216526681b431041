#!/usr/bin/env bash
# Measures what must stay fast, beside other programs. Numbers are of this machine and of this minute: compare within
# one run.
set -euo pipefail
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/common.sh"

"$root/scripts/install.sh" bench
cd "$root"
# What is timed with its start is a program of its own.
cargo build --release -p postroom-ctl
export POSTROOM_CTL="$target/release/postroomctl"

# Each room with a benches/ folder.
for folder in src-tauri/crates/*/benches; do
  [[ -d "$folder" ]] || continue
  room="$(basename "$(dirname "$folder")")"
  say "$room"
  cargo bench -p "postroom-$room" --benches
done
