/* Bytes as a CSV file through load and stage. The first byte picks the list that the file is named
 * for (the rest are left to their headings). Whatever comes in, rows read are rows kept and rows
 * rejected, and no value is stored that its column may not hold. */

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "agent/load.h"

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

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static const char *const names[] = { "List_1.csv", "List_2.csv", "List_3.csv",
					     "List_4.csv", "List_5.csv", "List_6.csv",
					     "List_7.csv", "staff.csv",  "export.csv" };
	struct agent_dataset dataset = { .window_months = 6,
					 .rejected_percent = 5,
					 .month_end_days = 5 };
	int fd = memfd_create("in.csv", MFD_CLOEXEC);
	struct stage *s = NULL;
	struct err err = { ERR_OK, "" };

	if (fd < 0 || len == 0 || len > 65536) {
		if (fd >= 0)
			(void)close(fd);
		return 0;
	}
	if (write(fd, bytes + 1, len - 1) == (ssize_t)len - 1 &&
	    stage_new(NULL, &dataset, NULL, 20000, &s, &err) == ERR_OK) {
		size_t pick = bytes[0] % (sizeof names / sizeof names[0]);

		assert(load_file(s, NULL, names[pick], fd, &err) == ERR_OK);
		check(s);
		assert(stage_finish(s, &err) == ERR_OK);
	}
	stage_free(&s);
	(void)close(fd);
	return 0;
}
