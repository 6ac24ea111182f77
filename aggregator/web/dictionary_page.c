/* The dictionary: all measures by theme, and what one of them counts, in words. It holds no
 * figures, so everybody who is signed in may read a definition. */

#include <stdio.h>
#include <string.h>

#include "aggregator/web/layout.h"
#include "aggregator/web/routes.h"
#include "proto/codes.h"
#include "proto/limits.h"

#define DICTIONARY_SEARCH_BYTES 101

static const struct {
	const char *code, *label;
} themes[] = {
	{ "front-door", "Front door" },
	{ "early-help", "Early help" },
	{ "referral", "Referrals" },
	{ "assessment", "Assessment" },
	{ "cin", "Children in need" },
	{ "protection", "Protection" },
	{ "workforce", "Caseload and workforce" },
	{ "quality", "Quality of the data" },
};
#define N_THEMES (sizeof themes / sizeof themes[0])

static const char *theme_label(const char *code)
{
	for (size_t i = 0; i < N_THEMES; i++)
		if (strcmp(themes[i].code, code) == 0)
			return themes[i].label;
	return code;
}

/* ---- all of them */

/* Every word of q occurs in the title, code or definition. */
static int measure_matches(const struct measure *m, const char *q)
{
	char words[DICTIONARY_SEARCH_BYTES];
	char *rest = words;
	char *word;

	(void)snprintf(words, sizeof words, "%s", q);
	while ((word = strsep(&rest, " ")) != NULL) {
		if (strcasestr(m->title, word) == NULL && strcasestr(m->code, word) == NULL &&
		    strcasestr(m->definition, word) == NULL)
			return 0;
	}
	return 1;
}

static void measures_search(const struct web *web, struct html *h, const struct view *v,
			    const char *q)
{
	html_raw(h, "<form class=\"drs-search\" action=\"/measures\" method=\"get\" "
		    "role=\"search\" aria-label=\"Measures\">\n"
		    "<div class=\"govuk-form-group\"><label class=\"govuk-label\" for=\"q\">"
		    "Find a measure</label>");
	html_put(h,
		 "<input class=\"govuk-input govuk-input--width-20\" id=\"q\" name=\"q\" "
		 "type=\"search\" maxlength=\"%d\" value=\"%s\" /></div>\n",
		 DICTIONARY_SEARCH_BYTES - 1, q);
	layout_keep(web, h, v, 0);
	html_raw(h, "<button type=\"submit\" class=\"govuk-button govuk-button--secondary\">Find"
		    "</button></form>\n");
}

static void measures_row(const struct web *web, struct html *h, const struct view *v,
			 const struct measure *m)
{
	char path[96];

	(void)snprintf(path, sizeof path, "/measures/%s", m->code);
	html_raw(h, "<tr><th scope=\"row\"><a class=\"govuk-link\" href=\"");
	view_link(h, web, v, path, "breakdown", "", "sort", "", "desc", "", NULL);
	html_put(h, "\">%s</a></th><td>%s</td><td>", m->title, m->definition);
	(void)snprintf(path, sizeof path, "/dictionary/%s", m->code);
	html_raw(h, "<a class=\"govuk-link\" href=\"");
	view_link(h, web, v, path, NULL);
	html_put(h,
		 "\">Definition<span class=\"govuk-visually-hidden\"> of %s</span></a></td>"
		 "</tr>\n",
		 m->title);
}

static int measures_theme(const struct web *web, struct html *h, const struct view *v, size_t theme,
			  const char *q)
{
	const struct measure_set *set = web->reading.measures;
	int n = 0;

	for (int i = 0; i < set->n_measures; i++) {
		const struct measure *m = &set->measures[i];

		if (strcmp(m->theme, themes[theme].code) != 0 || !measure_matches(m, q))
			continue;
		if (n++ == 0)
			html_put(h,
				 "<h2 class=\"drs-theme\" id=\"%s\">%s</h2>\n"
				 "<div class=\"drs-scroller\"><table class=\"drs-table "
				 "drs-table--words\"><caption class=\"govuk-visually-hidden\">"
				 "%s</caption><thead><tr><th scope=\"col\">Measure</th>"
				 "<th scope=\"col\">What it counts</th>"
				 "<th scope=\"col\">More</th></tr></thead><tbody>\n",
				 themes[theme].code, themes[theme].label, themes[theme].label);
		measures_row(web, h, v, m);
	}
	if (n > 0)
		html_raw(h, "</tbody></table></div>\n");
	return n;
}

static enum err_code measures_get(struct web *web, const struct request *rq, struct response *rs,
				  struct err *err)
{
	struct view v;
	struct layout l = { .title = "Measures",
			    .lead = "What the districts report, by theme. Each leads to its "
				    "figures; the definition says how they are made.",
			    .section = LAYOUT_MEASURES,
			    .view = &v,
			    .path = "/measures" };
	const char *q = request_query(rq, "q");
	int n = 0;
	enum err_code code = view_read(web, rq, &v, err);

	if (code != ERR_OK)
		return code;
	if (q != NULL && strlen(q) >= DICTIONARY_SEARCH_BYTES)
		return err_set(err, ERR_MALFORMED,
			       "q: what is looked for is longer than %d characters; use one or two "
			       "words",
			       DICTIONARY_SEARCH_BYTES - 1);
	q = q == NULL ? "" : q;
	layout_begin(web, rq, &rs->body, &l);
	measures_search(web, &rs->body, &v, q);
	for (size_t i = 0; i < N_THEMES; i++)
		n += measures_theme(web, &rs->body, &v, i, q);
	if (n == 0)
		html_put(&rs->body,
			 "<p class=\"govuk-body\">No measure has \xe2\x80\x9c%s\xe2\x80\x9d in its "
			 "name or definition. Try one word, or <a class=\"govuk-link\" "
			 "href=\"/measures\">see all measures</a>.</p>\n",
			 q);
	layout_end(web, rq, &rs->body, &l);
	return ERR_OK;
}

/* ---- one */

static void term(struct html *h, const char *name)
{
	html_put(h, "<dt>%s</dt><dd>", name);
}

static void term_text(struct html *h, const char *name, const char *text)
{
	if (text[0] != '\0')
		html_put(h, "<dt>%s</dt><dd>%s</dd>\n", name, text);
}

static void term_link(const struct web *web, struct html *h, const struct view *v, const char *code)
{
	const struct measure *m = measures_find(web->reading.measures, code);
	char path[96];

	if (m == NULL) {
		html_text(h, code);
		return;
	}
	(void)snprintf(path, sizeof path, "/dictionary/%s", m->code);
	html_raw(h, "<a class=\"govuk-link\" href=\"");
	view_link(h, web, v, path, NULL);
	html_put(h, "\">%s</a>", m->title);
}

static const char *unit_words(enum measure_unit unit)
{
	switch (unit) {
	case MEASURE_COUNT:
		return "A count";
	case MEASURE_PERCENT:
		return "A percentage, one decimal";
	case MEASURE_RATE_10K:
		return "A rate per 10,000 children, one decimal";
	case MEASURE_RATIO:
		return "A ratio, one decimal";
	case MEASURE_FTE:
		return "Full-time equivalents, one decimal";
	case MEASURE_DAYS:
		return "Days, one decimal";
	}
	return "";
}

static const char *polarity_words(enum measure_polarity polarity)
{
	switch (polarity) {
	case MEASURE_LOW_IS_GOOD:
		return "Lower is better";
	case MEASURE_HIGH_IS_GOOD:
		return "Higher is better";
	case MEASURE_NEUTRAL:
		return "Neither high nor low is better in itself: a change asks for a closer look";
	}
	return "";
}

static const char *when_words(const struct measure *m)
{
	if (m->kind == MEASURE_DERIVED)
		return "From its numerator and denominator when it is shown; never averaged over "
		       "districts or months";
	if (m->kind == MEASURE_FLOW)
		return "In the period in which it happened; months add up to quarters and years";
	return m->valid == MEASURE_AS_AT
		       ? "On the day of the extract that stands for the month; a quarter or year "
			 "shows its last month"
		       : "On the last day of the month; a quarter or year shows its last month";
}

/* What is divided by what. */
static void terms_division(const struct web *web, struct html *h, const struct view *v,
			   const struct measure *m)
{
	if (m->kind == MEASURE_DERIVED) {
		term(h, "Numerator");
		term_link(web, h, v, m->numerator);
		html_raw(h, "</dd>\n");
		term(h, "Denominator");
		if (strcmp(m->denominator, "population_0_17") == 0)
			html_raw(h,
				 "Children aged 0 to 17: the mid-year estimate of the year before "
				 "the one in which the financial year ends, or the latest earlier "
				 "one");
		else
			term_link(web, h, v, m->denominator);
		if (m->denominator_scale > 1)
			html_put(h, ", times %lld", (long long)m->denominator_scale);
		html_raw(h, m->annualised ? ", for a whole year</dd>\n" : "</dd>\n");
		return;
	}
	if (m->unit == MEASURE_PERCENT) {
		term_text(h, "Numerator", "Those for which it holds");
		term_text(h, "Denominator",
			  "All that the definition names after \xe2\x80\x9cof\xe2"
			  "\x80\x9d");
		return;
	}
	term_text(h, "Numerator", "What is counted");
	term_text(h, "Denominator", "None: nothing is divided");
}

static void terms_limits(struct html *h, const struct measure *m)
{
	term_text(h, "What it cannot show", m->limits);
	if (m->within_district)
		term_text(h, "Within a district",
			  "It looks back in one office's records only: a child who was known to "
			  "another office before is not seen.");
	if (m->statutory_limit_days > 0)
		html_put(h, "<dt>Statutory limit</dt><dd>%d working days</dd>\n",
			 m->statutory_limit_days);
	if (m->look_back_days > 0)
		html_put(h,
			 "<dt>Looks back</dt><dd>%d days: shown once a district's extract reaches "
			 "back so far</dd>\n",
			 m->look_back_days);
	if (m->follow_up_days > 0)
		html_put(h,
			 "<dt>Settles after</dt><dd>%d days after the period; until then it is "
			 "provisional</dd>\n",
			 m->follow_up_days);
}

static void terms_breakdowns(const struct web *web, struct html *h, const struct view *v,
			     const struct measure *m, int reads)
{
	char path[96];

	if (m->n_dimensions == 0)
		return;
	(void)snprintf(path, sizeof path, "/measures/%s", m->code);
	term(h, "Breakdowns");
	for (int i = 0; i < m->n_dimensions; i++) {
		html_raw(h, i == 0 ? "" : ", ");
		if (reads) {
			html_raw(h, "<a class=\"govuk-link\" href=\"");
			view_link(h, web, v, path, "breakdown", m->dimensions[i], NULL);
			html_raw(h, "\">");
		}
		html_text(h, codes_dimension_label(m->dimensions[i]));
		html_raw(h, reads ? "</a>" : "");
	}
	html_raw(h, "</dd>\n");
	if (m->n_buckets == 0)
		return;
	term(h, "Bands");
	for (int i = 0; i < m->n_buckets; i++)
		html_put(h, "%s%s", i == 0 ? "" : ", ", m->buckets[i].code);
	html_raw(h, "</dd>\n");
}

/* Every measure whose field at `offset` names this one. */
static void terms_named_by(const struct web *web, struct html *h, const struct view *v,
			   const struct measure *m, size_t offset, const char *name)
{
	const struct measure_set *set = web->reading.measures;
	int n = 0;

	for (int i = 0; i < set->n_measures; i++) {
		const struct measure *other = &set->measures[i];

		if (strcmp((const char *)other + offset, m->code) != 0)
			continue;
		if (n++ == 0)
			term(h, name);
		else
			html_raw(h, ", ");
		term_link(web, h, v, other->code);
	}
	if (n > 0)
		html_raw(h, "</dd>\n");
}

static void terms_relations(const struct web *web, struct html *h, const struct view *v,
			    const struct measure *m)
{
	const struct {
		const char *code, *name;
	} relations[] = {
		{ m->part_of, "Part of" },
		{ m->opens, "Opens" },
		{ m->closes, "Closes" },
	};

	for (size_t i = 0; i < sizeof relations / sizeof relations[0]; i++) {
		if (relations[i].code[0] == '\0')
			continue;
		term(h, relations[i].name);
		term_link(web, h, v, relations[i].code);
		html_raw(h, "</dd>\n");
	}
	terms_named_by(web, h, v, m, offsetof(struct measure, part_of), "Parts of it");
	terms_named_by(web, h, v, m, offsetof(struct measure, opens), "Opened by");
	terms_named_by(web, h, v, m, offsetof(struct measure, closes), "Closed by");
	terms_named_by(web, h, v, m, offsetof(struct measure, numerator), "Numerator of");
	terms_named_by(web, h, v, m, offsetof(struct measure, denominator), "Denominator of");
}

static void terms_needs(struct html *h, const struct measure *m)
{
	if (m->n_needs == 0)
		return;
	term(h, "Needs from an extract");
	for (int i = 0; i < m->n_needs; i++)
		html_put(h, "%s<code>%s</code>", i == 0 ? "" : ", ", m->needs[i]);
	html_raw(h, "</dd>\n");
}

/* reads: the viewer sees figures, so what leads to them is a link. */
static void dictionary_terms(const struct web *web, struct html *h, const struct view *v,
			     const struct measure *m, int reads)
{
	html_raw(h, "<dl class=\"drs-meta\">\n");
	term_text(h, "What it counts", m->definition);
	terms_division(web, h, v, m);
	term_text(h, "Shown as", unit_words(m->unit));
	term_text(h, "Which way is good", polarity_words(m->polarity));
	term_text(h, "When it counts", when_words(m));
	if (m->kind != MEASURE_DERIVED)
		term_text(h, "Reported for",
			  m->weeks && m->months ? "Weeks and months"
			  : m->weeks            ? "Weeks"
						: "Months");
	terms_breakdowns(web, h, v, m, reads);
	terms_limits(h, m);
	term_text(h, "Source of the definition", m->source);
	terms_relations(web, h, v, m);
	terms_needs(h, m);
	term_text(h, "Theme", theme_label(m->theme));
	html_put(h, "<dt>Code</dt><dd><code>%s</code></dd>\n</dl>\n", m->code);
}

static enum err_code dictionary_lacks(const struct web *web, const char *code, struct err *err)
{
	const char *near = measures_nearest(web->reading.measures, code);

	if (near == NULL)
		return err_set(err, ERR_MISSING, "there is no measure '%.64s'; /measures lists all",
			       code);
	return err_set(err, ERR_MISSING,
		       "there is no measure '%.64s'; did you mean '%s'? /measures lists all", code,
		       near);
}

static enum err_code dictionary_get(struct web *web, const struct request *rq, struct response *rs,
				    struct err *err)
{
	const struct measure *m = measures_find(web->reading.measures, rq->part[0]);
	struct view v;
	struct layout l = { .section = LAYOUT_MEASURES, .view = &v, .path = rq->path };
	int reads = (ROLE_BIT(rq->viewer.role) & ROLES_READERS) != 0;
	char path[96];
	enum err_code code;

	if (m == NULL)
		return dictionary_lacks(web, rq->part[0], err);
	code = view_read(web, rq, &v, err);
	if (code != ERR_OK)
		return code;
	l.title = m->title;
	l.lead = "How this measure is made.";
	layout_begin(web, rq, &rs->body, &l);
	if (reads) {
		(void)snprintf(path, sizeof path, "/measures/%s", m->code);
		html_raw(&rs->body, "<p class=\"govuk-body drs-no-print\"><a class=\"govuk-link\" "
				    "href=\"");
		view_link(&rs->body, web, &v, path, NULL);
		html_raw(&rs->body, "\">See its figures</a></p>\n");
	}
	dictionary_terms(web, &rs->body, &v, m, reads);
	if (m->select != NULL) {
		layout_details_begin(&rs->body, "The query that makes it, as run in each district");
		html_put(&rs->body,
			 "<pre class=\"drs-code\" tabindex=\"0\"><code>%s</code></pre>\n",
			 m->select);
		layout_details_end(&rs->body);
	}
	layout_end(web, rq, &rs->body, &l);
	return ERR_OK;
}

const struct route dictionary_routes[] = {
	{ REQUEST_GET, "/measures", ROLES_READERS, ROUTE_PAGE, measures_get },
	{ REQUEST_GET, "/dictionary/{measure}", ROLES_SIGNED_IN, ROUTE_PAGE, dictionary_get },
	{ 0, NULL, 0, 0, NULL },
};
