/* What has happened to a signal (the store's events) and what people said of it (the office's
 * notes), as one list, oldest first. */
#include "aggregator/web/signals_page.h"

static void history_begin(struct html *h, int64_t at_us, const char *who, enum role role)
{
	char at[VIEW_PERIOD_BYTES];

	html_put(h, "<li><p class=\"drs-history__when\">%s", view_instant_label(at_us, at));
	if (who != NULL)
		html_put(h, " \xc2\xb7 %s, %s", who, role_label(role));
	html_raw(h, "</p><p>");
}

/* before: the event before it, NULL for none. */
static void history_write_event(const struct signal_page *p, const struct signal_event *event,
				const struct signal_event *before)
{
	char period[VIEW_PERIOD_BYTES];
	int was_open = before != NULL && before->state == SIGNAL_OPEN;
	int came_back = before != NULL && before->state == SIGNAL_CLOSED;

	(void)view_period_label(event->period, period);
	history_begin(p->h, event->at_us, NULL, ROLE_NONE);
	switch (event->state) {
	case SIGNAL_PENDING:
		html_put(p->h, "<strong>%s</strong>, on the figures of %s.",
			 came_back ? "Pending again" : "Pending", period);
		break;
	case SIGNAL_OPEN:
		if (was_open)
			html_put(p->h, "<strong>Held again</strong>, in %s.", period);
		else
			html_put(p->h, "<strong>Opened</strong>, on the figures of %s.", period);
		break;
	case SIGNAL_CLOSED:
		if (was_open)
			html_put(p->h,
				 "<strong>Closed</strong>: it had not held for two months running, "
				 "up to %s, or is no longer watched.",
				 period);
		else
			html_put(p->h, "<strong>Passed</strong> before it had opened.");
		break;
	}
	html_raw(p->h, "</p></li>\n");
}

static void history_write_note(const struct signal_page *p, const struct note *note)
{
	history_begin(p->h, note->at_us, note->who, note->role);
	switch (note->kind) {
	case NOTE_TEXT:
		break;
	case NOTE_ACKNOWLEDGED:
		html_raw(p->h, "<strong>Acknowledged.</strong> ");
		break;
	case NOTE_REOPENED:
		html_raw(p->h, "<strong>Acknowledgement taken back.</strong> ");
		break;
	case NOTE_OWNER:
		if (note->owner[0] == '\0')
			html_raw(p->h, "<strong>Nobody</strong> owns it from now on.");
		else
			html_put(p->h, "<strong>%s</strong> owns it from now on.", note->owner);
		break;
	}
	signals_write_text(p->h, note->text);
	html_raw(p->h, "</p></li>\n");
}

void signal_write_history(struct signal_page *p)
{
	size_t e = 0;
	size_t n = 0;

	html_raw(p->h, "<h2 class=\"govuk-heading-m\" id=\"history\">What has happened</h2>\n");
	if (p->n_events + p->notes.n == 0)
		html_raw(p->h, "<p class=\"govuk-body\">Nothing is recorded yet.</p>\n");
	else
		html_raw(p->h, "<ol class=\"drs-history\">\n");
	while (e < p->n_events || n < p->notes.n) {
		if (n == p->notes.n ||
		    (e < p->n_events && p->events[e].at_us <= p->notes.notes[n].at_us)) {
			history_write_event(p, &p->events[e], e == 0 ? NULL : &p->events[e - 1]);
			e++;
		} else {
			history_write_note(p, &p->notes.notes[n++]);
		}
	}
	if (p->n_events + p->notes.n > 0)
		html_raw(p->h, "</ol>\n");
}
