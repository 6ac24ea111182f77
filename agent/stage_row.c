#include "agent/stage_work.h"

#include <sodium.h>
#include <string.h>

#include "proto/area.h"

/* In: one row of cells and the list column of each. Out: a row of the staging table, or faults.
 * Dropped: a row with a fault that rejects it, counted in n_rejected and kept as a fault. */

struct row {
	struct stage *s;
	int slot;
	const struct list *list;
	const struct cell *cells;
	int n_cells;
	const struct stage_where *where;
	struct stage_value values[STAGE_COLUMNS_MAX];
	int cell_of[STAGE_COLUMNS_MAX]; /* −1: the table has no such column */
	int rejected;
	struct err *err;
};

/* ---- faults of a row */

static enum err_code row_fault(struct row *r, enum fault_rule rule, int cell, const char *mend)
{
	struct fault_found found = {
		.rule = rule,
		.file = r->where->file,
		.sheet = r->where->sheet,
		.list = r->list->name,
		.row = r->where->row,
		.column = cell,
		.mend = mend,
	};

	if (cell >= 0) {
		struct text_span span = value_trim(r->cells[cell].text, r->cells[cell].len);

		found.heading = r->where->headings != NULL ? r->where->headings[cell] : NULL;
		found.value = span.len > 0 ? span.text : NULL;
		found.n_value = span.len;
	}
	if (fault_severity(rule) >= FAULT_REJECTED)
		r->rejected = 1;
	return faults_add(&r->s->faults, &found, r->err);
}

static enum err_code row_column_fault(struct row *r, enum fault_rule rule, int column,
				      const char *mend)
{
	return row_fault(r, rule, r->cell_of[column], mend);
}

/* ---- one cell */

static const char *row_ward(struct row *r, struct text_span span)
{
	struct stage_work *work = r->s->work;
	struct stage_ward *kept = NULL;
	char text[sizeof kept->text];

	if (span.len == 0 || span.len >= sizeof text)
		return NULL;
	memcpy(text, span.text, span.len);
	text[span.len] = '\0';
	kept = &work->wards[((unsigned char)text[span.len / 2] * 31U + (unsigned char)text[0] * 7U +
			     (unsigned char)text[span.len - 1] + span.len) %
			    STAGE_WARDS_KEPT];
	if (strcmp(kept->text, text) != 0) {
		memcpy(kept->text, text, span.len + 1);
		kept->code = area_ward_code(r->s->areas, work->district, text, r->s->as_at);
	}
	return kept->code;
}

static void value_set_text(struct stage_value *value, const char *text, size_t len)
{
	value->kind = STAGE_TEXT;
	value->text.text = text;
	value->text.len = len;
}

static enum err_code row_code(struct row *r, int column, int cell, struct text_span span)
{
	const struct list_column *c = &r->list->columns[column];
	struct stage_work *work = r->s->work;
	const char *code;

	if (c->type == LIST_WARD)
		code = row_ward(r, span);
	else
		code = codes_in_find(work->codes, c->type == LIST_TEAM ? "team" : c->codes,
				     span.text, span.len);
	value_set_text(&r->values[column], code == NULL ? "unknown" : code,
		       strlen(code == NULL ? "unknown" : code));
	if (c->type == LIST_CODE && strcmp(c->codes, "source") == 0) {
		int at = list_column_named(r->list, "source_code");

		(void)codes_in_source(work->codes, span.text, span.len, work->source);
		if (at >= 0 && work->source[0] != '\0')
			value_set_text(&r->values[at], work->source, strlen(work->source));
	}
	return code == NULL ? row_fault(r, FAULT_CODE, cell, NULL) : ERR_OK;
}

static enum err_code row_yes_no(struct row *r, int column, int cell, struct text_span span)
{
	const char *set = r->list->columns[column].codes;
	const char *code =
		codes_in_find(r->s->work->codes, set == NULL ? "yes_no" : set, span.text, span.len);

	if (code == NULL)
		return row_fault(r, FAULT_CODE, cell, "write Yes, No or leave it blank");
	if (strcmp(code, "unknown") == 0)
		return ERR_OK;
	r->values[column].kind = STAGE_INT;
	r->values[column].number = strcmp(code, "yes") == 0;
	return ERR_OK;
}

/* Names of nobody: a case with such a worker is an unallocated one. */
static int row_is_nobody(struct text_span span)
{
	static const char *const nobody[] = { "unallocated", "notallocated", "unassigned",
					      "noworker",    "none",         "tbc",
					      "tba",         "vacant" };
	char folded[32];

	(void)list_fold_n(span.text, span.len, folded, sizeof folded);
	for (size_t i = 0; i < sizeof nobody / sizeof nobody[0]; i++)
		if (strcmp(folded, nobody[i]) == 0)
			return 1;
	return folded[0] == '\0' && span.len < sizeof folded && span.text[0] > 0;
}

static enum err_code row_number(struct row *r, int column, int cell, struct text_span span)
{
	const struct list_column *c = &r->list->columns[column];
	struct stage_value *value = &r->values[column];
	const char *mend = NULL;
	enum fault_rule rule = FAULT_NUMBER;

	if (c->type == LIST_DATE)
		rule = value_date(&r->cells[cell], span, &value->number, &mend);
	else if (c->type == LIST_INT)
		rule = value_int(span, 0,
				 strcmp(c->name, "plan") == 0 ? LIMIT_ROWS : LIMIT_EXTRACT_COUNT,
				 &value->number, &mend);
	else if (c->type == LIST_AGE)
		rule = value_age(span, &value->number, &mend);
	else if (c->type == LIST_FTE)
		rule = value_decimal(span, 1000000,
				     strcmp(c->name, "posts") == 0 ? LIMIT_EXTRACT_POSTS
								   : LIMIT_EXTRACT_FTE,
				     &value->number, &mend);
	else if (c->type == LIST_DAYS)
		rule = value_decimal(span, 1000, LIMIT_EXTRACT_DAYS, &value->number, &mend);
	if (rule != 0)
		return row_fault(r, rule, cell, mend);
	value->kind = STAGE_INT;
	return ERR_OK;
}

static enum err_code row_value(struct row *r, int column, int cell, struct text_span span)
{
	struct stage_work *work = r->s->work;

	switch (r->list->columns[column].type) {
	case LIST_ID:
		value_set_text(&r->values[column], work->id, value_fold_name(span, work->id));
		return ERR_OK;
	case LIST_NAME:
		if (!row_is_nobody(span))
			value_set_text(&r->values[column], work->name,
				       value_fold_name(span, work->name));
		return ERR_OK;
	case LIST_CODE:
	case LIST_WARD:
	case LIST_TEAM:
		return row_code(r, column, cell, span);
	case LIST_YES_NO:
		return row_yes_no(r, column, cell, span);
	case LIST_DATE:
	case LIST_INT:
	case LIST_AGE:
	case LIST_FTE:
	case LIST_DAYS:
		return row_number(r, column, cell, span);
	}
	return ERR_OK;
}

static enum err_code row_cell(struct row *r, int cell, int column)
{
	const struct cell *c = &r->cells[cell];
	struct text_span span = value_trim(c->text, c->len);

	if (column < 0 || column >= r->list->n_columns ||
	    !stage_uses(r->s, &r->list->columns[column]))
		return ERR_OK;
	r->cell_of[column] = cell;
	if (span.len == 0)
		return ERR_OK;
	if (value_is_blank_mark(span)) {
		if (r->list->columns[column].value_required)
			return ERR_OK; /* row_check_required reports it */
		return row_fault(r, FAULT_BLANK_MARK, cell, NULL);
	}
	return row_value(r, column, cell, span);
}

/* ---- checks between cells */

static enum err_code row_check_required(struct row *r)
{
	const char *mend = "give each row its worker and FTE, or the posts that are vacant";

	for (int i = 0; i < r->list->n_columns && !r->rejected; i++)
		if (r->list->columns[i].value_required && r->values[i].kind == STAGE_NULL)
			return row_column_fault(r, FAULT_VALUE_MISSING, i, NULL);
	if (!r->rejected && strcmp(r->list->name, "staff") == 0) {
		int worker = list_column_named(r->list, "worker");
		int fte = list_column_named(r->list, "fte");
		int posts = list_column_named(r->list, "posts");

		if (r->values[worker].kind == STAGE_NULL && r->values[posts].number <= 0)
			return row_column_fault(r, FAULT_VALUE_MISSING, worker, mend);
		if (r->values[worker].kind != STAGE_NULL && r->values[fte].kind == STAGE_NULL)
			return row_column_fault(r, FAULT_VALUE_MISSING, fte, mend);
	}
	return ERR_OK;
}

static enum err_code row_check_future(struct row *r, int event)
{
	struct stage_list *counts = &r->s->lists[r->slot];

	for (int i = 0; i < r->list->n_columns; i++) {
		const struct stage_value *value = &r->values[i];
		enum err_code code;

		if (r->list->columns[i].type != LIST_DATE || value->kind != STAGE_INT ||
		    r->s->as_at == INT32_MIN || value->number <= r->s->as_at ||
		    strcmp(r->list->columns[i].name, "birth_date") == 0)
			continue;
		if (i == event) {
			counts->n_future++;
			if (value->number > counts->newest_future)
				counts->newest_future = (int32_t)value->number;
		}
		code = row_column_fault(r, FAULT_DATE_FUTURE, i, NULL);
		if (code != ERR_OK)
			return code;
	}
	return ERR_OK;
}

static enum err_code row_check_dates(struct row *r)
{
	int event, end;
	enum err_code code;

	if (r->list->event_column == NULL)
		return ERR_OK;
	event = list_column_named(r->list, r->list->event_column);
	code = row_check_future(r, event);
	if (code != ERR_OK || r->list->end_column == NULL)
		return code;
	end = list_column_named(r->list, r->list->end_column);
	if (r->values[event].kind == STAGE_INT && r->values[end].kind == STAGE_INT &&
	    r->values[end].number < r->values[event].number)
		return row_column_fault(r, FAULT_DATE_ORDER, end, NULL);
	return ERR_OK;
}

static enum err_code row_check_shape(struct row *r, int n_map)
{
	for (int i = n_map; i < r->n_cells; i++)
		if (value_trim(r->cells[i].text, r->cells[i].len).len > 0)
			return row_fault(r, FAULT_ROW_SHAPE, -1, NULL);
	return ERR_OK;
}

/* ---- rows that were there before */

/* Of every cell without the space around it; blank cells at the end do not count. */
static void row_digest(const struct row *r, uint8_t digest[16])
{
	crypto_generichash_state state;
	int n = r->n_cells;

	while (n > 0 && value_trim(r->cells[n - 1].text, r->cells[n - 1].len).len == 0)
		n--;
	(void)crypto_generichash_init(&state, NULL, 0, 16);
	for (int i = 0; i < n; i++) {
		struct text_span span = value_trim(r->cells[i].text, r->cells[i].len);

		(void)crypto_generichash_update(&state, (const uint8_t *)span.text, span.len);
		(void)crypto_generichash_update(&state, (const uint8_t *)"\x1f", 1);
	}
	(void)crypto_generichash_final(&state, digest, 16);
}

static enum err_code row_insert(struct row *r, struct stage_seen_entry *entry)
{
	struct stage *s = r->s;
	int64_t rowid;
	enum err_code code = stage_insert(s, r->slot, r->values, &rowid, r->err);

	if (code != ERR_OK)
		return code;
	if (r->list->event_column != NULL) {
		int event = list_column_named(r->list, r->list->event_column);
		int32_t date = (int32_t)r->values[event].number;

		if (date > s->newest_event)
			s->newest_event = date;
		if (entry != NULL)
			entry->start = date;
	}
	if (entry != NULL) {
		entry->rowid = rowid;
		entry->row = r->where->row;
	}
	return ERR_OK;
}

/* Takes the child's earlier row out for this one. */
static enum err_code row_supersede(struct row *r, int child, struct stage_seen_entry *entry,
				   const char *mend)
{
	struct stage_where earlier = *r->where;
	struct row other = *r;
	enum err_code code = stage_remove(r->s, r->slot, entry->rowid, r->err);

	if (code != ERR_OK)
		return code;
	earlier.row = entry->row;
	other.where = &earlier;
	r->s->lists[r->slot].n_rejected++;
	code = row_column_fault(&other, FAULT_DUPLICATE, child, mend);
	return code != ERR_OK ? code : row_insert(r, entry);
}

/* The row that starts last stays; of two that start on the same day the first. */
static enum err_code row_one_per_child(struct row *r)
{
	static const char mend[] = "leave the latest episode or plan of each child; "
				   "the row that starts last was counted";
	int child = list_column_named(r->list, "child");
	int event = list_column_named(r->list, r->list->event_column);
	struct stage_seen_entry *entry;
	uint8_t digest[16];

	(void)crypto_generichash(digest, sizeof digest, (const uint8_t *)r->values[child].text.text,
				 r->values[child].text.len, NULL, 0);
	entry = stage_seen_find(&r->s->work->seen[r->slot], digest, r->err);
	if (entry == NULL)
		return ERR_NOMEM;
	if (entry->rowid == 0)
		return row_insert(r, entry);
	if (r->values[event].number <= entry->start)
		return row_column_fault(r, FAULT_DUPLICATE, child, mend);
	return row_supersede(r, child, entry, mend);
}

static enum err_code row_keep(struct row *r)
{
	struct stage_seen_entry *entry;
	uint8_t digest[16];
	int worker = list_column_named(r->list, "worker");

	if (r->list->rows == LIST_ROWS_ONE_PER_CHILD)
		return row_one_per_child(r);
	if (r->list->rows == LIST_ROWS_ANY ||
	    (r->list->event_column == NULL && r->values[worker].kind == STAGE_NULL))
		return row_insert(r, NULL);
	row_digest(r, digest);
	entry = stage_seen_find(&r->s->work->seen[r->slot], digest, r->err);
	if (entry == NULL)
		return ERR_NOMEM;
	if (entry->rowid != 0)
		return row_fault(r, FAULT_DUPLICATE, -1, NULL);
	return row_insert(r, entry);
}

enum err_code stage_row(struct stage *s, const struct list *list, const int *map,
			const struct cell *cells, int n_cells, const struct stage_where *where,
			struct err *err)
{
	struct stage_list *counts = stage_list_of(s, list);
	int n_map = s->work->n_map[counts - s->lists];
	struct row r = { .s = s,
			 .slot = (int)(counts - s->lists),
			 .list = list,
			 .cells = cells,
			 .n_cells = n_cells,
			 .where = where,
			 .err = err };
	enum err_code code;

	if (++counts->n_read > LIMIT_ROWS)
		return err_set(err, ERR_TOO_BIG, "%s: more than %d rows", list->name, LIMIT_ROWS);
	for (int i = 0; i < STAGE_COLUMNS_MAX; i++)
		r.cell_of[i] = -1;
	code = row_check_shape(&r, n_map);
	for (int i = 0; i < n_cells && i < n_map && code == ERR_OK; i++)
		code = row_cell(&r, i, map[i]);
	if (code == ERR_OK)
		code = row_check_required(&r);
	if (code == ERR_OK)
		code = row_check_dates(&r);
	if (code == ERR_OK && !r.rejected)
		code = row_keep(&r);
	counts->n_rejected += (uint64_t)(r.rejected != 0);
	return code;
}
