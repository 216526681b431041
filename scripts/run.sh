#!/usr/bin/env bash
# Starts the sample company on real local servers and opens the app on alice's mailbox. Without a display the app runs
# under Xvfb, and what it shows after the first sync is written to target/run.png. With --dev the user interface is
# served by vite. Whatever happens, everything that was started here is stopped, and nothing else.
set -euo pipefail
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/common.sh"

dev=''
[[ "${1:-}" != --dev ]] || dev=yes
here="$root/target/run"
profile="$here/profile"
ready_file="$here/ready"
picture="$root/target/run.png"
groups=()
lab_pid=''
lab_stdin=''

# start LOG COMMAND…: in a process group of its own, so that it can be stopped with its children. Sets $started.
start() {
  local log="$1"
  shift
  if command -v setsid >/dev/null; then
    setsid "$@" >"$log" 2>&1 </dev/null &
  else
    set -m
    "$@" >"$log" 2>&1 </dev/null &
    set +m
  fi
  started=$!
  groups+=("$started")
}

stop_all() {
  local status=$? i group
  trap - EXIT
  trap '' INT TERM HUP
  for ((i = ${#groups[@]} - 1; i >= 0; i--)); do
    group="${groups[$i]}"
    kill -TERM -- "-$group" 2>/dev/null || continue
    for _ in {1..50}; do
      kill -0 -- "-$group" 2>/dev/null || break
      sleep 0.1
    done
    kill -KILL -- "-$group" 2>/dev/null || true
  done
  # The lab ends by itself, and its servers with it, once its standard input closes.
  if [[ -n "$lab_pid" ]]; then
    [[ -z "${LAB[1]:-}" ]] || exec {lab_stdin}>&-
    for _ in {1..100}; do
      kill -0 "$lab_pid" 2>/dev/null || break
      sleep 0.1
    done
    kill -TERM "$lab_pid" 2>/dev/null || true
  fi
  exit "$status"
}
trap stop_all EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# wait_for SECONDS WHAT COMMAND…: until the command succeeds; ends the run when the process $watched ends first.
wait_for() {
  local seconds="$1" what="$2" i
  shift 2
  for ((i = 0; i < seconds * 10; i++)); do
    "$@" && return 0
    kill -0 "$watched" 2>/dev/null || fail "$what: it ended early; see $here"
    sleep 0.1
  done
  fail "$what: nothing after $seconds s; see $here"
}

# The lab's ready line as eight lines: IMAP, SMTP, the CA's file, and the first user.
read_ready_line() {
  # shellcheck disable=SC2016 # the braces are JavaScript's
  node -e '
    const lab = JSON.parse(require("fs").readFileSync(0, "utf8"));
    const [user] = lab.users;
    for (const one of [lab.imap, lab.smtp]) console.log(`${one.host}:${one.port}\n${one.tls}`);
    console.log([lab.ca_file, user.email, user.user, user.password].join("\n"));
  '
}

start_lab() {
  say "starting the sample company"
  # Its own session, so that Ctrl-C reaches it only through its standard input.
  local apart=() line=''
  ! command -v setsid >/dev/null || apart=(setsid)
  coproc LAB { exec "${apart[@]}" "$target/debug/postroom-lab" serve --sample 3000 2>"$here/lab.log"; }
  lab_pid="${LAB_PID:-}" lab_stdin="${LAB[1]:-}"
  IFS= read -r -t 300 line <&"${LAB[0]:-0}" || fail "the servers did not start; see $here/lab.log"
  mapfile -t lab < <(read_ready_line <<<"$line")
  [[ ${#lab[@]} == 8 ]] || fail "the servers' first line is not what was expected; see $here/lab.log"
}

add_account() {
  printf '%s' "${lab[7]}" | "$target/debug/postroomctl" --data-dir "$profile" account add \
    --email "${lab[5]}" --user "${lab[6]}" --imap "${lab[0]}" --imap-tls "${lab[1]}" \
    --smtp "${lab[2]}" --smtp-tls "${lab[3]}" --ca "${lab[4]}" --password-stdin
}

start_vite() {
  start "$here/vite.log" npm --prefix "$root/ui" run dev
  watched="$started"
  wait_for 60 "vite" vite_answers
}

# Whether vite answers on its port, without any other tool than bash.
vite_answers() { (exec 3<>/dev/tcp/127.0.0.1/1420 || exec 3<>/dev/tcp/::1/1420) 2>/dev/null; }

has_display() { [[ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" || "$(uname -s)" == Darwin ]]; }

start_display() {
  # Xvfb looks for a free number and says which.
  # shellcheck disable=SC2016 # for the inner bash
  start "$here/xvfb.log" bash -c 'exec Xvfb -displayfd 3 -screen 0 1280x800x24 -nolisten tcp 3>"$1"' _ "$here/display"
  watched="$started"
  wait_for 20 "Xvfb" test -s "$here/display"
  DISPLAY=":$(tr -d '[:space:]' <"$here/display")"
  export DISPLAY
  # Nothing of the user's own session is touched.
  export XDG_RUNTIME_DIR="$here/xdg/runtime" XDG_DATA_HOME="$here/xdg/data"
  export XDG_CONFIG_HOME="$here/xdg/config" XDG_CACHE_HOME="$here/xdg/cache"
  (umask 077 && mkdir -p "$XDG_RUNTIME_DIR" "$XDG_DATA_HOME" "$XDG_CONFIG_HOME" "$XDG_CACHE_HOME")
}

take_picture() {
  rm -f "$picture"
  start "$here/app.log" dbus-run-session -- "${app[@]}"
  watched="$started"
  say "waiting for the first sync"
  wait_for 300 "the app" test -e "$ready_file"
  sleep 1
  import -window root "$picture"
  [[ "$(identify -format '%k' "$picture")" -ge 32 ]] || fail "the window is blank; see $picture and $here/app.log"
  say "what the app shows:"
  printf '%s\n' "$picture"
}

"$root/scripts/install.sh" run
[[ "${BASH_VERSINFO[0]}" -ge 4 ]] || fail "bash 4 or newer is needed (macOS: brew install bash); or use make app"
for program in dovecot doveadm; do
  command -v "$program" >/dev/null || [[ -x "/usr/sbin/$program" ]] || fail "$program is missing; README.md names the packages"
done

rm -rf "$here"
mkdir -p "$profile"
build_ui
build_debug
POSTROOM_VAULT_KEY="$(od -An -v -tx1 -N32 /dev/urandom | tr -d ' \n')"
export POSTROOM_VAULT_KEY POSTROOM_READY_FILE="$ready_file"

start_lab
add_account
app=("$target/debug/postroom" --data-dir "$profile")
if [[ -n "$dev" ]]; then
  start_vite
  # Without custom-protocol the window loads from vite; a target folder of its own spares both builds a rebuild.
  (cd "$root" && cargo build -p postroom --target-dir "$target/dev")
  app=("$target/dev/debug/postroom" --data-dir "$profile")
fi

if has_display; then
  say "opening the app; close its window, or press Ctrl-C here, to stop everything"
  start "$here/app.log" "${app[@]}"
  wait "$started" || fail "the app ended with an error; see $here/app.log"
else
  start_display
  take_picture
fi
