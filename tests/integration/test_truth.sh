#!/bin/sh
# The whole system against the simulator's truth: one aggregator and ten agents, 30 months, a late
# extract, a refused one that comes again; every figure of the city and each district, all months,
# equals what an honest reader of the extracts would have counted; and the rows equal the bytes.
# A smaller city than the demo's, so that it runs under sanitizers in a minute or two.
set -u
build=${DISTRICT_BUILD:-build/san}
dir=$(mktemp -d)
log=$dir/log
trap 'rm -rf "$dir"' EXIT
passed=0
failed=0

check() { # what, then a command
	what=$1
	shift
	if "$@"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "not so: $what"
	fi
}

port=$((20000 + $$ % 20000))
BUILD=$build DEMO_DIR=$dir/run DEMO_FROM=2024-04 DEMO_MONTHS=30 DEMO_SCALE=0.05 DEMO_PORT=$port \
	deploy/demo/demo.sh once >"$log" 2>&1
status=$?
compared=$(sed -n 's/^compare: \([0-9]*\) figures compared.*/\1/p' "$log")
equal=$(sed -n 's/^compare: .* compared: \([0-9]*\) equal.*/\1/p' "$log")
[ "$status" -eq 0 ] || tail -n 60 "$log"
check 'the demonstration ends well' [ "$status" -eq 0 ]
check 'over 100,000 figures are compared' [ "${compared:-0}" -gt 100000 ]
check 'over 80,000 of them have a value' [ "${equal:-0}" -gt 80000 ]
check 'none differs' grep -q '^compare: .* 0 differ$' "$log"
check 'one extract was refused at first' grep -q '(1 refused), everything acknowledged' "$log"
check 'and none in the end' grep -q '(0 refused), everything acknowledged' "$log"
check 'no sanitizer complains' sh -c "! grep -rlE 'AddressSanitizer|runtime error|LeakSanitizer' '$dir/run' '$log'"

# The comparison itself must bite: one figure of the truth changed by one is found.
truth=$dir/run/extracts/truth.csv
awk -F, -v OFS=, '$1 == "hodge-hill" && $3 == "referrals" && $4 == "" && $10 == "final" && !done { $8 += 1; done = 1 } { print }' \
	"$truth" >"$dir/changed.csv"
deploy/demo/compare.sh "$build/district-aggregator" "$dir/run/city/aggregator.yaml" "$dir/changed.csv" "$dir/work" >"$log" 2>&1
check 'a changed truth is noticed' [ $? -eq 1 ]
check 'and named' grep -q '^compare: differs: referrals of hodge-hill' "$log"

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
