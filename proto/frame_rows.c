#include "proto/frame_parts.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "proto/limits.h"

/* A report's dictionary and columns. In: what was decoded, counts within their limits. Each
 * (measure, dimension, category) becomes one number; sorted, duplicates are neighbours and a total
 * stands directly before what it is the total of. Sorting is by digits: no input makes it slow. */

#define DIGIT_BITS 12 /* one index: LIMIT_DICTIONARY values */
#define DIGIT_VALUES (1u << DIGIT_BITS)
#define ROW_BITS 16 /* LIMIT_OBSERVATIONS values */

_Static_assert(LIMIT_DICTIONARY <= DIGIT_VALUES, "an index fits its digit");
_Static_assert(LIMIT_OBSERVATIONS <= 1 << ROW_BITS, "a row number fits");

/* measure, dimension, category, row: from high to low. */
static uint64_t rows_key(const District__Report *r, size_t row)
{
	uint64_t key = r->measure[row];

	key = key << DIGIT_BITS | r->dimension[row];
	key = key << DIGIT_BITS | r->category[row];
	return key << ROW_BITS | row;
}

static size_t rows_row(uint64_t key)
{
	return key & ((1u << ROW_BITS) - 1);
}

static unsigned rows_category(uint64_t key)
{
	return (unsigned)(key >> ROW_BITS) & (DIGIT_VALUES - 1);
}

static unsigned rows_dimension(uint64_t key)
{
	return (unsigned)(key >> (ROW_BITS + DIGIT_BITS)) & (DIGIT_VALUES - 1);
}

static unsigned rows_measure(uint64_t key)
{
	return (unsigned)(key >> (ROW_BITS + 2 * DIGIT_BITS));
}

/* measure and dimension together */
static uint64_t rows_breakdown(uint64_t key)
{
	return key >> (ROW_BITS + DIGIT_BITS);
}

static void rows_sort(uint64_t *keys, uint64_t *spare, size_t n)
{
	for (int digit = 0; digit < 3; digit++) {
		size_t starts[DIGIT_VALUES + 1] = { 0 };
		int shift = ROW_BITS + digit * DIGIT_BITS;

		for (size_t i = 0; i < n; i++)
			starts[((keys[i] >> shift) & (DIGIT_VALUES - 1)) + 1]++;
		for (size_t d = 0; d < DIGIT_VALUES; d++)
			starts[d + 1] += starts[d];
		for (size_t i = 0; i < n; i++)
			spare[starts[(keys[i] >> shift) & (DIGIT_VALUES - 1)]++] = keys[i];
		memcpy(keys, spare, n * sizeof *keys);
	}
}

static int rows_compare_words(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static enum err_code rows_check_dictionary(const District__Report *r, struct err *err)
{
	const char **sorted;
	enum err_code code = ERR_OK;

	if (r->n_dictionary == 0)
		return ERR_OK;
	if (r->dictionary[0][0] != '\0')
		return err_set(err, ERR_MALFORMED, "Report.dictionary: the first is not empty");
	for (size_t i = 1; i < r->n_dictionary; i++)
		if (!frame_is_code(r->dictionary[i]))
			return err_set(err, ERR_MALFORMED, "Report.dictionary[%zu]: not a code", i);
	sorted = malloc(r->n_dictionary * sizeof *sorted);
	if (sorted == NULL)
		return err_set(err, ERR_NOMEM, "out of memory");
	memcpy(sorted, r->dictionary, r->n_dictionary * sizeof *sorted);
	qsort(sorted, r->n_dictionary, sizeof *sorted, rows_compare_words);
	for (size_t i = 1; i < r->n_dictionary && code == ERR_OK; i++)
		if (strcmp(sorted[i - 1], sorted[i]) == 0)
			code = err_set(err, ERR_MALFORMED, "Report.dictionary: \"%s\" twice",
				       sorted[i]);
	free(sorted);
	return code;
}

static enum err_code rows_check_row(const District__Report *r, size_t i, struct err *err)
{
	if (r->measure[i] >= r->n_dictionary || r->dimension[i] >= r->n_dictionary ||
	    r->category[i] >= r->n_dictionary)
		return err_set(err, ERR_MALFORMED, "Report row %zu: outside the dictionary", i);
	if (r->measure[i] == 0)
		return err_set(err, ERR_MALFORMED, "Report row %zu: without a measure", i);
	if (r->dimension[i] == 0 && r->category[i] != 0)
		return err_set(err, ERR_MALFORMED, "Report row %zu: category without a dimension",
			       i);
	if (r->numerator[i] > LIMIT_VALUE || r->numerator[i] < -LIMIT_VALUE ||
	    r->denominator[i] > LIMIT_VALUE || r->denominator[i] < -LIMIT_VALUE)
		return err_set(err, ERR_TOO_BIG, "Report row %zu: value beyond 2^53", i);
	return ERR_OK;
}

/* Adds up the categories of the breakdown whose total is keys[at]; *next: the key after them. */
static enum err_code rows_check_sum(const District__Report *r, const uint64_t *keys, size_t n,
				    size_t at, size_t *next, struct err *err)
{
	size_t total = rows_row(keys[at]);
	int64_t numerator = 0;
	int64_t denominator = 0;
	bool overflow = false;
	size_t i;

	for (i = at + 1; i < n && rows_breakdown(keys[i]) == rows_breakdown(keys[at]); i++) {
		size_t row = rows_row(keys[i]);

		overflow |= __builtin_add_overflow(numerator, r->numerator[row], &numerator);
		overflow |= __builtin_add_overflow(denominator, r->denominator[row], &denominator);
	}
	*next = i;
	if (overflow || numerator != r->numerator[total] || denominator != r->denominator[total])
		return err_set(err, ERR_MALFORMED,
			       "Report: the categories of %s by %s do not add up to their total",
			       r->dictionary[r->measure[total]],
			       r->dictionary[r->dimension[total]]);
	return ERR_OK;
}

/* keys are sorted. */
static enum err_code rows_check_order(const District__Report *r, const uint64_t *keys, size_t n,
				      struct err *err)
{
	enum err_code code = ERR_OK;
	size_t next = 0;

	for (size_t i = 1; i < n; i++)
		if (keys[i - 1] >> ROW_BITS == keys[i] >> ROW_BITS)
			return err_set(err, ERR_MALFORMED, "Report row %zu: the same as row %zu",
				       rows_row(keys[i]), rows_row(keys[i - 1]));
	for (size_t i = 0; i < n && code == ERR_OK; i = next) {
		bool is_first = i == 0 || rows_measure(keys[i - 1]) != rows_measure(keys[i]);
		const char *measure = r->dictionary[rows_measure(keys[i])];

		next = i + 1;
		if (is_first && rows_dimension(keys[i]) != 0)
			return err_set(err, ERR_MALFORMED, "Report: %s has no total", measure);
		if (rows_category(keys[i]) != 0)
			return err_set(err, ERR_MALFORMED, "Report: %s by %s has no total", measure,
				       r->dictionary[rows_dimension(keys[i])]);
		if (rows_dimension(keys[i]) != 0)
			code = rows_check_sum(r, keys, n, i, &next, err);
	}
	return code;
}

static enum err_code rows_check_provisional(const District__Report *r, struct err *err)
{
	uint8_t carried[LIMIT_DICTIONARY] = { 0 };

	for (size_t i = 0; i < r->n_measure; i++)
		carried[r->measure[i]] = 1;
	for (size_t i = 0; i < r->n_provisional_measures; i++) {
		uint32_t m = r->provisional_measures[i];

		if (m >= r->n_dictionary || carried[m] == 0)
			return err_set(err, ERR_MALFORMED,
				       "Report.provisional_measures[%zu]: not a measure of this "
				       "report",
				       i);
		if (carried[m]++ > 1)
			return err_set(err, ERR_MALFORMED, "Report.provisional_measures: %s twice",
				       r->dictionary[m]);
	}
	return ERR_OK;
}

static enum err_code rows_check_columns(const District__Report *r, struct err *err)
{
	size_t n = r->n_measure;
	enum err_code code = ERR_OK;

	if (r->n_dimension != n || r->n_category != n || r->n_numerator != n ||
	    r->n_denominator != n)
		return err_set(err, ERR_MALFORMED, "Report: the columns differ in length");
	for (size_t i = 0; i < n && code == ERR_OK; i++)
		code = rows_check_row(r, i, err);
	return code;
}

enum err_code frame_check_rows(const District__Report *r, struct err *err)
{
	size_t n = r->n_measure;
	uint64_t *keys;
	enum err_code code = rows_check_dictionary(r, err);

	if (code == ERR_OK)
		code = rows_check_columns(r, err);
	if (code == ERR_OK)
		code = rows_check_provisional(r, err);
	if (code != ERR_OK || n == 0)
		return code;
	keys = malloc(2 * n * sizeof *keys);
	if (keys == NULL)
		return err_set(err, ERR_NOMEM, "out of memory");
	for (size_t i = 0; i < n; i++)
		keys[i] = rows_key(r, i);
	rows_sort(keys, keys + n, n);
	code = rows_check_order(r, keys, n, err);
	free(keys);
	return code;
}
