#include "agent/faults.h"

#include <stdlib.h>
#include <string.h>

#include "proto/limits.h"

#define FAULT_VALUE_BYTES 64 /* of a value kept */
#define FAULT_TEXT_BYTES 512 /* of any other text kept */
#define FAULTS_FIRST 64

struct fault_meaning {
	const char *code;
	const char *title;
	const char *mend;
	enum fault_severity severity;
};

static const struct fault_meaning meanings[] = {
	[0] = { "none", "nothing is wrong", "nothing to do", FAULT_NOTE },
	[FAULT_COLUMN_MISSING] = { "column-missing", "a heading that the list needs is not there",
				   "add the column, or name it under headings in the settings",
				   FAULT_REFUSED },
	[FAULT_LIST_MISSING] = { "list-missing", "a declared list is not in the extract",
				 "export the list, with its headings even when it has no rows",
				 FAULT_REFUSED },
	[FAULT_LIST_TWICE] = { "list-twice", "two files or sheets give the same list",
			       "leave one of the two in the extract", FAULT_REFUSED },
	[FAULT_UNREADABLE] = { "unreadable", "the file cannot be read",
			       "export it again as CSV (UTF-8) or XLSX", FAULT_REFUSED },
	[FAULT_TOO_MANY_REJECTED] = { "too-many-rejected",
				      "more rows are bad than the settings allow",
				      "mend the rows listed below and export again",
				      FAULT_REFUSED },
	[FAULT_AS_AT] = { "as-at", "the as-at date cannot be right",
			  "name the folder by the day on which the extract was made",
			  FAULT_REFUSED },
	[FAULT_VALUE_MISSING] = { "value-missing", "a value that the row needs is blank",
				  "fill it in", FAULT_REJECTED },
	[FAULT_DATE] = { "date", "is not a date", "write dates as DD/MM/YYYY or YYYY-MM-DD",
			 FAULT_REJECTED },
	[FAULT_NUMBER] = { "number", "is not a number that fits",
			   "write a plain number within the bounds of the column", FAULT_REJECTED },
	[FAULT_DATE_ORDER] = { "date-order", "ends before it starts",
			       "correct one of the two dates", FAULT_REJECTED },
	[FAULT_DATE_FUTURE] = { "date-future", "lies after the as-at date",
				"correct the date, or leave it blank until it has happened",
				FAULT_REJECTED },
	[FAULT_ROW_SHAPE] = { "row-shape", "the row has more cells than there are headings",
			      "put cells that hold a separator in double quotes", FAULT_REJECTED },
	[FAULT_DUPLICATE] = { "duplicate", "the row is there already",
			      "leave one row; lists 6 and 7 take one row for each child",
			      FAULT_REJECTED },
	[FAULT_CODE] = { "code", "is in no list of codes and was counted as unknown",
			 "use a listed code, or add the spelling to the alias file", FAULT_KEPT },
	[FAULT_BLANK_MARK] = { "blank-mark", "was read as blank", "leave the cell empty",
			       FAULT_NOTE },
	[FAULT_COLUMN_UNKNOWN] = { "column-unknown", "the column is not used",
				   "nothing to do, unless it is one that should be", FAULT_NOTE },
	[FAULT_SHEET_UNKNOWN] = { "sheet-unknown", "the file or sheet is no list that is read",
				  "nothing to do, unless it is one that should be", FAULT_NOTE },
};

static const struct fault_meaning *fault_meaning_of(enum fault_rule rule)
{
	size_t at = (size_t)rule;

	return &meanings[at < sizeof meanings / sizeof meanings[0] ? at : 0];
}

const char *fault_code(enum fault_rule rule)
{
	return fault_meaning_of(rule)->code;
}

const char *fault_title(enum fault_rule rule)
{
	return fault_meaning_of(rule)->title;
}

const char *fault_mend(enum fault_rule rule)
{
	return fault_meaning_of(rule)->mend;
}

enum fault_severity fault_severity(enum fault_rule rule)
{
	return fault_meaning_of(rule)->severity;
}

const char *fault_severity_name(enum fault_severity severity)
{
	switch (severity) {
	case FAULT_NOTE:
		return "note";
	case FAULT_KEPT:
		return "kept";
	case FAULT_REJECTED:
		return "rejected";
	case FAULT_REFUSED:
		return "refused";
	}
	return "note";
}

void faults_init(struct faults *f)
{
	memset(f, 0, sizeof *f);
}

static void fault_clear(struct fault *fault)
{
	free(fault->file);
	free(fault->sheet);
	free(fault->list);
	free(fault->heading);
	free(fault->value);
	free(fault->mend);
}

void faults_clear(struct faults *f)
{
	for (size_t i = 0; i < f->n_items; i++)
		fault_clear(&f->items[i]);
	free(f->items);
	faults_init(f);
}

uint64_t faults_count(const struct faults *f, enum fault_severity at_least)
{
	uint64_t n = 0;

	for (size_t i = 1; i < sizeof f->n_by_rule / sizeof f->n_by_rule[0]; i++)
		if (fault_severity((enum fault_rule)i) >= at_least)
			n += f->n_by_rule[i];
	return n;
}

/* Replaces control characters: C0, DEL, and C1 as UTF-8 writes it. */
static void fault_clean(char *text)
{
	for (char *c = text; *c != '\0'; c++) {
		if (*c == '\xC2' && ((unsigned char)c[1] & 0xE0) == 0x80) {
			c[0] = '?';
			c[1] = '?';
		} else if ((unsigned char)*c < 0x20 || *c == 0x7F) {
			*c = '?';
		}
	}
}

/* Copies at most max of n bytes, never cutting a UTF-8 character in two. */
static enum err_code fault_copy(const char *text, size_t n, size_t max, char **out, struct err *err)
{
	char *copy;

	*out = NULL;
	if (text == NULL)
		return ERR_OK;
	if (n > max) {
		n = max;
		while (n > 0 && ((unsigned char)text[n] & 0xC0) == 0x80)
			n--;
	}
	copy = malloc(n + 1);
	if (copy == NULL)
		return err_set(err, ERR_NOMEM, "keep a fault: out of memory");
	memcpy(copy, text, n);
	copy[n] = '\0';
	fault_clean(copy);
	*out = copy;
	return ERR_OK;
}

static enum err_code fault_copy_text(const char *text, char **out, struct err *err)
{
	return fault_copy(text, text == NULL ? 0 : strlen(text), FAULT_TEXT_BYTES, out, err);
}

static enum err_code faults_grow(struct faults *f, struct err *err)
{
	size_t capacity = f->n_capacity == 0 ? FAULTS_FIRST : 2 * f->n_capacity;
	struct fault *items;

	if (f->n_items < f->n_capacity)
		return ERR_OK;
	items = realloc(f->items, capacity * sizeof *items);
	if (items == NULL)
		return err_set(err, ERR_NOMEM, "keep a fault: out of memory");
	f->items = items;
	f->n_capacity = capacity;
	return ERR_OK;
}

static enum err_code fault_fill(struct fault *kept, const struct fault_found *found,
				struct err *err)
{
	const char *mend = found->mend != NULL ? found->mend : fault_mend(found->rule);
	enum err_code code;

	code = fault_copy_text(found->file, &kept->file, err);
	if (code == ERR_OK)
		code = fault_copy_text(found->sheet, &kept->sheet, err);
	if (code == ERR_OK)
		code = fault_copy_text(found->list, &kept->list, err);
	if (code == ERR_OK)
		code = fault_copy_text(found->heading, &kept->heading, err);
	if (code == ERR_OK)
		code = fault_copy(found->value, found->n_value, FAULT_VALUE_BYTES, &kept->value,
				  err);
	if (code == ERR_OK)
		code = fault_copy_text(mend, &kept->mend, err);
	return code;
}

enum err_code faults_add(struct faults *f, const struct fault_found *found, struct err *err)
{
	struct fault kept = { .rule = found->rule, .row = found->row, .column = found->column };
	enum err_code code;

	f->n_by_rule[found->rule]++;
	if (f->n_items >= LIMIT_FAULTS && fault_severity(found->rule) != FAULT_REFUSED)
		return ERR_OK;
	code = faults_grow(f, err);
	if (code == ERR_OK)
		code = fault_fill(&kept, found, err);
	if (code != ERR_OK) {
		fault_clear(&kept);
		return code;
	}
	f->items[f->n_items++] = kept;
	return ERR_OK;
}

const char *fault_column_letter(int column, char out[8])
{
	char reversed[8];
	int n = 0, at = 0;

	/* bijective base 26: Z is followed by AA */
	for (int rest = column + 1; rest > 0 && n < 7; rest = (rest - 1) / 26)
		reversed[n++] = (char)('A' + (rest - 1) % 26);
	while (n > 0)
		out[at++] = reversed[--n];
	out[at] = '\0';
	return out;
}
