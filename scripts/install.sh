#!/usr/bin/env bash
# Installs what is missing, and only that.
#   scripts/install.sh build   what it takes to build the app
#   scripts/install.sh run     … and to run the sample company, with or without a display
#   scripts/install.sh test    … and to run every test
#   scripts/install.sh bench   what it takes to build and run the sample company, and the programs to compare with
# Debian and its kin get packages by apt (through sudo where not root). Elsewhere README.md names the packages, and only
# Rust, Node and the node modules are looked after.
set -euo pipefail
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/common.sh"

level="${1:-run}"
build_packages=(build-essential pkg-config libwebkit2gtk-4.1-dev libayatana-appindicator3-1)
lab_packages=(dovecot-imapd dovecot-lmtpd dovecot-managesieved dovecot-sieve postfix)
display_packages=(xvfb imagemagick dbus fonts-noto-cjk fonts-inter)
test_packages=(webkit2gtk-driver dbus-x11 gnome-keyring python3 libsasl2-modules)
bench_packages=(isync interimap)
# Daemons among them. The lab starts its own; the system's must not start because we installed the package.
daemons=(dovecot postfix)

case "$level" in
  build) wanted=("${build_packages[@]}") ;;
  run) wanted=("${build_packages[@]}" "${lab_packages[@]}" "${display_packages[@]}") ;;
  test) wanted=("${build_packages[@]}" "${lab_packages[@]}" "${display_packages[@]}" "${test_packages[@]}") ;;
  bench) wanted=("${build_packages[@]}" "${lab_packages[@]}" "${bench_packages[@]}") ;;
  *) fail "usage: scripts/install.sh build|run|test|bench" ;;
esac

as_root() {
  if [[ "$(id -u)" == 0 ]]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    fail "packages are missing and there is no sudo. As root: apt-get install --no-install-recommends ${missing[*]}"
  fi
}

is_installed() { [[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" == installed ]]; }

made_policy=''
take_policy_back() { [[ -z "$made_policy" ]] || as_root rm -f /usr/sbin/policy-rc.d; }

install_packages() {
  say "installing ${missing[*]}"
  as_root apt-get update -q
  # A machine has one mail transport agent. If it is not ours to choose, do not throw the present one out.
  local removed
  removed="$(apt-get install -s --no-install-recommends "${missing[@]}" | awk '$1 == "Remv" { print $2 }' | paste -s -d ' ')"
  if [[ -n "$removed" && "${POSTROOM_REPLACE_PACKAGES:-}" != 1 ]]; then
    fail "apt would remove $removed. If that is right: POSTROOM_REPLACE_PACKAGES=1 make $level"
  fi
  # No daemon starts while we install. The file is ours only if there was none.
  if [[ ! -e /usr/sbin/policy-rc.d ]]; then
    made_policy=yes
    trap take_policy_back EXIT
    printf '#!/bin/sh\nexit 101\n' | as_root tee /usr/sbin/policy-rc.d >/dev/null
    as_root chmod 755 /usr/sbin/policy-rc.d
  fi
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}"
  take_policy_back
  made_policy=''
  keep_new_daemons_off
}

# Those that were not there before would come up with the next boot.
keep_new_daemons_off() {
  [[ -d /run/systemd/system ]] || return 0
  local daemon package
  for daemon in "${daemons[@]}"; do
    for package in "${missing[@]}"; do
      if [[ "$package" == "$daemon" || "$package" == "$daemon-imapd" ]]; then
        as_root systemctl --quiet disable "$daemon.service" || say "could not disable $daemon.service"
      fi
    done
  done
}

check_rust() {
  { command -v cargo && command -v rustc; } >/dev/null || fail "Rust is missing (1.95 or newer): https://rustup.rs"
  local have
  have="$(rustc --version | awk '{ print $2 }')"
  at_least "${have%%-*}" 1.95.0 || fail "Rust $have is too old, 1.95 or newer is needed: rustup update stable"
}

check_node() {
  { command -v node && command -v npm; } >/dev/null || fail "Node.js is missing (20 or newer): https://nodejs.org"
  local have
  have="$(node --version)"
  at_least "${have#v}" 20.0.0 || fail "Node.js $have is too old, 20 or newer is needed: https://nodejs.org"
}

install_node_modules() {
  local stamp="$root/ui/node_modules/.package-lock.json"
  if [[ ! -e "$stamp" || "$root/ui/package-lock.json" -nt "$stamp" ]]; then
    say "installing node modules"
    (cd "$root/ui" && npm ci --no-fund --no-audit)
    touch "$stamp"
  fi
}

# Drives the real web view in the tests.
install_driver() {
  local tools="$target/tools"
  if ! grep -qs '"tauri-driver 2\.1\.0 ' "$tools/.crates.toml"; then
    say "installing tauri-driver"
    PATH="$tools/bin:$PATH" cargo install tauri-driver --version 2.1.0 --locked --root "$tools"
  fi
}

# A second IMAP server for the tests. Its package and Dovecot's exclude each other, so it is unpacked beside the system,
# with those of its libraries that are not installed: a folder with programs and one with libraries.
unpack_cyrus() {
  local cyrus="$target/cyrus" work package
  [[ ! -d "$cyrus" ]] || return 0
  say "unpacking Cyrus IMAP"
  mkdir -p "$target"
  work="$(mktemp -d "$target/cyrus.XXXXXX")"
  (
    cd "$work"
    needs() { apt-cache depends --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances "$@"; }
    packages=(cyrus-imapd cyrus-common)
    # The virus scanner's library is for a program that no test uses.
    while read -r package; do
      [[ "$package" == libclamav* ]] || is_installed "$package" || packages+=("$package")
    done < <(needs cyrus-common cyrus-imapd | awk '$1 ~ /Depends:$/ && $2 ~ /^lib/ { print $2 }' | sort -u)
    while read -r package; do
      [[ " ${packages[*]} " == *" $package "* ]] || is_installed "$package" || packages+=("$package")
    done < <(needs --recurse "${packages[@]:2}" | grep -E '^lib' | sort -u)
    download() { apt-get -q -o "APT::Sandbox::User=$(id -un)" download "${packages[@]}"; }
    missing=("${packages[@]}")
    download || { as_root apt-get update -q && download; }
    for package in ./*.deb; do dpkg -x "$package" unpacked; done
    mkdir -p cyrus/bin cyrus/lib
    cp unpacked/usr/lib/cyrus/bin/{master,imapd,lmtpd,idled,ctl_cyrusdb} cyrus/bin/
    find unpacked -name '*.so*' -path '*/lib/*-linux-gnu*/*' -exec cp -P -t cyrus/lib {} +
    local lacking
    lacking="$(LD_LIBRARY_PATH="$PWD/cyrus/lib" ldd cyrus/bin/* | awk '/not found/ { print $1 }' | sort -u | paste -s -d ' ')"
    [[ -z "$lacking" ]] || fail "Cyrus IMAP lacks $lacking"
    chmod -R a+rX cyrus
  )
  mv "$work/cyrus" "$cyrus"
  rm -rf -- "$work"
}

check_rust
check_node
if command -v dpkg-query >/dev/null && command -v apt-get >/dev/null; then
  missing=()
  for package in "${wanted[@]}"; do
    is_installed "$package" || missing+=("$package")
  done
  [[ ${#missing[@]} == 0 ]] || install_packages
  [[ "$level" != test ]] || unpack_cyrus
elif [[ "$level" != build ]]; then
  say "this is not Debian: README.md names the packages to install by hand"
fi
install_node_modules
[[ "$level" != test ]] || install_driver
