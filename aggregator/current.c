#include "aggregator/current.h"

#include <stdlib.h>
#include <string.h>

struct current {
	struct store *store;
	const struct area_tree *areas;
	sqlite3_stmt *carry, *carry_many, *find, *point, *point_many, *rank, *any_of, *carried,
		*best, *drop, *mark;
	int any;                   /* whether an earlier report is of the place in hand */
	struct current_rank known; /* the rank that was looked up last: one report's measures
				      mostly meet one earlier report */
};

enum err_code current_new(struct store *store, const struct area_tree *areas, struct current **out,
			  struct err *err)
{
	*out = calloc(1, sizeof **out);
	if (*out == NULL)
		return err_set(err, ERR_NOMEM, "current: out of memory");
	(*out)->store = store;
	(*out)->areas = areas;
	return ERR_OK;
}

void current_free(struct current **current)
{
	struct current *c = *current;

	if (c == NULL)
		return;
	db_finalize(&c->carry);
	db_finalize(&c->carry_many);
	db_finalize(&c->point_many);
	db_finalize(&c->any_of);
	db_finalize(&c->find);
	db_finalize(&c->point);
	db_finalize(&c->rank);
	db_finalize(&c->carried);
	db_finalize(&c->best);
	db_finalize(&c->drop);
	db_finalize(&c->mark);
	free(c);
	*current = NULL;
}

void current_forget(struct current *c)
{
	c->known = (struct current_rank){ 0 };
}

static int current_compare(const struct current_rank *a, const struct current_rank *b)
{
	if (a->as_at != b->as_at)
		return a->as_at < b->as_at ? -1 : 1;
	if (a->generation != b->generation)
		return a->generation < b->generation ? -1 : 1;
	if (a->sequence != b->sequence)
		return a->sequence < b->sequence ? -1 : 1;
	return (a->report > b->report) - (a->report < b->report);
}

static const char current_rank_sql[] =
	"SELECT h.as_at, s.generation, r.sequence FROM header h JOIN report r ON r.id = h.report "
	"JOIN spool s ON s.id = r.spool WHERE h.report = $1";

static enum err_code current_look_up(struct current *c, int64_t report, struct err *err)
{
	int row = 0;
	enum err_code code;

	if (c->known.report == report)
		return ERR_OK;
	code = db_prepare(c->store->db, &c->rank, current_rank_sql, err);
	if (code != ERR_OK)
		return code;
	db_bind_int(c->rank, 1, report);
	code = db_step(c->rank, &row, err);
	if (code == ERR_OK && !row)
		code = err_set(err, ERR_DB,
			       "report %lld is current but has no header: run `rebuild`",
			       (long long)report);
	if (code == ERR_OK)
		c->known = (struct current_rank){ report, sqlite3_column_int64(c->rank, 0),
						  sqlite3_column_int64(c->rank, 1),
						  sqlite3_column_int64(c->rank, 2) };
	(void)sqlite3_reset(c->rank);
	return code;
}

/* ---- roll-ups above */

static const char current_mark_sql[] = "INSERT INTO dirty (area, period, since_us) VALUES ($1, $2, "
				       "$3) ON CONFLICT (area, period) DO NOTHING";

static enum err_code current_mark_one(struct current *c, const char *area,
				      const struct current_place *place, struct err *err)
{
	enum err_code code = db_prepare(c->store->db, &c->mark, current_mark_sql, err);

	if (code != ERR_OK)
		return code;
	db_bind_text(c->mark, 1, area);
	db_bind_int(c->mark, 2, place->period);
	db_bind_int(c->mark, 3, place->now_us);
	return db_run(c->mark, err);
}

/* Marks the roll-ups of every area above the place's, for its period. */
static enum err_code current_mark(struct current *c, const struct current_place *place,
				  struct err *err)
{
	const struct area_tree *tree = c->areas;
	int at = area_find(tree, place->area);
	enum err_code code = ERR_OK;

	/* A district's own figures are read where they are; an authority that reports for itself
	 * has a roll-up like one with districts. */
	if (at >= 0 && tree->areas[at].level == AREA_DISTRICT)
		at = tree->areas[at].parent;
	for (; at >= 0 && code == ERR_OK; at = tree->areas[at].parent)
		code = current_mark_one(c, tree->areas[at].code, place, err);
	return code;
}

/* ---- offers */

/* Rows per statement: a report brings a row for each of its measures, about a hundred. */
#define CURRENT_TOGETHER 16
#define CURRENT_16(row)                                                                      \
	row ", " row ", " row ", " row ", " row ", " row ", " row ", " row ", " row ", " row \
	    ", " row ", " row ", " row ", " row ", " row ", " row

#define CARRY "INSERT INTO carried (area, period, measure, report, provisional) VALUES "
#define CARRY_ROW "(?, ?, ?, ?, ?)"
static const char current_carry_sql[] = CARRY CARRY_ROW;
static const char current_carry_many_sql[] = CARRY CURRENT_16(CARRY_ROW);

static enum err_code current_carry(struct current *c, const struct current_place *place,
				   int64_t report, const struct current_measure *measures, size_t n,
				   struct err *err)
{
	sqlite3_stmt **stmt = n == CURRENT_TOGETHER ? &c->carry_many : &c->carry;
	enum err_code code =
		db_prepare(c->store->db, stmt,
			   n == CURRENT_TOGETHER ? current_carry_many_sql : current_carry_sql, err);

	for (size_t i = 0; i < n && code == ERR_OK; i++) {
		int at = (int)i * 5;

		db_bind_text(*stmt, at + 1, place->area);
		db_bind_int(*stmt, at + 2, place->period);
		db_bind_int(*stmt, at + 3, measures[i].series);
		db_bind_int(*stmt, at + 4, report);
		db_bind_int(*stmt, at + 5, measures[i].provisional);
	}
	return code == ERR_OK ? db_run(*stmt, err) : code;
}

struct current_row {
	int64_t report; /* 0: none */
	int provisional;
	int64_t n_reports;
};

static const char current_find_sql[] = "SELECT report, provisional, n_reports FROM current "
				       "WHERE measure = $1 AND period = $2 AND area = $3";

static enum err_code current_find(struct current *c, const struct current_place *place,
				  int64_t measure, struct current_row *out, struct err *err)
{
	int row = 0;
	enum err_code code = db_prepare(c->store->db, &c->find, current_find_sql, err);

	if (code != ERR_OK)
		return code;
	db_bind_int(c->find, 1, measure);
	db_bind_int(c->find, 2, place->period);
	db_bind_text(c->find, 3, place->area);
	code = db_step(c->find, &row, err);
	*out = (struct current_row){ 0 };
	if (code == ERR_OK && row)
		*out = (struct current_row){ sqlite3_column_int64(c->find, 0),
					     sqlite3_column_int(c->find, 1),
					     sqlite3_column_int64(c->find, 2) };
	(void)sqlite3_reset(c->find);
	return code;
}

#define POINT "INSERT INTO current (measure, period, area, report, provisional, n_reports) VALUES "
#define POINT_ROW "(?, ?, ?, ?, ?, ?)"
#define POINT_ELSE                                                                      \
	" ON CONFLICT (measure, period, area) DO UPDATE SET report = excluded.report, " \
	"provisional = excluded.provisional, n_reports = excluded.n_reports"
static const char current_point_sql[] = POINT POINT_ROW POINT_ELSE;
static const char current_point_many_sql[] = POINT CURRENT_16(POINT_ROW) POINT_ELSE;

static enum err_code current_point(struct current *c, const struct current_place *place,
				   const struct current_measure *measures,
				   const struct current_row *rows, size_t n, struct err *err)
{
	sqlite3_stmt **stmt = n == CURRENT_TOGETHER ? &c->point_many : &c->point;
	enum err_code code =
		db_prepare(c->store->db, stmt,
			   n == CURRENT_TOGETHER ? current_point_many_sql : current_point_sql, err);

	for (size_t i = 0; i < n && code == ERR_OK; i++) {
		int at = (int)i * 6;

		db_bind_int(*stmt, at + 1, measures[i].series);
		db_bind_int(*stmt, at + 2, place->period);
		db_bind_text(*stmt, at + 3, place->area);
		db_bind_int(*stmt, at + 4, rows[i].report);
		db_bind_int(*stmt, at + 5, rows[i].provisional);
		db_bind_int(*stmt, at + 6, rows[i].n_reports);
	}
	return code == ERR_OK ? db_run(*stmt, err) : code;
}

static const char current_any_sql[] =
	"SELECT 1 FROM carried WHERE area = $1 AND period = $2 LIMIT 1";

/* Whether any earlier report is of this place; if not, nothing needs to be looked up. */
static enum err_code current_any(struct current *c, const struct current_place *place,
				 struct err *err)
{
	enum err_code code = db_prepare(c->store->db, &c->any_of, current_any_sql, err);

	if (code != ERR_OK)
		return code;
	db_bind_text(c->any_of, 1, place->area);
	db_bind_int(c->any_of, 2, place->period);
	code = db_step(c->any_of, &c->any, err);
	(void)sqlite3_reset(c->any_of);
	return code;
}

/* What the row of one measure becomes. */
static enum err_code current_decide(struct current *c, const struct current_place *place,
				    const struct current_rank *rank,
				    const struct current_measure *measure, struct current_row *row,
				    int *changed, struct err *err)
{
	enum err_code code = ERR_OK;

	*row = (struct current_row){ 0 };
	if (c->any)
		code = current_find(c, place, measure->series, row, err);
	if (code == ERR_OK && row->report != 0)
		code = current_look_up(c, row->report, err);
	if (code != ERR_OK)
		return code;
	row->n_reports++;
	if (row->report == 0 || current_compare(rank, &c->known) > 0) {
		row->report = rank->report;
		row->provisional = measure->provisional;
		*changed = 1;
	}
	return ERR_OK;
}

enum err_code current_offer(struct current *c, const struct current_place *place,
			    const struct current_rank *rank, const struct current_measure *measures,
			    size_t n, int in_use, struct err *err)
{
	struct current_row rows[CURRENT_TOGETHER];
	int changed = 0;
	enum err_code code = current_any(c, place, err);

	for (size_t i = 0; i < n && code == ERR_OK;) {
		size_t together = n - i >= CURRENT_TOGETHER ? CURRENT_TOGETHER : 1;

		code = current_carry(c, place, rank->report, measures + i, together, err);
		for (size_t k = 0; in_use && k < together && code == ERR_OK; k++)
			code = current_decide(c, place, rank, &measures[i + k], &rows[k], &changed,
					      err);
		if (code == ERR_OK && in_use)
			code = current_point(c, place, measures + i, rows, together, err);
		i += together;
	}
	return code == ERR_OK && changed ? current_mark(c, place, err) : code;
}

/* ---- withdrawal */

static const char current_drop_sql[] =
	"DELETE FROM current WHERE measure = $1 AND period = $2 AND area = $3";

static enum err_code current_drop(struct current *c, const struct current_place *place,
				  int64_t measure, struct err *err)
{
	enum err_code code = db_prepare(c->store->db, &c->drop, current_drop_sql, err);

	if (code != ERR_OK)
		return code;
	db_bind_int(c->drop, 1, measure);
	db_bind_int(c->drop, 2, place->period);
	db_bind_text(c->drop, 3, place->area);
	return db_run(c->drop, err);
}

static const char current_best_sql[] =
	"SELECT c.report, c.provisional, count(*) OVER () FROM carried c "
	"JOIN header h ON h.report = c.report JOIN report r ON r.id = c.report "
	"JOIN spool s ON s.id = r.spool "
	"WHERE c.area = $1 AND c.period = $2 AND c.measure = $3 AND h.withdrawn IS NULL "
	"ORDER BY h.as_at DESC, s.generation DESC, r.sequence DESC, c.report DESC LIMIT 1";

static enum err_code current_settle(struct current *c, const struct current_place *place,
				    int64_t measure, struct err *err)
{
	struct current_row best = { 0 };
	int row = 0;
	enum err_code code = db_prepare(c->store->db, &c->best, current_best_sql, err);

	if (code != ERR_OK)
		return code;
	db_bind_text(c->best, 1, place->area);
	db_bind_int(c->best, 2, place->period);
	db_bind_int(c->best, 3, measure);
	code = db_step(c->best, &row, err);
	if (code == ERR_OK && row)
		best = (struct current_row){ sqlite3_column_int64(c->best, 0),
					     sqlite3_column_int(c->best, 1),
					     sqlite3_column_int64(c->best, 2) };
	(void)sqlite3_reset(c->best);
	if (code != ERR_OK)
		return code;
	return best.report == 0 ? current_drop(c, place, measure, err)
				: current_point(c, place, &(struct current_measure){ measure, 0 },
						&best, 1, err);
}

static const char current_carried_sql[] =
	"SELECT measure FROM carried WHERE area = $1 AND period = $2 AND report = $3";

enum err_code current_withdraw(struct current *c, const struct current_place *place, int64_t report,
			       struct err *err)
{
	int row = 0;
	enum err_code code = db_prepare(c->store->db, &c->carried, current_carried_sql, err);

	if (code != ERR_OK)
		return code;
	db_bind_text(c->carried, 1, place->area);
	db_bind_int(c->carried, 2, place->period);
	db_bind_int(c->carried, 3, report);
	while ((code = db_step(c->carried, &row, err)) == ERR_OK && row) {
		code = current_settle(c, place, sqlite3_column_int64(c->carried, 0), err);
		if (code != ERR_OK)
			break;
	}
	(void)sqlite3_reset(c->carried);
	return code == ERR_OK ? current_mark(c, place, err) : code;
}
