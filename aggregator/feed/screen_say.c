#include "aggregator/feed/screen_private.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/limits.h"

/* From what a check found to a finding: the rows in words, texts of files made safe to print. */

const char *screen_result_name(enum screen_result result)
{
	switch (result) {
	case SCREEN_PASS:
		return "PASS";
	case SCREEN_WARNING:
		return "WARNING";
	case SCREEN_FAIL:
		return "FAIL";
	}
	return "";
}

/* Length of the character at text, 0 when it is no UTF-8 or no printable character. */
static size_t say_character(const unsigned char *text)
{
	size_t n = *text < 0x80 ? 1 : *text < 0xE0 ? 2 : *text < 0xF0 ? 3 : 4;

	if (*text < 0x20 || *text == 0x7F || (*text >= 0x80 && *text < 0xC2) || *text > 0xF4)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((text[i] & 0xC0) != 0x80)
			return 0;
	return *text == 0xC2 && text[1] < 0xA0 ? 0 : n; /* C1 control characters */
}

bool screen_escape(char *out, size_t size, const char *text)
{
	size_t len = 0;

	while (*text != '\0') {
		size_t n = say_character((const unsigned char *)text);

		if (len + (n == 0 ? 4 : n) + 1 > size)
			break;
		if (n == 0)
			len += (size_t)snprintf(out + len, size - len, "\\x%02X",
						(unsigned)(unsigned char)*text++);
		for (; n > 0; n--)
			out[len++] = *text++;
	}
	out[len] = '\0';
	return *text == '\0';
}

struct screen_quote screen_quote(const char *text)
{
	struct screen_quote q;
	bool whole = screen_escape(q.text + 1, sizeof q.text - 6, text);

	q.text[0] = '\'';
	(void)snprintf(q.text + 1 + strlen(q.text + 1), 6, "%s'", whole ? "" : "…");
	return q;
}

static void say_rows(char out[SCREEN_ROWS_BYTES], const struct screen_rows *rows)
{
	size_t shown = rows->n < SCREEN_ROWS_SHOWN ? rows->n : SCREEN_ROWS_SHOWN;
	size_t len = 0;

	for (size_t i = 0; i < shown; i++)
		len += (size_t)snprintf(out + len, SCREEN_ROWS_BYTES - len, "%s%lld",
					i > 0 ? ", " : "", (long long)rows->first[i]);
	if (rows->n > shown)
		(void)snprintf(out + len, SCREEN_ROWS_BYTES - len, " and %zu more",
			       rows->n - shown);
}

enum err_code screen_report_add(struct screen_report *report, const struct screen_finding *finding,
				struct err *err)
{
	if (report->n == report->capacity) {
		size_t capacity = 2 * report->capacity + 32;
		struct screen_finding *larger =
			realloc(report->findings, capacity * sizeof *larger);

		if (larger == NULL)
			return err_set(err, ERR_NOMEM, "out of memory");
		report->findings = larger;
		report->capacity = capacity;
	}
	report->findings[report->n++] = *finding;
	if (finding->result > report->result)
		report->result = finding->result;
	if (!finding->is_ours && finding->result > report->standard_result)
		report->standard_result = finding->result;
	return ERR_OK;
}

/* Takes away the beginning of a character that was cut at the text's end. */
static void say_whole(char *text)
{
	size_t len = strlen(text), more = 0;

	while (more < 3 && more < len && ((unsigned char)text[len - 1 - more] & 0xC0) == 0x80)
		more++;
	if (more < len) {
		unsigned char c = (unsigned char)text[len - 1 - more];
		size_t wants = c < 0x80 ? 0 : c < 0xE0 ? 1 : c < 0xF0 ? 2 : 3;

		if (more < wants)
			text[len - 1 - more] = '\0';
	}
}

void screen_say(struct screen *s, enum screen_result result, enum screen_where where,
		const char *column, const struct screen_rows *rows, const char *format, ...)
{
	struct screen_finding f = { .stage = s->stage,
				    .check = s->check->name,
				    .result = result,
				    .is_ours = s->is_ours,
				    .where = where };
	va_list args;

	if (result > s->worst)
		s->worst = result;
	if (s->code != ERR_OK || s->n_findings >= LIMIT_SCREEN_FINDINGS)
		return;
	if (column != NULL)
		(void)screen_escape(f.column, sizeof f.column, column);
	if (rows != NULL)
		say_rows(f.rows, rows);
	va_start(args, format);
	(void)vsnprintf(f.text, sizeof f.text, format, args);
	va_end(args);
	say_whole(f.text);
	s->n_findings++;
	s->code = screen_report_add(s->report, &f, s->err);
}

void *screen_calloc(struct screen *s, size_t n, size_t size)
{
	void *p = s->code == ERR_OK ? calloc(n > 0 ? n : 1, size) : NULL;

	if (p == NULL && s->code == ERR_OK)
		s->code = err_set(s->err, ERR_NOMEM, "out of memory");
	return p;
}

/* ---- the three shapes of a check */

struct screen_rows screen_rows_of(const struct screen_table *table, int column,
				  const unsigned char *wrong)
{
	const struct screen_column *c = &table->columns[column];
	struct screen_rows rows = { .n = 0 };

	for (size_t row = 0; row < table->n_rows; row++)
		if (wrong[c->cells[row]])
			screen_rows_add(&rows, table->numbers[row]);
	return rows;
}

/* "'X'" or "'X' and 3 others" */
static const char *say_others(char out[160], const char *first, size_t n)
{
	if (n > 1)
		(void)snprintf(out, 160, "%s and %zu other%s", screen_quote(first).text, n - 1,
			       n == 2 ? "" : "s");
	else
		(void)snprintf(out, 160, "%s", screen_quote(first).text);
	return out;
}

void screen_bad_values(struct screen *s, enum screen_result result, enum screen_where where,
		       int column, bool (*bad)(const struct screen *s, const char *value),
		       const char *what)
{
	const struct screen_table *t = where == SCREEN_META ? &s->pair->meta : &s->pair->data;
	const struct screen_column *c = column < 0 ? NULL : &t->columns[column];
	unsigned char *wrong = c == NULL ? NULL : screen_calloc(s, c->values.n, 1);
	const char *first = NULL;
	struct screen_rows rows;
	char others[160];
	size_t n = 0;

	if (wrong == NULL)
		return;
	for (size_t i = c->n_blank > 0 ? 0 : 1; i < c->values.n; i++) {
		const char *value = screen_words_text(&c->values, i);

		if (!bad(s, value))
			continue;
		wrong[i] = 1;
		first = n++ == 0 ? value : first;
	}
	if (n > 0) {
		rows = screen_rows_of(t, column, wrong);
		screen_say(s, result, where, c->name, &rows, "%s: %s", say_others(others, first, n),
			   what);
	}
	free(wrong);
}

void screen_bad_meta(struct screen *s, enum screen_result result, enum screen_meta_column shown,
		     bool (*bad)(const struct screen *s, size_t row), const char *what)
{
	const struct screen_table *t = &s->pair->meta;
	struct screen_rows rows = { .n = 0 };
	const char *first = "";
	char others[160];

	for (size_t row = 0; row < t->n_rows; row++) {
		if (!bad(s, row))
			continue;
		if (rows.n == 0)
			first = screen_meta(s, row, META_COL_NAME);
		screen_rows_add(&rows, t->numbers[row]);
	}
	if (rows.n > 0)
		screen_say(s, result, SCREEN_META,
			   s->pair->meta_at[shown] < 0 ? NULL
						       : t->columns[s->pair->meta_at[shown]].name,
			   &rows, "%s: %s", say_others(others, first, rows.n), what);
}

void screen_bad_names(struct screen *s, enum screen_result result, enum screen_where where,
		      bool (*bad)(const struct screen *s, const char *name), const char *what)
{
	const struct screen_table *t = &s->pair->data;
	const char *first = "";
	char others[160];
	size_t n = 0;

	if (where == SCREEN_META) {
		screen_bad_values(s, result, where, s->pair->meta_at[META_COL_NAME], bad, what);
		return;
	}
	for (int i = 0; i < t->n_columns; i++)
		if (bad(s, t->columns[i].name) && n++ == 0)
			first = t->columns[i].name;
	if (n > 0)
		screen_say(s, result, where, first, NULL, "%s: %s", say_others(others, first, n),
			   what);
}
