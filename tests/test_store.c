#include "aggregator/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "aggregator/turn.h"
#include "proto/clock.h"
#include "proto/embed.h"
#include "proto/limits.h"
#include "tests/harness.h"

static char path[256];
static struct err err;

static struct store *open_store(void)
{
	struct store *s = NULL;

	(void)snprintf(path, sizeof path, "%s/store.db", harness_folder());
	assert_ok(store_open(path, DB_WRITE, &s, &err), err);
	return s;
}

static int64_t add_agent(struct store *s, const char *name, uint8_t key_byte)
{
	uint8_t curve[32], sign[32];
	const char *areas[] = { "north", "south" };
	struct store_new_agent new = { name, curve, sign, areas, 2 };
	struct store_agent agent;

	memset(curve, key_byte, sizeof curve);
	memset(sign, key_byte + 1, sizeof sign);
	assert_ok(store_agent_add(s, &new, 1000, &err), err);
	assert_ok(store_agent_find(s, STORE_AGENT_BY_NAME, name, &agent, &err), err);
	return agent.id;
}

static int64_t add_spool(struct store *s, int64_t agent, uint8_t byte)
{
	uint8_t id[FRAME_SPOOL_BYTES];
	struct store_spool spool;

	memset(id, byte, sizeof id);
	assert_ok(store_begin(s, &err), err);
	assert_ok(store_spool(s, agent, id, &spool, &err), err);
	assert_ok(store_commit(s, &err), err);
	return spool.id;
}

static enum store_append_result append(struct store *s, int64_t spool, int64_t sequence,
				       const char *payload)
{
	uint8_t digest[32], signature[64] = { 7 };
	enum store_append_result result = STORE_CONFLICT;
	int64_t report = 0;
	struct store_entry entry = { .spool = spool,
				     .sequence = sequence,
				     .received_us = 5,
				     .payload = (const uint8_t *)payload,
				     .payload_len = strlen(payload),
				     .signature = signature,
				     .digest = digest };

	memset(digest, 0, sizeof digest);
	(void)snprintf((char *)digest, sizeof digest, "%s", payload);
	assert_ok(store_append(s, &entry, &result, &report, &err), err);
	return result;
}

static int64_t one_int(struct store *s, const char *sql)
{
	sqlite3_stmt *stmt = NULL;
	int row = 0;
	int64_t value;

	assert_ok(db_prepare(s->db, &stmt, sql, &err), err);
	assert_ok(db_step(stmt, &row, &err), err);
	ck_assert_int_eq(row, 1);
	value = sqlite3_column_int64(stmt, 0);
	db_finalize(&stmt);
	return value;
}

START_TEST(a_new_store_keeps_its_identity_when_opened_again)
{
	struct store *s = open_store();
	uint8_t id[FRAME_STORE_BYTES];
	static const uint8_t none[FRAME_STORE_BYTES];

	memcpy(id, s->id, sizeof id);
	ck_assert_int_ne(memcmp(id, none, sizeof id), 0);
	ck_assert_int_eq(s->restore_epoch, 1);
	store_close(&s);
	ck_assert_ptr_null(s);
	assert_ok(store_open(path, DB_READ, &s, &err), err);
	ck_assert_mem_eq(id, s->id, sizeof id);
	store_close(&s);
}
END_TEST

START_TEST(a_reader_of_a_store_that_is_not_there_is_told_its_path)
{
	struct store *s = NULL;

	assert_error(store_open("/tmp/no-such-folder/store.db", DB_READ, &s, &err), ERR_MISSING,
		     err, "open /tmp/no-such-folder/store.db");
	ck_assert_ptr_null(s);
}
END_TEST

START_TEST(every_failing_allocation_at_open_is_an_error_and_leaves_nothing)
{
	struct store *s = open_store();

	store_close(&s);
	for (long n = 1; n < 16; n++) {
		enum err_code code;
		long made;

		harness_fail_allocation(n);
		code = store_open(path, DB_WRITE, &s, &err);
		made = harness_allocations();
		harness_fail_allocation(0);
		if (made < n) {
			ck_assert_int_gt(n, 2); /* the store and its statements */
			assert_ok(code, err);
			store_close(&s);
			return;
		}
		assert_error(code, ERR_NOMEM, err, "out of memory");
		ck_assert_ptr_null(s);
	}
	ck_abort_msg("more allocations than expected");
}
END_TEST

START_TEST(the_same_bytes_under_a_number_twice_are_kept_once)
{
	struct store *s = open_store();
	int64_t spool = add_spool(s, add_agent(s, "hall-green", 1), 9);

	assert_ok(store_begin(s, &err), err);
	ck_assert_int_eq(append(s, spool, 1, "one"), STORE_APPENDED);
	ck_assert_int_eq(append(s, spool, 1, "one"), STORE_ALREADY);
	assert_ok(store_commit(s, &err), err);
	ck_assert_int_eq(one_int(s, "SELECT count(*) FROM report"), 1);
	store_close(&s);
}
END_TEST

START_TEST(other_bytes_under_a_number_are_a_conflict_and_change_nothing)
{
	struct store *s = open_store();
	int64_t spool = add_spool(s, add_agent(s, "hall-green", 1), 9);
	uint8_t digest[32];

	assert_ok(store_begin(s, &err), err);
	ck_assert_int_eq(append(s, spool, 1, "one"), STORE_APPENDED);
	ck_assert_int_eq(append(s, spool, 1, "uno"), STORE_CONFLICT);
	assert_ok(store_commit(s, &err), err);
	assert_ok(store_digest(s, spool, 1, digest, &err), err);
	ck_assert_str_eq((char *)digest, "one");
	assert_error(store_digest(s, spool, 2, digest, &err), ERR_MISSING, err,
		     "nothing is stored under 2");
	store_close(&s);
}
END_TEST

START_TEST(a_rollback_leaves_no_entry_and_no_answered_number)
{
	struct store *s = open_store();
	int64_t spool = add_spool(s, add_agent(s, "hall-green", 1), 9);

	assert_ok(store_begin(s, &err), err);
	ck_assert_int_eq(append(s, spool, 1, "one"), STORE_APPENDED);
	store_rollback(s);
	ck_assert_int_eq(one_int(s, "SELECT count(*) FROM report"), 0);
	ck_assert_int_eq(one_int(s, "SELECT count(*) FROM answered"), 0);
	store_rollback(s); /* nothing open: no harm */
	store_close(&s);
}
END_TEST

START_TEST(stored_up_to_passes_over_stored_void_and_refused_numbers)
{
	struct store *s = open_store();
	int64_t spool = add_spool(s, add_agent(s, "hall-green", 1), 9);
	uint8_t digest[32] = { 1 };
	struct store_refusal refusal = { .spool = spool,
					 .sequence = 3,
					 .at_us = 1,
					 .digest = digest,
					 .code = "denied",
					 .reason = "not its area" };
	int64_t up_to, beyond[4][2];
	int n;

	assert_ok(store_begin(s, &err), err);
	(void)append(s, spool, 1, "1");
	(void)append(s, spool, 9, "9");
	(void)append(s, spool, 12, "12");
	assert_ok(store_advance(s, spool, &up_to, beyond, &n, 4, &err), err);
	ck_assert_int_eq(up_to, 1);
	ck_assert_int_eq(n, 2);
	ck_assert_int_eq(beyond[0][0], 9);
	ck_assert_int_eq(beyond[1][1], 12);
	assert_ok(store_void(s, spool, 4, 8, &err), err);
	(void)append(s, spool, 2, "2");
	assert_ok(store_advance(s, spool, &up_to, beyond, &n, 4, &err), err);
	ck_assert_int_eq(up_to, 2);
	ck_assert_int_eq(n, 2);
	ck_assert_int_eq(beyond[0][0], 4);
	ck_assert_int_eq(beyond[0][1], 9);
	assert_ok(store_refuse(s, &refusal, &err), err);
	assert_ok(store_advance(s, spool, &up_to, beyond, &n, 1, &err), err);
	ck_assert_int_eq(up_to, 9);
	ck_assert_int_eq(n, 1);
	ck_assert_int_eq(beyond[0][0], 12);
	assert_ok(store_commit(s, &err), err);
	ck_assert_int_eq(one_int(s, "SELECT stored_up_to FROM spool"), 9);
	ck_assert_int_eq(one_int(s, "SELECT count(*) FROM answered"), 2);
	store_close(&s);
}
END_TEST

/* Numbers in every order, void ranges that overlap: the ranges stay disjoint and apart. */
START_TEST(ranges_merge_whatever_the_order_of_arrival)
{
	struct store *s = open_store();
	int64_t spool = add_spool(s, add_agent(s, "hall-green", 1), 9);
	int64_t up_to, beyond[4][2];
	int n;
	char text[8];

	assert_ok(store_begin(s, &err), err);
	for (int i = 0; i < 101; i++) {
		int sequence = 2 + i * 37 % 101; /* each of 2 … 102 once */

		(void)snprintf(text, sizeof text, "%d", sequence);
		ck_assert_int_eq(append(s, spool, sequence, text), STORE_APPENDED);
	}
	assert_ok(store_void(s, spool, 50, 60, &err), err);
	assert_ok(store_void(s, spool, 200, 300, &err), err);
	assert_ok(store_void(s, spool, 250, 400, &err), err);
	assert_ok(store_void(s, spool, 110, 450, &err), err);
	assert_ok(store_advance(s, spool, &up_to, beyond, &n, 4, &err), err);
	ck_assert_int_eq(up_to, 0);
	ck_assert_int_eq(n, 2);
	ck_assert_int_eq(beyond[0][0], 2);
	ck_assert_int_eq(beyond[0][1], 102);
	ck_assert_int_eq(beyond[1][0], 110);
	ck_assert_int_eq(beyond[1][1], 450);
	(void)append(s, spool, 1, "1");
	assert_ok(store_void(s, spool, 103, 109, &err), err);
	assert_ok(store_advance(s, spool, &up_to, beyond, &n, 4, &err), err);
	ck_assert_int_eq(up_to, 450);
	ck_assert_int_eq(n, 0);
	assert_ok(store_commit(s, &err), err);
	store_close(&s);
}
END_TEST

static char told[256];

static void on_refusal(void *context, int64_t sequence, const char *code, const char *reason)
{
	size_t len = strlen(told);

	(void)context;
	(void)snprintf(told + len, sizeof told - len, "%lld %s %s;", (long long)sequence, code,
		       reason);
}

START_TEST(a_refused_number_is_told_again_until_its_bytes_are_stored)
{
	struct store *s = open_store();
	int64_t spool = add_spool(s, add_agent(s, "hall-green", 1), 9);
	uint8_t digest[32] = { 1 };
	struct store_refusal refusal = { .spool = spool,
					 .sequence = 4,
					 .at_us = 1,
					 .digest = digest,
					 .code = "denied",
					 .reason = "first" };

	assert_ok(store_begin(s, &err), err);
	assert_ok(store_refuse(s, &refusal, &err), err);
	refusal.sequence = 5;
	assert_ok(store_refuse(s, &refusal, &err), err);
	assert_ok(store_refuse(s, &refusal, &err), err);
	ck_assert_int_eq(one_int(s, "SELECT count(*) FROM refusal"), 2);
	assert_ok(store_refusals(s, spool, 10, on_refusal, NULL, &err), err);
	ck_assert_str_eq(told, "4 denied first;5 denied first;");
	(void)append(s, spool, 4, "mended");
	told[0] = '\0';
	assert_ok(store_refusals(s, spool, 10, on_refusal, NULL, &err), err);
	ck_assert_str_eq(told, "5 denied first;");
	for (int i = 0; i < 2 * LIMIT_REFUSALS_PER_NUMBER; i++) {
		digest[1] = (uint8_t)i;
		assert_ok(store_refuse(s, &refusal, &err), err);
	}
	ck_assert_int_eq(one_int(s, "SELECT count(*) FROM refusal WHERE sequence = 5"),
			 LIMIT_REFUSALS_PER_NUMBER);
	assert_ok(store_commit(s, &err), err);
	store_close(&s);
}
END_TEST

START_TEST(generations_count_up_per_agent_and_stay)
{
	struct store *s = open_store();
	int64_t first = add_agent(s, "hall-green", 1);
	int64_t second = add_agent(s, "ladywood", 3);
	uint8_t id[FRAME_SPOOL_BYTES] = { 0 };
	struct store_spool spool;

	assert_ok(store_begin(s, &err), err);
	for (uint8_t i = 1; i <= 3; i++) {
		id[0] = i;
		assert_ok(store_spool(s, first, id, &spool, &err), err);
		ck_assert_int_eq(spool.generation, i);
	}
	id[0] = 2;
	assert_ok(store_spool(s, first, id, &spool, &err), err);
	ck_assert_int_eq(spool.generation, 2);
	assert_ok(store_spool(s, second, id, &spool, &err), err);
	ck_assert_int_eq(spool.generation, 1);
	assert_error(store_spool_find(s, second, (const uint8_t *)"0123456789abcdef", &spool, &err),
		     ERR_MISSING, err, "no such spool");
	for (int i = 0; i < LIMIT_SPOOLS - 3; i++) {
		id[0] = 9;
		id[1] = (uint8_t)i;
		assert_ok(store_spool(s, first, id, &spool, &err), err);
	}
	id[0] = 10;
	assert_error(store_spool(s, first, id, &spool, &err), ERR_TOO_BIG, err, "enrol it anew");
	assert_ok(store_commit(s, &err), err);
	store_close(&s);
}
END_TEST

START_TEST(an_agent_is_found_by_name_and_key_and_may_report_only_its_areas)
{
	struct store *s = open_store();
	int64_t id = add_agent(s, "hall-green", 1);
	uint8_t key[32];
	struct store_agent agent;
	int may = -1;

	memset(key, 1, sizeof key);
	assert_ok(store_agent_find(s, STORE_AGENT_BY_CURVE, key, &agent, &err), err);
	ck_assert_str_eq(agent.name, "hall-green");
	ck_assert_str_eq(agent.state, "pending");
	ck_assert_int_eq(agent.signing_key[31], 2);
	assert_ok(store_agent_find(s, STORE_AGENT_BY_ID, &id, &agent, &err), err);
	assert_ok(store_agent_may(s, id, "south", &may, &err), err);
	ck_assert_int_eq(may, 1);
	assert_ok(store_agent_may(s, id, "east", &may, &err), err);
	ck_assert_int_eq(may, 0);
	assert_error(store_agent_find(s, STORE_AGENT_BY_NAME, "aston", &agent, &err), ERR_MISSING,
		     err, "no agent is enrolled as aston");
	store_close(&s);
}
END_TEST

START_TEST(a_name_or_key_in_use_is_not_enrolled_again)
{
	struct store *s = open_store();
	uint8_t curve[32], sign[32] = { 0 };
	struct store_new_agent again = { "hall-green", curve, sign, NULL, 0 };
	struct store_agent agent;

	(void)add_agent(s, "hall-green", 1);
	memset(curve, 8, sizeof curve);
	assert_error(store_agent_add(s, &again, 1, &err), ERR_BUSY, err,
		     "hall-green is enrolled already (pending)");
	again.name = "other";
	memset(curve, 1, sizeof curve);
	assert_error(store_agent_add(s, &again, 1, &err), ERR_DENIED, err,
		     "enrolled before, as hall-green");
	assert_ok(store_agent_move(s, "hall-green", "removed", 2, &err), err);
	assert_error(store_agent_find(s, STORE_AGENT_BY_NAME, "hall-green", &agent, &err),
		     ERR_MISSING, err, "hall-green");
	memset(curve, 8, sizeof curve);
	again.name = "hall-green";
	assert_ok(store_agent_add(s, &again, 3, &err), err);
	store_close(&s);
}
END_TEST

START_TEST(an_agent_moves_only_between_states_that_follow)
{
	struct store *s = open_store();
	struct store_agent agent;

	(void)add_agent(s, "hall-green", 1);
	assert_error(store_agent_move(s, "hall-green", "suspended", 2, &err), ERR_DENIED, err,
		     "hall-green is pending");
	assert_ok(store_agent_move(s, "hall-green", "active", 2, &err), err);
	assert_ok(store_agent_move(s, "hall-green", "active", 3, &err), err);
	assert_ok(store_agent_move(s, "hall-green", "suspended", 3, &err), err);
	assert_ok(store_agent_find(s, STORE_AGENT_BY_NAME, "hall-green", &agent, &err), err);
	ck_assert_str_eq(agent.state, "suspended");
	assert_error(store_agent_move(s, "nobody", "active", 2, &err), ERR_MISSING, err, "nobody");
	store_close(&s);
}
END_TEST

START_TEST(a_measure_belongs_to_the_dataset_that_gave_it_first)
{
	struct store *s = open_store();
	char owner[65];

	assert_ok(store_begin(s, &err), err);
	assert_ok(store_owner(s, "north", "contacts", "annex_a", 0, owner, &err), err);
	ck_assert_str_eq(owner, "");
	assert_ok(store_owner(s, "north", "contacts", "annex_a", 1, owner, &err), err);
	ck_assert_str_eq(owner, "annex_a");
	assert_ok(store_owner(s, "north", "contacts", "census", 1, owner, &err), err);
	ck_assert_str_eq(owner, "annex_a");
	assert_ok(store_owner(s, "south", "contacts", "census", 1, owner, &err), err);
	ck_assert_str_eq(owner, "census");
	assert_ok(store_commit(s, &err), err);
	store_close(&s);
}
END_TEST

/* A writer that dies without closing: what it committed is there, what it did not is not. */
START_TEST(a_killed_writer_loses_only_what_it_had_not_committed)
{
	struct store *s = open_store();
	int64_t spool = add_spool(s, add_agent(s, "hall-green", 1), 9);
	int status;
	pid_t child;

	store_close(&s);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0) {
		if (store_open(path, DB_WRITE, &s, NULL) != ERR_OK ||
		    store_begin(s, NULL) != ERR_OK)
			_exit(1);
		(void)append(s, spool, 1, "kept");
		if (store_commit(s, NULL) != ERR_OK || store_begin(s, NULL) != ERR_OK)
			_exit(1);
		(void)append(s, spool, 2, "lost");
		_exit(0);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	assert_ok(store_open(path, DB_WRITE, &s, &err), err);
	ck_assert_int_eq(one_int(s, "SELECT group_concat(sequence) = '1' FROM report"), 1);
	ck_assert_int_eq(one_int(s, "SELECT count(*) FROM answered WHERE last = 1"), 1);
	store_close(&s);
}
END_TEST

START_TEST(a_checkpoint_does_not_wait_for_a_reader)
{
	struct store *s = open_store(), *reader = NULL;
	int done = -1;
	struct stat wal;
	char wal_path[300];

	(void)add_agent(s, "hall-green", 1);
	assert_ok(store_open(path, DB_READ, &reader, &err), err);
	assert_ok(db_exec(reader->db, "BEGIN; SELECT count(*) FROM agent", &err), err);
	(void)add_agent(s, "ladywood", 3);
	assert_ok(store_checkpoint(s, &done, &err), err);
	ck_assert_int_eq(done, 0);
	assert_ok(db_exec(reader->db, "COMMIT", &err), err);
	assert_ok(store_checkpoint(s, &done, &err), err);
	ck_assert_int_eq(done, 1);
	(void)snprintf(wal_path, sizeof wal_path, "%s-wal", path);
	ck_assert_int_eq(stat(wal_path, &wal), 0);
	ck_assert_int_eq(wal.st_size, 0);
	store_close(&reader);
	store_close(&s);
}
END_TEST

/* A store as the first version left it, with an agent and an entry. */
static void make_version_1(void)
{
	const struct embed *first = embed_find("aggregator/sql/001_store.sql");
	const char *schema[] = { first->text };
	sqlite3 *db = NULL;

	(void)snprintf(path, sizeof path, "%s/store.db", harness_folder());
	assert_ok(db_open(path, DB_WRITE, schema, 1, &db, &err), err);
	assert_ok(
		db_exec(db,
			"INSERT INTO meta VALUES ('store_id', x'00112233445566778899aabbccddeeff'"
			"), ('restore_epoch', 3), ('created_us', 5);"
			"INSERT INTO agent VALUES (1, 'hall-green', x'01', x'02', 'active', 1, 1);"
			"INSERT INTO spool VALUES (1, 1, x'03', 1, 1, 1);"
			"INSERT INTO report VALUES (1, 1, 1, 9, x'04', x'05', x'0607');"
			"INSERT INTO rollup VALUES ('city', 2020454, 1, 70, 100, 10, 0)",
			&err),
		err);
	db_close(&db);
}

START_TEST(a_store_of_version_1_is_upgraded_by_its_writer_and_keeps_everything)
{
	struct store *s = NULL;

	make_version_1();
	assert_error(store_open(path, DB_READ, &s, &err), ERR_VERSION, err,
		     "schema version 1 is older than this program's 2: start the process that "
		     "writes it once");
	ck_assert_ptr_null(s);
	assert_ok(store_open(path, DB_WRITE, &s, &err), err);
	ck_assert_int_eq(one_int(s, "PRAGMA user_version"), 2);
	ck_assert_int_eq(s->id[1], 0x11);
	ck_assert_int_eq(s->restore_epoch, 3);
	ck_assert_int_eq(one_int(s, "SELECT count(*) FROM agent WHERE name = 'hall-green'"), 1);
	ck_assert_int_eq(one_int(s, "SELECT payload = x'0607' FROM report WHERE id = 1"), 1);
	ck_assert_int_eq(one_int(s, "SELECT numerator FROM rollup"), 70);
	ck_assert_int_eq(one_int(s, "SELECT count(*) FROM signal"), 0);
	store_close(&s);
	assert_ok(store_open(path, DB_READ, &s, &err), err);
	store_close(&s);
}
END_TEST

START_TEST(the_stamp_of_the_figures_goes_up_with_each_change_that_commits)
{
	struct store *s = open_store();
	int64_t before = 0;
	int64_t after = 0;

	assert_ok(store_figures_stamp(s->db, &before, &err), err);
	assert_ok(store_begin(s, &err), err);
	assert_ok(store_figures_changed(s->db, &err), err);
	store_rollback(s);
	assert_ok(store_figures_stamp(s->db, &after, &err), err);
	ck_assert_int_eq(after, before);
	assert_ok(store_begin(s, &err), err);
	assert_ok(store_figures_changed(s->db, &err), err);
	assert_ok(store_commit(s, &err), err);
	assert_ok(store_figures_stamp(s->db, &after, &err), err);
	ck_assert_int_eq(after, before + 1);
	assert_ok(db_exec(s->db, "DELETE FROM meta WHERE key = 'figures_stamp'", &err), err);
	assert_error(store_figures_stamp(s->db, &after, &err), ERR_DB, err,
		     "meta.figures_stamp is gone: restore a backup");
	store_close(&s);
}
END_TEST

/* One transaction after the other, each as long as a slice of work. */
static void write_without_rest(void)
{
	struct store *s = NULL;

	if (store_open(path, DB_WRITE, &s, NULL) != ERR_OK)
		_exit(1);
	for (;;) {
		int64_t end_ms;

		if (store_begin(s, NULL) != ERR_OK || store_figures_changed(s->db, NULL) != ERR_OK)
			_exit(1);
		end_ms = clock_mono_ms() + LIMIT_SLICE_MS;
		while (clock_mono_ms() < end_ms)
			;
		if (store_commit(s, NULL) != ERR_OK)
			_exit(1);
	}
}

START_TEST(a_writer_that_never_rests_lets_another_in)
{
	struct store *s = open_store();
	int64_t start_ms, first = 0, now = 0;
	int status;
	pid_t child = fork();

	ck_assert_int_ge(child, 0);
	if (child == 0)
		write_without_rest();
	assert_ok(store_figures_stamp(s->db, &first, &err), err);
	for (start_ms = clock_mono_ms(); now < first + 3;
	     assert_ok(store_figures_stamp(s->db, &now, &err), err))
		ck_assert_int_lt(clock_mono_ms() - start_ms, 20000);
	(void)sqlite3_busy_timeout(s->db, 1500); /* twelve of its tries */
	for (int i = 0; i < 5; i++) {
		assert_ok(store_begin(s, &err), err);
		assert_ok(store_commit(s, &err), err);
	}
	ck_assert_int_eq(kill(child, SIGKILL), 0);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_msg(WIFSIGNALED(status), "the other writer failed");
	store_close(&s);
}
END_TEST

START_TEST(a_turn_that_nobody_passes_on_is_waited_for_and_then_left_alone)
{
	struct store *s = open_store();
	int fd = turn_open(path);
	int64_t start_ms = clock_mono_ms();

	ck_assert_int_ge(fd, 0);
	turn_take(fd);
	assert_ok(store_begin(s, &err), err);
	ck_assert_int_ge(clock_mono_ms() - start_ms, LIMIT_STORE_TURN_MS);
	assert_ok(store_commit(s, &err), err);
	turn_pass(fd);
	assert_ok(store_begin(s, &err), err);
	assert_ok(store_commit(s, &err), err);
	ck_assert_int_eq(flock(fd, LOCK_EX | LOCK_NB), 0); /* passed on, not kept */
	ck_assert_int_eq(turn_open("/no/such/folder/store.db"), -1);
	turn_take(-1);
	turn_pass(-1);
	(void)close(fd);
	store_close(&s);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, a_writer_that_never_rests_lets_another_in);
	tcase_add_test(tc, a_turn_that_nobody_passes_on_is_waited_for_and_then_left_alone);
	tcase_add_test(tc, a_store_of_version_1_is_upgraded_by_its_writer_and_keeps_everything);
	tcase_add_test(tc, the_stamp_of_the_figures_goes_up_with_each_change_that_commits);
	tcase_add_test(tc, a_new_store_keeps_its_identity_when_opened_again);
	tcase_add_test(tc, a_reader_of_a_store_that_is_not_there_is_told_its_path);
	tcase_add_test(tc, every_failing_allocation_at_open_is_an_error_and_leaves_nothing);
	tcase_add_test(tc, the_same_bytes_under_a_number_twice_are_kept_once);
	tcase_add_test(tc, other_bytes_under_a_number_are_a_conflict_and_change_nothing);
	tcase_add_test(tc, a_rollback_leaves_no_entry_and_no_answered_number);
	tcase_add_test(tc, stored_up_to_passes_over_stored_void_and_refused_numbers);
	tcase_add_test(tc, ranges_merge_whatever_the_order_of_arrival);
	tcase_add_test(tc, a_refused_number_is_told_again_until_its_bytes_are_stored);
	tcase_add_test(tc, generations_count_up_per_agent_and_stay);
	tcase_add_test(tc, an_agent_is_found_by_name_and_key_and_may_report_only_its_areas);
	tcase_add_test(tc, a_name_or_key_in_use_is_not_enrolled_again);
	tcase_add_test(tc, an_agent_moves_only_between_states_that_follow);
	tcase_add_test(tc, a_measure_belongs_to_the_dataset_that_gave_it_first);
	tcase_add_test(tc, a_killed_writer_loses_only_what_it_had_not_committed);
	tcase_add_test(tc, a_checkpoint_does_not_wait_for_a_reader);
}

HARNESS_MAIN("store", add)
