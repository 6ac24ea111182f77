#include "aggregator/feed/rows.h"

#include <stdlib.h>
#include <string.h>

enum err_code rows_open(struct rows *r, const char *name, const char *bytes, size_t len,
			struct err *err)
{
	*r = (struct rows){ .name = name, .at = bytes, .end = bytes + len };
	r->room = malloc(len + 1);
	if (r->room == NULL)
		return err_set(err, ERR_NOMEM, "%s: out of memory", name);
	if (memchr(bytes, '\0', len) != NULL)
		return err_set(err, ERR_MALFORMED, "%s: holds a NUL byte: it is no CSV", name);
	return ERR_OK;
}

void rows_close(struct rows *r)
{
	free(r->room);
	r->room = NULL;
}

static enum err_code rows_fault(const struct rows *r, const char *what, struct err *err)
{
	return err_set(err, ERR_MALFORMED, "%s:%d: %s", r->name, r->line, what);
}

/* Whether a field may end here: at a comma, a line's end or the last byte. */
static int rows_at_end(const struct rows *r)
{
	return r->at == r->end || *r->at == ',' || *r->at == '\n' ||
	       (*r->at == '\r' && r->at + 1 < r->end && r->at[1] == '\n');
}

static enum err_code rows_quoted(struct rows *r, char **to, struct err *err)
{
	for (r->at++; r->at < r->end; r->at++) {
		if (*r->at == '"' && (r->at + 1 == r->end || r->at[1] != '"')) {
			r->at++;
			return rows_at_end(r) ? ERR_OK
					      : rows_fault(r, "bytes behind a closing quote", err);
		}
		r->at += *r->at == '"';
		r->lines += *r->at == '\n';
		*(*to)++ = *r->at;
	}
	return rows_fault(r, "a quote is not closed", err);
}

static enum err_code rows_field(struct rows *r, char **to, struct err *err)
{
	if (r->n == ROWS_FIELDS_MAX)
		return err_set(err, ERR_TOO_BIG, "%s:%d: more than %d columns", r->name, r->line,
			       ROWS_FIELDS_MAX);
	r->field[r->n++] = *to;
	if (r->at < r->end && *r->at == '"') {
		enum err_code code = rows_quoted(r, to, err);

		if (code != ERR_OK)
			return code;
	}
	for (; !rows_at_end(r); r->at++) {
		if (*r->at == '"')
			return rows_fault(r, "a quote inside a field that has none around it", err);
		*(*to)++ = *r->at;
	}
	*(*to)++ = '\0';
	return ERR_OK;
}

enum err_code rows_next(struct rows *r, int *more, struct err *err)
{
	char *to = r->room;
	enum err_code code;

	r->n = 0;
	*more = r->at < r->end;
	if (!*more)
		return ERR_OK;
	r->line = r->lines + 1;
	for (;;) {
		code = rows_field(r, &to, err);
		if (code != ERR_OK || r->at == r->end || *r->at != ',')
			break;
		r->at++;
	}
	if (code == ERR_OK && r->at < r->end) {
		r->at += *r->at == '\r' ? 2 : 1;
		r->lines++;
	}
	return code;
}

int rows_find(const struct rows *r, const char *heading)
{
	for (int i = 0; i < r->n; i++)
		if (strcmp(r->field[i], heading) == 0)
			return i;
	return -1;
}
