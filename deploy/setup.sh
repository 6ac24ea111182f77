#!/bin/sh
# Installs what a target of the Makefile needs and is missing, with apt (Debian 12 or later).
# Usage: deploy/setup.sh build|check|install|lint|fuzz
set -eu

build='gcc make pkg-config libc6-dev libzmq3-dev libprotobuf-c-dev protobuf-c-compiler libsqlite3-dev
	libcyaml-dev libyaml-dev libcsv-dev libminizip-dev zlib1g-dev libexpat1-dev libxlsxwriter-dev libsodium-dev libseccomp-dev
	libmicrohttpd-dev libjansson-dev coinor-libcbc-dev coinor-libclp-dev'
compile="$build check"
browser='nodejs npm chromium fonts-liberation'
tools='minisign unzip zip'
check="$compile $browser $tools"
lint="$compile clang-format clang-tidy cppcheck shellcheck git"
install="$build help2man"
fuzz="$build clang libclang-rt-14-dev"

case "${1:-}" in
build) wanted=$build ;;
check) wanted=$check ;;
install) wanted=$install ;;
lint) wanted=$lint ;;
fuzz) wanted=$fuzz ;;
*)
	echo "usage: $0 build|check|install|lint|fuzz" >&2
	exit 64
	;;
esac

missing=''
for package in $wanted; do
	case "$package" in # these come from elsewhere, too: a newer nodejs brings its own npm
	nodejs) command -v node >/dev/null && continue ;;
	npm | chromium) command -v "$package" >/dev/null && continue ;;
	esac
	case "$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null || true)" in
	*' installed') ;;
	*) missing="$missing $package" ;;
	esac
done
[ -z "$missing" ] && exit 0

if ! command -v apt-get >/dev/null; then
	echo "setup: this machine has no apt-get; install by hand the equivalents of:$missing" >&2
	exit 69
fi
as_root=''
if [ "$(id -u)" -ne 0 ]; then
	if ! command -v sudo >/dev/null; then
		echo "setup: not root and no sudo; as root run: apt-get install$missing" >&2
		exit 77
	fi
	as_root='sudo'
fi
echo "setup: installing$missing"
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086 # the lists are meant to be split
if ! { $as_root apt-get update -qq && $as_root apt-get install -y -qq --no-install-recommends $missing; } >/tmp/setup.$$.log 2>&1; then
	cat /tmp/setup.$$.log >&2
	echo "setup: apt-get failed; see above, mend it and run make again" >&2
	exit 69
fi
rm -f /tmp/setup.$$.log
echo 'setup: done'
