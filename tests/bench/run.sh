#!/bin/sh
# Runs every bench against the programs in BUILD and prints each figure beside its floor.
# Usage: tests/bench/run.sh BUILD
set -eu
build=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
ingest="$build/bench/bench_ingest $build/district-aggregator"

echo "Machine: $(nproc) cores. Ratios compare figures of one run; absolute figures vary."
echo
echo 'Ingest (real program, CURVE, signed reports; agents and floors on the same machine)'
$ingest 1 400
$ingest 10 800
$ingest 1000 1000
echo
echo 'Ingest with 5 ms added to every fsync'
for agents in 1 8 40; do
	$ingest "$agents" 400 5 "$build/bench/slow_fsync.so"
done
echo
echo 'Collect (one district, one extract of about 30,000 rows)'
"$build/simulate" --out "$work" --from 2026-09 --months 1 --seed 1 --scale "${BENCH_SCALE:-5.5}" \
	--areas deploy/birmingham/areas.csv --populations deploy/birmingham/populations.csv >/dev/null
district=''
for d in "$work"/*/; do
	if [ -n "$(find "$d" -name list_1.csv | head -n 1)" ]; then
		district=$(basename "$d")
		break
	fi
done
"$build/bench/bench_collect" "$build/district-agent" "$build/district-aggregator" "$work/$district" \
	"$(pwd)/deploy/birmingham/areas.csv" "$district"
echo
echo 'Roll-up (ten districts, all measures and breakdowns, months and weeks)'
"$build/bench/bench_rollup"
echo
"$build/bench/bench_web" "$build/district-aggregator"
echo "Load of the machine at the end (others included): $(cut -d ' ' -f 1-2 /proc/loadavg)"
echo
echo 'Disclosure control (one thread; weight lost beside the known optimum)'
"$build/bench/bench_suppress"
