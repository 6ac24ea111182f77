#include "agent/stage_work.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "proto/date.h"
#include "proto/db.h"
#include "proto/embed.h"

static const char sql_pragmas[] = "PRAGMA journal_mode = OFF; PRAGMA temp_store = MEMORY";

static enum err_code stage_open(struct stage *s, struct err *err)
{
	const struct embed *schema = embed_find("agent/stage.sql");
	enum err_code code;

	if (sqlite3_open_v2(":memory:", &s->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL) !=
	    SQLITE_OK)
		return err_set(err, ERR_DB, "open staging tables: %s",
			       s->db == NULL ? "out of memory" : sqlite3_errmsg(s->db));
	code = db_exec(s->db, sql_pragmas, err);
	if (code == ERR_OK)
		code = db_exec(s->db, schema == NULL ? "" : schema->text, err);
	if (code == ERR_OK)
		code = db_exec(s->db, "BEGIN", err);
	return code;
}

static void stage_fill_lists(struct stage *s)
{
	size_t n;
	const struct list *lists = lists_all(&n);

	for (size_t i = 0; i < n && i < STAGE_LISTS_MAX; i++) {
		s->lists[i].list = &lists[i];
		s->lists[i].newest_future = INT32_MIN;
	}
	s->n_lists = (int)n;
}

static enum err_code stage_start(struct stage *s, const struct agent_config *config,
				 struct err *err)
{
	enum err_code code;

	if (sodium_init() < 0)
		return err_set(err, ERR_IO, "start libsodium: no random numbers");
	s->work = calloc(1, sizeof *s->work);
	if (s->work == NULL)
		return err_set(err, ERR_NOMEM, "open staging tables: out of memory");
	code = codes_in_new(config, &s->work->codes, err);
	if (code != ERR_OK)
		return code;
	s->work->has_teams = codes_in_has(s->work->codes, "team");
	s->work->district = s->areas == NULL || s->dataset->area == NULL
				    ? -1
				    : area_find(s->areas, s->dataset->area);
	return stage_open(s, err);
}

enum err_code stage_new(const struct agent_config *config, const struct agent_dataset *dataset,
			const struct area_tree *areas, int32_t as_at, struct stage **out,
			struct err *err)
{
	struct stage *s = calloc(1, sizeof *s);
	enum err_code code;

	*out = NULL;
	if (s == NULL)
		return err_set(err, ERR_NOMEM, "open staging tables: out of memory");
	faults_init(&s->faults);
	s->dataset = dataset;
	s->areas = areas;
	s->newest_event = INT32_MIN;
	stage_fill_lists(s);
	stage_set_as_at(s, as_at);
	code = stage_start(s, config, err);
	if (code != ERR_OK)
		stage_free(&s);
	*out = s;
	return code;
}

static void stage_free_work(struct stage_work *work)
{
	if (work == NULL)
		return;
	for (int i = 0; i < STAGE_LISTS_MAX; i++) {
		db_finalize(&work->inserts[i]);
		db_finalize(&work->removals[i]);
		free(work->seen[i].entries);
	}
	codes_in_free(&work->codes);
	free(work);
}

static void stage_source_clear(struct stage_source *source)
{
	for (int i = 0; i < source->n_columns && source->headings != NULL; i++)
		free(source->headings[i]);
	free(source->headings);
	free(source->map);
	free(source->file);
	free(source->sheet);
}

void stage_free(struct stage **stage)
{
	struct stage *s = *stage;

	if (s == NULL)
		return;
	stage_free_work(s->work);
	for (size_t i = 0; i < s->n_sources; i++)
		stage_source_clear(&s->sources[i]);
	free(s->sources);
	faults_clear(&s->faults);
	(void)sqlite3_close(s->db);
	free(s);
	*stage = NULL;
}

void stage_set_as_at(struct stage *s, int32_t as_at)
{
	s->as_at = as_at;
	s->window_start =
		as_at == INT32_MIN ? INT32_MIN : date_add_months(as_at, -s->dataset->window_months);
}

struct stage_list *stage_list_of(struct stage *s, const struct list *list)
{
	size_t n;

	return &s->lists[list - lists_all(&n)];
}

int stage_uses(const struct stage *s, const struct list_column *column)
{
	if (column->type == LIST_TEAM)
		return s->work->has_teams;
	if (column->type == LIST_WARD)
		return s->work->district >= 0;
	return 1;
}

enum err_code stage_table(struct stage *s, const struct list *list, const int *map, int n_map,
			  struct err *err)
{
	struct stage_list *counts = stage_list_of(s, list);

	if (n_map > LIMIT_COLUMNS)
		return err_set(err, ERR_TOO_BIG, "%s: %d columns, at most %d", list->name, n_map,
			       LIMIT_COLUMNS);
	counts->present = 1;
	s->work->n_map[counts - s->lists] = n_map;
	for (int i = 0; i < n_map; i++) {
		if (map[i] < 0 || map[i] >= list->n_columns ||
		    !stage_uses(s, &list->columns[map[i]]))
			continue;
		counts->columns |= UINT64_C(1) << map[i];
		if (strcmp(list->columns[map[i]].name, "source") == 0)
			counts->columns |= UINT64_C(1) << list_column_named(list, "source_code");
	}
	return ERR_OK;
}

/* ---- after the last row */

/* Each child's latest episode; of two that start on one day the open one. */
static const char sql_derive_cin[] =
	"INSERT INTO cin (child, sex, ethnicity, birth_date, age, ward, disability, start_date,"
	" need, end_date, reason)"
	" SELECT child, sex, ethnicity, birth_date, age, ward, disability, start_date, need,"
	" end_date, reason FROM (SELECT *, row_number() OVER (PARTITION BY child"
	" ORDER BY start_date DESC, end_date IS NOT NULL, rowid) AS n FROM cin_episodes)"
	" WHERE n = 1";

static const char sql_derive_cpp[] =
	"INSERT INTO cpp (child, sex, ethnicity, birth_date, age, ward, disability, start_date,"
	" category_initial, category, last_review, end_date, previous_plans)"
	" SELECT child, sex, ethnicity, birth_date, age, ward, disability, start_date,"
	" category_initial, category,"
	" (SELECT max(review_date) FROM cpp_reviews AS r WHERE r.plan = p.plan),"
	" end_date, previous_plans FROM (SELECT *, row_number() OVER (PARTITION BY child"
	" ORDER BY start_date DESC, end_date IS NOT NULL, plan) AS n FROM cpp_plans) AS p"
	" WHERE n = 1";

static const char sql_indexes[] =
	"CREATE INDEX contacts_child ON contacts (child, contact_date);"
	"CREATE INDEX early_help_child ON early_help (child, start_date);"
	"CREATE INDEX referrals_child ON referrals (child, referral_date);"
	"CREATE INDEX assessments_child ON assessments (child, start_date);"
	"CREATE INDEX section47_child ON section47 (child, start_date);"
	"CREATE INDEX cin_child ON cin (child);"
	"CREATE INDEX cpp_child ON cpp (child);"
	"CREATE INDEX cin_episodes_child ON cin_episodes (child, start_date);"
	"CREATE INDEX cpp_plans_child ON cpp_plans (child, start_date);"
	"CREATE INDEX cpp_reviews_plan ON cpp_reviews (plan, review_date);"
	"COMMIT";

/* Marks `to` as there, with those columns of `from` that it has too. */
static void stage_derived(struct stage *s, const char *from, const char *to)
{
	const struct stage_list *source = stage_list_of(s, list_find(from));
	struct stage_list *target = stage_list_of(s, list_find(to));

	target->present = 1;
	target->derived = source->n_read > 0;
	for (int i = 0; i < source->list->n_columns; i++) {
		int at = list_column_named(target->list, source->list->columns[i].name);

		if (at >= 0 && (source->columns >> i & 1) != 0)
			target->columns |= UINT64_C(1) << at;
	}
}

static enum err_code stage_derive(struct stage *s, struct err *err)
{
	struct stage_list *cpp = stage_list_of(s, list_find("cpp"));
	enum err_code code = ERR_OK;

	if (stage_list_of(s, list_find("cin_episodes"))->present &&
	    !stage_list_of(s, list_find("cin"))->present) {
		code = db_exec(s->db, sql_derive_cin, err);
		stage_derived(s, "cin_episodes", "cin");
	}
	if (code == ERR_OK && stage_list_of(s, list_find("cpp_plans"))->present && !cpp->present) {
		code = db_exec(s->db, sql_derive_cpp, err);
		stage_derived(s, "cpp_plans", "cpp");
		if (stage_list_of(s, list_find("cpp_reviews"))->present)
			cpp->columns |= UINT64_C(1) << list_column_named(cpp->list, "last_review");
	}
	return code;
}

static const char sql_list[] = "INSERT INTO list (name, state, rows_read, rows_rejected)"
			       " VALUES ($1, $2, $3, $4)";
static const char sql_list_column[] = "INSERT INTO list_column (list, name) VALUES ($1, $2)";

static enum err_code stage_write_lists(struct stage *s, struct err *err)
{
	sqlite3_stmt *list = NULL, *column = NULL;
	enum err_code code = ERR_OK;

	for (int i = 0; i < s->n_lists && code == ERR_OK; i++) {
		const struct stage_list *l = &s->lists[i];

		code = db_prepare(s->db, &list, sql_list, err);
		if (code != ERR_OK)
			break;
		db_bind_text(list, 1, l->list->name);
		db_bind_text(list, 2, stage_list_state(l));
		db_bind_int(list, 3, (int64_t)l->n_read);
		db_bind_int(list, 4, (int64_t)l->n_rejected);
		code = db_run(list, err);
		for (int c = 0; c < l->list->n_columns && code == ERR_OK; c++) {
			if ((l->columns >> c & 1) == 0)
				continue;
			code = db_prepare(s->db, &column, sql_list_column, err);
			if (code != ERR_OK)
				break;
			db_bind_text(column, 1, l->list->name);
			db_bind_text(column, 2, l->list->columns[c].name);
			code = db_run(column, err);
		}
	}
	db_finalize(&list);
	db_finalize(&column);
	return code;
}

static const char sql_extract[] =
	"INSERT INTO extract (as_at, window_start, month_start, month_end) VALUES ($1, $2, $3, $4)";

static enum err_code stage_write_extract(struct stage *s, struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	int32_t before = date_month_start(s->as_at) - 1; /* last day of the month before */
	int32_t month = s->as_at != date_month_end(s->as_at) &&
					s->as_at - before <= s->dataset->month_end_days
				? before
				: s->as_at;
	enum err_code code = db_prepare(s->db, &stmt, sql_extract, err);

	if (code != ERR_OK)
		return code;
	db_bind_int(stmt, 1, s->as_at);
	db_bind_int(stmt, 2, s->window_start);
	db_bind_int(stmt, 3, date_month_start(month));
	db_bind_int(stmt, 4, date_month_end(month));
	code = db_run(stmt, err);
	db_finalize(&stmt);
	return code;
}

enum err_code stage_finish(struct stage *s, struct err *err)
{
	enum err_code code;

	if (s->as_at == INT32_MIN)
		return err_set(err, ERR_CONFIG, "stage: the extract's as-at is not known");
	code = stage_derive(s, err);
	if (code == ERR_OK)
		code = stage_write_lists(s, err);
	if (code == ERR_OK)
		code = stage_write_extract(s, err);
	if (code == ERR_OK)
		code = db_exec(s->db, sql_indexes, err);
	if (code != ERR_OK)
		err_wrap(err, "stage");
	return code;
}

const char *stage_list_state(const struct stage_list *list)
{
	if (!list->present)
		return "absent";
	return list->n_read == 0 && !list->derived ? "nil" : "read";
}

uint64_t stage_rows_read(const struct stage *s)
{
	uint64_t n = 0;

	for (int i = 0; i < s->n_lists; i++)
		n += s->lists[i].n_read;
	return n;
}

uint64_t stage_rows_rejected(const struct stage *s)
{
	uint64_t n = 0;

	for (int i = 0; i < s->n_lists; i++)
		n += s->lists[i].n_rejected;
	return n;
}
