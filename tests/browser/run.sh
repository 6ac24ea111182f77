#!/bin/sh
# The dashboard in a real browser: starts a small city (deploy/demo/demo.sh) on free ports, runs the
# tests of this folder against it with Debian's Chromium, and stops it. Ends with "N passed, N failed".
# Usage: tests/browser/run.sh BUILD [screens]     screens: pictures of the pages into deploy/screens
#   ONLY=text    only tests whose sentence holds it
# Exit status 77: left out, because what drives the browser is not to be had.
set -eu
cd "$(dirname "$0")/../.."
build=$1
what=${2:-tests}
here=$PWD/build/browser # playwright-core and axe-core, the city, its log
dir=$here/city
log=$here/demo.log
START_S=600
STOP_S=20

left_out() {
	echo "browser: left out: $*"
	exit 77
}
CHROMIUM=$(command -v "${CHROMIUM:-chromium}") || left_out 'no chromium; deploy/setup.sh check installs it'
command -v node >/dev/null || left_out 'no node; deploy/setup.sh check installs it'
command -v npm >/dev/null || left_out 'no npm; deploy/setup.sh check installs it'

mkdir -p "$here"
if ! cmp -s tests/browser/package-lock.json "$here/package-lock.json" || [ ! -d "$here/node_modules" ]; then
	cp tests/browser/package.json "$here/"
	(
		cd "$here"
		cp ../../tests/browser/package-lock.json .
		npm ci --ignore-scripts --no-audit --no-fund --silent
	) || {
		rm -f "$here/package-lock.json"
		left_out 'npm could not fetch playwright-core and axe-core'
	}
fi

# ---- the city

# demo.sh and all that it starts are one process group, so that nothing stays behind.
demo=''
stop() {
	trap - EXIT INT TERM
	[ -n "$demo" ] || return 0
	kill -s TERM -- "-$demo" 2>/dev/null || true
	(sleep "$STOP_S" && kill -s KILL -- "-$demo") >/dev/null 2>&1 &
	patience=$!
	wait "$demo" 2>/dev/null || true
	kill "$patience" 2>/dev/null || true
	kill -s KILL -- "-$demo" 2>/dev/null || true
	demo=''
}
trap stop EXIT
trap 'stop; exit 130' INT TERM

free_port() {
	node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })'
}
began=$(date +%s)
rm -f "$log"
DEMO_MONTHS=20 DEMO_SCALE=0.3
[ "$what" = tests ] || DEMO_MONTHS=30 DEMO_SCALE=1.0 # pictures: the city that make demo shows
BUILD=$build DEMO_DIR=$dir DEMO_PORT=$(free_port) DEMO_WEB_PORT=$(free_port)
export BUILD DEMO_DIR DEMO_MONTHS DEMO_SCALE DEMO_PORT DEMO_WEB_PORT
setsid deploy/demo/demo.sh stay >"$log" 2>&1 &
demo=$!
DASHBOARD=''
while [ -z "$DASHBOARD" ]; do
	if ! kill -0 "$demo" 2>/dev/null || [ $(($(date +%s) - began)) -gt "$START_S" ]; then
		tail -n 40 "$log"
		echo 'browser: the city did not start; its log ends above'
		echo '0 passed, 1 failed'
		exit 1
	fi
	sleep 0.5
	DASHBOARD=$(sed -n 's/^demo: the dashboard is at \(http[^ ]*\)$/\1/p' "$log")
done
echo "browser: a city after $(($(date +%s) - began)) s"

# ---- the tests

DASHBOARD_PASSWORD=$(cat "$dir/password")
BROWSER_MODULES=$here
export DASHBOARD DASHBOARD_PASSWORD BROWSER_MODULES CHROMIUM
if [ "$what" = screens ]; then
	node tests/browser/screens.mjs deploy/screens
	exit
fi
status=0
node tests/browser/main.mjs >"$here/tests.log" 2>&1 || status=$?
[ "$status" -eq 0 ] || tail -n 5 "$dir/city/aggregator.log"
sed '$d' "$here/tests.log"
last=$(tail -n 1 "$here/tests.log")
passed=$(echo "$last" | sed -n 's/^\([0-9]*\) passed, [0-9]* failed$/\1/p')
failed=$(echo "$last" | sed -n 's/^[0-9]* passed, \([0-9]*\) failed$/\1/p')
if [ -z "$passed" ]; then # it did not come to its end
	echo "$last"
	passed=0
	failed=1
fi

# Nothing that the browser did may have troubled the processes; leaks are told at the end.
stop
troubles='ERROR: (Address|Leak)Sanitizer|runtime error:|^<[0-3]>|internal error'
if grep -E -A 20 "$troubles" "$dir"/city/aggregator.log; then
	echo 'FAILED  the city runs through all of it without an internal error'
	failed=$((failed + 1))
else
	echo 'ok      the city runs through all of it without an internal error'
	passed=$((passed + 1))
fi
echo "browser: $(($(date +%s) - began)) s in all"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
