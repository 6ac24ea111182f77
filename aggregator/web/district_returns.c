/* What a district has sent: its return calendar, its last extracts with their faults, and where it
 * has corrected what was final. As of today, whatever day the figures are asked for. */
#include "aggregator/web/district.h"

#include <stdio.h>
#include <string.h>

#include "aggregator/web/layout.h"
#include "aggregator/web/received_cache.h"
#include "aggregator/web/received_state.h"
#include "proto/out.h"

#define EXTRACTS_MAX 6
#define NAMED_MAX 4 /* measures that a correction names; the others are counted */

static void returns_link(const struct district *d, const struct received_cell *c)
{
	char month[PERIOD_TEXT_BYTES];

	view_link(d->h, d->web, &d->view, "/received/reports", "district", c->area, "month",
		  period_format(c->month, month), "dataset", c->dataset, NULL);
}

/* ---- calendar */

static void returns_write_cell(const struct district *d, const struct received_cell *c)
{
	char month[VIEW_PERIOD_BYTES];

	html_put(d->h, "<td class=\"drs-grid__cell drs-grid__cell--%s%s\">",
		 received_state_name(c->state),
		 c->n_corrected > 0 ? " drs-grid__cell--corrected" : "");
	if (c->state == RECEIVED_NOT_EXPECTED) {
		html_raw(d->h, "<span class=\"govuk-visually-hidden\">not expected</span></td>");
		return;
	}
	html_raw(d->h, "<a href=\"");
	returns_link(d, c);
	html_put(d->h,
		 "\"><span class=\"drs-grid__symbol\" aria-hidden=\"true\">%s</span>%s"
		 "<span class=\"govuk-visually-hidden\">, %s</span>",
		 received_state_symbol(c->state), received_state_short(c->state),
		 view_period_label(c->month, month));
	if (c->n_corrected > 0)
		html_put(d->h,
			 " <span class=\"drs-nowrap\">+%d<span class=\"govuk-visually-hidden\"> "
			 "corrected</span></span>",
			 c->n_corrected);
	html_put(d->h, "%s</a></td>", c->nil ? " nil" : "");
}

static void returns_write_calendar(const struct district *d, const struct received *received)
{
	char month[VIEW_PERIOD_BYTES];

	html_raw(d->h, "<h3 class=\"govuk-heading-s\">Return calendar</h3>\n");
	if (received->n == 0) {
		html_raw(d->h, "<p class=\"govuk-body\">The settings expect nothing of this "
			       "district.</p>\n");
		return;
	}
	html_raw(d->h, "<div class=\"drs-scroller\" tabindex=\"0\" role=\"region\" "
		       "aria-label=\"Return calendar\"><table class=\"drs-grid\"><caption "
		       "class=\"govuk-visually-hidden\">Months received, by data set</caption>"
		       "<thead><tr><th scope=\"col\">Data set</th>");
	for (size_t i = 0; i < received->n && i < DISTRICT_MONTHS; i++)
		html_put(d->h, "<th scope=\"col\">%s</th>",
			 view_period_short(received->cells[i].month, month));
	html_raw(d->h, "</tr></thead>\n<tbody>");
	for (size_t i = 0; i < received->n; i++) {
		if (i % DISTRICT_MONTHS == 0)
			html_put(d->h, "%s<tr><th scope=\"row\">%s</th>", i == 0 ? "" : "</tr>\n",
				 received->cells[i].dataset);
		returns_write_cell(d, &received->cells[i]);
	}
	html_put(d->h,
		 "</tr></tbody></table></div>\n<p class=\"drs-note\">A month is due %d working "
		 "days after its end; +1: corrected once after it was final. Follow a cell to its "
		 "reports.</p>\n",
		 d->web->reading.config->due_working_days);
}

/* ---- extracts */

static const char sql_extracts[] =
	"SELECT t.as_at, r.received_us, t.dataset, t.accepted, t.n_lists, t.n_nil, t.n_absent, "
	"t.rows_read, t.rows_rejected, t.reasons, CASE WHEN json_valid(t.reasons) THEN "
	"json_array_length(t.reasons) ELSE 1 END FROM return t JOIN report r ON r.id = t.report "
	"WHERE t.area = $1 ORDER BY t.report DESC LIMIT $2";

/* What refused it in full view, the rest one step away. */
static void returns_write_faults(const struct district *d, sqlite3_stmt *stmt)
{
	const int n = sqlite3_column_int(stmt, 10);
	const int accepted = sqlite3_column_int(stmt, 3);
	char summary[48];

	if (!accepted)
		received_reasons(d->h, db_text(stmt, 9), RECEIVED_REASONS_REFUSING);
	if (accepted && n == 0)
		html_raw(d->h, "none");
	if (n == 0)
		return;
	(void)snprintf(summary, sizeof summary, "%d %s of fault", n, n == 1 ? "kind" : "kinds");
	layout_details_begin(d->h, summary);
	received_reasons(d->h, db_text(stmt, 9), RECEIVED_REASONS_ALL);
	layout_details_end(d->h);
}

static void returns_write_rows(const struct district *d, int64_t n_read, int64_t n_rejected)
{
	char read[32];
	char rejected[32];

	html_put(d->h, "<td>%s of %s rows rejected", html_number(n_rejected, rejected),
		 html_number(n_read, read));
	if (n_read > 0) {
		const int64_t tenths = out_round_ratio(n_rejected, n_read, 100, 1);

		html_put(d->h, " (%lld.%lld%%)", (long long)(tenths / 10),
			 (long long)(tenths % 10));
	}
	html_raw(d->h, "</td>");
}

static void returns_write_extract(const struct district *d, sqlite3_stmt *stmt)
{
	const int n_lists = sqlite3_column_int(stmt, 4);
	char text[VIEW_PERIOD_BYTES];

	html_put(d->h, "<tr><th scope=\"row\">%s</th>",
		 view_date_label(sqlite3_column_int(stmt, 0), text));
	html_put(d->h, "<td>%s on %s", sqlite3_column_int(stmt, 3) ? "accepted" : "refused",
		 view_instant_label(sqlite3_column_int64(stmt, 1), text));
	if (sqlite3_column_int(stmt, 5) > 0)
		html_put(d->h, " <span class=\"drs-mark\">%d of %d lists empty</span>",
			 sqlite3_column_int(stmt, 5), n_lists);
	if (sqlite3_column_int(stmt, 6) > 0)
		html_put(d->h, " <span class=\"drs-mark\">%d of %d lists absent</span>",
			 sqlite3_column_int(stmt, 6), n_lists);
	html_raw(d->h, "</td>");
	returns_write_rows(d, sqlite3_column_int64(stmt, 7), sqlite3_column_int64(stmt, 8));
	html_raw(d->h, "<td>");
	returns_write_faults(d, stmt);
	html_put(d->h, "</td><td>%s</td></tr>\n", db_text(stmt, 2));
}

static enum err_code returns_write_extracts(const struct district *d, struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	int n = 0;
	int row = 1;
	enum err_code code = db_prepare(d->web->reading.store->db, &stmt, sql_extracts, err);

	html_raw(d->h, "<h3 class=\"govuk-heading-s\">Last extracts</h3>\n");
	if (code == ERR_OK) {
		db_bind_text(stmt, 1, d->area->code);
		db_bind_int(stmt, 2, EXTRACTS_MAX);
	}
	while (code == ERR_OK && (code = db_step(stmt, &row, err)) == ERR_OK && row) {
		if (n++ == 0) {
			district_words_begin(d, "Last extracts");
			html_raw(d->h, "<th scope=\"col\">Extract of</th><th scope=\"col\">It was"
				       "</th><th scope=\"col\">Rows</th><th scope=\"col\">Faults "
				       "found</th><th scope=\"col\">Data set</th></tr></thead>"
				       "<tbody>\n");
		}
		returns_write_extract(d, stmt);
	}
	db_finalize(&stmt);
	if (n > 0)
		district_table_end(d);
	else
		html_raw(d->h, "<p class=\"govuk-body\">No extract has come from this district "
			       "yet.</p>\n");
	return code;
}

/* ---- corrections */

static const char sql_received[] = "SELECT received_us FROM report WHERE id = $1";

static enum err_code returns_received_us(const struct district *d, int64_t report, int64_t *us,
					 struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	int row = 0;
	enum err_code code = db_prepare(d->web->reading.store->db, &stmt, sql_received, err);

	*us = 0;
	if (code == ERR_OK) {
		db_bind_int(stmt, 1, report);
		code = db_step(stmt, &row, err);
	}
	if (code == ERR_OK && row)
		*us = sqlite3_column_int64(stmt, 0);
	db_finalize(&stmt);
	return code;
}

/* Measures whose total differs from what was final before the report came. Names only: figures go
 * through figures_get. */
static const char sql_changed[] =
	"SELECT s.measure FROM carried c JOIN series s ON s.id = c.measure "
	"JOIN observation o ON o.report = c.report AND o.series = c.measure "
	"JOIN observation b ON b.series = c.measure AND b.report = (SELECT max(p.report) FROM "
	"carried p JOIN header h ON h.report = p.report WHERE p.area = c.area AND p.period = "
	"c.period AND p.measure = c.measure AND p.report < c.report AND p.provisional = 0 AND "
	"h.withdrawn IS NULL) "
	"WHERE c.area = $1 AND c.period = $2 AND c.report = $3 "
	"AND (b.numerator <> o.numerator OR b.denominator <> o.denominator) ORDER BY s.measure";

static void returns_name(const struct district *d, const struct received_cell *c, const char *code)
{
	const struct measure *m = measures_find(d->web->reading.measures, code);
	char path[128];
	char month[PERIOD_TEXT_BYTES];

	if (m == NULL) {
		html_text(d->h, code);
		return;
	}
	(void)snprintf(path, sizeof path, "/measures/%s", m->code);
	html_raw(d->h, "<a class=\"govuk-link\" href=\"");
	view_link(d->h, d->web, &d->view, path, "by", "month", "period",
		  period_format(c->month, month), "sort", "", "desc", "", "breakdown", "", NULL);
	html_put(d->h, "\">%s</a>", m->title);
}

/* Which totals the last correction changed. */
static enum err_code returns_write_changed(const struct district *d, const struct received_cell *c,
					   struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	int n = 0;
	int row = 1;
	enum err_code code = db_prepare(d->web->reading.store->db, &stmt, sql_changed, err);

	if (code == ERR_OK) {
		db_bind_text(stmt, 1, c->area);
		db_bind_int(stmt, 2, period_key(c->month));
		db_bind_int(stmt, 3, c->corrected);
	}
	while (code == ERR_OK && (code = db_step(stmt, &row, err)) == ERR_OK && row) {
		if (n++ >= NAMED_MAX)
			continue;
		html_raw(d->h, n == 1 ? "" : ", ");
		returns_name(d, c, db_text(stmt, 0));
	}
	db_finalize(&stmt);
	if (n > NAMED_MAX)
		html_put(d->h, " and %d more", n - NAMED_MAX);
	html_raw(d->h, n == 0 ? "breakdowns only" : "");
	return code;
}

static enum err_code returns_show_corrected(const struct district *d, const struct received_cell *c,
					    struct err *err)
{
	char text[VIEW_PERIOD_BYTES];
	int64_t us = 0;
	enum err_code code = ERR_OK;

	if (c->corrected != 0)
		code = returns_received_us(d, c->corrected, &us, err);
	if (code != ERR_OK)
		return code;
	html_raw(d->h, "<tr><th scope=\"row\"><a class=\"govuk-link\" href=\"");
	returns_link(d, c);
	html_put(d->h, "\">%s</a></th><td>", view_period_label(c->month, text));
	if (c->corrected == 0) {
		html_put(d->h, "%d %s withdrawn</td><td>what had been given as final",
			 c->n_corrected, c->n_corrected == 1 ? "report" : "reports");
	} else {
		html_put(d->h, "corrected %d %s, last on %s</td><td>", c->n_corrected,
			 c->n_corrected == 1 ? "time" : "times", view_instant_label(us, text));
		code = returns_write_changed(d, c, err);
	}
	html_put(d->h, "</td><td>%s</td></tr>\n", c->dataset);
	return code;
}

static enum err_code returns_write_corrections(const struct district *d,
					       const struct received *received, struct err *err)
{
	enum err_code code = ERR_OK;
	int n = 0;

	html_raw(d->h, "<h3 class=\"govuk-heading-s\">Corrections of what was final</h3>\n");
	for (size_t i = received->n; code == ERR_OK && i > 0; i--) {
		const struct received_cell *c = &received->cells[i - 1];

		if (c->n_corrected == 0)
			continue;
		if (n++ == 0) {
			district_words_begin(d, "Corrections");
			html_raw(d->h,
				 "<th scope=\"col\">Month</th><th scope=\"col\">How often"
				 "</th><th scope=\"col\">Totals that the last one changed</th>"
				 "<th scope=\"col\">Data set</th></tr></thead><tbody>\n");
		}
		code = returns_show_corrected(d, c, err);
	}
	if (n > 0)
		district_table_end(d);
	else
		html_put(d->h,
			 "<p class=\"govuk-body\">None of the last %d months has been corrected "
			 "after it was final.</p>\n",
			 DISTRICT_MONTHS);
	return code;
}

enum err_code district_write_returns(const struct district *d, struct err *err)
{
	const struct received *received;
	enum err_code code = received_cache_get(d->web, d->view.area,
						period_next(d->month_to, 1 - DISTRICT_MONTHS),
						d->month_to, &received, err);

	if (code != ERR_OK)
		return code;
	html_raw(d->h, "<h2 class=\"drs-theme\">What it has sent</h2>\n");
	returns_write_calendar(d, received);
	code = returns_write_extracts(d, err);
	return code == ERR_OK ? returns_write_corrections(d, received, err) : code;
}
