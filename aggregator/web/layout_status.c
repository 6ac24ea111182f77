/* The banner of every page: how many districts' figures are in for the newest month that is due,
 * and who is late. Worked out once for each change of the figures; a district's viewer is told of
 * its own only. */

#include <string.h>

#include "aggregator/received.h"
#include "aggregator/web/figures.h"
#include "aggregator/web/layout.h"
#include "proto/clock.h"
#include "proto/date.h"

static int status_has_come(enum received_state state)
{
	return state == RECEIVED_ON_TIME || state == RECEIVED_LATE || state == RECEIVED_HISTORY;
}

/* The newest month whose due date is over on the day. */
static struct period status_month(const struct web *web, int32_t today)
{
	struct period month = period_next(period_of(PERIOD_MONTH, today), -1);

	while (date_add_working_days(period_end(month), web->reading.config->due_working_days) >=
	       today)
		month = period_next(month, -1);
	return month;
}

static const char sql_last[] = "SELECT max(received_us) FROM report WHERE id IN ("
			       "SELECT max(report) FROM header WHERE area = $1"
			       " UNION ALL SELECT max(report) FROM return WHERE area = $1)";

static enum err_code status_last_us(const struct web *web, const char *area, int64_t *us,
				    struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	int row = 0;
	enum err_code code = db_prepare(web->reading.store->db, &stmt, sql_last, err);

	*us = 0;
	if (code == ERR_OK) {
		db_bind_text(stmt, 1, area);
		code = db_step(stmt, &row, err);
	}
	if (code == ERR_OK && row)
		*us = sqlite3_column_int64(stmt, 0);
	db_finalize(&stmt);
	return code;
}

/* An area counts as in when every dataset that is expected of it is. */
static void status_count(const struct received *received, struct web_status *s)
{
	for (size_t i = 0; i < received->n; i++) {
		const char *area = received->cells[i].area;
		int expected = 0;
		int late = 0;
		int seen = 0;

		for (size_t j = 0; j < i && !seen; j++)
			seen = strcmp(received->cells[j].area, area) == 0;
		if (seen)
			continue;
		for (size_t j = i; j < received->n; j++) {
			const struct received_cell *c = &received->cells[j];

			if (strcmp(c->area, area) != 0 || c->state == RECEIVED_NOT_EXPECTED)
				continue;
			expected = 1;
			if (!status_has_come(c->state))
				late = 1;
		}
		s->n_expected += expected;
		s->n_received += expected && !late;
		if (late && s->n_late < WEB_STATUS_LATE)
			memcpy(s->late[s->n_late].area, area, sizeof s->late[0].area);
		s->n_late += late;
	}
}

static enum err_code status_find(struct web *web, const char *area, int32_t today,
				 struct web_status *s, struct err *err)
{
	struct rollup_context context = reading_context(&web->reading);
	struct received *received = NULL;
	enum err_code code;

	memset(s, 0, sizeof *s);
	s->day = today;
	s->month = status_month(web, today);
	code = received_run(&context, area, s->month, s->month, clock_wall_us(), &received, err);
	if (code == ERR_OK)
		status_count(received, s);
	received_free(&received);
	for (int i = 0; i < s->n_late && i < WEB_STATUS_LATE && code == ERR_OK; i++)
		code = status_last_us(web, s->late[i].area, &s->late[i].last_us, err);
	if (code == ERR_CONFIG) /* the settings expect nothing */
		code = ERR_OK;
	s->known = code == ERR_OK;
	return code;
}

/* One or two are named; of more, any two would be the wrong ones to ask about. */
static void status_say_late(const struct web *web, const struct web_status *s, struct html *h)
{
	const struct area_tree *tree = web->reading.areas;
	char text[VIEW_PERIOD_BYTES];

	if (s->n_late > WEB_STATUS_LATE) {
		html_put(h, "; %d are missing", s->n_late);
		return;
	}
	for (int i = 0; i < s->n_late; i++) {
		html_put(h, "; %s ", tree->areas[area_find(tree, s->late[i].area)].name);
		if (s->late[i].last_us == 0)
			html_raw(h, "has never sent any");
		else
			html_put(h, "last sent %s", view_instant_label(s->late[i].last_us, text));
	}
}

/* The link, and what it says: for a city, or for a district's own. */
static void status_say(const struct web *web, const struct web_status *s, int64_t newest_us,
		       int own, struct html *h)
{
	char text[VIEW_PERIOD_BYTES];

	if (newest_us == 0) {
		html_raw(h,
			 "<a class=\"govuk-link\" href=\"/received\">No figures received yet</a>");
		return;
	}
	if (s->n_expected == 0) {
		html_put(
			h,
			"<a class=\"govuk-link\" href=\"/received\">Newest figures received %s</a>",
			view_instant_label(newest_us, text));
		return;
	}
	html_raw(h, "<a class=\"govuk-link\" href=\"/received\">");
	if (own)
		html_raw(h, s->n_late == 0 ? "Your figures are in" : "Your figures are missing");
	else
		html_put(h, s->n_late == 0 ? "All %d received" : "%d of %d received",
			 s->n_late == 0 ? s->n_expected : s->n_received, s->n_expected);
	html_put(h, " for %s</a>", view_period_label(s->month, text));
	status_say_late(web, s, h);
	if (s->n_late == 0)
		html_put(h, "; newest figures %s", view_instant_label(newest_us, text));
	html_raw(h, ".");
}

void layout_status(struct web *web, const struct request *rq, struct html *h, int wide)
{
	static const char *const looks[][2] = {
		{ "late", "!" },
		{ "whole", "\xe2\x9c\x93" },
		{ "plain", "\xe2\x80\xa2" },
	};
	const struct viewer *v = &rq->viewer;
	int own = v->role == ROLE_DISTRICT && v->area[0] != '\0';
	int64_t stamp, newest_us;
	int32_t today = clock_today();
	struct web_status mine;
	const struct web_status *s = &web->status;
	int look;

	if ((ROLE_BIT(v->role) & ROLES_READERS) == 0)
		return;
	stamp = figures_stamp(web->figures);
	newest_us = figures_newest_us(web->figures);
	if (own) {
		s = &mine;
		if (status_find(web, v->area, today, &mine, NULL) != ERR_OK)
			return;
	} else if (!s->known || s->stamp != stamp || s->day != today) {
		if (status_find(web, web->reading.config->area, today, &web->status, NULL) !=
		    ERR_OK)
			return;
		web->status.stamp = stamp;
	}
	look = s->n_late > 0 ? 0 : s->n_expected > 0 && newest_us != 0 ? 1 : 2;
	html_put(h,
		 "<div class=\"drs-status drs-status--%s\">"
		 "<div class=\"govuk-width-container%s\">"
		 "<p class=\"drs-status__text\"><span class=\"drs-status__symbol\" "
		 "aria-hidden=\"true\">%s</span>",
		 looks[look][0], wide ? " drs-wide" : "", looks[look][1]);
	status_say(web, s, newest_us, own, h);
	html_raw(h, "</p></div></div>\n");
}
