#include "aggregator/project_rows.h"

#include <stdio.h>
#include <stdlib.h>

#include "aggregator/series.h"
#include "proto/limits.h"

/* Rows per statement: measured, 16 rows of one take under half the time of 16 statements. */
#define ROWS_TOGETHER 16
#define ROW "(?, ?, ?, ?)"
#define ROWS_4 ROW ", " ROW ", " ROW ", " ROW
#define ROWS_16 ROWS_4 ", " ROWS_4 ", " ROWS_4 ", " ROWS_4

#define REASON_BYTES (2 * LIMIT_STRING_BYTES + 64) /* one reason as JSON */

struct project_rows {
	sqlite3 *db;
	struct series *series;
	sqlite3_stmt *many, *one, *answer;
	int64_t *ids;    /* series of each row */
	uint64_t *order; /* series << 16 | row: sorts by series */
	size_t size;     /* of both */
	char reasons[LIMIT_REASONS * REASON_BYTES + 3];
};

enum err_code project_rows_new(sqlite3 *db, struct project_rows **out, struct err *err)
{
	struct project_rows *p = calloc(1, sizeof *p);
	enum err_code code;

	*out = NULL;
	if (p == NULL)
		return err_set(err, ERR_NOMEM, "projection: out of memory");
	p->db = db;
	code = series_new(db, &p->series, err);
	if (code != ERR_OK) {
		project_rows_free(&p);
		return code;
	}
	*out = p;
	return ERR_OK;
}

void project_rows_free(struct project_rows **rows)
{
	struct project_rows *p = *rows;

	if (p == NULL)
		return;
	db_finalize(&p->many);
	db_finalize(&p->one);
	db_finalize(&p->answer);
	series_free(&p->series);
	free(p->ids);
	free(p->order);
	free(p);
	*rows = NULL;
}

void project_rows_forget(struct project_rows *p)
{
	series_forget(p->series);
}

static enum err_code rows_reserve(struct project_rows *p, size_t n, struct err *err)
{
	int64_t *ids;
	uint64_t *order;

	if (n <= p->size)
		return ERR_OK;
	ids = realloc(p->ids, n * sizeof *ids);
	if (ids != NULL)
		p->ids = ids;
	order = realloc(p->order, n * sizeof *order);
	if (order != NULL)
		p->order = order;
	if (ids == NULL || order == NULL)
		return err_set(err, ERR_NOMEM, "projection: out of memory");
	p->size = n;
	return ERR_OK;
}

static int rows_compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a;
	uint64_t y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* LIMIT_OBSERVATIONS rows have numbers of 16 bits. */
_Static_assert(LIMIT_OBSERVATIONS <= 1 << 16, "a row's number must fit beside its series");

static void rows_order(struct project_rows *p, size_t n)
{
	int sorted = 1;

	for (size_t i = 0; i < n; i++) {
		p->order[i] = (uint64_t)p->ids[i] << 16 | i;
		sorted = sorted && (i == 0 || p->order[i - 1] < p->order[i]);
	}
	if (!sorted)
		qsort(p->order, n, sizeof *p->order, rows_compare);
}

static const char rows_many_sql[] =
	"INSERT INTO observation (report, series, numerator, denominator) VALUES " ROWS_16;
static const char rows_one_sql[] =
	"INSERT INTO observation (report, series, numerator, denominator) VALUES " ROW;

static enum err_code rows_insert(struct project_rows *p, int64_t report, const District__Report *r,
				 size_t from, size_t n, struct err *err)
{
	sqlite3_stmt **stmt = n == ROWS_TOGETHER ? &p->many : &p->one;
	enum err_code code = ERR_OK;

	/* Every parameter is bound anew, so the bindings are not cleared between. */
	if (*stmt == NULL)
		code = db_prepare(p->db, stmt, n == ROWS_TOGETHER ? rows_many_sql : rows_one_sql,
				  err);
	for (size_t i = 0; i < n && code == ERR_OK; i++) {
		size_t row = p->order[from + i] & 0xffff;
		int at = (int)i * 4;

		db_bind_int(*stmt, at + 1, report);
		db_bind_int(*stmt, at + 2, p->ids[row]);
		db_bind_int(*stmt, at + 3, r->numerator[row]);
		db_bind_int(*stmt, at + 4, r->denominator[row]);
	}
	return code == ERR_OK ? db_run(*stmt, err) : code;
}

enum err_code project_rows_add(struct project_rows *p, int64_t report, const District__Report *r,
			       const int64_t **series, struct err *err)
{
	size_t n = r->n_measure;
	size_t i = 0;
	enum err_code code = rows_reserve(p, n, err);

	if (code == ERR_OK)
		code = series_resolve(p->series, r, p->ids, err);
	if (code != ERR_OK)
		return code;
	rows_order(p, n);
	for (; code == ERR_OK && i + ROWS_TOGETHER <= n; i += ROWS_TOGETHER)
		code = rows_insert(p, report, r, i, ROWS_TOGETHER, err);
	for (; code == ERR_OK && i < n; i++)
		code = rows_insert(p, report, r, i, 1, err);
	*series = p->ids;
	return code;
}

/* ---- returns */

/* Codes hold nothing that JSON must escape (proto/frame.h). */
static const char *rows_reasons(struct project_rows *p, const District__Return *r)
{
	size_t len = 0;

	p->reasons[len++] = '[';
	for (size_t i = 0; i < r->n_reasons && len + REASON_BYTES < sizeof p->reasons; i++)
		len += (size_t)snprintf(p->reasons + len, sizeof p->reasons - len,
					"%s{\"code\":\"%s\",\"list\":\"%s\",\"count\":%llu}",
					i == 0 ? "" : ",", r->reasons[i]->code, r->reasons[i]->list,
					(unsigned long long)r->reasons[i]->count);
	p->reasons[len++] = ']';
	p->reasons[len] = '\0';
	return p->reasons;
}

static const char rows_return_sql[] =
	"INSERT INTO return (report, area, dataset, as_at, accepted, n_lists, n_nil, n_absent, "
	"rows_read, rows_rejected, reasons) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";

enum err_code project_rows_return(struct project_rows *p, int64_t report, const District__Return *r,
				  struct err *err)
{
	int64_t n_nil = 0;
	int64_t n_absent = 0;
	int64_t n_read = 0;
	int64_t n_rejected = 0;
	enum err_code code = db_prepare(p->db, &p->answer, rows_return_sql, err);

	if (code != ERR_OK)
		return code;
	for (size_t i = 0; i < r->n_lists; i++) {
		n_nil += r->lists[i]->state == DISTRICT__LIST_STATE__LIST_NIL;
		n_absent += r->lists[i]->state == DISTRICT__LIST_STATE__LIST_ABSENT;
		n_read += (int64_t)r->lists[i]->rows_read;
		n_rejected += (int64_t)r->lists[i]->rows_rejected;
	}
	db_bind_int(p->answer, 1, report);
	db_bind_text(p->answer, 2, r->area);
	db_bind_text(p->answer, 3, r->dataset);
	db_bind_int(p->answer, 4, r->as_at);
	db_bind_int(p->answer, 5, r->accepted);
	db_bind_int(p->answer, 6, (int64_t)r->n_lists);
	db_bind_int(p->answer, 7, n_nil);
	db_bind_int(p->answer, 8, n_absent);
	db_bind_int(p->answer, 9, n_read);
	db_bind_int(p->answer, 10, n_rejected);
	db_bind_text(p->answer, 11, rows_reasons(p, r));
	return db_run(p->answer, err);
}
