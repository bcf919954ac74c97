#!/usr/bin/env bash
# Measures what docs/bench.md shows and writes it there. BENCH_CLAIMS (default 1000000) sizes the store,
# BENCH_ENGINES the stores (default both), BENCH_SOAK=N adds N rounds of kill -9. Run it on a quiet machine: nothing is corrected for noise.
set -euo pipefail
cd "$(dirname "$0")/.."
claims=${BENCH_CLAIMS:-1000000}
out=$(mktemp)
trap 'rm -f "$out"' EXIT

section() { printf '\n## %s\n\n' "$1"; }
fenced() { printf '```\n%s\n```\n' "$(cat)"; }

{
  echo "# Figures"
  echo
  echo "Written by \`make bench\` on $(date -u +%Y-%m-%d); every number is of that run and machine:"
  echo "$(nproc) cores ($(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -1)), $(free -g | awk '/^Mem/{print $2}') GiB, Linux $(uname -r | cut -d- -f1), load $(cut -d' ' -f1 /proc/loadavg) at the start."
  echo "Compare ratios, not seconds: such machines share their cores. What the columns mean stands below the tables."

  section "Extraction: accuracy"
  echo "Precision and recall per type on the labelled texts (tuned on, held out), the real vendor reports, and the texts"
  echo "and reports that were labelled by somebody who had not seen the extractor."
  go test ./internal/observable/extract -run 'TestCorpus|TestBlind' -count=1 -v -corpus-table |
    grep -vE '^(=== |--- |    --- |PASS|ok)' | sed -E 's/^ *[a-z_]+\.go:[0-9]+: *$//; s/^        //' | fenced

  section "Extraction: speed"
  echo "One goroutine. Prose holds 1 % indicators; the hostile texts are the worst cases found, each at two sizes:"
  echo "MB/s that stay the same are linear cost."
  go test ./internal/observable/extract -run '^$' -bench . -benchtime 2x -count=1 | grep -E '^Benchmark' | sed -E 's/^Benchmark//; s/\t/  /g' | fenced

  echo
  go run ./internal/bench -claims "$claims" -engines "${BENCH_ENGINES:-sqlite,postgres}" -bin bin/vedette

  if [ -n "${BENCH_SOAK:-}" ]; then
    section "kill -9"
    go run ./internal/bench/soak -bin bin/vedette -rounds "$BENCH_SOAK" 2>&1 | tail -20 | fenced
  fi

  section "Columns"
  cat <<'TEXT'
- *claims/s* is wall time, *CPU µs/claim* processor time of the process with its store (SQLite) or without it
  (PostgreSQL runs beside it on the same cores). *cost against the first* is seconds per claim of this step over
  those of the first.
- The bulk writer is what imports and feeds go through after parsing: canonical values, de-duplication,
  corrections, correlation keys, change log, one synced commit per 20,000 claims. Values repeat (a few often,
  most seldom).
- The pipeline rows include HTTP, the queue, parsing in a child process, extraction and the search index.
TEXT
} > "$out"
cp "$out" docs/bench.md
chmod 644 docs/bench.md
echo "docs/bench.md is written."
