#include "aggregator/config.h"

#include "proto/config.h"
#include "proto/config_number.h"
#include "proto/keys.h"
#include "proto/period.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CODE_BYTES 64
#define PATH_BYTES 1000
#define KEY_BYTES 128
#define OPTIONAL (CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL)

static const cyaml_schema_value_t word_schema = {
	CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char *, 1, PATH_BYTES),
};

static const cyaml_schema_field_t expected_fields[] = {
	CYAML_FIELD_STRING_PTR("area", CYAML_FLAG_POINTER, struct aggregator_expected, area, 1,
			       CODE_BYTES),
	CYAML_FIELD_STRING_PTR("dataset", CYAML_FLAG_POINTER, struct aggregator_expected, dataset,
			       1, CODE_BYTES),
	CYAML_FIELD_STRING_PTR("from", CYAML_FLAG_POINTER, struct aggregator_expected, from, 1,
			       CODE_BYTES),
	CYAML_FIELD_STRING_PTR("to", OPTIONAL, struct aggregator_expected, to, 1, CODE_BYTES),
	CYAML_FIELD_END,
};
static const cyaml_schema_value_t expected_schema = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct aggregator_expected, expected_fields),
};

static const cyaml_schema_field_t config_fields[] = {
	CYAML_FIELD_STRING_PTR("name", CYAML_FLAG_POINTER, struct aggregator_config, name, 1,
			       CODE_BYTES),
	CYAML_FIELD_STRING_PTR("state", CYAML_FLAG_POINTER, struct aggregator_config, state, 1,
			       PATH_BYTES),
	CYAML_FIELD_STRING_PTR("areas", CYAML_FLAG_POINTER, struct aggregator_config, areas, 1,
			       PATH_BYTES),
	CYAML_FIELD_STRING_PTR("populations", OPTIONAL, struct aggregator_config, populations, 1,
			       PATH_BYTES),
	CYAML_FIELD_STRING_PTR("boundaries", OPTIONAL, struct aggregator_config, boundaries, 1,
			       PATH_BYTES),
	CYAML_FIELD_STRING_PTR("measures", OPTIONAL, struct aggregator_config, measures, 1,
			       PATH_BYTES),
	CYAML_FIELD_STRING_PTR("area", CYAML_FLAG_POINTER, struct aggregator_config, area, 1,
			       CODE_BYTES),
	CYAML_FIELD_SEQUENCE_COUNT("listen", CYAML_FLAG_POINTER, struct aggregator_config, listen,
				   n_listen, &word_schema, 1, 16),
	CYAML_FIELD_SEQUENCE_COUNT("endpoints", OPTIONAL, struct aggregator_config, endpoints,
				   n_endpoints, &word_schema, 1, 16),
	CYAML_FIELD_SEQUENCE_COUNT("expected", OPTIONAL, struct aggregator_config, expected,
				   n_expected, &expected_schema, 0, 16384),
	CYAML_FIELD_MAPPING_PTR("web", OPTIONAL, struct aggregator_config, web, config_web_fields),
	CYAML_FIELD_INT_PTR("due_working_days", OPTIONAL, struct aggregator_config,
			    given.due_working_days),
	CYAML_FIELD_INT_PTR("credit_kib", OPTIONAL, struct aggregator_config, given.credit_kib),
	CYAML_FIELD_INT_PTR("memory_mib", OPTIONAL, struct aggregator_config, given.memory_mib),
	CYAML_FIELD_END,
};
static const cyaml_schema_value_t config_schema = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct aggregator_config, config_fields),
};

#define NUMBER(k, least, normal, most)                                             \
	{                                                                          \
#k, offsetof(struct aggregator_config, given.k),                   \
			offsetof(struct aggregator_config, k), least, normal, most \
	}
static const struct config_number numbers[] = {
	NUMBER(due_working_days, 0, AGGREGATOR_DUE_WORKING_DAYS_DEFAULT,
	       AGGREGATOR_DUE_WORKING_DAYS_MAX),
	NUMBER(credit_kib, AGGREGATOR_CREDIT_KIB_MIN, AGGREGATOR_CREDIT_KIB_DEFAULT,
	       AGGREGATOR_CREDIT_KIB_MAX),
	NUMBER(memory_mib, AGGREGATOR_MEMORY_MIB_MIN, AGGREGATOR_MEMORY_MIB_DEFAULT,
	       AGGREGATOR_MEMORY_MIB_MAX),
};

static enum err_code month_check(const char *path, unsigned at, const char *key, const char *text,
				 struct err *err)
{
	struct period p;
	char where[KEY_BYTES];

	if (text == NULL)
		return ERR_OK;
	if (period_parse(text, &p, NULL) == ERR_OK && p.kind == PERIOD_MONTH)
		return ERR_OK;
	(void)snprintf(where, sizeof where, "expected[%u].%s", at, key);
	return config_error(err, path, where, "'%s' is no month; write YYYY-MM", text);
}

static enum err_code endpoints_check(const char *path, const char *key, char *const *endpoints,
				     unsigned n, struct err *err)
{
	char where[KEY_BYTES];

	for (unsigned i = 0; i < n; i++) {
		if (strncmp(endpoints[i], "tcp://", 6) == 0 ||
		    strncmp(endpoints[i], "ipc://", 6) == 0)
			continue;
		(void)snprintf(where, sizeof where, "%s[%u]", key, i);
		return config_error(err, path, where, "'%s' is no endpoint; write tcp://HOST:PORT",
				    endpoints[i]);
	}
	return ERR_OK;
}

static enum err_code config_check(const char *path, struct aggregator_config *c, struct err *err)
{
	char **paths[] = { &c->state, &c->areas, &c->populations, &c->boundaries, &c->measures };
	enum err_code code;

	if (!keys_name_valid(c->name))
		return config_error(err, path, "name",
				    "'%s' is no name; use small letters, digits and -, a letter "
				    "first",
				    c->name);
	code = config_numbers(path, "", numbers, sizeof numbers / sizeof numbers[0], c, err);
	if (code == ERR_OK)
		code = endpoints_check(path, "listen", c->listen, c->n_listen, err);
	if (code == ERR_OK)
		code = endpoints_check(path, "endpoints", c->endpoints, c->n_endpoints, err);
	for (unsigned i = 0; i < c->n_expected && code == ERR_OK; i++) {
		code = month_check(path, i, "from", c->expected[i].from, err);
		if (code == ERR_OK)
			code = month_check(path, i, "to", c->expected[i].to, err);
	}
	for (size_t i = 0; i < sizeof paths / sizeof paths[0] && code == ERR_OK; i++)
		code = config_resolve(path, paths[i], err);
	if (code == ERR_OK && c->web != NULL)
		code = config_web_check(path, c->web, err);
	return code;
}

enum err_code aggregator_config_load(const char *path, struct aggregator_config **out,
				     struct err *err)
{
	void *loaded = NULL;
	enum err_code code;

	code = config_load(path, &config_schema, &loaded, err);
	*out = loaded;
	if (code == ERR_OK)
		code = config_check(path, *out, err);
	if (code != ERR_OK) {
		err_wrap(err, "configuration");
		aggregator_config_free(out);
	}
	return code;
}

void aggregator_config_free(struct aggregator_config **config)
{
	void *data = *config;

	config_free(&config_schema, &data);
	*config = NULL;
}

const char *aggregator_config_path(const struct aggregator_config *c, const char *name, char *out,
				   int size)
{
	(void)snprintf(out, (size_t)size, "%s/%s", c->state, name);
	return out;
}
