/* unseen_risk.csv: one row per condition. The first row of a rule has its code, title and sentence;
 * rows that leave these empty are further conditions, and a rule holds when all of its do.
 *
 *   measure   a code of the catalogue; a rule with one that the set in use lacks is switched off
 *   part      empty, or "days>=57": of a count broken down into buckets, those from there on
 *   test      falls, rises  against the same months a year before, or the months just before
 *             above, below  an amount
 *             differs       outside the 99.8% funnel limits of all districts
 *   amount    "10%": of the figure compared with; of the whole, for a part. "10": in the measure's
 *             unit (a count: per month), or that many children of a part
 *   months    how many final months are taken together: 1 to 12
 *   against   year or before, for falls and rises
 *   least     so many events (for a share: so large a denominator) must stand behind the figure
 *             that is compared with, of a share behind both; with fewer the test does not hold
 *
 * A fall or rise of a count, rate or percentage also has to be more than chance (95%).
 *
 * signal_watch.csv: measures that are not watched over time (process) or between districts
 * (funnel); every other one is, as far as its kind and size allow. */

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/signals_private.h"
#include "proto/embed.h"

static const char signals_rules_heading[] =
	"rule,title,sentence,measure,part,test,amount,months,against,least";
enum {
	COLUMN_RULE,
	COLUMN_TITLE,
	COLUMN_SENTENCE,
	COLUMN_MEASURE,
	COLUMN_PART,
	COLUMN_TEST,
	COLUMN_AMOUNT,
	COLUMN_MONTHS,
	COLUMN_AGAINST,
	COLUMN_LEAST,
	COLUMNS
};

static const struct {
	const char *name;
	enum signals_test test;
} signals_tests[] = {
	{ "falls", SIGNALS_FALLS }, { "rises", SIGNALS_RISES },     { "above", SIGNALS_ABOVE },
	{ "below", SIGNALS_BELOW }, { "differs", SIGNALS_DIFFERS },
};
#define SIGNALS_TESTS (sizeof signals_tests / sizeof signals_tests[0])

const char *signals_test_name(enum signals_test test)
{
	for (size_t i = 0; i < SIGNALS_TESTS; i++)
		if (signals_tests[i].test == test)
			return signals_tests[i].name;
	return "";
}

static int signals_copy(char *out, size_t size, const char *text)
{
	return text[0] != '\0' && (size_t)snprintf(out, size, "%s", text) < size;
}

/* A number from 0 on. */
static int signals_number(const char *text, char **end, double *out)
{
	errno = 0;
	*out = strtod(text, end);
	return errno == 0 && *end != text && *out >= 0 && *out < 1e9 &&
	       strpbrk(text, "xXnNiIeE+- ") == NULL;
}

static int signals_whole(const char *text, long least, long most, int64_t *out)
{
	char *end = NULL;
	double value = 0;

	if (!signals_number(text, &end, &value) || *end != '\0' || value != floor(value) ||
	    value < (double)least || value > (double)most)
		return 0;
	*out = (int64_t)value;
	return 1;
}

/* The measure in the set in use, NULL when only the built-in catalogue has it. */
static enum err_code signals_measure(const struct signals_csv *csv, const char *code,
				     const struct measure_set *set, const struct measure **out,
				     struct err *err)
{
	char path[128];
	const char *near;

	*out = measures_find(set, code);
	(void)snprintf(path, sizeof path, "proto/measures/%s.sql", code);
	if (*out != NULL || (strlen(code) <= 64 && embed_find(path) != NULL))
		return ERR_OK;
	near = measures_nearest(set, code);
	return signals_csv_fault(csv, err, "measure", "there is no measure \"%s\"%s%s%s", code,
				 near == NULL ? "" : "; did you mean \"", near == NULL ? "" : near,
				 near == NULL ? "" : "\"?");
}

/* "days>=57": the dimension must be there and a bucket begin at the number. */
static enum err_code signals_part(const struct signals_csv *csv, const struct measure *m,
				  struct signals_clause *c, struct err *err)
{
	const char *text = csv->fields[COLUMN_PART];
	const char *sign = strstr(text, ">=");
	size_t len = sign == NULL ? 0 : (size_t)(sign - text);
	int found = 0;

	if (text[0] == '\0')
		return ERR_OK;
	if (len == 0 || len >= sizeof c->part || !signals_whole(sign + 2, 0, 100000, &c->part_from))
		return signals_csv_fault(csv, err, "part",
					 "\"%s\" is no part: write a dimension with buckets and a "
					 "number, as days>=57",
					 text);
	(void)snprintf(c->part, sizeof c->part, "%.*s", (int)len, text);
	for (int i = 0; m != NULL && i < m->n_dimensions; i++)
		found |= strcmp(m->dimensions[i], c->part) == 0 && m->n_buckets > 0;
	if (m != NULL && !found)
		return signals_csv_fault(csv, err, "part", "%s has no buckets of \"%s\"", m->code,
					 c->part);
	found = 0;
	for (int i = 0; m != NULL && i < m->n_buckets; i++)
		found |= m->buckets[i].from == c->part_from;
	if (m != NULL && !found)
		return signals_csv_fault(csv, err, "part", "no bucket of %s begins at %lld",
					 m->code, (long long)c->part_from);
	return ERR_OK;
}

static enum err_code signals_amount(const struct signals_csv *csv, struct signals_clause *c,
				    struct err *err)
{
	const char *text = csv->fields[COLUMN_AMOUNT];
	const int compares = c->test == SIGNALS_FALLS || c->test == SIGNALS_RISES;
	char *end = NULL;

	if (c->test == SIGNALS_DIFFERS)
		return text[0] == '\0' ? ERR_OK
				       : signals_csv_fault(csv, err, "amount",
							   "differs takes none: leave it empty");
	if (!signals_number(text, &end, &c->amount) || (*end != '\0' && strcmp(end, "%") != 0))
		return signals_csv_fault(csv, err, "amount",
					 "\"%s\" is no amount: write 10%% or 10", text);
	c->share = *end == '%';
	if (c->share && !compares && c->part[0] == '\0')
		return signals_csv_fault(csv, err, "amount",
					 "above and below take a share of the whole for a part "
					 "only: leave out the %% sign");
	return ERR_OK;
}

static enum err_code signals_against(const struct signals_csv *csv, struct signals_clause *c,
				     struct err *err)
{
	const char *text = csv->fields[COLUMN_AGAINST];
	const int compares = c->test == SIGNALS_FALLS || c->test == SIGNALS_RISES;

	c->before_year = strcmp(text, "year") == 0;
	if (compares && !c->before_year && strcmp(text, "before") != 0)
		return signals_csv_fault(csv, err, "against",
					 "falls and rises need year or before, not \"%s\"", text);
	if (!compares && text[0] != '\0')
		return signals_csv_fault(csv, err, "against",
					 "only falls and rises take it: leave it empty");
	return ERR_OK;
}

static enum err_code signals_clause_read(const struct signals_csv *csv,
					 const struct measure_set *set, struct signals_rule *rule,
					 struct err *err)
{
	struct signals_clause *c = &rule->clauses[rule->n_clauses];
	const struct measure *m = NULL;
	int64_t months = 0;
	enum err_code code = signals_measure(csv, csv->fields[COLUMN_MEASURE], set, &m, err);

	if (code != ERR_OK)
		return code;
	(void)snprintf(c->measure, sizeof c->measure, "%s", csv->fields[COLUMN_MEASURE]);
	rule->off |= m == NULL;
	for (size_t i = 0; i < SIGNALS_TESTS; i++)
		if (strcmp(csv->fields[COLUMN_TEST], signals_tests[i].name) == 0)
			c->test = signals_tests[i].test;
	if (c->test == 0)
		return signals_csv_fault(csv, err, "test",
					 "\"%s\" is no test: write falls, rises, above, below or "
					 "differs",
					 csv->fields[COLUMN_TEST]);
	code = signals_part(csv, m, c, err);
	if (code == ERR_OK)
		code = signals_amount(csv, c, err);
	if (code == ERR_OK)
		code = signals_against(csv, c, err);
	if (code != ERR_OK)
		return code;
	if (!signals_whole(csv->fields[COLUMN_MONTHS], 1, 12, &months))
		return signals_csv_fault(csv, err, "months", "write a number from 1 to 12");
	c->months = (int)months;
	if (csv->fields[COLUMN_LEAST][0] != '\0' &&
	    !signals_whole(csv->fields[COLUMN_LEAST], 1, 1000000, &c->least))
		return signals_csv_fault(csv, err, "least", "write a number from 1, or nothing");
	rule->n_clauses++;
	return ERR_OK;
}

static enum err_code signals_rule_begin(const struct signals_csv *csv, struct signals_rules *out,
					struct err *err)
{
	struct signals_rule *rule = &out->rules[out->n_rules];

	if (signals_rules_find(out, csv->fields[COLUMN_RULE]) != NULL)
		return signals_csv_fault(csv, err, "rule", "\"%s\" is there already",
					 csv->fields[COLUMN_RULE]);
	if (!signals_copy(rule->code, sizeof rule->code, csv->fields[COLUMN_RULE]))
		return signals_csv_fault(csv, err, "rule", "at most %d characters",
					 (int)sizeof rule->code - 1);
	if (!signals_copy(rule->title, sizeof rule->title, csv->fields[COLUMN_TITLE]))
		return signals_csv_fault(csv, err, "title",
					 "a new rule needs one of at most %d bytes",
					 (int)sizeof rule->title - 1);
	if (!signals_copy(rule->sentence, sizeof rule->sentence, csv->fields[COLUMN_SENTENCE]))
		return signals_csv_fault(csv, err, "sentence",
					 "a new rule needs one of at most %d bytes",
					 (int)sizeof rule->sentence - 1);
	out->n_rules++;
	return ERR_OK;
}

static enum err_code signals_row(const struct signals_csv *csv, const struct measure_set *set,
				 struct signals_rules *out, struct err *err)
{
	struct signals_rule *rule;
	enum err_code code = ERR_OK;

	if (csv->fields[COLUMN_RULE][0] != '\0') {
		if (out->n_rules == SIGNALS_RULES)
			return signals_csv_fault(csv, err, "rule", "more than %d rules",
						 SIGNALS_RULES);
		code = signals_rule_begin(csv, out, err);
	} else if (out->n_rules == 0 || csv->fields[COLUMN_TITLE][0] != '\0' ||
		   csv->fields[COLUMN_SENTENCE][0] != '\0') {
		return signals_csv_fault(csv, err, "rule",
					 "a rule's first row needs its code; further rows have "
					 "neither code nor title nor sentence");
	}
	if (code != ERR_OK)
		return code;
	rule = &out->rules[out->n_rules - 1];
	if (rule->n_clauses == SIGNALS_CLAUSES)
		return signals_csv_fault(csv, err, "rule", "more than %d conditions",
					 SIGNALS_CLAUSES);
	code = signals_clause_read(csv, set, rule, err);
	if (code == ERR_OK && rule->n_clauses > 1 &&
	    (rule->clauses[0].test == SIGNALS_DIFFERS ||
	     rule->clauses[rule->n_clauses - 1].test == SIGNALS_DIFFERS))
		return signals_csv_fault(csv, err, "test",
					 "differs must be a rule's only condition");
	return code;
}

enum err_code signals_rules_parse(const char *name, const char *text, const struct measure_set *set,
				  struct signals_rules *out, struct err *err)
{
	struct signals_csv csv;
	int row = 1;
	enum err_code code;

	out->rules = calloc(SIGNALS_RULES, sizeof *out->rules);
	if (out->rules == NULL)
		return err_set(err, ERR_NOMEM, "%s: out of memory", name);
	code = signals_csv_open(name, text, signals_rules_heading, &csv, err);
	while (code == ERR_OK) {
		code = signals_csv_next(&csv, COLUMNS, &row, err);
		if (code != ERR_OK || !row)
			break;
		code = signals_row(&csv, set, out, err);
	}
	signals_csv_close(&csv);
	return code;
}

static int signals_yes_no(const char *text, int *out)
{
	*out = strcmp(text, "yes") == 0;
	return *out || strcmp(text, "no") == 0;
}

enum err_code signals_watch_parse(const char *name, const char *text, const struct measure_set *set,
				  struct signals_rules *out, struct err *err)
{
	struct signals_csv csv;
	int row = 1;
	enum err_code code;

	/* no row is shorter than "a,no,no," and its line break */
	out->watched = calloc(strlen(text) / 8 + 1, sizeof *out->watched);
	if (out->watched == NULL)
		return err_set(err, ERR_NOMEM, "%s: out of memory", name);
	code = signals_csv_open(name, text, "measure,process,funnel,why", &csv, err);
	while (code == ERR_OK) {
		struct signals_watch *w = &out->watched[out->n_watched];
		const struct measure *m = NULL;

		code = signals_csv_next(&csv, 4, &row, err);
		if (code != ERR_OK || !row)
			break;
		code = signals_measure(&csv, csv.fields[0], set, &m, err);
		if (code != ERR_OK)
			break;
		(void)snprintf(w->measure, sizeof w->measure, "%s", csv.fields[0]);
		if (!signals_yes_no(csv.fields[1], &w->process) ||
		    !signals_yes_no(csv.fields[2], &w->funnel))
			code = signals_csv_fault(&csv, err, "process and funnel",
						 "write yes or no");
		out->n_watched++;
	}
	signals_csv_close(&csv);
	return code;
}

enum err_code signals_rules_load(const struct measure_set *set, struct signals_rules *out,
				 struct err *err)
{
	const struct embed *rules = embed_find("aggregator/unseen_risk.csv");
	const struct embed *watch = embed_find("aggregator/signal_watch.csv");
	enum err_code code;

	*out = (struct signals_rules){ 0 };
	if (rules == NULL || watch == NULL)
		return err_set(err, ERR_CONFIG,
			       "aggregator/unseen_risk.csv or aggregator/signal_watch.csv is not "
			       "built in: rebuild the program");
	code = signals_rules_parse(rules->path, rules->text, set, out, err);
	if (code == ERR_OK)
		code = signals_watch_parse(watch->path, watch->text, set, out, err);
	return code;
}

void signals_rules_clear(struct signals_rules *rules)
{
	free(rules->rules);
	free(rules->watched);
	*rules = (struct signals_rules){ 0 };
}

const struct signals_rule *signals_rules_find(const struct signals_rules *rules, const char *code)
{
	for (int i = 0; i < rules->n_rules; i++)
		if (strcmp(rules->rules[i].code, code) == 0)
			return &rules->rules[i];
	return NULL;
}
