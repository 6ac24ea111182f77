#ifndef AGGREGATOR_WEB_LAYOUT_H
#define AGGREGATOR_WEB_LAYOUT_H

#include "aggregator/web/view.h"

/* The frame of every page: skip link, header, navigation by role, banner of what was received,
 * filters, and a foot that says which data and filters the page (and its print) shows. */

enum layout_section {
	LAYOUT_CITY,
	LAYOUT_MEASURES,
	LAYOUT_DISTRICTS,
	LAYOUT_RECEIVED,
	LAYOUT_SIGNALS,
	LAYOUT_PLAN,
	LAYOUT_DOWNLOADS,
	LAYOUT_HELP,
	LAYOUT_ACCOUNTS,
	LAYOUT_AUDIT_LOG,
	LAYOUT_NONE,
};

struct layout {
	const char *title; /* "Re-referrals within 12 months" */
	const char *lead;  /* one sentence under it; NULL: none */
	enum layout_section section;
	const struct view *view; /* NULL: a page without place and period */
	unsigned filters;        /* LAYOUT_FILTER_… that the page obeys */
	const char *path;        /* where the filter form goes: the page's own path */
	int wide;                /* 1: use the whole width (tables of many columns) */
};

#define LAYOUT_FILTER_AREA 1u
#define LAYOUT_FILTER_PERIOD 2u
#define LAYOUT_FILTER_BY 4u
#define LAYOUT_FILTER_COUNT 8u
#define LAYOUT_FILTER_KNOWN_ON 16u

/* Pages are well-formed XML as well as HTML (void elements closed, attributes quoted, no named
 * entities beyond &amp; &lt; &gt; &quot;), so that tests can parse them strictly.
 *
 * Writes everything up to and including <h1>, banner and filters, inside <main>. */
void layout_begin(struct web *web, const struct request *rq, struct html *h,
		  const struct layout *layout);
void layout_end(struct web *web, const struct request *rq, struct html *h,
		const struct layout *layout);

/* Leaves a whole page in rs that says what went wrong: "Page not found" and so on by status.
 * message: what is wrong and how to mend it, for a person; NULL: nothing but the status's own
 * sentence. */
void layout_error(struct web *web, const struct request *rq, struct response *rs, int status,
		  const char *message);

/* What a view shows, in words: "Birmingham, 24 months to September 2026, as known on 5 October
 * 2026". filters: those that the page obeys. Returns out. */
#define LAYOUT_WORDS_BYTES 320
const char *layout_words(const struct web *web, const struct view *v, unsigned filters,
			 char out[LAYOUT_WORDS_BYTES]);

/* The dashboard's name, "Birmingham district reporting"; text, not markup. Returns out. */
#define LAYOUT_NAME_BYTES 160
const char *layout_name(const struct web *web, char out[LAYOUT_NAME_BYTES]);

/* What layout.c is made of. The banner "9 of 10 received for September; …", with its link; nothing
 * when the viewer reads no figures. The form of the filters. */
void layout_status(struct web *web, const struct request *rq, struct html *h, int wide);
void layout_filters(const struct web *web, const struct request *rq, struct html *h,
		    const struct layout *layout);

/* For a GET form: hidden fields that keep what the view shows, apart from what the form itself asks
 * for (filters). */
void layout_keep(const struct web *web, struct html *h, const struct view *v, unsigned filters);

/* A hidden field with this viewer's CSRF token, masked anew each time. */
void layout_csrf(struct html *h, const struct viewer *v);

/* <details> "Show as table" … : begin and end around a table. */
void layout_details_begin(struct html *h, const char *summary);
void layout_details_end(struct html *h);

#endif
