#ifndef TESTS_SPOOL_SAMPLES_H
#define TESTS_SPOOL_SAMPLES_H

#include "tests/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/spool.h"
#include "proto/date.h"

/* A spool in a test's folder, and small reports to put into it. */

#define SAMPLE_LIMIT_BYTES (8LL * 1024 * 1024)

static struct keys_sign sample_keys;

static inline const char *sample_path(void)
{
	static char path[256];

	/* once: a child that a test forks has another folder of its own */
	if (path[0] == '\0')
		(void)snprintf(path, sizeof path, "%s/spool.db", harness_folder());
	return path;
}

static inline void sample_make_keys(void)
{
	char path[256];
	struct err err = { .code = ERR_OK };

	if (sample_keys.public_text[0] != '\0')
		return;
	(void)snprintf(path, sizeof path, "%s/signing.key", harness_folder());
	assert_ok(keys_sign_create(path, &sample_keys, &err), err);
}

static inline struct spool *sample_open_limit(int64_t limit_bytes)
{
	struct spool *s = NULL;
	struct err err = { .code = ERR_OK };

	sample_make_keys();
	assert_ok(spool_open(sample_path(), "hodge-hill", &sample_keys, limit_bytes, &s, &err),
		  err);
	return s;
}

static inline struct spool *sample_open(void)
{
	return sample_open_limit(SAMPLE_LIMIT_BYTES);
}

static inline struct spool *sample_open_reader(void)
{
	struct spool *s = NULL;
	struct err err = { .code = ERR_OK };

	assert_ok(spool_open(sample_path(), "hodge-hill", NULL, 0, &s, &err), err);
	return s;
}

/* A report of up to two measures: contacts (total and by sex) and cin_open (total). */
struct sample_report {
	District__Entry entry;
	District__Report report;
	struct period period;
	char *dictionary[5];
	char period_text[PERIOD_TEXT_BYTES];
	uint32_t measure[4], dimension[4], category[4];
	int64_t numerator[4], denominator[4];
};

static inline int32_t sample_day(const char *iso)
{
	int32_t day = 0;
	struct err err = { .code = ERR_OK };

	assert_ok(date_parse_iso(iso, &day, &err), err);
	return day;
}

static inline void sample_row(struct sample_report *s, uint32_t measure, uint32_t dimension,
			      uint32_t category, int64_t value)
{
	size_t at = s->report.n_measure;

	s->measure[at] = measure;
	s->dimension[at] = dimension;
	s->category[at] = category;
	s->numerator[at] = s->denominator[at] = value;
	s->report.n_measure = s->report.n_dimension = s->report.n_category = at + 1;
	s->report.n_numerator = s->report.n_denominator = at + 1;
}

/* contacts < 0: not carried; cin_open alike. */
static inline struct sample_report *sample_fill(struct sample_report *s, const char *period,
						const char *as_at, int64_t contacts,
						int64_t cin_open)
{
	static char words[][16] = { "", "contacts", "sex", "f", "cin_open" };
	static char area[] = "birmingham-hodge-hill", dataset[] = "annex_a";
	static uint8_t digest[32] = { 7 };
	struct err err = { .code = ERR_OK };

	memset(s, 0, sizeof *s);
	district__entry__init(&s->entry);
	district__report__init(&s->report);
	s->entry.body_case = DISTRICT__ENTRY__BODY_REPORT;
	s->entry.report = &s->report;
	assert_ok(period_parse(period, &s->period, &err), err);
	(void)period_format(s->period, s->period_text);
	s->report.area = area;
	s->report.dataset = dataset;
	s->report.period = s->period_text;
	s->report.as_at = sample_day(as_at);
	s->report.measures_digest = (ProtobufCBinaryData){ sizeof digest, digest };
	s->report.extract_digest = (ProtobufCBinaryData){ sizeof digest, digest };
	for (size_t i = 0; i < 5; i++)
		s->dictionary[i] = words[i];
	s->report.dictionary = s->dictionary;
	s->report.n_dictionary = 5;
	s->report.measure = s->measure;
	s->report.dimension = s->dimension;
	s->report.category = s->category;
	s->report.numerator = s->numerator;
	s->report.denominator = s->denominator;
	if (contacts >= 0) {
		sample_row(s, 1, 0, 0, contacts);
		sample_row(s, 1, 2, 0, contacts);
		sample_row(s, 1, 2, 3, contacts);
	}
	if (cin_open >= 0)
		sample_row(s, 4, 0, 0, cin_open);
	return s;
}

/* Appends one report in its own transaction; its number. */
static inline int64_t sample_append(struct spool *s, const char *period, const char *as_at,
				    int64_t contacts, int64_t cin_open)
{
	struct sample_report report;
	struct err err = { .code = ERR_OK };
	int64_t sequence = 0;

	(void)sample_fill(&report, period, as_at, contacts, cin_open);
	assert_ok(spool_begin(s, &err), err);
	assert_ok(spool_append(s, &report.entry, &sequence, &err), err);
	assert_ok(spool_commit(s, &err), err);
	return sequence;
}

/* Says one report in its own transaction; its number, 0 when it was confirmed. */
static inline int64_t sample_say(struct spool *s, const char *period, const char *as_at,
				 int64_t contacts, int64_t cin_open)
{
	struct sample_report report;
	struct err err = { .code = ERR_OK };
	int64_t sequence = 0;

	(void)sample_fill(&report, period, as_at, contacts, cin_open);
	assert_ok(spool_begin(s, &err), err);
	assert_ok(spool_say(s, &report.entry, report.period, &sequence, &err), err);
	assert_ok(spool_commit(s, &err), err);
	return sequence;
}

/* The entry under a number, read as publish reads it and verified as the centre verifies it. The
 * caller clears *f; f->entry is NULL when it is void, pruned or not there. */
static inline void sample_read(struct spool *s, int64_t sequence, struct frame *f)
{
	struct err err = { .code = ERR_OK };
	uint8_t *bytes = NULL;
	size_t len = 0;
	enum err_code code = spool_envelope(s, sequence, &bytes, &len, &err);

	memset(f, 0, sizeof *f);
	if (code == ERR_MISSING)
		return;
	assert_ok(code, err);
	assert_ok(frame_decode(f, bytes, len, &err), err);
	ck_assert_int_eq((int)f->envelope->body_case, (int)DISTRICT__ENVELOPE__BODY_ENTRY);
	assert_ok(frame_verify(f->envelope->entry->payload.data, f->envelope->entry->payload.len,
			       f->envelope->entry->signature.data,
			       f->envelope->entry->signature.len, sample_keys.public_key, &err),
		  err);
	assert_ok(frame_decode_entry(f, f->envelope->entry->payload.data,
				     f->envelope->entry->payload.len, &err),
		  err);
	free(bytes);
}

#endif
