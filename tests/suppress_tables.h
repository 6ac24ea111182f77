#ifndef TESTS_SUPPRESS_TABLES_H
#define TESTS_SUPPRESS_TABLES_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "aggregator/feed/suppress.h"

/* Tables with their totals, as problems, and numbers drawn from a seed. A step that the problem
 * refuses ends the program: these are hand-made inputs. */

static inline uint64_t tables_random(uint64_t *state)
{
	uint64_t z = (*state += 0x9E3779B97F4A7C15u);
	z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
	z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
	return z ^ (z >> 31);
}

/* Counts as districts have them: many small ones, some large. */
static inline int64_t tables_count(uint64_t *state, int64_t largest)
{
	uint64_t r = tables_random(state);
	if (r % 10 == 0)
		return 0;
	if (r % 10 < 4)
		return 1 + (int64_t)((r >> 8) % 9);
	return 1 + (int64_t)((r >> 8) % (uint64_t)largest);
}

static inline void tables_must(enum err_code rc, const struct err *err)
{
	if (rc == ERR_OK)
		return;
	fprintf(stderr, "table: %s\n", err->text);
	abort();
}

static inline size_t tables_cell(struct suppress *p, const char *name, int64_t value)
{
	struct suppress_cell cell;
	struct err err = { 0 };
	size_t number = 0;
	suppress_cell_init(&cell, name, value);
	tables_must(suppress_add_cell(p, &cell, &number, &err), &err);
	return number;
}

/* total = sum of n parts */
static inline void tables_sum(struct suppress *p, uint32_t table, const char *name, size_t total,
			      const size_t *parts, size_t n)
{
	struct suppress_term terms[64];
	struct err err = { 0 };
	terms[0] = (struct suppress_term){ total, -1 };
	for (size_t i = 0; i < n; i++)
		terms[i + 1] = (struct suppress_term){ parts[i], 1 };
	struct suppress_relation r = { name, table, SUPPRESS_ALWAYS, terms, n + 1, 0, 0 };
	tables_must(suppress_add_relation(p, &r, &err), &err);
}

/* A table of up to three ways (a way of length 1 is none) with all its totals. inner has
 * ways[0] × ways[1] × ways[2] counts; cells gets (ways + 1) each, index 0 being the total.
 * order ≠ 0 adds cells and equations the other way round. */
#define TABLES_CELLS 2048
struct tables_shape {
	int ways[3];
	const char *prefix;
	uint32_t table;
	int backwards;
};

static inline int tables_at(const struct tables_shape *s, int a, int b, int c)
{
	return (a * (s->ways[1] + 1) + b) * (s->ways[2] + 1) + c;
}

static inline int64_t tables_total(const struct tables_shape *s, const int64_t *inner, int a, int b,
				   int c)
{
	int64_t sum = 0;
	for (int i = 0; i < s->ways[0]; i++)
		for (int j = 0; j < s->ways[1]; j++)
			for (int k = 0; k < s->ways[2]; k++)
				if ((a == 0 || a == i + 1) && (b == 0 || b == j + 1) &&
				    (c == 0 || c == k + 1))
					sum += inner[(i * s->ways[1] + j) * s->ways[2] + k];
	return sum;
}

/* The equation of one line: the total in a way, from the items of that way. */
static inline void tables_line(struct suppress *p, const struct tables_shape *s,
			       const size_t *cells, int way, const int *at)
{
	size_t parts[64];
	char name[96];
	int place[3] = { at[0], at[1], at[2] };
	for (int i = 0; i < s->ways[way]; i++) {
		place[way] = i + 1;
		parts[i] = cells[tables_at(s, place[0], place[1], place[2])];
	}
	place[way] = 0;
	snprintf(name, sizeof name, "%s way %d at %d %d %d", s->prefix, way, place[0], place[1],
		 place[2]);
	tables_sum(p, s->table, name, cells[tables_at(s, place[0], place[1], place[2])], parts,
		   (size_t)s->ways[way]);
}

static inline void tables_add(struct suppress *p, const struct tables_shape *s,
			      const int64_t *inner, size_t *cells)
{
	int n = (s->ways[0] + 1) * (s->ways[1] + 1) * (s->ways[2] + 1);
	for (int i = 0; i < n; i++) {
		int at = s->backwards ? n - 1 - i : i;
		int c = at % (s->ways[2] + 1), b = at / (s->ways[2] + 1) % (s->ways[1] + 1);
		int a = at / (s->ways[2] + 1) / (s->ways[1] + 1);
		char name[96];
		/* A way of one item has no total of its own. */
		if ((s->ways[0] == 1 && a == 0) || (s->ways[1] == 1 && b == 0) ||
		    (s->ways[2] == 1 && c == 0))
			continue;
		snprintf(name, sizeof name, "%s/%02d/%02d/%02d", s->prefix, a, b, c);
		cells[at] = tables_cell(p, name, tables_total(s, inner, a, b, c));
	}
	for (int w = 0; w < 3; w++) {
		int way = s->backwards ? 2 - w : w;
		for (int i = 0; s->ways[way] > 1 && i < n; i++) {
			int at = s->backwards ? n - 1 - i : i;
			int place[3] = { at / (s->ways[2] + 1) / (s->ways[1] + 1),
					 at / (s->ways[2] + 1) % (s->ways[1] + 1),
					 at % (s->ways[2] + 1) };
			bool none = false;
			for (int o = 0; o < 3; o++)
				none = none || (s->ways[o] == 1 && place[o] == 0);
			if (!none && place[way] == 0)
				tables_line(p, s, cells, way, place);
		}
	}
}

#endif
