#include "aggregator/web/export.h"

#include <stdlib.h>
#include <string.h>

#define TEXT_BYTES 8192

enum err_code export_begin(struct export *e, const char *const *columns, int n, struct err *err)
{
	*e = (struct export){ 0 };
	e->file = open_memstream(&e->bytes, &e->len);
	if (e->file == NULL)
		return err_set(err, ERR_NOMEM, "out of memory");
	e->out = out_begin(e->file, OUT_CSV, "rows", columns, n);
	return ERR_OK;
}

void export_text(struct export *e, const char *text)
{
	char safe[TEXT_BYTES];

	if (text == NULL || text[0] == '\0' || strchr("=+-@\t\r", text[0]) == NULL) {
		out_text(e->out, text);
		return;
	}
	(void)snprintf(safe, sizeof safe, "'%s", text);
	out_text(e->out, safe);
}

enum err_code export_end(struct export *e, struct response *rs, const char *file_name,
			 struct err *err)
{
	int bad = out_end(&e->out) != 0;

	bad |= fclose(e->file) != 0;
	if (!bad)
		html_bytes(&rs->body, e->bytes, e->len);
	free(e->bytes);
	if (bad)
		return err_set(err, ERR_NOMEM, "out of memory");
	rs->type = "text/csv; charset=utf-8";
	return response_attachment(rs, file_name, err);
}
