#include "agent/stage_work.h"

#include <string.h>

#include "proto/db.h"

/* Columns in the order of agent/lists.c, which is that of agent/stage.sql. */
static const struct {
	const char *list;
	const char *insert;
	const char *remove; /* lists with one row per child */
} statements[] = {
	{ "contacts",
	  "INSERT INTO contacts (child, sex, ethnicity, birth_date, age, ward, contact_date,"
	  " source, source_code) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
	  NULL },
	{ "early_help",
	  "INSERT INTO early_help (child, sex, ethnicity, birth_date, age, ward, start_date,"
	  " end_date, organisation) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
	  NULL },
	{ "referrals",
	  "INSERT INTO referrals (child, sex, ethnicity, birth_date, age, ward, referral_date,"
	  " source, source_code, nfa, previous_12m, team, worker)"
	  " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
	  NULL },
	{ "assessments",
	  "INSERT INTO assessments (child, sex, ethnicity, birth_date, age, ward, disability,"
	  " start_date, child_seen, end_date, support, team, worker)"
	  " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
	  NULL },
	{ "section47",
	  "INSERT INTO section47 (child, sex, ethnicity, birth_date, age, ward, disability,"
	  " start_date, icpc_not_required, icpc_date, icpc_to_plan, s47_12m, icpc_12m, team, "
	  "worker)"
	  " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
	  NULL },
	{ "cin",
	  "INSERT INTO cin (child, sex, ethnicity, birth_date, age, ward, disability, start_date,"
	  " need, last_seen, end_date, reason, status, team, worker)"
	  " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
	  "DELETE FROM cin WHERE rowid = $1" },
	{ "cpp",
	  "INSERT INTO cpp (child, sex, ethnicity, birth_date, age, ward, disability, start_date,"
	  " category_initial, category, last_visit, seen_alone, last_review, end_date,"
	  " protection_order, previous_plans, team, worker)"
	  " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, "
	  "$18)",
	  "DELETE FROM cpp WHERE rowid = $1" },
	{ "cin_episodes",
	  "INSERT INTO cin_episodes (child, sex, ethnicity, birth_date, age, ward, disability,"
	  " start_date, need, end_date, reason)"
	  " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
	  NULL },
	{ "cpp_plans",
	  "INSERT INTO cpp_plans (plan, child, sex, ethnicity, birth_date, age, ward, disability,"
	  " start_date, category_initial, category, end_date, previous_plans)"
	  " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
	  NULL },
	{ "cpp_reviews", "INSERT INTO cpp_reviews (plan, review_date) VALUES ($1, $2)", NULL },
	{ "staff",
	  "INSERT INTO staff (worker, agency, role, fte, start_date, end_date, cases, days_lost,"
	  " posts, team) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
	  NULL },
};

static enum err_code stage_prepare(struct stage *s, int slot, int removal, struct err *err)
{
	const char *list = s->lists[slot].list->name;

	for (size_t i = 0; i < sizeof statements / sizeof statements[0]; i++)
		if (strcmp(statements[i].list, list) == 0)
			return db_prepare(
				s->db, removal ? &s->work->removals[slot] : &s->work->inserts[slot],
				removal ? statements[i].remove : statements[i].insert, err);
	return err_set(err, ERR_DB, "stage: no table for the list %s", list);
}

enum err_code stage_insert(struct stage *s, int slot, const struct stage_value *values,
			   int64_t *rowid, struct err *err)
{
	enum err_code code = stage_prepare(s, slot, 0, err);
	sqlite3_stmt *stmt = s->work->inserts[slot];

	if (code != ERR_OK)
		return code;
	for (int i = 0; i < s->lists[slot].list->n_columns; i++) {
		switch (values[i].kind) {
		case STAGE_NULL:
			(void)sqlite3_bind_null(stmt, i + 1);
			break;
		case STAGE_INT:
			(void)sqlite3_bind_int64(stmt, i + 1, values[i].number);
			break;
		case STAGE_TEXT:
			(void)sqlite3_bind_text(stmt, i + 1, values[i].text.text,
						(int)values[i].text.len, SQLITE_STATIC);
			break;
		}
	}
	code = db_run(stmt, err);
	*rowid = sqlite3_last_insert_rowid(s->db);
	return code;
}

enum err_code stage_remove(struct stage *s, int slot, int64_t rowid, struct err *err)
{
	enum err_code code = stage_prepare(s, slot, 1, err);

	if (code != ERR_OK)
		return code;
	db_bind_int(s->work->removals[slot], 1, rowid);
	return db_run(s->work->removals[slot], err);
}
