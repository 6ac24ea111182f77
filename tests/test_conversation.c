#include "agent/conversation.h"

#include "tests/fake_store.h"
#include "tests/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#define SPOOL_BYTES (2 * 1024 * 1024)
#define PATIENCE_MS 20000

/* An agent with a spool, its conversation with one fake aggregator, and a second store to fail over
 * to. One instance: each case runs in its own process. */
static struct {
	void *zmq;
	struct fake fake, second;
	struct spool *writer, *reader;
	struct delivery *delivery;
	struct keys_curve curve;
	struct keys_sign sign;
	struct agent_aggregator peer;
	char *endpoints[2];
	char receipt_key[65];
	struct conversation_health health;
	struct conversation_setup setup;
	struct conversation *c;
	char lines[8192];
} t;

static char name_city[] = "city";
static const char *const names[] = { name_city };

static const char *path_in_folder(const char *name)
{
	static char path[256];

	(void)snprintf(path, sizeof path, "%s/%s", harness_folder(), name);
	return path;
}

static void on_line(void *context, enum log_level level, const char *line)
{
	size_t used = strlen(t.lines);

	(void)context;
	(void)level;
	(void)snprintf(t.lines + used, sizeof t.lines - used, "%s\n", line);
}

static void append(int n)
{
	static char area[] = "ladywood", dataset[] = "annex_a";
	static uint8_t digest[32] = { 1 };
	struct err err = { 0 };

	assert_ok(spool_begin(t.writer, &err), err);
	for (int i = 0; i < n; i++) {
		District__Entry entry = DISTRICT__ENTRY__INIT;
		District__Return r = DISTRICT__RETURN__INIT;
		int64_t sequence;

		r.area = area;
		r.dataset = dataset;
		r.as_at = 20757;
		r.accepted = 1;
		r.extract_digest.data = digest;
		r.extract_digest.len = sizeof digest;
		entry.body_case = DISTRICT__ENTRY__BODY_EXTRACT_RETURN;
		entry.extract_return = &r;
		assert_ok(spool_append(t.writer, &entry, &sequence, &err), err);
	}
	assert_ok(spool_commit(t.writer, &err), err);
}

/* Tells the conversation that the spool changed. */
static void look(void)
{
	struct err err = { 0 };

	assert_ok(spool_refresh(t.reader, &err), err);
	conversation_spool(t.c, t.reader);
}

static void open_all(int n_entries)
{
	struct err err = { 0 };

	t.zmq = zmq_ctx_new();
	fake_open(&t.fake, t.zmq, 1, NULL);
	assert_ok(keys_curve_create(path_in_folder("curve.key"), &t.curve, &err), err);
	assert_ok(keys_sign_create(path_in_folder("sign.key"), &t.sign, &err), err);
	assert_ok(spool_open(path_in_folder("spool.db"), "ladywood", &t.sign, SPOOL_BYTES,
			     &t.writer, &err),
		  err);
	append(n_entries);
	assert_ok(spool_open(path_in_folder("spool.db"), "ladywood", NULL, SPOOL_BYTES, &t.reader,
			     &err),
		  err);
	assert_ok(delivery_open(path_in_folder("delivery.db"), DB_WRITE, &t.delivery, &err), err);
	t.endpoints[0] = t.fake.endpoint;
	(void)keys_hex(t.fake.sign.public_key, 32, t.receipt_key);
	t.peer = (struct agent_aggregator){ name_city, t.endpoints, 1, t.fake.curve.public_text,
					    t.receipt_key };
	t.health.state_folder = harness_folder();
	t.setup = (struct conversation_setup){
		.zmq = t.zmq,
		.agent = "ladywood",
		.peer = &t.peer,
		.aggregators = names,
		.n_aggregators = 1,
		.keys = &t.curve,
		.delivery = t.delivery,
		.health = &t.health,
		.timing = { 300, 300, 60000, 60000, 200 },
		.on_line = on_line,
	};
}

static void start(void)
{
	struct err err = { 0 };

	assert_ok(conversation_new(&t.setup, &t.c, &err), err);
	conversation_spool(t.c, t.reader);
}

static void close_all(void)
{
	conversation_free(&t.c);
	fake_close(&t.fake);
	if (t.second.zmq != NULL)
		fake_close(&t.second);
	spool_close(&t.reader);
	spool_close(&t.writer);
	delivery_close(&t.delivery);
	(void)zmq_ctx_term(t.zmq);
}

/* One turn of both sides; waits for traffic, not for time. */
static void turn(void)
{
	zmq_pollitem_t items[CHANNEL_ITEMS + 3];
	int n = conversation_poll(t.c, items);
	struct fake *fakes[] = { &t.fake, &t.second };
	int64_t due = conversation_due_ms(t.c) - clock_mono_ms();

	for (size_t i = 0; i < 2; i++) {
		if (fakes[i]->router != NULL)
			items[n++] = (zmq_pollitem_t){ fakes[i]->router, 0, ZMQ_POLLIN, 0 };
		if (fakes[i]->zap != NULL)
			items[n++] = (zmq_pollitem_t){ fakes[i]->zap, 0, ZMQ_POLLIN, 0 };
	}
	(void)zmq_poll(items, n, due < 0 ? 0 : due > 100 ? 100 : (long)due);
	fake_work(&t.fake);
	if (t.second.zmq != NULL)
		fake_work(&t.second);
	conversation_work(t.c);
}

static enum delivery_state state(void)
{
	return conversation_link(t.c)->state;
}

#define UNTIL(condition)                                                                       \
	do {                                                                                   \
		int64_t until_ms = clock_mono_ms() + PATIENCE_MS;                              \
		while (!(condition)) {                                                         \
			ck_assert_msg(clock_mono_ms() < until_ms, "waited in vain for %s\n%s", \
				      #condition, t.lines);                                    \
			turn();                                                                \
		}                                                                              \
	} while (0)

static int64_t number(const char *sql)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *stmt = NULL;
	int64_t value;

	ck_assert_int_eq(sqlite3_open(path_in_folder("delivery.db"), &db), SQLITE_OK);
	ck_assert_int_eq(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
	ck_assert_int_eq(sqlite3_step(stmt), SQLITE_ROW);
	value = sqlite3_column_int64(stmt, 0);
	(void)sqlite3_finalize(stmt);
	(void)sqlite3_close(db);
	return value;
}

START_TEST(everything_in_the_spool_arrives_once_in_order)
{
	open_all(5);
	start();
	UNTIL(conversation_is_done(t.c));
	ck_assert_int_eq(t.fake.n_entries, 5);
	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(t.fake.seen[i], i + 1);
	ck_assert_int_eq(number("SELECT stored_up_to FROM progress"), 5);
	ck_assert_int_ge(number("SELECT count(*) FROM receipt"), 1);
	ck_assert_int_eq((int)state(), DELIVERY_CONNECTED);
	append(1);
	look();
	UNTIL(conversation_is_done(t.c));
	ck_assert_int_eq(t.fake.n_entries, 6);
	close_all();
}
END_TEST

static int on_receipt(void *context, const struct delivery_receipt_row *r)
{
	struct err err = { 0 };

	assert_ok(frame_verify(r->bytes, r->len, r->signature, r->signature_len, context, &err),
		  err);
	return 0;
}

START_TEST(receipts_are_kept_byte_for_byte)
{
	struct err err = { 0 };

	open_all(3);
	start();
	UNTIL(conversation_is_done(t.c));
	assert_ok(delivery_receipts(t.delivery, on_receipt, t.fake.sign.public_key, &err), err);
	close_all();
}
END_TEST

START_TEST(a_refused_entry_is_a_dead_letter_and_the_others_go_on)
{
	open_all(4);
	t.fake.refuses = 2;
	start();
	UNTIL(conversation_is_done(t.c));
	ck_assert_int_eq(number("SELECT count(*) FROM refusal WHERE sequence = 2 AND code = "
				"'denied' AND reason = 'not this district''s area'"),
			 1);
	ck_assert_int_eq(number("SELECT stored_up_to FROM progress"), 4);
	for (int i = 0, n = 0; i < t.fake.n_entries; i++) {
		n += t.fake.seen[i] == 2;
		ck_assert_int_le(n, 1);
	}
	ck_assert_ptr_nonnull(strstr(t.lines, "refused entry 2 (denied)"));
	close_all();
}
END_TEST

START_TEST(a_lost_receipt_costs_a_hello_and_sends_nothing_twice)
{
	open_all(3);
	t.fake.no_receipts = true;
	start();
	UNTIL(t.fake.n_entries == 3);
	t.fake.no_receipts = false;
	UNTIL(conversation_is_done(t.c));
	ck_assert_int_eq(t.fake.n_entries, 3);
	ck_assert_int_ge(t.fake.n_hellos, 2);
	ck_assert_int_eq(number("SELECT stored_up_to FROM progress"), 3);
	close_all();
}
END_TEST

START_TEST(what_is_appended_between_two_looks_waits_for_the_next)
{
	open_all(5);
	start();
	UNTIL(conversation_is_done(t.c));
	append(3);
	for (int i = 0; i < 3; i++)
		turn();
	ck_assert_int_eq(t.fake.n_entries, 5);
	look();
	UNTIL(conversation_is_done(t.c));
	ck_assert_int_eq(t.fake.n_entries, 8);
	ck_assert_int_eq(number("SELECT count(*) FROM renew"), 0);
	ck_assert_int_eq((int)state(), DELIVERY_CONNECTED);
	close_all();
}
END_TEST

START_TEST(a_store_restored_from_a_backup_is_filled_again)
{
	open_all(5);
	start();
	UNTIL(conversation_is_done(t.c));
	fake_unbind(&t.fake);
	UNTIL(state() != DELIVERY_CONNECTED);
	t.fake.stored_up_to = 2;
	for (int i = 3; i < FAKE_ENTRIES; i++)
		memset(t.fake.digests[i], 0, 32);
	fake_bind(&t.fake);
	UNTIL(t.fake.n_entries == 8 && conversation_is_done(t.c));
	ck_assert_int_eq(t.fake.seen[5], 3);
	ck_assert_int_eq(t.fake.seen[7], 5);
	ck_assert_int_eq(number("SELECT count(*) FROM renew"), 0);
	close_all();
}
END_TEST

/* What the store has under a number, made the same as the spool's, or another. */
static void seed_digests(int64_t same_up_to, int64_t up_to)
{
	struct err err = { 0 };

	for (int64_t i = 1; i <= up_to; i++) {
		uint8_t *bytes;
		size_t len;

		memset(t.fake.digests[i], (int)(100 + i), 32);
		if (i > same_up_to)
			continue;
		assert_ok(spool_envelope(t.reader, i, &bytes, &len, &err), err);
		assert_ok(frame_decode(&t.fake.frame, bytes, len, &err), err);
		frame_digest(t.fake.frame.envelope->entry->payload.data,
			     t.fake.frame.envelope->entry->payload.len, t.fake.digests[i]);
		free(bytes);
	}
	t.fake.stored_up_to = up_to;
}

static void renewed_from(int64_t n_entries, int64_t same_up_to, int64_t store_up_to)
{
	struct err err = { 0 };
	uint8_t old[16];

	memcpy(old, t.reader->id, sizeof old);
	seed_digests(same_up_to, store_up_to);
	start();
	UNTIL(state() == DELIVERY_HELD);
	ck_assert_int_eq(t.fake.n_entries, 0);
	ck_assert_int_eq(number("SELECT stored_up_to FROM renew"), same_up_to);
	ck_assert_int_eq(conversation_is_done(t.c), 0);
	assert_ok(spool_renew(t.writer, same_up_to, "test", &err), err);
	look();
	ck_assert_mem_ne(t.reader->id, old, sizeof old);
	UNTIL(conversation_is_done(t.c));
	ck_assert_int_eq(t.fake.n_entries, n_entries - same_up_to);
	ck_assert_int_eq(t.fake.stored_up_to, n_entries - same_up_to);
}

START_TEST(a_rolled_back_spool_is_left_where_store_and_spool_part)
{
	open_all(20);
	renewed_from(20, 13, 25);
	close_all();
}
END_TEST

START_TEST(a_rolled_back_spool_without_anything_new_is_left_too)
{
	open_all(3);
	renewed_from(3, 3, 9);
	close_all();
}
END_TEST

START_TEST(other_bytes_under_our_newest_number_make_us_leave_the_spool)
{
	open_all(6);
	renewed_from(6, 0, 6);
	close_all();
}
END_TEST

/* The store has 1 to 4, two of them others than ours, and we have gone on to 6. */
START_TEST(other_bytes_below_our_newest_number_are_found_out)
{
	open_all(6);
	renewed_from(6, 2, 4);
	close_all();
}
END_TEST

START_TEST(a_receipt_signed_with_another_key_is_not_believed)
{
	open_all(2);
	t.fake.foreign_signature = true;
	start();
	UNTIL(state() == DELIVERY_REFUSED);
	ck_assert_int_eq(number("SELECT count(*) FROM receipt"), 0);
	ck_assert_int_eq(number("SELECT stored_up_to FROM progress"), 0);
	ck_assert_ptr_nonnull(strstr(conversation_link(t.c)->reason, "signature does not match"));
	ck_assert_int_eq(conversation_is_done(t.c), 0);
	close_all();
}
END_TEST

START_TEST(a_goodbye_for_the_version_is_shown_and_not_hurried)
{
	int64_t looked_ms = 0, before_ms = 0; /* the last look, and the one before it */

	open_all(1);
	t.fake.says_goodbye = true;
	start();
	UNTIL((before_ms = looked_ms, looked_ms = clock_mono_ms(), state() == DELIVERY_REFUSED));
	ck_assert_str_eq(conversation_link(t.c)->reason,
			 "it says goodbye (version): speaks version 7 only");
	/* a whole longest pause at least (200 ms), where others begin with a second's part; counted
	 * from the look before it came, however slow this machine is */
	ck_assert_int_ge(conversation_due_ms(t.c) - before_ms, 200);
	t.fake.says_goodbye = false;
	UNTIL(conversation_is_done(t.c));
	close_all();
}
END_TEST

START_TEST(a_welcome_without_our_version_is_a_refusal)
{
	open_all(1);
	t.fake.version = 9;
	start();
	UNTIL(state() == DELIVERY_REFUSED);
	ck_assert_ptr_nonnull(
		strstr(conversation_link(t.c)->reason, "does not speak protocol version 1"));
	close_all();
}
END_TEST

START_TEST(no_more_than_the_credit_is_under_way_but_always_one)
{
	open_all(5);
	t.fake.credit = 1; /* smaller than any entry */
	t.fake.no_receipts = true;
	t.setup.timing.heartbeat_ms = 20;
	start();
	UNTIL(t.fake.n_heartbeats >= 3);
	ck_assert_int_eq(t.fake.n_entries, 1);
	t.fake.no_receipts = false;
	UNTIL(conversation_is_done(t.c));
	ck_assert_int_eq(t.fake.n_entries, 5);
	close_all();
}
END_TEST

/* A copy of this machine has used number 4 while we were away from the store. */
START_TEST(a_refusal_for_other_bytes_makes_us_leave_the_spool)
{
	open_all(5);
	memset(t.fake.digests[4], 99, 32);
	t.fake.refuses = 4;
	start();
	UNTIL(state() == DELIVERY_HELD);
	ck_assert_int_eq(number("SELECT stored_up_to FROM renew"), 3);
	close_all();
}
END_TEST

START_TEST(with_nobody_at_the_first_endpoint_the_second_is_used)
{
	static char nobody[] = "tcp://127.0.0.1:1";

	open_all(2);
	t.endpoints[0] = nobody;
	t.endpoints[1] = t.fake.endpoint;
	t.peer.n_endpoints = 2;
	start();
	UNTIL(conversation_is_done(t.c));
	ck_assert_str_eq(conversation_link(t.c)->endpoint, t.fake.endpoint);
	ck_assert_ptr_nonnull(strstr(t.lines, "nobody answers"));
	close_all();
}
END_TEST

/* Both endpoints belong to one aggregator: one key, two stores. */
START_TEST(a_silent_aggregator_is_left_for_the_next_and_gone_back_to)
{
	open_all(3);
	t.second.zmq = t.zmq;
	fake_open(&t.second, t.zmq, 2, &t.fake);
	t.endpoints[1] = t.second.endpoint;
	t.peer.n_endpoints = 2;
	t.fake.mute = true;
	start();
	UNTIL(conversation_is_done(t.c));
	ck_assert_int_eq(t.second.n_entries, 3);
	ck_assert_int_eq(t.fake.n_entries, 0);
	t.fake.mute = false;
	UNTIL(t.fake.n_entries == 3 && conversation_is_done(t.c));
	ck_assert_int_eq(number("SELECT count(*) FROM progress WHERE stored_up_to = 3"), 2);
	close_all();
}
END_TEST

START_TEST(a_key_that_is_not_enrolled_is_told_so)
{
	open_all(1);
	fake_deny(&t.fake);
	start();
	UNTIL(state() == DELIVERY_REFUSED);
	ck_assert_ptr_nonnull(strstr(conversation_link(t.c)->reason, "our key is not enrolled"));
	ck_assert_int_eq(t.fake.n_hellos, 0);
	/* enrolled meanwhile: a new socket gets in */
	(void)zmq_close(t.fake.zap);
	t.fake.zap = NULL;
	UNTIL(conversation_is_done(t.c));
	close_all();
}
END_TEST

START_TEST(a_server_with_another_key_hears_nothing)
{
	struct keys_curve other;
	struct err err = { 0 };

	open_all(1);
	assert_ok(keys_curve_create(path_in_folder("other.key"), &other, &err), err);
	t.peer.server_key = other.public_text;
	start();
	UNTIL(strstr(t.lines, "next attempt") != NULL);
	ck_assert_int_eq(t.fake.n_hellos, 0);
	ck_assert_int_ne((int)state(), DELIVERY_CONNECTED);
	close_all();
}
END_TEST

START_TEST(a_clock_two_days_out_is_said_loudly)
{
	open_all(1);
	t.fake.clock_difference_us = 2 * 86400 * 1000000LL;
	start();
	UNTIL(conversation_is_done(t.c));
	ck_assert_ptr_nonnull(strstr(t.lines, "OUR CLOCK IS 48 HOURS AHEAD"));
	ck_assert_int_eq(number("SELECT clock_difference_us / 1000000 FROM store"), 172800);
	close_all();
}
END_TEST

START_TEST(heartbeats_say_how_much_waits)
{
	open_all(4);
	t.fake.no_receipts = true;
	t.setup.timing.heartbeat_ms = 20;
	t.setup.timing.receipt_ms = 60000;
	t.health.unsandboxed = 1;
	start();
	UNTIL(t.fake.n_heartbeats >= 2 && t.fake.n_entries == 4);
	ck_assert_uint_eq(t.fake.heartbeat.entries_waiting, 4);
	ck_assert_int_gt(t.fake.heartbeat.oldest_waiting_us, 0);
	ck_assert_uint_gt(t.fake.heartbeat.disk_free_bytes, 0);
	ck_assert_int_eq(t.fake.heartbeat.unsandboxed, 1);
	ck_assert_str_eq(t.fake.heartbeat_fault, "");
	close_all();
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, everything_in_the_spool_arrives_once_in_order);
	tcase_add_test(tc, receipts_are_kept_byte_for_byte);
	tcase_add_test(tc, a_refused_entry_is_a_dead_letter_and_the_others_go_on);
	tcase_add_test(tc, a_lost_receipt_costs_a_hello_and_sends_nothing_twice);
	tcase_add_test(tc, what_is_appended_between_two_looks_waits_for_the_next);
	tcase_add_test(tc, a_store_restored_from_a_backup_is_filled_again);
	tcase_add_test(tc, a_rolled_back_spool_is_left_where_store_and_spool_part);
	tcase_add_test(tc, a_rolled_back_spool_without_anything_new_is_left_too);
	tcase_add_test(tc, other_bytes_under_our_newest_number_make_us_leave_the_spool);
	tcase_add_test(tc, other_bytes_below_our_newest_number_are_found_out);
	tcase_add_test(tc, a_receipt_signed_with_another_key_is_not_believed);
	tcase_add_test(tc, a_goodbye_for_the_version_is_shown_and_not_hurried);
	tcase_add_test(tc, a_welcome_without_our_version_is_a_refusal);
	tcase_add_test(tc, no_more_than_the_credit_is_under_way_but_always_one);
	tcase_add_test(tc, a_refusal_for_other_bytes_makes_us_leave_the_spool);
	tcase_add_test(tc, with_nobody_at_the_first_endpoint_the_second_is_used);
	tcase_add_test(tc, a_silent_aggregator_is_left_for_the_next_and_gone_back_to);
	tcase_add_test(tc, a_key_that_is_not_enrolled_is_told_so);
	tcase_add_test(tc, a_server_with_another_key_hears_nothing);
	tcase_add_test(tc, a_clock_two_days_out_is_said_loudly);
	tcase_add_test(tc, heartbeats_say_how_much_waits);
}

HARNESS_MAIN("conversation", add)
