/* Targets in the office database: each change a further revision, and a row of the audit log. */
#include "aggregator/web/plan.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/clock.h"

#define DETAIL_BYTES 512

/* ---- read */

static const char plan_points_sql[] = "SELECT period, tenths FROM target_point "
				      "WHERE target = $1 AND revision = $2 ORDER BY period";

static enum err_code plan_read_points(struct office *o, struct plan_target *t, struct err *err)
{
	sqlite3_stmt *stmt;
	int row = 0;
	int n = 0;
	enum err_code code = office_prepare(o, plan_points_sql, &stmt, err);

	if (code != ERR_OK)
		return code;
	db_bind_int(stmt, 1, t->id);
	db_bind_int(stmt, 2, t->revision);
	while ((code = db_step(stmt, &row, err)) == ERR_OK && row && n <= PLAN_MILESTONES_MAX) {
		struct plan_point p = { period_from_key(sqlite3_column_int64(stmt, 0)),
					sqlite3_column_int64(stmt, 1) };

		if (n == 0)
			t->baseline = p;
		else
			t->milestones[n - 1] = p;
		n++;
	}
	(void)sqlite3_reset(stmt);
	t->n_milestones = n > 0 ? n - 1 : 0;
	if (code == ERR_OK && n < 2)
		code = err_set(err, ERR_DB, "target %" PRId64 " has no milestone: restore a backup",
			       t->id);
	return code;
}

/* Columns as the statements below name them. */
static void plan_read_row(sqlite3_stmt *stmt, struct plan_target *t)
{
	*t = (struct plan_target){ .id = sqlite3_column_int64(stmt, 0),
				   .revision = sqlite3_column_int(stmt, 3),
				   .retired = sqlite3_column_int(stmt, 4),
				   .made_us = sqlite3_column_int64(stmt, 5),
				   .aim = sqlite3_column_int(stmt, 8) < 0 ? PLAN_LOWER
									  : PLAN_HIGHER };
	(void)snprintf(t->measure, sizeof t->measure, "%s", db_text(stmt, 1));
	(void)snprintf(t->area, sizeof t->area, "%s", db_text(stmt, 2));
	(void)snprintf(t->who, sizeof t->who, "%s", db_text(stmt, 6));
	(void)snprintf(t->reason, sizeof t->reason, "%s", db_text(stmt, 7));
	(void)snprintf(t->owner, sizeof t->owner, "%s", db_text(stmt, 9));
	(void)snprintf(t->rationale, sizeof t->rationale, "%s", db_text(stmt, 10));
}

/* Every row of a statement whose parameters are bound. */
static enum err_code plan_read_list(struct office *o, sqlite3_stmt *stmt, struct plan_list *out,
				    struct err *err)
{
	int row = 0;
	enum err_code code;

	*out = (struct plan_list){ calloc(PLAN_TARGETS_MAX, sizeof *out->targets), 0 };
	if (out->targets == NULL) {
		(void)sqlite3_reset(stmt);
		return err_set(err, ERR_NOMEM, "plan: out of memory");
	}
	while ((code = db_step(stmt, &row, err)) == ERR_OK && row && out->n < PLAN_TARGETS_MAX)
		plan_read_row(stmt, &out->targets[out->n++]);
	(void)sqlite3_reset(stmt);
	for (size_t i = 0; code == ERR_OK && i < out->n; i++)
		code = plan_read_points(o, &out->targets[i], err);
	return code;
}

#define PLAN_COLUMNS                                                                          \
	"t.id, t.measure, t.area, r.revision, r.retired, r.made_us, r.who, r.reason, r.aim, " \
	"r.owner, r.rationale FROM target t JOIN target_revision r ON r.target = t.id "

static const char plan_targets_sql[] =
	"SELECT " PLAN_COLUMNS "WHERE r.revision = t.revision AND t.retired = 0 "
	"ORDER BY t.measure, t.area";

enum err_code plan_targets(struct office *o, struct plan_list *out, struct err *err)
{
	sqlite3_stmt *stmt;
	enum err_code code = office_prepare(o, plan_targets_sql, &stmt, err);

	*out = (struct plan_list){ NULL, 0 };
	return code == ERR_OK ? plan_read_list(o, stmt, out, err) : code;
}

static const char plan_history_sql[] =
	"SELECT " PLAN_COLUMNS "WHERE t.id = $1 ORDER BY r.revision DESC";

enum err_code plan_history(struct office *o, int64_t id, struct plan_list *out, struct err *err)
{
	sqlite3_stmt *stmt;
	enum err_code code = office_prepare(o, plan_history_sql, &stmt, err);

	*out = (struct plan_list){ NULL, 0 };
	if (code != ERR_OK)
		return code;
	db_bind_int(stmt, 1, id);
	return plan_read_list(o, stmt, out, err);
}

static enum err_code plan_read_one(struct office *o, sqlite3_stmt *stmt, struct plan_target *out,
				   int *found, struct err *err)
{
	enum err_code code = db_step(stmt, found, err);

	if (code == ERR_OK && *found)
		plan_read_row(stmt, out);
	(void)sqlite3_reset(stmt);
	return code == ERR_OK && *found ? plan_read_points(o, out, err) : code;
}

static const char plan_find_sql[] =
	"SELECT " PLAN_COLUMNS "WHERE t.id = $1 AND r.revision = t.revision";

enum err_code plan_find(struct office *o, int64_t id, struct plan_target *out, struct err *err)
{
	sqlite3_stmt *stmt;
	int found = 0;
	enum err_code code = office_prepare(o, plan_find_sql, &stmt, err);

	if (code != ERR_OK)
		return code;
	db_bind_int(stmt, 1, id);
	code = plan_read_one(o, stmt, out, &found, err);
	if (code == ERR_OK && !found)
		code = err_set(err, ERR_MISSING,
			       "there is no such target; see the improvement plan");
	return code;
}

static const char plan_find_for_sql[] =
	"SELECT " PLAN_COLUMNS
	"WHERE t.measure = $1 AND t.area = $2 AND t.retired = 0 AND r.revision = t.revision";

enum err_code plan_find_for(struct office *o, const char *measure, const char *area,
			    struct plan_target *out, int *found, struct err *err)
{
	sqlite3_stmt *stmt;
	enum err_code code = office_prepare(o, plan_find_for_sql, &stmt, err);

	*found = 0;
	if (code != ERR_OK)
		return code;
	db_bind_text(stmt, 1, measure);
	db_bind_text(stmt, 2, area);
	return plan_read_one(o, stmt, out, found, err);
}

void plan_list_free(struct plan_list *list)
{
	free(list->targets);
	*list = (struct plan_list){ NULL, 0 };
}

static const char plan_stamp_sql[] = "SELECT count(*) FROM target_revision";

enum err_code plan_stamp(struct office *o, int64_t *stamp, struct err *err)
{
	sqlite3_stmt *stmt;
	int row = 0;
	enum err_code code = office_prepare(o, plan_stamp_sql, &stmt, err);

	*stamp = 0;
	if (code == ERR_OK)
		code = db_step(stmt, &row, err);
	if (code != ERR_OK)
		return code;
	*stamp = row ? sqlite3_column_int64(stmt, 0) : 0;
	(void)sqlite3_reset(stmt);
	return ERR_OK;
}

/* ---- write, inside a transaction */

static const char plan_add_point_sql[] =
	"INSERT INTO target_point (target, revision, period, tenths) VALUES ($1, $2, $3, $4)";

static enum err_code plan_write_point(struct office *o, const struct plan_target *t,
				      const struct plan_point *p, struct err *err)
{
	sqlite3_stmt *stmt;
	enum err_code code = office_prepare(o, plan_add_point_sql, &stmt, err);

	if (code != ERR_OK)
		return code;
	db_bind_int(stmt, 1, t->id);
	db_bind_int(stmt, 2, t->revision);
	db_bind_int(stmt, 3, period_key(p->period));
	db_bind_int(stmt, 4, p->tenths);
	return db_run(stmt, err);
}

static const char plan_add_revision_sql[] =
	"INSERT INTO target_revision (target, revision, made_us, who, reason, retired, aim, owner, "
	"rationale) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";

static enum err_code plan_write_revision(struct office *o, const struct viewer *who,
					 const struct plan_target *t, struct err *err)
{
	sqlite3_stmt *stmt;
	enum err_code code = office_prepare(o, plan_add_revision_sql, &stmt, err);

	if (code != ERR_OK)
		return code;
	db_bind_int(stmt, 1, t->id);
	db_bind_int(stmt, 2, t->revision);
	db_bind_int(stmt, 3, clock_wall_us());
	db_bind_text(stmt, 4,
		     who == NULL                 ? "command line"
		     : who->full_name[0] != '\0' ? who->full_name
						 : who->name);
	db_bind_text(stmt, 5, t->reason);
	db_bind_int(stmt, 6, t->retired);
	db_bind_int(stmt, 7, (int64_t)t->aim);
	db_bind_text(stmt, 8, t->owner);
	db_bind_text(stmt, 9, t->rationale);
	code = db_run(stmt, err);
	if (code == ERR_OK)
		code = plan_write_point(o, t, &t->baseline, err);
	for (int i = 0; code == ERR_OK && i < t->n_milestones; i++)
		code = plan_write_point(o, t, &t->milestones[i], err);
	return code;
}

/* "revision 2: 22.0 in 2027-03, 18.0 in 2028-03; lower; owner …; why". */
static enum err_code plan_audit(struct office *o, const struct viewer *who, const char *peer,
				const char *action, const struct plan_target *t, struct err *err)
{
	char about[160], detail[DETAIL_BYTES], value[PLAN_VALUE_BYTES], period[PERIOD_TEXT_BYTES];
	size_t len;

	(void)snprintf(about, sizeof about, "target %" PRId64 " (%s, %s)", t->id, t->measure,
		       t->area);
	(void)snprintf(detail, sizeof detail, "revision %d, %s:", t->revision,
		       plan_aim_name(t->aim));
	for (int i = 0; i < t->n_milestones; i++) {
		len = strlen(detail);
		(void)snprintf(detail + len, sizeof detail - len, "%s %s in %s", i > 0 ? "," : "",
			       plan_value(NULL, t->milestones[i].tenths, value),
			       period_format(t->milestones[i].period, period));
	}
	len = strlen(detail);
	(void)snprintf(detail + len, sizeof detail - len, "; owner %s%s%s", t->owner,
		       t->reason[0] == '\0' ? "" : "; ", t->reason);
	return office_audit(o, who, peer, action, about, detail, err);
}

static const char plan_add_sql[] =
	"INSERT INTO target (measure, area, revision, retired) VALUES ($1, $2, 1, 0) RETURNING id";

static enum err_code plan_write_new(struct office *o, const struct viewer *who, const char *peer,
				    struct plan_target *t, struct err *err)
{
	sqlite3_stmt *stmt;
	int row = 0;
	enum err_code code = office_prepare(o, plan_add_sql, &stmt, err);

	if (code != ERR_OK)
		return code;
	db_bind_text(stmt, 1, t->measure);
	db_bind_text(stmt, 2, t->area);
	code = db_step(stmt, &row, err);
	if (code == ERR_OK && row)
		t->id = sqlite3_column_int64(stmt, 0);
	(void)sqlite3_reset(stmt);
	t->revision = 1;
	if (code == ERR_OK)
		code = plan_write_revision(o, who, t, err);
	return code == ERR_OK ? plan_audit(o, who, peer, "target added", t, err) : code;
}

static const char plan_move_sql[] = "UPDATE target SET revision = $1, retired = $2 WHERE id = $3";

static enum err_code plan_write_next(struct office *o, const struct viewer *who, const char *peer,
				     struct plan_target *t, struct err *err)
{
	sqlite3_stmt *stmt;
	enum err_code code = office_prepare(o, plan_move_sql, &stmt, err);

	if (code != ERR_OK)
		return code;
	t->revision++;
	db_bind_int(stmt, 1, t->revision);
	db_bind_int(stmt, 2, t->retired);
	db_bind_int(stmt, 3, t->id);
	code = db_run(stmt, err);
	if (code == ERR_OK)
		code = plan_write_revision(o, who, t, err);
	return code == ERR_OK ? plan_audit(o, who, peer,
					   t->retired ? "target retired" : "target changed", t, err)
			      : code;
}

/* ---- write, as one transaction */

enum err_code plan_add(struct office *o, const struct viewer *who, const char *peer,
		       const struct plan_target *t, int64_t *id, struct err *err)
{
	struct plan_target kept, added = *t;
	int found = 0;
	enum err_code code = office_begin(o, err);

	if (code != ERR_OK)
		return code;
	added.retired = 0;
	code = plan_find_for(o, t->measure, t->area, &kept, &found, err);
	if (code == ERR_OK && found)
		code = err_set(err, ERR_MALFORMED,
			       "There is a target for this measure and area already: change that "
			       "one, or retire it first");
	if (code == ERR_OK)
		code = plan_write_new(o, who, peer, &added, err);
	*id = added.id;
	return office_end(o, code, err);
}

enum err_code plan_change(struct office *o, const struct viewer *who, const char *peer,
			  const struct plan_target *t, struct err *err)
{
	struct plan_target kept, changed = *t;
	enum err_code code = office_begin(o, err);

	if (code != ERR_OK)
		return code;
	code = plan_find(o, t->id, &kept, err);
	if (code == ERR_OK && kept.retired)
		code = err_set(err, ERR_MALFORMED, "The target was retired: add a new one instead");
	else if (code == ERR_OK && kept.revision != t->revision)
		code = err_set(err, ERR_MALFORMED,
			       "%s changed the target meanwhile: look at it again before you "
			       "change it",
			       kept.who);
	if (code == ERR_OK) {
		memcpy(changed.measure, kept.measure, sizeof changed.measure);
		memcpy(changed.area, kept.area, sizeof changed.area);
		changed.retired = 0;
		code = plan_write_next(o, who, peer, &changed, err);
	}
	return office_end(o, code, err);
}

enum err_code plan_retire(struct office *o, const struct viewer *who, const char *peer, int64_t id,
			  const char *reason, struct err *err)
{
	struct plan_target t;
	enum err_code code;

	if (reason[0] == '\0' || strlen(reason) > PLAN_REASON_MAX)
		return err_set(err, ERR_MALFORMED,
			       "Say in at most %d characters why the target is retired",
			       PLAN_REASON_MAX);
	code = office_begin(o, err);
	if (code != ERR_OK)
		return code;
	code = plan_find(o, id, &t, err);
	if (code == ERR_OK && t.retired)
		code = err_set(err, ERR_MALFORMED, "The target was retired already");
	if (code == ERR_OK) {
		t.retired = 1;
		(void)snprintf(t.reason, sizeof t.reason, "%s", reason);
		code = plan_write_next(o, who, peer, &t, err);
	}
	return office_end(o, code, err);
}

/* ---- a whole plan */

static int plan_is_same(const struct plan_target *a, const struct plan_target *b)
{
	int same = a->aim == b->aim && strcmp(a->owner, b->owner) == 0 &&
		   strcmp(a->rationale, b->rationale) == 0 && a->n_milestones == b->n_milestones &&
		   period_key(a->baseline.period) == period_key(b->baseline.period) &&
		   a->baseline.tenths == b->baseline.tenths;

	for (int i = 0; same && i < a->n_milestones; i++)
		same = period_key(a->milestones[i].period) == period_key(b->milestones[i].period) &&
		       a->milestones[i].tenths == b->milestones[i].tenths;
	return same;
}

static enum err_code plan_import_one(struct office *o, const char *peer, const char *reason,
				     const struct plan_target *t, struct plan_imported *out,
				     struct err *err)
{
	struct plan_target kept, next = *t;
	int found = 0;
	enum err_code code = plan_find_for(o, t->measure, t->area, &kept, &found, err);

	if (code != ERR_OK)
		return code;
	(void)snprintf(next.reason, sizeof next.reason, "%s", reason);
	if (!found) {
		out->n_added++;
		return plan_write_new(o, NULL, peer, &next, err);
	}
	if (plan_is_same(&kept, t)) {
		out->n_same++;
		return ERR_OK;
	}
	next.id = kept.id;
	next.revision = kept.revision;
	out->n_changed++;
	return plan_write_next(o, NULL, peer, &next, err);
}

enum err_code plan_import(struct office *o, const char *peer, const char *path,
			  const struct plan_list *list, struct plan_imported *out, struct err *err)
{
	const char *slash = strrchr(path, '/');
	char reason[PLAN_REASON_MAX + 1];
	enum err_code code = office_begin(o, err);

	*out = (struct plan_imported){ 0, 0, 0 };
	if (code != ERR_OK)
		return code;
	(void)snprintf(reason, sizeof reason, "imported from %.180s",
		       slash == NULL ? path : slash + 1);
	for (size_t i = 0; code == ERR_OK && i < list->n; i++)
		code = plan_import_one(o, peer, reason, &list->targets[i], out, err);
	return office_end(o, code, err);
}
