#include "aggregator/web/signals_page.h"

#include <string.h>

#define DAY_US (86400LL * 1000000)

const char *signals_concern_name(int concern)
{
	return concern > 0 ? "worse" : concern < 0 ? "better" : "neither";
}

const char *signals_kind_label(enum signal_kind kind)
{
	switch (kind) {
	case SIGNAL_PROCESS:
		return "Out of its usual range";
	case SIGNAL_FUNNEL:
		return "Apart from the other districts";
	case SIGNAL_UNSEEN:
		return "Risk that may go unseen";
	}
	return "";
}

const char *signals_area_name(const struct web *web, const char *code)
{
	int area = area_find(web->reading.areas, code);

	return area < 0 ? code : web->reading.areas->areas[area].name;
}

int signals_is_shown(const struct web *web, const struct viewer *v, const struct signal *s)
{
	return viewer_sees_area(v, s->area, web->reading.config->area);
}

static void signals_write_tag(struct html *h, const char *colour, const char *word)
{
	html_put(h, "<strong class=\"govuk-tag govuk-tag--%s\">%s</strong> ", colour, word);
}

/* Rules look at final months in order, so `first` to `last` is one stretch. */
static void signals_write_held(struct html *h, const struct signal *s)
{
	char first[VIEW_PERIOD_BYTES], last[VIEW_PERIOD_BYTES];
	int one = period_key(s->first) == period_key(s->last);

	(void)view_period_label(s->first, first);
	(void)view_period_label(s->last, last);
	if (one)
		html_put(h, "Held in %s.", last);
	else
		html_put(h, "Held from %s to %s.", first, last);
}

void signals_write_state(struct html *h, const struct signal *s)
{
	char date[VIEW_PERIOD_BYTES], until[VIEW_PERIOD_BYTES];

	switch (s->state) {
	case SIGNAL_PENDING:
		signals_write_tag(h, "yellow", "Pending");
		html_put(h, "since %s: it opens on final figures, or when it still holds on %s. ",
			 view_instant_label(s->pending_us, date),
			 view_instant_label(s->pending_us + SIGNALS_PENDING_DAYS * DAY_US, until));
		break;
	case SIGNAL_OPEN:
		signals_write_tag(h, s->concern > 0 ? "orange" : "blue", "Open");
		html_put(h, "since %s. ", view_instant_label(s->opened_us, date));
		break;
	case SIGNAL_CLOSED:
		signals_write_tag(h, "grey", s->opened_us == 0 ? "Passed" : "Closed");
		html_put(h, "on %s%s. ", view_instant_label(s->closed_us, date),
			 s->opened_us == 0 ? ", before it had opened" : "");
		break;
	}
	signals_write_held(h, s);
}

void signals_write_acknowledged(struct html *h, const struct signal *s,
				const struct notes_state *state)
{
	char at[VIEW_PERIOD_BYTES], last[VIEW_PERIOD_BYTES];

	if (state->acknowledged == NULL) {
		html_raw(h, "Not acknowledged");
		return;
	}
	html_put(h, "Acknowledged by %s on %s", state->acknowledged->who,
		 view_instant_label(state->acknowledged->at_us, at));
	if (state->held_again)
		html_put(h, ". <strong>It has held again since, in %s</strong>",
			 view_period_label(s->last, last));
}

void signals_write_text(struct html *h, const char *text)
{
	char line[512];

	while (*text != '\0') {
		size_t len = strcspn(text, "\n");
		size_t take = len < sizeof line ? len : sizeof line - 1;

		while (take < len && take > 0 && ((unsigned char)text[take] & 0xc0) == 0x80)
			take--; /* not within a character */
		memcpy(line, text, take);
		line[take] = '\0';
		html_text(h, line);
		text += take;
		if (*text == '\n') {
			html_raw(h, "<br />");
			text++;
		}
	}
}
