#include "proto/frame_parts.h"

#include <string.h>

#include "proto/frame.h"
#include "proto/keys.h"
#include "proto/limits.h"
#include "proto/period.h"

/* What decoded fields must satisfy beyond form, count and length (frame_wire.c). Messages name the
 * field, never its value: it may be hostile. */

static enum err_code check_refuse(struct err *err, const char *field, const char *what)
{
	return err_set(err, ERR_MALFORMED, "%s: %s", field, what);
}

int frame_is_code(const char *text)
{
	size_t len = strlen(text);

	return len >= 1 && len <= LIMIT_STRING_BYTES &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.+-") ==
		       len;
}

static enum err_code check_code(const char *text, const char *field, struct err *err)
{
	return frame_is_code(text) ? ERR_OK : check_refuse(err, field, "not a code");
}

static enum err_code check_bytes(const ProtobufCBinaryData *b, size_t len, const char *field,
				 struct err *err)
{
	if (b->len == len)
		return ERR_OK;
	return err_set(err, ERR_MALFORMED, "%s: has %zu bytes, must have %zu", field, b->len, len);
}

static enum err_code check_bytes_or_none(const ProtobufCBinaryData *b, size_t len,
					 const char *field, struct err *err)
{
	return b->len == 0 ? ERR_OK : check_bytes(b, len, field, err);
}

static enum err_code check_sequence(uint64_t sequence, uint64_t min, const char *field,
				    struct err *err)
{
	if (sequence >= min && sequence <= LIMIT_SEQUENCE)
		return ERR_OK;
	return check_refuse(err, field, "not a sequence number");
}

static enum err_code check_count(uint64_t n, const char *field, struct err *err)
{
	return n <= LIMIT_VALUE ? ERR_OK : err_set(err, ERR_TOO_BIG, "%s: beyond 2^53", field);
}

static enum err_code check_day(int32_t day, const char *field, struct err *err)
{
	if (day >= LIMIT_DAY_MIN && day <= LIMIT_DAY_MAX)
		return ERR_OK;
	return check_refuse(err, field, "not a day of 2010–2099");
}

/* Ascending, apart, all above `after`. */
static enum err_code check_ranges(District__Range *const *ranges, size_t n, uint64_t after,
				  const char *field, struct err *err)
{
	for (size_t i = 0; i < n; i++) {
		if (ranges[i]->first <= after || ranges[i]->last < ranges[i]->first ||
		    ranges[i]->last > LIMIT_SEQUENCE)
			return check_refuse(err, field, "ranges must ascend without overlap");
		after = ranges[i]->last;
	}
	return ERR_OK;
}

static enum err_code check_period(const char *text, struct period *p, const char *field,
				  struct err *err)
{
	if (period_parse(text, p, NULL) != ERR_OK ||
	    (p->kind != PERIOD_WEEK && p->kind != PERIOD_MONTH))
		return check_refuse(err, field,
				    "not a week (2026-W47) or month (2026-10) of 2010–2099");
	return ERR_OK;
}

/* ---- envelope bodies */

static enum err_code check_hello(const District__Hello *h, struct err *err)
{
	enum err_code code = ERR_OK;

	if (!keys_name_valid(h->agent))
		return check_refuse(err, "Hello.agent", "not a name");
	code = check_bytes(&h->spool, FRAME_SPOOL_BYTES, "Hello.spool", err);
	if (code == ERR_OK)
		code = check_sequence(h->last_sequence, 0, "Hello.last_sequence", err);
	if (code == ERR_OK)
		code = check_bytes(&h->last_digest, h->last_sequence == 0 ? 0 : FRAME_DIGEST_BYTES,
				   "Hello.last_digest", err);
	return code;
}

static enum err_code check_welcome(const District__Welcome *w, struct err *err)
{
	enum err_code code = check_bytes(&w->store, FRAME_STORE_BYTES, "Welcome.store", err);

	if (code == ERR_OK)
		code = check_bytes(&w->spool, FRAME_SPOOL_BYTES, "Welcome.spool", err);
	if (code == ERR_OK)
		code = check_sequence(w->generation, 1, "Welcome.generation", err);
	if (code == ERR_OK)
		code = check_sequence(w->restore_epoch, 0, "Welcome.restore_epoch", err);
	if (code == ERR_OK)
		code = check_sequence(w->stored_up_to, 0, "Welcome.stored_up_to", err);
	if (code == ERR_OK)
		code = check_ranges(w->beyond, w->n_beyond, w->stored_up_to, "Welcome.beyond", err);
	if (code == ERR_OK)
		code = check_bytes_or_none(&w->last_digest, FRAME_DIGEST_BYTES,
					   "Welcome.last_digest", err);
	return code;
}

static enum err_code check_signed(const District__Signed *s, struct err *err)
{
	if (s->payload.len == 0)
		return check_refuse(err, "Signed.payload", "empty");
	return check_bytes(&s->signature, FRAME_SIGNATURE_BYTES, "Signed.signature", err);
}

static enum err_code check_heartbeat(const District__Heartbeat *h, struct err *err)
{
	enum err_code code = check_bytes(&h->spool, FRAME_SPOOL_BYTES, "Heartbeat.spool", err);

	if (code == ERR_OK)
		code = check_count(h->entries_waiting, "Heartbeat.entries_waiting", err);
	if (code == ERR_OK)
		code = check_count(h->disk_free_bytes / 1024, "Heartbeat.disk_free_bytes", err);
	if (code == ERR_OK && h->newest_as_at != 0)
		code = check_day(h->newest_as_at, "Heartbeat.newest_as_at", err);
	if (code == ERR_OK)
		code = check_bytes_or_none(&h->measures_digest, FRAME_DIGEST_BYTES,
					   "Heartbeat.measures_digest", err);
	if (code == ERR_OK && h->last_fault[0] != '\0')
		code = check_code(h->last_fault, "Heartbeat.last_fault", err);
	return code;
}

enum err_code frame_check_envelope(const District__Envelope *e, struct err *err)
{
	switch (e->body_case) {
	case DISTRICT__ENVELOPE__BODY_HELLO:
		return check_hello(e->hello, err);
	case DISTRICT__ENVELOPE__BODY_WELCOME:
		return check_welcome(e->welcome, err);
	case DISTRICT__ENVELOPE__BODY_ENTRY:
		return check_signed(e->entry, err);
	case DISTRICT__ENVELOPE__BODY_RECEIPT:
		return check_signed(e->receipt, err);
	case DISTRICT__ENVELOPE__BODY_HEARTBEAT:
		return check_heartbeat(e->heartbeat, err);
	case DISTRICT__ENVELOPE__BODY_GOODBYE:
		return check_code(e->goodbye->code, "Goodbye.code", err);
	case DISTRICT__ENVELOPE__BODY__NOT_SET:
	case _DISTRICT__ENVELOPE__BODY__CASE_IS_INT_SIZE:
		break;
	}
	return check_refuse(err, "Envelope", "has no body that this program knows");
}

/* ---- entries */

static enum err_code check_report(const District__Report *r, struct err *err)
{
	struct period p = { 0 };
	enum err_code code = check_code(r->area, "Report.area", err);

	if (code == ERR_OK)
		code = check_code(r->dataset, "Report.dataset", err);
	if (code == ERR_OK)
		code = check_period(r->period, &p, "Report.period", err);
	if (code == ERR_OK)
		code = check_day(r->as_at, "Report.as_at", err);
	if (code == ERR_OK && r->as_at < p.start)
		code = check_refuse(err, "Report.as_at", "before the period begins");
	if (code == ERR_OK)
		code = check_bytes(&r->measures_digest, FRAME_DIGEST_BYTES,
				   "Report.measures_digest", err);
	if (code == ERR_OK)
		code = check_bytes(&r->extract_digest, FRAME_DIGEST_BYTES, "Report.extract_digest",
				   err);
	if (code == ERR_OK)
		code = check_count(r->rows_read, "Report.rows_read", err);
	if (code == ERR_OK)
		code = check_count(r->rows_rejected, "Report.rows_rejected", err);
	return code == ERR_OK ? frame_check_rows(r, err) : code;
}

static enum err_code check_list(const District__List *l, struct err *err)
{
	enum err_code code = check_code(l->name, "List.name", err);

	if (code == ERR_OK)
		code = check_count(l->rows_read, "List.rows_read", err);
	if (code == ERR_OK)
		code = check_count(l->rows_rejected, "List.rows_rejected", err);
	return code;
}

static enum err_code check_reason(const District__Reason *r, struct err *err)
{
	enum err_code code = check_code(r->code, "Reason.code", err);

	if (code == ERR_OK && r->list[0] != '\0')
		code = check_code(r->list, "Reason.list", err);
	return code == ERR_OK ? check_count(r->count, "Reason.count", err) : code;
}

static enum err_code check_periods(char *const *texts, size_t n, const char *field, struct err *err)
{
	enum err_code code = ERR_OK;
	struct period p;

	for (size_t i = 0; i < n && code == ERR_OK; i++)
		code = check_period(texts[i], &p, field, err);
	return code;
}

static enum err_code check_return(const District__Return *r, struct err *err)
{
	enum err_code code = check_code(r->area, "Return.area", err);

	if (code == ERR_OK)
		code = check_code(r->dataset, "Return.dataset", err);
	/* An extract may be refused because it does not say its as-at, or cannot be read. */
	if (code == ERR_OK && (r->accepted || r->as_at != 0))
		code = check_day(r->as_at, "Return.as_at", err);
	if (code == ERR_OK && (r->accepted || r->extract_digest.len != 0))
		code = check_bytes(&r->extract_digest, FRAME_DIGEST_BYTES, "Return.extract_digest",
				   err);
	for (size_t i = 0; i < r->n_lists && code == ERR_OK; i++)
		code = check_list(r->lists[i], err);
	for (size_t i = 0; i < r->n_reasons && code == ERR_OK; i++)
		code = check_reason(r->reasons[i], err);
	if (code == ERR_OK)
		code = check_periods(r->confirmed, r->n_confirmed, "Return.confirmed", err);
	if (code == ERR_OK)
		code = check_periods(r->changed, r->n_changed, "Return.changed", err);
	return code == ERR_OK ? check_count(r->faults, "Return.faults", err) : code;
}

static enum err_code check_withdraw(const District__Withdraw *w, struct err *err)
{
	enum err_code code = check_bytes(&w->spool, FRAME_SPOOL_BYTES, "Withdraw.spool", err);

	if (code == ERR_OK)
		code = check_sequence(w->sequence, 1, "Withdraw.sequence", err);
	if (code == ERR_OK && w->reason[0] == '\0')
		code = check_refuse(err, "Withdraw.reason", "empty");
	return code;
}

static enum err_code check_void(const District__Void *v, uint64_t sequence, struct err *err)
{
	if (v->n_ranges == 0)
		return check_refuse(err, "Void.ranges", "empty");
	if (v->ranges[v->n_ranges - 1]->last >= sequence)
		return check_refuse(err, "Void.ranges", "reach the number that declares them");
	return check_ranges(v->ranges, v->n_ranges, 0, "Void.ranges", err);
}

enum err_code frame_check_entry(const District__Entry *e, struct err *err)
{
	enum err_code code;

	if (!keys_name_valid(e->agent))
		return check_refuse(err, "Entry.agent", "not a name");
	code = check_bytes(&e->spool, FRAME_SPOOL_BYTES, "Entry.spool", err);
	if (code == ERR_OK)
		code = check_sequence(e->sequence, 1, "Entry.sequence", err);
	if (code == ERR_OK && e->sealed_us <= 0)
		code = check_refuse(err, "Entry.sealed_us", "not an instant");
	if (code != ERR_OK)
		return code;
	switch (e->body_case) {
	case DISTRICT__ENTRY__BODY_REPORT:
		return check_report(e->report, err);
	case DISTRICT__ENTRY__BODY_EXTRACT_RETURN:
		return check_return(e->extract_return, err);
	case DISTRICT__ENTRY__BODY_WITHDRAW:
		return check_withdraw(e->withdraw, err);
	case DISTRICT__ENTRY__BODY_VOID:
		return check_void(e->void_, e->sequence, err);
	case DISTRICT__ENTRY__BODY__NOT_SET:
	case _DISTRICT__ENTRY__BODY__CASE_IS_INT_SIZE:
		break;
	}
	return err_set(err, ERR_VERSION,
		       "Entry: of a kind that this program does not know; upgrade it");
}

/* ---- receipts */

static enum err_code check_refusal(const District__Refusal *r, struct err *err)
{
	enum err_code code = check_sequence(r->sequence, 1, "Refusal.sequence", err);

	return code == ERR_OK ? check_code(r->code, "Refusal.code", err) : code;
}

enum err_code frame_check_receipt(const District__Receipt *r, struct err *err)
{
	enum err_code code = check_bytes(&r->store, FRAME_STORE_BYTES, "Receipt.store", err);

	if (code == ERR_OK)
		code = check_bytes(&r->spool, FRAME_SPOOL_BYTES, "Receipt.spool", err);
	if (code == ERR_OK)
		code = check_sequence(r->stored_up_to, 0, "Receipt.stored_up_to", err);
	if (code == ERR_OK)
		code = check_ranges(r->beyond, r->n_beyond, r->stored_up_to, "Receipt.beyond", err);
	for (size_t i = 0; i < r->n_already && code == ERR_OK; i++)
		code = check_sequence(r->already[i], 1, "Receipt.already", err);
	for (size_t i = 0; i < r->n_refused && code == ERR_OK; i++)
		code = check_refusal(r->refused[i], err);
	if (code == ERR_OK && r->received_us <= 0)
		code = check_refuse(err, "Receipt.received_us", "not an instant");
	return code;
}
