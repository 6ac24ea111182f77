#include "agent/load.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/cin_xml.h"
#include "agent/load_head.h"
#include "agent/stage_value.h"
#include "proto/date.h"
#include "proto/limits.h"

enum load_state {
	LOAD_LOOKING, /* for the headings */
	LOAD_READING, /* rows of a list */
	LOAD_PASSING, /* over what is not read */
};

struct load {
	struct stage *s;
	const struct agent_config *config;
	const char *file;
	const char *sheet; /* NULL: none */
	char sheet_name[256];
	enum load_state state;
	int in_table;
	const struct list *list; /* by name, or found by headings */
	size_t source;           /* index of the table in s->sources, once there are headings */
	int n_looked;            /* rows with anything in them */
	int best_matched;        /* the row most like headings, when none would do */
	int64_t best_row;
	char missing[LOAD_MISSING_BYTES]; /* needed headings that the best row lacks */
	size_t first_source;              /* of the file */
	unsigned twice; /* made lists that another file gave; by place in s->lists */
};

static enum err_code load_fault(struct load *l, enum fault_rule rule, int64_t row, int column,
				const char *heading, const char *mend, struct err *err)
{
	struct fault_found found = {
		.rule = rule,
		.file = l->file,
		.sheet = l->sheet,
		.list = l->list == NULL ? NULL : l->list->name,
		.row = row,
		.column = column,
		.heading = heading,
		.mend = mend,
	};

	return faults_add(&l->s->faults, &found, err);
}

/* ---- tables */

static char *load_copy(const char *text, size_t len)
{
	char *copy = malloc(len + 1);

	if (copy != NULL) {
		memcpy(copy, text, len);
		copy[len] = '\0';
	}
	return copy;
}

static enum err_code load_source(struct load *l, int64_t row, const struct cell *cells, int n_cells,
				 const int *map, struct err *err)
{
	struct stage *s = l->s;
	struct stage_source *larger = realloc(s->sources, (s->n_sources + 1) * sizeof *larger);
	struct stage_source *source;

	if (larger == NULL)
		return err_set(err, ERR_NOMEM, "note how a table was read: out of memory");
	s->sources = larger;
	source = &larger[s->n_sources];
	memset(source, 0, sizeof *source);
	l->source = s->n_sources++;
	source->list = l->state == LOAD_READING ? l->list : NULL;
	source->header_row = row;
	source->file = load_copy(l->file, strlen(l->file));
	if (l->sheet != NULL)
		source->sheet = load_copy(l->sheet, strlen(l->sheet));
	if (source->file == NULL || (l->sheet != NULL && source->sheet == NULL))
		return err_set(err, ERR_NOMEM, "note how a table was read: out of memory");
	if (n_cells == 0)
		return ERR_OK;
	source->headings = calloc((size_t)n_cells, sizeof *source->headings);
	source->map = calloc((size_t)n_cells, sizeof *source->map);
	if (source->headings == NULL || source->map == NULL)
		return err_set(err, ERR_NOMEM, "note how a table was read: out of memory");
	source->n_columns = n_cells;
	for (int i = 0; i < n_cells; i++) {
		struct text_span span = value_trim(cells[i].text, cells[i].len);

		source->map[i] = map[i];
		source->headings[i] = load_copy(span.text, span.len);
		if (source->headings[i] == NULL)
			return err_set(err, ERR_NOMEM, "note how a table was read: out of memory");
	}
	return ERR_OK;
}

static enum err_code load_note_columns(struct load *l, struct err *err)
{
	const struct stage_source *source = &l->s->sources[l->source];

	for (int i = 0; i < source->n_columns; i++) {
		const char *heading = source->headings[i], *mend = NULL;
		const struct list_column *column =
			source->map[i] < 0 ? NULL : &l->list->columns[source->map[i]];
		enum err_code code;
		int rank;

		if (heading[0] == '\0')
			continue;
		if (column == NULL && load_head_column(l->config, l->list, heading, &rank) >= 0)
			mend = "another column of the table gives the same and was read";
		else if (column != NULL && column->type == LIST_TEAM && !stage_uses(l->s, column))
			mend = "name the teams in the settings to have figures by team";
		else if (column != NULL && column->type == LIST_WARD && !stage_uses(l->s, column))
			mend = "name the area file in the settings to have figures by ward";
		else if (column != NULL)
			continue;
		code = load_fault(l, FAULT_COLUMN_UNKNOWN, source->header_row, i, heading, mend,
				  err);
		if (code != ERR_OK)
			return code;
	}
	return ERR_OK;
}

static enum err_code load_begin_list(struct load *l, int64_t row, const struct cell *cells,
				     int n_cells, const int *map, struct err *err)
{
	const struct stage_list *counts = stage_list_of(l->s, l->list);
	enum err_code code;

	if (counts->present) {
		l->state = LOAD_PASSING;
		return load_fault(l, FAULT_LIST_TWICE, row, -1, NULL, NULL, err);
	}
	l->state = LOAD_READING;
	code = load_source(l, row, cells, n_cells, map, err);
	if (code == ERR_OK)
		code = stage_table(l->s, l->list, map, n_cells, err);
	return code == ERR_OK ? load_note_columns(l, err) : code;
}

static enum err_code load_look(struct load *l, int64_t row, const struct cell *cells, int n_cells,
			       struct err *err)
{
	int map[LIMIT_COLUMNS], n;
	char missing[LOAD_MISSING_BYTES];

	if (l->list == NULL) {
		const struct list *list = load_head_list(l->config, cells, n_cells, map);

		if (list != NULL) {
			l->list = list;
			(void)load_head_map(l->config, list, cells, n_cells, map);
			return load_begin_list(l, row, cells, n_cells, map, err);
		}
	} else {
		n = load_head_map(l->config, l->list, cells, n_cells, map);
		if (load_head_is_complete(l->list, map, n_cells, missing))
			return load_begin_list(l, row, cells, n_cells, map, err);
		if (n > l->best_matched) {
			l->best_matched = n;
			l->best_row = row;
			memcpy(l->missing, missing, sizeof missing);
		}
	}
	l->n_looked++;
	return ERR_OK;
}

/* A table of a known list without its headings: refused. */
static enum err_code load_refuse_headings(struct load *l, struct err *err)
{
	char mend[LOAD_MISSING_BYTES + 160];

	if (l->best_matched > 0)
		(void)snprintf(mend, sizeof mend,
			       "add %s, or say under headings in the settings what the office "
			       "calls it",
			       l->missing);
	else
		(void)snprintf(mend, sizeof mend,
			       "no headings of the list in the first %d rows: export it with its "
			       "headings, even when it has no rows",
			       LIMIT_HEADER_ROWS);
	return load_fault(l, FAULT_COLUMN_MISSING, l->best_row, -1, NULL, mend, err);
}

static enum err_code load_end_table(struct load *l, struct err *err)
{
	enum err_code code = ERR_OK;

	if (!l->in_table)
		return ERR_OK;
	l->in_table = 0;
	if (l->state == LOAD_LOOKING) {
		l->state = LOAD_PASSING;
		if (l->list == NULL)
			return load_fault(l, FAULT_SHEET_UNKNOWN, 0, -1, NULL, NULL, err);
		code = load_refuse_headings(l, err);
		if (code == ERR_OK)
			code = load_source(l, 0, NULL, 0, NULL, err);
	}
	return code;
}

/* ---- the sink */

static enum err_code load_on_table(void *context, const char *name, struct err *err)
{
	struct load *l = context;
	enum err_code code = load_end_table(l, err);
	int is_other = 0;

	if (code != ERR_OK)
		return code;
	l->sheet = NULL;
	if (name != NULL) {
		(void)snprintf(l->sheet_name, sizeof l->sheet_name, "%s", name);
		l->sheet = l->sheet_name;
	}
	l->in_table = 1;
	l->state = LOAD_LOOKING;
	l->n_looked = 0;
	l->best_matched = 0;
	l->best_row = 0;
	l->list = load_list_of_name(name == NULL ? l->file : name, &is_other);
	if (!is_other)
		return ERR_OK;
	l->state = LOAD_PASSING;
	return load_fault(l, FAULT_SHEET_UNKNOWN, 0, -1, NULL,
			  "nothing to do: lists 8 to 11 are not read", err);
}

/* Lists that a reader makes alternate, and have no row of headings: cin_xml_columns says them. */
static enum err_code load_begin_made(struct load *l, const struct cin_xml_columns *columns,
				     struct err *err)
{
	unsigned bit = 1U << (stage_list_of(l->s, l->list) - l->s->lists);
	struct cell cells[LIMIT_COLUMNS];
	int map[LIMIT_COLUMNS];

	l->state = LOAD_PASSING;
	if ((l->twice & bit) != 0)
		return ERR_OK;
	if (stage_list_of(l->s, l->list)->present)
		l->twice |= bit;
	for (int i = 0; i < columns->n; i++) {
		cells[i] = (struct cell){ CELL_TEXT, columns->names[i], strlen(columns->names[i]) };
		map[i] = list_column_named(l->list, columns->names[i]);
	}
	return load_begin_list(l, 0, cells, columns->n, map, err);
}

static enum err_code load_on_made_table(void *context, const char *name, struct err *err)
{
	struct load *l = context;

	l->list = list_find(name);
	for (size_t i = l->first_source; i < l->s->n_sources; i++) {
		if (l->s->sources[i].list != l->list)
			continue;
		l->source = i;
		l->state = LOAD_READING;
		return ERR_OK;
	}
	for (const struct cin_xml_columns *c = cin_xml_columns; c->list != NULL; c++)
		if (l->list != NULL && strcmp(c->list, name) == 0)
			return load_begin_made(l, c, err);
	l->state = LOAD_PASSING;
	return load_fault(l, FAULT_SHEET_UNKNOWN, 0, -1, NULL, NULL, err);
}

static int load_is_blank(const struct cell *cells, int n_cells)
{
	for (int i = 0; i < n_cells; i++)
		if (value_trim(cells[i].text, cells[i].len).len > 0)
			return 0;
	return 1;
}

static enum err_code load_on_row(void *context, int64_t row, const struct cell *cells, int n_cells,
				 struct err *err)
{
	struct load *l = context;
	struct stage_where where = { .file = l->file, .sheet = l->sheet, .row = row };
	const struct stage_source *source;

	if (l->state == LOAD_PASSING || load_is_blank(cells, n_cells))
		return ERR_OK;
	if (n_cells > LIMIT_COLUMNS)
		return err_set(err, ERR_TOO_BIG, "row %lld: more than %d cells", (long long)row,
			       LIMIT_COLUMNS);
	if (l->state == LOAD_LOOKING)
		return l->n_looked < LIMIT_HEADER_ROWS ? load_look(l, row, cells, n_cells, err)
						       : ERR_OK;
	source = &l->s->sources[l->source];
	where.headings = (const char *const *)source->headings;
	return stage_row(l->s, l->list, source->map, cells, n_cells, &where, err);
}

static enum err_code load_on_as_at(void *context, int32_t as_at, struct err *err)
{
	struct load *l = context;
	char mend[160], ours[DATE_TEXT_BYTES], theirs[DATE_TEXT_BYTES];

	if (l->s->as_at == INT32_MIN)
		stage_set_as_at(l->s, as_at);
	if (l->s->as_at == as_at)
		return ERR_OK;
	(void)snprintf(mend, sizeof mend,
		       "the file says %s and its folder or the command %s; make them the same",
		       date_format(as_at, theirs), date_format(l->s->as_at, ours));
	return load_fault(l, FAULT_AS_AT, 0, -1, NULL, mend, err);
}

/* ---- files */

/* A list comes from one table only, so its counts are the table's. */
static void load_count(struct load *l)
{
	for (size_t i = l->first_source; i < l->s->n_sources; i++) {
		struct stage_source *source = &l->s->sources[i];

		if (source->list == NULL)
			continue;
		source->n_read = stage_list_of(l->s, source->list)->n_read;
		source->n_rejected = stage_list_of(l->s, source->list)->n_rejected;
	}
}

static enum err_code load_with(struct load *l, const struct reader *reader, int fd, struct err *err)
{
	struct sink sink = { l, load_on_table, load_on_row, load_on_as_at };
	struct err local;
	enum err_code code;

	if (reader == &reader_cin_xml)
		sink.on_table = load_on_made_table;
	err_clear(&local);
	code = reader->read(fd, &sink, &local);
	load_count(l);
	if (code == ERR_MALFORMED || code == ERR_TOO_BIG) {
		l->sheet = NULL;
		l->state = LOAD_PASSING;
		return load_fault(l, FAULT_UNREADABLE, 0, -1, NULL, local.text, err);
	}
	if (code == ERR_OK)
		return load_end_table(l, err);
	return err_set(err, code, "%s: %s", l->file, local.text);
}

enum err_code load_file(struct stage *s, const struct agent_config *config, const char *name,
			int fd, struct err *err)
{
	const char *slash = strrchr(name, '/');
	struct load l = { .s = s,
			  .config = config,
			  .file = slash == NULL ? name : slash + 1,
			  .first_source = s->n_sources };
	uint8_t head[4096];
	ssize_t n = pread(fd, head, sizeof head, 0);
	size_t n_readers;
	const struct reader *const *readers = readers_all(&n_readers);

	if (n < 0)
		return err_set(err, ERR_IO, "read %s: %s", name, strerror(errno));
	for (size_t i = 0; i < n_readers; i++)
		if (readers[i]->sniff(head, (size_t)n))
			return load_with(&l, readers[i], fd, err);
	return load_fault(&l, FAULT_UNREADABLE, 0, -1, NULL,
			  "it is no CSV, XLSX workbook or CIN census XML; export it as one", err);
}
