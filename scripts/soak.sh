#!/usr/bin/env bash
# For hours: every step of a sync interrupted, thousands of simulated network faults, a thousand kills.
# POSTROOM_SEEDS, POSTROOM_KILLS: how many; POSTROOM_LARGE: how many megabytes; all else is as in make test.
set -euo pipefail
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/common.sh"

"$root/scripts/install.sh" test
cd "$root"

say "every step interrupted"
POSTROOM_STEPS=all cargo test -p postroom-sync --test it steps::

say "simulated network faults: ${POSTROOM_SEEDS:-10000} seeds"
POSTROOM_SEEDS="${POSTROOM_SEEDS:-10000}" cargo test -p postroom-sync --test it simulation::

say "kills: ${POSTROOM_KILLS:-1000}"
POSTROOM_KILLS="${POSTROOM_KILLS:-1000}" cargo test -p postroom-ctl --test it kill::

say "a large message: ${POSTROOM_LARGE:-2048} MB"
POSTROOM_LARGE="${POSTROOM_LARGE:-2048}" cargo test -p postroom-ctl --test it large:: -- --nocapture

say "three clients: ${POSTROOM_CLIENTS:-500} histories"
POSTROOM_CLIENTS="${POSTROOM_CLIENTS:-500}" cargo test -p postroom-sync --test it clients::

"$root/scripts/fuzz.sh"

say "all well"
