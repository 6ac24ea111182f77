#!/bin/sh
# Compares every figure that the aggregator answers with the simulator's truth as visible under the
# extracts' stated limits, and prints the gap to the truth as it was, per measure.
# Usage: deploy/demo/compare.sh AGGREGATOR SETTINGS TRUTH.csv WORKDIR
# Exit status: 0 all equal, 1 differences (listed), 65 nothing to compare.
set -eu
aggregator=$1
settings=$2
truth=$3
work=$4
rm -rf "$work"
mkdir -p "$work"

# Each measure and breakdown of the truth, in months and weeks, with the first and last period.
awk -F, 'NR > 1 {
	kind = index($2, "W") ? "week" : "month"
	key = $3 "," $4 "," kind
	if (!(key in first) || $2 < first[key]) first[key] = $2
	if ($2 > last[key]) last[key] = $2
}
END { for (key in first) print key "," first[key] "," last[key] }' "$truth" | sort >"$work/questions"

while IFS=, read -r measure dimension kind first last; do
	"$aggregator" rollup "$measure" -c "$settings" --by "$kind" --from "$first" --to "$last" --districts --csv \
		${dimension:+--breakdown "$dimension"} >"$work/answer" || {
		echo "compare: rollup $measure $dimension failed" >&2
		exit 65
	}
	# measure,dimension,area,period,category,numerator,denominator,status
	awk -F, -v measure="$measure" -v dimension="$dimension" 'NR > 1 {
		print measure "," dimension "," $1 "," $2 "," ($3 == "all" ? "" : $3) "," $5 "," $6 "," $9
	}' "$work/answer"
done <"$work/questions" >"$work/answers"

"$aggregator" measures list -c "$settings" --csv |
	awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "unit") unit = i } NR > 1 { print $1 "," $unit }' >"$work/units"

awk -F, -v shown=20 '
FILENAME ~ /units$/ { # measure codes and units: an FTE is counted in millionths, a day in thousandths
	scale[$1] = $2 == "fte" ? 1000000 : $2 == "days" ? 1000 : 1
	next
}
FILENAME ~ /answers$/ { # what the system says
	key = $3 "," $4 "," $1 "," $2 "," $5
	numerator[key] = sprintf("%.0f", $6 * scale[$1])
	denominator[key] = $7
	status[key] = $8
	asked[key] = 1
	next
}
FNR > 1 {
	key = $1 "," $2 "," $3 "," $4 "," $5
	total = $1 "," $2 "," $3 "," $4 ","
	checked++
	if (!(key in asked) && (total in asked) && status[total] != "missing") { # a category that is not listed is 0
		numerator[key] = 0
		denominator[key] = "" # a count has none
		status[key] = "final"
	}
	there = key in status && status[key] != "missing"
	wanted = $10 != "absent"
	seen[key] = 1
	bad = ""
	if (wanted && !there) bad = "missing"
	else if (!wanted && there && (numerator[key] != 0 || $5 == "")) bad = "should be unknown"
	else if (wanted && (numerator[key] + 0 != $8 + 0 || (denominator[key] != "" && denominator[key] + 0 != $9 + 0))) bad = "differs"
	if (bad != "" && differences++ < shown)
		printf "compare: %s: %s of %s, %s %s: system %s/%s, truth as visible %s/%s\n", bad, $3, $1, $2,
			$4 == "" ? "" : $4 "=" $5, numerator[key], denominator[key], $8, $9
	if (bad == "" && wanted) equal++
	if (bad == "" && !wanted) unknown++
	if ($4 == "" && index($2, "W") == 0) {
		if (!($3 in measures)) { order[++n_measures] = $3; measures[$3] = 1 }
		if (wanted) { was[$3] += $6; visible[$3] += $8; figures[$3]++ } else absent[$3]++
	}
}
END {
	for (key in asked) if (!(key in seen) && status[key] != "missing" && numerator[key] != 0) {
		split(key, part, ",")
		if ((part[1] "," part[2] "," part[3] "," part[4] ",") in seen && differences++ < shown)
			printf "compare: not in the truth: %s = %s\n", key, numerator[key]
	}
	printf "\n%-30s %8s %8s %14s %14s %8s\n", "measure (months)", "figures", "unknown", "as visible", "as it was", "gap"
	for (i = 1; i <= n_measures; i++) {
		m = order[i]
		gap = was[m] == 0 ? "-" : sprintf("%.2f%%", 100 * (visible[m] - was[m]) / was[m])
		printf "%-30s %8d %8d %14.0f %14.0f %8s\n", m, figures[m], absent[m], visible[m], was[m], gap
	}
	printf "\ncompare: %d figures compared: %d equal, %d rightly unknown, %d differ\n", checked, equal, unknown, differences
	if (checked == 0) exit 65
	exit differences > 0
}' "$work/units" "$work/answers" "$truth"
