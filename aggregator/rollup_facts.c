/* Reading for the roll-up: rows of the store in, facts sorted by area, base period and category
 * out. Rows of areas and series that were not asked for are passed over. */

#include "aggregator/rollup_facts.h"

#include <stdlib.h>
#include <string.h>

#include "aggregator/store_statements.h"
#include "proto/date.h"
#include "proto/db.h"

/* ---- periods */

struct period rollup_range_at(const struct rollup_range *range, int base)
{
	return period_next(range->first, base);
}

int rollup_range_find(const struct rollup_range *range, struct period p)
{
	int year[2];
	int month[2];
	int day;

	if (range->first.kind == PERIOD_WEEK)
		return (p.start - range->first.start) / 7;
	date_to_ymd(range->first.start, &year[0], &month[0], &day);
	date_to_ymd(p.start, &year[1], &month[1], &day);
	return (year[1] - year[0]) * 12 + month[1] - month[0];
}

/* ---- facts */

/* Category of a series; −1 when it came after the series were read. */
static int rollup_series_category(const struct rollup_series *series, int64_t id)
{
	int low = 0;
	int high = series->n;

	while (low < high) {
		int middle = (low + high) / 2;

		if (series->all[middle].id == id)
			return series->all[middle].category;
		if (series->all[middle].id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return -1;
}

/* The row that a statement stands on, of columns series, numerator, denominator, areas and
 * provisional areas from `column` on. */
static enum err_code rollup_fact_add(struct rollup_facts *f, int area, int base, sqlite3_stmt *stmt,
				     int column, struct err *err)
{
	int category = rollup_series_category(f->series, sqlite3_column_int64(stmt, column));

	if (category < 0)
		return ERR_OK;
	if (f->n == f->size) {
		size_t size = f->size == 0 ? 256 : f->size * 2;
		struct rollup_fact *bigger = realloc(f->facts, size * sizeof *f->facts);

		if (bigger == NULL)
			return err_set(err, ERR_NOMEM, "out of memory");
		f->facts = bigger;
		f->size = size;
	}
	f->facts[f->n++] = (struct rollup_fact){
		.area = area,
		.base = base,
		.category = category,
		.numerator = sqlite3_column_int64(stmt, column + 1),
		.denominator = sqlite3_column_int64(stmt, column + 2),
		.n_areas = sqlite3_column_int(stmt, column + 3),
		.n_provisional = sqlite3_column_int(stmt, column + 4),
	};
	return ERR_OK;
}

static int rollup_fact_order(const void *a, const void *b)
{
	const struct rollup_fact *x = a;
	const struct rollup_fact *y = b;

	if (x->area != y->area)
		return x->area - y->area;
	if (x->base != y->base)
		return x->base - y->base;
	return x->category - y->category;
}

static void rollup_facts_sort(struct rollup_facts *f)
{
	if (f->n > 1)
		qsort(f->facts, f->n, sizeof *f->facts, rollup_fact_order);
}

static int rollup_int_order(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

static bool rollup_is_reporting(const struct rollup_source *source, int area)
{
	return bsearch(&area, source->reporting, (size_t)source->n_reporting,
		       sizeof *source->reporting, rollup_int_order) != NULL;
}

/* All areas at once: the key of `current` starts with measure and period. */
static const char sql_current[] =
	"SELECT c.period, c.area, s.id, o.numerator, o.denominator, 1, c.provisional "
	"FROM current c CROSS JOIN series s CROSS JOIN observation o "
	"WHERE c.measure = ?1 AND c.period BETWEEN ?2 AND ?3 AND s.measure = ?4"
	" AND s.dimension = ?5 AND o.report = c.report AND o.series = s.id";

/* One area among very many. */
static const char sql_current_area[] =
	"SELECT c.period, c.area, s.id, o.numerator, o.denominator, 1, c.provisional "
	"FROM current c CROSS JOIN series s CROSS JOIN observation o "
	"WHERE c.measure = ?1 AND c.period = ?2 AND c.area = ?3 AND s.measure = ?4"
	" AND s.dimension = ?5 AND o.report = c.report AND o.series = s.id";

static enum err_code rollup_rows_read(const struct rollup_source *source, sqlite3_stmt *stmt,
				      struct rollup_facts *f, struct err *err)
{
	int row = 1;
	enum err_code code = ERR_OK;

	while (code == ERR_OK && row) {
		struct period p;
		int area;

		code = db_step(stmt, &row, err);
		if (code != ERR_OK || !row)
			break;
		p = period_from_key(sqlite3_column_int64(stmt, 0));
		area = area_find(source->areas, db_text(stmt, 1));
		if (area >= 0 && rollup_is_reporting(source, area))
			code = rollup_fact_add(f, area, rollup_range_find(&source->range, p), stmt,
					       2, err);
	}
	return code;
}

static enum err_code rollup_current_read(const struct rollup_source *source, int from, int to,
					 struct rollup_facts *f, struct err *err)
{
	bool one = source->n_reporting == 1;
	sqlite3_stmt *stmt = NULL;
	enum err_code code = ERR_OK;

	for (int base = from; base < to && code == ERR_OK; base = one ? base + 1 : to) {
		code = one ? store_prepare(source->store, ROLLUP_CURRENT_AREA, sql_current_area,
					   &stmt, err)
			   : store_prepare(source->store, ROLLUP_CURRENT, sql_current, &stmt, err);
		if (code != ERR_OK)
			break;
		db_bind_int(stmt, 1, f->series->total);
		db_bind_int(stmt, 2, period_key(rollup_range_at(&source->range, base)));
		if (one)
			db_bind_text(stmt, 3, source->areas->areas[source->reporting[0]].code);
		else
			db_bind_int(stmt, 3, period_key(rollup_range_at(&source->range, to - 1)));
		db_bind_text(stmt, 4, f->series->measure);
		db_bind_text(stmt, 5, source->dimension);
		code = rollup_rows_read(source, stmt, f, err);
	}
	(void)sqlite3_reset(stmt);
	return code;
}

/* The report that counted at an instant: the rule of `current`, over what had been received and
 * not been withdrawn by then. */
static const char sql_known_report[] =
	"SELECT c.report, c.provisional FROM carried c"
	" JOIN header h ON h.report = c.report JOIN report r ON r.id = c.report"
	" JOIN spool p ON p.id = r.spool LEFT JOIN report w ON w.id = h.withdrawn "
	"WHERE c.area = ?1 AND c.period = ?2 AND c.measure = ?3 AND r.received_us <= ?4"
	" AND (w.id IS NULL OR w.received_us > ?4) "
	"ORDER BY h.as_at DESC, p.generation DESC, r.sequence DESC LIMIT 1";
static const char sql_known_rows[] =
	"SELECT s.id, o.numerator, o.denominator, 1, ?4 FROM series s CROSS JOIN observation o "
	"WHERE s.measure = ?1 AND s.dimension = ?2 AND o.report = ?3 AND o.series = s.id";

static enum err_code rollup_known_rows(const struct rollup_source *source, sqlite3_stmt *report,
				       int area, int base, struct rollup_facts *f, struct err *err)
{
	sqlite3_stmt *rows;
	int row = 1;
	enum err_code code =
		store_prepare(source->store, ROLLUP_KNOWN_ROWS, sql_known_rows, &rows, err);

	if (code != ERR_OK)
		return code;
	db_bind_text(rows, 1, f->series->measure);
	db_bind_text(rows, 2, source->dimension);
	db_bind_int(rows, 3, sqlite3_column_int64(report, 0));
	db_bind_int(rows, 4, sqlite3_column_int64(report, 1));
	while (code == ERR_OK && row) {
		code = db_step(rows, &row, err);
		if (code == ERR_OK && row)
			code = rollup_fact_add(f, area, base, rows, 0, err);
	}
	(void)sqlite3_reset(rows);
	return code;
}

static enum err_code rollup_known_read(const struct rollup_source *source, int from, int to,
				       struct rollup_facts *f, struct err *err)
{
	sqlite3_stmt *report = NULL;
	enum err_code code = ERR_OK;
	int n = (to - from) * source->n_reporting;

	for (int i = 0; i < n && code == ERR_OK; i++) {
		int area = source->reporting[i % source->n_reporting];
		int base = from + i / source->n_reporting;
		int row = 0;

		code = store_prepare(source->store, ROLLUP_KNOWN_REPORT, sql_known_report, &report,
				     err);
		if (code != ERR_OK)
			break;
		db_bind_text(report, 1, source->areas->areas[area].code);
		db_bind_int(report, 2, period_key(rollup_range_at(&source->range, base)));
		db_bind_int(report, 3, f->series->total);
		db_bind_int(report, 4, source->as_known_on_us);
		code = db_step(report, &row, err);
		if (code == ERR_OK && row)
			code = rollup_known_rows(source, report, area, base, f, err);
	}
	(void)sqlite3_reset(report);
	return code;
}

enum err_code rollup_facts_read(const struct rollup_source *source, int from, int to,
				struct rollup_facts *facts, struct err *err)
{
	enum err_code code;

	if (facts->series->total == 0 || from >= to || source->n_reporting == 0)
		return ERR_OK;
	if (source->as_known_on_us != 0)
		code = rollup_known_read(source, from, to, facts, err);
	else
		code = rollup_current_read(source, from, to, facts, err);
	rollup_facts_sort(facts);
	return code;
}

static const char sql_sums[] =
	"SELECT s.id, r.numerator, r.denominator, r.n_areas, r.n_provisional "
	"FROM series s CROSS JOIN rollup r "
	"WHERE s.measure = ?1 AND s.dimension = ?2 AND r.area = ?3 AND r.period = ?4"
	" AND r.series = s.id AND NOT EXISTS (SELECT 1 FROM dirty WHERE area = ?3 AND period = ?4)";

enum err_code rollup_facts_read_sums(const struct rollup_source *source, int area,
				     struct rollup_facts *facts, struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	enum err_code code = ERR_OK;

	for (int base = 0; base < source->range.n && code == ERR_OK; base++) {
		int row = 1;

		code = store_prepare(source->store, ROLLUP_SUMS, sql_sums, &stmt, err);
		if (code != ERR_OK)
			break;
		db_bind_text(stmt, 1, facts->series->measure);
		db_bind_text(stmt, 2, source->dimension);
		db_bind_text(stmt, 3, source->areas->areas[area].code);
		db_bind_int(stmt, 4, period_key(rollup_range_at(&source->range, base)));
		while (code == ERR_OK && row) {
			code = db_step(stmt, &row, err);
			if (code == ERR_OK && row)
				code = rollup_fact_add(facts, area, base, stmt, 0, err);
		}
	}
	(void)sqlite3_reset(stmt);
	rollup_facts_sort(facts);
	return code;
}

/* The first row that is not before area, base. */
static size_t rollup_facts_from(const struct rollup_facts *facts, int area, int base)
{
	struct rollup_fact key = { .area = area, .base = base, .category = 0 };
	size_t low = 0;
	size_t high = facts->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (rollup_fact_order(&facts->facts[middle], &key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct rollup_fact *rollup_facts_find(const struct rollup_facts *facts, int area, int base,
					    size_t *n)
{
	size_t first = rollup_facts_from(facts, area, base);

	*n = 0;
	while (first + *n < facts->n && facts->facts[first + *n].area == area &&
	       facts->facts[first + *n].base == base)
		(*n)++;
	return *n == 0 ? NULL : &facts->facts[first];
}

void rollup_facts_mark(const struct rollup_facts *facts, int area, char *seen)
{
	size_t i = area < 0 ? 0 : rollup_facts_from(facts, area, 0);

	for (; i < facts->n && (area < 0 || facts->facts[i].area == area); i++)
		seen[facts->facts[i].category] = 1;
}

void rollup_facts_clear(struct rollup_facts *facts)
{
	free(facts->facts);
	facts->facts = NULL;
	facts->n = facts->size = 0;
}
