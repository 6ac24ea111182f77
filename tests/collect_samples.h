#ifndef TESTS_COLLECT_SAMPLES_H
#define TESTS_COLLECT_SAMPLES_H

#include "tests/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "agent/collect.h"
#include "agent/spool.h"
#include "proto/clock.h"

/* An office: settings, keys, a folder for each of two datasets, and CSV lists to drop there. */

#define OFFICE_NOW_US 1793880000000000 /* 2026-11-05, noon */

#define CONTACTS_HEAD                                                                          \
	"Child Unique ID,Gender,Ethnicity,Date of Birth,Age of Child (Years),Date of Contact," \
	"Contact Source\n"
/* September: 1, October: 3 (a twice) */
#define CONTACTS_OCTOBER                                                     \
	CONTACTS_HEAD "A1,b) Female,WBRI,01/02/2015,11,14/09/2026,Schools\n" \
		      "A1,b) Female,WBRI,01/02/2015,11,02/10/2026,Police\n"  \
		      "B2,a) Male,WBRI,03/04/2012,14,19/10/2026,Schools\n"   \
		      "A1,b) Female,WBRI,01/02/2015,11,30/10/2026,Police\n"

struct office {
	struct agent_config config;
	struct agent_dataset datasets[2];
	char state[256], folders[2][256];
};

struct told {
	int n, n_skipped;
	struct collect_outcome outcomes[16];
	char reasons[16][ERR_TEXT_BYTES];
};

static inline void office_dataset(struct office *o, int at, char *name)
{
	static char area[] = "ladywood", contacts[] = "contacts";
	static char *lists[] = { contacts }, *measures[] = { contacts };
	struct agent_dataset *d = &o->datasets[at];

	(void)snprintf(o->folders[at], sizeof o->folders[at], "%s/%s", harness_folder(), name);
	ck_assert_int_eq(mkdir(o->folders[at], 0700), 0);
	d->name = name;
	d->area = area;
	d->folder = o->folders[at];
	d->lists = lists;
	d->n_lists = 1;
	d->measures = measures;
	d->n_measures = 1;
	d->window_months = 6;
	d->rejected_percent = 5;
	d->month_end_days = 5;
}

static inline struct office *office_new(void)
{
	static char agent[] = "ladywood", areas[] = "deploy/birmingham/areas.csv";
	static char annex_a[] = "annex_a", other[] = "other";
	static struct office o;
	struct keys_sign keys;
	char path[300];
	struct err err = { .code = ERR_OK };

	memset(&o, 0, sizeof o);
	clock_fix_us(OFFICE_NOW_US);
	(void)snprintf(o.state, sizeof o.state, "%s/state", harness_folder());
	ck_assert_int_eq(mkdir(o.state, 0700), 0);
	(void)snprintf(path, sizeof path, "%s/keys", o.state);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	(void)snprintf(path, sizeof path, "%s/keys/signing.key", o.state);
	assert_ok(keys_sign_create(path, &keys, &err), err);
	o.config.agent = agent;
	o.config.state = o.state;
	o.config.areas = areas;
	o.config.datasets = o.datasets;
	o.config.n_datasets = 1;
	o.config.spool_mib = 2;
	o.config.keep_days = 400;
	o.config.poll_s = 1;
	office_dataset(&o, 0, annex_a);
	office_dataset(&o, 1, other);
	return &o;
}

static inline void office_drop(const struct office *o, int dataset, const char *as_at,
			       const char *contacts)
{
	char name[64];

	(void)snprintf(name, sizeof name, "%s/contacts.csv", as_at);
	(void)harness_text(o->folders[dataset], name, contacts);
}

static inline void office_on_outcome(void *context, const struct collect_outcome *outcome)
{
	struct told *t = context;

	ck_assert_int_lt(t->n, 16);
	t->outcomes[t->n] = *outcome;
	(void)snprintf(t->reasons[t->n], sizeof t->reasons[0], "%s",
		       outcome->err != NULL      ? outcome->err->text
		       : outcome->reason != NULL ? outcome->reason
						 : "");
	t->n++;
}

static inline void office_on_skipped(void *context, const struct agent_dataset *dataset, int n)
{
	struct told *t = context;

	(void)dataset;
	t->n_skipped += n;
}

static inline enum err_code office_collect(struct office *o, int dry_run, struct told *told,
					   struct err *err)
{
	struct collect_listener listener = { .context = told,
					     .on_outcome = office_on_outcome,
					     .on_skipped = office_on_skipped };

	memset(told, 0, sizeof *told);
	err_clear(err);
	return collect_once(&o->config, dry_run, &listener, err);
}

/* Collects, and expects one outcome. */
static inline struct told *office_collect_one(struct office *o, enum collect_what what)
{
	static struct told told;
	struct err err = { .code = ERR_OK };

	assert_ok(office_collect(o, 0, &told, &err), err);
	ck_assert_int_eq(told.n, 1);
	ck_assert_int_eq((int)told.outcomes[0].what, (int)what);
	return &told;
}

static inline struct spool *office_spool(const struct office *o)
{
	char path[300];
	struct spool *s = NULL;
	struct err err = { .code = ERR_OK };

	(void)snprintf(path, sizeof path, "%s/spool/spool.db", o->state);
	assert_ok(spool_open(path, "ladywood", NULL, 0, &s, &err), err);
	return s;
}

/* Decodes an entry of the spool; the caller clears *f. */
static inline const District__Entry *office_entry(const struct office *o, int64_t sequence,
						  struct frame *f)
{
	struct spool *s = office_spool(o);
	struct err err = { .code = ERR_OK };
	uint8_t *bytes = NULL;
	size_t len = 0;

	memset(f, 0, sizeof *f);
	assert_ok(spool_envelope(s, sequence, &bytes, &len, &err), err);
	assert_ok(frame_decode(f, bytes, len, &err), err);
	assert_ok(frame_decode_entry(f, f->envelope->entry->payload.data,
				     f->envelope->entry->payload.len, &err),
		  err);
	free(bytes);
	spool_close(&s);
	return f->entry;
}

/* Numerator of (measure, dimension, category) in a report; −1 when the row is not there. */
static inline int64_t office_figure(const District__Report *r, const char *measure,
				    const char *dimension, const char *category)
{
	for (size_t i = 0; i < r->n_measure; i++)
		if (strcmp(r->dictionary[r->measure[i]], measure) == 0 &&
		    strcmp(r->dictionary[r->dimension[i]], dimension) == 0 &&
		    strcmp(r->dictionary[r->category[i]], category) == 0)
			return r->numerator[i];
	return -1;
}

/* The same in the last report said of a period; −1 when none was, or it is not carried. */
static inline int64_t office_last(const struct office *o, const char *period, const char *dimension,
				  const char *category)
{
	struct spool *s = office_spool(o);
	int64_t last = s->last_sequence, found = -1, sequence = 0, size;
	struct err err = { .code = ERR_OK };

	for (;;) {
		struct frame f;
		const District__Entry *e;

		assert_ok(spool_next(s, sequence, &sequence, &size, &err), err);
		if (sequence == 0 || sequence > last)
			break;
		e = office_entry(o, sequence, &f);
		if (e->body_case == DISTRICT__ENTRY__BODY_REPORT &&
		    strcmp(e->report->period, period) == 0)
			found = office_figure(e->report, "contacts", dimension, category);
		frame_clear(&f);
	}
	spool_close(&s);
	return found;
}

static inline int office_has(char *const *texts, size_t n, const char *text)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(texts[i], text) == 0)
			return 1;
	return 0;
}

#endif
