#include "aggregator/web/headline.h"

#include <stdio.h>
#include <string.h>

#include "proto/embed.h"

#define COLUMNS 6

static const char headline_file[] = "aggregator/web/headline.csv";
static const char *const headline_columns[COLUMNS] = { "theme", "measure", "otherwise",
						       "title", "tile",    "column" };

struct headline_reader {
	const char *name;
	int line;
	char fields[COLUMNS][129];
	struct err *err;
};

static enum err_code headline_fault(const struct headline_reader *r, int column, const char *mend)
{
	return err_set(r->err, ERR_MALFORMED, "%s:%d: %s: '%s': %s", r->name, r->line,
		       headline_columns[column], r->fields[column], mend);
}

/* One field, from *at up to a comma or the line's end, which *at is left on. */
static enum err_code headline_field(struct headline_reader *r, int column, const char **at)
{
	const char *from = *at;
	int quoted = *from == '"';
	const char *end;
	size_t len;

	from += quoted;
	end = from + strcspn(from, quoted ? "\"\n" : ",\"\n");
	if (*end == '"' ? !quoted || strchr(",\n", end[1]) == NULL : quoted)
		return err_set(r->err, ERR_MALFORMED,
			       "%s:%d: %s: stray double quote: put the whole value between quotes",
			       r->name, r->line, headline_columns[column]);
	len = (size_t)(end - from);
	if (len >= sizeof r->fields[column])
		return err_set(r->err, ERR_MALFORMED, "%s:%d: %s: longer than %zu bytes", r->name,
			       r->line, headline_columns[column], sizeof r->fields[column] - 1);
	memcpy(r->fields[column], from, len);
	r->fields[column][len] = '\0';
	*at = end + quoted;
	return ERR_OK;
}

/* One line into the fields; *at is left after it. */
static enum err_code headline_line(struct headline_reader *r, const char **at)
{
	enum err_code code;
	int n = 0;

	r->line++;
	do {
		*at += n > 0;
		code = headline_field(r, n++, at);
	} while (code == ERR_OK && **at == ',' && n < COLUMNS);
	if (code != ERR_OK)
		return code;
	if (n != COLUMNS || **at == ',')
		return err_set(r->err, ERR_MALFORMED,
			       "%s:%d: a line has the %d columns theme,measure,otherwise,title,"
			       "tile,column: put a value that holds a comma between double quotes",
			       r->name, r->line, COLUMNS);
	*at += **at == '\n';
	return ERR_OK;
}

static enum err_code headline_flag(const struct headline_reader *r, int column, int *out)
{
	*out = strcmp(r->fields[column], "yes") == 0;
	if (!*out && r->fields[column][0] != '\0')
		return headline_fault(r, column, "write yes, or leave it empty");
	return ERR_OK;
}

static int headline_is_code(const char *text)
{
	size_t len = strlen(text);

	return len > 0 && len <= 64 && strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_") == len;
}

/* A theme that comes back after another one would make two groups of the same name. */
static int headline_theme_is_apart(const struct headline *h, const char *theme)
{
	int last = h->n - 1;

	if (last < 0 || strcmp(h->rows[last].theme, theme) == 0)
		return 0;
	while (last >= 0 && strcmp(h->rows[last].theme, theme) != 0)
		last--;
	return last >= 0;
}

static enum err_code headline_check(const struct headline_reader *r, const struct headline *h)
{
	const struct headline_row *row;

	if (r->fields[0][0] == '\0' || strlen(r->fields[0]) >= sizeof row->theme)
		return headline_fault(r, 0, "write the theme's name, up to 48 bytes");
	if (headline_theme_is_apart(h, r->fields[0]))
		return headline_fault(r, 0, "put the rows of a theme together");
	for (int i = 1; i <= 2; i++)
		if (!headline_is_code(r->fields[i]) && (i == 1 || r->fields[i][0] != '\0'))
			return headline_fault(r, i, "write a measure's code: a-z, 0-9 and _");
	if (r->fields[3][0] == '\0' || strlen(r->fields[3]) >= sizeof row->title)
		return headline_fault(r, 3, "write a short title, up to 80 bytes");
	return ERR_OK;
}

static enum err_code headline_add(const struct headline_reader *r, const struct measure_set *set,
				  struct headline *h)
{
	struct headline_row row = { .tile = 0 };
	enum err_code code = headline_check(r, h);

	if (code == ERR_OK)
		code = headline_flag(r, 4, &row.tile);
	if (code == ERR_OK)
		code = headline_flag(r, 5, &row.column);
	if (code != ERR_OK)
		return code;
	row.measure = measures_find(set, r->fields[1]);
	row.otherwise = r->fields[2][0] == '\0' ? NULL : measures_find(set, r->fields[2]);
	if (row.measure == NULL) {
		row.measure = row.otherwise;
		row.otherwise = NULL;
	}
	if (row.measure == NULL)
		return ERR_OK;
	if (headline_find(h, row.measure->code) != NULL)
		return headline_fault(r, 1, "it has a row already: name each measure once");
	if (h->n == HEADLINE_MAX)
		return err_set(r->err, ERR_TOO_BIG, "%s:%d: more than %d rows: keep the headlines",
			       r->name, r->line, HEADLINE_MAX);
	(void)snprintf(row.theme, sizeof row.theme, "%.48s", r->fields[0]);
	(void)snprintf(row.title, sizeof row.title, "%.80s", r->fields[3]);
	h->rows[h->n++] = row;
	return ERR_OK;
}

enum err_code headline_parse(const char *name, const char *text, const struct measure_set *set,
			     struct headline *out, struct err *err)
{
	struct headline_reader r = { .name = name, .err = err };
	enum err_code code = headline_line(&r, &text);

	out->n = 0;
	for (int i = 0; code == ERR_OK && i < COLUMNS; i++)
		if (strcmp(r.fields[i], headline_columns[i]) != 0)
			return headline_fault(&r, i,
					      "the headings are theme,measure,otherwise,title,tile,"
					      "column");
	while (code == ERR_OK && *text != '\0') {
		code = headline_line(&r, &text);
		if (code == ERR_OK)
			code = headline_add(&r, set, out);
	}
	return code;
}

enum err_code headline_read(const struct measure_set *set, struct headline *out, struct err *err)
{
	return headline_parse(headline_file, embed_find(headline_file)->text, set, out, err);
}

const struct headline_row *headline_find(const struct headline *headline, const char *measure)
{
	for (int i = 0; i < headline->n; i++) {
		const struct headline_row *row = &headline->rows[i];

		if (strcmp(row->measure->code, measure) == 0 ||
		    (row->otherwise != NULL && strcmp(row->otherwise->code, measure) == 0))
			return row;
	}
	return NULL;
}
