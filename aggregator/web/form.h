#ifndef AGGREGATOR_WEB_FORM_H
#define AGGREGATOR_WEB_FORM_H

#include "aggregator/web/layout.h"

/* Forms as GOV.UK markup: errors first in a summary, then above their field; labels and hints tied
 * to the field; nothing that hinders pasting or a password manager. */

#define FORM_ERRORS 8
struct form_errors { /* starts as zeros */
	struct {
		char id[32]; /* of the field; "" for the form as a whole */
		char text[400];
	} items[FORM_ERRORS];
	int n;
};

/* Further ones above FORM_ERRORS are left out. */
void form_error(struct form_errors *e, const char *id, const char *text);
/* Nothing when there are none. */
void form_error_summary(struct html *h, const struct form_errors *e);

/* <form method="post">, with the viewer's CSRF token when somebody is signed in. */
void form_begin(struct html *h, const struct viewer *v, const char *action);
/* The button and the end. kind: "" or "govuk-button--secondary", "govuk-button--warning". */
void form_end(struct html *h, const char *button, const char *kind);
void form_hidden(struct html *h, const char *name, const char *value);

struct form_input {       /* NULL texts are left out */
	const char *name; /* the field's id too */
	const char *label, *hint, *value;
	const char *type;         /* "text", "password", "date", "number" */
	const char *autocomplete; /* "username", "current-password", "new-password", "off" */
	int width;                /* in characters: 2, 3, 4, 5, 10, 20 or 30; 0: full */
	int read_only;
};
void form_input(struct html *h, const struct form_errors *e, const struct form_input *in);
/* Several lines; type, autocomplete, width and read_only of *in say nothing here. */
void form_textarea(struct html *h, const struct form_errors *e, const struct form_input *in,
		   int rows);

struct form_option {
	const char *value, *text, *hint; /* hint: radios only */
};
/* options end with a NULL value. chosen: the value that is selected. */
void form_select(struct html *h, const struct form_errors *e, const char *name, const char *label,
		 const char *hint, const struct form_option *options, const char *chosen);
void form_radios(struct html *h, const struct form_errors *e, const char *name, const char *legend,
		 const struct form_option *options, const char *chosen);

/* A green banner: what was done. */
void form_done(struct html *h, const char *text);

/* A form's value, "" when it was not sent. */
const char *form_value(const struct request *rq, const char *name);
/* The positive whole number in a path or a field; 0 when it is none. */
int64_t form_number(const char *text);

#endif
