#include "deploy/demo/truth.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/date.h"
#include "proto/period.h"

/* In: the finished event log and the row counts of the extracts. Out: truth.csv, a row for each
 * measure, period and area and for each category that is not empty. The rules for when an extract
 * carries a figure are those of proto/measures/README.md, written down here a second time. */

struct truth {
	const struct sim *sim;
	struct view *extracts; /* each district's, month after month */
	int32_t *scratch;
	struct tally *was, *seen; /* of each district, the authority's last */
	char *status;             /* f(inal), p(rovisional), a(bsent), in the same order */
	FILE *file;
};

static const struct truth_measure *const themes[] = {
	truth_front_door, truth_help, truth_assessment,
	truth_protection, truth_cin,  truth_workforce,
};

#define N_THEMES (sizeof themes / sizeof themes[0])

static const struct {
	const char *code;
	const struct label *labels; /* NULL: buckets or teams */
	int n;
} dimensions[TRUTH_DIMENSIONS] = {
	[BY_AGE] = { "age_band", label_age, AGES },
	[BY_SEX] = { "sex", label_sex, SEXES },
	[BY_ETHNICITY] = { "ethnicity", label_ethnicity, ETHNICITIES },
	[BY_SOURCE] = { "source", label_source, SOURCES },
	[BY_NEED] = { "need", label_need, NEEDS },
	[BY_CATEGORY] = { "category", label_category, CATEGORIES },
	[BY_STATUS] = { "status", label_status, STATUSES },
	[BY_REASON] = { "reason", label_reason, REASONS },
	[BY_DISABILITY] = { "disability", label_answer, ANSWERS },
	[BY_ORGANISATION] = { "organisation", label_organisation, ORGANISATIONS },
	[BY_ROLE] = { "role", label_role, ROLES },
	[BY_LIST] = { "list", label_list, LISTS },
	[BY_TEAM] = { "team", NULL, CITY_TEAMS },
	[BY_DAYS] = { "days", NULL, TRUTH_CATEGORIES },
	[BY_CASES] = { "cases", NULL, TRUTH_CATEGORIES },
};

const struct truth_measure *truth_find(const char *code)
{
	for (size_t i = 0; i < N_THEMES; i++)
		for (const struct truth_measure *m = themes[i]; m->code != NULL; m++)
			if (strcmp(m->code, code) == 0)
				return m;
	return NULL;
}

/* ---- which extract shows a figure */

static bool truth_carries_stock(const struct truth_measure *m, const struct view *v,
				struct period p)
{
	if (p.kind != PERIOD_MONTH)
		return false;
	if (p.start == v->month_start)
		return true;
	return m->valid == TRUTH_WINDOW && p.start < v->month_start &&
	       period_end(p) >= v->window_start;
}

static bool truth_carries(const struct truth_measure *m, const struct view *v, struct period p)
{
	if (m->kind == TRUTH_STOCK)
		return truth_carries_stock(m, v, p);
	if (p.start < v->window_start + m->look_back)
		return false;
	if (m->valid != TRUTH_LAST_MONTH)
		return p.start <= v->as_at;
	if (p.kind == PERIOD_MONTH)
		return p.start == v->month_start;
	return period_end(p) >= v->month_start && period_end(p) <= v->month_end;
}

/* The latest extract of the district that carries the figure; NULL when none does. */
static const struct view *truth_extract(const struct truth *t, const struct truth_measure *m,
					int district, struct period p)
{
	const struct city *c = t->sim->city;

	if (m->valid == TRUTH_NEVER)
		return NULL;
	for (int i = c->n_months - 1; i >= 0; i--) {
		const struct view *v = &t->extracts[district * c->n_months + i];

		if (truth_carries(m, v, p))
			return v;
	}
	return NULL;
}

static bool truth_is_provisional(const struct truth_measure *m, const struct view *v,
				 struct period p)
{
	return period_end(p) + m->follow_up > v->as_at;
}

/* ---- counting */

static void tally_start(struct tally *t, const struct truth_measure *m)
{
	for (int d = 0; d < TRUTH_DIMENSIONS; d++)
		if (t->used[d])
			memset(t->cells[d], 0, sizeof t->cells[d]);
	memset(t->used, 0, sizeof t->used);
	t->total = t->row = (struct truth_cell){ 0, 0 };
	t->measure = m;
}

static void tally_merge(struct tally *into, const struct tally *t)
{
	into->total.numerator += t->total.numerator;
	into->total.denominator += t->total.denominator;
	for (int d = 0; d < TRUTH_DIMENSIONS; d++) {
		into->used[d] = into->used[d] || t->used[d];
		for (int i = 0; t->used[d] && i < dimensions[d].n; i++) {
			into->cells[d][i].numerator += t->cells[d][i].numerator;
			into->cells[d][i].denominator += t->cells[d][i].denominator;
		}
	}
}

/* A flow is counted with hindsight, a stock as it stood on its day. */
static void truth_count_whole(const struct city *c, const struct events *log, int32_t *scratch,
			      const struct truth_measure *m, int district, struct span at,
			      struct tally *t)
{
	struct view v = view_whole(c, log, district, m->kind == TRUTH_STOCK ? at.to : c->last_day);

	v.scratch = scratch;
	tally_start(t, m);
	m->count(&v, at, t);
}

static void truth_count_visible(const struct truth *t, const struct truth_measure *m, int district,
				struct period p)
{
	const struct view *v = truth_extract(t, m, district, p);
	struct span at = { p.start, period_end(p) };

	tally_start(&t->seen[district], m);
	t->status[district] = 'a';
	if (v == NULL)
		return;
	if (m->kind == TRUTH_STOCK)
		at.from = at.to = m->valid == TRUTH_WINDOW && at.to <= v->as_at ? at.to : v->as_at;
	m->count(v, at, &t->seen[district]);
	t->status[district] = truth_is_provisional(m, v, p) ? 'p' : 'f';
}

static void truth_count_period(const struct truth *t, const struct truth_measure *m,
			       struct period p)
{
	const struct city *c = t->sim->city;
	struct span at = { p.start, period_end(p) };
	int all = c->n_districts;

	tally_start(&t->was[all], m);
	tally_start(&t->seen[all], m);
	t->status[all] = 'a';
	for (int i = 0; i < all; i++) {
		truth_count_visible(t, m, i, p);
		if (m->of_extract)
			t->was[i] = t->seen[i];
		else
			truth_count_whole(c, &t->sim->log, t->scratch, m, i, at, &t->was[i]);
		tally_merge(&t->was[all], &t->was[i]);
		tally_merge(&t->seen[all], &t->seen[i]);
		if (t->status[i] != 'a' && t->status[all] != 'p')
			t->status[all] = t->status[i];
	}
}

struct truth_cell truth_total(const struct city *c, const struct events *log,
			      const struct truth_measure *m, struct span at)
{
	static struct tally t; /* large */
	struct truth_cell sum = { 0, 0 };

	for (int i = 0; i < c->n_districts; i++) {
		int32_t *scratch = calloc((size_t)log->n[EVENT_WORKER] + 1, sizeof *scratch);

		if (scratch == NULL)
			return sum;
		truth_count_whole(c, log, scratch, m, i, at, &t);
		free(scratch);
		sum.numerator += t.total.numerator;
		sum.denominator += t.total.denominator;
	}
	return sum;
}

/* ---- writing */

/* What a line is about. */
struct truth_key {
	const char *area, *period, *measure, *dimension, *category;
};

static void truth_line(const struct truth *t, const struct truth_key *key,
		       const struct truth_cell *was, const struct truth_cell *seen, char status)
{
	(void)fprintf(t->file, "%s,%s,%s,%s,%s,%lld,%lld,", key->area, key->period, key->measure,
		      key->dimension, key->category, (long long)was->numerator,
		      (long long)was->denominator);
	if (status == 'a')
		(void)fputs(",,absent\n", t->file);
	else
		(void)fprintf(t->file, "%lld,%lld,%s\n", (long long)seen->numerator,
			      (long long)seen->denominator,
			      status == 'p' ? "provisional" : "final");
}

static const char *truth_category(const struct truth_measure *m, int dimension, int i,
				  char team[16])
{
	if (dimension == BY_TEAM) {
		(void)snprintf(team, 16, "team_%c", 'a' + i);
		return team;
	}
	if (dimension == BY_DAYS || dimension == BY_CASES)
		return m->buckets[i].code;
	return dimensions[dimension].labels[i].category;
}

/* Codes that fall under one category are next to each other in no particular way: the first one
 * stands for all of them. */
static struct truth_cell truth_gather(const struct tally *t, int dimension, int first)
{
	const struct label *labels = dimensions[dimension].labels;
	struct truth_cell sum = t->cells[dimension][first];

	for (int i = first + 1; labels != NULL && i < dimensions[dimension].n; i++) {
		if (strcmp(labels[i].category, labels[first].category) != 0)
			continue;
		sum.numerator += t->cells[dimension][i].numerator;
		sum.denominator += t->cells[dimension][i].denominator;
	}
	return sum;
}

static bool truth_is_first(int dimension, int at)
{
	const struct label *labels = dimensions[dimension].labels;

	for (int i = 0; labels != NULL && i < at; i++)
		if (strcmp(labels[i].category, labels[at].category) == 0)
			return false;
	return true;
}

/* at: of a district, or of the authority behind the last one. */
static void truth_write_breakdown(const struct truth *t, struct truth_key key, int at,
				  int dimension)
{
	char team[16];

	key.dimension = dimensions[dimension].code;
	for (int i = 0; i < dimensions[dimension].n; i++) {
		struct truth_cell was;
		struct truth_cell seen;

		if (!truth_is_first(dimension, i))
			continue;
		was = truth_gather(&t->was[at], dimension, i);
		seen = truth_gather(&t->seen[at], dimension, i);
		if (was.denominator == 0 && seen.denominator == 0)
			continue;
		key.category = truth_category(t->was[at].measure, dimension, i, team);
		truth_line(t, &key, &was, &seen, t->status[at]);
	}
}

static void truth_write_period(const struct truth *t, const struct truth_measure *m,
			       struct period p)
{
	const struct city *c = t->sim->city;
	char period[PERIOD_TEXT_BYTES];
	struct truth_key key = { .measure = m->code, .dimension = "", .category = "" };

	truth_count_period(t, m, p);
	key.period = period_format(p, period);
	for (int i = 0; i <= c->n_districts; i++) {
		key.area = i < c->n_districts ? c->districts[i].code : c->tree->areas[c->area].code;
		truth_line(t, &key, &t->was[i].total, &t->seen[i].total, t->status[i]);
		for (int d = 0; p.kind == PERIOD_MONTH && d < TRUTH_DIMENSIONS; d++)
			if (t->was[i].used[d] || t->seen[i].used[d])
				truth_write_breakdown(t, key, i, d);
	}
}

/* From the first month that an extract's window reaches into to the last month of all. */
static void truth_write_periods(const struct truth *t, const struct truth_measure *m,
				enum period_kind kind)
{
	const struct city *c = t->sim->city;
	struct period p = period_of(kind, date_add_months(c->from, -c->window_months));

	for (; p.start <= city_month_end(c, c->n_months - 1); p = period_next(p, 1))
		truth_write_period(t, m, p);
}

static enum err_code truth_begin(struct truth *t, const struct sim *s,
				 const struct extract_rows *rows, struct err *err)
{
	const struct city *c = s->city;
	size_t n = (size_t)c->n_districts + 1;

	memset(t, 0, sizeof *t);
	t->sim = s;
	t->extracts = calloc(n * (size_t)c->n_months, sizeof *t->extracts);
	t->scratch = calloc((size_t)s->log.n[EVENT_WORKER] + 1, sizeof *t->scratch);
	t->was = calloc(n, sizeof *t->was);
	t->seen = calloc(n, sizeof *t->seen);
	t->status = calloc(n, 1);
	if (t->extracts == NULL || t->scratch == NULL || t->was == NULL || t->seen == NULL ||
	    t->status == NULL)
		return err_set(err, ERR_NOMEM, "out of memory for the truth");
	for (int i = 0; i < c->n_districts * c->n_months; i++) {
		t->extracts[i] = view_extract(c, &s->log, i / c->n_months, i % c->n_months);
		t->extracts[i].rows = &rows[(size_t)i * LISTS];
		t->extracts[i].scratch = t->scratch;
	}
	return ERR_OK;
}

static void truth_end(struct truth *t)
{
	free(t->extracts);
	free(t->scratch);
	free(t->was);
	free(t->seen);
	free(t->status);
}

static void truth_write_rows(FILE *f, const struct city *c, const struct extract_rows *rows)
{
	(void)fputs("area,as_at,list,rows_read,rows_rejected\n", f);
	for (int i = 0; i < c->n_districts * c->n_months; i++) {
		char day[DATE_TEXT_BYTES];

		(void)date_format(city_as_at(c, i / c->n_months, i % c->n_months), day);
		for (int list = 0; list < LISTS; list++)
			(void)fprintf(f, "%s,%s,%s,%d,%d\n", c->districts[i / c->n_months].code,
				      day, label_list[list].category, rows[i * LISTS + list].rows,
				      rows[i * LISTS + list].junk);
	}
}

static void truth_write_measures(const struct truth *t)
{
	(void)fputs("area,period,measure,dimension,category,as_it_was_numerator,"
		    "as_it_was_denominator,visible_numerator,visible_denominator,"
		    "visible_status\n",
		    t->file);
	for (size_t i = 0; i < N_THEMES; i++) {
		for (const struct truth_measure *m = themes[i]; m->code != NULL; m++) {
			truth_write_periods(t, m, PERIOD_MONTH);
			if (m->weeks)
				truth_write_periods(t, m, PERIOD_WEEK);
		}
	}
}

enum err_code truth_write(const struct sim *s, const char *out, const struct extract_rows *rows,
			  struct err *err)
{
	struct truth t;
	FILE *f;
	enum err_code code = truth_begin(&t, s, rows, err);

	if (code == ERR_OK) {
		t.file = extracts_create(out, "truth.csv", err);
		code = t.file == NULL ? ERR_IO : ERR_OK;
	}
	if (code == ERR_OK) {
		truth_write_measures(&t);
		code = extracts_finish(t.file, "truth.csv", err);
	}
	truth_end(&t);
	if (code != ERR_OK)
		return code;
	f = extracts_create(out, "expected_rows.csv", err);
	if (f == NULL)
		return ERR_IO;
	truth_write_rows(f, s->city, rows);
	return extracts_finish(f, "expected_rows.csv", err);
}
