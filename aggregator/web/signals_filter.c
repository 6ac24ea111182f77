#include "aggregator/web/signals_page.h"

#include <string.h>

#define LIVE (1U << SIGNAL_PENDING | 1U << SIGNAL_OPEN)

static const struct {
	const char *word, *label;
	unsigned bits;
} filter_states[] = {
	{ "", "Open and pending", LIVE },
	{ "open", "Open", 1U << SIGNAL_OPEN },
	{ "pending", "Pending", 1U << SIGNAL_PENDING },
	{ "closed", "Closed", 1U << SIGNAL_CLOSED },
	{ "all", "All", LIVE | 1U << SIGNAL_CLOSED },
};
#define N_STATES (sizeof filter_states / sizeof filter_states[0])

static const int filter_concerns[] = { SIGNALS_CONCERN_ANY, 1, 0, -1 };
static const char *const filter_concern_words[] = { "", "worse", "neither", "better", NULL };
static const char *const filter_concern_labels[] = { "All", "Worse", "Neither", "Better" };

/* ---- read */

static const char *filter_query(const struct request *rq, const char *name)
{
	const char *value = request_query(rq, name);

	return value == NULL ? "" : value;
}

static enum err_code filter_read_state(const struct request *rq, struct signals_filter *out,
				       struct err *err)
{
	out->state = filter_query(rq, "state");
	for (size_t i = 0; i < N_STATES; i++) {
		if (strcmp(out->state, filter_states[i].word) == 0) {
			out->states = filter_states[i].bits;
			return ERR_OK;
		}
	}
	return err_set(err, ERR_MALFORMED, "state: '%.40s' is none of open, pending, closed, all",
		       out->state);
}

static enum err_code filter_read_kind(const struct request *rq, struct signals_filter *out,
				      struct err *err)
{
	const char *kind = filter_query(rq, "kind");

	if (kind[0] == '\0')
		return ERR_OK;
	for (int i = SIGNAL_PROCESS; i <= SIGNAL_UNSEEN && out->kind == 0; i++)
		if (strcmp(kind, signal_kind_name((enum signal_kind)i)) == 0)
			out->kind = i;
	return out->kind != 0 ? ERR_OK
			      : err_set(err, ERR_MALFORMED,
					"kind: '%.40s' is none of process, funnel, unseen", kind);
}

static enum err_code filter_read_concern(const struct request *rq, struct signals_filter *out,
					 struct err *err)
{
	const char *concern = filter_query(rq, "concern");

	for (int i = 0; filter_concern_words[i] != NULL; i++) {
		if (strcmp(concern, filter_concern_words[i]) == 0) {
			out->concern = filter_concerns[i];
			return ERR_OK;
		}
	}
	return err_set(err, ERR_MALFORMED, "concern: '%.40s' is none of worse, better, neither",
		       concern);
}

enum err_code signals_filter_read(struct web *web, const struct request *rq,
				  struct signals_filter *out, struct err *err)
{
	enum err_code code;

	*out = (struct signals_filter){ .concern = SIGNALS_CONCERN_ANY };
	out->owner = filter_query(rq, "owner");
	out->area = filter_query(rq, "area"); /* view_read has looked at it */
	if (out->area[0] != '\0' &&
	    !viewer_sees_area(&rq->viewer, out->area, web->reading.config->area))
		return err_set(err, ERR_DENIED, "area: signals of %.64s are not shown to you",
			       out->area);
	code = filter_read_state(rq, out, err);
	if (code == ERR_OK)
		code = filter_read_kind(rq, out, err);
	if (code == ERR_OK)
		code = filter_read_concern(rq, out, err);
	return code;
}

static int filter_fits_owner(const struct signals_filter *f, const struct viewer *v,
			     const struct note *owner)
{
	if (f->owner[0] == '\0')
		return 1;
	if (strcmp(f->owner, SIGNALS_OWNER_NOBODY) == 0)
		return owner == NULL;
	if (owner == NULL)
		return 0;
	if (strcmp(f->owner, SIGNALS_OWNER_MINE) == 0)
		return owner->owner_account == v->account;
	return strcmp(f->owner, owner->owner) == 0;
}

int signals_filter_fits(const struct signals_filter *f, const struct viewer *v,
			const struct signal *s, const struct notes_state *state)
{
	return (f->states >> s->state & 1) && (f->kind == 0 || f->kind == (int)s->kind) &&
	       (f->concern == SIGNALS_CONCERN_ANY || f->concern == s->concern) &&
	       (f->area[0] == '\0' || strcmp(f->area, s->area) == 0) &&
	       filter_fits_owner(f, v, state->owner);
}

/* ---- ask */

static void filter_begin(struct html *h, const char *name, const char *label)
{
	html_put(h,
		 "<div class=\"drs-filters__field\"><label for=\"filter-%s\">%s</label>"
		 "<select id=\"filter-%s\" name=\"%s\">\n",
		 name, label, name, name);
}

static void filter_option(struct html *h, const char *value, const char *label, const char *chosen)
{
	html_put(h, "<option value=\"%s\"", value);
	html_raw(h, strcmp(value, chosen) == 0 ? " selected=\"selected\">" : ">");
	html_put(h, "%s</option>\n", label);
}

static void filter_end(struct html *h)
{
	html_raw(h, "</select></div>\n");
}

static const char *filter_concern_word(const struct signals_filter *f)
{
	return f->concern == SIGNALS_CONCERN_ANY ? "" : signals_concern_name(f->concern);
}

static const char *filter_kind_word(const struct signals_filter *f)
{
	return f->kind == 0 ? "" : signal_kind_name((enum signal_kind)f->kind);
}

static void filter_areas(const struct web *web, const struct request *rq, struct html *h,
			 const struct signals_filter *f)
{
	const struct area_tree *tree = web->reading.areas;
	const char *city = web->reading.config->area;

	filter_begin(h, "area", "Area");
	filter_option(h, "", "All", f->area);
	for (int i = 0; i < tree->n_areas; i++) {
		const struct area *a = &tree->areas[i];

		if ((a->reports || strcmp(a->code, city) == 0) &&
		    viewer_sees_area(&rq->viewer, a->code, city))
			filter_option(h, a->code, a->name, f->area);
	}
	filter_end(h);
}

/* Each name once: those of the notes are few, and sorted by signal. */
static int filter_is_first(const struct notes *notes, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (notes->notes[k].kind == NOTE_OWNER &&
		    strcmp(notes->notes[k].owner, notes->notes[i].owner) == 0)
			return 0;
	return 1;
}

static void filter_owners(const struct request *rq, struct html *h, const struct signals_filter *f,
			  const struct notes *notes)
{
	int listed = f->owner[0] == '\0' || strcmp(f->owner, SIGNALS_OWNER_NOBODY) == 0 ||
		     strcmp(f->owner, SIGNALS_OWNER_MINE) == 0;
	enum role role = rq->viewer.role;

	filter_begin(h, "owner", "Owner");
	filter_option(h, SIGNALS_OWNER_ANY, "Anyone", f->owner);
	if (role == ROLE_CENTRAL || role == ROLE_DISTRICT)
		filter_option(h, SIGNALS_OWNER_MINE, "Me", f->owner);
	filter_option(h, SIGNALS_OWNER_NOBODY, "Nobody", f->owner);
	for (size_t i = 0; i < notes->n; i++) {
		const struct note *note = &notes->notes[i];

		if (note->kind != NOTE_OWNER || note->owner[0] == '\0' ||
		    !filter_is_first(notes, i))
			continue;
		filter_option(h, note->owner, note->owner, f->owner);
		listed |= strcmp(note->owner, f->owner) == 0;
	}
	if (!listed)
		filter_option(h, f->owner, f->owner, f->owner);
	filter_end(h);
}

void signals_filter_form(const struct web *web, const struct request *rq, struct html *h,
			 const struct view *view, const struct signals_filter *f,
			 const struct notes *notes)
{
	html_raw(h, "<form class=\"drs-filters\" action=\"/signals\" method=\"get\" "
		    "role=\"search\" aria-label=\"Filter the signals\">\n");
	layout_keep(web, h, view, LAYOUT_FILTER_AREA);
	filter_begin(h, "state", "State");
	for (size_t i = 0; i < N_STATES; i++)
		filter_option(h, filter_states[i].word, filter_states[i].label, f->state);
	filter_end(h);
	filter_begin(h, "concern", "For better or worse");
	for (int i = 0; filter_concern_words[i] != NULL; i++)
		filter_option(h, filter_concern_words[i], filter_concern_labels[i],
			      filter_concern_word(f));
	filter_end(h);
	filter_begin(h, "kind", "Kind");
	filter_option(h, "", "All", filter_kind_word(f));
	for (int i = SIGNAL_PROCESS; i <= SIGNAL_UNSEEN; i++)
		filter_option(h, signal_kind_name((enum signal_kind)i),
			      signals_kind_label((enum signal_kind)i), filter_kind_word(f));
	filter_end(h);
	filter_areas(web, rq, h, f);
	filter_owners(rq, h, f, notes);
	html_raw(h, "<button type=\"submit\" class=\"govuk-button govuk-button--secondary\">Show"
		    "</button>\n</form>\n");
}

void signals_filter_href(struct html *h, const char *path, const struct signals_filter *f)
{
	const char *const pairs[][2] = { { "state", f->state },
					 { "concern", filter_concern_word(f) },
					 { "kind", filter_kind_word(f) },
					 { "area", f->area },
					 { "owner", f->owner } };
	const char *join = "?";

	html_text(h, path);
	for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
		if (pairs[i][1][0] == '\0')
			continue;
		html_put(h, "%s%s=", join, pairs[i][0]);
		html_url(h, pairs[i][1]);
		join = "&";
	}
}
