/* In: which reports carry which measures of an area and period, and their observations. Out: how
 * many of the reports were corrections. */
#include "aggregator/received_corrections.h"

#include <stdlib.h>
#include <string.h>

#include "proto/db.h"

/* One report that carries a measure, and where it stands among those that do. */
struct corrections_carrier {
	int64_t measure, report;
	int provisional;
	int64_t as_at, generation, sequence;
};

/* CROSS JOIN: in the order of carried's key, so that nothing is sorted. */
static const char sql_carried[] =
	"SELECT c.measure, c.report, c.provisional, h.as_at, s.generation, r.sequence "
	"FROM carried c CROSS JOIN header h ON h.report = c.report "
	"CROSS JOIN report r ON r.id = c.report CROSS JOIN spool s ON s.id = r.spool "
	"WHERE c.area = ?1 AND c.period = ?2 AND h.dataset = ?3 AND h.withdrawn IS NULL "
	"ORDER BY c.measure, c.report";

static struct corrections_carrier corrections_carrier(sqlite3_stmt *stmt)
{
	return (struct corrections_carrier){
		sqlite3_column_int64(stmt, 0), sqlite3_column_int64(stmt, 1),
		sqlite3_column_int(stmt, 2),   sqlite3_column_int64(stmt, 3),
		sqlite3_column_int64(stmt, 4), sqlite3_column_int64(stmt, 5)
	};
}

/* As current.c decides it; the later arrival wins what is equal. */
static int corrections_is_newer(const struct corrections_carrier *a,
				const struct corrections_carrier *b)
{
	if (a->as_at != b->as_at)
		return a->as_at > b->as_at;
	if (a->generation != b->generation)
		return a->generation > b->generation;
	return a->sequence >= b->sequence;
}

/* Total by total (dimension '' is the measure's own), where both reports carry it; below it a
 * category that is not listed is 0. */
static const char sql_differ[] =
	"SELECT 1 FROM series t CROSS JOIN series d ON d.measure = t.measure AND d.category = '' "
	"CROSS JOIN observation da ON da.report = ?2 AND da.series = d.id "
	"CROSS JOIN observation db ON db.report = ?3 AND db.series = d.id "
	"CROSS JOIN series c ON c.measure = d.measure AND c.dimension = d.dimension "
	"LEFT JOIN observation a ON a.report = ?2 AND a.series = c.id "
	"LEFT JOIN observation b ON b.report = ?3 AND b.series = c.id "
	"WHERE t.id = ?1 AND (coalesce(a.numerator, 0) <> coalesce(b.numerator, 0) "
	"OR coalesce(a.denominator, 0) <> coalesce(b.denominator, 0)) LIMIT 1";

static enum err_code corrections_differ(struct received_corrections *c, struct store *store,
					const struct corrections_carrier *before,
					const struct corrections_carrier *after, int *differ,
					struct err *err)
{
	enum err_code code = db_prepare(store->db, &c->differ, sql_differ, err);

	if (code != ERR_OK)
		return code;
	db_bind_int(c->differ, 1, after->measure);
	db_bind_int(c->differ, 2, before->report);
	db_bind_int(c->differ, 3, after->report);
	code = db_step(c->differ, differ, err);
	(void)sqlite3_reset(c->differ);
	return code;
}

static int corrections_has(const struct received_corrections *c, int64_t report)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->reports[i] == report)
			return 1;
	return 0;
}

static enum err_code corrections_add(struct received_corrections *c, int64_t report,
				     struct err *err)
{
	if (c->n == c->size) {
		size_t size = c->size == 0 ? 16 : 2 * c->size;
		int64_t *bigger = realloc(c->reports, size * sizeof *bigger);

		if (bigger == NULL)
			return err_set(err, ERR_NOMEM, "out of memory");
		c->reports = bigger;
		c->size = size;
	}
	c->reports[c->n++] = report;
	return ERR_OK;
}

/* One report after another, as they arrived; *current is the one that counted until then. */
static enum err_code corrections_step(struct received_corrections *c, struct store *store,
				      struct corrections_carrier *current,
				      const struct corrections_carrier *next, struct err *err)
{
	enum err_code code = ERR_OK;
	int differ = 0;

	if (current->report != 0 && current->measure == next->measure) {
		if (!corrections_is_newer(next, current))
			return ERR_OK;
		if (!current->provisional && !corrections_has(c, next->report))
			code = corrections_differ(c, store, current, next, &differ, err);
		if (code == ERR_OK && differ)
			code = corrections_add(c, next->report, err);
	}
	*current = *next;
	return code;
}

static enum err_code corrections_changes(struct received_corrections *c, struct store *store,
					 const char *area, const char *dataset, int64_t period,
					 struct err *err)
{
	struct corrections_carrier current = { 0 }, next;
	enum err_code code = db_prepare(store->db, &c->carried, sql_carried, err);
	int row = 0;

	if (code != ERR_OK)
		return code;
	db_bind_text(c->carried, 1, area);
	db_bind_int(c->carried, 2, period);
	db_bind_text(c->carried, 3, dataset);
	while ((code = db_step(c->carried, &row, err)) == ERR_OK && row) {
		next = corrections_carrier(c->carried);
		code = corrections_step(c, store, &current, &next, err);
		if (code != ERR_OK)
			break;
	}
	(void)sqlite3_reset(c->carried);
	return code;
}

static const char sql_withdrawn[] =
	"SELECT count(*) FROM header h WHERE h.area = ?1 AND h.period = ?2 AND h.dataset = ?3 "
	"AND h.withdrawn IS NOT NULL AND EXISTS (SELECT 1 FROM carried c WHERE c.area = h.area "
	"AND c.period = h.period AND c.report = h.report AND c.provisional = 0)";

static enum err_code corrections_withdrawn(struct received_corrections *c, struct store *store,
					   const char *area, const char *dataset, int64_t period,
					   int *n, struct err *err)
{
	enum err_code code = db_prepare(store->db, &c->withdrawn, sql_withdrawn, err);
	int row = 0;

	if (code != ERR_OK)
		return code;
	db_bind_text(c->withdrawn, 1, area);
	db_bind_int(c->withdrawn, 2, period);
	db_bind_text(c->withdrawn, 3, dataset);
	code = db_step(c->withdrawn, &row, err);
	*n = code == ERR_OK && row ? sqlite3_column_int(c->withdrawn, 0) : 0;
	(void)sqlite3_reset(c->withdrawn);
	return code;
}

enum err_code received_corrections_count(struct received_corrections *c, struct store *store,
					 const char *area, const char *dataset, int64_t period,
					 int *n, struct err *err)
{
	int n_withdrawn = 0;
	enum err_code code;

	c->n = 0;
	code = corrections_changes(c, store, area, dataset, period, err);
	if (code == ERR_OK)
		code = corrections_withdrawn(c, store, area, dataset, period, &n_withdrawn, err);
	*n = (int)c->n + n_withdrawn;
	return code;
}

void received_corrections_clear(struct received_corrections *c)
{
	db_finalize(&c->carried);
	db_finalize(&c->differ);
	db_finalize(&c->withdrawn);
	free(c->reports);
	memset(c, 0, sizeof *c);
}
