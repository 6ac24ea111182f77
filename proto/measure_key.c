#include "proto/measure_key.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/codes.h"
#include "proto/config.h"
#include "proto/limits.h"

#define TITLE_WORDS_MAX 10
#define DAYS_MAX 1096 /* look_back, follow_up, statutory_limit: three years */

#define IN_FLOW (1u << MEASURE_FLOW)
#define IN_STOCK (1u << MEASURE_STOCK)
#define IN_DERIVED (1u << MEASURE_DERIVED)
#define IN_COUNTED (IN_FLOW | IN_STOCK)
#define IN_ANY (IN_COUNTED | IN_DERIVED)

#define N_OF(array) ((int)(sizeof(array) / sizeof((array)[0])))

struct word {
	const char *text;
	int value;
};

static const struct word kinds[] = {
	{ "flow", MEASURE_FLOW },
	{ "stock", MEASURE_STOCK },
	{ "derived", MEASURE_DERIVED },
};

static const struct word units[] = {
	{ "count", MEASURE_COUNT },
	{ "percent", MEASURE_PERCENT },
	{ "rate-per-10000", MEASURE_RATE_10K },
	{ "ratio", MEASURE_RATIO },
	{ "fte", MEASURE_FTE },
	{ "days", MEASURE_DAYS },
};

static const struct word valids[] = {
	{ "window", MEASURE_WINDOW },
	{ "last-month", MEASURE_LAST_MONTH },
	{ "as-at", MEASURE_AS_AT },
};

static const struct word polarities[] = {
	{ "low-is-good", MEASURE_LOW_IS_GOOD },
	{ "high-is-good", MEASURE_HIGH_IS_GOOD },
	{ "neutral", MEASURE_NEUTRAL },
};

static const struct word themes[] = {
	{ "front-door", 1 }, { "early-help", 2 }, { "referral", 3 },  { "assessment", 4 },
	{ "protection", 5 }, { "cin", 6 },        { "workforce", 7 }, { "quality", 8 },
};

static const struct word yes[] = { { "yes", 1 } };

const char *measure_kind_name(enum measure_kind kind)
{
	return kinds[kind - MEASURE_FLOW].text;
}

const char *measure_unit_name(enum measure_unit unit)
{
	return units[unit - MEASURE_COUNT].text;
}

const char *measure_valid_name(enum measure_valid valid)
{
	return valids[valid - MEASURE_WINDOW].text;
}

/* ---- values */

/* Says which words there are and which of them is near. */
static enum err_code refuse_word(const char *value, const char *const *words, int n,
				 struct err *err)
{
	const char *near = config_nearest(value, words, n);
	char all[256] = "";
	size_t used = 0;

	for (int i = 0; i < n && used < sizeof all; i++)
		used += (size_t)snprintf(all + used, sizeof all - used, "%s%s", i > 0 ? ", " : "",
					 words[i]);
	if (near != NULL)
		return err_set(err, ERR_CONFIG, "\"%s\" is none of %s; did you mean %s?", value,
			       all, near);
	return err_set(err, ERR_CONFIG, "\"%s\" is none of %s", value, all);
}

static enum err_code read_word(const char *value, const struct word *words, int n, int *out,
			       struct err *err)
{
	const char *texts[16] = { NULL };

	for (int i = 0; i < n; i++) {
		if (strcmp(words[i].text, value) == 0) {
			*out = words[i].value;
			return ERR_OK;
		}
		texts[i] = words[i].text;
	}
	return refuse_word(value, texts, n, err);
}

static enum err_code read_text(struct measure *m, const struct measure_key *key, char *value,
			       struct err *err)
{
	size_t len = strlen(value);

	if (len >= key->size)
		return err_set(err, ERR_CONFIG, "is %zu bytes long; at most %zu fit", len,
			       key->size - 1);
	memcpy((char *)m + key->at, value, len + 1);
	return ERR_OK;
}

static enum err_code read_title(struct measure *m, const struct measure_key *key, char *value,
				struct err *err)
{
	int n_words = 1;

	for (const char *p = value; *p != '\0'; p++)
		n_words += *p == ' ' && p[1] != ' ';
	if (n_words > TITLE_WORDS_MAX)
		return err_set(err, ERR_CONFIG, "has %d words; at most %d fit a chart", n_words,
			       TITLE_WORDS_MAX);
	return read_text(m, key, value, err);
}

static bool name_valid(const char *text)
{
	if (!islower((unsigned char)*text) || strlen(text) > LIMIT_STRING_BYTES)
		return false;
	for (; *text != '\0'; text++)
		if (!islower((unsigned char)*text) && !isdigit((unsigned char)*text) &&
		    *text != '_')
			return false;
	return true;
}

static enum err_code read_code(struct measure *m, const struct measure_key *key, char *value,
			       struct err *err)
{
	if (!name_valid(value))
		return err_set(err, ERR_CONFIG,
			       "\"%s\" is no measure's code (a–z, 0–9 and _, at most %d)", value,
			       LIMIT_STRING_BYTES);
	return read_text(m, key, value, err);
}

/* One integer; *end is left behind it. */
static enum err_code read_integer(const char *text, char **end, int64_t *out, struct err *err)
{
	long long number = strtoll(text, end, 10);

	if (*end == text || number < -LIMIT_VALUE || number > LIMIT_VALUE)
		return err_set(err, ERR_CONFIG, "\"%s\" is no whole number up to 2^53", text);
	*out = number;
	return ERR_OK;
}

static enum err_code read_days(struct measure *m, const struct measure_key *key, char *value,
			       struct err *err)
{
	int64_t number = 0;
	char *end = value;
	int days;

	if (read_integer(value, &end, &number, err) != ERR_OK || *end != '\0' || number < 1 ||
	    number > DAYS_MAX)
		return err_set(err, ERR_CONFIG, "\"%s\" is no number of days from 1 to %d", value,
			       DAYS_MAX);
	days = (int)number;
	memcpy((char *)m + key->at, &days, sizeof days);
	return ERR_OK;
}

static enum err_code read_scale(struct measure *m, const struct measure_key *key, char *value,
				struct err *err)
{
	char *end = value;

	if (read_integer(value, &end, &m->denominator_scale, err) != ERR_OK || *end != '\0' ||
	    m->denominator_scale < 1 || m->denominator_scale > 1000000)
		return err_set(err, ERR_CONFIG, "\"%s\" is no whole number from 1 to 1000000",
			       value);
	return ERR_OK;
}

static enum err_code read_range(struct measure *m, const struct measure_key *key, char *value,
				struct err *err)
{
	char *end = value;
	enum err_code rc = read_integer(value, &end, &m->range_min, err);

	if (rc == ERR_OK)
		rc = read_integer(end, &end, &m->range_max, err);
	if (rc != ERR_OK || *end != '\0' || m->range_min > m->range_max)
		return err_set(err, ERR_CONFIG,
			       "\"%s\" is not the least and the greatest numerator, as in 0 1",
			       value);
	return ERR_OK;
}

static enum err_code read_kind(struct measure *m, const struct measure_key *key, char *value,
			       struct err *err)
{
	int word = 0;
	enum err_code rc = read_word(value, kinds, N_OF(kinds), &word, err);

	m->kind = (enum measure_kind)word;
	return rc;
}

static enum err_code read_unit(struct measure *m, const struct measure_key *key, char *value,
			       struct err *err)
{
	int word = 0;
	enum err_code rc = read_word(value, units, N_OF(units), &word, err);

	m->unit = (enum measure_unit)word;
	return rc;
}

static enum err_code read_valid(struct measure *m, const struct measure_key *key, char *value,
				struct err *err)
{
	int word = 0;
	enum err_code rc = read_word(value, valids, N_OF(valids), &word, err);

	m->valid = (enum measure_valid)word;
	return rc;
}

static enum err_code read_polarity(struct measure *m, const struct measure_key *key, char *value,
				   struct err *err)
{
	int word = 0;
	enum err_code rc = read_word(value, polarities, N_OF(polarities), &word, err);

	m->polarity = (enum measure_polarity)word;
	return rc;
}

static enum err_code read_theme(struct measure *m, const struct measure_key *key, char *value,
				struct err *err)
{
	int word = 0;
	enum err_code rc = read_word(value, themes, N_OF(themes), &word, err);

	return rc == ERR_OK ? read_text(m, key, value, err) : rc;
}

static enum err_code read_yes(struct measure *m, const struct measure_key *key, char *value,
			      struct err *err)
{
	int word = 0;
	enum err_code rc = read_word(value, yes, N_OF(yes), &word, err);

	memcpy((char *)m + key->at, &word, sizeof word);
	return rc;
}

static enum err_code read_periods(struct measure *m, const struct measure_key *key, char *value,
				  struct err *err)
{
	m->months = 1;
	m->weeks = strcmp(value, "week month") == 0;
	if (m->weeks || strcmp(value, "month") == 0)
		return ERR_OK;
	return err_set(err, ERR_CONFIG, "\"%s\" is neither \"week month\" nor \"month\"", value);
}

/* ---- lists of values */

/* The next comma-separated item, trimmed; NULL after the last. */
static char *next_item(char **rest)
{
	char *item = *rest, *end;

	if (item == NULL)
		return NULL;
	item += strspn(item, " ");
	end = strchr(item, ',');
	*rest = end == NULL ? NULL : end + 1;
	if (end == NULL)
		end = item + strlen(item);
	while (end > item && end[-1] == ' ')
		end--;
	*end = '\0';
	return item;
}

static enum err_code refuse_dimension(const char *item, struct err *err)
{
	static const char *const made[] = { "ward", "team", "days", "cases" };
	const char *words[64];
	size_t n_codes;
	const struct code *codes = codes_all(&n_codes);
	int n = N_OF(made);
	const char *near;

	memcpy(words, made, sizeof made);
	for (size_t i = 0; i < n_codes && n < N_OF(words); i++)
		if (i == 0 || strcmp(codes[i].dimension, codes[i - 1].dimension) != 0)
			words[n++] = codes[i].dimension;
	near = config_nearest(item, words, n);
	return err_set(err, ERR_CONFIG, "\"%s\" is no dimension of codes.csv%s%s%s", item,
		       near != NULL ? "; did you mean " : "", near != NULL ? near : "",
		       near != NULL ? "?" : "");
}

static enum err_code read_dimensions(struct measure *m, const struct measure_key *key, char *value,
				     struct err *err)
{
	for (char *item; (item = next_item(&value)) != NULL;) {
		if (!codes_is_dimension(item))
			return refuse_dimension(item, err);
		for (int i = 0; i < m->n_dimensions; i++)
			if (strcmp(m->dimensions[i], item) == 0)
				return err_set(err, ERR_CONFIG, "%s is there twice", item);
		if (m->n_dimensions == MEASURE_DIMENSIONS_MAX ||
		    strlen(item) >= sizeof m->dimensions[0])
			return err_set(err, ERR_CONFIG, "more than %d dimensions",
				       MEASURE_DIMENSIONS_MAX);
		memcpy(m->dimensions[m->n_dimensions++], item, strlen(item) + 1);
	}
	return ERR_OK;
}

static enum err_code read_needs(struct measure *m, const struct measure_key *key, char *value,
				struct err *err)
{
	for (char *item; (item = next_item(&value)) != NULL;) {
		char *dot = strchr(item, '.');
		bool good;

		if (strlen(item) >= sizeof m->needs[0] || m->n_needs == MEASURE_NEEDS_MAX)
			return err_set(err, ERR_CONFIG, "more than %d needs, or one over %zu bytes",
				       MEASURE_NEEDS_MAX, sizeof m->needs[0] - 1);
		memcpy(m->needs[m->n_needs], item, strlen(item) + 1);
		if (dot != NULL)
			*dot = '\0';
		good = name_valid(item) && (dot == NULL || name_valid(dot + 1));
		if (!good)
			return err_set(err, ERR_CONFIG, "\"%s\" is no list and no list.column",
				       m->needs[m->n_needs]);
		for (int i = 0; i < m->n_needs; i++)
			if (strcmp(m->needs[i], m->needs[m->n_needs]) == 0)
				return err_set(err, ERR_CONFIG, "%s is there twice", m->needs[i]);
		m->n_needs++;
	}
	return ERR_OK;
}

/* "0", "1-10" or "61+". */
static enum err_code read_bucket(struct measure_bucket *bucket, const char *item, struct err *err)
{
	char *end;
	enum err_code rc = read_integer(item, &end, &bucket->from, err);

	bucket->to = bucket->from;
	if (rc == ERR_OK && end[0] == '+' && end[1] == '\0')
		bucket->to = INT64_MAX;
	else if (rc == ERR_OK && end[0] == '-' && isdigit((unsigned char)end[1]))
		rc = read_integer(end + 1, &end, &bucket->to, err);
	if (rc != ERR_OK || bucket->from < 0 || bucket->to < bucket->from ||
	    strlen(item) >= sizeof bucket->code || (*end != '\0' && bucket->to != INT64_MAX))
		return err_set(err, ERR_CONFIG, "\"%s\" is no bucket such as 0, 1-10 or 61+", item);
	memcpy(bucket->code, item, strlen(item) + 1);
	return ERR_OK;
}

static enum err_code read_buckets(struct measure *m, const struct measure_key *key, char *value,
				  struct err *err)
{
	for (char *item; (item = next_item(&value)) != NULL;) {
		struct measure_bucket *bucket = &m->buckets[m->n_buckets];
		enum err_code rc;

		if (m->n_buckets == MEASURE_BUCKETS_MAX)
			return err_set(err, ERR_CONFIG, "more than %d buckets",
				       MEASURE_BUCKETS_MAX);
		rc = read_bucket(bucket, item, err);
		if (rc != ERR_OK)
			return rc;
		if (m->n_buckets > 0 &&
		    (bucket[-1].to == INT64_MAX || bucket->from != bucket[-1].to + 1))
			return err_set(err, ERR_CONFIG, "%s does not begin where %s ends", item,
				       bucket[-1].code);
		m->n_buckets++;
	}
	return ERR_OK;
}

/* ---- the keys */

#define FIELD(name) offsetof(struct measure, name), sizeof(((struct measure *)0)->name)

const struct measure_key measure_keys[] = {
	{ "title", read_title, IN_ANY, IN_ANY, FIELD(title) },
	{ "theme", read_theme, IN_ANY, IN_ANY, FIELD(theme) },
	{ "kind", read_kind, IN_ANY, IN_ANY, 0, 0 },
	{ "unit", read_unit, IN_ANY, IN_ANY, 0, 0 },
	{ "polarity", read_polarity, IN_ANY, IN_ANY, 0, 0 },
	{ "definition", read_text, IN_ANY, IN_ANY, FIELD(definition) },
	{ "source", read_text, IN_ANY, IN_ANY, FIELD(source) },
	{ "limits", read_text, IN_ANY, 0, FIELD(limits) },
	{ "periods", read_periods, IN_ANY, IN_ANY, 0, 0 },
	{ "dimensions", read_dimensions, IN_COUNTED, 0, 0, 0 },
	{ "buckets", read_buckets, IN_COUNTED, 0, 0, 0 },
	{ "needs", read_needs, IN_COUNTED, 0, 0, 0 },
	{ "valid", read_valid, IN_COUNTED, 0, 0, 0 },
	{ "look_back", read_days, IN_FLOW, 0, FIELD(look_back_days) },
	{ "follow_up", read_days, IN_FLOW, 0, FIELD(follow_up_days) },
	{ "statutory_limit", read_days, IN_ANY, 0, FIELD(statutory_limit_days) },
	{ "range", read_range, IN_COUNTED, 0, 0, 0 },
	{ "within_district", read_yes, IN_ANY, 0, FIELD(within_district) },
	{ "part_of", read_code, IN_COUNTED, 0, FIELD(part_of) },
	{ "opens", read_code, IN_FLOW, 0, FIELD(opens) },
	{ "closes", read_code, IN_FLOW, 0, FIELD(closes) },
	{ "numerator", read_code, IN_DERIVED, IN_DERIVED, FIELD(numerator) },
	{ "denominator", read_code, IN_DERIVED, IN_DERIVED, FIELD(denominator) },
	{ "denominator_scale", read_scale, IN_DERIVED, 0, 0, 0 },
	{ "annualised", read_yes, IN_DERIVED, 0, FIELD(annualised) },
};

_Static_assert(N_OF(measure_keys) == MEASURE_KEYS, "proto/measure_key.h counts the keys");
