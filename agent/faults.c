#include "agent/faults.h"

#include <stdlib.h>
#include <string.h>

#include "proto/limits.h"

#define FAULT_VALUE_BYTES 64 /* of a value kept */
#define FAULT_TEXT_BYTES 512 /* of any other text kept */
#define FAULTS_FIRST 64

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
