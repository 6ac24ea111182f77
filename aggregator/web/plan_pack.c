/* The monthly pack: summary, plan, headline figures, open signals, data received, definitions. One
 * page, "/plan/pack", that prints well, and the same as "/plan/pack.html": one file that fetches
 * nothing and runs nothing, to be sent and kept. */
#include "aggregator/web/plan_pack.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/web/city.h"
#include "aggregator/web/layout.h"
#include "aggregator/web/notes.h"
#include "aggregator/web/protect.h"
#include "aggregator/web/received_cache.h"
#include "aggregator/web/received_state.h"
#include "aggregator/web/routes.h"
#include "proto/clock.h"
#include "proto/embed.h"

#define STYLE_FILE "aggregator/web/assets/app.css"
#define FILTERS (LAYOUT_FILTER_PERIOD | LAYOUT_FILTER_KNOWN_ON)
#define SENTENCE_BYTES 400
#define RECEIVED_MONTHS 6

struct pack {
	struct web *web;
	const struct request *rq;
	struct html *h;
	struct city city; /* with the view */
	struct plan_looks looks;
	struct notes notes;              /* what is said of signals */
	const struct received *received; /* the last months'; borrowed */
	struct period received_from;
	struct html body; /* of the file, before its links are taken out */
};

/* ---- shared with the plan's page */

void plan_write_note(struct html *h, const struct plan_looks *looks)
{
	html_put(h,
		 "<p class=\"drs-note\">Each newest final figure is compared with what the "
		 "trajectory says for the same period. “Behind” and “ahead” mean more than chance "
		 "explains: what was due lies outside the figure’s 95%% interval and its usual "
		 "movement from one period to the next, or %d figures in a row lie on one side. "
		 "“Too early to tell” means that the figure is not as good as was due, but that "
		 "chance may explain this and its difference from the baseline as well.</p>\n",
		 SPC_RUN);
	if (looks->n_rounded + looks->n_suppressed > 0)
		html_put(h, "<p class=\"drs-note\">%s</p>\n", protect_note);
}

static void plan_write_card(struct web *web, const struct view *view, struct html *h,
			    const struct plan_look *look, int links)
{
	char id[32], path[48], text[PLAN_SENTENCE_BYTES];

	(void)snprintf(id, sizeof id, "target-%" PRId64, look->target.id);
	(void)snprintf(path, sizeof path, "/plan/%" PRId64, look->target.id);
	html_raw(h, "<figure class=\"drs-chart\"><figcaption><h3 class=\"drs-chart__title\">");
	if (links) {
		html_raw(h, "<a class=\"govuk-link\" href=\"");
		view_link(h, web, view, path, NULL);
		html_put(h, "\">%s</a>", look->title);
	} else {
		html_text(h, look->title);
	}
	html_raw(h, "</h3><p class=\"drs-chart__subtitle\">");
	plan_write_status(h, look->status);
	html_put(h, "</p><p class=\"drs-chart__subtitle\">%s, %s</p></figcaption>\n",
		 look->area->name, plan_say_course(look->measure, &look->target, text));
	plan_write_chart(h, look, id);
	html_raw(h, "</figure>\n");
}

void plan_write_themes(struct web *web, const struct view *view, struct html *h,
		       const struct plan_looks *looks, int links)
{
	const char *theme = "";
	int n = 0;

	for (size_t i = 0; i < looks->n; i++) {
		const struct plan_look *look = &looks->looks[i];

		if (strcmp(theme, look->theme) != 0) {
			html_raw(h, n++ > 0 ? "</div></section>\n" : "");
			theme = look->theme;
			html_put(h,
				 "<section aria-labelledby=\"plan-theme-%d\">"
				 "<h2 class=\"drs-theme\" id=\"plan-theme-%d\">%s</h2>"
				 "<div class=\"drs-columns drs-plan__cards\">\n",
				 n, n, theme);
		}
		plan_write_card(web, view, h, look, links);
	}
	html_raw(h, n > 0 ? "</div></section>\n" : "");
}

/* Markup is ours: every '<' begins a tag, and attributes hold no '>' (html_text escapes both). */
void pack_write_unlinked(struct html *out, const char *markup, size_t len)
{
	const char *end = markup + len;

	while (markup < end) {
		const char *tag = memchr(markup, '<', (size_t)(end - markup));
		const char *close;

		html_bytes(out, markup, (size_t)((tag == NULL ? end : tag) - markup));
		if (tag == NULL)
			return;
		close = memchr(tag, '>', (size_t)(end - tag));
		if (close == NULL)
			return;
		if (strncmp(tag, "<a ", 3) != 0 && strncmp(tag, "</a>", 4) != 0)
			html_bytes(out, tag, (size_t)(close - tag) + 1);
		markup = close + 1;
	}
}

/* ---- sections */

static void pack_write_summary(const struct pack *p)
{
	char text[PLAN_SENTENCE_BYTES];
	size_t concerns = 0;

	for (size_t i = 0; i < p->city.signals.n; i++)
		concerns += p->city.signals.signals[i].concern > 0;
	html_raw(p->h, "<section aria-labelledby=\"summary\"><h2 class=\"drs-theme\" "
		       "id=\"summary\">Summary</h2><ul class=\"drs-attention\">\n");
	if (p->looks.n > 0)
		html_put(p->h, "<li>Improvement plan: %s.</li>\n",
			 plan_say_summary(&p->looks, text));
	else
		html_raw(p->h, "<li>Improvement plan: no target is in force.</li>\n");
	if (p->city.signals.n == 0)
		html_raw(p->h, "<li>No signal is open.</li></ul></section>\n");
	else
		html_put(p->h,
			 "<li>%s%zu %s open, of which %zu %s a concern.</li></ul></section>\n",
			 p->city.signals.n == CITY_SIGNALS_READ ? "More than " : "",
			 p->city.signals.n, p->city.signals.n == 1 ? "signal is" : "signals are",
			 concerns, concerns == 1 ? "is" : "are");
}

static void pack_write_plan(const struct pack *p)
{
	if (p->looks.n == 0)
		return;
	html_raw(p->h, "<section aria-labelledby=\"targets\"><h2 class=\"drs-theme\" "
		       "id=\"targets\">Improvement plan</h2>\n");
	plan_write_table(p->web, &p->city.view, p->h, &p->looks, 0);
	plan_write_note(p->h, &p->looks);
	html_raw(p->h, "</section>\n");
	plan_write_themes(p->web, &p->city.view, p->h, &p->looks, 0);
}

static void pack_write_figures(const struct pack *p)
{
	html_raw(p->h, "<section class=\"drs-page-break\" aria-labelledby=\"headline\">"
		       "<h2 class=\"drs-theme\" id=\"headline\">Headline figures</h2>\n");
	if (!p->city.has_figures)
		html_raw(p->h, "<p class=\"drs-note\">No district has reported yet.</p>\n");
	else
		city_write_tiles(&p->city, p->h);
	html_raw(p->h, "</section>\n<div class=\"drs-page-break\">");
	if (p->city.has_figures)
		city_write_table(&p->city, p->h);
	html_raw(p->h, "</div>\n");
}

/* Who looks into it, since when, and what they said. */
static void pack_write_acknowledged(const struct pack *p, const struct signal *s)
{
	const struct notes_state state = notes_state(&p->notes, s);
	char at[VIEW_PERIOD_BYTES];

	if (state.acknowledged == NULL)
		html_raw(p->h, "Not acknowledged");
	else
		html_put(p->h, "Acknowledged by %s on %s%s: %s", state.acknowledged->who,
			 view_instant_label(state.acknowledged->at_us, at),
			 state.held_again ? " (it has held again since)" : "",
			 state.acknowledged->text);
	if (state.owner != NULL && state.owner->owner[0] != '\0')
		html_put(p->h, "<span class=\"drs-mark\">Owner: %s</span>", state.owner->owner);
}

static void pack_write_signal(const struct pack *p, const struct signal *s)
{
	struct rollup_context context = reading_context(&p->web->reading);
	char text[SENTENCE_BYTES], since[VIEW_PERIOD_BYTES];

	html_put(p->h, "<tr><th scope=\"row\">%s</th><td>%s</td><td>%s</td><td>",
		 signal_say(s, &context, text, sizeof text),
		 s->concern > 0   ? "a concern"
		 : s->concern < 0 ? "an improvement"
				  : "a change",
		 view_instant_label(s->opened_us, since));
	pack_write_acknowledged(p, s);
	html_raw(p->h, "</td></tr>\n");
}

static void pack_write_signals(const struct pack *p)
{
	html_raw(p->h, "<section class=\"drs-page-break\" aria-labelledby=\"signals\">"
		       "<h2 class=\"drs-theme\" id=\"signals\">Open signals</h2>\n");
	if (p->city.signals.n == 0) {
		html_put(p->h, "<p class=\"drs-note\">%s</p></section>\n",
			 p->city.signals_looked_for ? "No signal is open."
						    : "Signals have not been looked for yet.");
		return;
	}
	html_raw(p->h, "<div class=\"drs-scroller\" role=\"region\" aria-labelledby=\"signals\" "
		       "tabindex=\"0\"><table class=\"drs-table\"><thead><tr>"
		       "<th scope=\"col\">What was found</th><th scope=\"col\">Is</th>"
		       "<th scope=\"col\">Open since</th><th "
		       "scope=\"col\">Acknowledged</th></tr></thead><tbody>\n");
	for (size_t i = 0; i < p->city.signals.n; i++)
		pack_write_signal(p, &p->city.signals.signals[i]);
	html_raw(p->h, "</tbody></table></div></section>\n");
}

/* ---- data received: a row for each district, a column for each month */

static const struct received_cell *pack_cell(const struct pack *p, const char *area,
					     struct period month)
{
	for (size_t i = 0; i < p->received->n; i++)
		if (strcmp(p->received->cells[i].area, area) == 0 &&
		    p->received->cells[i].month.start == month.start)
			return &p->received->cells[i];
	return NULL;
}

static void pack_write_received_row(const struct pack *p, const char *area)
{
	const struct area_tree *tree = p->web->reading.areas;
	int at = area_find(tree, area);

	html_put(p->h, "<tr><th scope=\"row\">%s</th>", at < 0 ? area : tree->areas[at].name);
	for (int i = 0; i < RECEIVED_MONTHS; i++) {
		const struct received_cell *c =
			pack_cell(p, area, period_next(p->received_from, i));

		if (c == NULL)
			html_raw(p->h, "<td></td>");
		else
			html_put(p->h, "<td>%s %s%s</td>", received_state_symbol(c->state),
				 received_state_short(c->state),
				 c->n_corrected > 0 ? ", corrected" : "");
	}
	html_raw(p->h, "</tr>\n");
}

static void pack_write_received(const struct pack *p)
{
	char month[VIEW_PERIOD_BYTES];

	html_raw(p->h, "<section aria-labelledby=\"received\"><h2 class=\"drs-theme\" "
		       "id=\"received\">Data received</h2>\n");
	if (p->received->n == 0) {
		html_raw(p->h, "<p class=\"drs-note\">No report is expected.</p></section>\n");
		return;
	}
	html_raw(p->h, "<div class=\"drs-scroller\" role=\"region\" aria-labelledby=\"received\" "
		       "tabindex=\"0\"><table class=\"drs-table\"><thead><tr>"
		       "<th scope=\"col\">District</th>");
	for (int i = 0; i < RECEIVED_MONTHS; i++)
		html_put(p->h, "<th scope=\"col\">%s</th>",
			 view_period_short(period_next(p->received_from, i), month));
	html_raw(p->h, "</tr></thead><tbody>\n");
	for (size_t i = 0; i < p->received->n; i++) {
		const struct received_cell *c = &p->received->cells[i];
		int first = i == 0 || strcmp(p->received->cells[i - 1].area, c->area) != 0;

		if (first &&
		    viewer_sees_area(&p->rq->viewer, c->area, p->web->reading.config->area))
			pack_write_received_row(p, c->area);
	}
	html_raw(p->h, "</tbody></table></div></section>\n");
}

/* ---- definitions: of each measure in the pack, once */

static int pack_shows(const struct pack *p, const struct measure *m)
{
	for (size_t i = 0; i < p->looks.n; i++)
		if (p->looks.looks[i].measure == m)
			return 1;
	for (int i = 0; i < p->city.n_tiles; i++)
		if (p->city.tiles[i].trend.measure == m)
			return 1;
	for (int i = 0; i < p->city.n_columns; i++)
		if (p->city.columns[i].measure == m)
			return 1;
	return 0;
}

static void pack_write_definitions(const struct pack *p)
{
	const struct measure_set *set = p->web->reading.measures;

	html_raw(p->h, "<section class=\"drs-page-break\" aria-labelledby=\"definitions\">"
		       "<h2 class=\"drs-theme\" id=\"definitions\">Definitions</h2>"
		       "<dl class=\"drs-meta\">\n");
	for (int i = 0; i < set->n_measures; i++) {
		const struct measure *m = &set->measures[i];

		if (pack_shows(p, m))
			html_put(p->h, "<dt>%s</dt><dd>%s%s%s</dd>\n", m->title, m->definition,
				 m->limits[0] != '\0' ? " What it cannot show: " : "", m->limits);
	}
	html_put(
		p->h, "</dl><p class=\"drs-note\">%s</p></section>\n",
		viewer_sees_exact(&p->rq->viewer, p->city.place->code)
			? "This pack holds exact figures, counts of 1 to 5 among them. Do not pass "
			  "it on outside the central team."
			: protect_note);
}

static void pack_write_body(const struct pack *p)
{
	pack_write_summary(p);
	pack_write_plan(p);
	pack_write_figures(p);
	pack_write_signals(p);
	pack_write_received(p);
	pack_write_definitions(p);
}

/* ---- gather */

static enum err_code pack_open(struct web *web, const struct request *rq, struct pack *p,
			       struct err *err)
{
	struct period month;
	enum err_code code;

	*p = (struct pack){ .web = web, .rq = rq };
	code = city_gather(web, rq, &p->city, err);
	if (code != ERR_OK)
		return code;
	p->city.paper = 1;
	code = plan_look_all(web, rq, &p->city.view, &p->looks, err);
	if (code == ERR_OK)
		code = notes_current(web->office, &p->notes, err);
	month = period_of(PERIOD_MONTH, period_end(p->city.view.period));
	p->received_from = period_next(month, 1 - RECEIVED_MONTHS);
	if (code == ERR_OK)
		code = received_cache_get(web, (int)(p->city.place - web->reading.areas->areas),
					  p->received_from, month, &p->received, err);
	return code;
}

static void pack_close(struct pack *p)
{
	html_clear(&p->body);
	plan_looks_clear(&p->looks);
	notes_clear(&p->notes);
	city_clear(&p->city);
}

static void pack_title(const struct pack *p, char *out, size_t size)
{
	char period[VIEW_PERIOD_BYTES];

	(void)snprintf(out, size, "%.128s: monthly pack, %s", p->city.place->name,
		       view_period_label(p->city.view.period, period));
}

/* ---- on the site */

static enum err_code pack_get(struct web *web, const struct request *rq, struct response *rs,
			      struct err *err)
{
	char title[256];
	struct pack *p = calloc(1, sizeof *p);
	struct layout layout = { .title = title,
				 .section = LAYOUT_PLAN,
				 .filters = FILTERS,
				 .path = "/plan/pack",
				 .wide = 1 };
	enum err_code code = p == NULL ? err_set(err, ERR_NOMEM, "pack: out of memory")
				       : pack_open(web, rq, p, err);

	if (code == ERR_OK) {
		p->h = &rs->body;
		layout.view = &p->city.view;
		pack_title(p, title, sizeof title);
		layout_begin(web, rq, p->h, &layout);
		html_raw(p->h, "<ul class=\"drs-chart__actions drs-plan__actions\"><li>"
			       "<a class=\"govuk-link\" href=\"");
		view_link(p->h, web, &p->city.view, "/plan/pack.html", NULL);
		html_raw(p->h, "\">Download the pack as one file (HTML)</a></li><li>Or print this "
			       "page</li></ul>\n");
		pack_write_body(p);
		layout_end(web, rq, p->h, &layout);
	}
	if (p != NULL)
		pack_close(p);
	free(p);
	return code;
}

/* ---- as a file */

/* Nothing is fetched or run: the one style sheet stands in the file and is named by its hash. */
static enum err_code pack_write_head(struct html *out, const char *title, struct err *err)
{
	const struct embed *style = embed_find(STYLE_FILE);
	unsigned char hash[crypto_hash_sha256_BYTES];
	char text[sodium_base64_ENCODED_LEN(crypto_hash_sha256_BYTES,
					    sodium_base64_VARIANT_ORIGINAL)];

	if (style == NULL)
		return err_set(err, ERR_CONFIG, "%s is not built in: rebuild the program",
			       STYLE_FILE);
	(void)crypto_hash_sha256(hash, (const unsigned char *)style->text, style->len);
	(void)sodium_bin2base64(text, sizeof text, hash, sizeof hash,
				sodium_base64_VARIANT_ORIGINAL);
	html_put(out,
		 "<!DOCTYPE html>\n<html lang=\"en\" class=\"govuk-template\">\n<head>\n"
		 "<meta charset=\"utf-8\" />\n<meta http-equiv=\"Content-Security-Policy\" "
		 "content=\"default-src 'none'; style-src 'sha256-%s'; base-uri 'none'; "
		 "form-action 'none'\" />\n<title>%s</title>\n"
		 "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\" />\n"
		 "<meta name=\"robots\" content=\"noindex\" />\n<style>",
		 text, title);
	html_bytes(out, style->text, style->len);
	html_raw(out, "</style>\n</head>\n");
	return ERR_OK;
}

/* Place, period, date of the data, when it was made and for whom. */
static void pack_write_made(const struct pack *p, struct html *out)
{
	const struct viewer *v = &p->rq->viewer;
	char words[LAYOUT_WORDS_BYTES], text[VIEW_PERIOD_BYTES], name[LAYOUT_NAME_BYTES];
	int64_t newest_us = figures_newest_us(p->web->figures);

	html_put(out, "<p class=\"drs-note\">%s. Shown: %s, %s. ", layout_name(p->web, name),
		 p->city.place->name, layout_words(p->web, &p->city.view, FILTERS, words));
	if (newest_us == 0)
		html_raw(out, "No figures received yet. ");
	else
		html_put(out, "Figures received up to %s. ", view_instant_label(newest_us, text));
	html_put(out, "Made %s by %s, %s.</p>\n", view_instant_label(clock_wall_us(), text),
		 v->full_name[0] != '\0' ? v->full_name : v->name, role_label(v->role));
}

static enum err_code pack_write_file(struct pack *p, struct response *rs, struct err *err)
{
	char title[256];
	enum err_code code;

	pack_title(p, title, sizeof title);
	p->h = &p->body;
	pack_write_body(p);
	code = pack_write_head(&rs->body, title, err);
	if (code == ERR_OK) {
		html_raw(&rs->body, "<body class=\"govuk-template__body\">\n"
				    "<div class=\"govuk-width-container drs-wide\">"
				    "<main class=\"drs-main\">\n");
		html_put(&rs->body, "<h1 class=\"govuk-heading-l\">%s</h1>\n", title);
		pack_write_made(p, &rs->body);
		if (p->body.text != NULL)
			pack_write_unlinked(&rs->body, p->body.text, p->body.len);
		html_raw(&rs->body, "</main></div>\n</body>\n</html>\n");
		rs->body.failed |= p->body.failed;
	}
	return code;
}

static enum err_code pack_file(struct web *web, const struct request *rq, struct response *rs,
			       struct err *err)
{
	struct pack *p = calloc(1, sizeof *p);
	char name[128], period[PERIOD_TEXT_BYTES];
	enum err_code code = p == NULL ? err_set(err, ERR_NOMEM, "pack: out of memory")
				       : pack_open(web, rq, p, err);

	if (code == ERR_OK)
		code = pack_write_file(p, rs, err);
	if (code == ERR_OK) {
		(void)snprintf(name, sizeof name, "%s-pack-%s.html", p->city.place->code,
			       period_format(p->city.view.period, period));
		code = response_attachment(rs, name, err);
	}
	if (p != NULL)
		pack_close(p);
	free(p);
	return code;
}

const struct route plan_pack_routes[] = {
	{ REQUEST_GET, "/plan/pack", ROLES_READERS, ROUTE_PAGE, pack_get },
	{ REQUEST_GET, "/plan/pack.html", ROLES_READERS, ROUTE_PAGE, pack_file },
	{ 0 },
};
