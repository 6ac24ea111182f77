#ifndef TESTS_HAND_SIGNED_H
#define TESTS_HAND_SIGNED_H

#include <sodium.h>
#include <stdlib.h>

#include "proto/frame.h"
#include "tests/hand_store.h"

/* Reports with real signed bytes in a store filled by hand. */

static char hand_words[][24] = { "", "contacts", "source", "police", "health" };
static char *hand_dictionary[] = { hand_words[0], hand_words[1], hand_words[2], hand_words[3],
				   hand_words[4] };

/* The signed bytes of a report of contacts by source. */
static inline void hand_pack(const char *area, const char *period, uint64_t sequence,
			     int64_t police, int64_t health, uint8_t **payload, size_t *len)
{
	static uint8_t spool[FRAME_SPOOL_BYTES] = { 7 };
	static uint8_t digest[32] = { 9 };
	uint32_t m[] = { 1, 1, 1, 1 };
	uint32_t d[] = { 0, 2, 2, 2 };
	uint32_t c[] = { 0, 0, 3, 4 };
	int64_t v[] = { police + health, police + health, police, health };
	District__Entry entry = DISTRICT__ENTRY__INIT;
	District__Report report = DISTRICT__REPORT__INIT;
	struct err err = { ERR_OK, "" };
	char names[3][24];

	(void)snprintf(names[0], sizeof names[0], "%s", area);
	(void)snprintf(names[1], sizeof names[1], "%s", period);
	(void)snprintf(names[2], sizeof names[2], "annex_a");
	report.area = names[0];
	report.period = names[1];
	report.dataset = names[2];
	report.as_at = period_end(hand_period(period));
	report.measures_digest = report.extract_digest = (ProtobufCBinaryData){ 32, digest };
	report.n_dictionary = 5;
	report.dictionary = hand_dictionary;
	report.n_measure = report.n_dimension = report.n_category = report.n_numerator =
		report.n_denominator = health > 0 ? 4 : 3;
	report.measure = m;
	report.dimension = d;
	report.category = c;
	report.numerator = report.denominator = v;
	entry.agent = names[0];
	entry.spool = (ProtobufCBinaryData){ sizeof spool, spool };
	entry.sequence = sequence;
	entry.sealed_us = hand_us("2025-05-01");
	entry.body_case = DISTRICT__ENTRY__BODY_REPORT;
	entry.report = &report;
	assert_ok(frame_pack_entry(&entry, payload, len, &err), err);
}

/* Stores and projects it, received on 5 May. */
static inline int64_t hand_signed(struct hand_store *hand, const char *area, const char *period,
				  int64_t police, int64_t health)
{
	static const uint8_t spool_id[FRAME_SPOOL_BYTES] = { 7 };
	uint8_t digest[FRAME_DIGEST_BYTES];
	uint8_t signature[FRAME_SIGNATURE_BYTES];
	static uint8_t public_key[32], secret_key[64];
	enum store_append_result result;
	struct store_agent agent;
	struct store_spool spool;
	struct store_entry entry = { .received_us = hand_us("2025-05-05") };
	struct err err = { ERR_OK, "" };
	uint8_t *payload = NULL;
	int64_t id = 0;
	size_t len = 0;

	ck_assert_int_ge(sodium_init(), 0);
	if (secret_key[0] == 0 && secret_key[1] == 0)
		crypto_sign_keypair(public_key, secret_key);
	if (store_agent_find(hand->store, STORE_AGENT_BY_NAME, area, &agent, NULL) != ERR_OK) {
		uint8_t curve_key[32] = { (uint8_t)area[0] };
		struct store_new_agent new_agent = { area, curve_key, public_key, &area, 1 };

		assert_ok(store_agent_add(hand->store, &new_agent, 1, &err), err);
		assert_ok(store_agent_move(hand->store, area, "active", 2, &err), err);
		assert_ok(store_agent_find(hand->store, STORE_AGENT_BY_NAME, area, &agent, &err),
			  err);
	}
	assert_ok(store_begin(hand->store, &err), err);
	assert_ok(store_spool(hand->store, agent.id, spool_id, &spool, &err), err);
	entry.spool = spool.id;
	entry.sequence = 1 + hand_sql(hand, "SELECT max(sequence) FROM report WHERE spool = ?1",
				      "i", spool.id);
	hand_pack(area, period, (uint64_t)entry.sequence, police, health, &payload, &len);
	frame_digest(payload, len, digest);
	frame_sign(payload, len, secret_key, signature);
	entry.payload = payload;
	entry.payload_len = len;
	entry.signature = signature;
	entry.digest = digest;
	assert_ok(store_append(hand->store, &entry, &result, &id, &err), err);
	assert_ok(store_commit(hand->store, &err), err);
	free(payload);
	hand_header(hand, id, area, period, "2025-05-01", entry.received_us);
	hand_total(hand, id, "contacts", police + health, police + health, 0);
	hand_figure(hand, id, "contacts", "source", "", police + health, police + health);
	hand_figure(hand, id, "contacts", "source", "police", police, police);
	if (health > 0)
		hand_figure(hand, id, "contacts", "source", "health", health, health);
	return id;
}

#endif
