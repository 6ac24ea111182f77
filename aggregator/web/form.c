#include "aggregator/web/form.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- errors */

void form_error(struct form_errors *e, const char *id, const char *text)
{
	if (e->n == FORM_ERRORS)
		return;
	(void)snprintf(e->items[e->n].id, sizeof e->items[0].id, "%s", id);
	(void)snprintf(e->items[e->n].text, sizeof e->items[0].text, "%s", text);
	e->n++;
}

static const char *form_error_of(const struct form_errors *e, const char *id)
{
	for (int i = 0; i < e->n; i++) {
		if (strcmp(e->items[i].id, id) == 0)
			return e->items[i].text;
	}
	return NULL;
}

void form_error_summary(struct html *h, const struct form_errors *e)
{
	if (e->n == 0)
		return;
	html_raw(h, "<div class=\"govuk-error-summary\" data-module=\"govuk-error-summary\">"
		    "<div role=\"alert\"><h2 class=\"govuk-error-summary__title\">There is a "
		    "problem</h2><div class=\"govuk-error-summary__body\">"
		    "<ul class=\"govuk-list govuk-error-summary__list\">\n");
	for (int i = 0; i < e->n; i++) {
		if (e->items[i].id[0] == '\0')
			html_put(h, "<li>%s</li>\n", e->items[i].text);
		else
			html_put(h, "<li><a href=\"#%s\">%s</a></li>\n", e->items[i].id,
				 e->items[i].text);
	}
	html_raw(h, "</ul></div></div></div>\n");
}

/* ---- form */

void form_begin(struct html *h, const struct viewer *v, const char *action)
{
	html_put(h, "<form action=\"%s\" method=\"post\" novalidate=\"novalidate\">\n", action);
	if (v->role != ROLE_NONE)
		layout_csrf(h, v);
}

void form_end(struct html *h, const char *button, const char *kind)
{
	html_put(h, "<button type=\"submit\" class=\"govuk-button %s\">%s</button>\n</form>\n",
		 kind, button);
}

void form_hidden(struct html *h, const char *name, const char *value)
{
	html_put(h, "<input type=\"hidden\" name=\"%s\" value=\"%s\" />\n", name, value);
}

/* ---- fields */

static void form_group(struct html *h, const char *error)
{
	html_put(h, "<div class=\"govuk-form-group%s\">\n",
		 error == NULL ? "" : " govuk-form-group--error");
}

static void form_error_message(struct html *h, const char *id, const char *error)
{
	if (error != NULL)
		html_put(h,
			 "<p id=\"%s-error\" class=\"govuk-error-message\">"
			 "<span class=\"govuk-visually-hidden\">Error:</span> %s</p>\n",
			 id, error);
}

static void form_hint(struct html *h, const char *id, const char *hint)
{
	if (hint != NULL)
		html_put(h, "<div id=\"%s-hint\" class=\"govuk-hint\">%s</div>\n", id, hint);
}

static void form_described(struct html *h, const char *id, const char *hint, const char *error)
{
	if (hint == NULL && error == NULL)
		return;
	html_raw(h, " aria-describedby=\"");
	if (hint != NULL)
		html_put(h, "%s-hint", id);
	if (error != NULL)
		html_put(h, "%s%s-error", hint == NULL ? "" : " ", id);
	html_raw(h, "\"");
}

static void form_label(struct html *h, const char *id, const char *label)
{
	html_put(h, "<label class=\"govuk-label\" for=\"%s\">%s</label>\n", id, label);
}

void form_input(struct html *h, const struct form_errors *e, const struct form_input *in)
{
	const char *error = form_error_of(e, in->name);

	form_group(h, error);
	form_label(h, in->name, in->label);
	form_hint(h, in->name, in->hint);
	form_error_message(h, in->name, error);
	html_put(h, "<input class=\"govuk-input%s", error == NULL ? "" : " govuk-input--error");
	if (in->width > 0)
		html_put(h, " govuk-input--width-%d", in->width);
	html_put(h, "\" id=\"%s\" name=\"%s\" type=\"%s\"", in->name, in->name,
		 in->type == NULL ? "text" : in->type);
	if (in->autocomplete != NULL)
		html_put(h, " autocomplete=\"%s\" autocapitalize=\"none\" spellcheck=\"false\"",
			 in->autocomplete);
	if (in->value != NULL)
		html_put(h, " value=\"%s\"", in->value);
	if (in->read_only)
		html_raw(h, " readonly=\"readonly\"");
	form_described(h, in->name, in->hint, error);
	html_raw(h, " />\n</div>\n");
}

void form_textarea(struct html *h, const struct form_errors *e, const struct form_input *in,
		   int rows)
{
	const char *error = form_error_of(e, in->name);

	form_group(h, error);
	form_label(h, in->name, in->label);
	form_hint(h, in->name, in->hint);
	form_error_message(h, in->name, error);
	html_put(h, "<textarea class=\"govuk-textarea%s\" id=\"%s\" name=\"%s\" rows=\"%d\"",
		 error == NULL ? "" : " govuk-textarea--error", in->name, in->name, rows);
	form_described(h, in->name, in->hint, error);
	/* a browser takes the first line end away */
	html_put(h, ">\n%s</textarea>\n</div>\n", in->value == NULL ? "" : in->value);
}

static void form_select_option(struct html *h, const struct form_option *option, int chosen)
{
	html_put(h, "<option value=\"%s\"", option->value);
	html_raw(h, chosen ? " selected=\"selected\">" : ">");
	html_put(h, "%s</option>\n", option->text);
}

void form_select(struct html *h, const struct form_errors *e, const char *name, const char *label,
		 const char *hint, const struct form_option *options, const char *chosen)
{
	const char *error = form_error_of(e, name);

	form_group(h, error);
	form_label(h, name, label);
	form_hint(h, name, hint);
	form_error_message(h, name, error);
	html_put(h, "<select class=\"govuk-select%s\" id=\"%s\" name=\"%s\"",
		 error == NULL ? "" : " govuk-select--error", name, name);
	form_described(h, name, hint, error);
	html_raw(h, ">\n");
	for (; options->value != NULL; options++)
		form_select_option(h, options, strcmp(options->value, chosen) == 0);
	html_raw(h, "</select>\n</div>\n");
}

/* The first one has the field's own id, to which the error summary leads. */
static void form_radio(struct html *h, const char *name, const struct form_option *option, int i,
		       int checked)
{
	char id[48];

	(void)snprintf(id, sizeof id, i == 0 ? "%s" : "%s-%d", name, i + 1);
	html_put(h,
		 "<div class=\"govuk-radios__item\"><input class=\"govuk-radios__input\" "
		 "id=\"%s\" name=\"%s\" type=\"radio\" value=\"%s\"",
		 id, name, option->value);
	html_raw(h, checked ? " checked=\"checked\"" : "");
	form_described(h, id, option->hint, NULL);
	html_put(h, " /><label class=\"govuk-label govuk-radios__label\" for=\"%s\">%s</label>", id,
		 option->text);
	if (option->hint != NULL)
		html_put(h, "<div id=\"%s-hint\" class=\"govuk-hint govuk-radios__hint\">%s</div>",
			 id, option->hint);
	html_raw(h, "</div>\n");
}

void form_radios(struct html *h, const struct form_errors *e, const char *name, const char *legend,
		 const struct form_option *options, const char *chosen)
{
	const char *error = form_error_of(e, name);

	form_group(h, error);
	html_raw(h, "<fieldset class=\"govuk-fieldset\"");
	form_described(h, name, NULL, error);
	html_put(h,
		 "><legend class=\"govuk-fieldset__legend govuk-fieldset__legend--s\">%s"
		 "</legend>\n",
		 legend);
	form_error_message(h, name, error);
	html_raw(h, "<div class=\"govuk-radios govuk-radios--small\">\n");
	for (int i = 0; options[i].value != NULL; i++)
		form_radio(h, name, &options[i], i, strcmp(options[i].value, chosen) == 0);
	html_raw(h, "</div></fieldset>\n</div>\n");
}

/* ---- done */

void form_done(struct html *h, const char *text)
{
	html_put(h,
		 "<div class=\"govuk-notification-banner govuk-notification-banner--success\" "
		 "role=\"alert\" aria-labelledby=\"done-title\">"
		 "<div class=\"govuk-notification-banner__header\">"
		 "<h2 class=\"govuk-notification-banner__title\" id=\"done-title\">Done</h2></div>"
		 "<div class=\"govuk-notification-banner__content\">"
		 "<p class=\"govuk-notification-banner__heading\">%s</p></div></div>\n",
		 text);
}

/* ---- values */

const char *form_value(const struct request *rq, const char *name)
{
	const char *value = request_field(rq, name);

	return value == NULL ? "" : value;
}

int64_t form_number(const char *text)
{
	size_t len = strlen(text);

	if (len == 0 || len > 18 || strspn(text, "0123456789") != len)
		return 0;
	return strtoll(text, NULL, 10);
}
