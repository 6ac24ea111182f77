#include "agent/preview.h"

#include "tests/collect_samples.h"

static struct office *o;
static struct plan_base base;

static void set_up(void)
{
	struct err err = { .code = ERR_OK };

	o = office_new();
	assert_ok(plan_base_open(&o->config, &base, &err), err);
}

static void tear_down(void)
{
	plan_base_close(&base);
}

static void make(struct spool *spool, const char *extract, struct preview *p)
{
	struct preview_wanted wanted = { .extract = extract };
	struct err err = { .code = ERR_OK };

	assert_ok(preview_make(&base, spool, &wanted, p, &err), err);
}

static size_t n_to_send(const struct preview *p)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n_entries; i++)
		n += p->entries[i].sequence > 0;
	return n;
}

/* Every entry that collect then spools has the very bytes that preview packed, the clock standing
 * still. Returns how many were compared: one that was superseded at once is void. */
static int assert_as_collected(struct spool *spool, const struct preview *p)
{
	struct err err = { .code = ERR_OK };
	int n = 0;

	for (size_t i = 0; i < p->n_entries; i++) {
		uint8_t *previewed = NULL, *envelope = NULL;
		struct frame f;
		size_t len = 0, envelope_len = 0;

		if (p->entries[i].sequence == 0 ||
		    spool_envelope(spool, p->entries[i].sequence, &envelope, &envelope_len, &err) ==
			    ERR_MISSING)
			continue;
		free(envelope);
		assert_ok(preview_pack(spool, "ladywood", &p->entries[i], &previewed, &len, &err),
			  err);
		(void)office_entry(o, p->entries[i].sequence, &f);
		ck_assert_uint_eq(f.envelope->entry->payload.len, len);
		ck_assert_mem_eq(f.envelope->entry->payload.data, previewed, len);
		frame_clear(&f);
		free(previewed);
		n++;
	}
	return n;
}

START_TEST(preview_packs_byte_for_byte_what_collect_then_spools)
{
	struct preview p;
	struct spool *spool;

	office_drop(o, 0, "2026-10-20", CONTACTS_HEAD);
	(void)office_collect_one(o, COLLECT_ACCEPTED);
	office_drop(o, 0, "2026-10-31", CONTACTS_OCTOBER);
	spool = office_spool(o);
	make(spool, NULL, &p);
	ck_assert_uint_gt(n_to_send(&p), 1);
	ck_assert_uint_lt(n_to_send(&p), p.n_entries); /* some periods are confirmed */
	(void)office_collect_one(o, COLLECT_ACCEPTED);
	ck_assert_int_eq(assert_as_collected(spool, &p), (int)n_to_send(&p));
	preview_clear(&p);
	spool_close(&spool);
}
END_TEST

/* The newer extract carries October and some weeks of September only: of these the straggler is
 * silent, and its report of September, which the newer one cannot see, goes as it was shown. */
START_TEST(what_a_straggler_leaves_out_is_not_shown_either)
{
	struct preview p;
	struct spool *spool;
	int n_silent = 0;

	o->datasets[0].window_months = 1;
	office_drop(o, 0, "2026-10-31", CONTACTS_OCTOBER);
	(void)office_collect_one(o, COLLECT_ACCEPTED);
	o->datasets[0].window_months = 6;
	office_drop(o, 0, "2026-10-21",
		    CONTACTS_HEAD "A1,b) Female,WBRI,01/02/2015,11,14/09/2026,Schools\n");
	spool = office_spool(o);
	make(spool, "2026-10-21", &p);
	for (size_t i = 0; i + 1 < p.n_entries; i++) {
		const District__Report *r = p.entries[i].entry->report;

		n_silent += p.entries[i].sequence == 0;
		ck_assert(strcmp(r->period, "2026-10") != 0 || p.entries[i].sequence == 0);
		ck_assert(strcmp(r->period, "2026-08") != 0 || p.entries[i].sequence > 0);
	}
	ck_assert_int_gt(n_silent, 1);
	(void)office_collect_one(o, COLLECT_ACCEPTED);
	ck_assert_int_eq(assert_as_collected(spool, &p), (int)n_to_send(&p));
	preview_clear(&p);
	spool_close(&spool);
}
END_TEST

START_TEST(the_newest_extract_is_shown_unless_one_is_named)
{
	struct preview p;
	char path[300];

	office_drop(o, 0, "2026-10-20", CONTACTS_HEAD);
	office_drop(o, 0, "2026-10-31", CONTACTS_OCTOBER);
	make(NULL, NULL, &p);
	ck_assert_int_eq(p.plan.stage->as_at, 20757); /* 31 October */
	ck_assert_int_eq(p.entries[0].sequence, 1);
	preview_clear(&p);
	make(NULL, "2026-10-20", &p);
	ck_assert_int_eq(p.plan.stage->as_at, 20746);
	preview_clear(&p);
	(void)snprintf(path, sizeof path, "%s/../annex_a/2026-10-20/", o->folders[0]);
	make(NULL, path, &p);
	ck_assert_int_eq(p.plan.stage->as_at, 20746);
	preview_clear(&p);
}
END_TEST

START_TEST(what_was_collected_would_not_be_sent_again)
{
	struct preview p;
	struct spool *spool;

	office_drop(o, 0, "2026-10-31", CONTACTS_OCTOBER);
	(void)office_collect_one(o, COLLECT_ACCEPTED);
	spool = office_spool(o);
	make(spool, NULL, &p);
	ck_assert_int_eq(p.collected, 1);
	ck_assert_uint_eq(n_to_send(&p), 0);
	ck_assert_uint_gt(p.n_entries, 0);
	preview_clear(&p);
	spool_close(&spool);
}
END_TEST

START_TEST(an_extract_or_dataset_that_is_not_there_is_named)
{
	struct preview_wanted wanted = { 0 };
	struct preview p;
	struct err err = { .code = ERR_OK };

	assert_error(preview_make(&base, NULL, &wanted, &p, &err), ERR_MISSING, err,
		     "no extract in any dataset's folder");
	office_drop(o, 0, "2026-10-31", CONTACTS_OCTOBER);
	wanted.extract = "2026-09-30";
	assert_error(preview_make(&base, NULL, &wanted, &p, &err), ERR_MISSING, err,
		     "no extract 2026-09-30 in a dataset's folder");
	wanted.dataset = "staff";
	assert_error(preview_make(&base, NULL, &wanted, &p, &err), ERR_MISSING, err,
		     "no dataset 'staff'");
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, preview_packs_byte_for_byte_what_collect_then_spools);
	tcase_add_test(tc, what_a_straggler_leaves_out_is_not_shown_either);
	tcase_add_test(tc, the_newest_extract_is_shown_unless_one_is_named);
	tcase_add_test(tc, what_was_collected_would_not_be_sent_again);
	tcase_add_test(tc, an_extract_or_dataset_that_is_not_there_is_named);
}

HARNESS_MAIN("preview", add)
