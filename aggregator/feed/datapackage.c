#include "aggregator/feed/datapackage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/keys.h"

#define PROFILE "https://datapackage.org/profiles/2.0/"

/* Appends and takes value; the list becomes NULL when there is no memory. */
static void datapackage_append(json_t **list, json_t *value)
{
	if (*list == NULL || value == NULL || json_array_append(*list, value) != 0) {
		json_decref(*list);
		*list = NULL;
	}
	json_decref(value);
}

static json_t *datapackage_field(const char *name, const char *type, const char *title)
{
	return json_pack("{s:s, s:s, s:s}", "name", name, "type", type, "title", title);
}

static json_t *datapackage_fields(const struct ees_table *t)
{
	static const char *const own[][2] = {
		{ "time_period", "Time period" },    { "time_identifier", "Kind of period" },
		{ "geographic_level", "Level" },     { "country_code", "Country code" },
		{ "country_name", "Country" },       { "region_code", "Region code" },
		{ "region_name", "Region" },         { "old_la_code", "Three-digit code" },
		{ "new_la_code", "Authority code" }, { "la_name", "Local authority" },
	};
	json_t *fields = json_array();

	for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
		datapackage_append(&fields, datapackage_field(own[i][0], "string", own[i][1]));
	for (int i = 0; i < t->n_filters; i++)
		datapackage_append(&fields, datapackage_field(t->filters[i].column, "string",
							      t->filters[i].label));
	for (int i = 0; i < t->n_indicators; i++)
		datapackage_append(
			&fields, datapackage_field(t->indicators[i].column,
						   t->indicators[i].dp == 0 ? "integer" : "number",
						   t->indicators[i].label));
	return fields;
}

/* What tells the rows of the file apart. */
static json_t *datapackage_key(const struct ees_table *t)
{
	json_t *key = json_array();

	datapackage_append(&key, json_string("time_period"));
	datapackage_append(&key, json_string("time_identifier"));
	for (int i = 0; i < t->n_filters; i++)
		datapackage_append(&key, json_string(t->filters[i].column));
	return key;
}

static json_t *datapackage_schema(const struct ees_table *t)
{
	return json_pack("{s:s, s:o, s:o, s:[s,s,s,s,s]}", "$schema", PROFILE "tableschema.json",
			 "fields", datapackage_fields(t), "primaryKey", datapackage_key(t),
			 "missingValues", "c", "x", "z", "u", "low");
}

static const struct manifest_file *datapackage_find(const struct manifest *m, const char *path)
{
	for (int i = 0; i < m->n_files; i++)
		if (strcmp(m->files[i].path, path) == 0)
			return &m->files[i];
	return NULL;
}

/* t: NULL for a meta file. */
static json_t *datapackage_resource(const struct manifest *m, const struct ees_table *t,
				    const char *name, const char *title, struct err *err)
{
	char path[MANIFEST_PATH_BYTES];
	char hash[80] = "sha256:";
	const struct manifest_file *file;
	json_t *resource;

	(void)snprintf(path, sizeof path, "ees/%.200s.csv", name);
	file = datapackage_find(m, path);
	if (file == NULL) {
		(void)err_set(err, ERR_MISSING, "datapackage.json: %s is not in the bundle", path);
		return NULL;
	}
	(void)keys_hex(file->sha256, 32, hash + strlen(hash));
	resource = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:s}", "name", name, "title",
			     title, "path", path, "type", "table", "format", "csv", "mediatype",
			     "text/csv", "encoding", "utf-8", "bytes", (json_int_t)file->bytes,
			     "hash", hash);
	if (resource != NULL && t != NULL &&
	    json_object_set_new(resource, "schema", datapackage_schema(t)) != 0) {
		json_decref(resource);
		return NULL;
	}
	return resource;
}

static json_t *datapackage_resources(const struct manifest *m, const struct ees_table *tables,
				     int n_tables, struct err *err)
{
	json_t *list = json_array();

	for (int i = 0; i < n_tables && list != NULL; i++) {
		char name[EES_FILE_BYTES + 8];
		char title[EES_ITEM_BYTES + 32];

		datapackage_append(&list, datapackage_resource(m, &tables[i], tables[i].name,
							       tables[i].title, err));
		(void)snprintf(name, sizeof name, "%s.meta", tables[i].name);
		(void)snprintf(title, sizeof title, "%s: its columns", tables[i].title);
		datapackage_append(&list, datapackage_resource(m, NULL, name, title, err));
	}
	return list;
}

static json_t *datapackage_json(const struct manifest *m, const struct ees_table *tables,
				int n_tables, struct err *err)
{
	char version[EDITION_VERSION_TEXT];
	char edition[PERIOD_TEXT_BYTES];
	char name[128];
	char title[128];
	json_t *resources = datapackage_resources(m, tables, n_tables, err);

	(void)period_format(m->edition, edition);
	(void)snprintf(name, sizeof name, "%s_%s", m->feed, edition);
	for (char *at = name; *at != '\0'; at++)
		if (*at >= 'A' && *at <= 'Z')
			*at = (char)(*at - 'A' + 'a');
	(void)snprintf(title, sizeof title, "Children's social care figures, %s", edition);
	return json_pack(
		"{s:s, s:s, s:s, s:s, s:s, s:[{s:s, s:s, s:s}], s:o}", "$schema",
		PROFILE "datapackage.json", "name", name, "title", title, "version",
		edition_version_format(m->version, version), "created", m->produced_at, "licenses",
		"name", "OGL-UK-3.0", "path",
		"https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/",
		"title", "Open Government Licence v3.0", "resources", resources);
}

enum err_code datapackage_write(const struct manifest *m, const struct ees_table *tables,
				int n_tables, struct text *out, struct err *err)
{
	struct err why = { .code = ERR_OK };
	json_t *document = datapackage_json(m, tables, n_tables, &why);
	char *dump =
		document == NULL ? NULL : json_dumps(document, JSON_INDENT(1) | JSON_SORT_KEYS);

	json_decref(document);
	if (dump == NULL && why.code != ERR_OK)
		return err_set(err, why.code, "%s", why.text);
	if (dump == NULL)
		return err_set(err, ERR_NOMEM,
			       "datapackage.json: out of memory, or text that is "
			       "not UTF-8");
	text_puts(out, dump);
	text_puts(out, "\n");
	free(dump);
	return text_end(out, err);
}
