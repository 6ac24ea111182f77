#include "deploy/demo/truth.h"

#include <string.h>

#include "proto/date.h"

void tally_row(struct tally *t, int64_t numerator, int64_t denominator)
{
	t->row = (struct truth_cell){ numerator, denominator };
	t->total.numerator += numerator;
	t->total.denominator += denominator;
}

void tally_by(struct tally *t, enum truth_dimension dimension, int category)
{
	struct truth_cell *cell = &t->cells[dimension][category];

	t->used[dimension] = true;
	cell->numerator += t->row.numerator;
	cell->denominator += t->row.denominator;
}

void tally_by_bucket(struct tally *t, enum truth_dimension dimension, int value)
{
	const struct truth_bucket *b = t->measure->buckets;

	for (int i = 0; b[i].code != NULL; i++)
		if (value >= b[i].from && value <= b[i].to)
			tally_by(t, dimension, i);
}

void tally_by_child(struct tally *t, const struct view *v, int32_t child, int32_t on)
{
	const struct child *c = &v->log->children[child];

	tally_by(t, BY_AGE, view_age_band(c, on));
	tally_by(t, BY_SEX, c->birth > v->as_at ? SEX_UNKNOWN : c->sex);
	tally_by(t, BY_ETHNICITY, c->ethnicity);
}

/* A case that nobody has had yet lies with the first team. */
void tally_by_team(struct tally *t, const struct view *v, int32_t allocation)
{
	tally_by(t, BY_TEAM, allocation == NONE ? 0 : v->log->allocations[allocation].team);
}

bool truth_in(struct span s, int32_t date)
{
	return s.from <= date && date <= s.to;
}

bool truth_within_months(int32_t earlier, int32_t later, int months)
{
	return date_add_months(earlier, months) >= later;
}
