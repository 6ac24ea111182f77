/* audit: an address in, the figure and every report behind it out. A report that cannot be read or
 * verified stays in the list, with what is wrong with it. */

#include "aggregator/audit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/rollup_value.h"
#include "proto/db.h"

#define ADDRESS_BYTES 320

struct audit_run {
	const struct rollup_context *context;
	char address[ADDRESS_BYTES]; /* cut into the parts below */
	const char *measure, *area, *dimension, *category;
	struct period period;
	struct rollup_terms terms;
	struct rollup_result *districts;
	struct audit *result;
	size_t size;
	sqlite3_stmt *stmt;
	struct frame frame;
};

/* ---- the address */

static enum err_code audit_malformed(const char *address, struct err *err)
{
	(void)err_set(err, ERR_MALFORMED,
		      "\"%.200s\" is not an address: write measure/area/period or "
		      "measure/area/period/dimension=category, as contacts/birmingham/2026-03",
		      address);
	return ERR_MALFORMED;
}

static enum err_code audit_parse(struct audit_run *run, const char *address, struct err *err)
{
	char *parts[4] = { NULL, NULL, NULL, NULL };
	char *equals;
	int n = 0;

	if (strlen(address) >= sizeof run->address)
		return audit_malformed(address, err);
	memcpy(run->address, address, strlen(address) + 1);
	for (char *at = run->address; at != NULL; n++) {
		char *slash = strchr(at, '/');

		if (n == 4 || *at == '\0' || *at == '/')
			return audit_malformed(address, err);
		parts[n] = at;
		if (slash != NULL)
			*slash++ = '\0';
		at = slash;
	}
	if (n < 3)
		return audit_malformed(address, err);
	run->measure = parts[0];
	run->area = parts[1];
	run->category = "";
	if (n == 4) {
		equals = strchr(parts[3], '=');
		if (equals == NULL || equals == parts[3])
			return audit_malformed(address, err);
		*equals = '\0';
		run->dimension = parts[3];
		run->category = equals + 1;
	}
	return period_parse(parts[2], &run->period, err);
}

/* ---- the figure */

static enum err_code audit_figure(struct audit_run *run, struct err *err)
{
	struct rollup_query q = { .measure = run->measure,
				  .area = run->area,
				  .by = run->period.kind,
				  .from = run->period,
				  .to = run->period,
				  .breakdown = run->dimension };
	struct rollup_result *figure = NULL;
	enum err_code code = rollup_run(run->context, &q, &figure, err);
	size_t i = 0;

	if (code != ERR_OK)
		return code;
	while (i < figure->n && strcmp(figure->cells[i].category, run->category) != 0)
		i++;
	if (i == figure->n) {
		rollup_free(&figure);
		return err_set(err, ERR_MISSING, "no figure of %s by %s has the category '%.64s'",
			       run->measure, run->dimension, run->category);
	}
	run->result->cell = figure->cells[i];
	run->result->measure = figure->measure;
	rollup_free(&figure);
	code = rollup_terms_find(run->context->measures, run->result->measure, &run->terms, err);
	q.districts = 1;
	return code == ERR_OK ? rollup_run(run->context, &q, &run->districts, err) : code;
}

/* ---- reports */

static struct audit_row *audit_add(struct audit_run *run, struct err *err)
{
	struct audit *r = run->result;

	if (r->n == run->size) {
		size_t size = run->size == 0 ? 32 : run->size * 2;
		struct audit_row *bigger = realloc(r->rows, size * sizeof *r->rows);

		if (bigger == NULL) {
			(void)err_set(err, ERR_NOMEM, "out of memory");
			return NULL;
		}
		r->rows = bigger;
		run->size = size;
	}
	memset(&r->rows[r->n], 0, sizeof *r->rows);
	return &r->rows[r->n++];
}

static void audit_fault(struct audit_row *row, const char *what)
{
	size_t len = strlen(row->fault);

	(void)snprintf(row->fault + len, sizeof row->fault - len, "%s%s", len == 0 ? "" : "; ",
		       what);
}

/* Takes the figure out of a decoded report. A category that it does not list is 0 when it carries
 * the breakdown. */
static void audit_find(struct audit_run *run, const District__Report *report, struct audit_row *row)
{
	const char *dimension = run->dimension == NULL ? "" : run->dimension;
	char period[PERIOD_TEXT_BYTES];
	int carried = 0;

	if (strcmp(report->area, row->area) != 0 ||
	    strcmp(report->period, period_format(row->period, period)) != 0) {
		audit_fault(row, "the bytes are of another area or period");
		return;
	}
	for (size_t i = 0; i < report->n_measure; i++) {
		const char *category = report->dictionary[report->category[i]];

		if (strcmp(report->dictionary[report->measure[i]], row->measure) != 0 ||
		    strcmp(report->dictionary[report->dimension[i]], dimension) != 0)
			continue;
		carried |= *category == '\0';
		if (strcmp(category, run->category) != 0)
			continue;
		row->numerator = report->numerator[i];
		row->denominator = report->denominator[i];
	}
	if (!carried)
		audit_fault(row, "the bytes do not carry the figure");
}

static void audit_check_bytes(struct audit_run *run, const uint8_t *payload, size_t len,
			      struct audit_row *row)
{
	uint8_t digest[FRAME_DIGEST_BYTES];
	struct err err = { .code = ERR_OK };

	frame_digest(payload, len, digest);
	if (sqlite3_column_bytes(run->stmt, 3) != FRAME_DIGEST_BYTES ||
	    memcmp(digest, sqlite3_column_blob(run->stmt, 3), sizeof digest) != 0)
		audit_fault(row, "digest does not match");
	if (sqlite3_column_bytes(run->stmt, 8) != 32 ||
	    frame_verify(payload, len, sqlite3_column_blob(run->stmt, 4),
			 (size_t)sqlite3_column_bytes(run->stmt, 4),
			 sqlite3_column_blob(run->stmt, 8), &err) != ERR_OK)
		audit_fault(row, "signature does not match");
	if (frame_decode_entry(&run->frame, payload, len, &err) != ERR_OK)
		audit_fault(row, err.text);
	else if (run->frame.entry->body_case != DISTRICT__ENTRY__BODY_REPORT)
		audit_fault(row, "the bytes are no report");
	else
		audit_find(run, run->frame.entry->report, row);
}

static void audit_copy_blob(sqlite3_stmt *stmt, int column, uint8_t *out, size_t size)
{
	if ((size_t)sqlite3_column_bytes(stmt, column) == size)
		memcpy(out, sqlite3_column_blob(stmt, column), size);
}

static const char sql_report[] =
	"SELECT a.name, r.sequence, r.received_us, r.digest, r.signature, r.payload, p.spool,"
	" h.as_at, a.signing_key, h.extract_digest FROM series t CROSS JOIN current c"
	" JOIN report r ON r.id = c.report JOIN header h ON h.report = r.id"
	" JOIN spool p ON p.id = r.spool JOIN agent a ON a.id = p.agent "
	"WHERE t.measure = ?1 AND t.dimension = '' AND t.category = ''"
	" AND c.measure = t.id AND c.period = ?2 AND c.area = ?3";

static enum err_code audit_report(struct audit_run *run, const char *area, int part,
				  struct period base, struct err *err)
{
	sqlite3 *db = run->context->store->db;
	enum err_code code = db_prepare(db, &run->stmt, sql_report, err);
	struct audit_row *row;
	int found = 0;

	if (code != ERR_OK)
		return code;
	db_bind_text(run->stmt, 1, run->terms.parts[part]->code);
	db_bind_int(run->stmt, 2, period_key(base));
	db_bind_text(run->stmt, 3, area);
	code = db_step(run->stmt, &found, err);
	if (code != ERR_OK || !found)
		return code; /* the area was not valid in this month: nothing to add */
	row = audit_add(run, err);
	if (row == NULL)
		return ERR_NOMEM;
	(void)snprintf(row->area, sizeof row->area, "%s", area);
	(void)snprintf(row->measure, sizeof row->measure, "%s", run->terms.parts[part]->code);
	(void)snprintf(row->agent, sizeof row->agent, "%s", db_text(run->stmt, 0));
	row->period = base;
	row->part = part;
	row->sequence = sqlite3_column_int64(run->stmt, 1);
	row->received_us = sqlite3_column_int64(run->stmt, 2);
	row->as_at = sqlite3_column_int(run->stmt, 7);
	audit_copy_blob(run->stmt, 6, row->spool, sizeof row->spool);
	audit_copy_blob(run->stmt, 9, row->extract_digest, sizeof row->extract_digest);
	audit_check_bytes(run, sqlite3_column_blob(run->stmt, 5),
			  (size_t)sqlite3_column_bytes(run->stmt, 5), row);
	run->result->n_faults += row->fault[0] != '\0';
	return ERR_OK;
}

/* The reports of one area: those of each part and base period that the figure needs. */
static enum err_code audit_area(struct audit_run *run, const char *area, struct err *err)
{
	struct period bases[12];
	int n = period_bases(run->period, bases);
	enum err_code code = ERR_OK;

	for (int k = 0; k < run->terms.n_parts; k++) {
		int first = run->terms.parts[k]->kind == MEASURE_FLOW ? 0 : n - 1;

		for (int b = first; b < n && code == ERR_OK; b++)
			code = audit_report(run, area, k, bases[b], err);
	}
	return code;
}

static void audit_sum(struct audit_run *run)
{
	struct audit *r = run->result;

	for (size_t i = 0; i < r->n; i++) {
		if (r->rows[i].part == 1) {
			r->denominator += r->rows[i].numerator;
			continue;
		}
		r->numerator += r->rows[i].numerator;
		if (run->terms.n_parts == 1)
			r->denominator += r->rows[i].denominator;
	}
	if (run->terms.population)
		r->denominator = r->cell.denominator;
	r->adds_up = r->numerator == r->cell.numerator && r->denominator == r->cell.denominator;
}

static enum err_code audit_collect(struct audit_run *run, struct err *err)
{
	enum err_code code = audit_figure(run, err);
	const struct rollup_cell *last = NULL;

	/* an area's first cell, its total, says whether it counts; one that reports for itself is
	 * the only one there is */
	for (size_t i = 0; code == ERR_OK && i < run->districts->n; i++) {
		const struct rollup_cell *c = &run->districts->cells[i];
		int self = strcmp(c->area, run->area) == 0;
		int area = area_find(run->context->areas, c->area);

		if (last != NULL && strcmp(last->area, c->area) == 0)
			continue;
		last = c;
		if ((!self || run->context->areas->areas[area].reports) &&
		    c->status != ROLLUP_MISSING)
			code = audit_area(run, c->area, err);
	}
	if (code == ERR_OK)
		audit_sum(run);
	return code;
}

enum err_code audit_run(const struct rollup_context *context, const char *address,
			struct audit **out, struct err *err)
{
	struct audit_run run = { .context = context, .result = calloc(1, sizeof *run.result) };
	sqlite3 *db = context->store->db;
	enum err_code code;

	*out = NULL;
	if (run.result == NULL)
		return err_set(err, ERR_NOMEM, "audit: out of memory");
	code = audit_parse(&run, address, err);
	if (code == ERR_OK)
		code = db_exec(db, "BEGIN", err);
	if (code == ERR_OK) {
		code = audit_collect(&run, err);
		db_finalize(&run.stmt);
		(void)db_exec(db, "COMMIT", NULL);
	}
	frame_clear(&run.frame);
	rollup_free(&run.districts);
	if (code == ERR_OK)
		*out = run.result;
	else
		audit_free(&run.result);
	return code;
}

void audit_free(struct audit **audit)
{
	if (*audit == NULL)
		return;
	free((*audit)->rows);
	free(*audit);
	*audit = NULL;
}
