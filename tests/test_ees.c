#include "aggregator/feed/ees.h"

#include "aggregator/feed/rows.h"
#include "aggregator/feed/themes.h"
#include "proto/embed.h"
#include "tests/feed_hand.h"

static const char sample_folder[] = "tests/data/feed/ees-sample/csc_district_caseload_monthly";

/* ---- the sample that the department's own screener passes */

/* The cell that the sample has, as we would hold it. */
static struct ees_cell sample_cell(const char *text)
{
	if (strcmp(text, "c") == 0)
		return (struct ees_cell){ .state = EES_SUPPRESSED };
	return (struct ees_cell){ EES_VALUE, strtoll(text, NULL, 10), 1 };
}

/* The sample ends its lines as Windows does; what we write ends them with LF. */
static char *sample_read(const char *suffix)
{
	char path[256];
	char *text;
	char *to;

	(void)snprintf(path, sizeof path, "%s%s", sample_folder, suffix);
	text = to = harness_read(path, NULL);
	for (const char *at = text; *at != '\0'; at++)
		if (*at != '\r')
			*to++ = *at;
	*to = '\0';
	return text;
}

static void assert_same(const char *got, const char *wanted)
{
	size_t same = 0;

	while (got[same] != '\0' && got[same] == wanted[same])
		same++;
	ck_assert_msg(got[same] == wanted[same], "from byte %zu: \"%.80s\", not \"%.80s\"", same,
		      got + same, wanted + same);
}

static void sample_describe(struct ees_table *t)
{
	static const char *const months[] = { "2025-04", "2025-05" };
	static const char *const districts[] = {
		"Total",      "Edgbaston",        "Erdington",  "Hall Green",
		"Hodge Hill", "Ladywood",         "Northfield", "Perry Barr",
		"Selly Oak",  "Sutton Coldfield", "Yardley"
	};
	static const char *const ages[] = { "Total",        "Under 1 year",   "1 to 4 years",
					    "5 to 9 years", "10 to 15 years", "16 years and over" };
	static const char *const sexes[] = { "Total", "Male", "Female" };

	feed_table(t, "csc_district_caseload_monthly", "Monthly caseload", months, 2);
	feed_filter(t, "district", "Council district", districts, 11);
	feed_filter(t, "age_group", "Age group", ages, 6);
	feed_filter(t, "sex", "Sex", sexes, 3);
	feed_put(t->filters[0].hint, EES_ITEM_BYTES, "Filter by Birmingham council district");
	feed_put(t->filters[1].hint, EES_ITEM_BYTES, "Filter by age at period end");
	feed_put(t->filters[2].hint, EES_ITEM_BYTES, "Filter by sex");
	feed_indicator(t, "referral_count", "Number of referrals", "", 0, 1);
	feed_indicator(t, "early_help_episode_count", "Number of open early help episodes", "", 0,
		       1);
	feed_put(t->indicators[1].grouping, EES_LABEL_BYTES, "Early help");
}

START_TEST(the_published_sample_comes_out_byte_for_byte)
{
	struct ees_table t;
	struct rows r;
	struct text out = { .len = 0 };
	struct err err = { 0 };
	char *sample = sample_read(".csv");
	int more = 1;
	int n = 0;

	sample_describe(&t);
	assert_ok(ees_table_cells(&t, &err), err);
	assert_ok(rows_open(&r, "sample", sample, strlen(sample), &err), err);
	assert_ok(rows_next(&r, &more, &err), err);
	while (more) {
		assert_ok(rows_next(&r, &more, &err), err);
		for (int i = 0; more && i < 2; i++)
			t.cells[n++] = sample_cell(r.field[13 + i]);
	}
	ck_assert_int_eq(n, ees_table_size(&t));
	rows_close(&r);
	assert_ok(ees_check(&t, &err), err);
	assert_ok(ees_write_data(&t, &out, &err), err);
	assert_same(out.bytes, sample);
	text_clear(&out);
	free(sample);
	sample = sample_read(".meta.csv");
	assert_ok(ees_write_meta(&t, &out, &err), err);
	assert_same(out.bytes, sample);
	text_clear(&out);
	free(sample);
	ees_table_clear(&t);
}
END_TEST

/* ---- cells */

START_TEST(values_are_rounded_half_up_from_the_exact_figure)
{
	static const struct {
		int64_t numerator, denominator, scale;
		int dp;
		const char *text;
	} rows[] = {
		{ 1, 3, 100, 1, "33.3" },
		{ 2, 3, 100, 1, "66.7" },
		{ 1, 8, 100, 1, "12.5" },
		{ 1, 16, 100, 1, "6.3" },  /* 6.25 */
		{ 1, 800, 100, 1, "0.1" }, /* 0.125 */
		{ 0, 7, 100, 1, "0.0" },
		{ 7, 7, 100, 1, "100.0" },
		{ 1, 2001, 100, 1, "low" }, /* 0.04998 */
		{ 1, 2000, 100, 1, "0.1" }, /* 0.05 */
		{ 0, 1, 1, 0, "0" },
		{ 4093, 1, 1, 0, "4093" },
		{ 2500000, 1000000, 1, 1, "2.5" },
		{ -5, 100, 1, 1, "-0.1" },
		{ 15000000, 1000000, 1, 1, "15.0" },
		{ 1, 2, 1, 0, "1" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct ees_indicator n = { .dp = rows[i].dp, .scale = rows[i].scale };
		struct ees_cell c = { EES_VALUE, rows[i].numerator, rows[i].denominator };
		char text[32];

		ck_assert_str_eq(ees_cell_format(&n, &c, text), rows[i].text);
	}
}
END_TEST

START_TEST(a_small_table_has_symbols_quotes_and_no_blank)
{
	struct ees_table t;
	struct text out = { .len = 0 };
	struct err err = { 0 };
	static const char place[] = "Local authority,E92000001,England,E12000005,West Midlands,330,"
				    "E08000025,Birmingham";
	char wanted[1024];

	feed_small_table(&t);
	assert_ok(ees_check(&t, &err), err);
	assert_ok(ees_write_data(&t, &out, &err), err);
	(void)snprintf(wanted, sizeof wanted,
		       "time_period,time_identifier,geographic_level,country_code,country_name,"
		       "region_code,region_name,old_la_code,new_la_code,la_name,district,"
		       "referral_count,rereferral_percent\n"
		       "2026,September,%s,Total,107,33.3\n"
		       "2026,September,%s,North,107,low\n"
		       "2026,September,%s,\"South, and more\",c,z\n",
		       place, place, place);
	ck_assert_str_eq(out.bytes, wanted);
	text_clear(&out);
	ees_table_clear(&t);
}
END_TEST

START_TEST(a_cell_that_nobody_set_is_refused_by_name)
{
	struct ees_table t;
	struct text out = { .len = 0 };
	struct err err = { 0 };

	feed_small_table(&t);
	t.cells[3].state = EES_UNSET;
	assert_error(
		ees_write_data(&t, &out, &err), ERR_MALFORMED, err,
		"csc_small_monthly: no figure and no symbol for rereferral_percent in 2026-09, "
		"district North");
	t.cells[3] = (struct ees_cell){ EES_VALUE, 1, 0 };
	assert_error(ees_write_data(&t, &out, &err), ERR_MALFORMED, err, "district North");
	text_clear(&out);
	ees_table_clear(&t);
}
END_TEST

START_TEST(a_filter_of_one_item_stays_out_of_the_meta_file)
{
	struct ees_table t;
	struct text out = { .len = 0 };
	struct err err = { 0 };

	feed_small_table(&t);
	t.filters[0].n_items = 1;
	assert_ok(ees_write_meta(&t, &out, &err), err);
	ck_assert_ptr_null(strstr(out.bytes, "district"));
	text_clear(&out);
	ees_table_clear(&t);
}
END_TEST

/* ---- traps of the screener, each with the message that mends it */

struct trap {
	const char *column, *words;
	int filter;
};

START_TEST(names_that_the_screener_takes_for_something_else_are_refused)
{
	static const struct trap traps[] = {
		{ "characteristic", "no longer takes columns called characteristic", 1 },
		{ "characteristic_group", "no longer takes", 1 },
		{ "ward", "taken for the code or name of a place", 1 },
		{ "local_district_name", "taken for the code or name of a place", 1 },
		{ "primary_need", "harmonised names", 1 },
		{ "ethnic_group", "harmonised names", 1 },
		{ "sen_support_count", "harmonised names", 0 },
		{ "female_referral_count", "must not hold 'male'", 0 },
		{ "white_child_count", "must not hold 'white'", 0 },
		{ "Referral_count", "snake_case", 0 },
		{ "2nd_plan_count", "snake_case", 0 },
		{ "referral count", "snake_case", 0 },
		{ "referrals", "end the name with its type", 0 },
		{ "la_name", "has this column already", 1 },
	};

	for (size_t i = 0; i < sizeof traps / sizeof traps[0]; i++) {
		struct ees_table t;
		struct err err = { 0 };

		feed_small_table(&t);
		feed_put(traps[i].filter ? t.filters[0].column : t.indicators[0].column,
			 EES_NAME_BYTES, traps[i].column);
		assert_error(ees_check(&t, &err), ERR_CONFIG, err, traps[i].words);
		ck_assert_ptr_nonnull(strstr(err.text, traps[i].column));
		ees_table_clear(&t);
	}
}
END_TEST

START_TEST(harmonised_and_plain_names_pass)
{
	static const char *const names[] = { "district", "district_name", "ethnicity_major",
					     "age_group", "assessed_need" };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		struct ees_table t;
		struct err err = { 0 };

		feed_small_table(&t);
		feed_put(t.filters[0].column, EES_NAME_BYTES, names[i]);
		assert_ok(ees_check(&t, &err), err);
		ees_table_clear(&t);
	}
}
END_TEST

START_TEST(labels_items_units_and_names_are_checked)
{
	struct ees_table t;
	struct err err = { 0 };

	feed_small_table(&t);
	feed_put(t.indicators[1].label, EES_LABEL_BYTES, "Referrals");
	assert_error(ees_check(&t, &err), ERR_CONFIG, err, "two columns have this label");
	feed_put(t.indicators[1].label, EES_LABEL_BYTES, " x");
	assert_error(ees_check(&t, &err), ERR_CONFIG, err, "without blanks around it");
	feed_put(t.indicators[1].label, EES_LABEL_BYTES, "Percentage");
	feed_put(t.indicators[1].unit, sizeof t.indicators[1].unit, "per cent");
	assert_error(ees_check(&t, &err), ERR_CONFIG, err, "the units are");
	feed_put(t.indicators[1].unit, sizeof t.indicators[1].unit, "%");
	feed_put(t.filters[0].items[0].label, EES_ITEM_BYTES, "All");
	assert_error(ees_check(&t, &err), ERR_CONFIG, err, "first item must be Total");
	feed_put(t.filters[0].items[0].label, EES_ITEM_BYTES, "Total");
	feed_put(t.filters[0].items[1].label, EES_ITEM_BYTES, "NA");
	assert_error(ees_check(&t, &err), ERR_CONFIG, err, "taken for a missing value");
	feed_put(t.filters[0].items[1].label, EES_ITEM_BYTES, "South, and more");
	assert_error(ees_check(&t, &err), ERR_CONFIG, err, "two items of a filter");
	feed_put(t.filters[0].items[1].label, EES_ITEM_BYTES, "North");
	feed_put(t.name, sizeof t.name, "small.monthly");
	assert_error(ees_check(&t, &err), ERR_CONFIG, err, "write a file's name");
	feed_put(t.name, sizeof t.name, "small_monthly");
	feed_put(t.title, sizeof t.title, "Small & monthly");
	assert_error(ees_check(&t, &err), ERR_CONFIG, err, "write a title with letters");
	ees_table_clear(&t);
}
END_TEST

/* ---- the catalogue */

static struct area_tree *areas_of(const char *csv)
{
	struct area_tree *tree = NULL;
	struct err err = { 0 };

	assert_ok(
		area_tree_load(harness_text(harness_folder(), "areas.csv", csv), NULL, &tree, &err),
		err);
	return tree;
}

#define AREAS_HEAD                                                       \
	"code,name,level,parent,gss_code,valid_from,valid_to,dfe_name\n" \
	"england,England,country,,E92000001,,,England\n"                 \
	"nw,North West,region,england,E12000002,,,North West\n"

START_TEST(the_place_comes_from_the_area_file_and_the_national_list)
{
	struct area_tree *tree =
		areas_of(AREAS_HEAD "bolton,Bolton,authority,nw,E08000001,,,Bolton\n"
				    "east,East,district,bolton,,,,\n");
	struct ees_place p;
	struct err err = { 0 };

	assert_ok(ees_place_find(tree, area_find(tree, "bolton"), &p, &err), err);
	ck_assert_str_eq(p.old_la_code, "350");
	ck_assert_str_eq(p.new_la_code, "E08000001");
	ck_assert_str_eq(p.region_name, "North West");
	ck_assert_str_eq(p.country_code, "E92000001");
	area_tree_free(&tree);
	tree = areas_of(AREAS_HEAD "bolton,Bolton,authority,nw,E08000001,,,Bolton Council\n");
	assert_error(ees_place_find(tree, area_find(tree, "bolton"), &p, &err), ERR_CONFIG, err,
		     "'Bolton Council' with gss_code E08000001 is no local authority");
	assert_error(ees_place_find(tree, area_find(tree, "nw"), &p, &err), ERR_CONFIG, err,
		     "needs a local authority with a gss_code");
	area_tree_free(&tree);
}
END_TEST

START_TEST(the_catalogue_gives_sound_tables_for_each_kind_of_period)
{
	struct area_tree *tree = areas_of(AREAS_HEAD "bolton,Bolton,authority,nw,E08000001,,,\n"
						     "east,East,district,bolton,,,,\n"
						     "west,West,district,bolton,,,,\n");
	struct measure_set *set = NULL;
	struct themes *themes = NULL;
	struct ees_table *tables = NULL;
	struct period edition;
	struct err err = { 0 };
	int n;
	int monthly = 0;
	int quarterly = 0;
	int cities = 0;

	assert_ok(measures_load(NULL, &set, &err), err);
	assert_ok(themes_read(NULL, NULL, set, &themes, &err), err);
	assert_ok(edition_parse("2026-27-Q2", &edition, &err), err);
	assert_ok(
		themes_tables(themes, tree, area_find(tree, "bolton"), edition, &tables, &n, &err),
		err);
	for (int i = 0; i < n; i++) {
		monthly += tables[i].n_periods == 3;
		quarterly += tables[i].n_periods == 1;
		cities += strcmp(tables[i].filters[0].column, "district") != 0;
		ck_assert(tables[i].n_filters >= 1 && tables[i].n_filters <= 2);
		for (int k = 0; k < i; k++)
			ck_assert_str_ne(tables[i].name, tables[k].name);
	}
	ck_assert_int_eq(monthly, quarterly);
	ck_assert_int_gt(monthly, 10);
	ck_assert_int_eq(cities, 2);
	ck_assert_str_eq(tables[0].name, "csc_front_door_monthly");
	ck_assert_str_eq(tables[0].title, "Monthly front door and early help");
	ck_assert_str_eq(tables[0].filters[0].items[2].label, "West");
	themes_tables_free(&tables, n);
	themes_free(&themes);
	measures_free(&set);
	area_tree_free(&tree);
}
END_TEST

START_TEST(every_row_of_the_catalogue_names_a_measure_that_we_have)
{
	struct measure_set *set = NULL;
	struct themes *themes = NULL;
	struct err err = { 0 };
	const char *text = embed_find("aggregator/feed/themes.csv")->text;
	int lines = -1;

	for (const char *at = text; *at != '\0'; at++)
		lines += *at == '\n';
	assert_ok(measures_load(NULL, &set, &err), err);
	assert_ok(themes_read(NULL, NULL, set, &themes, &err), err);
	ck_assert_int_eq(themes->n_rows, lines);
	themes_free(&themes);
	measures_free(&set);
}
END_TEST

/* The pair that is meant for the public API: names and items of the department's dictionary, except
 * that our categories must all be there too. */
START_TEST(chinese_is_added_to_asian_and_refused_to_unknown)
{
	struct measure_set *set = NULL;
	struct themes *themes = NULL;
	const struct ees_filter *f = NULL;
	struct err err = { 0 };

	assert_ok(measures_load(NULL, &set, &err), err);
	assert_ok(themes_read(NULL, NULL, set, &themes, &err), err);
	for (int i = 0; i < themes->n_filters; i++)
		if (strcmp(themes->filters[i].name, "ethnicity") == 0)
			f = &themes->filters[i].filter;
	ck_assert_ptr_nonnull(f);
	ck_assert_str_eq(f->column, "ethnicity_major");
	ck_assert_int_eq(f->n_items, 7);
	ck_assert_str_eq(f->items[3].label, "Asian / Asian British");
	ck_assert_str_eq(f->items[3].codes[1], "chinese");
	ck_assert_str_eq(f->items[6].label, "Unknown");
	ck_assert_int_eq(f->items[6].n_codes, 2);
	themes_free(&themes);
	measures_free(&set);
}
END_TEST

START_TEST(a_wrong_catalogue_is_refused_with_line_and_mend)
{
#define THEMES_HEAD "dataset,title,districts,measure,part,column,label,filters\n"
	static const char *const rows[][2] = {
		{ "dataset,title\n", "2 columns, not 8" },
		{ "a,title,districts,measure,part,column,label,filters\n",
		  "column 1 must be called dataset" },
		{ THEMES_HEAD "a,A,maybe,contacts,value,c_count,C,\n", ":2: districts: 'maybe'" },
		{ THEMES_HEAD "a,A,yes,contacts,both,c_count,C,\n", "write value or numerator" },
		{ THEMES_HEAD "a,A,yes,contacts,numerator,c_count,C,\n",
		  "only a percentage that is counted has one" },
		{ THEMES_HEAD "a,A,yes,contacts,value,c_count,C,age moon\n",
		  "filters.csv does not define it" },
		{ THEMES_HEAD "a,A,yes,contacts,value,c_count,C,\nb,B,yes,contacts,value,c_count,C,"
			      "\na,A,yes,contacts,value,d_count,D,\n",
		  ":4: dataset: 'a': put the rows of a data set together" },
	};
	struct measure_set *set = NULL;
	struct err err = { 0 };

	assert_ok(measures_load(NULL, &set, &err), err);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct themes *themes = NULL;

		assert_error(themes_read(rows[i][0], NULL, set, &themes, &err), ERR_CONFIG, err,
			     rows[i][1]);
		ck_assert_ptr_null(themes);
	}
	measures_free(&set);
}
END_TEST

START_TEST(each_failed_allocation_is_said_and_leaks_nothing)
{
	struct area_tree *tree = areas_of(AREAS_HEAD "bolton,Bolton,authority,nw,E08000001,,,\n"
						     "east,East,district,bolton,,,,\n");
	struct measure_set *set = NULL;
	struct period edition;
	struct err err = { 0 };
	enum err_code code = ERR_NOMEM;

	assert_ok(measures_load(NULL, &set, &err), err);
	assert_ok(edition_parse("2026-09", &edition, &err), err);
	for (long n = 1; code != ERR_OK; n += n < 60 ? 1 : 37) {
		struct themes *themes = NULL;
		struct ees_table *tables = NULL;
		struct text out = { .len = 0 };
		int n_tables = 0;

		harness_fail_allocation(n);
		code = themes_read(NULL, NULL, set, &themes, &err);
		if (code == ERR_OK)
			code = themes_tables(themes, tree, area_find(tree, "bolton"), edition,
					     &tables, &n_tables, &err);
		if (code == ERR_OK)
			code = ees_write_meta(&tables[0], &out, &err);
		harness_fail_allocation(0);
		ck_assert_msg(code == ERR_OK || code == ERR_NOMEM, "%s", err.text);
		text_clear(&out);
		themes_tables_free(&tables, n_tables);
		themes_free(&themes);
	}
	measures_free(&set);
	area_tree_free(&tree);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, the_published_sample_comes_out_byte_for_byte);
	tcase_add_test(tc, values_are_rounded_half_up_from_the_exact_figure);
	tcase_add_test(tc, a_small_table_has_symbols_quotes_and_no_blank);
	tcase_add_test(tc, a_cell_that_nobody_set_is_refused_by_name);
	tcase_add_test(tc, a_filter_of_one_item_stays_out_of_the_meta_file);
	tcase_add_test(tc, names_that_the_screener_takes_for_something_else_are_refused);
	tcase_add_test(tc, harmonised_and_plain_names_pass);
	tcase_add_test(tc, labels_items_units_and_names_are_checked);
	tcase_add_test(tc, the_place_comes_from_the_area_file_and_the_national_list);
	tcase_add_test(tc, the_catalogue_gives_sound_tables_for_each_kind_of_period);
	tcase_add_test(tc, every_row_of_the_catalogue_names_a_measure_that_we_have);
	tcase_add_test(tc, chinese_is_added_to_asian_and_refused_to_unknown);
	tcase_add_test(tc, a_wrong_catalogue_is_refused_with_line_and_mend);
	tcase_add_test(tc, each_failed_allocation_is_said_and_leaks_nothing);
}

HARNESS_MAIN("ees", add)
