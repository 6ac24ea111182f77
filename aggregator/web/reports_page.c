/* The signed reports that stand behind a cell of Data received: a district, a month, a data set. */
#include "aggregator/web/routes.h"

#include <stdio.h>

#include "aggregator/web/layout.h"
#include "aggregator/web/received_state.h"

struct reports_page {
	struct web *web;
	struct html *h;
	struct view view;
};

static const char sql_reports[] =
	"SELECT r.id, r.received_us, h.as_at, h.provisional, h.withdrawn, h.rows_read, "
	"h.rows_rejected, a.name, r.sequence, hex(r.digest), "
	"coalesce((SELECT t.reasons FROM return t WHERE t.area = h.area AND t.dataset = h.dataset "
	"AND t.as_at = h.as_at ORDER BY t.report DESC LIMIT 1), '[]') "
	"FROM header h JOIN report r ON r.id = h.report JOIN spool s ON s.id = r.spool "
	"JOIN agent a ON a.id = s.agent WHERE h.area = $1 AND h.period = $2 AND ($3 IS NULL OR "
	"h.dataset = $3) "
	"ORDER BY r.id DESC LIMIT 500";

static void reports_row(struct html *h, sqlite3_stmt *stmt)
{
	char text[VIEW_PERIOD_BYTES];
	char digest[17];

	(void)snprintf(digest, sizeof digest, "%s", db_text(stmt, 9));
	html_put(h, "<tr><td>%s</td><td>%s</td>",
		 view_instant_label(sqlite3_column_int64(stmt, 1), text),
		 sqlite3_column_type(stmt, 4) != SQLITE_NULL ? "withdrawn"
		 : sqlite3_column_int(stmt, 3)               ? "provisional"
							     : "final");
	html_put(h, "<td>%s</td>", view_date_label(sqlite3_column_int(stmt, 2), text));
	html_put(
		h,
		"<td class=\"drs-table__number\">%lld</td><td class=\"drs-table__number\">%lld</td>"
		"<td>%s, number %lld</td><td><code>%s</code></td><td>",
		(long long)sqlite3_column_int64(stmt, 5), (long long)sqlite3_column_int64(stmt, 6),
		db_text(stmt, 7), (long long)sqlite3_column_int64(stmt, 8), digest);
	received_reasons(h, db_text(stmt, 10), RECEIVED_REASONS_ALL);
	html_raw(h, "</td></tr>\n");
}

static enum err_code reports_table(const struct reports_page *p, const char *area,
				   struct period month, const char *dataset, struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	int n = 0;
	int row = 1;
	enum err_code code = db_prepare(p->web->reading.store->db, &stmt, sql_reports, err);

	if (code == ERR_OK) {
		db_bind_text(stmt, 1, area);
		db_bind_int(stmt, 2, period_key(month));
		db_bind_text(stmt, 3, dataset);
	}
	while (code == ERR_OK && (code = db_step(stmt, &row, err)) == ERR_OK && row) {
		if (n++ == 0)
			html_raw(
				p->h,
				"<div class=\"drs-scroller\" tabindex=\"0\" role=\"region\" "
				"aria-label=\"Reports\"><table class=\"drs-table\"><thead><tr>"
				"<th scope=\"col\">Received</th><th scope=\"col\">Status</th>"
				"<th scope=\"col\">Extract of</th><th scope=\"col\" "
				"class=\"drs-table__number\">Rows read</th><th scope=\"col\" "
				"class=\"drs-table__number\">Rows rejected</th><th "
				"scope=\"col\">Agent"
				"</th><th scope=\"col\">Digest begins</th><th scope=\"col\">Faults "
				"found in the extract</th></tr></thead><tbody>\n");
		reports_row(p->h, stmt);
	}
	db_finalize(&stmt);
	html_raw(p->h, n > 0 ? "</tbody></table></div>\n"
			     : "<p class=\"govuk-body\">No report of this month is stored.</p>\n");
	return code;
}

/* Which cell: ERR_MALFORMED or ERR_MISSING by name. */
static enum err_code reports_which(struct web *web, const struct request *rq, int *area,
				   struct period *month, const char **dataset, struct err *err)
{
	const char *district = request_query(rq, "district");
	const char *text = request_query(rq, "month");
	enum err_code code;

	*dataset = request_query(rq, "dataset");
	if (district == NULL || text == NULL)
		return err_set(err, ERR_MALFORMED,
			       "the address must name district and month; follow a link of Data "
			       "received");
	code = rollup_area(web->reading.areas, district, area, err);
	if (code == ERR_OK && !viewer_sees_area(&rq->viewer, district, web->reading.config->area))
		code = err_set(err, ERR_DENIED,
			       "your account sees its own district's reports only");
	if (code == ERR_OK)
		code = period_parse(text, month, err);
	if (code == ERR_OK && month->kind != PERIOD_MONTH)
		code = err_set(err, ERR_MALFORMED, "month: write it as 2026-09");
	return code;
}

static enum err_code reports_write(struct web *web, const struct request *rq, struct response *rs,
				   struct err *err)
{
	struct reports_page p = { .web = web, .h = &rs->body };
	struct layout layout = { .section = LAYOUT_RECEIVED,
				 .path = "/received/reports",
				 .wide = 1 };
	struct period month;
	const char *dataset;
	char label[VIEW_PERIOD_BYTES];
	char title[256];
	int area;
	enum err_code code = reports_which(web, rq, &area, &month, &dataset, err);

	if (code == ERR_OK)
		code = view_read(web, rq, &p.view, err);
	if (code != ERR_OK)
		return code;
	(void)snprintf(title, sizeof title, "Reports of %s for %s",
		       web->reading.areas->areas[area].name, view_period_label(month, label));
	layout.title = title;
	layout.lead = "Newest first. A report that a newer one replaced is kept as it was signed.";
	layout_begin(web, rq, p.h, &layout);
	html_raw(p.h, "<p class=\"govuk-body\"><a class=\"govuk-link\" href=\"");
	view_link(p.h, web, &p.view, "/received", NULL);
	html_raw(p.h, "\">Back to data received</a></p>\n");
	code = reports_table(&p, web->reading.areas->areas[area].code, month, dataset, err);
	layout_end(web, rq, p.h, &layout);
	return code;
}

const struct route reports_routes[] = {
	{ REQUEST_GET, "/received/reports", ROLES_READERS, ROUTE_PAGE, reports_write },
	{ 0 },
};
