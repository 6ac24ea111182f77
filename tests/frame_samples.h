#ifndef TESTS_FRAME_SAMPLES_H
#define TESTS_FRAME_SAMPLES_H

#include "tests/harness.h"

#include <stdlib.h>
#include <string.h>

#include "proto/frame.h"

/* One valid message of each kind, and the strings and columns that they use. */

static uint8_t spool_id[16] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 };
static uint8_t store_id[16] = { 0xa0, 0xa1 };
static uint8_t digest_a[32] = { 0xd1 };
static uint8_t digest_b[32] = { 0xd2 };

static char words[][32] = {
	"", "contacts", "sex", "male", "female", "referrals", "visits_on_time"
};
static char *dictionary[] = {
	words[0], words[1], words[2], words[3], words[4], words[5], words[6]
};
/* contacts 5, by sex: male 3, female 2; referrals 0; visits on time 3 of 4 (provisional) */
static uint32_t measure[] = { 1, 1, 1, 1, 5, 6 };
static uint32_t dimension[] = { 0, 2, 2, 2, 0, 0 };
static uint32_t category[] = { 0, 0, 3, 4, 0, 0 };
static int64_t numerator[] = { 5, 5, 3, 2, 0, 3 };
static int64_t denominator[] = { 5, 5, 3, 2, 0, 4 };
static uint32_t provisional_measures[] = { 6 };
static District__Range range_a = DISTRICT__RANGE__INIT;
static District__Range *ranges[] = { &range_a };
static uint32_t versions[] = { 1 };

struct sample {
	District__Envelope envelope;
	District__Hello hello;
	District__Welcome welcome;
	District__Heartbeat heartbeat;
	District__Goodbye goodbye;
	District__Entry entry;
	District__Report report;
	District__Return extract_return;
	District__Withdraw withdraw;
	District__Void void_;
	District__List list, *lists[1];
	District__Reason reason, *reasons[1];
	District__Receipt receipt;
	District__Refusal refusal, *refusals[1];
	uint64_t already[1];
	char *periods[2];
};

#define BYTES(array) ((ProtobufCBinaryData){ sizeof(array), (array) })

static char text_agent[] = "ladywood";
static char text_program[] = "district-agent 1.0.0";
static char text_area[] = "birmingham-ladywood";
static char text_dataset[] = "annex_a";
static char text_period[] = "2026-10";
static char text_week[] = "2026-W44";
static char text_code[] = "malformed";
static char text_list[] = "contacts";
static char text_reason[] = "the extract was of the wrong month";

static void sample_report(District__Report *r)
{
	district__report__init(r);
	r->area = text_area;
	r->dataset = text_dataset;
	r->period = text_period;
	r->as_at = 20757; /* 2026-10-31 */
	r->measures_digest = BYTES(digest_a);
	r->extract_digest = BYTES(digest_b);
	r->rows_read = 10;
	r->rows_rejected = 1;
	r->n_dictionary = 7;
	r->dictionary = dictionary;
	r->n_measure = r->n_dimension = r->n_category = r->n_numerator = r->n_denominator = 6;
	r->measure = measure;
	r->dimension = dimension;
	r->category = category;
	r->numerator = numerator;
	r->denominator = denominator;
	r->n_provisional_measures = 1;
	r->provisional_measures = provisional_measures;
}

static void sample_return(struct sample *s)
{
	district__return__init(&s->extract_return);
	district__list__init(&s->list);
	district__reason__init(&s->reason);
	s->list.name = text_list;
	s->list.rows_read = 10;
	s->list.state = DISTRICT__LIST_STATE__LIST_NIL;
	s->lists[0] = &s->list;
	s->reason.code = text_code;
	s->reason.list = text_list;
	s->reason.count = 2;
	s->reasons[0] = &s->reason;
	s->periods[0] = text_period;
	s->periods[1] = text_week;
	s->extract_return.area = text_area;
	s->extract_return.dataset = text_dataset;
	s->extract_return.as_at = 20757;
	s->extract_return.extract_digest = BYTES(digest_b);
	s->extract_return.accepted = 1;
	s->extract_return.n_lists = 1;
	s->extract_return.lists = s->lists;
	s->extract_return.n_reasons = 1;
	s->extract_return.reasons = s->reasons;
	s->extract_return.n_confirmed = 1;
	s->extract_return.confirmed = s->periods;
	s->extract_return.n_changed = 1;
	s->extract_return.changed = s->periods + 1;
}

static void sample_conversation(struct sample *s)
{
	district__hello__init(&s->hello);
	s->hello.agent = text_agent;
	s->hello.spool = BYTES(spool_id);
	s->hello.last_sequence = 7;
	s->hello.last_digest = BYTES(digest_a);
	s->hello.n_versions = 1;
	s->hello.versions = versions;
	s->hello.clock_us = 1793000000000000;
	s->hello.program = text_program;
	district__welcome__init(&s->welcome);
	s->welcome.store = BYTES(store_id);
	s->welcome.restore_epoch = 1;
	s->welcome.spool = BYTES(spool_id);
	s->welcome.generation = 1;
	s->welcome.stored_up_to = 3;
	s->welcome.n_beyond = 1;
	s->welcome.beyond = ranges;
	s->welcome.last_digest = BYTES(digest_a);
	s->welcome.n_versions = 1;
	s->welcome.versions = versions;
	s->welcome.clock_us = 1793000000000000;
	s->welcome.clock_difference_us = -5;
	s->welcome.credit_bytes = 1048576;
	district__heartbeat__init(&s->heartbeat);
	s->heartbeat.spool = BYTES(spool_id);
	s->heartbeat.clock_us = 1793000000000000;
	s->heartbeat.newest_as_at = 20757;
	s->heartbeat.last_fault = text_code;
	s->heartbeat.program = text_program;
	district__goodbye__init(&s->goodbye);
	s->goodbye.code = text_code;
	s->goodbye.reason = text_reason;
}

static void sample_init(struct sample *s)
{
	memset(s, 0, sizeof *s);
	range_a.first = 5;
	range_a.last = 6;
	district__envelope__init(&s->envelope);
	s->envelope.version = FRAME_VERSION;
	sample_conversation(s);
	sample_report(&s->report);
	sample_return(s);
	district__withdraw__init(&s->withdraw);
	s->withdraw.spool = BYTES(spool_id);
	s->withdraw.sequence = 2;
	s->withdraw.reason = text_reason;
	district__void__init(&s->void_);
	s->void_.n_ranges = 1;
	s->void_.ranges = ranges;
	district__entry__init(&s->entry);
	s->entry.agent = text_agent;
	s->entry.spool = BYTES(spool_id);
	s->entry.sequence = 7;
	s->entry.sealed_us = 1793000000000000;
	s->entry.body_case = DISTRICT__ENTRY__BODY_REPORT;
	s->entry.report = &s->report;
	district__receipt__init(&s->receipt);
	district__refusal__init(&s->refusal);
	s->refusal.sequence = 2;
	s->refusal.code = text_code;
	s->refusal.reason = text_reason;
	s->refusals[0] = &s->refusal;
	s->already[0] = 1;
	s->receipt.store = BYTES(store_id);
	s->receipt.spool = BYTES(spool_id);
	s->receipt.stored_up_to = 3;
	s->receipt.n_beyond = 1;
	s->receipt.beyond = ranges;
	s->receipt.n_already = 1;
	s->receipt.already = s->already;
	s->receipt.n_refused = 1;
	s->receipt.refused = s->refusals;
	s->receipt.received_us = 1793000000000001;
	s->receipt.credit_bytes = 1048576;
}

/* Packs without the encoder's checks. The caller frees. */
static inline uint8_t *packed(const void *message, size_t *len)
{
	uint8_t *bytes;

	*len = protobuf_c_message_get_packed_size(message);
	bytes = malloc(*len + 1);
	ck_assert_ptr_nonnull(bytes);
	(void)protobuf_c_message_pack(message, bytes);
	return bytes;
}

#endif
