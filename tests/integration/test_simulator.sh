#!/bin/sh
# The simulator: reproducible, complete, in the lists' own headings, like the real authority, and
# true to its own extracts. Counts in the extracts are made here with awk, apart from its code.
set -u
build=${DISTRICT_BUILD:-build/release}
simulate=$build/simulate
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0
failed=0
LC_ALL=C
export LC_ALL

check() { # check NAME COMMAND…: a case, named as a sentence
	name=$1
	shift
	if "$@" >"$work/log" 2>&1; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAILED  $name"
		cat "$work/log"
	fi
}

bytes() { # every file below a folder with its checksum
	(cd "$1" && find . -type f | sort | xargs cksum)
}

fold() { # a heading as readers compare it: letters and digits, lower case
	tr -d '\r' | tr '[:upper:]' '[:lower:]' | tr -cd 'a-z0-9,\n'
}

# ---- cases

same_bytes() {
	bytes "$work/a" >"$work/sums_a" && bytes "$work/b" | cmp - "$work/sums_a"
}

other_bytes() {
	! cmp "$work/a/truth.csv" "$work/c/truth.csv"
}

# One extract for each office and month, some of them late, at the day after the month's end that
# the office keeps to.
every_month() {
	tail -n +2 "$work/a/expected_rows.csv" | cut -d, -f1,2 | sort -u >"$work/expected"
	[ "$(wc -l <"$work/expected")" -eq 80 ] || return 1
	while IFS=, read -r area day; do
		if [ -f "$work/a/late/$area/$day/staff.csv" ] || [ -f "$work/a/$area/$day/staff.csv" ]; then
			continue
		fi
		echo "no extract of $area at $day"
		return 1
	done <"$work/expected"
	for lag in 01 03; do
		[ "$(cut -d- -f2- "$work/expected" | grep -c -- "-$lag\$")" -eq 8 ] || return 1
	done
}

late_ones() {
	[ "$(find "$work/a/late" -mindepth 2 -maxdepth 2 -type d | wc -l)" -eq 2 ]
}

has_headings() { # has_headings FILE-NAME HEADING…: in every CSV of that name, in this order
	wanted=$(echo "$2" | fold)
	n=0
	for f in "$work"/a/late/*/*/"$1" "$work"/a/*/????-??-??/"$1"; do
		[ "$f" = "$refused" ] && continue
		n=$((n + 1))
		if [ "$(head -n 1 "$f" | tr ';' ',' | fold)" != "$wanted" ]; then
			echo "$f: $(head -n 1 "$f")"
			return 1
		fi
	done
	[ "$n" -gt 30 ]
}

workbook_sheets() {
	n=0
	for f in "$work"/a/*/*/annex_a.xlsx; do
		n=$((n + 1))
		grep -aq 'xl/worksheets/sheet7.xml' "$f" || return 1
	done
	[ "$n" -ge 8 ]
}

lacks_column() {
	[ -f "$refused" ] && head -n 1 "$refused" | grep -q 'Referral Source' &&
		! head -n 1 "$refused" | grep -q 'Date of referral' &&
		head -n 1 "$work/a/late/${refused#"$work"/a/}" | grep -q 'Date of referral'
}

dialects() {
	bom=0
	semicolon=0
	drift=0
	for f in "$work"/a/*/*/list_4.csv; do
		[ "$(head -c 3 "$f" | od -An -tx1 | tr -d ' ')" = efbbbf ] && bom=1
		head -n 1 "$f" | grep -q '^Child Unique ID;' && head -n 1 "$f" |
			od -An -tx1 | tr -d ' \n' | grep -q '6e9273' && semicolon=1
		head -n 1 "$f" | grep -q ' ,' && drift=1
	done
	[ "$bom$semicolon$drift" = 111 ]
}

rows_as_expected() { # of every CSV list: lines less the heading
	while IFS=, read -r area day list rows rejected; do
		case $list in
		contacts) name=list_1 ;;
		early_help) name=list_2 ;;
		cpp) name=list_7 ;;
		staff) name=staff ;;
		*) continue ;;
		esac
		f=$work/a/late/$area/$day/$name.csv
		[ -f "$f" ] || f=$work/a/$area/$day/$name.csv
		[ -f "$f" ] || continue
		[ "$(($(wc -l <"$f") - 1))" -eq "$rows" ] || { echo "$f: $rows rows, $rejected bad"; return 1; }
	done <"$work/a/expected_rows.csv"
}

few_junk_rows() {
	awk -F, 'NR > 1 { rows += $4; junk += $5; if ($5 * 50 > $4) bad = 1 }
		END { exit !(junk > 0 && junk * 100 < rows && !bad) }' "$work/a/expected_rows.csv"
}

truth_of() { # truth_of AREA PERIOD MEASURE DIMENSION CATEGORY: visible numerator and status
	awk -F, -v key="$1,$2,$3,$4,$5" \
		'$1 "," $2 "," $3 "," $4 "," $5 == key { print $8, $10 }' "$work/a/truth.csv"
}

# Contacts of June 2024 in the last extract whose window holds June (made at the end of November,
# six months back to 30 May): good rows counted by their date.
contacts_by_hand() {
	n=$(awk -F, 'NR > 1 && $1 != "" && substr($6, 4, 7) == "06/2024" { n++ } END { print n + 0 }' \
		"$work/a/$plain/2024-11-30/list_1.csv")
	[ "$n" -gt 10 ] && [ "$(truth_of "$plain" 2024-06 contacts '' '')" = "$n final" ]
}

schools_by_hand() {
	n=$(awk -F, 'NR > 1 && $1 != "" && substr($6, 4, 7) == "06/2024" && $7 ~ /2A: Schools/ { n++ }
		END { print n + 0 }' "$work/a/$plain/2024-11-30/list_1.csv")
	[ "$(truth_of "$plain" 2024-06 contacts source schools)" = "$n final" ]
}

contacts_of() { # contacts_of MM/YYYY AS-AT: good rows of the plain office's list
	awk -F, -v month="$1" 'NR > 1 && $1 != "" && substr($6, 4, 7) == month { n++ } END { print n + 0 }' \
		"$work/a/$plain/$2/list_1.csv"
}

# What is recorded late is missing from the month's own extract and there in the next one.
late_entries() {
	own=0
	next=0
	before=''
	for day in 2024-04-30 2024-05-31 2024-06-30 2024-07-31 2024-08-31 2024-09-30 2024-10-31; do
		month=$(echo "$day" | sed 's|\(....\)-\(..\)-..|\2/\1|')
		[ -n "$before" ] && next=$((next + $(contacts_of "$before" "$day")))
		[ "$day" != 2024-10-31 ] && own=$((own + $(contacts_of "$month" "$day")))
		before=$month
	done
	echo "$own in their own month's extract, $next in the next"
	[ "$own" -lt "$next" ] && [ $((own * 100)) -gt $((next * 95)) ]
}

# Open: a start that is a day, and no closure.
cin_by_hand() {
	n=$(awk -F, 'NR > 1 && $1 != "" && $7 !~ /^3[01]\/02|^30\/13|^2025-02/ && $10 == "" { n++ }
		END { print n + 0 }' "$work/a/$plain/2024-11-30/list_6.csv")
	[ "$n" -gt 10 ] && [ "$(truth_of "$plain" 2024-11 cin_open '' '')" = "$n final" ]
}

fte_by_hand() { # whole posts of employees in post, in millionths
	n=$(awk -F, 'NR > 1 && $1 != "" && $2 == 0 && $6 == "" && $5 !~ /^3[01]\/02|^30\/13|^2025-02/ {
			n += $4 * 1000000 } END { printf "%.0f", n }' \
		"$work/a/$plain/2024-11-30/staff.csv")
	[ "$n" -gt 1000000 ] && [ "$(truth_of "$plain" 2024-11 social_worker_fte '' '')" = "$n final" ]
}

# The authority is the sum of its districts, line by line.
authority_is_sum() {
	awk -F, 'NR > 1 {
			key = $2 FS $3 FS $4 FS $5
			if ($1 == "birmingham") { was[key] = $6; seen[key] = $8 + 0; n++ }
			else { sum_was[key] += $6; sum_seen[key] += $8 }
		}
		END {
			for (k in was) if (was[k] != sum_was[k] || seen[k] != sum_seen[k]) bad++
			exit !(n > 1000 && !bad)
		}' "$work/a/truth.csv"
}

never_carried() { # needs a year before the period, or the census; the window is six months
	awk -F, '$3 ~ /^(contacts_repeat_12m|referrals_repeat_12m|early_help_return_12m|cin_started|cpp_repeat)$/ {
			n++; if ($10 != "absent" || $8 != "") bad++ }
		END { exit !(n > 100 && !bad) }' "$work/a/truth.csv"
}

unfinished_are_provisional() { # referrals may follow for 30 days: November is not over, July is
	[ "$(truth_of birmingham 2024-11 contacts_to_referral_30d '' '' | cut -d' ' -f2)" = provisional ] &&
		[ "$(truth_of birmingham 2024-07 contacts_to_referral_30d '' '' | cut -d' ' -f2)" = final ]
}

every_measure() { # the truth has all measures with a SELECT and no other
	for f in proto/measures/*.sql; do
		grep -q '^-- kind: derived' "$f" || basename "$f" .sql
	done | sort >"$work/measures"
	tail -n +2 "$work/a/truth.csv" | cut -d, -f3 | sort -u | diff "$work/measures" -
}

known_categories() { # but for the district's own teams and the measures' own buckets
	tail -n +2 "$work/a/truth.csv" | cut -d, -f4,5 | sort -u |
		grep -v -e '^,$' -e '^team,' -e '^days,' -e '^cases,' |
		while IFS= read -r pair; do
			grep -q "^$pair," proto/codes.csv || echo "no code $pair"
		done >"$work/unknown"
	cat "$work/unknown"
	[ ! -s "$work/unknown" ]
}

two_stories() {
	[ "$(grep -E 'contacts fall|re-referrals rise' "$work/a/stories.csv" | cut -d, -f1 | sort -u | wc -l)" -eq 2 ]
}

refuses() { # refuses STATUS WORDS ARGUMENT…
	wanted=$1
	words=$2
	shift 2
	"$simulate" "$@" >"$work/refused" 2>&1
	status=$?
	cat "$work/refused"
	[ "$status" -eq "$wanted" ] && grep -q -- "$words" "$work/refused"
}

calibrated() {
	"$simulate" --check-calibration --months 12 --seed "$1"
}

# ---- the runs

"$simulate" --out "$work/a" --months 8 --scale 0.1 --seed 7 || failed=$((failed + 1))
"$simulate" --out "$work/b" --months 8 --scale 0.1 --seed 7 || failed=$((failed + 1))
"$simulate" --out "$work/c" --months 8 --scale 0.1 --seed 8 || failed=$((failed + 1))
# the office that writes plain CSV with prefixed codes at the month's end, and the refused file
plain=$(sed -n 2p "$work/a/expected_rows.csv" | cut -d, -f1)
refused=$(grep 'lacks a column' "$work/a/stories.csv" | cut -d, -f1)
refused=$(ls -d "$work/a/late/$refused"/*)
refused=$work/a/${refused#"$work"/a/late/}/list_3.csv

check same_seed_gives_the_same_bytes same_bytes
check another_seed_gives_other_figures other_bytes
check every_office_has_an_extract_of_every_month every_month
check one_extract_comes_late_and_one_is_corrected late_ones
child='Child Unique ID,Gender,Ethnicity,Date of Birth,Age of Child (Years)'
where='Allocated Team,Allocated Worker,Ward'
disability='Does the Child have a Disability'
check list_1_has_its_headings has_headings list_1.csv "$child,Date of Contact,Contact Source,Ward"
check list_2_has_its_headings has_headings list_2.csv \
	"$child,Assessment start date,Assessment completion date,Organisation completing assessment,Ward"
check list_3_has_its_headings has_headings list_3.csv \
	"$child,Date of referral,Referral Source,Referral NFA?,Number of Referrals in Last 12 Months,$where"
check list_4_has_its_headings has_headings list_4.csv \
	"$child,$disability,Continuous Assessment Start Date,Child Seen During Continuous Assessment,Continuous Assessment Date of Authorisation,Was the child assessed as requiring LA childrens social care support?,$where"
check list_5_has_its_headings has_headings list_5.csv \
	"$child,$disability,Strategy discussion initiating Section 47 Enquiry Start Date,Was an Initial Child Protection Conference deemed unnecessary?,Date of Initial Child Protection Conference,Did the Initial Child Protection Conference Result in a Child Protection Plan,Number of Section 47 Enquiries in the last 12 months,Number of ICPCs in the last 12 months,$where"
check list_6_has_its_headings has_headings list_6.csv \
	"$child,$disability,CIN Start Date,Primary Need Code,Date Child Was Last Seen,CIN Closure Date,Reason for Closure,Case status,$where"
check list_7_has_its_headings has_headings list_7.csv \
	"$child,$disability,Child Protection Plan Start Date,Initial Category of Abuse,Latest Category of Abuse,Date of the Last Statutory Visit,Was the Child Seen Alone?,Date of latest review conference,Child Protection Plan End Date,Subject to Emergency Protection Order or Protected Under Police Powers in Last Six Months (Y/N),Number of Previous Child Protection Plans,$where"
check staff_list_has_its_headings has_headings staff.csv \
	'Worker ID,Agency Worker,Org Role,FTE,Role Start Date,Role End Date,Cases,Working Days Lost In Month,Posts,Team'
check workbooks_have_seven_sheets workbook_sheets
check offices_write_in_different_dialects dialects
check the_refused_extract_lacks_a_column_and_its_correction_has_it lacks_column
check expected_rows_are_those_in_the_files rows_as_expected
check junk_rows_are_few few_junk_rows
check visible_contacts_are_those_in_the_extract contacts_by_hand
check visible_contacts_from_schools_are_those_in_the_extract schools_by_hand
check late_entries_are_in_the_next_extract late_entries
check visible_children_in_need_are_those_in_the_extract cin_by_hand
check visible_social_workers_are_those_in_the_extract fte_by_hand
check the_authority_is_the_sum_of_its_districts authority_is_sum
check what_the_window_cannot_hold_is_absent never_carried
check a_figure_with_a_follow_up_is_provisional_until_it_is_over unfinished_are_provisional
check every_measure_with_a_select_has_its_truth every_measure
check categories_are_codes_of_the_catalogue known_categories
check two_districts_have_a_story two_stories
check totals_resemble_the_published_ones calibrated 1
check totals_resemble_the_published_ones_with_another_seed calibrated 4
check no_folder_is_a_usage_error refuses 64 'out DIR is needed'
check a_scale_of_zero_is_a_usage_error refuses 64 'give a number from' --out "$work/x" --scale 0
check a_month_that_is_none_is_a_usage_error refuses 64 'give a month as YYYY-MM' --out "$work/x" --from 2024
check a_missing_area_file_is_named refuses 74 '/nowhere/areas.csv' --out "$work/x" --areas /nowhere/areas.csv
check calibration_of_half_a_year_is_refused refuses 78 'needs a year' --check-calibration --months 6

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
