/* One measure file: a header of "-- key: value" lines, then at most one SELECT.
 *
 * In: the file's name and text. Out: a struct measure whose keys are all known, of the right kind
 * and consistent with each other. Nothing is dropped: a key, word or number that is not understood
 * is an error with its line. What one file says of another is checked in measures.c. */
#include "proto/measures.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "proto/config.h"
#include "proto/limits.h"
#include "proto/measure_key.h"

#define VALUE_BYTES 2048

/* Where the parser is: the key whose value is being gathered, and where each key stood. */
struct header {
	const char *name;
	struct measure *measure;
	int line;
	int seen[MEASURE_KEYS]; /* line of each key; 0: not there */
	int key;                /* −1 before the first */
	char value[VALUE_BYTES];
};

static enum err_code refuse_key(const struct header *h, const char *text, struct err *err)
{
	const char *names[MEASURE_KEYS];
	const char *near;

	for (int i = 0; i < MEASURE_KEYS; i++)
		names[i] = measure_keys[i].name;
	near = config_nearest(text, names, MEASURE_KEYS);
	if (near != NULL)
		return err_set(err, ERR_CONFIG, "%s:%d: %s: unknown key; did you mean %s?", h->name,
			       h->line, text, near);
	return err_set(err, ERR_CONFIG,
		       "%s:%d: %s: unknown key; proto/measures/README.md has the keys", h->name,
		       h->line, text);
}

/* Hands the gathered value to its key. */
static enum err_code header_flush(struct header *h, struct err *err)
{
	enum err_code rc = ERR_OK;
	const struct measure_key *key;

	if (h->key < 0)
		return ERR_OK;
	key = &measure_keys[h->key];
	if (h->value[0] == '\0')
		rc = err_set(err, ERR_CONFIG, "has no value; give one or leave the line out");
	else
		rc = key->read(h->measure, key, h->value, err);
	if (rc != ERR_OK)
		err_wrap(err, "%s:%d: %s", h->name, h->seen[h->key], key->name);
	h->key = -1;
	return rc;
}

/* Adds text (trimmed) to the value that is being gathered, after one space. */
static enum err_code header_append(struct header *h, const char *text, size_t len, struct err *err)
{
	size_t used = strlen(h->value);

	while (len > 0 && *text == ' ') {
		text++;
		len--;
	}
	while (len > 0 && text[len - 1] == ' ')
		len--;
	if (used + len + 2 > sizeof h->value)
		return err_set(err, ERR_CONFIG, "%s:%d: %s: longer than %zu bytes", h->name,
			       h->line, measure_keys[h->key].name, sizeof h->value - 2);
	if (used > 0 && len > 0)
		h->value[used++] = ' ';
	memcpy(h->value + used, text, len);
	h->value[used + len] = '\0';
	return ERR_OK;
}

/* text: what follows "-- ". */
static enum err_code header_line(struct header *h, const char *text, size_t len, struct err *err)
{
	const char *colon = memchr(text, ':', len);
	size_t n = colon == NULL ? 0 : (size_t)(colon - text);
	char name[33] = "";
	enum err_code rc;

	if (len > 1 && text[0] == ' ' && text[1] == ' ') {
		if (h->key < 0)
			return err_set(err, ERR_CONFIG, "%s:%d: continues no key", h->name,
				       h->line);
		return header_append(h, text, len, err);
	}
	rc = header_flush(h, err);
	if (rc != ERR_OK)
		return rc;
	if (n == 0 || n >= sizeof name)
		return err_set(
			err, ERR_CONFIG,
			"%s:%d: not a line \"-- key: value\"; a value goes on after \"--   \"",
			h->name, h->line);
	memcpy(name, text, n);
	for (int i = 0; i < MEASURE_KEYS && h->key < 0; i++)
		if (strcmp(measure_keys[i].name, name) == 0)
			h->key = i;
	if (h->key < 0)
		return refuse_key(h, name, err);
	if (h->seen[h->key] != 0)
		return err_set(err, ERR_CONFIG, "%s:%d: %s: was there before, on line %d", h->name,
			       h->line, name, h->seen[h->key]);
	h->seen[h->key] = h->line;
	h->value[0] = '\0';
	return header_append(h, colon + 1, len - n - 1, err);
}

/* ---- what the keys say together */

static bool dimension_declared(const struct measure *m, const char *dimension)
{
	for (int i = 0; i < m->n_dimensions; i++)
		if (strcmp(m->dimensions[i], dimension) == 0)
			return true;
	return false;
}

static enum err_code check_keys(const struct header *h, struct err *err)
{
	unsigned kind = 1u << h->measure->kind;
	const char *word = h->measure->kind == 0 ? "" : measure_kind_name(h->measure->kind);

	for (int i = 0; i < MEASURE_KEYS; i++) {
		const struct measure_key *key = &measure_keys[i];

		if (h->measure->kind == 0 && strcmp(key->name, "kind") != 0)
			continue;
		if (h->seen[i] == 0 && (h->measure->kind == 0 || (key->must & kind) != 0))
			return err_set(err, ERR_CONFIG, "%s: has no %s; add the line \"-- %s: …\"",
				       h->name, key->name, key->name);
		if (h->seen[i] != 0 && (key->may & kind) == 0)
			return err_set(err, ERR_CONFIG,
				       "%s:%d: %s: is not for a %s measure; leave it out", h->name,
				       h->seen[i], key->name, word);
	}
	return ERR_OK;
}

/* What a unit, a validity and buckets ask of the other keys. NULL when all is well. */
static const char *check_sense(const struct measure *m)
{
	bool derived = m->kind == MEASURE_DERIVED;
	bool numbers = dimension_declared(m, "days") || dimension_declared(m, "cases");
	bool rate = m->unit == MEASURE_RATE_10K;

	if (!derived && (rate || m->unit == MEASURE_RATIO))
		return "unit: only a derived measure is a rate or a ratio";
	if (derived && !rate && m->unit != MEASURE_RATIO && m->unit != MEASURE_PERCENT)
		return "unit: a derived measure is percent, rate-per-10000 or ratio";
	if (derived && rate != (strcmp(m->denominator, "population_0_17") == 0))
		return "denominator: population_0_17 goes with the unit rate-per-10000 and no "
		       "other";
	if (!derived && m->unit == MEASURE_PERCENT && (m->range_min != 0 || m->range_max != 1))
		return "range: a percentage counts rows, so its numerator is 0 or 1";
	if (m->kind == MEASURE_STOCK && m->weeks)
		return "periods: a stock is reported by month";
	if (m->kind == MEASURE_STOCK && m->valid == MEASURE_LAST_MONTH)
		return "valid: a stock is valid in the window or as-at";
	if (m->kind == MEASURE_FLOW && m->valid == MEASURE_AS_AT)
		return "valid: a flow is valid in the window or last-month";
	if (dimension_declared(m, "days") && dimension_declared(m, "cases"))
		return "dimensions: days and cases would share the buckets; keep one of them";
	if (numbers && m->n_buckets == 0)
		return "buckets: a breakdown by days or cases needs them, as in 0, 1-10, 11+";
	if (!numbers && m->n_buckets > 0)
		return "buckets: are for a breakdown by days or cases; leave them out";
	if (!derived && m->select == NULL)
		return "there is no SELECT below the header";
	if (derived && m->select != NULL)
		return "a derived measure has no SELECT; its numerator and denominator have";
	return NULL;
}

/* Keeps the SELECT without surrounding space and the last semicolon. */
static enum err_code take_select(struct measure *m, const char *name, const char *text, int line,
				 struct err *err)
{
	size_t len;

	for (; *text == ' ' || *text == '\t' || *text == '\n'; text++)
		line += *text == '\n';
	len = strlen(text);
	while (len > 0 && strchr(" \t\n;", text[len - 1]) != NULL)
		len--;
	if (len == 0)
		return ERR_OK;
	if (strncasecmp(text, "SELECT", 6) != 0 && strncasecmp(text, "WITH", 4) != 0)
		return err_set(err, ERR_CONFIG,
			       "%s:%d: below the header comes one SELECT (or WITH … SELECT)", name,
			       line);
	m->select = malloc(len + 1);
	if (m->select == NULL)
		return err_set(err, ERR_NOMEM, "%s: out of memory", name);
	memcpy(m->select, text, len);
	m->select[len] = '\0';
	return ERR_OK;
}

/* The file's text may hold printable UTF-8, tabs and line ends: it is shown to people. */
static enum err_code check_bytes(const char *name, const char *text, struct err *err)
{
	int line = 1;

	for (const unsigned char *p = (const unsigned char *)text; *p != '\0'; p++) {
		int more = *p < 0x80                 ? 0
			   : *p >= 0xc2 && *p < 0xe0 ? 1
			   : *p >= 0xe0 && *p < 0xf0 ? 2
			   : *p >= 0xf0 && *p < 0xf5 ? 3
						     : -1;
		bool good = more >= 0 && (*p >= ' ' || *p == '\t' || *p == '\n') && *p != 0x7f;

		line += *p == '\n';
		for (; good && more > 0; more--)
			good = (*++p & 0xc0) == 0x80;
		if (!good)
			return err_set(
				err, ERR_CONFIG,
				"%s:%d: byte 0x%02x: save the file as UTF-8 with Unix line ends",
				name, line, *p);
	}
	return ERR_OK;
}

/* The measure's code is the file's name without ".sql". */
static enum err_code take_code(struct measure *m, const char *name, struct err *err)
{
	const char *base = strrchr(name, '/') == NULL ? name : strrchr(name, '/') + 1;
	size_t len = strlen(base);

	if (len > 4 && strcmp(base + len - 4, ".sql") == 0)
		len -= 4;
	if (len == 0 || len > LIMIT_STRING_BYTES ||
	    strspn(base, "abcdefghijklmnopqrstuvwxyz0123456789_") < len || base[0] < 'a')
		return err_set(
			err, ERR_CONFIG,
			"%s: name the file <code>.sql; a code has a–z, 0–9 and _, begins with "
			"a letter and is at most %d long",
			name, LIMIT_STRING_BYTES);
	memcpy(m->code, base, len);
	m->code[len] = '\0';
	return ERR_OK;
}

/* All header lines; *rest is left at the text below them. */
static enum err_code read_header(struct header *h, const char **rest, struct err *err)
{
	const char *text = *rest;

	for (; strncmp(text, "--", 2) == 0; h->line++) {
		size_t len = strcspn(text, "\n");
		enum err_code rc;

		if (len < 3 || text[2] != ' ')
			return err_set(
				err, ERR_CONFIG,
				"%s:%d: a header line is \"-- key: value\", with a space after --",
				h->name, h->line);
		rc = header_line(h, text + 3, len - 3, err);
		if (rc != ERR_OK)
			return rc;
		text += len + (text[len] == '\n');
	}
	*rest = text;
	return header_flush(h, err);
}

enum err_code measure_parse(const char *name, const char *text, struct measure *m, struct err *err)
{
	struct header h = { .name = name, .measure = m, .line = 1, .key = -1 };
	const char *sense;
	enum err_code rc;

	memset(m, 0, sizeof *m);
	m->valid = MEASURE_WINDOW;
	m->range_max = 1;
	m->denominator_scale = 1;
	rc = take_code(m, name, err);
	if (rc == ERR_OK)
		rc = check_bytes(name, text, err);
	if (rc == ERR_OK)
		rc = read_header(&h, &text, err);
	if (rc == ERR_OK)
		rc = check_keys(&h, err);
	if (rc == ERR_OK)
		rc = take_select(m, name, text, h.line, err);
	if (rc == ERR_OK && (sense = check_sense(m)) != NULL)
		rc = err_set(err, ERR_CONFIG, "%s: %s", name, sense);
	if (rc != ERR_OK)
		measure_clear(m);
	return rc;
}

void measure_clear(struct measure *m)
{
	free(m->select);
	memset(m, 0, sizeof *m);
}
