#include "agent/delivery.h"

#include "tests/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/clock.h"

static uint8_t store_a[16] = { 0xa }, store_b[16] = { 0xb };
static uint8_t spool_1[16] = { 1 }, spool_2[16] = { 2 };
static uint8_t payload[] = "exact bytes", signature[64] = { 7 };

static const char *path_in_folder(const char *name)
{
	static char path[256];

	(void)snprintf(path, sizeof path, "%s/%s", harness_folder(), name);
	return path;
}

static struct delivery *opened(enum db_mode mode)
{
	struct delivery *d = NULL;
	struct err err = { 0 };

	assert_ok(delivery_open(path_in_folder("delivery.db"), mode, &d, &err), err);
	return d;
}

static void welcome(struct delivery *d, const char *aggregator, uint8_t *store, uint8_t *spool,
		    uint64_t stored_up_to, int64_t now_us)
{
	District__Welcome w = DISTRICT__WELCOME__INIT;
	struct err err = { 0 };

	w.store = (ProtobufCBinaryData){ 16, store };
	w.spool = (ProtobufCBinaryData){ 16, spool };
	w.generation = 3;
	w.restore_epoch = 1;
	w.stored_up_to = stored_up_to;
	w.clock_difference_us = -42;
	assert_ok(delivery_welcome(d, aggregator, &w, now_us, &err), err);
}

static enum err_code receipt(struct delivery *d, uint8_t *store, uint8_t *spool,
			     uint64_t stored_up_to, uint64_t refused, struct err *err)
{
	static char code[] = "denied", reason[] = "not this district's area";
	District__Receipt r = DISTRICT__RECEIPT__INIT;
	District__Signed s = DISTRICT__SIGNED__INIT;
	District__Refusal refusal = DISTRICT__REFUSAL__INIT;
	District__Refusal *refusals[] = { &refusal };

	refusal.sequence = refused;
	refusal.code = code;
	refusal.reason = reason;
	r.store = (ProtobufCBinaryData){ 16, store };
	r.spool = (ProtobufCBinaryData){ 16, spool };
	r.stored_up_to = stored_up_to;
	r.received_us = 1000;
	r.n_refused = refused > 0;
	r.refused = refusals;
	s.payload = (ProtobufCBinaryData){ sizeof payload, payload };
	s.signature = (ProtobufCBinaryData){ sizeof signature, signature };
	return delivery_receipt(d, &r, &s, 2000, err);
}

static int64_t stored_up_to(struct delivery *d, const char *aggregator, const uint8_t *spool)
{
	struct delivery_store s;
	struct err err = { 0 };

	assert_ok(delivery_store_get(d, aggregator, spool, &s, &err), err);
	return s.stored_up_to;
}

START_TEST(a_welcome_that_says_less_is_believed)
{
	struct delivery *d = opened(DB_WRITE);

	welcome(d, "city", store_a, spool_1, 90, 1);
	ck_assert_int_eq(stored_up_to(d, "city", spool_1), 90);
	welcome(d, "city", store_a, spool_1, 40, 2);
	ck_assert_int_eq(stored_up_to(d, "city", spool_1), 40);
	ck_assert_int_eq(stored_up_to(d, "city", spool_2), 0);
	delivery_close(&d);
	ck_assert_ptr_null(d);
	delivery_close(&d);
}
END_TEST

START_TEST(the_store_heard_last_stands_for_its_aggregator)
{
	struct delivery *d = opened(DB_WRITE);
	struct delivery_store s;
	struct err err = { 0 };

	welcome(d, "city", store_a, spool_1, 90, 100);
	welcome(d, "city", store_b, spool_1, 7, 200);
	welcome(d, "region", store_a, spool_2, 1, 50);
	assert_ok(delivery_store_get(d, "city", spool_1, &s, &err), err);
	ck_assert_mem_eq(s.id, store_b, 16);
	ck_assert_int_eq(s.stored_up_to, 7);
	ck_assert_int_eq(s.generation, 3);
	ck_assert_int_eq(s.last_contact_us, 200);
	ck_assert_int_eq(s.clock_difference_us, -42);
	assert_error(delivery_store_get(d, "nobody", spool_1, &s, &err), ERR_MISSING, err,
		     "nobody has never answered");
	delivery_close(&d);
}
END_TEST

static int on_receipt(void *context, const struct delivery_receipt_row *r)
{
	int *n = context;

	++*n;
	ck_assert_int_eq(r->id, *n);
	ck_assert_str_eq(r->aggregator, "city");
	ck_assert_mem_eq(r->store, store_a, 16);
	ck_assert_mem_eq(r->spool, spool_1, 16);
	ck_assert_int_eq(r->received_us, 1000);
	ck_assert_uint_eq(r->len, sizeof payload);
	ck_assert_mem_eq(r->bytes, payload, sizeof payload);
	ck_assert_mem_eq(r->signature, signature, 64);
	return *n == 2;
}

START_TEST(receipts_outlive_the_process_and_keep_their_bytes)
{
	struct delivery *d = opened(DB_WRITE);
	struct delivery_store s;
	struct err err = { 0 };
	int n = 0;

	welcome(d, "city", store_a, spool_1, 0, 1);
	for (uint64_t i = 1; i <= 3; i++)
		assert_ok(receipt(d, store_a, spool_1, i, 0, &err), err);
	delivery_close(&d);
	d = opened(DB_READ);
	assert_ok(delivery_receipts(d, on_receipt, &n, &err), err);
	ck_assert_int_eq(n, 2); /* the callback stopped it */
	assert_ok(delivery_store_get(d, "city", spool_1, &s, &err), err);
	ck_assert_int_eq(s.stored_up_to, 3);
	ck_assert_int_eq(s.generation, 3);
	ck_assert_int_eq(s.last_contact_us, 2000);
	delivery_close(&d);
}
END_TEST

struct refusals {
	int n;
	int64_t last;
};

static int on_refusal(void *context, const struct delivery_refusal *r)
{
	struct refusals *seen = context;

	seen->n++;
	seen->last = r->sequence;
	ck_assert_str_eq(r->code, "denied");
	ck_assert_str_eq(r->reason, "not this district's area");
	ck_assert_str_eq(r->aggregator, "city");
	return 0;
}

START_TEST(refusals_stay_except_what_moved_to_a_new_spool)
{
	static const char *const city[] = { "city" };
	struct delivery *d = opened(DB_WRITE);
	struct refusals seen = { 0 };
	struct err err = { 0 };

	welcome(d, "city", store_a, spool_1, 0, 1);
	assert_ok(receipt(d, store_a, spool_1, 4, 4, &err), err);
	assert_ok(receipt(d, store_a, spool_1, 9, 9, &err), err);
	assert_ok(receipt(d, store_a, spool_1, 9, 9, &err), err); /* told twice, kept once */
	assert_ok(delivery_refusals(d, on_refusal, &seen, &err), err);
	ck_assert_int_eq(seen.n, 2);
	assert_ok(delivery_renew(d, spool_1, 6, "rolled back", city, 1, &err), err);
	seen = (struct refusals){ 0 };
	assert_ok(delivery_refusals(d, on_refusal, &seen, &err), err);
	ck_assert_int_eq(seen.n, 1);
	ck_assert_int_eq(seen.last, 4);
	delivery_close(&d);
}
END_TEST

static int64_t renewed_up_to(void)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *stmt = NULL;
	int64_t value;

	ck_assert_int_eq(sqlite3_open(path_in_folder("delivery.db"), &db), SQLITE_OK);
	ck_assert_int_eq(sqlite3_prepare_v2(db, "SELECT stored_up_to FROM renew", -1, &stmt, NULL),
			 SQLITE_OK);
	ck_assert_int_eq(sqlite3_step(stmt), SQLITE_ROW);
	value = sqlite3_column_int64(stmt, 0);
	(void)sqlite3_finalize(stmt);
	(void)sqlite3_close(db);
	return value;
}

/* What the region lacks would be left in the old spool, from which nothing is sent any more. */
START_TEST(a_new_spool_takes_along_what_any_aggregator_lacks)
{
	static const char *const both[] = { "city", "region" };
	struct delivery *d = opened(DB_WRITE);
	struct err err = { 0 };

	welcome(d, "city", store_a, spool_1, 100, 1);
	welcome(d, "region", store_b, spool_1, 12, 1);
	assert_ok(delivery_renew(d, spool_1, 80, "rolled back", both, 2, &err), err);
	ck_assert_int_eq(renewed_up_to(), 12);
	/* asked again with another finding: the safer one stands */
	assert_ok(delivery_renew(d, spool_1, 90, "rolled back", both, 1, &err), err);
	ck_assert_int_eq(renewed_up_to(), 12);
	delivery_close(&d);
}
END_TEST

START_TEST(an_aggregator_never_heard_lacks_everything)
{
	static const char *const both[] = { "city", "region" };
	struct delivery *d = opened(DB_WRITE);
	struct err err = { 0 };

	welcome(d, "city", store_a, spool_1, 100, 1);
	assert_ok(delivery_renew(d, spool_1, 80, "rolled back", both, 2, &err), err);
	ck_assert_int_eq(renewed_up_to(), 0);
	delivery_close(&d);
}
END_TEST

START_TEST(links_keep_state_and_reason)
{
	struct delivery *d = opened(DB_WRITE);
	struct delivery_link link = { "city", "tcp://a:1", DELIVERY_REFUSED, "not enrolled", 77 };
	struct delivery_link back;
	int64_t started_us = 0;
	int unsandboxed = 0;
	struct err err = { 0 };

	assert_error(delivery_link_get(d, "city", &back, &err), ERR_MISSING, err,
		     "publish has never tried city");
	assert_error(delivery_process(d, &started_us, &unsandboxed, &err), ERR_MISSING, err,
		     "never been started");
	for (int s = DELIVERY_CONNECTING; s <= DELIVERY_HELD; s++) {
		link.state = (enum delivery_state)s;
		assert_ok(delivery_link_set(d, &link, &err), err);
		assert_ok(delivery_link_get(d, "city", &back, &err), err);
		ck_assert_int_eq((int)back.state, s);
	}
	ck_assert_str_eq(back.endpoint, "tcp://a:1");
	ck_assert_str_eq(back.reason, "not enrolled");
	ck_assert_int_eq(back.since_us, 77);
	assert_ok(delivery_started(d, 1, &err), err);
	assert_ok(delivery_process(d, &started_us, &unsandboxed, &err), err);
	ck_assert_int_gt(started_us, 0);
	ck_assert_int_eq(unsandboxed, 1);
	delivery_close(&d);
}
END_TEST

START_TEST(half_a_receipt_is_never_kept)
{
	struct delivery *d = opened(DB_WRITE);
	struct err err = { 0 };
	sqlite3 *db = NULL;
	int n = 0;

	welcome(d, "city", store_a, spool_1, 0, 1);
	ck_assert_int_eq(sqlite3_open(path_in_folder("delivery.db"), &db), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(db, "DROP TABLE refusal", NULL, NULL, NULL), SQLITE_OK);
	(void)sqlite3_close(db);
	assert_error(receipt(d, store_a, spool_1, 5, 5, &err), ERR_DB, err,
		     "delivery: keep a receipt: no such table");
	ck_assert_int_eq(stored_up_to(d, "city", spool_1), 0);
	assert_ok(delivery_receipts(d, on_receipt, &n, &err), err);
	ck_assert_int_eq(n, 0);
	delivery_close(&d);
}
END_TEST

START_TEST(a_reader_needs_publish_to_have_run_and_cannot_write)
{
	struct delivery *d = NULL;
	struct err err = { 0 };

	assert_error(delivery_open(path_in_folder("delivery.db"), DB_READ, &d, &err), ERR_MISSING,
		     err, "delivery: open ");
	ck_assert_ptr_null(d);
	d = opened(DB_WRITE);
	delivery_close(&d);
	d = opened(DB_READ);
	assert_error(delivery_started(d, 0, &err), ERR_DB, err, "readonly");
	delivery_close(&d);
}
END_TEST

START_TEST(no_memory_is_told)
{
	struct delivery *d = NULL;
	struct err err = { 0 };
	enum err_code code;

	harness_fail_allocation(1);
	code = delivery_open(path_in_folder("delivery.db"), DB_WRITE, &d, &err);
	harness_fail_allocation(0);
	ck_assert_int_eq((int)code, ERR_NOMEM);
	d = opened(DB_WRITE);
	harness_fail_allocation(1);
	code = receipt(d, store_a, spool_1, 5, 0, &err);
	harness_fail_allocation(0);
	ck_assert_int_eq((int)code, ERR_NOMEM);
	assert_ok(receipt(d, store_a, spool_1, 5, 0, &err), err); /* rolled back: no lock is left */
	delivery_close(&d);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, a_welcome_that_says_less_is_believed);
	tcase_add_test(tc, the_store_heard_last_stands_for_its_aggregator);
	tcase_add_test(tc, receipts_outlive_the_process_and_keep_their_bytes);
	tcase_add_test(tc, refusals_stay_except_what_moved_to_a_new_spool);
	tcase_add_test(tc, a_new_spool_takes_along_what_any_aggregator_lacks);
	tcase_add_test(tc, an_aggregator_never_heard_lacks_everything);
	tcase_add_test(tc, links_keep_state_and_reason);
	tcase_add_test(tc, half_a_receipt_is_never_kept);
	tcase_add_test(tc, a_reader_needs_publish_to_have_run_and_cannot_write);
	tcase_add_test(tc, no_memory_is_told);
}

HARNESS_MAIN("delivery", add)
