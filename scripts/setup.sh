#!/usr/bin/env bash
# Checks and, where it can, installs what a target needs: setup.sh [go] [node] [postgres] [chromium] [poppler] [venv]
set -euo pipefail
cd "$(dirname "$0")/.."

need_go=1.26
apt_ready=

fail() {
  echo "setup: $*" >&2
  exit 1
}

apt_install() { # apt_install WHAT PACKAGE…
  local what=$1
  shift
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    fail "$what is missing. Install it: sudo apt-get install $*"
  fi
  if [ -z "$apt_ready" ]; then
    apt-get update -qq
    apt_ready=1
  fi
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null || fail "$what could not be installed ($*)"
}

setup_go() {
  command -v go >/dev/null || fail "Go $need_go or later is missing: install it from your distribution or go.dev"
  local have
  have=$(go env GOVERSION | sed 's/^go//')
  [ "$(printf '%s\n%s\n' "$need_go" "$have" | sort -V | head -1)" = "$need_go" ] || fail "Go $have is too old: $need_go or later is needed"
}

setup_node() {
  command -v node >/dev/null || apt_install "Node.js" nodejs npm
  local major
  major=$(node -p 'process.versions.node.split(".")[0]')
  [ "$major" -ge 20 ] || fail "Node.js $major is too old: 20 or later is needed"
  command -v npm >/dev/null || fail "npm is missing"
}

setup_postgres() {
  ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null || apt_install "PostgreSQL" postgresql
}

setup_chromium() {
  [ -n "${CHROMIUM:-}" ] || command -v chromium >/dev/null || apt_install "Chromium" chromium fonts-noto-cjk
}

setup_poppler() {
  # The tables (poppler-data) are what PDF files with Chinese fonts by name need.
  command -v pdftotext >/dev/null && [ -d /usr/share/poppler/cMap ] || apt_install "pdftotext and its tables" poppler-utils poppler-data
}

setup_venv() {
  local py
  py=$(command -v python3) || apt_install "Python" python3 python3-venv
  py=$(command -v python3)
  if [ ! -x .venv/bin/python ] || ! cmp -s test/clients/requirements.txt .venv/requirements.txt; then
    "$py" -m venv .venv 2>/dev/null || { apt_install "Python's venv" python3-venv && "$py" -m venv .venv; }
    .venv/bin/pip install --quiet --disable-pip-version-check -r test/clients/requirements.txt || fail "the Python clients could not be installed"
    cp test/clients/requirements.txt .venv/requirements.txt
  fi
}

for part in "$@"; do
  "setup_$part"
done
