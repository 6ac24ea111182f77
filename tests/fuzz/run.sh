#!/bin/sh
# Fuzzes every target for some seconds each, from the corpus in this folder. New inputs that reach
# new code stay in build/fuzz/found, inputs that crash in build/fuzz.
# Usage: tests/fuzz/run.sh SECONDS [NAME…]   (NAME: only targets whose name holds it)
set -eu
seconds=${1:?usage: $0 SECONDS [NAME…]}
shift
build=build/fuzz
sanitize='address,undefined'
common='-O1 -g -fno-omit-frame-pointer -fno-sanitize-recover=undefined'

targets=''
for source in tests/fuzz/fuzz_*.c; do
	name=$(basename "$source" .c)
	[ $# -eq 0 ] && targets="$targets $name"
	for part in "$@"; do
		case "$name" in *"$part"*) targets="$targets $name" ;; esac
	done
done
[ -n "$targets" ] || {
	echo "no target holds: $*" >&2
	exit 64
}

objects=''
for name in $targets; do
	objects="$objects $build/tests/fuzz/$name.o"
done
# shellcheck disable=SC2086 # lists are meant to be split
make -s CC=clang BUILD=$build CFLAGS=-w OPTIMISE="$common -fsanitize=fuzzer-no-link,$sanitize" \
	$build/libagent.a $build/libaggregator.a $build/libproto.a $objects

libraries="$(pkg-config --libs libprotobuf-c libzmq sqlite3 libcyaml yaml-0.1 expat minizip libsodium libseccomp) -lcsv -lm"
export ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
failed=0
for name in $targets; do
	# shellcheck disable=SC2086
	clang $common -fsanitize=fuzzer,$sanitize -o $build/$name $build/tests/fuzz/$name.o \
		$build/libagent.a $build/libaggregator.a $build/libproto.a $libraries
	mkdir -p "$build/found/$name"
	seeds=''
	[ -d "tests/fuzz/corpus/$name" ] && seeds="tests/fuzz/corpus/$name"
	log=$build/$name.log
	# shellcheck disable=SC2086
	if $build/$name -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
		-artifact_prefix="$build/$name-" "$build/found/$name" $seeds >"$log" 2>&1; then
		runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
		peak=$(sed -n 's/^stat::peak_rss_mb: *//p' "$log")
		echo "ok      $name: $runs executions, $peak MB at most"
	else
		tail -n 40 "$log"
		echo "FAILED  $name: the input is in $build, the whole output in $log"
		failed=1
	fi
done
exit $failed
