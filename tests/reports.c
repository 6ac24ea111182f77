#include "tests/reports.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "proto/date.h"
#include "tests/harness.h"

#define SEALED_US 1790000000000000LL /* 2026-09-21 */

static struct err err;

void peer_init(struct peer *p, const char *name, uint8_t byte)
{
	ck_assert_int_ge(sodium_init(), 0);
	memset(p, 0, sizeof *p);
	(void)snprintf(p->name, sizeof p->name, "%s", name);
	memset(p->spool, byte, sizeof p->spool);
	ck_assert_int_eq(zmq_curve_keypair(p->curve.public_text, p->curve.secret_text), 0);
	ck_assert_ptr_nonnull(zmq_z85_decode(p->curve.public_key, p->curve.public_text));
	ck_assert_int_eq(crypto_sign_keypair(p->sign.public_key, p->sign.secret_key), 0);
}

int64_t peer_enrol(struct store *s, const struct peer *p, const char *const *areas,
		   const char *state)
{
	struct store_new_agent new = { p->name, p->curve.public_key, p->sign.public_key, areas, 0 };
	struct store_agent agent;

	while (areas[new.n_areas] != NULL)
		new.n_areas++;
	assert_ok(store_agent_add(s, &new, 1000, &err), err);
	if (strcmp(state, "suspended") == 0)
		assert_ok(store_agent_move(s, p->name, "active", 2000, &err), err);
	if (strcmp(state, "pending") != 0)
		assert_ok(store_agent_move(s, p->name, state, 2000, &err), err);
	assert_ok(store_agent_find(s, STORE_AGENT_BY_CURVE, p->curve.public_key, &agent, &err),
		  err);
	return agent.id;
}

/* ---- entries */

static void payload_pack(const struct peer *p, uint64_t sequence, District__Entry *e,
			 struct payload *out)
{
	uint8_t spool[FRAME_SPOOL_BYTES];

	memcpy(spool, p->spool, sizeof spool);
	e->agent = (char *)(uintptr_t)p->name;
	e->spool.data = spool;
	e->spool.len = sizeof spool;
	e->sequence = sequence;
	e->sealed_us = SEALED_US;
	assert_ok(frame_pack_entry(e, &out->bytes, &out->len, &err), err);
	frame_sign(out->bytes, out->len, p->sign.secret_key, out->signature);
	frame_digest(out->bytes, out->len, out->digest);
	e->spool.data = NULL; /* our own array ends here */
}

struct columns {
	char *dictionary[64];
	size_t n_dictionary, n;
	uint32_t measure[64], dimension[64], category[64];
	int64_t numerator[64], denominator[64];
};

static uint32_t columns_word(struct columns *c, const char *word)
{
	for (size_t i = 0; i < c->n_dictionary; i++)
		if (strcmp(c->dictionary[i], word) == 0)
			return (uint32_t)i;
	c->dictionary[c->n_dictionary] = (char *)(uintptr_t)word;
	return (uint32_t)c->n_dictionary++;
}

static void columns_fill(struct columns *c, const struct figure *f)
{
	memset(c, 0, sizeof *c);
	(void)columns_word(c, "");
	for (; f->measure != NULL; f++, c->n++) {
		c->measure[c->n] = columns_word(c, f->measure);
		c->dimension[c->n] = columns_word(c, f->dimension);
		c->category[c->n] = columns_word(c, f->category);
		c->numerator[c->n] = f->numerator;
		c->denominator[c->n] = f->denominator;
	}
}

void payload_report(const struct peer *p, uint64_t sequence, const struct entry_text *text,
		    struct payload *out)
{
	static const struct figure contacts[] = { { "contacts", "", "", 7, 7 }, { 0 } };
	uint8_t digest[32] = { 1 };
	District__Entry e = DISTRICT__ENTRY__INIT;
	District__Report r = DISTRICT__REPORT__INIT;
	struct columns c;

	columns_fill(&c, text->figures == NULL ? contacts : text->figures);
	r.area = (char *)(uintptr_t)(text->area == NULL ? "north" : text->area);
	r.dataset = (char *)(uintptr_t)(text->dataset == NULL ? "annex_a" : text->dataset);
	r.period = (char *)(uintptr_t)(text->period == NULL ? "2026-10" : text->period);
	r.as_at = text->as_at == 0 ? date_from_ymd(2026, 11, 1) : text->as_at;
	r.provisional = text->provisional;
	r.measures_digest.data = digest;
	r.measures_digest.len = sizeof digest;
	r.extract_digest = r.measures_digest;
	r.rows_read = 10;
	r.n_dictionary = c.n_dictionary;
	r.dictionary = c.dictionary;
	r.n_measure = r.n_dimension = r.n_category = r.n_numerator = r.n_denominator = c.n;
	r.measure = c.measure;
	r.dimension = c.dimension;
	r.category = c.category;
	r.numerator = c.numerator;
	r.denominator = c.denominator;
	e.body_case = DISTRICT__ENTRY__BODY_REPORT;
	e.report = &r;
	payload_pack(p, sequence, &e, out);
}

void payload_withdraw(const struct peer *p, uint64_t sequence, uint64_t target, struct payload *out)
{
	District__Entry e = DISTRICT__ENTRY__INIT;
	District__Withdraw w = DISTRICT__WITHDRAW__INIT;
	uint8_t spool[FRAME_SPOOL_BYTES];

	memcpy(spool, p->spool, sizeof spool);
	w.spool.data = spool;
	w.spool.len = sizeof spool;
	w.sequence = target;
	w.reason = (char[]){ "wrong extract" };
	e.body_case = DISTRICT__ENTRY__BODY_WITHDRAW;
	e.withdraw = &w;
	payload_pack(p, sequence, &e, out);
}

void payload_void(const struct peer *p, uint64_t sequence, uint64_t first, uint64_t last,
		  struct payload *out)
{
	District__Entry e = DISTRICT__ENTRY__INIT;
	District__Void v = DISTRICT__VOID__INIT;
	District__Range range = DISTRICT__RANGE__INIT;
	District__Range *ranges[] = { &range };

	range.first = first;
	range.last = last;
	v.n_ranges = 1;
	v.ranges = ranges;
	e.body_case = DISTRICT__ENTRY__BODY_VOID;
	e.void_ = &v;
	payload_pack(p, sequence, &e, out);
}

void payload_return(const struct peer *p, uint64_t sequence, const char *area, int32_t as_at,
		    struct payload *out)
{
	District__Entry e = DISTRICT__ENTRY__INIT;
	District__Return r = DISTRICT__RETURN__INIT;
	District__List lists[3] = { DISTRICT__LIST__INIT, DISTRICT__LIST__INIT,
				    DISTRICT__LIST__INIT };
	District__List *list_pointers[] = { &lists[0], &lists[1], &lists[2] };
	District__Reason reason = DISTRICT__REASON__INIT;
	District__Reason *reasons[] = { &reason };
	uint8_t digest[32] = { 2 };

	lists[0].name = (char[]){ "contacts" };
	lists[0].rows_read = 40;
	lists[0].rows_rejected = 3;
	lists[1].name = (char[]){ "referrals" };
	lists[1].state = DISTRICT__LIST_STATE__LIST_NIL;
	lists[2].name = (char[]){ "cin" };
	lists[2].state = DISTRICT__LIST_STATE__LIST_ABSENT;
	reason.code = (char[]){ "date_invalid" };
	reason.list = (char[]){ "contacts" };
	reason.count = 3;
	r.area = (char *)(uintptr_t)area;
	r.dataset = (char[]){ "annex_a" };
	r.as_at = as_at;
	r.extract_digest.data = digest;
	r.extract_digest.len = sizeof digest;
	r.accepted = 1;
	r.n_lists = 3;
	r.lists = list_pointers;
	r.n_reasons = 1;
	r.reasons = reasons;
	e.body_case = DISTRICT__ENTRY__BODY_EXTRACT_RETURN;
	e.extract_return = &r;
	payload_pack(p, sequence, &e, out);
}

int64_t payload_store(struct store *s, const struct peer *p, uint64_t sequence,
		      const struct payload *payload)
{
	struct store_agent agent;
	struct store_spool spool;
	struct store_entry entry = { .sequence = (int64_t)sequence,
				     .received_us = SEALED_US + 1,
				     .payload = payload->bytes,
				     .payload_len = payload->len,
				     .signature = payload->signature,
				     .digest = payload->digest };
	enum store_append_result result;
	int64_t report = 0;

	assert_ok(store_begin(s, &err), err);
	assert_ok(store_agent_find(s, STORE_AGENT_BY_CURVE, p->curve.public_key, &agent, &err),
		  err);
	assert_ok(store_spool(s, agent.id, p->spool, &spool, &err), err);
	entry.spool = spool.id;
	assert_ok(store_append(s, &entry, &result, &report, &err), err);
	ck_assert_int_eq(result, STORE_APPENDED);
	assert_ok(store_commit(s, &err), err);
	return report;
}

void payload_envelope(const struct payload *payload, uint8_t **bytes, size_t *len)
{
	assert_ok(frame_encode_signed(DISTRICT__ENVELOPE__BODY_ENTRY, payload->bytes, payload->len,
				      payload->signature, bytes, len, &err),
		  err);
}

struct area_tree *areas_small(void)
{
	const char *path =
		harness_text(harness_folder(), "areas.csv",
			     "code,name,level,parent,gss_code,valid_from,valid_to,dfe_name\n"
			     "land,Land,country,,E92000001,,,Land\n"
			     "city,City,authority,land,E08000025,,,City\n"
			     "north,North,district,city,E14000560,,,\n"
			     "south,South,district,city,E14000561,,,\n");
	struct area_tree *tree = NULL;

	assert_ok(area_tree_load(path, NULL, &tree, &err), err);
	return tree;
}

int64_t store_int(struct store *s, const char *sql)
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
