#ifndef AGGREGATOR_WEB_SIGNALS_PAGE_H
#define AGGREGATOR_WEB_SIGNALS_PAGE_H

#include <jansson.h>

#include "aggregator/web/figures.h"
#include "aggregator/web/form.h"
#include "aggregator/web/notes.h"
#include "aggregator/web/view.h"

/* The parts of the signals' pages; private to them.
 *
 *   signals_page.c      the list, by concern, and its file
 *   signals_filter.c    which signals the list shows: read, asked for, kept in links
 *   signals_words.c     what both pages say of a signal
 *   signal_page.c       one signal: what is known of it, its forms, what they do
 *   signal_evidence.c   the rule in words and the figures behind it, as the viewer may see them
 *   signal_conditions.c the same of a combination (unseen_risk.csv)
 *   signal_history.c    what has happened and what was said, as one list */

#define SIGNALS_CHART_MONTHS 24 /* what the rules look at */
#define SIGNALS_SAY_BYTES 512

/* ---- words */

const char *signals_concern_name(int concern);         /* "worse", "better", "neither" */
const char *signals_kind_label(enum signal_kind kind); /* "Out of its usual range" … */
const char *signals_area_name(const struct web *web, const char *code);
/* "Open since 5 October 2026. Held from July 2026 to September 2026." */
void signals_write_state(struct html *h, const struct signal *s);
/* "Acknowledged by … on …", "Not acknowledged", with what came after it. */
void signals_write_acknowledged(struct html *h, const struct signal *s,
				const struct notes_state *state);
/* Text of several lines; blank ones are kept. */
void signals_write_text(struct html *h, const char *text);
/* Whether the viewer may see the signal at all. */
int signals_is_shown(const struct web *web, const struct viewer *v, const struct signal *s);

/* ---- filter */

#define SIGNALS_OWNER_ANY ""
#define SIGNALS_OWNER_NOBODY "nobody"
#define SIGNALS_OWNER_MINE "mine"

struct signals_filter {
	unsigned states; /* bits 1 << SIGNAL_… */
	const char *state;
	int kind;          /* 0: any */
	int concern;       /* SIGNALS_CONCERN_ANY */
	const char *area;  /* "" all that the viewer sees */
	const char *owner; /* SIGNALS_OWNER_…, or a name */
};
#define SIGNALS_CONCERN_ANY 2

/* Texts are borrowed from the request. ERR_MALFORMED, ERR_MISSING, ERR_DENIED say which word. */
enum err_code signals_filter_read(struct web *web, const struct request *rq,
				  struct signals_filter *out, struct err *err);
int signals_filter_fits(const struct signals_filter *f, const struct viewer *v,
			const struct signal *s, const struct notes_state *state);
/* The form; notes: whose owners are offered. */
void signals_filter_form(const struct web *web, const struct request *rq, struct html *h,
			 const struct view *view, const struct signals_filter *f,
			 const struct notes *notes);
/* An escaped href that asks for the same. */
void signals_filter_href(struct html *h, const char *path, const struct signals_filter *f);

/* ---- one signal */

struct signal_page {
	struct web *web;
	const struct request *rq;
	struct html *h;
	struct view view;
	struct rollup_context context;
	struct signal_list list; /* the one */
	const struct signal *s;
	const struct measure *m; /* NULL: the set in use has it no more */
	int exact;               /* the viewer sees exact figures of its area */
	json_t *evidence;        /* NULL: cannot be read */
	struct signal_event *events;
	size_t n_events;
	struct notes notes;
	struct notes_state state;
};

enum err_code signal_write_evidence(struct signal_page *p, struct err *err);
/* The conditions of an unseen-risk rule, each with its chart. */
enum err_code signal_write_conditions(struct signal_page *p, json_t *conditions, struct err *err);
void signal_write_history(struct signal_page *p);

/* A measure of the signal's area up to `to`: chart with limits, table. id: unique on the page. */
enum err_code signal_write_trend(struct signal_page *p, const struct measure *m, struct period to,
				 const char *id, struct err *err);
/* A period of the evidence: never a figure, so for every viewer. 0: there is none. */
int signal_period(const json_t *object, const char *name, struct period *out);

#endif
