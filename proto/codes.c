#include "proto/codes.h"

#include <assert.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>

#include "proto/embed.h"

#define CODES_MAX 512
#define CODES_TEXT_BYTES 16384
#define CODES_DIMENSIONS_MAX 32

/* A dimension's rows stand together in the file. */
struct codes_dimension {
	const char *name;
	size_t first, n;
};

static struct code codes[CODES_MAX];
static size_t n_codes;
static struct codes_dimension dimensions[CODES_DIMENSIONS_MAX];
static int n_dimensions;
static char codes_text[CODES_TEXT_BYTES];
static pthread_once_t codes_once = PTHREAD_ONCE_INIT;

/* Dimensions whose categories are declared elsewhere; here they have "unknown" alone. */
static const struct code codes_open[] = {
	{ "ward", "unknown", "Unknown" },
	{ "team", "unknown", "Unknown" },
	{ "days", "unknown", "Unknown" },
	{ "cases", "unknown", "Unknown" },
};

static const struct {
	const char *dimension, *label;
} codes_labels[] = {
	{ "age_band", "Age band" },
	{ "sex", "Sex" },
	{ "ethnicity", "Ethnicity" },
	{ "source", "Source" },
	{ "need", "Primary need" },
	{ "category", "Category of abuse" },
	{ "reason", "Reason for closure" },
	{ "status", "Case status" },
	{ "disability", "Disability" },
	{ "organisation", "Organisation" },
	{ "role", "Role" },
	{ "list", "List" },
	{ "ward", "Ward" },
	{ "team", "Team" },
	{ "days", "Days" },
	{ "cases", "Cases" },
};

/* Cuts the next field off *at in place: up to a comma or the line's end, or between quotes. */
static const char *codes_field(char **at)
{
	char *field = *at;
	char *end;

	if (*field == '"') {
		field++;
		end = strchr(field, '"');
		assert(end != NULL);
		*end++ = '\0';
	} else {
		end = field + strcspn(field, ",\n");
	}
	*at = *end == '\0' ? end : end + 1;
	*end = '\0';
	return field;
}

/* The file is ours (embedded), so a breach of its format is our own mistake. */
static void codes_load(void)
{
	const struct embed *file = embed_find("proto/codes.csv");
	char *at = codes_text;

	assert(file->len < sizeof codes_text);
	memcpy(codes_text, file->text, file->len + 1);
	at += strcspn(at, "\n") + 1; /* the heading */
	while (*at != '\0') {
		struct code *c = &codes[n_codes];

		assert(n_codes < CODES_MAX);
		c->dimension = codes_field(&at);
		c->code = codes_field(&at);
		c->label = codes_field(&at);
		if (n_dimensions == 0 ||
		    strcmp(dimensions[n_dimensions - 1].name, c->dimension) != 0) {
			assert(n_dimensions < CODES_DIMENSIONS_MAX);
			dimensions[n_dimensions].name = c->dimension;
			dimensions[n_dimensions++].first = n_codes;
		}
		dimensions[n_dimensions - 1].n++;
		n_codes++;
	}
}

const struct code *codes_all(size_t *n)
{
	(void)pthread_once(&codes_once, codes_load);
	*n = n_codes;
	return codes;
}

static const struct codes_dimension *codes_dimension_find(const char *name)
{
	(void)pthread_once(&codes_once, codes_load);
	for (int i = 0; i < n_dimensions; i++)
		if (strcmp(dimensions[i].name, name) == 0)
			return &dimensions[i];
	return NULL;
}

static const struct code *codes_open_find(const char *dimension)
{
	for (size_t i = 0; i < sizeof codes_open / sizeof codes_open[0]; i++)
		if (strcmp(codes_open[i].dimension, dimension) == 0)
			return &codes_open[i];
	return NULL;
}

const struct code *codes_find(const char *dimension, const char *code)
{
	const struct codes_dimension *d = codes_dimension_find(dimension);

	if (d == NULL)
		return strcmp(code, "unknown") == 0 ? codes_open_find(dimension) : NULL;
	for (size_t i = d->first; i < d->first + d->n; i++)
		if (strcmp(codes[i].code, code) == 0)
			return &codes[i];
	return NULL;
}

int codes_is_dimension(const char *dimension)
{
	return codes_dimension_find(dimension) != NULL || codes_open_find(dimension) != NULL;
}

const char *codes_dimension_label(const char *dimension)
{
	for (size_t i = 0; i < sizeof codes_labels / sizeof codes_labels[0]; i++)
		if (strcmp(codes_labels[i].dimension, dimension) == 0)
			return codes_labels[i].label;
	return dimension;
}
