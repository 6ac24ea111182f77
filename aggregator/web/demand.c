#include "aggregator/web/demand.h"

#include <stdio.h>
#include <string.h>

#include "proto/embed.h"

#define COLUMNS 6

enum {
	PART,
	SHOW,
	MEASURE,
	OTHERWISE,
	DIMENSION,
	TITLE
};

static const char demand_file[] = "aggregator/web/demand.csv";
static const char *const demand_columns[COLUMNS] = { "part",      "show",      "measure",
						     "otherwise", "dimension", "title" };
static const char *const demand_shows[] = { [DEMAND_TREND] = "trend",
					    [DEMAND_BARS] = "bars",
					    [DEMAND_RANKED] = "ranked",
					    [DEMAND_WARDS] = "wards",
					    [DEMAND_INDEX] = "index" };
#define SHOWS (int)(sizeof demand_shows / sizeof demand_shows[0])

struct demand_reader {
	const char *name;
	int line;
	char fields[COLUMNS][129];
	struct err *err;
};

static enum err_code demand_fault(const struct demand_reader *r, int column, const char *mend)
{
	return err_set(r->err, ERR_MALFORMED, "%s:%d: %s: '%s': %s", r->name, r->line,
		       demand_columns[column], r->fields[column], mend);
}

/* One line into the fields; *at is left after it. */
static enum err_code demand_line(struct demand_reader *r, const char **at)
{
	r->line++;
	for (int i = 0; i < COLUMNS; i++) {
		const int quoted = **at == '"';
		const char *from = *at + quoted;
		const size_t len = strcspn(from, quoted ? "\"\n" : ",\"\n");
		const char *end = from + len + quoted;

		if (len >= sizeof r->fields[i] || (quoted && from[len] != '"') ||
		    (i + 1 < COLUMNS ? *end != ',' : *end != '\n' && *end != '\0'))
			return err_set(r->err, ERR_MALFORMED,
				       "%s:%d: %s: a line has the columns part,show,measure,"
				       "otherwise,dimension,title, each up to %zu bytes: put a "
				       "value that holds a comma between double quotes",
				       r->name, r->line, demand_columns[i],
				       sizeof r->fields[i] - 1);
		(void)snprintf(r->fields[i], sizeof r->fields[i], "%.*s", (int)len, from);
		*at = end + (*end != '\0');
	}
	return ERR_OK;
}

static int demand_breaks_down(const struct measure *m, const char *dimension)
{
	if (dimension[0] == '\0')
		return 1;
	for (int i = 0; i < m->n_dimensions; i++)
		if (strcmp(m->dimensions[i], dimension) == 0)
			return 1;
	return 0;
}

static const struct measure *demand_find(const struct demand_reader *r,
					 const struct measure_set *set, int column)
{
	const struct measure *m = measures_find(set, r->fields[column]);

	return m != NULL && demand_breaks_down(m, r->fields[DIMENSION]) ? m : NULL;
}

/* A part that comes back after another one would make two headings of the same name. */
static int demand_part_is_apart(const struct demand *d, const char *part)
{
	if (d->n == 0 || strcmp(d->rows[d->n - 1].part, part) == 0)
		return 0;
	for (int i = 0; i < d->n; i++)
		if (strcmp(d->rows[i].part, part) == 0)
			return 1;
	return 0;
}

static enum err_code demand_check(const struct demand_reader *r, const struct demand *d,
				  const struct demand_row *row, int show)
{
	const int breaks_down =
		show == DEMAND_BARS || show == DEMAND_RANKED || show == DEMAND_WARDS;

	if (r->fields[PART][0] == '\0' || strlen(r->fields[PART]) >= sizeof row->part)
		return demand_fault(r, PART, "write the part's heading, up to 48 bytes");
	if (demand_part_is_apart(d, r->fields[PART]))
		return demand_fault(r, PART, "put the rows of a part together");
	if (show == SHOWS)
		return demand_fault(r, SHOW, "write trend, bars, ranked, wards or index");
	if (r->fields[MEASURE][0] == '\0')
		return demand_fault(r, MEASURE, "write a measure's code");
	if (breaks_down != (r->fields[DIMENSION][0] != '\0') ||
	    strlen(r->fields[DIMENSION]) >= sizeof row->dimension)
		return demand_fault(r, DIMENSION,
				    "bars, ranked and wards have a dimension, the others none");
	if (r->fields[TITLE][0] == '\0' || strlen(r->fields[TITLE]) >= sizeof row->title)
		return demand_fault(r, TITLE, "write a short title, up to 80 bytes");
	return ERR_OK;
}

static enum err_code demand_add(const struct demand_reader *r, const struct measure_set *set,
				struct demand *d)
{
	struct demand_row row = { .show = DEMAND_TREND };
	int show = 0;
	enum err_code code;

	while (show < SHOWS && strcmp(r->fields[SHOW], demand_shows[show]) != 0)
		show++;
	code = demand_check(r, d, &row, show);
	if (code != ERR_OK)
		return code;
	row.show = (enum demand_show)show;
	row.measure = demand_find(r, set, MEASURE);
	row.otherwise = demand_find(r, set, OTHERWISE);
	if (row.measure == NULL) {
		row.measure = row.otherwise;
		row.otherwise = NULL;
	}
	if (row.measure == NULL)
		return ERR_OK;
	if (d->n == DEMAND_MAX)
		return err_set(r->err, ERR_TOO_BIG, "%s:%d: more than %d rows: keep what is used",
			       r->name, r->line, DEMAND_MAX);
	(void)snprintf(row.part, sizeof row.part, "%.48s", r->fields[PART]);
	(void)snprintf(row.dimension, sizeof row.dimension, "%.32s", r->fields[DIMENSION]);
	(void)snprintf(row.title, sizeof row.title, "%.80s", r->fields[TITLE]);
	d->rows[d->n++] = row;
	return ERR_OK;
}

enum err_code demand_parse(const char *name, const char *text, const struct measure_set *set,
			   struct demand *out, struct err *err)
{
	struct demand_reader r = { .name = name, .err = err };
	enum err_code code = demand_line(&r, &text);

	out->n = 0;
	for (int i = 0; code == ERR_OK && i < COLUMNS; i++)
		if (strcmp(r.fields[i], demand_columns[i]) != 0)
			return demand_fault(&r, i,
					    "the headings are part,show,measure,otherwise,"
					    "dimension,title");
	while (code == ERR_OK && *text != '\0') {
		code = demand_line(&r, &text);
		if (code == ERR_OK)
			code = demand_add(&r, set, out);
	}
	return code;
}

enum err_code demand_read(const struct measure_set *set, struct demand *out, struct err *err)
{
	return demand_parse(demand_file, embed_find(demand_file)->text, set, out, err);
}
