#include "proto/area.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "proto/date.h"

int area_find(const struct area_tree *tree, const char *code)
{
	int low = 0;
	int high = tree->n_areas;

	while (low < high) {
		int middle = low + (high - low) / 2;
		int order = strcmp(tree->areas[tree->by_code[middle]].code, code);

		if (order == 0)
			return tree->by_code[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return -1;
}

int area_within(const struct area_tree *tree, int area, int ancestor)
{
	for (int at = area; at >= 0; at = tree->areas[at].parent)
		if (at == ancestor)
			return 1;
	return 0;
}

int area_reporting(const struct area_tree *tree, int area, int32_t from, int32_t to, int *out)
{
	int n = 0;

	for (int i = 0; i < tree->n_areas; i++) {
		const struct area *a = &tree->areas[i];

		if (a->reports && a->valid_from <= to && a->valid_to >= from &&
		    area_within(tree, i, area))
			out[n++] = i;
	}
	return n;
}

/* Moves to the next letter or digit; bytes beyond ASCII count as letters. */
static const char *area_next_letter(const char *text)
{
	while (*text != '\0' && (unsigned char)*text < 0x80 && !isalnum((unsigned char)*text))
		text++;
	return text;
}

static bool area_same_name(const char *a, const char *b)
{
	for (;;) {
		a = area_next_letter(a);
		b = area_next_letter(b);
		if (tolower((unsigned char)*a) != tolower((unsigned char)*b))
			return false;
		if (*a == '\0')
			return true;
		a++;
		b++;
	}
}

const char *area_ward_code(const struct area_tree *tree, int district, const char *text,
			   int32_t date)
{
	if (*area_next_letter(text) == '\0')
		return NULL; /* an empty GSS code is no match for an empty cell */
	for (int i = 0; i < tree->n_areas; i++) {
		const struct area *a = &tree->areas[i];

		if (a->level != AREA_WARD || a->parent != district || a->valid_from > date ||
		    a->valid_to < date)
			continue;
		if (area_same_name(a->code, text) || area_same_name(a->gss_code, text) ||
		    area_same_name(a->name, text))
			return a->code;
	}
	return NULL;
}

/* The estimate that the rule asks for: see area_population. */
static int area_population_year(int32_t end)
{
	int year;
	int month;
	int day;

	date_to_ymd(end, &year, &month, &day);
	return month >= 4 ? year : year - 1;
}

static int area_population_order(const struct population *p, int area, int age_from, int age_to)
{
	if (p->area != area)
		return p->area < area ? -1 : 1;
	if (p->age_from != age_from)
		return p->age_from < age_from ? -1 : 1;
	if (p->age_to != age_to)
		return p->age_to < age_to ? -1 : 1;
	return 0;
}

enum err_code area_population(const struct area_tree *tree, int area, int age_from, int age_to,
			      int32_t end, struct area_people *out, struct err *err)
{
	int wanted = area_population_year(end);
	const struct population *p;
	int low = 0;
	int high = tree->n_populations;

	/* behind the last row of these ages that is not later than wanted */
	while (low < high) {
		int middle = low + (high - low) / 2;
		int order;

		p = &tree->populations[middle];
		order = area_population_order(p, area, age_from, age_to);
		if (order < 0 || (order == 0 && p->year <= wanted))
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0 ||
	    area_population_order(&tree->populations[low - 1], area, age_from, age_to) != 0)
		return err_set(err, ERR_MISSING,
			       "no population aged %d to %d of %s for mid-%d or earlier: add it to "
			       "the populations file",
			       age_from, age_to, tree->areas[area].code, wanted);
	p = &tree->populations[low - 1];
	out->people = p->people;
	out->year = p->year;
	out->estimate = p->estimate;
	out->stale = p->year < wanted;
	return ERR_OK;
}
