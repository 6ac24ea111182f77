#!/bin/sh
# Format, static analysis and house rules; every warning is an error. Usage: tests/lint.sh
set -u
bad=0
fail() {
	bad=1
	echo "lint: $*"
}
cfiles=$(git ls-files '*.c' '*.h')
sources=$(git ls-files '*.c' | grep -v '^tests/')
headers=$(git ls-files '*.h')

echo 'lint: format'
# shellcheck disable=SC2086
clang-format --dry-run -Werror $cfiles || fail "run 'make format'"

echo 'lint: warnings'
make -s -k -j 2 WERROR=1 BUILD=build/lint all tests >/dev/null || fail 'the compiler warns'

echo 'lint: headers stand alone'
# shellcheck disable=SC2086,SC2016
printf '%s\n' $headers | xargs -P 2 -n 1 sh -c 'echo "#include \"$1\"" | cc -std=c11 -D_GNU_SOURCE -DPROGRAM_VERSION="\"\"" \
	-I. -isystem build/lint -Wall -Wextra -Wno-unused-parameter -Werror -fsyntax-only -x c - ||
	{ echo "$1" >&2; exit 1; }' alone || fail 'a header does not compile alone'

echo 'lint: clang-tidy'
# shellcheck disable=SC2086,SC2016
printf '%s\n' $sources | xargs -P 2 -n 8 sh -c 'clang-tidy --quiet "$@" -- -std=c11 -D_GNU_SOURCE \
	-DPROGRAM_VERSION="\"\"" -I. -isystem build/lint 2>/dev/null' tidy || fail 'clang-tidy'

# NULL ends the arguments of variadic functions, as POSIX allows; the compiler checks it (sentinel).
echo 'lint: cppcheck'
# shellcheck disable=SC2086
cppcheck --quiet --std=c11 --enable=warning,performance,portability --inline-suppr --error-exitcode=1 \
	--suppress=missingIncludeSystem --suppress=unknownMacro --suppress=varFuncNullUB --suppress=preprocessorErrorDirective -I. -DPROGRAM_VERSION='""' \
	-j 2 $sources || fail 'cppcheck'

# Leaks and uninitialised values behind pointers are false alarms by the dozen in GCC 12; the tests under
# sanitizers look for those.
echo 'lint: gcc -fanalyzer'
# shellcheck disable=SC2086,SC2016
printf '%s\n' $sources | xargs -P 2 -n 1 sh -c 'cc -std=c11 -D_GNU_SOURCE -DPROGRAM_VERSION="\"\"" -DERR_ANALYSED -O1 -I. \
	-isystem build/lint -fanalyzer -Wno-analyzer-malloc-leak -Wno-analyzer-use-of-uninitialized-value -Werror -c -o /dev/null "$1"' analyse || fail 'gcc -fanalyzer'

echo 'lint: shell'
# shellcheck disable=SC2046
shellcheck $(git ls-files '*.sh') .ci/run || fail 'shellcheck'

echo 'lint: assets'
tests/assets.sh || fail 'assets'

echo 'lint: house rules'
# Calls that hide an error or overflow a buffer; a line may carry "allowed: why".
# shellcheck disable=SC2086
grep -nE '\b(strcpy|strcat|sprintf|vsprintf|gets|strtok|atoi|atol|atof|alloca|system|popen|tmpnam|mktemp)\(' $cfiles |
	grep -v 'allowed:' && fail 'a banned call'
quiet=$(echo "$sources" | grep -E '^proto/(date|period|area|codes|frame|keys|measure)')
# shellcheck disable=SC2086
grep -nE '\b(printf|puts|perror)\(|fprintf\(std(out|err)' $quiet && fail 'a library prints'
for f in $sources $headers; do
	lines=$(wc -l <"$f")
	[ "$lines" -le 600 ] || fail "$f has $lines lines; the hard stop is 600"
done
for h in $headers; do
	guard=$(echo "$h" | tr '[:lower:]/.' '[:upper:]__')
	grep -q "^#ifndef $guard\$" "$h" || fail "$h: include guard is not $guard"
done
# shellcheck disable=SC2086
grep -nE '#include "tests/' $sources && fail 'a program includes test code'
[ "$(wc -l <ARCHITECTURE.md)" -le 120 ] || fail 'ARCHITECTURE.md is over 120 lines'

[ "$bad" -eq 0 ] && echo 'lint: ok'
exit "$bad"
