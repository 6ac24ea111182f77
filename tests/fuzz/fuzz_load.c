/* Bytes as a CSV file through load and stage. The first byte picks the list that the file is named
 * for (the rest are left to their headings). Whatever comes in, rows read are rows kept and rows
 * rejected, and no value is stored that its column may not hold.
 *
 * The stage is made once (its table of code spellings takes longer than a small file) and emptied
 * after each input. */

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "agent/load.h"
#include "agent/stage_work.h"
#include "proto/db.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static int64_t number(struct stage *s, const char *sql)
{
	sqlite3_stmt *stmt = NULL;
	int64_t value;

	assert(sqlite3_prepare_v2(s->db, sql, -1, &stmt, NULL) == SQLITE_OK);
	assert(sqlite3_step(stmt) == SQLITE_ROW);
	value = sqlite3_column_int64(stmt, 0);
	(void)sqlite3_finalize(stmt);
	return value;
}

static void check(struct stage *s)
{
	for (int i = 0; i < s->n_lists; i++) {
		const struct stage_list *l = &s->lists[i];
		char sql[128];

		(void)snprintf(sql, sizeof sql, "SELECT count(*) FROM %s", l->list->name);
		assert(l->n_rejected <= l->n_read);
		assert(number(s, sql) == (int64_t)(l->n_read - l->n_rejected));
		assert(l->present || l->n_read == 0);
	}
	assert(number(s, "SELECT count(*) FROM contacts WHERE contact_date > 20000"
			 " OR contact_date < -26000 OR child = ''") == 0);
	assert(number(s, "SELECT count(*) FROM (SELECT child FROM cin GROUP BY child"
			 " HAVING count(*) > 1)") == 0);
	assert(number(s, "SELECT count(*) FROM assessments WHERE end_date < start_date"
			 " OR child_seen NOT IN (0, 1)") == 0);
	assert(number(s, "SELECT count(*) FROM referrals WHERE source NOT IN ('individual',"
			 " 'schools', 'education', 'health', 'housing', 'la_services', 'police',"
			 " 'legal', 'other', 'anonymous', 'unknown')") == 0);
}

static const char *const names[] = { "List_1.csv", "List_2.csv", "List_3.csv",
				     "List_4.csv", "List_5.csv", "List_6.csv",
				     "List_7.csv", "staff.csv",  "export.csv" };

/* ---- emptying the stage */

static void empty_sources(struct stage *s)
{
	for (size_t i = 0; i < s->n_sources; i++) {
		struct stage_source *source = &s->sources[i];

		for (int c = 0; c < source->n_columns && source->headings != NULL; c++)
			free(source->headings[c]);
		free(source->headings);
		free(source->map);
		free(source->file);
		free(source->sheet);
	}
	free(s->sources);
	s->sources = NULL;
	s->n_sources = 0;
}

/* The indexes are made by stage_finish, which also ends the transaction. */
static void empty_tables(struct stage *s)
{
	sqlite3_stmt *stmt = NULL;
	struct err err;
	char sql[8192] = "";
	size_t n = 0;

	if (!sqlite3_get_autocommit(s->db))
		assert(db_exec(s->db, "COMMIT", &err) == ERR_OK);
	assert(sqlite3_prepare_v2(s->db,
				  "SELECT CASE type WHEN 'index' THEN 'DROP INDEX ' ELSE "
				  "'DELETE FROM ' END || name || ';' FROM sqlite_schema "
				  "WHERE sql IS NOT NULL ORDER BY type",
				  -1, &stmt, NULL) == SQLITE_OK);
	while (sqlite3_step(stmt) == SQLITE_ROW) {
		n += (size_t)snprintf(sql + n, sizeof sql - n, "%s",
				      (const char *)sqlite3_column_text(stmt, 0));
		assert(n < sizeof sql);
	}
	(void)sqlite3_finalize(stmt);
	assert(db_exec(s->db, sql, &err) == ERR_OK);
	assert(db_exec(s->db, "BEGIN", &err) == ERR_OK);
}

static void empty(struct stage *s)
{
	empty_sources(s);
	empty_tables(s);
	faults_clear(&s->faults);
	faults_init(&s->faults);
	s->newest_event = INT32_MIN;
	for (int i = 0; i < s->n_lists; i++)
		s->lists[i] =
			(struct stage_list){ .list = s->lists[i].list, .newest_future = INT32_MIN };
	for (int i = 0; i < STAGE_LISTS_MAX; i++) {
		free(s->work->seen[i].entries);
		s->work->seen[i] = (struct stage_seen){ NULL, 0, 0 };
		s->work->n_map[i] = 0;
	}
	memset(s->work->wards, 0, sizeof s->work->wards);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static const struct agent_dataset dataset = { .window_months = 6,
						      .rejected_percent = 5,
						      .month_end_days = 5 };
	static struct stage *s;
	struct err err = { ERR_OK, "" };
	int fd;

	if (len == 0 || len > 65536)
		return 0;
	if (s == NULL)
		assert(stage_new(NULL, &dataset, NULL, 20000, &s, &err) == ERR_OK);
	fd = memfd_create("in.csv", MFD_CLOEXEC);
	if (fd >= 0 && write(fd, bytes + 1, len - 1) == (ssize_t)len - 1) {
		size_t pick = bytes[0] % (sizeof names / sizeof names[0]);

		assert(load_file(s, NULL, names[pick], fd, &err) == ERR_OK);
		check(s);
		assert(stage_finish(s, &err) == ERR_OK);
		empty(s);
	}
	if (fd >= 0)
		(void)close(fd);
	return 0;
}
