#!/bin/sh
# The built stylesheet and script are what their sources make: rebuilds them and compares the bytes.
# Says so and leaves it out where node, npm or the packages are not to be had. Usage: tests/assets.sh
set -u
cd "$(dirname "$0")/.." || exit 1
left_out() {
	echo "assets: left out ($1); app.css and app.js are taken as they were committed"
	exit 0
}
command -v node >/dev/null || left_out 'no node'
command -v npm >/dev/null || left_out 'no npm'
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp aggregator/web/assets-src/*.scss aggregator/web/assets-src/*.js* aggregator/web/assets-src/build.sh "$work"
if [ -d aggregator/web/assets-src/node_modules ]; then
	ln -s "$PWD/aggregator/web/assets-src/node_modules" "$work/node_modules"
fi
(cd "$work" && { [ -d node_modules ] || npm ci --ignore-scripts --no-audit --no-fund --silent; }) >/dev/null 2>&1 ||
	left_out 'the packages cannot be fetched'
mkdir "$work/built"
"$work/build.sh" "$work/built" || {
	echo 'assets: build.sh failed'
	exit 1
}
bad=0
for f in app.css app.js; do
	cmp -s "$work/built/$f" "aggregator/web/assets/$f" || {
		echo "assets: aggregator/web/assets/$f is not what its source makes; run aggregator/web/assets-src/build.sh and commit"
		bad=1
	}
done
# What the security policy forbids, or what would fetch from elsewhere.
if grep -nE 'innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(' aggregator/web/assets/app.js; then
	echo 'assets: app.js makes HTML or code out of text'
	bad=1
fi
if grep -noE '(url\([^)]*|@import)' aggregator/web/assets/app.css; then
	echo 'assets: app.css fetches something'
	bad=1
fi
[ "$bad" -eq 0 ] && echo 'assets: ok'
exit "$bad"
