#include "aggregator/series.h"

#include <sodium.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "proto/limits.h"

#define SERIES_SLOTS_MIN 4096
#define SERIES_WORDS_MAX 65536 /* beyond: the cache starts anew */

struct series_word {
	uint64_t hash;
	char text[LIMIT_STRING_BYTES + 1];
};

struct series_known {
	uint32_t word[3]; /* measure, dimension, category */
	int64_t id;       /* 0: free slot */
};

struct series {
	sqlite3 *db;
	sqlite3_stmt *find, *add;
	uint8_t key[crypto_shorthash_KEYBYTES]; /* random, for the words */
	uint64_t mix;                           /* random and odd, for the triples */
	struct series_word *words;
	uint32_t n_words, words_size;
	uint32_t *word_slots; /* index + 1 by hash; 0: free */
	struct series_known *known;
	size_t n_known, known_slots;        /* a power of two */
	uint32_t numbers[LIMIT_DICTIONARY]; /* of the report in hand: dictionary index → word */
};

enum err_code series_new(sqlite3 *db, struct series **out, struct err *err)
{
	struct series *s = calloc(1, sizeof *s);

	*out = NULL;
	if (s != NULL) {
		s->word_slots = calloc(2 * SERIES_WORDS_MAX, sizeof *s->word_slots);
		s->known = calloc(SERIES_SLOTS_MIN, sizeof *s->known);
	}
	if (s == NULL || s->word_slots == NULL || s->known == NULL) {
		series_free(&s);
		return err_set(err, ERR_NOMEM, "series: out of memory");
	}
	s->db = db;
	s->known_slots = SERIES_SLOTS_MIN;
	crypto_shorthash_keygen(s->key);
	randombytes_buf(&s->mix, sizeof s->mix);
	s->mix |= 1;
	*out = s;
	return ERR_OK;
}

void series_free(struct series **series)
{
	struct series *s = *series;

	if (s == NULL)
		return;
	db_finalize(&s->find);
	db_finalize(&s->add);
	free(s->words);
	free(s->word_slots);
	free(s->known);
	free(s);
	*series = NULL;
}

void series_forget(struct series *s)
{
	memset(s->word_slots, 0, 2 * SERIES_WORDS_MAX * sizeof *s->word_slots);
	memset(s->known, 0, s->known_slots * sizeof *s->known);
	s->n_words = 0;
	s->n_known = 0;
}

/* ---- words */

static enum err_code series_word_add(struct series *s, const char *text, uint64_t hash,
				     struct err *err)
{
	if (s->n_words == s->words_size) {
		uint32_t size = s->words_size == 0 ? 256 : 2 * s->words_size;
		struct series_word *words = realloc(s->words, size * sizeof *words);

		if (words == NULL)
			return err_set(err, ERR_NOMEM, "series: out of memory");
		s->words = words;
		s->words_size = size;
	}
	s->words[s->n_words].hash = hash;
	strncpy(s->words[s->n_words].text, text, LIMIT_STRING_BYTES);
	s->words[s->n_words].text[LIMIT_STRING_BYTES] = '\0';
	s->n_words++;
	return ERR_OK;
}

static enum err_code series_word(struct series *s, const char *text, uint32_t *number,
				 struct err *err)
{
	const size_t mask = 2 * SERIES_WORDS_MAX - 1;
	uint8_t bytes[crypto_shorthash_BYTES];
	uint64_t hash;
	size_t at;
	enum err_code code = ERR_OK;

	(void)crypto_shorthash(bytes, (const uint8_t *)text, strlen(text), s->key);
	memcpy(&hash, bytes, sizeof hash);
	for (at = hash & mask; s->word_slots[at] != 0; at = (at + 1) & mask) {
		const struct series_word *w = &s->words[s->word_slots[at] - 1];

		if (w->hash == hash && strcmp(w->text, text) == 0)
			break;
	}
	if (s->word_slots[at] == 0) {
		code = series_word_add(s, text, hash, err);
		if (code == ERR_OK)
			s->word_slots[at] = s->n_words;
	}
	if (code == ERR_OK)
		*number = s->word_slots[at] - 1;
	return code;
}

/* ---- triples */

/* The slot that holds the triple, or the free one where it belongs. */
static struct series_known *series_slot(const struct series *s, struct series_known *known,
					size_t slots, const uint32_t word[3])
{
	uint64_t hash = ((word[0] * s->mix ^ word[1]) * s->mix ^ word[2]) * s->mix;
	size_t at = (hash >> 32) & (slots - 1);

	while (known[at].id != 0 && memcmp(known[at].word, word, sizeof known[at].word) != 0)
		at = (at + 1) & (slots - 1);
	return &known[at];
}

static enum err_code series_grow(struct series *s, struct err *err)
{
	size_t slots = 2 * s->known_slots;
	struct series_known *known = calloc(slots, sizeof *known);

	if (known == NULL)
		return err_set(err, ERR_NOMEM, "series: out of memory");
	for (size_t i = 0; i < s->known_slots; i++)
		if (s->known[i].id != 0)
			*series_slot(s, known, slots, s->known[i].word) = s->known[i];
	free(s->known);
	s->known = known;
	s->known_slots = slots;
	return ERR_OK;
}

static const char series_find_sql[] =
	"SELECT id FROM series WHERE measure = $1 AND dimension = $2 AND category = $3";
static const char series_add_sql[] =
	"INSERT INTO series (measure, dimension, category) VALUES ($1, $2, $3)";

static void series_bind(sqlite3_stmt *stmt, const struct series *s, const uint32_t word[3])
{
	for (int i = 0; i < 3; i++)
		db_bind_text(stmt, i + 1, s->words[word[i]].text);
}

static enum err_code series_number(struct series *s, const uint32_t word[3], int64_t *id,
				   struct err *err)
{
	int row = 0;
	enum err_code code = db_prepare(s->db, &s->find, series_find_sql, err);

	if (code != ERR_OK)
		return code;
	series_bind(s->find, s, word);
	code = db_step(s->find, &row, err);
	if (row)
		*id = sqlite3_column_int64(s->find, 0);
	(void)sqlite3_reset(s->find);
	if (code != ERR_OK || row)
		return code;
	code = db_prepare(s->db, &s->add, series_add_sql, err);
	if (code != ERR_OK)
		return code;
	series_bind(s->add, s, word);
	code = db_run(s->add, err);
	*id = sqlite3_last_insert_rowid(s->db);
	return code;
}

static enum err_code series_learn(struct series *s, const uint32_t word[3], int64_t *id,
				  struct err *err)
{
	enum err_code code = series_number(s, word, id, err);
	struct series_known *slot;

	if (code == ERR_OK && s->n_known >= s->known_slots / 2)
		code = series_grow(s, err);
	if (code != ERR_OK)
		return code;
	slot = series_slot(s, s->known, s->known_slots, word);
	memcpy(slot->word, word, sizeof slot->word);
	slot->id = *id;
	s->n_known++;
	return ERR_OK;
}

enum err_code series_resolve(struct series *s, const District__Report *r, int64_t *ids,
			     struct err *err)
{
	enum err_code code = ERR_OK;

	if (s->n_words + r->n_dictionary > SERIES_WORDS_MAX ||
	    s->n_known + r->n_measure > LIMIT_SERIES_CACHED)
		series_forget(s);
	for (size_t i = 0; i < r->n_dictionary && code == ERR_OK; i++)
		code = series_word(s, r->dictionary[i], &s->numbers[i], err);
	for (size_t i = 0; i < r->n_measure && code == ERR_OK; i++) {
		const uint32_t word[3] = { s->numbers[r->measure[i]], s->numbers[r->dimension[i]],
					   s->numbers[r->category[i]] };

		ids[i] = series_slot(s, s->known, s->known_slots, word)->id;
		if (ids[i] == 0)
			code = series_learn(s, word, &ids[i], err);
	}
	return code;
}
