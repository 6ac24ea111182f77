#include "proto/config.h"

#include "proto/config_number.h"
#include "tests/harness.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

struct item {
	char *name;
	int *months;
	int months_in_force;
};
struct settings {
	char *agent;
	struct item *items;
	unsigned n_items;
};

static const cyaml_schema_field_t item_fields[] = {
	CYAML_FIELD_STRING_PTR("name", CYAML_FLAG_POINTER, struct item, name, 1, 16),
	CYAML_FIELD_INT_PTR("window_months", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct item,
			    months),
	CYAML_FIELD_END,
};
static const cyaml_schema_value_t item_schema = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct item, item_fields),
};
static const cyaml_schema_field_t settings_fields[] = {
	CYAML_FIELD_STRING_PTR("agent", CYAML_FLAG_POINTER, struct settings, agent, 1, 64),
	CYAML_FIELD_SEQUENCE_COUNT("items", CYAML_FLAG_POINTER, struct settings, items, n_items,
				   &item_schema, 1, 4),
	CYAML_FIELD_END,
};
static const cyaml_schema_value_t schema = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct settings, settings_fields),
};

/* One row: a file and what the error must say. */
static const struct {
	const char *text;
	const char *words;
} bad[] = {
	{ "agent: a\nitems:\n  - name: x\n    windw_months: 3\n",
	  ".yaml:4: items[0].windw_months: unknown key; did you mean window_months?" },
	{ "agnt: a\nitems:\n  - name: x\n", ".yaml:1: agnt: unknown key; did you mean agent?" },
	{ "agent: a\nzebra: b\nitems:\n  - name: x\n",
	  ".yaml:2: zebra: unknown key; remove it or see the example" },
	{ "agent: a\nitems:\n  - name: x\n    window_months: six\n",
	  ".yaml:4: items[0].window_months: Invalid INT value: 'six'" },
	{ "agent: a\nitems:\n  - window_months: 3\n",
	  ".yaml:3: items[0].name: missing; add this key" },
	{ "agent: a\n", ".yaml:1: items: missing; add this key" },
	{ "agent: a\nitems: []\n", ".yaml:2: items" },
	{ "agent: a\nagent: b\nitems:\n  - name: x\n", "already seen: agent" },
	{ "agent: a\nitems:\n  - name: \"x\n", ".yaml:3: items[0].name: libyaml" },
	{ "", ".yaml:1: the file is empty; start from the example" },
};

START_TEST(a_bad_file_is_refused_with_line_key_and_mend)
{
	const char *path = harness_text(harness_folder(), "bad.yaml", bad[_i].text);
	void *data = NULL;
	struct err err = { .code = ERR_OK };

	assert_error(config_load(path, &schema, &data, &err), ERR_CONFIG, err, bad[_i].words);
	ck_assert_ptr_null(data);
}
END_TEST

START_TEST(a_good_file_fills_the_structure)
{
	const char *path = harness_text(harness_folder(), "good.yaml",
					"agent: hodge-hill\nitems:\n  - name: x\n"
					"    window_months: 0\n  - {name: y}\n");
	struct settings *s;
	void *data = NULL;
	struct err err = { .code = ERR_OK };

	assert_ok(config_load(path, &schema, &data, &err), err);
	s = data;
	ck_assert_str_eq(s->agent, "hodge-hill");
	ck_assert_uint_eq(s->n_items, 2);
	ck_assert_int_eq(*s->items[0].months, 0);
	ck_assert_ptr_null(s->items[1].months);
	config_free(&schema, &data);
	ck_assert_ptr_null(data);
}
END_TEST

START_TEST(a_missing_file_is_named)
{
	void *data = NULL;
	struct err err = { .code = ERR_OK };

	assert_error(config_load("/nowhere/a.yaml", &schema, &data, &err), ERR_MISSING, err,
		     "/nowhere/a.yaml: No such file");
}
END_TEST

START_TEST(a_file_beyond_the_limit_is_refused)
{
	const char *path = harness_text(harness_folder(), "long.yaml", "agent: a\n");
	struct err err = { .code = ERR_OK };
	char *text = NULL;
	size_t len = 0;

	assert_error(config_read_file(path, 8, &text, &len, &err), ERR_TOO_BIG, err,
		     "larger than 8 bytes");
	assert_ok(config_read_file(path, 9, &text, &len, &err), err);
	ck_assert_uint_eq(len, 9);
	free(text);
}
END_TEST

START_TEST(a_wrong_content_is_located_by_its_key)
{
	const char *path =
		harness_text(harness_folder(), "content.yaml",
			     "agent: a\n\nitems:\n  - name: x\n  # a note\n  - name: y\n");
	struct err err;

	assert_error(config_error(&err, path, "items[1].name", "no area '%s'", "y"), ERR_CONFIG,
		     err, "content.yaml:6: items[1].name: no area 'y'");
	/* a key that is not there: the line of the part that is */
	assert_error(config_error(&err, path, "items[1].colour", "x"), ERR_CONFIG, err,
		     "content.yaml:6: items[1].colour");
}
END_TEST

START_TEST(numbers_take_their_default_and_keep_their_bounds)
{
	static const struct config_number months = { "window_months",
						     offsetof(struct item, months),
						     offsetof(struct item, months_in_force),
						     1,
						     6,
						     240 };
	const char *path = harness_text(harness_folder(), "n.yaml",
					"items:\n  - name: x\n    window_months: 300\n");
	struct item item = { .months = NULL };
	struct err err = { .code = ERR_OK };
	int given = 300;

	assert_ok(config_numbers(path, "items[0].", &months, 1, &item, &err), err);
	ck_assert_int_eq(item.months_in_force, 6);
	item.months = &given;
	assert_error(config_numbers(path, "items[0].", &months, 1, &item, &err), ERR_CONFIG, err,
		     "n.yaml:3: items[0].window_months: 300 is not between 1 and 240");
	given = 240;
	assert_ok(config_numbers(path, "items[0].", &months, 1, &item, &err), err);
	ck_assert_int_eq(item.months_in_force, 240);
}
END_TEST

START_TEST(a_relative_path_is_relative_to_the_file)
{
	char *value = strdup("areas.csv");
	char *absolute = strdup("/a/b.csv");
	struct err err;

	assert_ok(config_resolve("/etc/x/agent.yaml", &value, &err), err);
	ck_assert_str_eq(value, "/etc/x/areas.csv");
	assert_ok(config_resolve("/etc/x/agent.yaml", &absolute, &err), err);
	ck_assert_str_eq(absolute, "/a/b.csv");
	free(value);
	free(absolute);
}
END_TEST

START_TEST(the_nearest_word_is_near)
{
	static const char *const words[] = { "contacts", "referrals", "cin" };

	ck_assert_str_eq(config_nearest("contact", words, 3), "contacts");
	ck_assert_str_eq(config_nearest("refferals", words, 3), "referrals");
	ck_assert_ptr_null(config_nearest("zebra", words, 3));
	/* kitten -> sitting: three edits, the textbook case of V. I. Levenshtein's distance */
	ck_assert_int_eq(config_distance("kitten", "sitting"), 3);
	ck_assert_int_eq(config_distance("", "abc"), 3);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, a_bad_file_is_refused_with_line_key_and_mend, 0,
			    (int)(sizeof bad / sizeof bad[0]));
	tcase_add_test(tc, a_good_file_fills_the_structure);
	tcase_add_test(tc, a_missing_file_is_named);
	tcase_add_test(tc, a_file_beyond_the_limit_is_refused);
	tcase_add_test(tc, a_wrong_content_is_located_by_its_key);
	tcase_add_test(tc, numbers_take_their_default_and_keep_their_bounds);
	tcase_add_test(tc, a_relative_path_is_relative_to_the_file);
	tcase_add_test(tc, the_nearest_word_is_near);
}

HARNESS_MAIN("config", add)
