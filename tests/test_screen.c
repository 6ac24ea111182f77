#include "aggregator/feed/screen.h"

#include "tests/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/limits.h"

/* One pair that passes every check, and for each check the smallest change that breaks it. */

static struct err err;

#define HEAD "time_period,time_identifier,geographic_level,country_code,country_name"
#define LA_HEAD HEAD ",region_code,region_name,old_la_code,new_la_code,la_name"
#define LA                                                                         \
	"Local authority,E92000001,England,E12000005,West Midlands,330,E08000025," \
	"Birmingham"
#define NATION "National,E92000001,England"
#define META_HEAD                                                                             \
	"col_name,col_type,label,indicator_grouping,indicator_unit,indicator_dp,filter_hint," \
	"filter_grouping_column\n"

static const char good_data[] = LA_HEAD ",sex,referral_count,rereferral_count\n"
					"2026,April," LA ",Total,30,12\n"
					"2026,April," LA ",Male,18,c\n"
					"2026,April," LA ",Female,12,c\n"
					"2026,May," LA ",Total,40,0\n"
					"2026,May," LA ",Male,22,0\n"
					"2026,May," LA ",Female,18,0\n";
static const char good_meta[] =
	META_HEAD "sex,Filter,Sex,,,,Filter by sex,\n"
		  "referral_count,Indicator,Number of referrals,Referrals,,0,,\n"
		  "rereferral_count,Indicator,Number of re-referrals,Referrals,,0,,\n";

/* For rows of other levels: one indicator, one filter. */
#define SHORT_META META_HEAD "sex,Filter,Sex,,,,,\nreferral_count,Indicator,Referrals,,,0,,\n"
#define TWO_SEXES(row) row ",Total,30\n" row ",Male,30\n"
#define PLACE(columns, level, values)                                                  \
	HEAD "," columns ",sex,referral_count\n" TWO_SEXES("2026,Calendar year," level \
							   ",E92000001,England," values)

/* ---- running */

static struct screen_lists *lists;

static void lists_needed(void)
{
	if (lists == NULL)
		assert_ok(screen_lists_open(&lists, &err), err);
}

static enum err_code screen_named(const char *name, const char *meta_name, const char *data,
				  size_t data_len, const char *meta, struct screen_report *report)
{
	const struct screen_file d = { .name = name, .bytes = data, .len = data_len };
	const struct screen_file m = { .name = meta_name,
				       .bytes = meta,
				       .len = meta == NULL ? 0 : strlen(meta) };
	struct screen_pair pair;
	enum err_code code = screen_pair_read(&pair, &d, &m, &err);

	memset(report, 0, sizeof *report);
	if (code != ERR_OK)
		return code;
	code = screen_run(&pair, lists, false, report, &err);
	screen_pair_clear(&pair);
	return code;
}

static void screen_texts(const char *data, const char *meta, struct screen_report *report)
{
	lists_needed();
	assert_ok(screen_named("csc.csv", "csc.meta.csv", data, strlen(data), meta, report), err);
}

static const struct screen_finding *finding_of(const struct screen_report *report,
					       const char *check, enum screen_result result)
{
	for (size_t i = 0; i < report->n; i++)
		if (strcmp(report->findings[i].check, check) == 0 &&
		    report->findings[i].result == result)
			return &report->findings[i];
	return NULL;
}

static const char *told(const struct screen_report *report)
{
	static char text[8192];
	size_t len = 0;

	text[0] = '\0';
	for (size_t i = 0; i < report->n && len < sizeof text - 1; i++)
		if (report->findings[i].result != SCREEN_PASS)
			len += (size_t)snprintf(text + len, sizeof text - len, "%s %s [%s] %s\n",
						screen_result_name(report->findings[i].result),
						report->findings[i].check, report->findings[i].rows,
						report->findings[i].text);
	return text;
}

static void assert_found(const struct screen_report *report, const char *check,
			 enum screen_result result, const char *rows, const char *words)
{
	const struct screen_finding *f = finding_of(report, check, result);

	ck_assert_msg(f != NULL, "%s found no %s; found:\n%s", check, screen_result_name(result),
		      told(report));
	if (rows != NULL)
		ck_assert_msg(strcmp(f->rows, rows) == 0, "%s: rows %s, not %s", check, f->rows,
			      rows);
	ck_assert_msg(strstr(f->text, words) != NULL, "%s: \"%s\" does not hold \"%s\"", check,
		      f->text, words);
	if (result == SCREEN_FAIL && !f->is_ours)
		ck_assert_str_eq(report->stopped_at, f->stage);
}

/* text with every from replaced by to; freed by the caller. */
static char *replaced(const char *text, const char *from, const char *to)
{
	size_t n = 0, len = 0;
	char *out;

	for (const char *at = text; from != NULL && (at = strstr(at, from)) != NULL;
	     at += strlen(from))
		n++;
	ck_assert_msg(from == NULL || n > 0, "the text has no \"%s\"", from == NULL ? "" : from);
	out = calloc(strlen(text) + n * (to == NULL ? 0 : strlen(to)) + 1, 1);
	ck_assert_ptr_nonnull(out);
	for (const char *at = text; *at != '\0';) {
		if (from != NULL && strncmp(at, from, strlen(from)) == 0) {
			memcpy(out + len, to, strlen(to));
			len += strlen(to);
			at += strlen(from);
		} else {
			out[len++] = *at++;
		}
	}
	return out;
}

START_TEST(a_good_pair_passes_every_check_of_the_standard_and_ours)
{
	struct screen_report report;
	struct screen_check_about about;
	size_t n_checks = 0;

	screen_texts(good_data, good_meta, &report);
	ck_assert_msg(report.result == SCREEN_PASS, "%s", told(&report));
	ck_assert(report.api_suitable);
	ck_assert_ptr_null(report.stopped_at);
	for (; screen_check_list(n_checks, &about); n_checks++)
		ck_assert_msg(finding_of(&report, about.check, SCREEN_PASS) != NULL, "%s",
			      about.check);
	ck_assert_uint_eq(report.n, n_checks);
	screen_report_clear(&report);
}
END_TEST

/* ---- one change, one finding */

struct broken {
	const char *check;
	enum screen_result result;
	const char *rows; /* NULL: not compared */
	const char *words;
	const char *data; /* NULL: good_data */
	const char *data_from, *data_to;
	const char *meta; /* NULL: good_meta */
	const char *meta_from, *meta_to;
};

#define F SCREEN_FAIL
#define W SCREEN_WARNING
#define CHARACTERISTIC(group, item)                                                    \
	HEAD ",characteristic_group,characteristic,referral_count\n2026,April," NATION \
	     ",Total,Total,30\n2026,April," NATION "," group "," item ",30\n"
#define CHARACTERISTIC_META                                                         \
	META_HEAD "characteristic,Filter,Characteristic,,,,,characteristic_group\n" \
		  "referral_count,Indicator,Referrals,,,0,,\n"
#define GROUPED(a, b, c, d)                                                           \
	HEAD ",kind,form,referral_count\n2026,April," NATION "," a ",Total,30\n2026," \
	     "April," NATION "," b "," c ",20\n2026,April," NATION "," d ",Other,10\n"
#define GROUPED_META META_HEAD "form,Filter,Form,,,,,kind\nreferral_count,Indicator,N,,,0,,\n"

/* Precheck columns to Check meta */
static const struct broken broken_form[] = {
	{ "col_req_meta", F, NULL, "lacks this column", .meta_from = "filter_hint",
	  .meta_to = "filter_hints" },
	{ "col_invalid_meta", F, NULL, "'colour' is no column", .meta_from = "label",
	  .meta_to = "colour" },
	{ "col_req_data", F, NULL, "every file has it", .data_from = "country_name",
	  .data_to = "country" },
	{ "col_to_rows", F, NULL, "4 rows, but the data only 3",
	  .data = HEAD ",sex,referral_count,rereferral_count\n2026,April," NATION
		       ",Total,30,12\n2026,April," NATION ",Male,30,12\n",
	  .meta = META_HEAD "sex,Filter,Sex,,,,,\nreferral_count,Indicator,A,,,0,,\n"
			    "rereferral_count,Indicator,B,,,0,,\nlost_count,Indicator,C,,,0,,\n" },
	{ "cross_meta_to_data", F, "2", "'gender': this filter", .meta_from = "sex,Filter",
	  .meta_to = "gender,Filter" },
	{ "cross_meta_to_data", F, "4", "no col_type", .meta_from = "rereferral_count,Indicator",
	  .meta_to = "rereferral_count," },
	{ "cross_data_to_meta", W, NULL, "no row in the metadata",
	  .meta_from = "rereferral_count,Indicator,Number of re-referrals,Referrals,,0,,\n",
	  .meta_to = "" },
	{ "col_names_spaces", F, NULL, "use _", .data_from = "rereferral_count",
	  .data_to = "re referral count" },
	{ "col_snake_case", W, NULL, "lower case", .data_from = "rereferral_count",
	  .data_to = "reReferral_count" },
	{ "col_var_start", W, NULL, "letter a-z", .data_from = "rereferral_count",
	  .data_to = "2nd_referral_count" },
	{ "col_ind_smushed", F, "4", "make the group an item", .data_from = "rereferral_count",
	  .data_to = "female_count", .meta_from = "rereferral_count", .meta_to = "female_count" },
	{ "col_var_characteristic", W, NULL, "own column", .data = CHARACTERISTIC("Sex", "Male"),
	  .meta = CHARACTERISTIC_META },
	{ "meta_col_type", F, "4", "spelt so", .meta_from = "rereferral_count,Indicator",
	  .meta_to = "rereferral_count,indicator" },
	{ "meta_ob_unit", F, "4", "time and place",
	  .meta_from = "rereferral_count,Indicator,Number of re-referrals,Referrals,,0,,",
	  .meta_to = "time_period,Indicator,Time,,,,," },
	{ "meta_col_name", F, "4", "without a col_name", .meta_from = "rereferral_count,Indicator",
	  .meta_to = ",Indicator" },
	{ "meta_dupe_label", F, "4", "'Number of referrals': two rows",
	  .meta_from = "Number of re-referrals", .meta_to = "Number of referrals" },
	{ "meta_fil_grp", F, "3", "leave it blank",
	  .meta_from = "Number of referrals,Referrals,,0,,\n",
	  .meta_to = "Number of referrals,Referrals,,0,,sex\n" },
	{ "meta_fil_grp_dupe", F, "3", "'kind': two rows",
	  .data = GROUPED("Total", "A", "One", "B"),
	  .meta = META_HEAD "form,Filter,Form,,,,,kind\nkind,Filter,T,,,,,kind\n"
			    "referral_count,Indicator,N,,,0,,\n" },
	{ "meta_fil_grp_is_fil", W, "2", "list it as a filter",
	  .data = GROUPED("Total", "A", "One", "B"), .meta = GROUPED_META },
	{ "meta_fil_grp_stripped", F, NULL, "punctuation",
	  .data = GROUPED("Total", "A b", "One", "A-b"), .meta = GROUPED_META },
	{ "meta_label", F, "2", "in words", .meta_from = "Filter,Sex", .meta_to = "Filter," },
	{ "meta_filter_hint", F, "3", "no filter_hint",
	  .meta_from = "Number of referrals,Referrals,,0,",
	  .meta_to = "Number of referrals,,,0,x" },
	{ "meta_geog_catch", F, "2", "'ward'", .data_from = ",sex", .data_to = ",ward",
	  .meta_from = "sex,Filter", .meta_to = "ward,Filter" },
	{ "meta_indicator_dp", F, "2", "a filter has no indicator_dp", .meta_from = "Sex,,,,",
	  .meta_to = "Sex,,,0," },
	{ "meta_col_name_spaces", F, "4", "in both files", .meta_from = "rereferral_count",
	  .meta_to = "re referral_count" },
	{ "meta_col_name_dupe", F, "4", "'referral_count': two rows",
	  .meta_from = "rereferral_count", .meta_to = "referral_count" },
	{ "meta_ind_dp_set", W, "3", "say 0 for counts",
	  .meta_from = "Number of referrals,Referrals,,0", .meta_to = "Number of referrals,,," },
	{ "meta_ind_dp_values", F, "3", "whole number",
	  .meta_from = "Number of referrals,Referrals,,0", .meta_to = "Number of referrals,,,-1" },
	{ "meta_ind_unit", F, "2", "no indicator_unit", .meta_from = "Sex,,", .meta_to = "Sex,,%" },
	{ "meta_ind_unit_validation", F, "3", "must be blank, £",
	  .meta_from = "Number of referrals,Referrals,", .meta_to = "Number of referrals,,euro" },
	{ "meta_indicator_grouping", F, "2", "no indicator_grouping", .meta_from = "Sex,",
	  .meta_to = "Sex,Groups" },
};

/* Precheck time to Check filters */
static const struct broken broken_rows[] = {
	{ "time_period_num", F, "5, 6, 7", "'26': a time_period must be four or six digits",
	  .data_from = "2026,May", .data_to = "26,May" },
	{ "time_id_valid", F, "5, 6, 7", "'Mai'", .data_from = "2026,May", .data_to = "2026,Mai" },
	{ "time_id_mix", F, "5, 6, 7", "files of their own", .data_from = "2026,May",
	  .data_to = "2026,Calendar year" },
	{ "filter_not_singular", F, NULL, "one item only",
	  .data = LA_HEAD ",sex,referral_count,rereferral_count\n2026,April," LA ",Total,30,12\n" },
	{ "geog_level", F, "5, 6, 7", "'District'", .data_from = "2026,May,Local authority",
	  .data_to = "2026,May,District" },
	{ "geog_level_present", F, NULL, "'Ward' need this column",
	  .data_from = "2026,May,Local authority", .data_to = "2026,May,Ward" },
	{ "time_period", F, "5, 6, 7", "'202627'", .data_from = "2026,May",
	  .data_to = "202627,May" },
	{ "time_period_six", F, "2, 3", "two years in a row",
	  .data = HEAD ",sex,referral_count\n" TWO_SEXES("202528,Financial year," NATION),
	  .meta = SHORT_META },
	{ "filter_defaults", W, NULL, "no row has 'Total'", .data_from = ",Total,",
	  .data_to = ",Everybody," },
	{ "filter_group_level", F, NULL, "are they swapped?",
	  .data = HEAD ",kind,form,referral_count\n2026,April," NATION
		       ",A,Total,30\n2026,April," NATION ",B,One,30\n2026,April," NATION
		       ",C,One,30\n",
	  .meta = GROUPED_META },
	{ "filter_whitespace", F, "3, 6", "'Male '", .data_from = ",Male,", .data_to = ",Male ," },
	{ "filter_ob_total", F, "5, 6, 7", "leave the cell blank", .data_from = "2026,May," LA,
	  .data_to = "2026,May,Local authority,E92000001,England,E12000005,All,330,E08000025,"
		     "Birmingham" },
	{ "filter_blanks", F, "3, 6", "write Total or the item", .data_from = ",Male,",
	  .data_to = ",," },
};

/* Check geography to Check API */
static const struct broken broken_places[] = {
	{ "geog_country_combos", F, "5, 6, 7", "'E92000001/Englund'",
	  .data_from = "2026,May,Local authority,E92000001,England",
	  .data_to = "2026,May,Local authority,E92000001,Englund" },
	{ "geog_region_combos", F, "2, 3, 4, 5, 6, 7", "spell both as the list does",
	  .data_from = "West Midlands", .data_to = "west midlands" },
	{ "geog_ward_combos", F, "2, 3", "'E05011118/Acock Green'",
	  .data = PLACE("ward_code,ward_name", "Ward", "E05011118,Acock Green"),
	  .meta = SHORT_META },
	{ "geog_ward_combos", F, "2, 3", "'E05099999/Nowhere'",
	  .data = PLACE("lad_code,lad_name,ward_code,ward_name", "Ward",
			"E08000025,Birmingham,E05099999,Nowhere"),
	  .meta = SHORT_META },
	{ "geog_pcon_combos", F, "2, 3", "'E14000675/Ealing'",
	  .data = PLACE("pcon_code,pcon_name", "Parliamentary constituency", "E14000675,Ealing"),
	  .meta = SHORT_META },
	{ "geog_lad_combos", F, "2, 3", "'E08000025/Brum'",
	  .data = PLACE("lad_code,lad_name", "Local authority district", "E08000025,Brum"),
	  .meta = SHORT_META },
	{ "geog_lep_combos", F, "2, 3", "'E37000001/Black County'",
	  .data = PLACE("local_enterprise_partnership_code,local_enterprise_partnership_name",
			"Local enterprise partnership", "E37000001,Black County"),
	  .meta = SHORT_META },
	{ "geog_lsip_combos", F, "2, 3", "'E69000001/Sussex'",
	  .data = PLACE("lsip_code,lsip_name", "Local skills improvement plan area",
			"E69000001,Sussex"),
	  .meta = SHORT_META },
	{ "geog_eda_combos", F, "2, 3", "'E47000001/Manchester'",
	  .data = PLACE("english_devolved_area_code,english_devolved_area_name",
			"English devolved area", "E47000001,Manchester"),
	  .meta = SHORT_META },
	{ "geog_la_combos", F, "2, 3, 4, 5, 6, 7", "'331/E08000025/Birmingham'",
	  .data_from = ",330,", .data_to = ",331," },
	{ "geog_level_completed", F, "2, 3, 4, 5, 6, 7", "'Local authority'", .data_from = ",330,",
	  .data_to = ",," },
	{ "geog_ignored_rows", F, NULL, "ancillary",
	  .data = PLACE("institution_id,institution_name", "Institution", "1,College"),
	  .meta = SHORT_META },
	{ "geog_other_dupes", F, "4, 5", "'Trust' stands with several codes",
	  .data = HEAD ",trust_id,trust_name,sex,referral_count\n" TWO_SEXES(
		  "2026,April,MAT,E92000001,England,1,Trust")
		  TWO_SEXES("2026,April,MAT,E92000001,England,2,Trust"),
	  .meta = SHORT_META },
	{ "geog_other_code_dupes", F, "4, 5", "'1' stands with several names",
	  .data = HEAD ",trust_id,trust_name,sex,referral_count\n" TWO_SEXES(
		  "2026,April,MAT,E92000001,England,1,Trust")
		  TWO_SEXES("2026,April,MAT,E92000001,England,1,Fund"),
	  .meta = SHORT_META },
	{ "geog_la_col_present", F, NULL, "add it",
	  .data = PLACE("old_la_code,la_name", "National", ","), .meta = SHORT_META },
	{ "geog_region_col_present", F, NULL, "add it",
	  .data = PLACE("region_code", "National", ""), .meta = SHORT_META },
	{ "geog_region_for_la", W, "2, 3, 4, 5, 6, 7", "say their region",
	  .data_from = ",E12000005,West Midlands,", .data_to = ",,," },
	{ "geog_region_for_lad", W, NULL, "say their region",
	  .data = PLACE("lad_code,lad_name", "Local authority district", "E08000025,Birmingham"),
	  .meta = SHORT_META },
	{ "geog_na", F, "2, 3", "goes with the name Not available",
	  .data = PLACE("trust_id,trust_name", "MAT", "x,Trust"), .meta = SHORT_META },
	{ "geog_na_code", F, "2, 3", "goes with code x",
	  .data = PLACE("trust_id,trust_name", "MAT", "1,Not available"), .meta = SHORT_META },
	{ "geog_overcompleted_cols", F, "2, 3", "'National'",
	  .data = PLACE("old_la_code,new_la_code,la_name", "National", "330,E08000025,Birmingham"),
	  .meta = SHORT_META },
	{ "general_dupes", F, "4, 7", "keep one", .data_from = ",Female,", .data_to = ",Male," },
	{ "general_null", F, "2", "'NULL'", .data_from = "Total,30,12",
	  .data_to = "Total,30,NULL" },
	{ "general_null", F, "3", "'na'", .meta_from = "Number of referrals,Referrals",
	  .meta_to = "Number of referrals,na" },
	{ "general_null", W, "2", "'n/a'", .data_from = "Total,30,12", .data_to = "Total,30,n/a" },
	{ "ind_invalid_entry", F, "2", "write low for ~", .data_from = "Total,30,12",
	  .data_to = "Total,30,~" },
	{ "harmonised_variables", F, "2", "'primary_need'", .data_from = ",sex",
	  .data_to = ",primary_need", .meta_from = "sex,Filter", .meta_to = "primary_need,Filter" },
	{ "harmonised_eth_vals", W, "3, 4, 6, 7", "'Male'", .data_from = ",sex",
	  .data_to = ",ethnicity_major", .meta_from = "sex,Filter",
	  .meta_to = "ethnicity_major,Filter" },
	{ "harmonised_eth_char_grp", F, "3", "'Ethnic group'",
	  .data = CHARACTERISTIC("Ethnic group", "White"), .meta = CHARACTERISTIC_META },
	{ "harmonised_eth_char_vals", W, "3", "'Green'",
	  .data = CHARACTERISTIC("Ethnicity Major", "Green"), .meta = CHARACTERISTIC_META },
	{ "api_char_col_name", W, NULL, "50 characters", .data_from = "rereferral_count",
	  .data_to = "rereferral_of_children_within_twelve_months_of_one_count" },
	{ "api_char_col_label", W, "2", "100 characters", .meta_from = "Filter,Sex",
	  .meta_to = "Filter,Sex as it was recorded by the social worker who took the referral "
		     "when the referral was taken by them" },
	{ "api_char_loc_code", W, "2, 3", "30 characters",
	  .data = PLACE("trust_id,trust_name", "MAT", "1234567890123456789012345678901,Trust"),
	  .meta = SHORT_META },
	{ "api_char_filter_items", W, "2, 3", "120 characters",
	  .data = PLACE(
		  "trust_id,trust_name", "MAT",
		  "1,A trust with a name that goes on and on and on and on and on and on and on "
		  "and on and on and on and on and on and on and on"),
	  .meta = SHORT_META },
	{ "data_dict_col_name", W, "2", "'district'", .data_from = ",sex", .data_to = ",district",
	  .meta_from = "sex,Filter", .meta_to = "district,Filter" },
	{ "data_dict_fil_item", W, "3, 6", "'Men'", .data_from = ",Male,", .data_to = ",Men," },
};

/* Ours */
static const struct broken broken_beyond[] = {
	{ "drs_no_rows", F, NULL, "no rows",
	  .data = LA_HEAD ",sex,referral_count,rereferral_count\n" },
	{ "drs_row_width", F, "4", "fewer cells", .data_from = ",Female,12,c",
	  .data_to = ",Female,12" },
	{ "drs_row_width", F, "4", "more cells", .data_from = ",Female,12,c",
	  .data_to = ",Female,1,200,c" },
	{ "drs_separator", F, NULL, "separated by ';'", .data_from = ",", .data_to = ";" },
	{ "drs_empty_rows", F, "8", "remove them", .data_from = "Female,18,0\n",
	  .data_to = "Female,18,0\n,,,,,,,,,,,,\n" },
	{ "drs_empty_columns", F, NULL, "no heading", .data_from = "rereferral_count\n",
	  .data_to = "rereferral_count,\n" },
	{ "drs_empty_columns", F, NULL, "no row has a value", .data_from = "rereferral_count\n",
	  .data_to = "rereferral_count,note\n" },
	{ "drs_column_dupe", F, NULL, "two columns", .data_from = "rereferral_count",
	  .data_to = "referral_count" },
	{ "drs_indicator_missing", F, "4", "'lost_count'", .meta_from = "rereferral_count",
	  .meta_to = "lost_count" },
	{ "drs_column_unlisted", W, NULL, "drop the column", .meta_from = "rereferral_count",
	  .meta_to = "lost_count" },
	{ "drs_label_length", W, "2", "80 characters", .meta_from = "Filter,Sex",
	  .meta_to = "Filter,Sex as it was recorded by the social worker when the referral was "
		     "taken by them so" },
	{ "drs_edge_space", F, "2, 3, 4, 5, 6, 7", "'Birmingham '", .data_from = "Birmingham",
	  .data_to = "Birmingham " },
	{ "drs_edge_space", F, "2", "' Sex'", .meta_from = "Filter,Sex", .meta_to = "Filter, Sex" },
	{ "drs_new_la_code", F, "2, 3, 4, 5, 6, 7", "nine-character", .data_from = ",E08000025,",
	  .data_to = ",," },
	{ "drs_ignored_rows", W, "5, 6, 7", "'School'", .data_from = "2026,May,Local authority",
	  .data_to = "2026,May,School" },
	{ "drs_ward_unjudged", W, "2, 3", "geog_ward_combos says nothing",
	  .data = PLACE("ward_code,ward_name", "Ward", "E05000026,Abbey"), .meta = SHORT_META },
	{ "drs_blank_cell", F, "2", "write c", .data_from = "Total,30,12", .data_to = "Total,30," },
	{ "drs_cell_value", F, "2", "'abc'", .data_from = "Total,30,12",
	  .data_to = "Total,30,abc" },
	{ "drs_cell_value", F, "2", "'1,234'", .data_from = "Total,30,12",
	  .data_to = "Total,30,\"1,234\"" },
	{ "drs_cell_value", F, "2", "' 7'", .data_from = "Total,30,12", .data_to = "Total,30, 7" },
	{ "drs_count_whole", F, "2", "'12.50'", .data_from = "Total,30,12",
	  .data_to = "Total,30,12.50" },
	{ "drs_count_whole", F, "2", "'-12'", .data_from = "Total,30,12",
	  .data_to = "Total,30,-12" },
	{ "drs_percent_range", W, "2", "'120.5'", .data_from = "Total,30,12",
	  .data_to = "Total,30,120.5", .meta = good_meta },
	{ "drs_matrix", F, "", "1 of 6 combinations of period, place and filter items have no row",
	  .data_from = "2026,May," LA ",Female,18,0\n", .data_to = "" },
	{ "drs_totals", F, "2", "row 2 says 31, its items add up to 30", .data_from = "Total,30,12",
	  .data_to = "Total,31,12" },
	{ "drs_totals", F, "2", "row 2 says 12, its items add up to 13 without those suppressed",
	  .data_from = "Male,18,c", .data_to = "Male,18,13" },
	{ "drs_small_count", W, "4", "can point at a child", .data_from = "Female,12,c",
	  .data_to = "Female,12,5" },
};

static void assert_broken(const struct broken *b, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char *data = replaced(b[i].data == NULL ? good_data : b[i].data, b[i].data_from,
				      b[i].data_to);
		char *meta = replaced(b[i].meta == NULL ? good_meta : b[i].meta, b[i].meta_from,
				      b[i].meta_to);
		struct screen_report report;

		if (strcmp(b[i].check, "drs_percent_range") == 0) { /* a percentage it must be */
			char *d = replaced(data, "rereferral_count", "rereferral_percent");
			char *m = replaced(meta, "rereferral_count", "rereferral_percent");

			free(data);
			free(meta);
			data = d;
			meta = m;
		}
		screen_texts(data, meta, &report);
		assert_found(&report, b[i].check, b[i].result, b[i].rows, b[i].words);
		screen_report_clear(&report);
		free(data);
		free(meta);
	}
}

#define ASSERT_BROKEN(cases) assert_broken(cases, sizeof(cases) / sizeof *(cases))

START_TEST(each_check_of_columns_and_metadata_finds_its_fault)
{
	ASSERT_BROKEN(broken_form);
}
END_TEST

START_TEST(each_check_of_time_and_filters_finds_its_fault)
{
	ASSERT_BROKEN(broken_rows);
}
END_TEST

START_TEST(each_check_of_places_and_words_finds_its_fault)
{
	ASSERT_BROKEN(broken_places);
}
END_TEST

START_TEST(each_check_of_ours_finds_its_fault)
{
	ASSERT_BROKEN(broken_beyond);
}
END_TEST

/* Which checks the tables above name; the others have a case of their own below. */
static bool is_tried(const char *check)
{
	static const char *const own_cases[] = { "file_read", "filename_spaces", "filename_special",
						 "filenames_match", "filter_item_limit",
						 "drs_file_name",
						 /* cannot fail: cross_meta_to_data stops first */
						 "meta_fil_grp_match" };
	static const struct {
		const struct broken *cases;
		size_t n;
	} tables[] = {
		{ broken_form, sizeof broken_form / sizeof *broken_form },
		{ broken_rows, sizeof broken_rows / sizeof *broken_rows },
		{ broken_places, sizeof broken_places / sizeof *broken_places },
		{ broken_beyond, sizeof broken_beyond / sizeof *broken_beyond },
	};

	for (size_t i = 0; i < sizeof own_cases / sizeof *own_cases; i++)
		if (strcmp(check, own_cases[i]) == 0)
			return true;
	for (size_t t = 0; t < sizeof tables / sizeof *tables; t++)
		for (size_t i = 0; i < tables[t].n; i++)
			if (strcmp(check, tables[t].cases[i].check) == 0)
				return true;
	return false;
}

START_TEST(every_check_has_a_case_that_breaks_it)
{
	struct screen_check_about about;

	for (size_t i = 0; screen_check_list(i, &about); i++)
		ck_assert_msg(is_tried(about.check), "no case for %s", about.check);
}
END_TEST

START_TEST(checks_of_later_stages_do_not_run_after_a_failure_but_ours_do)
{
	struct screen_report report;
	char *meta = replaced(good_meta, "Filter,Sex", "filter,Sex");

	screen_texts(good_data, meta, &report);
	ck_assert_str_eq(report.stopped_at, "Precheck meta");
	ck_assert_ptr_null(finding_of(&report, "meta_label", SCREEN_PASS));
	ck_assert_ptr_nonnull(finding_of(&report, "drs_blank_cell", SCREEN_PASS));
	ck_assert(!report.api_suitable);
	screen_report_clear(&report);
	free(meta);
}
END_TEST

START_TEST(our_checks_leave_the_verdict_of_the_standard_alone)
{
	struct screen_report report;
	char *data = replaced(good_data, "Total,30,12", "Total,31,");

	screen_texts(data, good_meta, &report);
	ck_assert_int_eq(report.result, SCREEN_FAIL);
	ck_assert_int_eq(report.standard_result, SCREEN_PASS);
	ck_assert(report.api_suitable);
	screen_report_clear(&report);
	free(data);
}
END_TEST

/* ---- files */

static void assert_names(const char *data, const char *meta, const char *check, const char *words)
{
	struct screen_report report;

	lists_needed();
	assert_ok(screen_named(data, meta, good_data, strlen(good_data), good_meta, &report), err);
	assert_found(&report, check, SCREEN_FAIL, NULL, words);
	screen_report_clear(&report);
}

START_TEST(file_names_are_those_that_the_upload_takes)
{
	char name[200] = "";
	char meta[216];

	assert_names("a b.csv", "a b.meta.csv", "filename_spaces", "use _ or -");
	assert_names("a.b.csv", "a.b.meta.csv", "filename_special", "letters, digits");
	assert_names("a.csv", "b.meta.csv", "filenames_match", "must be named 'a.meta.csv'");
	memset(name, 'a', 151);
	(void)snprintf(meta, sizeof meta, "%s.meta.csv", name);
	(void)snprintf(name + 151, sizeof name - 151, ".csv");
	assert_names(name, meta, "drs_file_name", "150 characters");
}
END_TEST

static void assert_unreadable(const char *bytes, size_t len, const char *words)
{
	struct screen_report report;

	lists_needed();
	assert_ok(screen_named("a.csv", "a.meta.csv", bytes, len, good_meta, &report), err);
	assert_found(&report, "file_read", SCREEN_FAIL, NULL, words);
	ck_assert(report.is_unreadable);
	ck_assert_uint_eq(report.n, 1);
	screen_report_clear(&report);
}

START_TEST(what_is_no_csv_is_said_to_be_unreadable)
{
	struct screen_report report;

	assert_unreadable("", 0, "it is empty");
	assert_unreadable("a,b\n1,\xE9\n", 8, "line 2 holds byte 0xE9, which is no UTF-8");
	assert_unreadable("a,b\n\0,1\n", 8, "line 2 holds a zero byte");
	assert_unreadable("a,b\n1,\"2\n", 9, "a quote is left open");
	assert_unreadable("a,b\n1,2\"3\n", 10, "a quote is left open or stands inside");
	assert_ok(screen_named("a.txt", "a.meta.csv", "a\n", 2, good_meta, &report), err);
	assert_found(&report, "file_read", SCREEN_FAIL, NULL, "does not end in .csv");
	screen_report_clear(&report);
	assert_ok(screen_named("a.csv", "a.meta.csv", good_data, strlen(good_data), NULL, &report),
		  err);
	assert_found(&report, "file_read", SCREEN_FAIL, NULL, "the metadata file: it is missing");
	screen_report_clear(&report);
}
END_TEST

START_TEST(a_million_columns_or_a_huge_cell_are_refused)
{
	size_t n = 1000000;
	char *bytes = malloc(n + 16);

	ck_assert_ptr_nonnull(bytes);
	memset(bytes, ',', n);
	assert_unreadable(bytes, n, "more than 1024 cells");
	memset(bytes, 'x', n);
	assert_unreadable(bytes, n, "a cell of more than 8192 bytes");
	free(bytes);
}
END_TEST

START_TEST(more_metadata_than_columns_can_have_is_unreadable)
{
	size_t room = 5000 * 16 + sizeof good_meta, len = 0;
	char *meta = malloc(room);
	struct screen_report report;

	ck_assert_ptr_nonnull(meta);
	len = (size_t)snprintf(meta, room, META_HEAD);
	for (int i = 0; i <= LIMIT_SCREEN_META_ROWS; i++)
		len += (size_t)snprintf(meta + len, room - len, "a,Filter,,,,,,\n");
	screen_texts(good_data, meta, &report);
	assert_found(&report, "file_read", SCREEN_FAIL, NULL, "more than 4096 rows");
	screen_report_clear(&report);
	free(meta);
}
END_TEST

START_TEST(matrix_and_totals_of_very_many_filters_are_said_not_to_be_checked)
{
	char meta[2048];
	size_t len = (size_t)snprintf(meta, sizeof meta, "%s", good_meta);
	struct screen_report report;

	for (int i = 0; i < LIMIT_SCREEN_FILTERS; i++)
		len += (size_t)snprintf(meta + len, sizeof meta - len, "f%d,Filter,F%d,,,,,\n", i,
					i);
	screen_texts(good_data, meta, &report);
	assert_found(&report, "drs_matrix", SCREEN_WARNING, "", "was not checked");
	assert_found(&report, "drs_totals", SCREEN_WARNING, "", "was not checked");
	screen_report_clear(&report);
}
END_TEST

START_TEST(a_byte_order_mark_crlf_and_quotes_are_no_fault)
{
	char *crlf = replaced(good_data, "\n", "\r\n");
	char *quoted = replaced(crlf, "Birmingham", "\"Birmingham\"");
	char *marked = calloc(strlen(quoted) + 4, 1);
	struct screen_report report;

	ck_assert_ptr_nonnull(marked);
	(void)snprintf(marked, strlen(quoted) + 4, "\xEF\xBB\xBF%s", quoted);
	screen_texts(marked, good_meta, &report);
	ck_assert_msg(report.result == SCREEN_PASS, "%s", told(&report));
	screen_report_clear(&report);
	free(marked);
	free(quoted);
	free(crlf);
}
END_TEST

START_TEST(texts_of_a_file_are_made_safe_before_they_are_shown)
{
	struct screen_report report;
	char *data = replaced(good_data, "Total,30,12", "Total,30,\x1B[31mred\xC2\x9B");
	char text[16];

	screen_texts(data, good_meta, &report);
	assert_found(&report, "drs_cell_value", SCREEN_FAIL, "2", "'\\x1B[31mred\\xC2\\x9B'");
	screen_report_clear(&report);
	free(data);
	ck_assert(!screen_escape(text, 6, "£££££"));
	ck_assert_str_eq(text, "££");
	ck_assert(screen_escape(text, sizeof text, "a\xFF"));
	ck_assert_str_eq(text, "a\\xFF");
}
END_TEST

START_TEST(a_filter_of_too_many_items_fails)
{
	size_t room = 25100 * 80, len;
	char *data = malloc(room);
	struct screen_report report;

	ck_assert_ptr_nonnull(data);
	len = (size_t)snprintf(data, room, HEAD ",sex,referral_count\n");
	for (int i = 0; i < 25001; i++)
		len += (size_t)snprintf(data + len, room - len, "2026,April," NATION ",%d,10\n", i);
	screen_texts(data, SHORT_META, &report);
	assert_found(&report, "filter_item_limit", SCREEN_FAIL, NULL, "25001 items");
	screen_report_clear(&report);
	free(data);
}
END_TEST

/* Everything once, the n-th allocation failing; how many there were. */
static long screen_without(long n, enum err_code *code)
{
	const struct screen_file d = { "a.csv", good_data, strlen(good_data), NULL };
	const struct screen_file m = { "a.meta.csv", good_meta, strlen(good_meta), NULL };
	struct screen_lists *own = NULL;
	struct screen_report report = { .n = 0 };
	struct screen_pair pair;
	long n_made;

	harness_fail_allocation(n);
	*code = screen_lists_open(&own, &err);
	if (*code == ERR_OK && (*code = screen_pair_read(&pair, &d, &m, &err)) == ERR_OK) {
		*code = screen_run(&pair, own, false, &report, &err);
		screen_pair_clear(&pair);
	}
	screen_report_clear(&report);
	screen_lists_close(&own);
	n_made = harness_allocations();
	harness_fail_allocation(0);
	return n_made;
}

START_TEST(no_memory_at_any_place_is_an_error_and_leaks_nothing)
{
	enum err_code code;
	long n = screen_without(0, &code);

	assert_ok(code, err);
	for (long i = 1; i <= n; i++) {
		(void)screen_without(i, &code);
		assert_error(code, ERR_NOMEM, err, "out of memory");
	}
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, a_good_pair_passes_every_check_of_the_standard_and_ours);
	tcase_add_test(tc, each_check_of_columns_and_metadata_finds_its_fault);
	tcase_add_test(tc, each_check_of_time_and_filters_finds_its_fault);
	tcase_add_test(tc, each_check_of_places_and_words_finds_its_fault);
	tcase_add_test(tc, each_check_of_ours_finds_its_fault);
	tcase_add_test(tc, every_check_has_a_case_that_breaks_it);
	tcase_add_test(tc, checks_of_later_stages_do_not_run_after_a_failure_but_ours_do);
	tcase_add_test(tc, our_checks_leave_the_verdict_of_the_standard_alone);
	tcase_add_test(tc, file_names_are_those_that_the_upload_takes);
	tcase_add_test(tc, what_is_no_csv_is_said_to_be_unreadable);
	tcase_add_test(tc, a_million_columns_or_a_huge_cell_are_refused);
	tcase_add_test(tc, more_metadata_than_columns_can_have_is_unreadable);
	tcase_add_test(tc, matrix_and_totals_of_very_many_filters_are_said_not_to_be_checked);
	tcase_add_test(tc, a_byte_order_mark_crlf_and_quotes_are_no_fault);
	tcase_add_test(tc, texts_of_a_file_are_made_safe_before_they_are_shown);
	tcase_add_test(tc, a_filter_of_too_many_items_fails);
	tcase_add_test(tc, no_memory_at_any_place_is_an_error_and_leaks_nothing);
}

HARNESS_MAIN("screen", add)
