#include "proto/frame.h"

#include "tests/frame_samples.h"
#include "tests/harness.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "proto/keys.h"
#include "proto/limits.h"

static enum err_code decode_raw(const char *bytes, size_t len, struct err *err)
{
	struct frame f = { 0 };
	uint8_t *copy = malloc(len == 0 ? 1 : len); /* so that reading beyond it shows */
	enum err_code code;

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, bytes, len);
	code = frame_decode(&f, copy, len, err);
	frame_clear(&f);
	free(copy);
	return code;
}

/* ---- form */

START_TEST(a_goodbye_is_read_from_bytes_written_by_hand)
{
	/* 08 01: version 1; 3a 15: goodbye, 21 bytes; 0a 06: code; 12 0b: reason */
	static const char bytes[] = "\x08\x01\x3a\x15\x0a\x06"
				    "denied\x12\x0bkey revoked";
	struct frame f = { 0 };
	struct err err = { 0 };

	assert_ok(frame_decode(&f, (const uint8_t *)bytes, sizeof bytes - 1, &err), err);
	ck_assert_int_eq((int)f.envelope->body_case, DISTRICT__ENVELOPE__BODY_GOODBYE);
	ck_assert_str_eq(f.envelope->goodbye->code, "denied");
	ck_assert_str_eq(f.envelope->goodbye->reason, "key revoked");
	frame_clear(&f);
}
END_TEST

START_TEST(every_kind_of_message_survives_a_round_trip)
{
	static const District__Envelope__BodyCase bodies[] = {
		DISTRICT__ENVELOPE__BODY_HELLO,
		DISTRICT__ENVELOPE__BODY_WELCOME,
		DISTRICT__ENVELOPE__BODY_HEARTBEAT,
		DISTRICT__ENVELOPE__BODY_GOODBYE,
	};
	struct sample s;
	struct err err = { 0 };

	for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
		struct frame f = { 0 };
		uint8_t *bytes, *again;
		size_t len, len_again;

		sample_init(&s);
		s.envelope.body_case = bodies[i];
		s.envelope.hello = bodies[i] == DISTRICT__ENVELOPE__BODY_HELLO ? &s.hello : NULL;
		if (bodies[i] == DISTRICT__ENVELOPE__BODY_WELCOME)
			s.envelope.welcome = &s.welcome;
		if (bodies[i] == DISTRICT__ENVELOPE__BODY_HEARTBEAT)
			s.envelope.heartbeat = &s.heartbeat;
		if (bodies[i] == DISTRICT__ENVELOPE__BODY_GOODBYE)
			s.envelope.goodbye = &s.goodbye;
		assert_ok(frame_encode(&s.envelope, &bytes, &len, &err), err);
		assert_ok(frame_decode(&f, bytes, len, &err), err);
		assert_ok(frame_encode(f.envelope, &again, &len_again, &err), err);
		ck_assert_uint_eq(len, len_again);
		ck_assert_mem_eq(bytes, again, len);
		free(bytes);
		free(again);
		frame_clear(&f);
	}
}
END_TEST

START_TEST(a_report_keeps_every_field)
{
	struct frame f = { 0 };
	struct err err = { 0 };
	struct sample s;
	uint8_t *bytes;
	size_t len;

	sample_init(&s);
	assert_ok(frame_pack_entry(&s.entry, &bytes, &len, &err), err);
	assert_ok(frame_decode_entry(&f, bytes, len, &err), err);
	ck_assert_str_eq(f.entry->agent, "ladywood");
	ck_assert_uint_eq(f.entry->sequence, 7);
	ck_assert_str_eq(f.entry->report->period, "2026-10");
	ck_assert_int_eq(f.entry->report->as_at, 20757);
	ck_assert_uint_eq(f.entry->report->n_numerator, 6);
	ck_assert_int_eq(f.entry->report->numerator[2], 3);
	ck_assert_int_eq(f.entry->report->denominator[5], 4);
	ck_assert_str_eq(f.entry->report->dictionary[f.entry->report->category[3]], "female");
	free(bytes);
	frame_clear(&f);
}
END_TEST

START_TEST(an_entry_is_read_out_of_its_envelope_which_stays)
{
	struct frame f = { 0 };
	struct err err = { 0 };
	struct sample s;
	uint8_t signature[64] = { 9 };
	uint8_t *payload, *bytes;
	size_t payload_len, len;

	sample_init(&s);
	assert_ok(frame_pack_entry(&s.entry, &payload, &payload_len, &err), err);
	assert_ok(frame_encode_signed(DISTRICT__ENVELOPE__BODY_ENTRY, payload, payload_len,
				      signature, &bytes, &len, &err),
		  err);
	assert_ok(frame_decode(&f, bytes, len, &err), err);
	memset(bytes, 0, len);
	for (int i = 0; i < 3; i++)
		assert_ok(frame_decode_entry(&f, f.envelope->entry->payload.data,
					     f.envelope->entry->payload.len, &err),
			  err);
	ck_assert_str_eq(f.entry->report->area, "birmingham-ladywood");
	ck_assert_mem_eq(f.envelope->entry->payload.data, payload, payload_len);
	ck_assert_mem_eq(f.envelope->entry->signature.data, signature, 64);
	free(payload);
	free(bytes);
	frame_clear(&f);
	frame_clear(&f);
}
END_TEST

START_TEST(unknown_fields_of_a_newer_program_are_kept)
{
	/* goodbye as above, then field 900 (varint 5) of the envelope */
	static const uint8_t bytes[] = {
		0x08, 0x01, 0x3a, 0x03, 0x0a, 0x01, 'x', 0xa0, 0x38, 0x05
	};
	struct frame f = { 0 };
	struct err err = { 0 };
	uint8_t *again;
	size_t len;

	assert_ok(frame_decode(&f, bytes, sizeof bytes, &err), err);
	assert_ok(frame_encode(f.envelope, &again, &len, &err), err);
	ck_assert_uint_eq(len, sizeof bytes);
	ck_assert_mem_eq(again, bytes, len);
	free(again);
	frame_clear(&f);
}
END_TEST

START_TEST(a_version_that_we_do_not_speak_is_named_whatever_follows)
{
	struct err err = { 0 };

	assert_error(decode_raw("\x08\x02\x3a\x63", 4, &err), ERR_VERSION, err,
		     "protocol version 2: this program speaks 1 to 1");
	assert_error(decode_raw("\x3a\x03\x0a\x01x", 5, &err), ERR_VERSION, err,
		     "protocol version 0");
	assert_error(decode_raw("", 0, &err), ERR_VERSION, err, "protocol version 0");
}
END_TEST

START_TEST(broken_bytes_are_malformed)
{
	static const struct {
		const char *bytes;
		size_t len;
		const char *words;
	} cases[] = {
		{ "\x08", 1, "Envelope: broken at byte 1 of 1" },
		{ "\x08\x01", 2, "Envelope: has no body" },
		{ "\x08\x01\x3a\x05\x0a", 5, "Envelope: broken at byte 4 of 5" },
		{ "\x08\x01\x3a\x02\x0a\x05", 6, "Goodbye: broken at byte 2 of 2" },
		{ "\x08\x01\x3b\x3c", 4, "Envelope: broken" },              /* a group */
		{ "\x08\x01\x00\x01", 4, "Envelope: broken" },              /* field 0 */
		{ "\x08\x01\x38\x01", 4, "Envelope.goodbye: not encoded" }, /* a number */
		{ "\x08\x01\x08\x01", 4, "Envelope.version: there twice" },
		{ "\x08\x01\x3a\x00\x12\x00", 6, "Envelope.hello: there twice" },
		{ "\x08\x01\x3a\x04\x0a\x02x\0", 8, "Goodbye.code: holds a control character" },
		{ "\x08\x01\x3a\x04\x0a\x02x\n", 8, "Goodbye.code: holds a control character" },
		{ "\x08\x01\x3a\x04\x0a\x02\xc3(", 8, "is not UTF-8" },
		{ "\x08\x01\x3a\x04\x0a\x02\xc0\x80", 8, "is not UTF-8" },     /* overlong */
		{ "\x08\x01\x3a\x05\x0a\x03\xed\xa0\x80", 9, "is not UTF-8" }, /* surrogate */
		{ "\x08\x01\x3a\x06\x0a\x04\xf4\x90\x80\x80", 10, "is not UTF-8" },
		{ "\x08\x01\x3a\x03\x0a\x01\xe2", 7, "is not UTF-8" },
		{ "\x08\x01\x3a\x02\x0a\x00", 6, "Goodbye.code: not a code" },
		{ "\x08\x01\x3a\x07\x0a\x01x\x1a\x02\x80\x80", 11,
		  "Goodbye.versions: not encoded" },
	};
	struct err err = { 0 };

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_error(decode_raw(cases[i].bytes, cases[i].len, &err), ERR_MALFORMED, err,
			     cases[i].words);
}
END_TEST

START_TEST(text_in_utf8_passes_where_a_sentence_may_stand)
{
	struct err err = { 0 };
	/* reason: "£ – 😀" */
	assert_ok(decode_raw(
			  "\x08\x01\x3a\x10\x0a\x01x\x12\x0b\xc2\xa3 \xe2\x80\x93 \xf0\x9f\x98\x80",
			  20, &err),
		  err);
}
END_TEST

START_TEST(no_truncation_and_no_flipped_bit_does_harm)
{
	struct frame f = { 0 };
	struct sample s;
	uint8_t *bytes;
	size_t len;

	sample_init(&s);
	bytes = packed(&s.entry, &len);
	for (size_t n = 0; n < len; n++) {
		uint8_t *cut = malloc(n + 1);

		ck_assert_ptr_nonnull(cut);
		memcpy(cut, bytes, n);
		(void)frame_decode_entry(&f, cut, n, NULL);
		free(cut);
		for (int bit = 0; bit < 8; bit++) {
			bytes[n] = (uint8_t)(bytes[n] ^ (1 << bit));
			(void)frame_decode_entry(&f, bytes, len, NULL);
			(void)frame_decode(&f, bytes, len, NULL);
			(void)frame_decode_receipt(&f, bytes, len, NULL);
			bytes[n] = (uint8_t)(bytes[n] ^ (1 << bit));
		}
	}
	frame_clear(&f);
	free(bytes);
}
END_TEST

/* ---- size */

static enum err_code decode_repeated(const char *pattern, size_t pattern_len, size_t total,
				     size_t *used, struct err *err)
{
	struct frame f = { 0 };
	uint8_t *bytes = malloc(total);
	enum err_code code;
	size_t n = 0;

	ck_assert_ptr_nonnull(bytes);
	bytes[n++] = 0x08;
	bytes[n++] = 0x01;
	for (; n + pattern_len <= total; n += pattern_len)
		memcpy(bytes + n, pattern, pattern_len);
	code = frame_decode(&f, bytes, n, err);
	*used = f.arena_size;
	frame_clear(&f);
	free(bytes);
	return code;
}

START_TEST(a_mebibyte_of_tiny_parts_is_refused_within_the_arena)
{
	struct err err = { 0 };
	size_t used = 0;

	/* unknown varints: protobuf-c alone takes 47 MB */
	assert_error(decode_repeated("\x78\x01", 2, LIMIT_FRAME_BYTES, &used, &err), ERR_TOO_BIG,
		     err, "needs more memory than 16 times its size");
	ck_assert_uint_le(used, (size_t)LIMIT_FRAME_BYTES * LIMIT_ARENA_FACTOR);
	/* empty sub-messages: 84 MB */
	assert_error(decode_repeated("\x1a\x00", 2, LIMIT_FRAME_BYTES, &used, &err), ERR_MALFORMED,
		     err, "Envelope.welcome: there twice");
	assert_error(decode_repeated("\x1a\x00", 2, LIMIT_FRAME_BYTES + 2, &used, &err),
		     ERR_TOO_BIG, err, "1048578 bytes, more than 1048576");
}
END_TEST

START_TEST(more_than_a_limit_is_too_big)
{
	static uint64_t many[LIMIT_ANSWERS + 1];
	static District__Range *many_ranges[LIMIT_RANGES + 1];
	struct frame f = { 0 };
	struct err err = { 0 };
	struct sample s;
	uint8_t *bytes;
	size_t len;

	sample_init(&s);
	for (size_t i = 0; i < LIMIT_ANSWERS + 1; i++)
		many[i] = i + 1;
	s.receipt.already = many;
	s.receipt.n_already = LIMIT_ANSWERS + 1;
	bytes = packed(&s.receipt, &len);
	assert_error(frame_decode_receipt(&f, bytes, len, &err), ERR_TOO_BIG, err,
		     "Receipt.already: more than 8192");
	free(bytes);
	for (size_t i = 0; i < LIMIT_RANGES + 1; i++)
		many_ranges[i] = &range_a;
	sample_init(&s);
	s.receipt.beyond = many_ranges;
	s.receipt.n_beyond = LIMIT_RANGES + 1;
	bytes = packed(&s.receipt, &len);
	assert_error(frame_decode_receipt(&f, bytes, len, &err), ERR_TOO_BIG, err,
		     "Receipt.beyond: more than 1024");
	free(bytes);
	frame_clear(&f);
}
END_TEST

/* ---- digest and signature */

/* FIPS 180-4, example of one block. */
START_TEST(the_digest_is_sha_256)
{
	uint8_t digest[32];
	char hex[65];

	frame_digest((const uint8_t *)"abc", 3, digest);
	ck_assert_str_eq(keys_hex(digest, 32, hex),
			 "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}
END_TEST

/* RFC 8032, section 7.1, test 3. */
START_TEST(the_signature_is_ed25519)
{
	static const uint8_t message[] = { 0xaf, 0x82 };
	uint8_t seed[32], public_key[32], secret_key[64], signature[64];
	char hex[129];
	struct err err = { 0 };

	assert_ok(keys_unhex("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
			     seed, 32, &err),
		  err);
	(void)crypto_sign_seed_keypair(public_key, secret_key, seed);
	frame_sign(message, sizeof message, secret_key, signature);
	ck_assert_str_eq(keys_hex(signature, 64, hex),
			 "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
			 "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a");
	assert_ok(frame_verify(message, sizeof message, signature, 64, public_key, &err), err);
	assert_error(frame_verify(message, 1, signature, 64, public_key, &err), ERR_DENIED, err,
		     "signature does not match");
	assert_error(frame_verify(message, sizeof message, signature, 63, public_key, &err),
		     ERR_DENIED, err, "signature does not match");
	signature[0] ^= 1;
	assert_error(frame_verify(message, sizeof message, signature, 64, public_key, &err),
		     ERR_DENIED, err, "signature does not match");
}
END_TEST

/* ---- memory */

static enum err_code round_trip(void)
{
	struct frame f = { 0 };
	struct sample s;
	uint8_t signature[64] = { 1 };
	uint8_t *payload = NULL, *bytes = NULL;
	char *json = NULL;
	size_t payload_len, len;
	enum err_code code;

	sample_init(&s);
	code = frame_pack_entry(&s.entry, &payload, &payload_len, NULL);
	if (code == ERR_OK)
		code = frame_encode_signed(DISTRICT__ENVELOPE__BODY_ENTRY, payload, payload_len,
					   signature, &bytes, &len, NULL);
	if (code == ERR_OK)
		code = frame_decode(&f, bytes, len, NULL);
	if (code == ERR_OK)
		code = frame_decode_entry(&f, payload, payload_len, NULL);
	if (code == ERR_OK)
		code = frame_entry_to_json(f.entry, &json, NULL);
	free(json);
	free(payload);
	free(bytes);
	frame_clear(&f);
	return code;
}

START_TEST(every_failed_allocation_is_reported_and_leaks_nothing)
{
	long n;

	enum err_code code0;

	harness_fail_allocation(0);
	code0 = round_trip();
	n = harness_allocations();
	ck_assert_int_eq((int)code0, ERR_OK);
	ck_assert_int_gt(n, 10);
	for (long i = 1; i <= n; i++) {
		enum err_code code;

		harness_fail_allocation(i);
		code = round_trip();
		harness_fail_allocation(0);
		ck_assert_int_eq((int)code, ERR_NOMEM);
	}
}
END_TEST

/* ---- the fuzz target's seeds: exactly these samples. DISTRICT_WRITE_CORPUS=1 writes them anew. */

static void seed(const char *name, const uint8_t *bytes, size_t len)
{
	char path[128];
	char *kept;
	size_t kept_len;

	(void)snprintf(path, sizeof path, "tests/fuzz/corpus/fuzz_frame/%s", name);
	if (getenv("DISTRICT_WRITE_CORPUS") != NULL)
		(void)harness_file("tests/fuzz/corpus/fuzz_frame", name, bytes, len);
	kept = harness_read(path, &kept_len);
	ck_assert_msg(kept_len == len && memcmp(kept, bytes, len) == 0,
		      "%s is out of date: run with DISTRICT_WRITE_CORPUS=1", path);
	free(kept);
}

static void seed_envelope(const char *name, struct sample *s)
{
	struct err err = { 0 };
	uint8_t *bytes;
	size_t len;

	assert_ok(frame_encode(&s->envelope, &bytes, &len, &err), err);
	seed(name, bytes, len);
	free(bytes);
}

static void seed_signed(const char *name, District__Envelope__BodyCase body, uint8_t *payload,
			size_t len)
{
	uint8_t seed_bytes[32] = { 7 };
	uint8_t public_key[32], secret_key[64], signature[64];
	struct err err = { 0 };
	uint8_t *bytes;
	size_t n;

	(void)crypto_sign_seed_keypair(public_key, secret_key, seed_bytes);
	frame_sign(payload, len, secret_key, signature);
	assert_ok(frame_encode_signed(body, payload, len, signature, &bytes, &n, &err), err);
	seed(name, bytes, n);
	free(bytes);
	free(payload);
}

static void seed_entry(const char *name, struct sample *s)
{
	struct err err = { 0 };
	uint8_t *payload;
	size_t len;

	assert_ok(frame_pack_entry(&s->entry, &payload, &len, &err), err);
	seed_signed(name, DISTRICT__ENVELOPE__BODY_ENTRY, payload, len);
}

START_TEST(the_seeds_of_the_fuzz_target_are_up_to_date)
{
	struct sample s;
	struct err err = { 0 };
	uint8_t *payload;
	size_t len;

	sample_init(&s);
	s.envelope.body_case = DISTRICT__ENVELOPE__BODY_HELLO;
	s.envelope.hello = &s.hello;
	seed_envelope("hello", &s);
	s.envelope.body_case = DISTRICT__ENVELOPE__BODY_WELCOME;
	s.envelope.welcome = &s.welcome;
	seed_envelope("welcome", &s);
	s.envelope.body_case = DISTRICT__ENVELOPE__BODY_HEARTBEAT;
	s.envelope.heartbeat = &s.heartbeat;
	seed_envelope("heartbeat", &s);
	s.envelope.body_case = DISTRICT__ENVELOPE__BODY_GOODBYE;
	s.envelope.goodbye = &s.goodbye;
	seed_envelope("goodbye", &s);
	seed_entry("report", &s);
	s.entry.body_case = DISTRICT__ENTRY__BODY_EXTRACT_RETURN;
	s.entry.extract_return = &s.extract_return;
	seed_entry("return", &s);
	s.entry.body_case = DISTRICT__ENTRY__BODY_WITHDRAW;
	s.entry.withdraw = &s.withdraw;
	seed_entry("withdraw", &s);
	s.entry.body_case = DISTRICT__ENTRY__BODY_VOID;
	s.entry.void_ = &s.void_;
	seed_entry("void", &s);
	assert_ok(frame_pack_receipt(&s.receipt, &payload, &len, &err), err);
	seed_signed("receipt", DISTRICT__ENVELOPE__BODY_RECEIPT, payload, len);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, a_goodbye_is_read_from_bytes_written_by_hand);
	tcase_add_test(tc, every_kind_of_message_survives_a_round_trip);
	tcase_add_test(tc, a_report_keeps_every_field);
	tcase_add_test(tc, an_entry_is_read_out_of_its_envelope_which_stays);
	tcase_add_test(tc, unknown_fields_of_a_newer_program_are_kept);
	tcase_add_test(tc, a_version_that_we_do_not_speak_is_named_whatever_follows);
	tcase_add_test(tc, broken_bytes_are_malformed);
	tcase_add_test(tc, text_in_utf8_passes_where_a_sentence_may_stand);
	tcase_add_test(tc, no_truncation_and_no_flipped_bit_does_harm);
	tcase_add_test(tc, a_mebibyte_of_tiny_parts_is_refused_within_the_arena);
	tcase_add_test(tc, more_than_a_limit_is_too_big);
	tcase_add_test(tc, the_digest_is_sha_256);
	tcase_add_test(tc, the_signature_is_ed25519);
	tcase_add_test(tc, every_failed_allocation_is_reported_and_leaks_nothing);
	tcase_add_test(tc, the_seeds_of_the_fuzz_target_are_up_to_date);
}

HARNESS_MAIN("frame", add)
