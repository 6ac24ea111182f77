/* The set of measures: every file of a folder, or the files built in. In: names and texts. Out:
 * parsed measures sorted by code, each reference between them resolved, and one digest. */
#include "proto/measures.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/config.h"
#include "proto/embed.h"
#include "proto/limits.h"

#define FOLDER "proto/measures/"
#define POPULATION "population_0_17"
#define NEAR_DISTANCE 3

struct source {
	char *name; /* owned */
	char *text; /* owned; NUL-terminated, no NUL inside */
	size_t len;
};

struct sources {
	struct source *items;
	int n, capacity;
};

static void sources_clear(struct sources *s)
{
	for (int i = 0; i < s->n; i++) {
		free(s->items[i].name);
		free(s->items[i].text);
	}
	free(s->items);
	memset(s, 0, sizeof *s);
}

static bool is_sql(const char *name)
{
	size_t len = strlen(name);

	return len > 4 && strcmp(name + len - 4, ".sql") == 0;
}

/* Keeps copies of name and text. */
static enum err_code sources_add(struct sources *s, const char *name, const char *text, size_t len,
				 struct err *err)
{
	struct source source = { .len = len };

	if (s->n == LIMIT_MEASURES)
		return err_set(err, ERR_TOO_BIG, "%s: more than %d measures", name, LIMIT_MEASURES);
	if (len > LIMIT_MEASURE_FILE_BYTES)
		return err_set(err, ERR_TOO_BIG, "%s: larger than %d bytes", name,
			       LIMIT_MEASURE_FILE_BYTES);
	if (memchr(text, '\0', len) != NULL)
		return err_set(err, ERR_CONFIG, "%s: holds a NUL; it is no text file", name);
	if (s->n == s->capacity) {
		int capacity = s->capacity == 0 ? 64 : 2 * s->capacity;
		struct source *items = realloc(s->items, (size_t)capacity * sizeof *items);

		if (items == NULL)
			return err_set(err, ERR_NOMEM, "measures: out of memory");
		s->items = items;
		s->capacity = capacity;
	}
	source.name = malloc(strlen(name) + 1);
	source.text = malloc(len + 1);
	if (source.name == NULL || source.text == NULL) {
		free(source.name);
		free(source.text);
		return err_set(err, ERR_NOMEM, "measures: out of memory");
	}
	memcpy(source.name, name, strlen(name) + 1);
	memcpy(source.text, text, len);
	source.text[len] = '\0';
	s->items[s->n++] = source;
	return ERR_OK;
}

static enum err_code sources_embedded(struct sources *s, struct err *err)
{
	enum err_code rc = ERR_OK;

	for (const struct embed *e = embed_files; e->path != NULL && rc == ERR_OK; e++)
		if (strncmp(e->path, FOLDER, sizeof FOLDER - 1) == 0 && is_sql(e->path))
			rc = sources_add(s, e->path + sizeof FOLDER - 1, e->text, e->len, err);
	return rc;
}

static enum err_code sources_file(struct sources *s, const char *folder, const char *name,
				  struct err *err)
{
	enum err_code rc = ERR_OK;
	char path[4096];
	char *text = malloc(LIMIT_MEASURE_FILE_BYTES + 1);
	FILE *f = NULL;
	size_t len = 0;

	if (text == NULL)
		return err_set(err, ERR_NOMEM, "measures: out of memory");
	if (snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path) {
		rc = err_set(err, ERR_TOO_BIG, "%s/%s: path too long", folder, name);
	} else if ((f = fopen(path, "rbe")) == NULL) {
		rc = err_set(err, ERR_IO, "open %s: %s", path, strerror(errno));
	} else {
		len = fread(text, 1, LIMIT_MEASURE_FILE_BYTES + 1, f);
		if (ferror(f))
			rc = err_set(err, ERR_IO, "read %s: %s", path, strerror(errno));
		(void)fclose(f);
	}
	if (rc == ERR_OK)
		rc = sources_add(s, name, text, len, err);
	free(text);
	return rc;
}

/* Files other than .sql (a README) are passed over. */
static enum err_code sources_folder(struct sources *s, const char *folder, struct err *err)
{
	enum err_code rc = ERR_OK;
	DIR *dir = opendir(folder);

	if (dir == NULL)
		return err_set(err, ERR_IO, "open measures folder %s: %s", folder, strerror(errno));
	for (struct dirent *entry; rc == ERR_OK && (entry = readdir(dir)) != NULL;)
		if (is_sql(entry->d_name))
			rc = sources_file(s, folder, entry->d_name, err);
	(void)closedir(dir);
	if (rc == ERR_OK && s->n == 0)
		return err_set(err, ERR_CONFIG,
			       "measures folder %s: no .sql file; leave `measures` out for the "
			       "built-in set",
			       folder);
	return rc;
}

/* By code, so "a.sql" before "a_b.sql" although '.' sorts before '_' either way. */
static int compare_sources(const void *a, const void *b)
{
	const struct source *one = a, *other = b;
	size_t n = strlen(one->name) - 4, m = strlen(other->name) - 4;
	int order = memcmp(one->name, other->name, n < m ? n : m);

	return order != 0 ? order : (n > m) - (n < m);
}

/* ---- the set */

static int compare_code(const void *code, const void *measure)
{
	return strcmp(code, ((const struct measure *)measure)->code);
}

const struct measure *measures_find(const struct measure_set *set, const char *code)
{
	return bsearch(code, set->measures, (size_t)set->n_measures, sizeof *set->measures,
		       compare_code);
}

const char *measures_nearest(const struct measure_set *set, const char *text)
{
	const char *nearest = NULL;
	int least = NEAR_DISTANCE + 1;

	for (int i = 0; i < set->n_measures; i++) {
		int distance = config_distance(text, set->measures[i].code);

		if (distance < least) {
			least = distance;
			nearest = set->measures[i].code;
		}
	}
	return nearest;
}

/* The measure that a key names. An empty code names none and is fine. */
static enum err_code set_resolve(const struct measure_set *set, const struct measure *m,
				 const char *key, const char *code, const struct measure **found,
				 struct err *err)
{
	const char *near;

	*found = NULL;
	if (code[0] == '\0')
		return ERR_OK;
	*found = measures_find(set, code);
	if (*found != NULL && *found != m)
		return ERR_OK;
	near = measures_nearest(set, code);
	if (*found == m)
		return err_set(err, ERR_CONFIG, "%s.sql: %s: names itself", m->code, key);
	if (near != NULL)
		return err_set(err, ERR_CONFIG,
			       "%s.sql: %s: there is no measure %s; did you mean %s?", m->code, key,
			       code, near);
	return err_set(err, ERR_CONFIG, "%s.sql: %s: there is no measure %s", m->code, key, code);
}

static enum err_code set_check_derived(const struct measure_set *set, const struct measure *m,
				       struct err *err)
{
	const struct measure *numerator, *denominator = NULL;
	const char *wrong = NULL;
	enum err_code rc = set_resolve(set, m, "numerator", m->numerator, &numerator, err);

	if (rc == ERR_OK && strcmp(m->denominator, POPULATION) != 0)
		rc = set_resolve(set, m, "denominator", m->denominator, &denominator, err);
	if (rc != ERR_OK)
		return rc;
	assert(numerator != NULL); /* the parser asks for both */
	if (numerator->kind == MEASURE_DERIVED)
		wrong = "numerator: is itself derived; name the measure that is counted";
	else if (denominator != NULL && denominator->kind == MEASURE_DERIVED)
		wrong = "denominator: is itself derived; name the measure that is counted";
	else if (m->annualised && numerator->kind != MEASURE_FLOW)
		wrong = "annualised: only a flow can be shown per year";
	else if (m->annualised && denominator != NULL && denominator->kind != MEASURE_STOCK)
		wrong = "annualised: is for a flow set against a stock or the population";
	else if (m->weeks && (!numerator->weeks || (denominator != NULL && !denominator->weeks)))
		wrong = "periods: its numerator or denominator has no weeks";
	if (wrong != NULL)
		return err_set(err, ERR_CONFIG, "%s.sql: %s", m->code, wrong);
	return ERR_OK;
}

static enum err_code set_check(const struct measure_set *set, struct err *err)
{
	enum err_code rc = ERR_OK;

	for (int i = 0; i < set->n_measures && rc == ERR_OK; i++) {
		const struct measure *m = &set->measures[i];
		const struct measure *part_of = NULL, *opens = NULL, *closes = NULL;

		if (m->kind == MEASURE_DERIVED) {
			rc = set_check_derived(set, m, err);
			continue;
		}
		rc = set_resolve(set, m, "part_of", m->part_of, &part_of, err);
		if (rc == ERR_OK)
			rc = set_resolve(set, m, "opens", m->opens, &opens, err);
		if (rc == ERR_OK)
			rc = set_resolve(set, m, "closes", m->closes, &closes, err);
		if (rc != ERR_OK)
			break;
		if (part_of != NULL && part_of->kind != m->kind)
			rc = err_set(err, ERR_CONFIG, "%s.sql: part_of: %s is no %s", m->code,
				     part_of->code, measure_kind_name(m->kind));
		else if ((opens != NULL && opens->kind != MEASURE_STOCK) ||
			 (closes != NULL && closes->kind != MEASURE_STOCK))
			rc = err_set(err, ERR_CONFIG,
				     "%s.sql: opens, closes: a flow opens or closes a stock",
				     m->code);
	}
	return rc;
}

/* SHA-256 over each code, a NUL, the file's bytes and a NUL, in code order. */
static enum err_code set_digest(struct measure_set *set, const struct sources *s, struct err *err)
{
	crypto_hash_sha256_state state;

	if (sodium_init() < 0)
		return err_set(err, ERR_IO, "libsodium does not start; is there a random source?");
	(void)crypto_hash_sha256_init(&state);
	for (int i = 0; i < s->n; i++) {
		const char *code = set->measures[i].code;

		(void)crypto_hash_sha256_update(&state, (const unsigned char *)code,
						strlen(code) + 1);
		(void)crypto_hash_sha256_update(&state, (const unsigned char *)s->items[i].text,
						s->items[i].len + 1);
	}
	(void)crypto_hash_sha256_final(&state, set->digest);
	return ERR_OK;
}

static enum err_code set_fill(struct measure_set *set, struct sources *s, struct err *err)
{
	enum err_code rc = ERR_OK;

	if (s->n > 0)
		qsort(s->items, (size_t)s->n, sizeof *s->items, compare_sources);
	set->measures = calloc(s->n > 0 ? (size_t)s->n : 1, sizeof *set->measures);
	if (set->measures == NULL)
		return err_set(err, ERR_NOMEM, "measures: out of memory");
	for (int i = 0; i < s->n && rc == ERR_OK; i++) {
		rc = measure_parse(s->items[i].name, s->items[i].text, &set->measures[i], err);
		set->n_measures += rc == ERR_OK;
	}
	if (rc == ERR_OK)
		rc = set_check(set, err);
	return rc == ERR_OK ? set_digest(set, s, err) : rc;
}

enum err_code measures_load(const char *folder, struct measure_set **out, struct err *err)
{
	struct sources sources = { 0 };
	struct measure_set *set = calloc(1, sizeof *set);
	enum err_code rc;

	*out = NULL;
	if (set == NULL)
		return err_set(err, ERR_NOMEM, "measures: out of memory");
	rc = folder == NULL ? sources_embedded(&sources, err)
			    : sources_folder(&sources, folder, err);
	if (rc == ERR_OK)
		rc = set_fill(set, &sources, err);
	sources_clear(&sources);
	if (rc != ERR_OK)
		measures_free(&set);
	*out = set;
	return rc;
}

void measures_free(struct measure_set **set)
{
	if (*set == NULL)
		return;
	for (int i = 0; i < (*set)->n_measures; i++)
		measure_clear(&(*set)->measures[i]);
	free((*set)->measures);
	free(*set);
	*set = NULL;
}

const char *measure_bucket(const struct measure *m, int64_t value)
{
	for (int i = 0; i < m->n_buckets; i++)
		if (value >= m->buckets[i].from && value <= m->buckets[i].to)
			return m->buckets[i].code;
	return "unknown";
}
