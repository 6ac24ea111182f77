#!/bin/sh
# Builds the dashboard's stylesheet and script from this folder. Usage: build.sh [FOLDER]
# FOLDER: where app.css and app.js go (default: ../assets). Needs node and npm; the versions are
# those of package-lock.json.
set -eu
cd "$(dirname "$0")"
out=${1:-../assets}
[ -d node_modules/govuk-frontend ] || npm ci --ignore-scripts --no-audit --no-fund --silent
# What one family, on paper too, and properties that are always there make superfluous: a fifth.
node_modules/.bin/sass --style=compressed --no-source-map --no-charset main.scss |
	sed -E -e 's/@media print\{[^{}]*\{font-family:arial,sans-serif\}\}//g' \
		-e 's/-webkit-font-smoothing:antialiased;-moz-osx-font-smoothing:grayscale;?//g' \
		-e 's/var\((--govuk-[a-z-]+), *#[0-9a-f]+\)/var(\1)/g' |
	node_modules/.bin/esbuild --loader=css --minify --log-level=error >"$out/app.css"
node_modules/.bin/esbuild app.js --bundle --minify --format=esm --target=es2020 --log-level=error \
	--outfile="$out/app.js"
