/* The rules of the open data standard for what a table is called and made of. Each of these makes
 * the department's screener refuse or warn; here they are the operator's to mend. */

#include "aggregator/feed/ees.h"

#include <regex.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* A filter with such a name is taken for an organisation's or place's code or name. */
static const char place_pattern[] =
	"^(country|sch|prov|inst|estab|reg|la|local|rsc|pfa|pcon|lep|mca|oa|ward|mat).*"
	"(name|code|urn|ukprn|number|upin|id)$|"
	"^(laestab|estab|sch|school|schools|prov|provider|providers|inst|institution|institutions|"
	"name|code|urn|ukprn|number|upin|id|region|la|lad|rsc|pcon|lep|mca|oa|ward|mat)$";

/* An indicator with such a word in its name is taken for a filter that was made a column. */
static const char *const filter_words[] = { "male",    "female",    "asian",       "chinese",
					    "indian",  "pakistani", "bangladeshi", "black",
					    "african", "caribbean", "white",       "roma",
					    "irish",   "english",   "british",     "scottish",
					    "welsh",   "arab" };

/* A column that has one of these in its name must have one of the standard's own names. */
static const char *const harmonised_words[] = { "sen_",           "primary_need",
						"secondary_need", "establishment_type",
						"provider_type",  "school_type",
						"ethnic" };
static const char *const harmonised_names[] = {
	"sen_status",         "sen_primary_need",         "sen_secondary_need", "sen_provision",
	"establishment_type", "establishment_type_group", "provider_type",      "ethnicity_major",
	"ethnicity_minor",    "ethnicity_detailed",       "minority_ethnic"
};

static const char *const own_columns[] = { "time_period",  "time_identifier", "geographic_level",
					   "country_code", "country_name",    "region_code",
					   "region_name",  "old_la_code",     "new_la_code",
					   "la_name" };

static const char *const suffixes[] = { "_count", "_percent", "_rate", "_ratio",
					"_fte",   "_days",    "_sum",  "_average" };
static const char *const units[] = { "", "%", "£", "£m", "pp", "numberstring" };
static const char *const null_words[] = { "NULL", "Null", "null", "NA", "na", "N/A",
					  "n/a",  ".",    "..",   "-",  "~",  ":" };

#define COUNT(list) (sizeof(list) / sizeof(list)[0])

static int ees_is_one_of(const char *word, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(word, list[i]) == 0)
			return 1;
	return 0;
}

static int ees_ends_with(const char *word, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strlen(word) > strlen(list[i]) &&
		    strcmp(word + strlen(word) - strlen(list[i]), list[i]) == 0)
			return 1;
	return 0;
}

static const char *ees_word_in(const char *name, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcasestr(name, list[i]) != NULL)
			return list[i];
	return NULL;
}

static int ees_is_place(const char *name)
{
	regex_t pattern;
	int matches;

	if (regcomp(&pattern, place_pattern, REG_EXTENDED | REG_NOSUB) != 0)
		return 1;
	matches = regexec(&pattern, name, 0, NULL, 0) == 0;
	regfree(&pattern);
	return matches;
}

static enum err_code ees_fault(const struct ees_table *t, const char *what, const char *why,
			       struct err *err)
{
	return err_set(err, ERR_CONFIG, "%s: '%.120s': %s", t->name, what, why);
}

/* ---- columns, labels, items */

static enum err_code ees_check_column(const struct ees_table *t, const char *name, struct err *err)
{
	const char *word = ees_word_in(name, harmonised_words, COUNT(harmonised_words));

	if (name[0] < 'a' || name[0] > 'z' ||
	    strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") != strlen(name))
		return ees_fault(t, name,
				 "write a column as snake_case: a-z first, then a-z, 0-9 and _",
				 err);
	if (ees_is_one_of(name, own_columns, COUNT(own_columns)))
		return ees_fault(t, name, "the standard has this column already: choose another",
				 err);
	if (strncmp(name, "characteristic", strlen("characteristic")) == 0)
		return ees_fault(t, name,
				 "the standard no longer takes columns called characteristic: give "
				 "each filter its own column",
				 err);
	if (word != NULL && !ees_is_one_of(name, harmonised_names, COUNT(harmonised_names)))
		return ees_fault(t, name,
				 "it must be called as in the standard's harmonised names, or "
				 "otherwise altogether",
				 err);
	return ERR_OK;
}

static enum err_code ees_check_label(const struct ees_table *t, const char *column,
				     const char *label, struct err *err)
{
	if (label[0] == '\0' || label[0] == ' ' || label[strlen(label) - 1] == ' ')
		return ees_fault(t, column, "write a label without blanks around it", err);
	return ERR_OK;
}

static enum err_code ees_check_items(const struct ees_table *t, const struct ees_filter *f,
				     struct err *err)
{
	if (f->n_items < 1 || strcmp(f->items[0].label, "Total") != 0)
		return ees_fault(t, f->column, "its first item must be Total", err);
	for (int i = 0; i < f->n_items; i++) {
		const char *label = f->items[i].label;
		enum err_code code = ees_check_label(t, f->column, label, err);

		if (code != ERR_OK)
			return code;
		if (ees_is_one_of(label, null_words, COUNT(null_words)))
			return ees_fault(t, label,
					 "an item of that name is taken for a missing value", err);
		for (int k = 0; k < i; k++)
			if (strcmp(label, f->items[k].label) == 0)
				return ees_fault(t, label, "two items of a filter have this label",
						 err);
	}
	return ERR_OK;
}

static enum err_code ees_check_filter(const struct ees_table *t, const struct ees_filter *f,
				      struct err *err)
{
	enum err_code code = ees_check_column(t, f->column, err);

	if (code == ERR_OK)
		code = ees_check_label(t, f->column, f->label, err);
	if (code != ERR_OK)
		return code;
	if (ees_is_place(f->column))
		return ees_fault(
			t, f->column,
			"a filter of that name is taken for the code or name of a place or "
			"school",
			err);
	return ees_check_items(t, f, err);
}

static enum err_code ees_check_indicator(const struct ees_table *t, const struct ees_indicator *n,
					 struct err *err)
{
	const char *word = ees_word_in(n->column, filter_words, COUNT(filter_words));
	enum err_code code = ees_check_column(t, n->column, err);

	if (code == ERR_OK)
		code = ees_check_label(t, n->column, n->label, err);
	if (code != ERR_OK)
		return code;
	if (word != NULL)
		return err_set(err, ERR_CONFIG,
			       "%s: '%s': an indicator's name must not hold '%s': that is an item "
			       "of a filter",
			       t->name, n->column, word);
	if (!ees_ends_with(n->column, suffixes, COUNT(suffixes)))
		return ees_fault(t, n->column,
				 "end the name with its type: _count, _percent, _rate, _ratio, "
				 "_fte, _days, _sum or _average",
				 err);
	if (!ees_is_one_of(n->unit, units, COUNT(units)))
		return ees_fault(t, n->unit, "the units are %, £, £m, pp, numberstring or none",
				 err);
	if (n->dp < 0 || n->dp > EES_DP_MAX || n->scale < 1)
		return ees_fault(t, n->column, "write 0 to 6 decimals and a scale from 1", err);
	return ERR_OK;
}

/* ---- the table */

static enum err_code ees_check_file(const struct ees_table *t, struct err *err)
{
	if (t->name[0] < 'a' || t->name[0] > 'z' ||
	    strspn(t->name, "abcdefghijklmnopqrstuvwxyz0123456789_-") != strlen(t->name))
		return ees_fault(t, t->name, "write a file's name with a-z, 0-9, _ and -", err);
	if (t->title[0] == '\0' ||
	    strspn(t->title, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 ") !=
		    strlen(t->title))
		return ees_fault(t, t->title,
				 "write a title with letters, digits and spaces: the service "
				 "refuses others",
				 err);
	if (t->n_periods < 1 || t->n_indicators < 1)
		return ees_fault(t, t->name, "a table has at least one period and one indicator",
				 err);
	for (int i = 1; i < t->n_periods; i++)
		if (t->periods[i].kind != t->periods[0].kind ||
		    t->periods[i].start <= t->periods[i - 1].start)
			return ees_fault(t, t->name,
					 "the periods of a table are of one kind and ascend", err);
	return ERR_OK;
}

/* The n-th column of the table and its label: filters, then indicators. */
static const char *ees_column(const struct ees_table *t, int n, const char **label)
{
	if (n < t->n_filters) {
		*label = t->filters[n].label;
		return t->filters[n].column;
	}
	*label = t->indicators[n - t->n_filters].label;
	return t->indicators[n - t->n_filters].column;
}

static enum err_code ees_check_unique(const struct ees_table *t, struct err *err)
{
	for (int i = 0; i < t->n_filters + t->n_indicators; i++) {
		const char *label;
		const char *column = ees_column(t, i, &label);

		for (int k = 0; k < i; k++) {
			const char *other_label;
			const char *other = ees_column(t, k, &other_label);

			if (strcmp(column, other) == 0)
				return ees_fault(t, column, "two columns have this name", err);
			if (strcmp(label, other_label) == 0)
				return ees_fault(t, label, "two columns have this label", err);
		}
	}
	return ERR_OK;
}

enum err_code ees_check(const struct ees_table *t, struct err *err)
{
	enum err_code code = ees_check_file(t, err);

	for (int i = 0; code == ERR_OK && i < t->n_filters; i++)
		code = ees_check_filter(t, &t->filters[i], err);
	for (int i = 0; code == ERR_OK && i < t->n_indicators; i++)
		code = ees_check_indicator(t, &t->indicators[i], err);
	if (code == ERR_OK)
		code = ees_check_unique(t, err);
	return code;
}
