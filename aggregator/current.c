#include "aggregator/current.h"

#include <stdlib.h>
#include <string.h>

struct current {
	struct store *store;
	const struct area_tree *areas;
	sqlite3_stmt *carry, *find, *point, *rank, *carried, *best, *drop, *mark;
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

static const char current_carry_sql[] =
	"INSERT INTO carried (area, period, measure, report, provisional) "
	"VALUES ($1, $2, $3, $4, $5)";

static enum err_code current_carry(struct current *c, const struct current_place *place,
				   int64_t measure, int64_t report, int provisional,
				   struct err *err)
{
	enum err_code code = db_prepare(c->store->db, &c->carry, current_carry_sql, err);

	if (code != ERR_OK)
		return code;
	db_bind_text(c->carry, 1, place->area);
	db_bind_int(c->carry, 2, place->period);
	db_bind_int(c->carry, 3, measure);
	db_bind_int(c->carry, 4, report);
	db_bind_int(c->carry, 5, provisional);
	return db_run(c->carry, err);
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

static const char current_point_sql[] =
	"INSERT INTO current (measure, period, area, report, provisional, n_reports) "
	"VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (measure, period, area) DO UPDATE SET "
	"report = excluded.report, provisional = excluded.provisional, "
	"n_reports = excluded.n_reports";
static const char current_drop_sql[] =
	"DELETE FROM current WHERE measure = $1 AND period = $2 AND area = $3";

static enum err_code current_point(struct current *c, const struct current_place *place,
				   int64_t measure, const struct current_row *to, struct err *err)
{
	sqlite3_stmt **stmt = to->report == 0 ? &c->drop : &c->point;
	enum err_code code = db_prepare(
		c->store->db, stmt, to->report == 0 ? current_drop_sql : current_point_sql, err);

	if (code != ERR_OK)
		return code;
	db_bind_int(*stmt, 1, measure);
	db_bind_int(*stmt, 2, place->period);
	db_bind_text(*stmt, 3, place->area);
	if (to->report != 0) {
		db_bind_int(*stmt, 4, to->report);
		db_bind_int(*stmt, 5, to->provisional);
		db_bind_int(*stmt, 6, to->n_reports);
	}
	return db_run(*stmt, err);
}

enum err_code current_offer(struct current *c, const struct current_place *place,
			    const struct current_rank *rank, int64_t measure, int provisional,
			    int in_use, int *changed, struct err *err)
{
	struct current_row row;
	enum err_code code = current_carry(c, place, measure, rank->report, provisional, err);

	if (code != ERR_OK || !in_use)
		return code;
	code = current_find(c, place, measure, &row, err);
	if (code == ERR_OK && row.report != 0)
		code = current_look_up(c, row.report, err);
	if (code != ERR_OK)
		return code;
	row.n_reports++;
	if (row.report == 0 || current_compare(rank, &c->known) > 0) {
		row.report = rank->report;
		row.provisional = provisional;
		*changed = 1;
	}
	return current_point(c, place, measure, &row, err);
}

/* ---- withdrawal */

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
	return code == ERR_OK ? current_point(c, place, measure, &best, err) : code;
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

enum err_code current_mark(struct current *c, const struct current_place *place, struct err *err)
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
