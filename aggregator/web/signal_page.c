/* One signal: why it is raised, what stands behind it, what has happened to it; and the forms with
 * which the central team acknowledges it, names an owner and adds notes, a district notes to its
 * own. A POST writes the note and its row of the audit log, then leads back to the page. */
#include "aggregator/web/signals_page.h"

#include <stdlib.h>
#include <string.h>

#include "aggregator/web/account.h"
#include "aggregator/web/routes.h"
#include "aggregator/web/signin_work.h"
#include "aggregator/web/trend.h"

#define WRITERS (ROLE_BIT(ROLE_CENTRAL) | ROLE_BIT(ROLE_DISTRICT))
#define PATH_BYTES 96

/* What a form says; ids of fields are their names. */
static const struct {
	const char *action, *field;
	int central; /* only the central team */
	enum err_code (*write)(struct office *o, const struct viewer *who, const char *peer,
			       const struct signal *s, const char *text, struct err *err);
	const char *done;
} signal_actions[] = {
	{ "acknowledge", "acknowledgement", 1, notes_acknowledge, "The signal is acknowledged" },
	{ "reopen", "reason", 1, notes_reopen, "The acknowledgement is taken back" },
	{ "note", "note", 0, notes_add, "The note is added" },
	{ "owner", "owner", 1, NULL, "The owner is set" },
};
#define N_ACTIONS (int)(sizeof signal_actions / sizeof signal_actions[0])

static int signal_action(const char *word)
{
	for (int i = 0; i < N_ACTIONS; i++)
		if (strcmp(word, signal_actions[i].action) == 0)
			return i;
	return -1;
}

/* ---- open */

static void signal_clear(struct signal_page *p)
{
	notes_clear(&p->notes);
	free(p->events);
	json_decref(p->evidence);
	signals_clear(&p->list);
}

/* One that the viewer may not see is not there for it. */
static enum err_code signal_find(struct web *web, const struct request *rq, struct signal_page *p,
				 struct err *err)
{
	const int64_t id = form_number(rq->part[0]);
	enum err_code code = ERR_MISSING;

	p->web = web;
	p->rq = rq;
	p->context = reading_context(&web->reading);
	if (id > 0)
		code = signals_find(web->reading.store, id, &p->list, err);
	if (code == ERR_OK && !signals_is_shown(web, &rq->viewer, &p->list.signals[0]))
		code = ERR_MISSING;
	if (code == ERR_MISSING)
		return err_set(err, ERR_MISSING,
			       "there is no signal '%.20s'; see the list of "
			       "signals",
			       rq->part[0]);
	if (code == ERR_OK)
		p->s = &p->list.signals[0];
	return code;
}

static enum err_code signal_open(struct web *web, const struct request *rq, struct signal_page *p,
				 struct err *err)
{
	enum err_code code = view_read(web, rq, &p->view, err);

	if (code == ERR_OK)
		code = signal_find(web, rq, p, err);
	if (code == ERR_OK)
		code = signals_history(web->reading.store, p->s->id, &p->events, &p->n_events, err);
	if (code == ERR_OK)
		code = notes_list(web->office, p->s->id, &p->notes, err);
	if (code != ERR_OK)
		return code;
	p->state = notes_state(&p->notes, p->s);
	p->m = measures_find(p->context.measures, p->s->measure);
	p->exact = viewer_sees_exact(&rq->viewer, p->s->area);
	p->evidence = json_loads(p->s->evidence, 0, NULL);
	return ERR_OK;
}

/* ---- at a glance */

static enum err_code signal_stands_on(struct signal_page *p, struct err *err)
{
	const struct rollup_query query = { .measure = p->s->measure,
					    .area = p->s->area,
					    .by = PERIOD_MONTH,
					    .from = p->s->last,
					    .to = p->s->last };
	const struct figure_set *set;
	const struct figure *f;
	char value[FIGURE_TEXT_BYTES], words[TREND_TEXT_BYTES], month[VIEW_PERIOD_BYTES];
	enum err_code code;

	if (p->m == NULL || area_find(p->context.areas, p->s->area) < 0)
		return ERR_OK;
	code = figures_get(p->web->figures, &p->rq->viewer, &query, &set, err);
	if (code != ERR_OK)
		return code;
	f = figures_find(set, p->s->area, p->s->last, "");
	html_put(p->h, "<dt>%s</dt><dd>", view_period_label(p->s->last, month));
	if (f == NULL)
		html_raw(p->h, "no data");
	else
		html_put(p->h, "<strong>%s</strong>%s; %s", figure_text(p->m, f, value),
			 p->m->unit == MEASURE_PERCENT || !f->cell.has_value ? ""
									     : figure_unit(p->m),
			 trend_say_coverage(f, words));
	html_raw(p->h, "</dd>");
	return ERR_OK;
}

static void signal_link(const struct signal_page *p, const char *path, const char *text)
{
	html_raw(p->h, "<li><a class=\"govuk-link\" href=\"");
	view_link(p->h, p->web, &p->view, path, "area",
		  strncmp(path, "/measures/", 10) == 0 ? p->s->area : "", NULL);
	html_put(p->h, "\">%s</a></li>", text);
}

static void signal_links(const struct signal_page *p)
{
	const struct signal *s = p->s;
	const int area = area_find(p->context.areas, s->area);
	char path[256], period[PERIOD_TEXT_BYTES], text[192];

	if (p->m == NULL || area < 0)
		return;
	html_raw(p->h, "<dt class=\"drs-no-print\">Look further</dt><dd class=\"drs-no-print\">"
		       "<ul class=\"drs-list\">");
	(void)snprintf(path, sizeof path, "/measures/%s", s->measure);
	(void)snprintf(text, sizeof text, "The measure in %s", signals_area_name(p->web, s->area));
	signal_link(p, path, text);
	if (p->context.areas->areas[area].reports) {
		(void)snprintf(path, sizeof path, "/districts/%s", s->area);
		(void)snprintf(text, sizeof text, "All measures of %s",
			       signals_area_name(p->web, s->area));
		signal_link(p, path, text);
	}
	(void)snprintf(path, sizeof path, "/trace/%s/%s/%s", s->measure, s->area,
		       period_format(s->last, period));
	signal_link(p, path, "The reports behind the figure");
	(void)snprintf(path, sizeof path, "/dictionary/%s", s->measure);
	signal_link(p, path, "What the measure means");
	html_raw(p->h, "</ul></dd>");
}

static enum err_code signal_write_glance(struct signal_page *p, struct err *err)
{
	static const char *const concerns[] = { "Better", "Neither worse nor better", "Worse" };
	enum err_code code;

	html_raw(p->h, "<dl class=\"drs-meta\"><dt>State</dt><dd>");
	signals_write_state(p->h, p->s);
	html_put(p->h, "</dd><dt>Kind</dt><dd>%s</dd><dt>For better or worse</dt><dd>%s</dd>",
		 signals_kind_label(p->s->kind), concerns[1 + p->s->concern]);
	html_put(p->h, "<dt>Owner</dt><dd>%s</dd><dt>Acknowledged</dt><dd>",
		 p->state.owner == NULL ? "nobody" : p->state.owner->owner);
	signals_write_acknowledged(p->h, p->s, &p->state);
	html_raw(p->h, "</dd>");
	code = signal_stands_on(p, err);
	signal_links(p);
	html_raw(p->h, "</dl>\n");
	return code;
}

/* ---- forms */

static void signal_path(const struct signal_page *p, const char *done, char path[PATH_BYTES])
{
	(void)snprintf(path, PATH_BYTES, "/signals/%lld%s%s", (long long)p->s->id,
		       done == NULL ? "" : "?done=", done == NULL ? "" : done);
}

static void signal_text_form(struct signal_page *p, const struct form_errors *e, const char *action,
			     const char *label, const char *button)
{
	const int i = signal_action(action);
	const struct form_input in = {
		.name = signal_actions[i].field,
		.label = label,
		.hint = "Everybody who sees the signal reads this, with your name: no child's "
			"name or number, and no count of 1 to 5. At most 2,000 characters.",
		.value = form_value(p->rq, signal_actions[i].field)
	};
	char path[PATH_BYTES];

	signal_path(p, NULL, path);
	form_begin(p->h, &p->rq->viewer, path);
	form_hidden(p->h, "action", action);
	form_textarea(p->h, e, &in, 4);
	form_end(p->h, button, strcmp(action, "acknowledge") == 0 ? "" : "govuk-button--secondary");
}

/* Whether the account may own it: it can see it, and may write. */
static int signal_may_own(const struct signal_page *p, const struct account *a)
{
	struct viewer viewer = { .role = a->role };

	(void)snprintf(viewer.area, sizeof viewer.area, "%s", a->area);
	return a->active && (a->role == ROLE_CENTRAL || a->role == ROLE_DISTRICT) &&
	       signals_is_shown(p->web, &viewer, p->s);
}

static const char *signal_account_name(const struct account *a)
{
	return a->full_name[0] == '\0' ? a->name : a->full_name;
}

static void signal_owner_options(const struct signal_page *p, const struct account *accounts,
				 size_t n, struct form_option *options, char (*ids)[24])
{
	size_t at = 0;

	options[at++] = (struct form_option){ "", "Nobody", NULL };
	for (size_t i = 0; i < n; i++) {
		if (!signal_may_own(p, &accounts[i]))
			continue;
		(void)snprintf(ids[i], sizeof ids[i], "%lld", (long long)accounts[i].id);
		options[at++] =
			(struct form_option){ ids[i], signal_account_name(&accounts[i]), NULL };
	}
}

static void signal_owner_fields(struct signal_page *p, const struct form_errors *e,
				const struct form_option *options)
{
	const struct note *owner = p->state.owner;
	const int posted = strcmp(form_value(p->rq, "action"), "owner") == 0;
	const char *named = owner != NULL && owner->owner_account == 0 ? owner->owner : "";
	char chosen[24] = "";
	char path[PATH_BYTES];
	const struct form_input other = { .name = "other",
					  .label = "Or another name",
					  .hint = "Somebody without an account",
					  .value = posted ? form_value(p->rq, "other") : named,
					  .autocomplete = "off",
					  .width = 30 };

	if (owner != NULL && owner->owner_account != 0)
		(void)snprintf(chosen, sizeof chosen, "%lld", (long long)owner->owner_account);
	if (posted)
		(void)snprintf(chosen, sizeof chosen, "%.20s", form_value(p->rq, "owner"));
	signal_path(p, NULL, path);
	form_begin(p->h, &p->rq->viewer, path);
	form_hidden(p->h, "action", "owner");
	form_select(p->h, e, "owner", "Owner", "Who sees to it", options, chosen);
	form_input(p->h, e, &other);
	form_end(p->h, "Set the owner", "govuk-button--secondary");
}

static enum err_code signal_owner_form(struct signal_page *p, const struct form_errors *e,
				       struct err *err)
{
	struct account *accounts = NULL;
	struct form_option *options;
	char(*ids)[24];
	size_t n = 0;
	enum err_code code = account_list(p->web->office, &accounts, &n, err);

	if (code != ERR_OK)
		return code;
	options = calloc(n + 2, sizeof *options);
	ids = calloc(n + 1, sizeof *ids);
	if (options == NULL || ids == NULL) {
		code = err_set(err, ERR_NOMEM, "out of memory");
	} else {
		signal_owner_options(p, accounts, n, options, ids);
		signal_owner_fields(p, e, options);
	}
	free(options);
	free(ids);
	free(accounts);
	return code;
}

static int signal_may_note(const struct signal_page *p)
{
	const struct viewer *v = &p->rq->viewer;

	return v->signin != 0 && (v->role == ROLE_CENTRAL ||
				  (v->role == ROLE_DISTRICT && strcmp(v->area, p->s->area) == 0));
}

static enum err_code signal_write_forms(struct signal_page *p, const struct form_errors *e,
					struct err *err)
{
	const int central = p->rq->viewer.role == ROLE_CENTRAL;
	const int live = p->s->state != SIGNAL_CLOSED;
	enum err_code code = ERR_OK;

	if (!signal_may_note(p))
		return ERR_OK;
	html_raw(p->h, "<section class=\"drs-no-print\" aria-labelledby=\"do\">"
		       "<h2 class=\"govuk-heading-m\" id=\"do\">What you can do</h2>\n"
		       "<div class=\"drs-columns\"><div>\n");
	if (central && live && (p->state.acknowledged == NULL || p->state.held_again))
		signal_text_form(p, e, "acknowledge",
				 p->state.acknowledged == NULL
					 ? "Acknowledge: what is known, what happens next"
					 : "Acknowledge again: it has held since",
				 "Acknowledge");
	signal_text_form(p, e, "note", "Add a note", "Add the note");
	html_raw(p->h, "</div><div>\n");
	if (central && live)
		code = signal_owner_form(p, e, err);
	if (central && p->state.acknowledged != NULL) {
		if (e->n == 0) /* what is wrong must be seen */
			layout_details_begin(p->h, "Take the acknowledgement back");
		signal_text_form(p, e, "reopen", "Why it needs attention again",
				 "Take the acknowledgement back");
		if (e->n == 0)
			layout_details_end(p->h);
	}
	html_raw(p->h, "</div></div></section>\n");
	return code;
}

/* ---- page */

static enum err_code signal_write(struct signal_page *p, struct response *rs,
				  const struct form_errors *errors, struct err *err)
{
	char title[SIGNALS_SAY_BYTES];
	struct layout l = { .section = LAYOUT_SIGNALS, .view = &p->view, .path = p->rq->path };
	const char *done = request_query(p->rq, "done");
	const int action = done == NULL ? -1 : signal_action(done);
	enum err_code code;

	p->h = &rs->body;
	l.title = signal_say(p->s, &p->context, title, sizeof title);
	layout_begin(p->web, p->rq, p->h, &l);
	if (action >= 0 && p->rq->method != REQUEST_POST)
		form_done(p->h, signal_actions[action].done);
	form_error_summary(p->h, errors);
	code = signal_write_glance(p, err);
	if (code == ERR_OK)
		code = signal_write_evidence(p, err);
	if (code == ERR_OK) {
		signal_write_history(p);
		code = signal_write_forms(p, errors, err);
	}
	html_raw(p->h, "<p class=\"govuk-body drs-no-print\"><a class=\"govuk-link\" href=\"");
	view_link(p->h, p->web, &p->view, "/signals", NULL);
	html_raw(p->h, "\">All signals</a></p>\n");
	layout_end(p->web, p->rq, p->h, &l);
	return code;
}

static enum err_code signal_get(struct web *web, const struct request *rq, struct response *rs,
				struct err *err)
{
	const struct form_errors none = { .n = 0 };
	struct signal_page p = { 0 };
	enum err_code code = signal_open(web, rq, &p, err);

	if (code == ERR_OK)
		code = signal_write(&p, rs, &none, err);
	signal_clear(&p);
	return code;
}

/* ---- what a form does */

static enum err_code signal_set_owner(struct signal_page *p, struct err *err)
{
	const char *chosen = form_value(p->rq, "owner");
	const char *other = form_value(p->rq, "other");
	const struct note *owner = p->state.owner;
	int64_t id = form_number(chosen);
	struct account account;

	/* the name that the form was filled with, and another choice */
	if (id > 0 && owner != NULL && owner->owner_account == 0 &&
	    strcmp(other, owner->owner) == 0)
		other = "";
	if (chosen[0] != '\0' && other[0] != '\0')
		return err_set(err, ERR_MALFORMED,
			       "Choose an owner from the list or enter another name, not both");
	if (chosen[0] != '\0' &&
	    (id == 0 || account_find_id(p->web->office, id, &account, NULL) != ERR_OK ||
	     !signal_may_own(p, &account)))
		return err_set(err, ERR_MALFORMED,
			       "Choose an owner from the list, or enter another name");
	return notes_set_owner(p->web->office, &p->rq->viewer, p->rq->peer, p->s, id, other, err);
}

static enum err_code signal_act(struct signal_page *p, int action, struct err *err)
{
	if (signal_actions[action].write == NULL)
		return signal_set_owner(p, err);
	return signal_actions[action].write(p->web->office, &p->rq->viewer, p->rq->peer, p->s,
					    form_value(p->rq, signal_actions[action].field), err);
}

static enum err_code signal_may(const struct signal_page *p, int action, struct err *err)
{
	if (action < 0)
		return err_set(err, ERR_MALFORMED,
			       "action must be acknowledge, reopen, note or owner");
	if (signal_actions[action].central && p->rq->viewer.role != ROLE_CENTRAL)
		return err_set(err, ERR_DENIED,
			       "only the central team acknowledges signals and names their owners");
	if (!signal_may_note(p))
		return err_set(err, ERR_DENIED,
			       "a district adds notes to its own signals, not to the city's");
	return ERR_OK;
}

static enum err_code signal_post(struct web *web, const struct request *rq, struct response *rs,
				 struct err *err)
{
	struct form_errors errors = { .n = 0 };
	struct signal_page p = { 0 };
	const int action = signal_action(form_value(rq, "action"));
	char path[PATH_BYTES];
	enum err_code code = signin_is_person(rq, err);

	if (code == ERR_OK)
		code = signal_open(web, rq, &p, err);
	if (code == ERR_OK)
		code = signal_may(&p, action, err);
	if (code == ERR_OK) {
		code = signal_act(&p, action, err);
		if (code == ERR_OK) {
			signal_path(&p, signal_actions[action].action, path);
			code = response_redirect(rs, path, err);
		} else if (code == ERR_MALFORMED) {
			form_error(&errors, signal_actions[action].field, err->text);
			rs->status = 400;
			code = signal_write(&p, rs, &errors, err);
		}
	}
	signal_clear(&p);
	return code;
}

const struct route signal_routes[] = {
	{ REQUEST_GET, "/signals/{id}", ROLES_READERS, ROUTE_PAGE, signal_get },
	{ REQUEST_POST, "/signals/{id}", WRITERS, ROUTE_PAGE, signal_post },
	{ 0 },
};
