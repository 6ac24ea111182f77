#ifndef TESTS_SCHEMA_H
#define TESTS_SCHEMA_H

#include <jansson.h>
#include <regex.h>
#include <stdio.h>
#include <string.h>

#include "tests/harness.h"

/* The part of JSON Schema that openapi.yaml (2020-12) and the schemas of Data Package (draft 7)
 * use. A keyword that is not understood fails the test: what is not checked must not look checked.
 */

struct schema_check {
	const json_t *document; /* in which $ref points */
	char why[512];          /* of the first thing that does not hold; "" all holds */
};

static inline int schema_fails(struct schema_check *c, const char *at, const char *why)
{
	if (c->why[0] == '\0')
		(void)snprintf(c->why, sizeof c->why, "%.300s: %.150s", at, why);
	return 0;
}

static inline const json_t *schema_resolve(const struct schema_check *c, const json_t *schema)
{
	const char *ref;

	while ((ref = json_string_value(json_object_get(schema, "$ref"))) != NULL) {
		char path[256];
		char *rest = path;
		char *name;

		ck_assert_msg(strncmp(ref, "#/", 2) == 0, "$ref %s", ref);
		(void)snprintf(path, sizeof path, "%s", ref + 2);
		schema = c->document;
		while ((name = strsep(&rest, "/")) != NULL)
			schema = json_object_get(schema, name);
		ck_assert_msg(schema != NULL, "nothing at $ref %s", ref);
	}
	return schema;
}

static inline int schema_is_type(const json_t *value, const char *type)
{
	static const char *const names[] = {
		[JSON_OBJECT] = "object",   [JSON_ARRAY] = "array", [JSON_STRING] = "string",
		[JSON_INTEGER] = "integer", [JSON_REAL] = "number", [JSON_TRUE] = "boolean",
		[JSON_FALSE] = "boolean",   [JSON_NULL] = "null",
	};

	return strcmp(names[json_typeof(value)], type) == 0 ||
	       (json_is_integer(value) && strcmp(type, "number") == 0);
}

/* The pattern of a Data Package's paths looks ahead, which POSIX expressions cannot: a relative
 * path without parent folders, or an http or ftp address. */
#define SCHEMA_PATH_PATTERN \
	"^((?=[^./~])(?!file:)((?!\\/\\.\\.\\/)(?!\\\\)(?!:\\/\\/).)*|(http|ftp)s?:\\/\\/.*)$"

static inline int schema_matches(const char *text, const char *pattern)
{
	regex_t regex;
	int matches;

	if (strcmp(pattern, SCHEMA_PATH_PATTERN) == 0)
		return schema_matches(text, "^(http|ftp)s?://.*$") ||
		       (text[0] != '\0' && strchr("./~", text[0]) == NULL &&
			strncmp(text, "file:", 5) != 0 && strstr(text, "/../") == NULL &&
			strchr(text, '\\') == NULL && strstr(text, "://") == NULL);

	ck_assert_msg(regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB) == 0, "pattern %s",
		      pattern);
	matches = regexec(&regex, text, 0, NULL, 0) == 0;
	regfree(&regex);
	return matches;
}

static inline int schema_format(const char *text, const char *format)
{
	if (strcmp(format, "date") == 0)
		return schema_matches(text, "^[0-9]{4}-[01][0-9]-[0-3][0-9]$");
	if (strcmp(format, "date-time") == 0)
		return schema_matches(text, "^[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:"
					    "[0-5][0-9]Z$");
	if (strcmp(format, "uri") == 0)
		return schema_matches(text, "^[a-z]+:");
	if (strcmp(format, "email") == 0)
		return strchr(text, '@') != NULL;
	if (strcmp(format, "textarea") == 0)
		return 1;
	ck_assert_msg(strcmp(format, "uri-reference") == 0, "format %s", format);
	return schema_matches(text, "^[a-z]+:|^/");
}

static inline int schema_check(struct schema_check *c, const json_t *schema, const json_t *value,
			       const char *at);

static inline int schema_members(struct schema_check *c, const json_t *schema, const json_t *value,
				 const char *at)
{
	const json_t *properties = json_object_get(schema, "properties");
	const json_t *others = json_object_get(schema, "additionalProperties");
	const char *name;
	json_t *member;
	char below[512];
	int holds = 1;

	for (void *i = json_object_iter((json_t *)(uintptr_t)value); i != NULL;
	     i = json_object_iter_next((json_t *)(uintptr_t)value, i)) {
		const json_t *of;

		name = json_object_iter_key(i);
		member = json_object_iter_value(i);
		of = json_object_get(properties, name);
		(void)snprintf(below, sizeof below, "%.400s.%.90s", at, name);
		if (of == NULL && json_is_false(others))
			holds = schema_fails(c, below, "is not in the description");
		else if (of != NULL || json_is_object(others))
			holds = schema_check(c, of != NULL ? of : others, member, below) && holds;
	}
	return holds;
}

/* How many of the alternatives hold. */
static inline size_t schema_alternatives(const struct schema_check *c, const json_t *list,
					 const json_t *value, const char *at)
{
	size_t n = 0;

	for (size_t i = 0; i < json_array_size(list); i++) {
		struct schema_check alone = { .document = c->document };

		n += schema_check(&alone, json_array_get(list, i), value, at) != 0;
	}
	return n;
}

static inline int schema_unique(const json_t *list)
{
	for (size_t i = 0; i < json_array_size(list); i++)
		for (size_t k = 0; k < i; k++)
			if (json_equal(json_array_get(list, i), json_array_get(list, k)))
				return 0;
	return 1;
}

/* The keywords that only the schemas of Data Package use; −1: none of them. */
static inline int schema_package_keyword(struct schema_check *c, const char *keyword,
					 const json_t *is, const json_t *value, const char *at)
{
	if (strcmp(keyword, "minItems") == 0)
		return !json_is_array(value) ||
		       (json_int_t)json_array_size(value) >= json_integer_value(is) ||
		       schema_fails(c, at, "has too few items");
	if (strcmp(keyword, "minProperties") == 0)
		return !json_is_object(value) ||
		       (json_int_t)json_object_size(value) >= json_integer_value(is) ||
		       schema_fails(c, at, "has too few members");
	if (strcmp(keyword, "uniqueItems") == 0)
		return !json_is_true(is) || schema_unique(value) ||
		       schema_fails(c, at, "has an item twice");
	if (strcmp(keyword, "anyOf") == 0)
		return schema_alternatives(c, is, value, at) > 0 ||
		       schema_fails(c, at, "is none of the alternatives");
	if (strcmp(keyword, "oneOf") == 0)
		return schema_alternatives(c, is, value, at) == 1 ||
		       schema_fails(c, at, "is not exactly one of the alternatives");
	return -1;
}

static inline int schema_keyword(struct schema_check *c, const json_t *schema, const char *keyword,
				 const json_t *is, const json_t *value, const char *at)
{
	static const char *const notes[] = {
		"description", "default", "example",       "properties", "additionalProperties",
		"$schema",     "title",   "propertyOrder", "context",    "examples",
		"options",     "hidden",  "notes",         "item"
	};
	char below[512];
	int holds = schema_package_keyword(c, keyword, is, value, at);

	if (holds >= 0)
		return holds;
	holds = 1;

	for (size_t i = 0; i < sizeof notes / sizeof notes[0]; i++)
		if (strcmp(keyword, notes[i]) == 0)
			return 1;
	if (strcmp(keyword, "type") == 0) {
		holds = json_is_string(is) && schema_is_type(value, json_string_value(is));
		for (size_t i = 0; i < json_array_size(is); i++)
			holds |= schema_is_type(value, json_string_value(json_array_get(is, i)));
		return holds || schema_fails(c, at, "has another type");
	}
	if (strcmp(keyword, "enum") == 0) {
		for (size_t i = 0; i < json_array_size(is); i++)
			if (json_equal(json_array_get(is, i), value))
				return 1;
		return schema_fails(c, at, "is none of the words");
	}
	if (strcmp(keyword, "const") == 0)
		return json_equal(is, value) || schema_fails(c, at, "is not the constant");
	if (strcmp(keyword, "required") == 0) {
		for (size_t i = 0; i < json_array_size(is) && json_is_object(value); i++)
			if (json_object_get(value, json_string_value(json_array_get(is, i))) ==
			    NULL)
				return schema_fails(c, at,
						    json_string_value(json_array_get(is, i)));
		return 1;
	}
	if (strcmp(keyword, "items") == 0) {
		for (size_t i = 0; i < json_array_size(value) && holds; i++) {
			(void)snprintf(below, sizeof below, "%.400s[%zu]", at, i);
			holds = schema_check(c, is, json_array_get(value, i), below);
		}
		return holds;
	}
	if (strcmp(keyword, "allOf") == 0) {
		for (size_t i = 0; i < json_array_size(is) && holds; i++)
			holds = schema_check(c, json_array_get(is, i), value, at);
		return holds;
	}
	if (strcmp(keyword, "minimum") == 0)
		return !json_is_number(value) ||
		       json_number_value(value) >= json_number_value(is) ||
		       schema_fails(c, at, "is too small");
	if (strcmp(keyword, "maximum") == 0)
		return !json_is_number(value) ||
		       json_number_value(value) <= json_number_value(is) ||
		       schema_fails(c, at, "is too large");
	if (strcmp(keyword, "pattern") == 0)
		return !json_is_string(value) ||
		       schema_matches(json_string_value(value), json_string_value(is)) ||
		       schema_fails(c, at, "does not match the pattern");
	ck_assert_msg(strcmp(keyword, "format") == 0, "schema keyword %s is not understood",
		      keyword);
	return !json_is_string(value) ||
	       schema_format(json_string_value(value), json_string_value(is)) ||
	       schema_fails(c, at, "is not in the format");
}

/* 1 when the value is as the schema says; at: where it stands, for c->why. */
static inline int schema_check(struct schema_check *c, const json_t *schema, const json_t *value,
			       const char *at)
{
	json_t *resolved = (json_t *)(uintptr_t)schema_resolve(c, schema);
	int holds = 1;

	ck_assert_ptr_nonnull(value);
	for (void *i = json_object_iter(resolved); i != NULL;
	     i = json_object_iter_next(resolved, i))
		holds = schema_keyword(c, resolved, json_object_iter_key(i),
				       json_object_iter_value(i), value, at) &&
			holds;
	if (json_is_object(value))
		holds = schema_members(c, resolved, value, at) && holds;
	return holds;
}

#endif
