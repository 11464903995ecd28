# Shared by the scripts of bin/ and scripts/; sourced, not run.
# shellcheck shell=bash

# Ends with advice if there is no Swift toolchain.
require_swift() {
  if ! command -v swift >/dev/null 2>&1; then
    cat >&2 <<'TEXT'
There is no Swift toolchain on the PATH. swift-eventlet needs Swift 6.2 or newer:

    https://www.swift.org/install/linux/

With swiftly:  curl -O https://download.swift.org/swiftly/linux/swiftly-$(uname -m).tar.gz
               tar zxf swiftly-$(uname -m).tar.gz && ./swiftly init
TEXT
    exit 1
  fi
}

# Installs the Debian packages named that are missing.
require_packages() {
  local missing=() package
  for package in "$@"; do
    dpkg -s "$package" >/dev/null 2>&1 || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  local run=()
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || {
      echo "Please install: ${missing[*]}" >&2
      exit 1
    }
    run=(sudo)
  fi
  "${run[@]}" apt-get update -qq
  DEBIAN_FRONTEND=noninteractive "${run[@]}" apt-get install -y -qq "${missing[@]}" >/dev/null
}

# What the modules with native libraries are built and tested with.
require_libraries() {
  require_packages libc-ares-dev libcurl4-openssl-dev libssl-dev zlib1g-dev pkg-config openssl curl
}

# make_venv NAME: leaves in $venv a virtual environment of Python that has what
# Tests/Clients/NAME/requirements.txt names.
make_venv() {
  local wanted=Tests/Clients/$1/requirements.txt
  require_packages python3 python3-venv
  venv=.build/$1-clients
  cmp -s "$wanted" "$venv/requirements.txt" && return 0
  rm -rf "$venv"
  python3 -m venv "$venv"
  "$venv/bin/pip" --quiet --disable-pip-version-check install -r "$wanted"
  cp "$wanted" "$venv/"
}

# start_server PROGRAM ARGUMENT…: starts an example, and leaves its process in
# $pid, what it prints in the file $log, and the port that its first line names
# in $port. The script that calls it must have `trap stop_servers EXIT`.
start_server() {
  local try
  logs=${logs:-$(mktemp -d)}
  log=$logs/$(basename "$1").${#servers[@]}
  : >"$log" # It is looked at before the program has begun.
  "$@" >>"$log" 2>&1 &
  pid=$!
  servers+=("$pid")
  for try in $(seq 100); do
    port=$(sed -nE '1s/.*127\.0\.0\.1[: ]([0-9]+).*/\1/p' "$log")
    [ -n "$port" ] && return 0
    sleep 0.1
  done
  echo "$1 did not start ($try tries): $(cat "$log")" >&2
  exit 1
}

servers=()
stop_servers() {
  local server
  for server in "${servers[@]}"; do kill "$server" 2>/dev/null || true; done
  [ -z "${logs:-}" ] || rm -rf "$logs"
}
