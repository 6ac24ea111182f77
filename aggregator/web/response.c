#include "aggregator/web/response.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/web/defer.h"
#include "aggregator/web/request.h"

#define HEADER_BYTES 4400 /* a target in Location fits */
#define FILE_NAME_BYTES 120

static void defer_free(struct defer **defer)
{
	if (*defer == NULL)
		return;
	if ((*defer)->free_context != NULL)
		(*defer)->free_context((*defer)->context);
	free(*defer);
	*defer = NULL;
}

void response_clear(struct response *rs)
{
	html_clear(&rs->body);
	for (int i = 0; i < rs->n_headers; i++)
		free(rs->headers[i].value);
	defer_free(&rs->defer);
	*rs = (struct response){ 0 };
}

enum err_code response_defer(struct response *rs, const struct defer *defer, struct err *err)
{
	struct defer *copy = malloc(sizeof *copy);

	defer_free(&rs->defer);
	if (copy == NULL) {
		if (defer->free_context != NULL)
			defer->free_context(defer->context);
		return err_set(err, ERR_NOMEM, "out of memory");
	}
	*copy = *defer;
	rs->defer = copy;
	return ERR_OK;
}

enum err_code response_header(struct response *rs, const char *name, struct err *err,
			      const char *format, ...)
{
	char text[HEADER_BYTES];
	va_list values;
	char *value;
	int n;

	va_start(values, format);
	n = vsnprintf(text, sizeof text, format, values);
	va_end(values);
	if (n < 0 || n >= (int)sizeof text || rs->n_headers == RESPONSE_HEADERS)
		return err_set(err, ERR_TOO_BIG, "the answer's header %s has no room", name);
	if (!request_is_text(text, (size_t)n))
		return err_set(err, ERR_MALFORMED, "header %s would hold a control character",
			       name);
	value = strndup(text, (size_t)n);
	if (value == NULL)
		return err_set(err, ERR_NOMEM, "out of memory");
	rs->headers[rs->n_headers].name = name;
	rs->headers[rs->n_headers++].value = value;
	return ERR_OK;
}

enum err_code response_redirect(struct response *rs, const char *path, struct err *err)
{
	enum err_code code;

	if (path[0] != '/' || path[1] == '/' || path[1] == '\\')
		return err_set(err, ERR_MALFORMED, "'%.100s' is no address of this site", path);
	code = response_header(rs, "Location", err, "%s", path);
	if (code == ERR_OK)
		rs->status = 303;
	return code;
}

enum err_code response_attachment(struct response *rs, const char *file_name, struct err *err)
{
	char safe[FILE_NAME_BYTES];
	size_t n = 0;

	for (; *file_name != '\0' && n < sizeof safe - 1; file_name++) {
		int plain = isalnum((unsigned char)*file_name) || *file_name == '_' ||
			    (*file_name == '.' && n > 0);

		safe[n++] = (char)(plain ? *file_name : '-');
	}
	safe[n] = '\0';
	return response_header(rs, "Content-Disposition", err, "attachment; filename=\"%s\"",
			       n == 0 ? "download" : safe);
}
