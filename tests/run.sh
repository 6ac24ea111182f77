#!/bin/sh
# Runs the tests that `make` has built and ends with their total in one line.
# Usage: tests/run.sh BUILD unit|all [NAME…]   (NAME: only tests whose file name holds it)
# A program that has not ended after LIMIT_S seconds is stopped and counts as failed; one that ends
# with status 77 says why it cannot run here and does not count.
set -u
build=$1
what=$2
shift 2
export ASAN_OPTIONS=detect_leaks=1:abort_on_error=0 UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
export CK_VERBOSITY=normal DISTRICT_BUILD="$build"
LIMIT_S=900
total=0
failed=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT

run() { # run COMMAND…: one test program, whose last line is Check's or "N passed, N failed"
	start_s=$(date +%s)
	timeout -k 10 "$LIMIT_S" "$@" >"$log" 2>&1
	status=$?
	took_s=$(($(date +%s) - start_s))
	if [ "$status" -eq 77 ]; then
		tail -n 1 "$log"
		return
	fi
	summary=$(grep -E '^[0-9]+%: Checks: [0-9]+, Failures: [0-9]+, Errors: [0-9]+' "$log" | tail -n 1)
	checks=$(echo "$summary" | sed -n 's/.*Checks: \([0-9]*\),.*/\1/p')
	failures=$(echo "$summary" | sed -n 's/.*Failures: \([0-9]*\),.*/\1/p')
	errors=$(echo "$summary" | sed -n 's/.*Errors: \([0-9]*\).*/\1/p')
	bad=$((${failures:-0} + ${errors:-0}))
	if [ -z "$checks" ]; then
		plain=$(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$log" | tail -n 1)
		checks=$(echo "$plain" | awk '{ print $1 + $3 }')
		bad=$(echo "$plain" | awk '{ print $3 + 0 }')
	fi
	if [ "$checks" -eq 0 ]; then # it said nothing: one check, its exit status
		checks=1
		bad=$((status != 0))
	fi
	if [ "$status" -ne 0 ] && [ "$bad" -eq 0 ]; then
		bad=1
	fi
	total=$((total + checks))
	failed=$((failed + bad))
	if [ "$bad" -ne 0 ]; then
		cat "$log"
		[ "$status" -eq 124 ] && echo "stopped after $LIMIT_S seconds"
		echo "FAILED  $*"
	else
		echo "ok      $(basename "${1%/run.sh}") ($checks checks, $took_s s)"
	fi
}

wanted() {
	[ $# -eq 1 ] && return 0
	name=$1
	shift
	for part in "$@"; do
		case "$name" in *"$part"*) return 0 ;; esac
	done
	return 1
}

for t in "$build"/tests/test_*; do
	case "$t" in *.o | *.d) continue ;; esac
	[ -x "$t" ] && wanted "$(basename "$t")" "$@" && run "$t"
done
if [ "$what" = all ]; then
	for t in "$build"/replay/fuzz_*; do
		[ -x "$t" ] && wanted "$(basename "$t")" "$@" && run "$t" tests/fuzz/corpus/"$(basename "$t")"
	done
	for t in "$build"/tests/integration/test_*; do
		case "$t" in *.o | *.d) continue ;; esac
		[ -x "$t" ] && wanted "$(basename "$t")" "$@" && run "$t"
	done
	for t in tests/integration/test_*.sh; do
		[ -x "$t" ] && wanted "$(basename "$t")" "$@" && run "$t"
	done
	wanted browser "$@" && run tests/browser/run.sh "$build"
fi
if [ "$total" -eq 0 ]; then
	echo 'no test ran'
	exit 1
fi
percent=$(((total - failed) * 100 / total))
echo "$percent%: Checks: $total, Failures: $failed, Errors: 0"
[ "$failed" -eq 0 ]
