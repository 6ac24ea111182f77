#include "agent/config.h"

#include "agent/lists.h"
#include "proto/config.h"
#include "proto/config_number.h"
#include "proto/keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CODE_BYTES 64
#define PATH_BYTES 1000
#define TEXT_BYTES 256
#define LIST_NAMES_MAX 32
#define KEY_BYTES 128
#define OPTIONAL (CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL)

static const cyaml_schema_value_t word_schema = {
	CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char *, 1, PATH_BYTES),
};

static const cyaml_schema_field_t dataset_fields[] = {
	CYAML_FIELD_STRING_PTR("name", CYAML_FLAG_POINTER, struct agent_dataset, name, 1,
			       CODE_BYTES),
	CYAML_FIELD_STRING_PTR("area", CYAML_FLAG_POINTER, struct agent_dataset, area, 1,
			       CODE_BYTES),
	CYAML_FIELD_STRING_PTR("folder", CYAML_FLAG_POINTER, struct agent_dataset, folder, 1,
			       PATH_BYTES),
	CYAML_FIELD_SEQUENCE_COUNT("lists", CYAML_FLAG_POINTER, struct agent_dataset, lists,
				   n_lists, &word_schema, 1, LIST_NAMES_MAX),
	CYAML_FIELD_SEQUENCE_COUNT("measures", OPTIONAL, struct agent_dataset, measures, n_measures,
				   &word_schema, 1, 512),
	CYAML_FIELD_INT_PTR("window_months", OPTIONAL, struct agent_dataset, given.window_months),
	CYAML_FIELD_INT_PTR("rejected_percent", OPTIONAL, struct agent_dataset,
			    given.rejected_percent),
	CYAML_FIELD_INT_PTR("settle_s", OPTIONAL, struct agent_dataset, given.settle_s),
	CYAML_FIELD_INT_PTR("month_end_days", OPTIONAL, struct agent_dataset, given.month_end_days),
	CYAML_FIELD_END,
};
static const cyaml_schema_value_t dataset_schema = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct agent_dataset, dataset_fields),
};

static const cyaml_schema_field_t heading_fields[] = {
	CYAML_FIELD_STRING_PTR("list", CYAML_FLAG_POINTER, struct agent_heading, list, 1,
			       CODE_BYTES),
	CYAML_FIELD_STRING_PTR("heading", CYAML_FLAG_POINTER, struct agent_heading, heading, 1,
			       TEXT_BYTES),
	CYAML_FIELD_STRING_PTR("means", CYAML_FLAG_POINTER, struct agent_heading, means, 1,
			       TEXT_BYTES),
	CYAML_FIELD_END,
};
static const cyaml_schema_value_t heading_schema = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct agent_heading, heading_fields),
};

static const cyaml_schema_field_t named_code_fields[] = {
	CYAML_FIELD_STRING_PTR("code", CYAML_FLAG_POINTER, struct agent_named_code, code, 1,
			       CODE_BYTES),
	CYAML_FIELD_SEQUENCE_COUNT("names", OPTIONAL, struct agent_named_code, names, n_names,
				   &word_schema, 0, 256),
	CYAML_FIELD_END,
};
static const cyaml_schema_value_t named_code_schema = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct agent_named_code, named_code_fields),
};

static const cyaml_schema_field_t config_fields[] = {
	CYAML_FIELD_STRING_PTR("agent", CYAML_FLAG_POINTER, struct agent_config, agent, 1,
			       CODE_BYTES),
	CYAML_FIELD_STRING_PTR("state", CYAML_FLAG_POINTER, struct agent_config, state, 1,
			       PATH_BYTES),
	CYAML_FIELD_STRING_PTR("areas", CYAML_FLAG_POINTER, struct agent_config, areas, 1,
			       PATH_BYTES),
	CYAML_FIELD_STRING_PTR("code_aliases", OPTIONAL, struct agent_config, code_aliases, 1,
			       PATH_BYTES),
	CYAML_FIELD_STRING_PTR("measures", OPTIONAL, struct agent_config, measures, 1, PATH_BYTES),
	CYAML_FIELD_SEQUENCE_COUNT("datasets", CYAML_FLAG_POINTER, struct agent_config, datasets,
				   n_datasets, &dataset_schema, 1, AGENT_DATASETS_MAX),
	CYAML_FIELD_SEQUENCE_COUNT("headings", OPTIONAL, struct agent_config, headings, n_headings,
				   &heading_schema, 0, 1024),
	CYAML_FIELD_SEQUENCE_COUNT("teams", OPTIONAL, struct agent_config, teams, n_teams,
				   &named_code_schema, 0, 256),
	CYAML_FIELD_SEQUENCE_COUNT("organisations", OPTIONAL, struct agent_config, organisations,
				   n_organisations, &named_code_schema, 0, 64),
	CYAML_FIELD_SEQUENCE_COUNT("aggregators", OPTIONAL, struct agent_config, aggregators,
				   n_aggregators, &word_schema, 0, AGENT_AGGREGATORS_MAX),
	CYAML_FIELD_INT_PTR("spool_mib", OPTIONAL, struct agent_config, given.spool_mib),
	CYAML_FIELD_INT_PTR("keep_days", OPTIONAL, struct agent_config, given.keep_days),
	CYAML_FIELD_INT_PTR("poll_s", OPTIONAL, struct agent_config, given.poll_s),
	CYAML_FIELD_INT_PTR("heartbeat_s", OPTIONAL, struct agent_config, given.heartbeat_s),
	CYAML_FIELD_INT_PTR("retry_s", OPTIONAL, struct agent_config, given.retry_s),
	CYAML_FIELD_BOOL("allow_unsandboxed", CYAML_FLAG_OPTIONAL, struct agent_config,
			 allow_unsandboxed),
	CYAML_FIELD_END,
};
static const cyaml_schema_value_t config_schema = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct agent_config, config_fields),
};

static const cyaml_schema_field_t reply_fields[] = {
	CYAML_FIELD_STRING_PTR("name", CYAML_FLAG_POINTER, struct agent_aggregator, name, 1,
			       CODE_BYTES),
	CYAML_FIELD_SEQUENCE_COUNT("endpoints", CYAML_FLAG_POINTER, struct agent_aggregator,
				   endpoints, n_endpoints, &word_schema, 1, 8),
	CYAML_FIELD_STRING_PTR("server_key", CYAML_FLAG_POINTER, struct agent_aggregator,
			       server_key, 1, TEXT_BYTES),
	CYAML_FIELD_STRING_PTR("receipt_key", CYAML_FLAG_POINTER, struct agent_aggregator,
			       receipt_key, 1, TEXT_BYTES),
	CYAML_FIELD_END,
};
static const cyaml_schema_value_t reply_schema = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct agent_aggregator, reply_fields),
};

#define DATASET_NUMBER(k, least, normal, most)                                                  \
	{                                                                                       \
#k, offsetof(struct agent_dataset, given.k), offsetof(struct agent_dataset, k), \
			least, normal, most                                                     \
	}
static const struct config_number dataset_numbers[] = {
	DATASET_NUMBER(window_months, AGENT_WINDOW_MONTHS_MIN, AGENT_WINDOW_MONTHS_DEFAULT,
		       AGENT_WINDOW_MONTHS_MAX),
	DATASET_NUMBER(rejected_percent, 0, AGENT_REJECTED_PERCENT_DEFAULT, 100),
	DATASET_NUMBER(settle_s, 0, AGENT_SETTLE_S_DEFAULT, AGENT_SETTLE_S_MAX),
	DATASET_NUMBER(month_end_days, 0, AGENT_MONTH_END_DAYS_DEFAULT, AGENT_MONTH_END_DAYS_MAX),
};

#define CONFIG_NUMBER(k, least, normal, most)                                                 \
	{                                                                                     \
#k, offsetof(struct agent_config, given.k), offsetof(struct agent_config, k), \
			least, normal, most                                                   \
	}
static const struct config_number config_file_numbers[] = {
	CONFIG_NUMBER(spool_mib, AGENT_SPOOL_MIB_MIN, AGENT_SPOOL_MIB_DEFAULT, AGENT_SPOOL_MIB_MAX),
	CONFIG_NUMBER(keep_days, AGENT_KEEP_DAYS_MIN, AGENT_KEEP_DAYS_DEFAULT, AGENT_KEEP_DAYS_MAX),
	CONFIG_NUMBER(poll_s, AGENT_POLL_S_MIN, AGENT_POLL_S_DEFAULT, AGENT_POLL_S_MAX),
	CONFIG_NUMBER(heartbeat_s, AGENT_HEARTBEAT_S_MIN, AGENT_HEARTBEAT_S_DEFAULT,
		      AGENT_HEARTBEAT_S_MAX),
	CONFIG_NUMBER(retry_s, AGENT_RETRY_S_MIN, AGENT_RETRY_S_DEFAULT, AGENT_RETRY_S_MAX),
};

static enum err_code lists_check(const char *path, const struct agent_dataset *d, unsigned at,
				 struct err *err)
{
	const char *names[LIST_NAMES_MAX];
	char key[KEY_BYTES];
	size_t n = 0;
	const struct list *all = lists_all(&n);

	for (size_t i = 0; i < n && i < LIST_NAMES_MAX; i++)
		names[i] = all[i].name;
	for (unsigned i = 0; i < d->n_lists; i++) {
		const char *near;

		if (list_find(d->lists[i]) != NULL)
			continue;
		(void)snprintf(key, sizeof key, "datasets[%u].lists[%u]", at, i);
		near = config_nearest(d->lists[i], names, (int)(n < LIST_NAMES_MAX ? n : 0));
		return config_error(err, path, key, "no list '%s'%s%s%s", d->lists[i],
				    near != NULL ? "; did you mean " : "", near != NULL ? near : "",
				    near != NULL ? "?" : "");
	}
	return ERR_OK;
}

static enum err_code dataset_check(const char *path, struct agent_config *c, unsigned at,
				   struct err *err)
{
	struct agent_dataset *d = &c->datasets[at];
	char key[KEY_BYTES];
	enum err_code code;

	(void)snprintf(key, sizeof key, "datasets[%u].", at);
	code = config_numbers(path, key, dataset_numbers,
			      sizeof dataset_numbers / sizeof dataset_numbers[0], d, err);
	if (code == ERR_OK)
		code = lists_check(path, d, at, err);
	for (unsigned i = 0; i < at && code == ERR_OK; i++) {
		(void)snprintf(key, sizeof key, "datasets[%u].name", at);
		if (strcmp(c->datasets[i].name, d->name) == 0 &&
		    strcmp(c->datasets[i].area, d->area) == 0)
			code = config_error(err, path, key,
					    "'%s' is there already for area %s; give it another "
					    "name",
					    d->name, d->area);
	}
	if (code == ERR_OK)
		code = config_resolve(path, &d->folder, err);
	return code;
}

static int code_valid(const char *code)
{
	size_t n = strspn(code, "abcdefghijklmnopqrstuvwxyz0123456789_.-");

	return n > 0 && code[n] == '\0' && n <= CODE_BYTES;
}

static enum err_code codes_check(const char *path, const char *name,
				 const struct agent_named_code *codes, unsigned n, struct err *err)
{
	char key[KEY_BYTES];

	for (unsigned i = 0; i < n; i++) {
		(void)snprintf(key, sizeof key, "%s[%u].code", name, i);
		if (!code_valid(codes[i].code))
			return config_error(err, path, key,
					    "'%s' is no code; use small letters, digits, - _ .",
					    codes[i].code);
		for (unsigned j = 0; j < i; j++)
			if (strcmp(codes[i].code, codes[j].code) == 0)
				return config_error(err, path, key, "'%s' is there twice",
						    codes[i].code);
	}
	return ERR_OK;
}

static enum err_code reply_check(const char *path, const struct agent_aggregator *a,
				 struct err *err)
{
	uint8_t key[32];

	if (strlen(a->server_key) != KEYS_CURVE_TEXT - 1)
		return config_error(err, path, "server_key",
				    "must have 40 characters (Z85); copy the reply file again");
	if (keys_unhex(a->receipt_key, key, sizeof key, NULL) != ERR_OK)
		return config_error(err, path, "receipt_key",
				    "must have 64 hex digits; copy the reply file again");
	for (unsigned i = 0; i < a->n_endpoints; i++)
		if (strstr(a->endpoints[i], "://") == NULL)
			return config_error(err, path, "endpoints",
					    "'%s' is no endpoint; write tcp://HOST:PORT",
					    a->endpoints[i]);
	return ERR_OK;
}

/* Moves each reply file's content into c->peers; strings change owner. */
static enum err_code replies_load(const char *path, struct agent_config *c, struct err *err)
{
	enum err_code code = ERR_OK;

	if (c->n_aggregators == 0)
		return ERR_OK;
	c->peers = calloc(c->n_aggregators, sizeof *c->peers);
	if (c->peers == NULL)
		return err_set(err, ERR_NOMEM, "%s: out of memory", path);
	for (unsigned i = 0; i < c->n_aggregators && code == ERR_OK; i++) {
		void *loaded = NULL;

		code = config_resolve(path, &c->aggregators[i], err);
		if (code == ERR_OK)
			code = config_load(c->aggregators[i], &reply_schema, &loaded, err);
		if (code != ERR_OK)
			break;
		memcpy(&c->peers[i], loaded, sizeof c->peers[i]);
		free(loaded);
		code = reply_check(c->aggregators[i], &c->peers[i], err);
	}
	return code;
}

static enum err_code paths_resolve(const char *path, struct agent_config *c, struct err *err)
{
	char **paths[] = { &c->state, &c->areas, &c->code_aliases, &c->measures };
	enum err_code code = ERR_OK;

	for (size_t i = 0; i < sizeof paths / sizeof paths[0] && code == ERR_OK; i++)
		code = config_resolve(path, paths[i], err);
	return code;
}

static enum err_code config_check(const char *path, struct agent_config *c, struct err *err)
{
	enum err_code code;

	if (!keys_name_valid(c->agent))
		return config_error(err, path, "agent",
				    "'%s' is no name; use small letters, digits and -, a letter "
				    "first",
				    c->agent);
	code = config_numbers(path, "", config_file_numbers,
			      sizeof config_file_numbers / sizeof config_file_numbers[0], c, err);
	for (unsigned i = 0; i < c->n_datasets && code == ERR_OK; i++)
		code = dataset_check(path, c, i, err);
	if (code == ERR_OK)
		code = codes_check(path, "teams", c->teams, c->n_teams, err);
	if (code == ERR_OK)
		code = codes_check(path, "organisations", c->organisations, c->n_organisations,
				   err);
	for (unsigned i = 0; i < c->n_headings && code == ERR_OK; i++) {
		char key[KEY_BYTES];
		const struct list *list = list_find(c->headings[i].list);

		(void)snprintf(key, sizeof key, "headings[%u]", i);
		if (list == NULL)
			code = config_error(err, path, key, "no list '%s'", c->headings[i].list);
		else if (list_column_of(list, c->headings[i].means) < 0)
			code = config_error(err, path, key,
					    "list %s has no heading '%s'; 'district-agent validate "
					    "--explain' lists them",
					    list->name, c->headings[i].means);
	}
	if (code == ERR_OK)
		code = paths_resolve(path, c, err);
	return code;
}

enum err_code agent_config_load(const char *path, struct agent_config **out, struct err *err)
{
	void *loaded = NULL;
	enum err_code code;

	*out = NULL;
	code = config_load(path, &config_schema, &loaded, err);
	*out = loaded;
	if (code == ERR_OK)
		code = config_check(path, *out, err);
	if (code == ERR_OK)
		code = replies_load(path, *out, err);
	if (code != ERR_OK) {
		err_wrap(err, "configuration");
		agent_config_free(out);
	}
	return code;
}

void agent_config_free(struct agent_config **config)
{
	struct agent_config *c = *config;
	void *data = c;

	if (c == NULL)
		return;
	for (unsigned i = 0; c->peers != NULL && i < c->n_aggregators; i++) {
		struct agent_aggregator *a = &c->peers[i];

		free(a->name);
		free(a->server_key);
		free(a->receipt_key);
		for (unsigned j = 0; j < a->n_endpoints; j++)
			free(a->endpoints[j]);
		free(a->endpoints);
	}
	free(c->peers);
	config_free(&config_schema, &data);
	*config = NULL;
}

const char *agent_config_path(const struct agent_config *c, const char *name, char *out, int size)
{
	(void)snprintf(out, (size_t)size, "%s/%s", c->state, name);
	return out;
}
