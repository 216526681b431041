#!/usr/bin/env bash
# The fuzzers, FUZZ_SECONDS each (an hour): of what servers say, of the queue, of messages, containers, file names and pages.
# What fails is kept in tests/data/fuzz, and run by make test from then on; commit it. FUZZ_SEED=N repeats a run.
set -euo pipefail
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/common.sh"

cd "$root"
export FUZZ_SECONDS="${FUZZ_SECONDS:-3600}"

say "responses of servers: $FUZZ_SECONDS s"
cargo test --release -p postroom-imap --lib guard::fuzz:: -- --nocapture

say "the queue: $FUZZ_SECONDS s"
cargo test -p postroom-sync --test it fuzz:: -- --nocapture

say "messages, containers, file names: $FUZZ_SECONDS s"
cargo test --release -p postroom-mime fuzz:: -- --nocapture

say "pages: $FUZZ_SECONDS s"
cargo test --release -p postroom-html --test it fuzz:: -- --nocapture
