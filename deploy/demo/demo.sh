#!/bin/sh
# The main job in one go: simulate ten districts, start one aggregator and ten agents (own folders,
# own keys, CURVE), publish, and show the city. The last months are lived through one by one, with
# the clocks of all processes set back (DISTRICT_CLOCK_OFFSET_S), so that reports are on time or late
# as they would be: one district is late once, one owes the newest month.
#   deploy/demo/demo.sh stay   leave everything running until Ctrl-C
#   deploy/demo/demo.sh once   compare every figure with the simulator's truth, and exit
# Settings: BUILD (build/release), DEMO_DIR (demo-run), DEMO_MONTHS (30), DEMO_FROM (so that the last
# month is the one before this), DEMO_SEED (1), DEMO_SCALE (1.0), DEMO_PORT (5560), DEMO_WEB_PORT (8080).
set -eu
mode=${1:-}
case "$mode" in
stay | once) ;;
*)
	echo "usage: $0 stay|once" >&2
	exit 64
	;;
esac
root=$(pwd)
build=$root/${BUILD:-build/release}
dir=${DEMO_DIR:-demo-run}
months=${DEMO_MONTHS:-30}
from=${DEMO_FROM:-$(date -d "$(date +%Y-%m-01) - $months months" +%Y-%m)}
seed=${DEMO_SEED:-1}
scale=${DEMO_SCALE:-1.0}
port=${DEMO_PORT:-5560}
web_port=${DEMO_WEB_PORT:-8080}
agent=$build/district-agent
aggregator=$build/district-aggregator
areas=$root/deploy/birmingham/areas.csv
populations=$root/deploy/birmingham/populations.csv
boundaries=$root/deploy/birmingham/boundaries.geojson

say() {
	printf 'demo: %s\n' "$*"
}
fail() {
	say "$*" >&2
	exit 1
}
now_s() {
	date +%s
}

if [ -e "$dir" ] && [ ! -f "$dir/.district-demo" ]; then
	fail "$dir exists and is not a demo folder; move it away or set DEMO_DIR"
fi
rm -rf "$dir"
mkdir -p "$dir"
: >"$dir/.district-demo"
dir=$(cd "$dir" && pwd)
city=$dir/city/aggregator.yaml

pids=''
pause=''
stop() {
	trap - EXIT INT TERM
	# shellcheck disable=SC2086 # lists of process ids
	[ -z "$pids$pause" ] || kill $pids $pause 2>/dev/null || true
	wait 2>/dev/null || true
}
trap stop EXIT
trap 'stop; exit 130' INT TERM

# ---- simulate

say "simulating $months months from $from in ten districts (seed $seed)"
"$build/simulate" --out "$dir/extracts" --from "$from" --months "$months" --seed "$seed" \
	--scale "$scale" --areas "$areas" --populations "$populations"
districts=$(awk -F, 'NR > 1 && $3 == "district" { print $1 }' "$areas")
authority=$(awk -F, 'NR > 1 && $3 == "authority" { print $1; exit }' "$areas")
last=$(find "$dir/extracts" -mindepth 2 -maxdepth 2 -type d -name '20*' | sed 's|.*/||' | sort | tail -n 1)
last=$(date -d "$last - 5 days" +%Y-%m)
nth_district() {
	echo "$districts" | sed -n "$1p"
}
tardy=$(nth_district 2) # late with one month
owing=$(nth_district 4) # has not sent the newest month that is due

# ---- the aggregator

mkdir -p "$dir/city"
cat >"$city" <<EOF
name: $authority
state: $dir/city/state
areas: $areas
populations: $populations
boundaries: $boundaries
area: $authority
listen: ["tcp://127.0.0.1:$port"]
expected:
  - { area: $authority, dataset: annex_a, from: $from }
web: { listen: "127.0.0.1:$web_port" }
EOF
"$aggregator" keys init -c "$city" >"$dir/city/enrol.log" 2>&1 || {
	cat "$dir/city/enrol.log" >&2
	fail 'the aggregator could not make its keys'
}

# ---- the dashboard: one account for each role, all with one password of this run

password=demo-$(od -An -N6 -tx1 /dev/urandom | tr -d ' \n')
add_account() { # name, role, full name, more options
	name=$1
	role=$2
	full_name=$3
	shift 3
	printf '%s\n' "$password" | "$aggregator" accounts add -c "$city" --role "$role" \
		--full-name "$full_name" --password-file - "$@" "$name" >>"$dir/city/enrol.log" 2>&1 ||
		fail "accounts add failed for $name; see $dir/city/enrol.log"
}
add_account central central 'Casey Central (synthetic)'
add_account district district 'Dana District (synthetic)' --area "$owing"
add_account commissioner commissioner 'Cory Commissioner (synthetic)'
add_account dfe dfe 'Devon Department (synthetic)'
add_account admin admin 'Addis Admin (synthetic)'
printf '%s\n' "$password" >"$dir/password"

# ---- ten agents

# One district's teams or all organisations as settings: "  - { code: c, names: ["name"] }".
named_codes() { # file area-or-empty
	awk -v area="$2" 'NR > 1 {
		line = $0
		if (area != "") { if (index(line, area ",") != 1) next; line = substr(line, length(area) + 2) }
		code = substr(line, 1, index(line, ",") - 1)
		name = substr(line, index(line, ",") + 1)
		gsub(/"/, "", name)
		printf "  - { code: %s, names: [\"%s\"] }\n", code, name
	}' "$1"
}
enrol() { # district
	home=$dir/$1
	mkdir -p "$home"
	cat >"$home/agent.yaml" <<EOF
agent: $1
state: $home/state
areas: $areas
datasets:
  - name: annex_a
    area: $1
    folder: $dir/extracts/$1
    lists: [contacts, early_help, referrals, assessments, section47, cin, cpp, staff]
    settle_s: 0
teams:
$(named_codes "$dir/extracts/teams.csv" "$1")
organisations:
$(named_codes "$dir/extracts/organisations.csv" '')
spool_mib: 64
poll_s: 2
retry_s: 5
EOF
	line=$("$agent" keys init -c "$home/agent.yaml" 2>>"$home/agent.log") ||
		fail "keys init failed for $1; see $home/agent.log"
	"$aggregator" agents add -c "$city" --area "$1" "$line" >>"$dir/city/enrol.log" 2>&1 ||
		fail "agents add failed for $1; see $dir/city/enrol.log"
	"$aggregator" agents approve -c "$city" "$1" >"$home/reply.yaml" 2>>"$dir/city/enrol.log" ||
		fail "agents approve failed for $1; see $dir/city/enrol.log"
	echo 'aggregators: [reply.yaml]' >>"$home/agent.yaml"
}

# ---- start and stop everything at an instant

start_all() { # day, or "" for now
	offset=0
	[ -z "$1" ] || offset=$(($(date -d "$1 09:30" +%s) - $(now_s)))
	[ "$offset" -le 0 ] || offset=0
	DISTRICT_CLOCK_OFFSET_S=$offset
	export DISTRICT_CLOCK_OFFSET_S
	"$aggregator" run -c "$city" 2>>"$dir/city/aggregator.log" &
	pids="$pids $!"
	for d in $districts; do
		[ -f "$dir/$d/agent.yaml" ] || enrol "$d"
		"$agent" run -c "$dir/$d/agent.yaml" 2>>"$dir/$d/agent.log" &
		pids="$pids $!"
	done
}
stop_all() {
	# shellcheck disable=SC2086 # a list of process ids
	kill $pids
	# shellcheck disable=SC2086
	wait $pids || true
	pids=''
}

started=$(now_s)

# ---- wait until every extract is read and every report acknowledged

# Summed over the agents: extracts read, extracts refused, entries waiting. The first "waiting" of a
# status is the agent's own; each aggregator's follows.
progress() {
	for d in $districts; do
		"$agent" status -c "$dir/$d/agent.yaml" --json 2>/dev/null | tr ',{}[]' '[\n*]' | awk -F: '
			/"extracts"/ { read = $2 }
			/"refused"/ && !refused_seen++ { refused = $2 }
			/"waiting"/ && !waiting_seen++ { waiting = $2 }
			END { print read + 0, refused + 0, waiting + 0 }'
	done | awk '{ read += $1; refused += $2; waiting += $3 } END { print read, refused, waiting }'
}
wait_for() { # how many extracts, how many refused
	patience=$(($(now_s) + 900))
	shown=0
	while :; do
		# shellcheck disable=SC2046 # three numbers
		set -- "$1" "$2" $(progress)
		if [ "$(now_s)" -ge "$shown" ]; then
			say "$3 of $1 extracts read, $5 entries waiting for a receipt"
			shown=$(($(now_s) + 5))
		fi
		[ "$3" -ge "$1" ] && [ "$4" -le "$2" ] && [ "$5" -eq 0 ] && break
		[ "$(now_s)" -lt "$patience" ] || fail "no end after 15 minutes; see the logs in $dir"
		sleep 1
	done
	say "$3 of $1 extracts read ($4 refused), everything acknowledged"
}
count_extracts() {
	find "$dir/extracts" -mindepth 2 -maxdepth 2 -type d -name '20*' ! -path '*/late/*' | wc -l
}

# ---- the months, one by one

# Extracts that have not been made yet, and those that a district keeps back, wait in here.
later=$dir/later
mkdir -p "$later"
month_before() { # how many before the last one
	date -d "$last-01 - $1 months" +%Y-%m
}
day_after() { # month, days after its end; not after today
	day=$(date -d "$1-01 + 1 month + $(($2 - 1)) days" +%F)
	[ "$(date -d "$day" +%s)" -lt "$(now_s)" ] || day=$(date +%F)
	echo "$day"
}
# The month that an extract of early next month still stands for.
month_of() { # as-at
	date -d "$1 - 5 days" +%Y-%m
}
for extract in "$dir"/extracts/*/20*; do
	d=$(basename "$(dirname "$extract")")
	if [ "$(month_of "$(basename "$extract")" | tr -d -)" -gt "$(month_before 3 | tr -d -)" ]; then
		mkdir -p "$later/$d"
		mv "$extract" "$later/$d/"
	fi
done
arrive() { # month, districts
	month=$1
	shift
	for d in "$@"; do
		for extract in "$later/$d"/20*; do
			[ -d "$extract" ] || continue
			[ "$(month_of "$(basename "$extract")")" != "$month" ] || mv "$extract" "$dir/extracts/$d/"
		done
	done
}
all_but() { # district
	for d in $districts; do
		[ "$d" = "$1" ] || echo "$d"
	done
}

start_all "$(day_after "$(month_before 3)" 6)"
say 'one aggregator and ten agents are running: they read, measure, publish and wait for receipts'
wait_for "$(count_extracts)" 10

# Stragglers: one extract came late, one had been refused and comes again corrected.
for extract in "$dir"/extracts/late/*/*; do
	[ -d "$extract" ] || continue
	d=$(basename "$(dirname "$extract")")
	rm -rf "$dir/extracts/$d/$(basename "$extract")"
	cp -R "$extract" "$dir/extracts/$d/$(basename "$extract")"
	say "a late extract arrives in $d: $(basename "$extract")"
done
wait_for "$(count_extracts)" 0

live() { # day, month, districts: on this day they have the month's extract
	day=$1
	month=$2
	shift 2
	stop_all
	# shellcheck disable=SC2068 # district codes are words
	arrive "$month" $@
	start_all "$day"
	say "on ${day:-$(date +%F)} the extracts of $month come from" "$@"
	wait_for "$(count_extracts)" 0
}
# shellcheck disable=SC2046,SC2086 # lists of district codes
{
	live "$(day_after "$(month_before 2)" 5)" "$(month_before 2)" $(all_but "$tardy")
	live "$(day_after "$(month_before 2)" 24)" "$(month_before 2)" "$tardy"
	live "$(day_after "$(month_before 1)" 6)" "$(month_before 1)" $districts
	live "$(day_after "$last" 5)" "$last" $(all_but "$owing")
	if [ "$mode" = once ]; then
		live '' "$last" "$owing"
	else
		stop_all
		start_all ''
		say "$owing has not sent $last yet; it can with: mv $later/$owing/* $dir/extracts/$owing/"
	fi
}
say "published in $(($(now_s) - started)) s"
# The plan is read against the measures and areas of the store, which ingest has made by now.
for kind in plan annotations; do
	"$aggregator" "$kind" import -c "$city" "$root/deploy/demo/$kind.csv" >>"$dir/city/enrol.log" 2>&1 ||
		fail "$kind import failed; see $dir/city/enrol.log"
done

# ---- the city

from_shown=$(date -d "$last-01 - 5 months" +%Y-%m)
for measure in contacts referrals assessments_in_45wd cpp_open caseload referral_rate; do
	echo
	"$aggregator" rollup "$measure" -c "$city" --area "$authority" --from "$from_shown" --to "$last"
done
echo
"$aggregator" rollup caseload -c "$city" --area "$authority" --from "$last" --to "$last" --districts
echo
"$aggregator" received -c "$city" || [ $? -eq 1 ] # 1: somebody is late or missing, as shown

if [ "$mode" = once ]; then
	echo
	"$root/deploy/demo/compare.sh" "$aggregator" "$city" "$dir/extracts/truth.csv" "$dir/compare" || exit
	"$aggregator" rebuild --check -c "$city"
	exit
fi
cat <<EOF

demo: the dashboard is at http://127.0.0.1:$web_port
demo: sign in as central, district ($owing), commissioner, dfe or admin; password $password

demo: everything keeps running until Ctrl-C. Folders and logs: $dir
Try, in another terminal:
  $aggregator status -c $city
  $aggregator agents status -c $city
  $aggregator rollup contacts -c $city --from 2026-01 --breakdown source
  $aggregator audit contacts/$authority/$last -c $city
  $agent status -c $dir/hodge-hill/agent.yaml
  $agent validate -c $dir/hodge-hill/agent.yaml $dir/extracts/hodge-hill/$last*/*
EOF
while :; do
	sleep 3600 &
	pause=$!
	wait "$pause" || true
done
