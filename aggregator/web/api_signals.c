/* Signals: what needs somebody's attention, and what happened to it. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/signals.h"
#include "aggregator/web/api.h"
#include "aggregator/web/notes.h"
#include "aggregator/web/routes.h"

#define SIGNALS_MAX 100000
#define SAY_BYTES 512
#define SIGNAL_STATES (1U << SIGNAL_PENDING | 1U << SIGNAL_OPEN | 1U << SIGNAL_CLOSED)

static const char *const signals_parameters[] = { "area", "state", NULL };
static const char *const no_parameters[] = { NULL };
static const char *const signals_columns[] = {
	"id",        "kind",    "state", "rule",         "measure",         "area",
	"direction", "concern", "first", "last",         "pending",         "opened",
	"closed",    "says",    "owner", "acknowledged", "acknowledged_by", "held_again",
	NULL,
};

static int signal_is_shown(const struct api *a, const struct signal *s)
{
	return viewer_sees_area(&a->rq->viewer, s->area, api_city(a));
}

/* What the rule looked at: exact figures, so only for those who see them. */
static json_t *signal_evidence(const struct api *a, const struct signal *s)
{
	json_t *evidence = NULL;

	if (viewer_sees_exact(&a->rq->viewer, s->area))
		evidence = json_loads(s->evidence, 0, NULL);
	return evidence == NULL ? json_null() : evidence;
}

/* Who owns it, and who has acknowledged it: null for nobody. */
static int signal_care(json_t *item, const struct signal *s, const struct notes *notes)
{
	const struct notes_state state = notes_state(notes, s);
	const struct note *ack = state.acknowledged;

	return json_object_set_new(item, "owner",
				   api_text(state.owner == NULL ? NULL : state.owner->owner)) |
	       json_object_set_new(item, "acknowledged",
				   api_instant(ack == NULL ? 0 : ack->at_us)) |
	       json_object_set_new(item, "acknowledged_by",
				   api_text(ack == NULL ? NULL : ack->who)) |
	       json_object_set_new(item, "held_again",
				   ack == NULL ? json_null() : json_boolean(state.held_again));
}

static json_t *signal_item(struct api *a, const struct signal *s, const struct notes *notes)
{
	const struct rollup_context context = reading_context(&a->web->reading);
	char says[SAY_BYTES];
	json_t *item = json_pack(
		"{s:I,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:o,s:o,s:o,s:o,s:o,s:s,s:o}", "id",
		(json_int_t)s->id, "kind", signal_kind_name(s->kind), "state",
		signal_state_name(s->state), "rule", s->rule, "measure", s->measure, "area",
		s->area, "direction", s->direction < 0 ? "lower" : "higher", "concern",
		s->concern > 0   ? "worse"
		: s->concern < 0 ? "better"
				 : "neither",
		"first", api_period(s->first), "last", api_period(s->last), "pending",
		api_instant(s->pending_us), "opened", api_instant(s->opened_us), "closed",
		api_instant(s->closed_us), "says", signal_say(s, &context, says, sizeof says),
		"evidence", signal_evidence(a, s));

	if (item != NULL && signal_care(item, s, notes) != 0)
		a->no_memory = true;
	return item;
}

static enum err_code signals_read(struct api *a, unsigned *states, const char **area,
				  struct err *err)
{
	static const char *const words[] = { "pending", "open", "closed", "all", NULL };
	static const unsigned bits[] = { 1U << SIGNAL_PENDING, 1U << SIGNAL_OPEN,
					 1U << SIGNAL_CLOSED, SIGNAL_STATES };
	const char *text = request_query(a->rq, "area");
	int state = 0;
	int index;
	enum err_code code = api_read_word(a, "state", words, "open", &state, err);

	if (code == ERR_OK && text != NULL)
		code = api_read_area(a, "area", text, &index, err);
	*states = bits[state < 0 ? 0 : state];
	*area = text;
	return code;
}

static enum err_code signals_fill(struct api *a, struct err *err)
{
	struct signal_list list = { 0 };
	struct notes notes = { 0 };
	unsigned states;
	const char *area;
	size_t n = 0;
	size_t at = 0;
	enum err_code code = signals_read(a, &states, &area, err);

	if (code == ERR_OK)
		code = signals_list(a->web->reading.store, states, area, SIGNALS_MAX, &list, err);
	if (code == ERR_OK)
		code = notes_current(a->web->office, &notes, err);
	if (code != ERR_OK) {
		notes_clear(&notes);
		signals_clear(&list);
		return code;
	}
	for (size_t i = 0; i < list.n; i++)
		n += signal_is_shown(a, &list.signals[i]) != 0;
	api_page(a, n);
	for (size_t i = 0; i < list.n; i++) {
		if (!signal_is_shown(a, &list.signals[i]))
			continue;
		if (at >= a->first && at < a->end)
			api_add(a, signal_item(a, &list.signals[i], &notes));
		at++;
	}
	notes_clear(&notes);
	signals_clear(&list);
	return ERR_OK;
}

static const struct api_question signals_question = { signals_parameters, signals_columns,
						      "signals", API_NOTES, signals_fill };

/* ---- one, with its history */

static enum err_code signal_history(struct api *a, const struct signal *s, struct err *err)
{
	struct signal_event *events = NULL;
	json_t *history = json_array();
	size_t n = 0;
	enum err_code code = signals_history(a->web->reading.store, s->id, &events, &n, err);

	for (size_t i = 0; i < n && code == ERR_OK; i++)
		if (json_array_append_new(
			    history, json_pack("{s:o,s:s,s:o}", "at", api_instant(events[i].at_us),
					       "state", signal_state_name(events[i].state),
					       "period", api_period(events[i].period))) != 0)
			a->no_memory = true;
	free(events);
	api_top(a, "history", history);
	return code;
}

static void signal_notes(struct api *a, const struct notes *notes)
{
	json_t *all = json_array();

	for (size_t i = 0; i < notes->n; i++) {
		const struct note *n = &notes->notes[i];

		if (json_array_append_new(
			    all,
			    json_pack("{s:o,s:s,s:s,s:s,s:o,s:o,s:o}", "at", api_instant(n->at_us),
				      "kind", note_kind_name(n->kind), "by", n->who, "role",
				      role_name(n->role), "period", api_period(n->period), "text",
				      api_text(n->text), "owner", api_text(n->owner))) != 0)
			a->no_memory = true;
	}
	api_top(a, "notes", all);
}

/* A signal that the viewer may not see is not there for it. */
static enum err_code signal_fill(struct api *a, struct err *err)
{
	struct signal_list list = { 0 };
	struct notes notes = { 0 };
	const char *text = a->rq->part[0];
	char *end;
	long long id = strtoll(text, &end, 10);
	enum err_code code = ERR_MISSING;

	if (*end == '\0' && text[0] >= '0' && text[0] <= '9')
		code = signals_find(a->web->reading.store, id, &list, err);
	if (code == ERR_OK && !signal_is_shown(a, &list.signals[0]))
		code = ERR_MISSING;
	if (code == ERR_OK) {
		code = notes_list(a->web->office, list.signals[0].id, &notes, err);
		api_top(a, "signal", signal_item(a, &list.signals[0], &notes));
		if (code == ERR_OK)
			code = signal_history(a, &list.signals[0], err);
		signal_notes(a, &notes);
		notes_clear(&notes);
	} else if (code == ERR_MISSING) {
		a->parameter = "signal";
		(void)err_set(err, ERR_MISSING, "no signal '%.64s': /api/v1/signals lists them",
			      text);
	}
	signals_clear(&list);
	return code;
}

static const struct api_question signal_question = { no_parameters, NULL, NULL, API_NOTES,
						     signal_fill };

/* ---- addresses */

static enum err_code api_signals(struct web *web, const struct request *rq, struct response *rs,
				 struct err *err)
{
	return api_answer(web, rq, rs, err, &signals_question);
}

static enum err_code api_signal(struct web *web, const struct request *rq, struct response *rs,
				struct err *err)
{
	return api_answer(web, rq, rs, err, &signal_question);
}

const struct route api_signals_routes[] = {
	{ REQUEST_GET, "/api/v1/signals", ROLES_READERS, ROUTE_API, api_signals },
	{ REQUEST_GET, "/api/v1/signals/{signal}", ROLES_READERS, ROUTE_API, api_signal },
	{ 0, NULL, 0, 0, NULL },
};
