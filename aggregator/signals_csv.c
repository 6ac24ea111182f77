/* Lines of the built-in files of rules, cut into fields. */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/signals_private.h"

enum err_code signals_csv_fault(const struct signals_csv *csv, struct err *err, const char *column,
				const char *format, ...)
{
	char what[512];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(what, sizeof what, format, args);
	va_end(args);
	return err_set(err, ERR_CONFIG, "%s:%d: %s%s%s", csv->name, csv->line, column,
		       column[0] == '\0' ? "" : ": ", what);
}

/* Cuts the line at csv->at off the text; NULL at the end. */
static char *signals_csv_line(struct signals_csv *csv)
{
	char *line = csv->at;
	char *end;

	if (*line == '\0')
		return NULL;
	end = strchr(line, '\n');
	csv->at = end == NULL ? line + strlen(line) : end + 1;
	if (end != NULL)
		*end = '\0';
	if (end != NULL && end > line && end[-1] == '\r')
		end[-1] = '\0';
	csv->line++;
	return line;
}

/* One field from *at on, in place; leaves *at after its comma, or NULL after the last. */
static int signals_csv_field(char **at, char **field)
{
	char *in = *at;
	char *out = *at;
	int quoted = *in == '"';

	*field = out;
	in += quoted;
	while (*in != '\0' && (quoted || *in != ',')) {
		if (quoted && *in == '"' && in[1] != '"') {
			quoted = 0;
			in++;
			if (*in != '\0' && *in != ',')
				return 0;
			break;
		}
		in += quoted && *in == '"';
		*out++ = *in++;
	}
	if (quoted)
		return 0;
	*at = *in == ',' ? in + 1 : NULL;
	*out = '\0';
	return 1;
}

enum err_code signals_csv_open(const char *name, const char *text, const char *heading,
			       struct signals_csv *csv, struct err *err)
{
	char *line;

	*csv = (struct signals_csv){ .name = name, .text = strdup(text) };
	if (csv->text == NULL)
		return err_set(err, ERR_NOMEM, "%s: out of memory", name);
	csv->at = csv->text;
	line = signals_csv_line(csv);
	if (line == NULL || strcmp(line, heading) != 0)
		return signals_csv_fault(csv, err, "", "the heading must be \"%s\"", heading);
	return ERR_OK;
}

enum err_code signals_csv_next(struct signals_csv *csv, int n, int *row, struct err *err)
{
	char *line = signals_csv_line(csv);

	while (line != NULL && line[0] == '\0')
		line = signals_csv_line(csv);
	*row = line != NULL;
	csv->n_fields = 0;
	while (line != NULL && csv->n_fields < SIGNALS_FIELDS) {
		if (!signals_csv_field(&line, &csv->fields[csv->n_fields]))
			return signals_csv_fault(csv, err, "",
						 "a quoted field does not end: close its quotes "
						 "before the comma");
		csv->n_fields++;
	}
	if (*row && (line != NULL || csv->n_fields != n))
		return signals_csv_fault(csv, err, "", "%s%d fields, not %d: quote a comma in text",
					 line != NULL ? "more than " : "", csv->n_fields, n);
	return ERR_OK;
}

void signals_csv_close(struct signals_csv *csv)
{
	free(csv->text);
	csv->text = NULL;
}
