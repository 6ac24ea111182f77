#include "aggregator/feed/screen_table.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

/* Different texts, by an open hash table whose key is drawn for each: a hostile file cannot know
 * which values fall into one slot. */

#define WORDS_MAX (1U << 31)

static size_t words_slot(const struct screen_words *w, const void *bytes, size_t len)
{
	unsigned char hash[crypto_shorthash_BYTES];
	uint64_t number;

	(void)crypto_shorthash(hash, bytes, len, w->key);
	memcpy(&number, hash, sizeof number);
	return (size_t)number & (w->n_slots - 1);
}

const char *screen_words_text(const struct screen_words *w, size_t i)
{
	return w->bytes + (i == 0 ? 0 : w->ends[i - 1]);
}

size_t screen_words_len(const struct screen_words *w, size_t i)
{
	return w->ends[i] - 1 - (i == 0 ? 0 : w->ends[i - 1]);
}

/* Where the word stands, or the free slot for it. */
static size_t words_look(const struct screen_words *w, const void *bytes, size_t len)
{
	size_t slot = words_slot(w, bytes, len);

	for (; w->slots[slot] != 0; slot = (slot + 1) & (w->n_slots - 1)) {
		size_t i = w->slots[slot] - 1;

		if (screen_words_len(w, i) == len &&
		    memcmp(screen_words_text(w, i), bytes, len) == 0)
			break;
	}
	return slot;
}

bool screen_words_find(const struct screen_words *w, const void *bytes, size_t len, uint32_t *at)
{
	size_t slot;

	if (w->n == 0)
		return false;
	slot = words_look(w, bytes, len);
	if (w->slots[slot] == 0)
		return false;
	*at = w->slots[slot] - 1;
	return true;
}

bool screen_words_has(const struct screen_words *w, const char *text)
{
	uint32_t at;

	return screen_words_find(w, text, strlen(text), &at);
}

static enum err_code words_more_slots(struct screen_words *w, struct err *err)
{
	size_t n_slots = w->n_slots == 0 ? 16 : 2 * w->n_slots;
	uint32_t *slots = calloc(n_slots, sizeof *slots);

	if (slots == NULL)
		return err_set(err, ERR_NOMEM, "out of memory");
	if (w->n_slots == 0)
		crypto_shorthash_keygen(w->key);
	free(w->slots);
	w->slots = slots;
	w->n_slots = n_slots;
	for (size_t i = 0; i < w->n; i++) {
		const char *text = screen_words_text(w, i);

		w->slots[words_look(w, text, screen_words_len(w, i))] = (uint32_t)i + 1;
	}
	return ERR_OK;
}

static enum err_code words_room(struct screen_words *w, size_t len, struct err *err)
{
	if (w->n >= WORDS_MAX)
		return err_set(err, ERR_TOO_BIG, "too many different values");
	if (w->n_bytes + len + 1 > w->byte_capacity) {
		size_t capacity = 2 * (w->n_bytes + len + 1) + 32;
		char *bytes = realloc(w->bytes, capacity);

		if (bytes == NULL)
			return err_set(err, ERR_NOMEM, "out of memory");
		w->bytes = bytes;
		w->byte_capacity = capacity;
	}
	if (w->n == w->capacity) {
		size_t capacity = 2 * w->capacity + 8;
		size_t *ends = realloc(w->ends, capacity * sizeof *ends);

		if (ends == NULL)
			return err_set(err, ERR_NOMEM, "out of memory");
		w->ends = ends;
		w->capacity = capacity;
	}
	return 4 * (w->n + 1) > 3 * w->n_slots ? words_more_slots(w, err) : ERR_OK;
}

enum err_code screen_words_add(struct screen_words *w, const void *bytes, size_t len, uint32_t *at,
			       struct err *err)
{
	enum err_code code;

	if (screen_words_find(w, bytes, len, at))
		return ERR_OK;
	code = words_room(w, len, err);
	if (code != ERR_OK)
		return code;
	w->slots[words_look(w, bytes, len)] = (uint32_t)w->n + 1;
	if (len > 0)
		memcpy(w->bytes + w->n_bytes, bytes, len);
	w->bytes[w->n_bytes + len] = '\0';
	w->n_bytes += len + 1;
	w->ends[w->n] = w->n_bytes;
	*at = (uint32_t)w->n++;
	return ERR_OK;
}

void screen_words_clear(struct screen_words *w)
{
	free(w->bytes);
	free(w->ends);
	free(w->slots);
	memset(w, 0, sizeof *w);
}

void screen_rows_add(struct screen_rows *rows, int64_t row)
{
	if (rows->n < SCREEN_ROWS_SHOWN)
		rows->first[rows->n] = row;
	rows->n++;
}
