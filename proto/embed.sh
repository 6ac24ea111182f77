#!/bin/sh
# Prints C: every file given, as an array, and a table of them by path (proto/embed.h).
set -eu
echo '#include "proto/embed.h"'
n=0
table=''
for f in "$@"; do
	printf '\nstatic const unsigned char file_%d[] = {\n' "$n"
	od -An -v -tx1 "$f" | sed 's/\([0-9a-f][0-9a-f]\)/0x\1,/g'
	echo '0x00};'
	table="$table	{ \"$f\", (const char *)file_$n, sizeof file_$n - 1 },
"
	n=$((n + 1))
done
printf '\nconst struct embed embed_files[] = {\n%s\t{ 0, 0, 0 },\n};\n' "$table"
