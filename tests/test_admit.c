#include "aggregator/admit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/date.h"
#include "proto/limits.h"
#include "tests/harness.h"
#include "tests/reports.h"

static struct err err;
static const char *const north[] = { "north", NULL };
static const char *const both[] = { "north", "south", NULL };

struct door {
	struct store *store;
	struct admit *admit;
	struct peer peer;
	struct admitted out;
	int64_t now_us;
};

static void door_open(struct door *d, const char *const *areas, const char *state)
{
	char path[256];

	memset(d, 0, sizeof *d);
	(void)snprintf(path, sizeof path, "%s/store.db", harness_folder());
	assert_ok(store_open(path, DB_WRITE, &d->store, &err), err);
	assert_ok(admit_new(d->store, &d->admit, &err), err);
	peer_init(&d->peer, "hall-green", 1);
	(void)peer_enrol(d->store, &d->peer, areas, state);
	d->now_us = date_from_ymd(2026, 11, 22) * 86400LL * 1000000;
}

static void door_close(struct door *d)
{
	admit_free(&d->admit);
	store_close(&d->store);
}

/* Passes a payload through the door as ingest does; stores it when it is admitted. */
static void pass(struct door *d, const struct payload *payload)
{
	struct admitted *m = &d->out;
	uint8_t *bytes;
	size_t len;

	payload_envelope(payload, &bytes, &len);
	assert_ok(store_begin(d->store, &err), err);
	assert_ok(admit_sender(d->admit, d->peer.curve.public_text, m, &err), err);
	if (m->result == ADMIT_PASS)
		assert_ok(admit_frame(d->admit, bytes, len, d->now_us, m, &err), err);
	if (m->result == ADMIT_STORE) {
		struct store_entry entry = { .spool = m->spool.id,
					     .sequence = m->sequence,
					     .payload = payload->bytes,
					     .payload_len = payload->len,
					     .signature = payload->signature,
					     .digest = m->digest };
		enum store_append_result result;
		int64_t report;

		assert_ok(store_append(d->store, &entry, &result, &report, &err), err);
		ck_assert_int_eq(result, STORE_APPENDED);
	}
	assert_ok(store_commit(d->store, &err), err);
	free(bytes);
}

static void pass_report(struct door *d, uint64_t sequence, const struct entry_text *text)
{
	struct payload payload;

	payload_report(&d->peer, sequence, text, &payload);
	pass(d, &payload);
	free(payload.bytes);
}

#define ck_refused(d, expected_counter, words)                          \
	do {                                                            \
		ck_assert_int_eq((d)->out.result, ADMIT_REFUSE);        \
		ck_assert_int_eq((d)->out.counter, expected_counter);   \
		ck_assert_msg(strstr((d)->out.why.text, words) != NULL, \
			      "\"%s\" does not hold "                   \
			      "\"%s\"",                                 \
			      (d)->out.why.text, words);                \
	} while (0)

/* ---- who */

START_TEST(a_message_without_user_id_is_dropped_and_counted)
{
	struct door d;

	door_open(&d, north, "active");
	assert_ok(admit_sender(d.admit, NULL, &d.out, &err), err);
	ck_assert_int_eq(d.out.result, ADMIT_DROP);
	ck_assert_int_eq(d.out.counter, COUNTER_DROPPED_NO_USER);
	assert_ok(admit_sender(d.admit, "anonymous", &d.out, &err), err);
	ck_assert_int_eq(d.out.result, ADMIT_DROP);
	door_close(&d);
}
END_TEST

START_TEST(every_enrolled_key_but_a_removed_one_may_connect)
{
	struct door d;
	struct peer stranger;
	int allowed = -1;

	door_open(&d, north, "pending");
	assert_ok(admit_key(d.admit, d.peer.curve.public_key, &allowed, &err), err);
	ck_assert_int_eq(allowed, 1);
	assert_ok(store_agent_move(d.store, "hall-green", "removed", 3, &err), err);
	assert_ok(admit_key(d.admit, d.peer.curve.public_key, &allowed, &err), err);
	ck_assert_int_eq(allowed, 0);
	peer_init(&stranger, "stranger", 2);
	assert_ok(admit_key(d.admit, stranger.curve.public_key, &allowed, &err), err);
	ck_assert_int_eq(allowed, 0);
	door_close(&d);
}
END_TEST

START_TEST(pending_suspended_and_removed_agents_are_told_so)
{
	struct door d;
	const struct entry_text text = { 0 };

	door_open(&d, north, "pending");
	pass_report(&d, 1, &text);
	ck_assert_int_eq(d.out.result, ADMIT_GOODBYE);
	ck_assert_int_eq(d.out.counter, COUNTER_GOODBYE_NOT_ACTIVE);
	assert_error(d.out.why.code, ERR_DENIED, d.out.why, "agents approve hall-green");
	assert_ok(store_agent_move(d.store, "hall-green", "active", 3, &err), err);
	assert_ok(store_agent_move(d.store, "hall-green", "suspended", 3, &err), err);
	pass_report(&d, 1, &text);
	assert_error(d.out.why.code, ERR_DENIED, d.out.why, "hall-green is suspended");
	assert_ok(store_agent_move(d.store, "hall-green", "removed", 3, &err), err);
	pass_report(&d, 1, &text);
	assert_error(d.out.why.code, ERR_DENIED, d.out.why, "hall-green is removed");
	ck_assert_int_eq(store_int(d.store, "SELECT count(*) FROM report"), 0);
	door_close(&d);
}
END_TEST

/* ---- what */

START_TEST(a_report_of_a_bound_area_is_admitted_and_its_replay_is_known)
{
	struct door d;
	const struct entry_text text = { 0 };
	struct payload payload;

	door_open(&d, north, "active");
	payload_report(&d.peer, 1, &text, &payload);
	pass(&d, &payload);
	ck_assert_int_eq(d.out.result, ADMIT_STORE);
	pass(&d, &payload);
	ck_assert_int_eq(d.out.result, ADMIT_ALREADY);
	ck_assert_int_eq(d.out.counter, COUNTER_DUPLICATES);
	/* Also when the rules have changed since: what is stored is stored. */
	assert_ok(db_exec(d.store->db, "DELETE FROM agent_area", &err), err);
	pass(&d, &payload);
	ck_assert_int_eq(d.out.result, ADMIT_ALREADY);
	free(payload.bytes);
	door_close(&d);
}
END_TEST

START_TEST(the_right_key_with_the_wrong_area_is_refused)
{
	struct door d;
	const struct entry_text text = { .area = "south" };
	struct payload payload;

	door_open(&d, north, "active");
	pass_report(&d, 1, &text);
	ck_refused(&d, COUNTER_REFUSED_AREA, "hall-green is not bound to area south");
	payload_return(&d.peer, 2, "south", date_from_ymd(2026, 11, 1), &payload);
	pass(&d, &payload);
	ck_refused(&d, COUNTER_REFUSED_AREA, "not bound to area south");
	free(payload.bytes);
	door_close(&d);
}
END_TEST

START_TEST(a_tampered_payload_is_refused_by_its_number_once_the_spool_is_known)
{
	struct door d;
	const struct entry_text text = { 0 };
	struct payload payload;

	door_open(&d, north, "active");
	payload_report(&d.peer, 1, &text, &payload);
	payload.signature[5] ^= 1;
	pass(&d, &payload);
	ck_assert_int_eq(d.out.result, ADMIT_GOODBYE); /* no spool was made for it */
	ck_assert_int_eq(store_int(d.store, "SELECT count(*) FROM spool"), 0);
	payload.signature[5] ^= 1;
	pass(&d, &payload);
	ck_assert_int_eq(d.out.result, ADMIT_STORE);
	free(payload.bytes);
	payload_report(&d.peer, 2, &text, &payload);
	payload.bytes[payload.len - 1] ^= 1; /* the last byte of a value: still well-formed */
	pass(&d, &payload);
	ck_assert_int_eq(d.out.result, ADMIT_REFUSE);
	ck_assert_int_eq(d.out.sequence, 2);
	free(payload.bytes);
	door_close(&d);
}
END_TEST

START_TEST(another_agent_s_signature_is_refused)
{
	struct door d;
	struct peer other;
	const struct entry_text text = { 0 };
	struct payload payload;

	door_open(&d, north, "active");
	pass_report(&d, 1, &text);
	peer_init(&other, "hall-green", 1); /* the name and spool, not the key */
	payload_report(&other, 2, &text, &payload);
	pass(&d, &payload);
	ck_refused(&d, COUNTER_REFUSED_SIGNATURE, "signature does not match");
	free(payload.bytes);
	door_close(&d);
}
END_TEST

START_TEST(an_entry_that_names_another_agent_is_refused)
{
	struct door d;
	struct peer other;
	const struct entry_text text = { 0 };
	struct payload payload;

	door_open(&d, north, "active");
	pass_report(&d, 1, &text);
	other = d.peer;
	(void)snprintf(other.name, sizeof other.name, "ladywood");
	payload_report(&other, 2, &text, &payload);
	pass(&d, &payload);
	ck_refused(&d, COUNTER_REFUSED_IDENTITY, "names another agent");
	free(payload.bytes);
	door_close(&d);
}
END_TEST

START_TEST(an_as_at_may_be_one_day_ahead_and_no_more)
{
	struct door d;
	struct entry_text text = { .as_at = date_from_ymd(2026, 11, 23) };

	door_open(&d, north, "active");
	pass_report(&d, 1, &text);
	ck_assert_int_eq(d.out.result, ADMIT_STORE);
	text.as_at++;
	pass_report(&d, 2, &text);
	ck_refused(&d, COUNTER_REFUSED_FUTURE, "as-at lies in the future");
	door_close(&d);
}
END_TEST

START_TEST(a_measure_from_a_second_dataset_is_refused_and_claims_nothing)
{
	static const struct figure cin[] = { { "cin_open", "", "", 3, 3 },
					     { "contacts", "", "", 7, 7 },
					     { 0 } };
	static const struct figure only_cin[] = { { "cin_open", "", "", 3, 3 }, { 0 } };
	struct door d;
	struct entry_text text = { 0 };

	door_open(&d, both, "active");
	pass_report(&d, 1, &text);
	text.dataset = "census";
	text.figures = cin;
	pass_report(&d, 2, &text);
	ck_refused(&d, COUNTER_REFUSED_DATASET,
		   "dataset annex_a already gives measure contacts of area north");
	ck_assert_int_eq(store_int(d.store, "SELECT count(*) FROM measure_owner"), 1);
	text.figures = only_cin;
	pass_report(&d, 3, &text);
	ck_assert_int_eq(d.out.result, ADMIT_STORE);
	text.figures = cin;
	text.area = "south"; /* another area, another owner */
	pass_report(&d, 4, &text);
	ck_assert_int_eq(d.out.result, ADMIT_STORE);
	door_close(&d);
}
END_TEST

START_TEST(claims_of_a_transaction_that_is_rolled_back_are_forgotten)
{
	struct door d;
	struct entry_text text = { 0 };
	struct payload payload;
	uint8_t *bytes;
	size_t len;

	door_open(&d, north, "active");
	payload_report(&d.peer, 1, &text, &payload);
	payload_envelope(&payload, &bytes, &len);
	assert_ok(store_begin(d.store, &err), err);
	assert_ok(admit_sender(d.admit, d.peer.curve.public_text, &d.out, &err), err);
	assert_ok(admit_frame(d.admit, bytes, len, d.now_us, &d.out, &err), err);
	ck_assert_int_eq(d.out.result, ADMIT_STORE);
	store_rollback(d.store);
	admit_forget(d.admit);
	text.dataset = "census";
	pass_report(&d, 1, &text);
	ck_assert_int_eq(d.out.result, ADMIT_STORE);
	text.dataset = "annex_a";
	pass_report(&d, 2, &text);
	ck_refused(&d, COUNTER_REFUSED_DATASET, "dataset census already gives");
	free(bytes);
	free(payload.bytes);
	door_close(&d);
}
END_TEST

START_TEST(other_bytes_under_a_stored_number_are_a_conflict)
{
	struct door d;
	struct entry_text text = { 0 };

	door_open(&d, north, "active");
	pass_report(&d, 1, &text);
	text.as_at = date_from_ymd(2026, 11, 8);
	pass_report(&d, 1, &text);
	ck_refused(&d, COUNTER_CONFLICTS, "other bytes are stored under number 1");
	ck_assert_int_eq(d.out.why.code, ERR_DENIED);
	door_close(&d);
}
END_TEST

START_TEST(content_that_breaks_the_format_is_refused_by_its_number)
{
	struct door d;
	struct entry_text text = { 0 };
	struct payload payload;
	struct frame frame = { 0 };
	uint8_t *packed;

	door_open(&d, north, "active");
	pass_report(&d, 1, &text);
	payload_report(&d.peer, 2, &text, &payload);
	assert_ok(frame_decode_entry(&frame, payload.bytes, payload.len, &err), err);
	frame.entry->report->period = (char[]){ "2026-13" };
	free(payload.bytes);
	payload.len = district__entry__get_packed_size(frame.entry);
	packed = malloc(payload.len);
	(void)district__entry__pack(frame.entry, packed);
	payload.bytes = packed;
	frame_sign(packed, payload.len, d.peer.sign.secret_key, payload.signature);
	pass(&d, &payload);
	ck_refused(&d, COUNTER_REFUSED_CONTENT, "Report.period");
	ck_assert_int_eq(d.out.sequence, 2);
	ck_assert_int_eq(d.out.why.code, ERR_MALFORMED);
	free(packed);
	frame_clear(&frame);
	door_close(&d);
}
END_TEST

START_TEST(an_unknown_version_is_answered_with_goodbye)
{
	struct door d;

	door_open(&d, north, "active");
	assert_ok(admit_sender(d.admit, d.peer.curve.public_text, &d.out, &err), err);
	assert_ok(admit_frame(d.admit, (const uint8_t *)"\x08\x02\x12\x00", 4, d.now_us, &d.out,
			      &err),
		  err);
	ck_assert_int_eq(d.out.result, ADMIT_GOODBYE);
	ck_assert_int_eq(d.out.counter, COUNTER_GOODBYE_VERSION);
	assert_error(d.out.why.code, ERR_VERSION, d.out.why, "version 2");
	door_close(&d);
}
END_TEST

START_TEST(an_agent_may_have_only_so_many_spools)
{
	struct door d;
	const struct entry_text text = { 0 };

	door_open(&d, north, "active");
	for (int i = 0; i < LIMIT_SPOOLS; i++) {
		d.peer.spool[0] = (uint8_t)i;
		pass_report(&d, 1, &text);
		ck_assert_int_eq(d.out.result, ADMIT_STORE);
	}
	d.peer.spool[1] = 77;
	pass_report(&d, 1, &text);
	ck_assert_int_eq(d.out.result, ADMIT_GOODBYE);
	ck_assert_int_eq(d.out.counter, COUNTER_GOODBYE_OTHER);
	assert_error(d.out.why.code, ERR_TOO_BIG, d.out.why, "enrol it anew");
	door_close(&d);
}
END_TEST

START_TEST(running_out_of_memory_is_our_fault_not_the_agent_s)
{
	struct door d;
	const struct entry_text text = { 0 };
	struct payload payload;
	uint8_t *bytes;
	size_t len;
	enum err_code code;

	door_open(&d, north, "active");
	payload_report(&d.peer, 1, &text, &payload);
	payload_envelope(&payload, &bytes, &len);
	for (long n = 1;; n++) {
		assert_ok(store_begin(d.store, &err), err);
		assert_ok(admit_sender(d.admit, d.peer.curve.public_text, &d.out, &err), err);
		harness_fail_allocation(n);
		code = admit_frame(d.admit, bytes, len, d.now_us, &d.out, &err);
		harness_fail_allocation(0);
		store_rollback(d.store);
		admit_forget(d.admit);
		if (code == ERR_OK)
			break;
		assert_error(code, ERR_NOMEM, err, "out of memory");
	}
	ck_assert_int_eq(d.out.result, ADMIT_STORE);
	free(bytes);
	free(payload.bytes);
	door_close(&d);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, a_message_without_user_id_is_dropped_and_counted);
	tcase_add_test(tc, every_enrolled_key_but_a_removed_one_may_connect);
	tcase_add_test(tc, pending_suspended_and_removed_agents_are_told_so);
	tcase_add_test(tc, a_report_of_a_bound_area_is_admitted_and_its_replay_is_known);
	tcase_add_test(tc, the_right_key_with_the_wrong_area_is_refused);
	tcase_add_test(tc, a_tampered_payload_is_refused_by_its_number_once_the_spool_is_known);
	tcase_add_test(tc, another_agent_s_signature_is_refused);
	tcase_add_test(tc, an_entry_that_names_another_agent_is_refused);
	tcase_add_test(tc, an_as_at_may_be_one_day_ahead_and_no_more);
	tcase_add_test(tc, a_measure_from_a_second_dataset_is_refused_and_claims_nothing);
	tcase_add_test(tc, claims_of_a_transaction_that_is_rolled_back_are_forgotten);
	tcase_add_test(tc, other_bytes_under_a_stored_number_are_a_conflict);
	tcase_add_test(tc, content_that_breaks_the_format_is_refused_by_its_number);
	tcase_add_test(tc, an_unknown_version_is_answered_with_goodbye);
	tcase_add_test(tc, an_agent_may_have_only_so_many_spools);
	tcase_add_test(tc, running_out_of_memory_is_our_fault_not_the_agent_s);
}

HARNESS_MAIN("admit", add)
