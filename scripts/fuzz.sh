#!/usr/bin/env bash
# Runs every fuzz target of the project for a while and stops at the first finding, whose input Go leaves in
# testdata/fuzz of the package. Usage: scripts/fuzz.sh [TIME [NAME]], e.g. scripts/fuzz.sh 10s FuzzStream
set -euo pipefail
cd "$(dirname "$0")/.."

each=${1:-30s}
only=${2:-}
ran=0
for package in $(grep -rlE '^func Fuzz[A-Z]' --include='*_test.go' internal cmd | xargs -n1 dirname | sort -u); do
  targets=$(grep -hoE '^func Fuzz[A-Za-z0-9_]+' "$package"/*_test.go | sed 's/^func //' | sort -u)
  for target in $targets; do
    if [ -n "$only" ] && [ "$only" != "$target" ]; then
      continue
    fi
    echo "== $package $target ($each)"
    log=$(mktemp)
    if ! go test "./$package" -run '^$' -fuzz "^$target\$" -fuzztime "$each" >"$log" 2>&1; then
      cat "$log"
      rm -f "$log"
      echo "fuzz: $package $target failed" >&2
      exit 1
    fi
    grep -E '^fuzz: elapsed' "$log" | tail -1 || true
    rm -f "$log"
    ran=$((ran + 1))
  done
done
[ "$ran" -gt 0 ] || { echo "fuzz: no target found" >&2; exit 1; }
echo "$ran fuzz targets ran for $each each without a finding."
