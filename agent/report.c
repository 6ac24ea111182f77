/* In: the figures of one extract, sorted. Out: one unsigned report per period, its rows in the
 * order of the figures, by code, which makes what it says comparable (saying.h). Dropped:
 * categories that are 0 of 0, since a category that is not listed of a breakdown that is carried
 * means the same. */
#include "agent/report.h"

#include <stdlib.h>
#include <string.h>

#include "agent/report_arena.h"
#include "proto/limits.h"

#define REPORT_SLOTS (4 * LIMIT_DICTIONARY)
/* What agent, spool, number, time, signature and the envelope's own fields add to a body. */
#define REPORT_AROUND_BYTES 256

/* The dictionary of one report while it is being filled. */
struct report_words {
	char *words[LIMIT_DICTIONARY];
	uint32_t n;
	uint16_t slots[REPORT_SLOTS]; /* index + 1 by hash; 0: free */
};

/* What every report of one extract shares. */
struct report_source {
	const struct stage *stage;
	const struct measure_set *set;
	void **arena;
	struct report_words *words;
};

static void report_words_clear(struct report_words *w)
{
	w->n = 0;
	memset(w->slots, 0, sizeof w->slots);
}

static uint32_t report_hash(const char *text)
{
	uint32_t hash = 2166136261u;

	for (; *text != '\0'; text++)
		hash = (hash ^ (unsigned char)*text) * 16777619u;
	return hash;
}

/* Index of the word, which is added when it is new. */
static enum err_code report_word(const struct report_source *source, const char *text,
				 uint32_t *index, struct err *err)
{
	struct report_words *w = source->words;
	uint32_t at = report_hash(text) % REPORT_SLOTS;
	char *copy;

	for (; w->slots[at] != 0; at = (at + 1) % REPORT_SLOTS) {
		if (strcmp(w->words[w->slots[at] - 1], text) != 0)
			continue;
		*index = (uint32_t)w->slots[at] - 1;
		return ERR_OK;
	}
	if (w->n == LIMIT_DICTIONARY)
		return err_set(err, ERR_TOO_BIG,
			       "more than %d different codes in one report; give this dataset "
			       "fewer measures",
			       LIMIT_DICTIONARY);
	copy = report_arena_text(source->arena, text);
	if (copy == NULL)
		return err_set(err, ERR_NOMEM, "out of memory");
	*index = w->n;
	w->words[w->n++] = copy;
	w->slots[at] = (uint16_t)w->n;
	return ERR_OK;
}

static int report_leaves_out(const struct figure *f)
{
	return f->category[0] != '\0' && f->numerator == 0 && f->denominator == 0;
}

static int report_allocate(void **arena, District__Report *r, size_t n)
{
	r->measure = report_arena_array(arena, n, sizeof *r->measure);
	r->dimension = report_arena_array(arena, n, sizeof *r->dimension);
	r->category = report_arena_array(arena, n, sizeof *r->category);
	r->numerator = report_arena_array(arena, n, sizeof *r->numerator);
	r->denominator = report_arena_array(arena, n, sizeof *r->denominator);
	r->provisional_measures = report_arena_array(arena, n, sizeof *r->provisional_measures);
	r->n_measure = r->n_dimension = r->n_category = n;
	r->n_numerator = r->n_denominator = n;
	return r->measure != NULL && r->dimension != NULL && r->category != NULL &&
	       r->numerator != NULL && r->denominator != NULL && r->provisional_measures != NULL;
}

/* The packed columns. A measure whose follow-up is not over is named once, and only in a report
 * whose period has ended: before that, all of the report is provisional. */
static enum err_code report_columns(const struct report_source *source,
				    const struct figure *figures, size_t n, District__Report *r,
				    struct err *err)
{
	enum err_code code = ERR_OK;
	uint32_t none = 0;
	size_t at = 0;

	code = report_word(source, "", &none, err);
	for (size_t i = 0; i < n && code == ERR_OK; i++) {
		const struct figure *f = &figures[i];

		if (report_leaves_out(f))
			continue;
		code = report_word(source, source->set->measures[f->measure].code, &r->measure[at],
				   err);
		if (code == ERR_OK)
			code = report_word(source, f->dimension, &r->dimension[at], err);
		if (code == ERR_OK)
			code = report_word(source, f->category, &r->category[at], err);
		r->numerator[at] = f->numerator;
		r->denominator[at] = f->denominator;
		if (code == ERR_OK && !r->provisional && f->provisional &&
		    r->dimension[at] == none && r->category[at] == none)
			r->provisional_measures[r->n_provisional_measures++] = r->measure[at];
		at++;
	}
	return code;
}

static int report_head(const struct report_source *source, struct period period,
		       District__Report *r)
{
	const struct stage *s = source->stage;
	char text[PERIOD_TEXT_BYTES];

	r->area = report_arena_text(source->arena, s->dataset->area);
	r->dataset = report_arena_text(source->arena, s->dataset->name);
	r->period = report_arena_text(source->arena, period_format(period, text));
	r->as_at = s->as_at;
	r->provisional = period_end(period) > s->as_at;
	r->measures_digest.data =
		report_arena_bytes(source->arena, source->set->digest, sizeof source->set->digest);
	r->measures_digest.len = sizeof source->set->digest;
	r->extract_digest.data =
		report_arena_bytes(source->arena, s->extract_digest, sizeof s->extract_digest);
	r->extract_digest.len = sizeof s->extract_digest;
	r->rows_read = stage_rows_read(s);
	r->rows_rejected = stage_rows_rejected(s);
	return r->area != NULL && r->dataset != NULL && r->period != NULL &&
	       r->measures_digest.data != NULL && r->extract_digest.data != NULL;
}

static enum err_code report_dictionary(const struct report_source *source, District__Report *r,
				       struct err *err)
{
	const struct report_words *w = source->words;

	r->n_dictionary = w->n;
	r->dictionary = report_arena_pointers(source->arena, w->n);
	if (r->dictionary == NULL)
		return err_set(err, ERR_NOMEM, "out of memory");
	memcpy(r->dictionary, w->words, w->n * sizeof *r->dictionary);
	return ERR_OK;
}

static enum err_code report_check_size(const District__Entry *entry, struct err *err)
{
	size_t size = district__entry__get_packed_size(entry) + REPORT_AROUND_BYTES;

	if (size <= LIMIT_FRAME_BYTES)
		return ERR_OK;
	return err_set(err, ERR_TOO_BIG,
		       "%zu bytes, and one message holds %d; give this dataset fewer measures",
		       size, LIMIT_FRAME_BYTES);
}

/* One period's report from its n figures. */
static enum err_code report_make(const struct report_source *source, const struct figure *figures,
				 size_t n, struct report *out, struct err *err)
{
	District__Entry *entry = report_arena_array(source->arena, 1, sizeof *entry);
	District__Report *r = report_arena_array(source->arena, 1, sizeof *r);
	enum err_code code;
	size_t n_kept = 0;

	for (size_t i = 0; i < n; i++)
		n_kept += !report_leaves_out(&figures[i]);
	if (n_kept > LIMIT_OBSERVATIONS)
		return err_set(err, ERR_TOO_BIG,
			       "%zu figures, and a report holds %d; give this dataset fewer "
			       "measures",
			       n_kept, LIMIT_OBSERVATIONS);
	if (entry == NULL || r == NULL)
		return err_set(err, ERR_NOMEM, "out of memory");
	district__entry__init(entry);
	district__report__init(r);
	entry->body_case = DISTRICT__ENTRY__BODY_REPORT;
	entry->report = r;
	if (!report_head(source, figures[0].period, r) ||
	    !report_allocate(source->arena, r, n_kept))
		return err_set(err, ERR_NOMEM, "out of memory");
	report_words_clear(source->words);
	code = report_columns(source, figures, n, r, err);
	if (code == ERR_OK)
		code = report_dictionary(source, r, err);
	if (code == ERR_OK)
		code = report_check_size(entry, err);
	if (code != ERR_OK)
		return code;
	out->period = figures[0].period;
	out->provisional = r->provisional;
	out->entry = entry;
	out->n_observations = n_kept;
	return ERR_OK;
}

static size_t report_period_end(const struct figures *figures, size_t from)
{
	int64_t key = period_key(figures->items[from].period);
	size_t to = from + 1;

	while (to < figures->n && period_key(figures->items[to].period) == key)
		to++;
	return to;
}

enum err_code report_build(const struct stage *s, const struct measure_set *set,
			   const struct figures *figures, struct reports **out, struct err *err)
{
	struct report_source source = { .stage = s, .set = set };
	struct reports *reports = calloc(1, sizeof *reports);
	enum err_code code = ERR_OK;
	char text[PERIOD_TEXT_BYTES];
	size_t n = 0;

	*out = NULL;
	if (reports == NULL) {
		(void)err_set(err, ERR_NOMEM, "reports: out of memory");
		return ERR_NOMEM;
	}
	source.arena = &reports->arena;
	source.words = malloc(sizeof *source.words);
	for (size_t i = 0; i < figures->n; i = report_period_end(figures, i))
		n++;
	reports->items = calloc(n > 0 ? n : 1, sizeof *reports->items);
	if (reports->items == NULL || source.words == NULL)
		code = err_set(err, ERR_NOMEM, "reports: out of memory");
	for (size_t i = 0; i < figures->n && code == ERR_OK;) {
		size_t next = report_period_end(figures, i);

		code = report_make(&source, &figures->items[i], next - i,
				   &reports->items[reports->n], err);
		if (code != ERR_OK)
			err_wrap(err, "report of %s for %s", s->dataset->name,
				 period_format(figures->items[i].period, text));
		else
			reports->n++;
		i = next;
	}
	free(source.words);
	if (code != ERR_OK)
		reports_free(&reports);
	*out = reports;
	return code;
}

void reports_free(struct reports **reports)
{
	struct reports *r = *reports;

	if (r == NULL)
		return;
	report_arena_free(&r->arena);
	free(r->items);
	free(r);
	*reports = NULL;
}
