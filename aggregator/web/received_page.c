/* Data received: who has reported which month, and when; what is missing now and whose it is; what
 * was refused and why; how the agents are. A district's viewer sees its own rows. */
#include "aggregator/web/routes.h"

#include <stdlib.h>
#include <string.h>

#include "aggregator/agent_health.h"
#include "aggregator/site.h"
#include "aggregator/web/export.h"
#include "aggregator/web/figures.h"
#include "aggregator/web/layout.h"
#include "aggregator/web/received_cache.h"
#include "aggregator/web/received_state.h"
#include "proto/clock.h"
#include "proto/date.h"

#define MONTHS_MAX 36
#define REFUSED_MAX 50 /* newest refusals that the page lists */

struct received_page {
	struct web *web;
	const struct request *rq;
	struct html *h;
	struct view view;
	struct period from, to;
	const struct received *received;
	size_t n_months;
};

/* The district's own rows, or everybody's. */
static enum err_code received_open(struct web *web, const struct request *rq,
				   struct received_page *p, struct err *err)
{
	enum err_code code = view_read(web, rq, &p->view, err);

	if (code != ERR_OK)
		return code;
	if (p->view.by != PERIOD_MONTH) { /* from a page of weeks or quarters: their last month */
		p->view.period = period_of(PERIOD_MONTH, period_end(p->view.period));
		p->view.by = PERIOD_MONTH;
	}
	if (request_query(rq, "n") == NULL)
		p->view.n_periods = 12;
	if (p->view.n_periods > MONTHS_MAX)
		p->view.n_periods = MONTHS_MAX;
	p->web = web;
	p->rq = rq;
	p->to = p->view.period;
	p->from = period_next(p->to, 1 - p->view.n_periods);
	p->n_months = (size_t)p->view.n_periods;
	return received_cache_get(web, p->view.area, p->from, p->to, &p->received, err);
}

static const char *received_area_name(const struct received_page *p, const char *code)
{
	const struct area_tree *tree = p->web->reading.areas;
	int area = area_find(tree, code);

	return area < 0 ? code : tree->areas[area].name;
}

/* ---- what is missing now */

static const char sql_last_return[] =
	"SELECT t.as_at, t.accepted, r.received_us FROM return t JOIN report r ON r.id = t.report "
	"WHERE t.area = $1 AND t.dataset = $2 ORDER BY t.report DESC LIMIT 1";

static enum err_code received_last_return(const struct received_page *p,
					  const struct received_cell *c, struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	char text[VIEW_PERIOD_BYTES];
	int row = 0;
	enum err_code code = db_prepare(p->web->reading.store->db, &stmt, sql_last_return, err);

	if (code == ERR_OK) {
		db_bind_text(stmt, 1, c->area);
		db_bind_text(stmt, 2, c->dataset);
		code = db_step(stmt, &row, err);
	}
	if (code == ERR_OK && !row)
		html_raw(p->h, " It has never sent an extract's return.");
	if (code == ERR_OK && row) {
		html_put(p->h, " Its newest extract is of %s",
			 view_date_label(sqlite3_column_int(stmt, 0), text));
		html_put(p->h, "%s, sent %s.",
			 sqlite3_column_int(stmt, 1) ? "" : " and was refused",
			 view_instant_label(sqlite3_column_int64(stmt, 2), text));
	}
	db_finalize(&stmt);
	return code;
}

static int received_is_owed(const struct received_cell *c)
{
	return c->state == RECEIVED_MISSING || c->state == RECEIVED_REFUSED ||
	       c->state == RECEIVED_PROVISIONAL;
}

/* One line for an area's months of a data set: the newest that is owed, and how many more. */
static enum err_code received_owed_by(const struct received_page *p, size_t row, int *n_lines,
				      struct err *err)
{
	const struct received_cell *c = NULL;
	char month[VIEW_PERIOD_BYTES];
	char due[VIEW_PERIOD_BYTES];
	enum err_code code;
	int n = 0;

	for (size_t i = row; i < row + p->n_months; i++) {
		if (received_is_owed(&p->received->cells[i])) {
			c = &p->received->cells[i];
			n++;
		}
	}
	if (c == NULL)
		return ERR_OK;
	if ((*n_lines)++ == 0)
		html_raw(p->h, "<ul class=\"drs-attention\">\n");
	html_put(p->h,
		 "<li class=\"drs-attention--late\"><strong>%s, %s</strong> (%s): %s, due %s, %d "
		 "days ago.",
		 received_area_name(p, c->area), view_period_label(c->month, month), c->dataset,
		 received_state_words(c->state), view_date_label(c->due, due),
		 clock_today() - c->due);
	if (n > 1)
		html_put(p->h,
			 n == 2 ? " %d earlier month is owed too."
				: " %d earlier months are owed too.",
			 n - 1);
	code = received_last_return(p, c, err);
	html_raw(p->h, "</li>\n");
	return code;
}

static enum err_code received_owed(const struct received_page *p, struct err *err)
{
	enum err_code code = ERR_OK;
	int n = 0;

	html_raw(p->h, "<h2 class=\"govuk-heading-m\">What is owed now</h2>\n");
	for (size_t row = 0; row < p->received->n && code == ERR_OK; row += p->n_months)
		code = received_owed_by(p, row, &n, err);
	html_raw(p->h, n > 0 ? "</ul>\n"
			     : "<p class=\"govuk-body\">Nothing that is due is missing in these "
			       "months.</p>\n");
	return code;
}

/* ---- the grid */

static void received_key(struct html *h)
{
	static const enum received_state shown[] = { RECEIVED_ON_TIME,     RECEIVED_LATE,
						     RECEIVED_MISSING,     RECEIVED_REFUSED,
						     RECEIVED_PROVISIONAL, RECEIVED_NOT_DUE,
						     RECEIVED_HISTORY };

	html_raw(h, "<ul class=\"drs-key\">");
	for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++)
		html_put(h,
			 "<li><span class=\"drs-grid__symbol\" aria-hidden=\"true\">%s</span> "
			 "%s</li>",
			 received_state_symbol(shown[i]), received_state_words(shown[i]));
	html_raw(h, "<li>+2: corrected twice after it was final</li></ul>\n");
}

static void received_cell(const struct received_page *p, const struct received_cell *c)
{
	char month[VIEW_PERIOD_BYTES];
	char text[PERIOD_TEXT_BYTES];

	html_put(p->h, "<td class=\"drs-grid__cell drs-grid__cell--%s\">",
		 received_state_name(c->state));
	if (c->state == RECEIVED_NOT_EXPECTED) {
		html_raw(p->h, "<span class=\"govuk-visually-hidden\">not expected</span></td>");
		return;
	}
	html_put(p->h, "<a href=\"");
	view_link(p->h, p->web, &p->view, "/received/reports", "district", c->area, "month",
		  period_format(c->month, text), "dataset", c->dataset, NULL);
	html_put(p->h,
		 "\"><span class=\"drs-grid__symbol\" aria-hidden=\"true\">%s</span>%s"
		 "<span class=\"govuk-visually-hidden\">, %s %s</span>",
		 received_state_symbol(c->state), received_state_short(c->state),
		 received_area_name(p, c->area), view_period_label(c->month, month));
	if (c->n_corrected > 0)
		html_put(p->h,
			 " <span class=\"drs-nowrap\">+%d<span class=\"govuk-visually-hidden\"> "
			 "corrected</span></span>",
			 c->n_corrected);
	if (c->nil)
		html_raw(p->h, " nil");
	html_raw(p->h, "</a></td>");
}

static void received_grid(const struct received_page *p, size_t first, size_t end)
{
	const char *dataset = p->received->cells[first].dataset;
	char text[VIEW_PERIOD_BYTES];

	html_put(p->h,
		 "<div class=\"drs-scroller\" tabindex=\"0\" role=\"region\" aria-label=\"Months "
		 "received of %s\"><table class=\"drs-grid\"><caption "
		 "class=\"govuk-table__caption\">Data set %s, by month</caption>\n<thead><tr>"
		 "<th scope=\"col\">District</th>",
		 dataset, dataset);
	for (size_t i = first; i < first + p->n_months; i++)
		html_put(p->h, "<th scope=\"col\">%s</th>",
			 view_period_short(p->received->cells[i].month, text));
	html_raw(p->h, "</tr></thead>\n<tbody>\n");
	for (size_t row = first; row < end; row += p->n_months) {
		html_put(p->h, "<tr><th scope=\"row\">%s</th>",
			 received_area_name(p, p->received->cells[row].area));
		for (size_t i = row; i < row + p->n_months; i++)
			received_cell(p, &p->received->cells[i]);
		html_raw(p->h, "</tr>\n");
	}
	html_raw(p->h, "</tbody></table></div>\n");
}

static void received_grids(const struct received_page *p)
{
	const struct received *r = p->received;

	html_raw(p->h, "<h2 class=\"govuk-heading-m\">Month by month</h2>\n");
	html_put(
		p->h,
		"<p class=\"drs-note\">A month is due %d working days after its end. Follow a cell "
		"to the reports that stand behind it.</p>\n",
		p->web->reading.config->due_working_days);
	received_key(p->h);
	for (size_t first = 0; first < r->n;) {
		size_t end = first;

		while (end < r->n && strcmp(r->cells[end].dataset, r->cells[first].dataset) == 0)
			end += p->n_months;
		received_grid(p, first, end);
		first = end;
	}
}

/* ---- what was refused */

static const char sql_refused[] =
	"SELECT r.received_us, t.area, t.dataset, t.as_at, 'extract', t.reasons FROM return t "
	"JOIN report r ON r.id = t.report WHERE t.accepted = 0 AND ($1 IS NULL OR t.area = $1) "
	"UNION ALL SELECT at_us, area, dataset, 0, 'report', reason FROM refusal "
	"WHERE $1 IS NULL OR area = $1 ORDER BY 1 DESC LIMIT $2";

static void received_write_refused_row(const struct received_page *p, sqlite3_stmt *stmt)
{
	const int is_extract = strcmp(db_text(stmt, 4), "extract") == 0;
	char text[VIEW_PERIOD_BYTES];

	html_put(p->h, "<tr><td>%s</td><td>%s</td><td>%s</td><td>",
		 view_instant_label(sqlite3_column_int64(stmt, 0), text),
		 received_area_name(p, db_text(stmt, 1)), db_text(stmt, 2));
	if (is_extract) {
		html_put(p->h, "extract of %s</td><td>",
			 view_date_label(sqlite3_column_int(stmt, 3), text));
		received_reasons(p->h, db_text(stmt, 5), RECEIVED_REASONS_REFUSING);
	} else {
		html_put(p->h, "a report</td><td>%s", db_text(stmt, 5));
	}
	html_raw(p->h, "</td></tr>\n");
}

static enum err_code received_refused(const struct received_page *p, struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	const int own = p->rq->viewer.role == ROLE_DISTRICT;
	int n = 0;
	int row = 1;
	enum err_code code = db_prepare(p->web->reading.store->db, &stmt, sql_refused, err);

	html_raw(p->h, "<h2 class=\"govuk-heading-m\">What was refused</h2>\n");
	if (code == ERR_OK) {
		db_bind_text(stmt, 1, own ? p->rq->viewer.area : NULL);
		db_bind_int(stmt, 2, REFUSED_MAX);
	}
	while (code == ERR_OK && (code = db_step(stmt, &row, err)) == ERR_OK && row) {
		if (n++ == 0)
			html_raw(p->h,
				 "<div class=\"drs-scroller\" tabindex=\"0\" role=\"region\" "
				 "aria-label=\"Refused\"><table class=\"drs-table\"><thead><tr>"
				 "<th scope=\"col\">When</th><th scope=\"col\">District</th>"
				 "<th scope=\"col\">Data set</th><th scope=\"col\">What</th>"
				 "<th scope=\"col\">Why</th></tr></thead><tbody>\n");
		received_write_refused_row(p, stmt);
	}
	db_finalize(&stmt);
	html_raw(p->h, n > 0 ? "</tbody></table></div>\n"
			     : "<p class=\"govuk-body\">Nothing has been refused.</p>\n");
	return code;
}

/* ---- agents */

static int received_sees_agent(const struct received_page *p, const struct agent_health *a)
{
	const size_t len = strlen(p->rq->viewer.area);
	const char *at = a->areas;

	if (p->rq->viewer.role != ROLE_DISTRICT)
		return 1;
	while ((at = strstr(at, p->rq->viewer.area)) != NULL) {
		if ((at == a->areas || at[-1] == ' ') && (at[len] == ' ' || at[len] == '\0'))
			return 1;
		at += len;
	}
	return 0;
}

static void received_agent(const struct received_page *p, const struct agent_health *a)
{
	char text[VIEW_PERIOD_BYTES];

	html_put(p->h, "<tr><th scope=\"row\">%s</th><td>%s", a->name,
		 agent_condition_label(a->condition));
	if (a->since_us != 0)
		html_put(p->h, " since %s", view_instant_label(a->since_us, text));
	if (agent_condition_owner(a->condition)[0] != '\0')
		html_put(p->h, " (%s)", agent_condition_owner(a->condition));
	html_put(p->h, "</td><td>%s</td>",
		 a->last_contact_us == 0 ? "never" : view_instant_label(a->last_contact_us, text));
	html_put(p->h, "<td>%s</td>",
		 a->newest_as_at == 0 ? "none yet" : view_date_label(a->newest_as_at, text));
	html_put(p->h, "<td class=\"drs-table__number\">%lld</td><td>%s</td><td>%s</td><td>%s</td>",
		 (long long)a->waiting, a->program,
		 !a->beaten         ? "not known"
		 : a->same_measures ? "the centre's"
				    : "others than the centre's",
		 a->last_fault[0] == '\0' ? "none" : a->last_fault);
	html_raw(p->h, "</tr>\n");
}

static enum err_code received_agents(const struct received_page *p, struct err *err)
{
	struct agent_health *agents = NULL;
	size_t n = 0;
	enum err_code code =
		agent_health_list(p->web->reading.store, p->web->reading.measures->digest,
				  clock_wall_us(), &agents, &n, err);

	html_raw(p->h, "<h2 class=\"govuk-heading-m\">Agents in the district offices</h2>\n");
	if (n > 0)
		html_raw(p->h,
			 "<div class=\"drs-scroller\" tabindex=\"0\" role=\"region\" "
			 "aria-label=\"Agents\"><table class=\"drs-table\"><thead><tr>"
			 "<th scope=\"col\">Agent</th><th scope=\"col\">Condition</th>"
			 "<th scope=\"col\">Last contact</th><th scope=\"col\">Newest extract</th>"
			 "<th scope=\"col\" class=\"drs-table__number\">Reports waiting</th>"
			 "<th scope=\"col\">Program</th><th scope=\"col\">Definitions</th>"
			 "<th scope=\"col\">Last fault</th></tr></thead><tbody>\n");
	for (size_t i = 0; i < n; i++)
		if (received_sees_agent(p, &agents[i]))
			received_agent(p, &agents[i]);
	html_raw(p->h, n > 0 ? "</tbody></table></div>\n"
			     : "<p class=\"govuk-body\">No agent has been enrolled yet.</p>\n");
	free(agents);
	return code;
}

/* ---- the page and its file */

static enum err_code received_write(struct web *web, const struct request *rq, struct response *rs,
				    struct err *err)
{
	struct received_page p = { .h = &rs->body };
	struct layout layout = { .title = "Data received",
				 .lead = "Which district has reported which month, when, and how "
					 "often it was corrected.",
				 .section = LAYOUT_RECEIVED,
				 .filters = LAYOUT_FILTER_PERIOD | LAYOUT_FILTER_COUNT,
				 .path = "/received",
				 .wide = 1 };
	enum err_code code = received_open(web, rq, &p, err);

	if (code != ERR_OK)
		return code;
	layout.view = &p.view;
	layout_begin(web, rq, p.h, &layout);
	if (p.received->n == 0)
		html_raw(p.h, "<div class=\"drs-empty\"><p>The settings name no data set that is "
			      "expected, so nothing can be late.</p><p>The operator lists area, "
			      "data set and first month under <code>expected</code>.</p></div>\n");
	else
		code = received_owed(&p, err);
	if (code == ERR_OK && p.received->n > 0) {
		received_grids(&p);
		html_raw(p.h, "<p class=\"govuk-body drs-no-print\"><a class=\"govuk-link\" "
			      "href=\"");
		view_link(p.h, web, &p.view, "/received.csv", NULL);
		html_raw(p.h, "\">Download this grid (CSV)</a></p>\n");
	}
	if (code == ERR_OK)
		code = received_refused(&p, err);
	if (code == ERR_OK)
		code = received_agents(&p, err);
	layout_end(web, rq, p.h, &layout);
	return code;
}

static void export_date(struct export *e, int32_t date)
{
	char text[DATE_TEXT_BYTES];

	out_text(e->out, date == INT32_MIN ? NULL : date_format(date, text));
}

static enum err_code received_write_csv(struct web *web, const struct request *rq,
					struct response *rs, struct err *err)
{
	static const char *const columns[] = {
		"dataset",  "area",  "month",      "state",    "due",
		"received", "as_at", "corrected>", "refused>", "nil"
	};
	struct received_page p = { .h = &rs->body };
	struct export e;
	enum err_code code = received_open(web, rq, &p, err);

	if (code == ERR_OK)
		code = export_begin(&e, columns, 10, err);
	if (code != ERR_OK)
		return code;
	for (size_t i = 0; i < p.received->n; i++) {
		const struct received_cell *c = &p.received->cells[i];
		char text[SITE_INSTANT_BYTES];

		export_text(&e, c->dataset);
		export_text(&e, c->area);
		out_text(e.out, period_format(c->month, text));
		out_text(e.out, received_state_name(c->state));
		export_date(&e, c->state == RECEIVED_NOT_EXPECTED ? INT32_MIN : c->due);
		out_text(e.out, site_instant(c->received_us, text));
		export_date(&e, c->as_at);
		out_int(e.out, c->n_corrected);
		out_int(e.out, c->n_refused);
		out_bool(e.out, c->nil);
	}
	return export_end(&e, rs, "received.csv", err);
}

const struct route received_routes[] = {
	{ REQUEST_GET, "/received", ROLES_READERS, ROUTE_PAGE, received_write },
	{ REQUEST_GET, "/received.csv", ROLES_READERS, ROUTE_PAGE, received_write_csv },
	{ 0 },
};
