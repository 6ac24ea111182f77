/* The API's own description, as it is written (openapi.yaml) and as JSON. */

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "aggregator/web/api_openapi.h"
#include "aggregator/web/routes.h"
#include "proto/embed.h"

#define OPENAPI_PATH "aggregator/web/openapi.yaml"

/* ---- YAML to JSON: what stands in quotes is text, other words are what JSON takes them for */

static json_t *openapi_scalar(const yaml_node_t *node)
{
	const char *text = (const char *)node->data.scalar.value;
	char *end;
	long long whole;
	double real;

	if (node->data.scalar.style != YAML_PLAIN_SCALAR_STYLE)
		return json_string(text);
	if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0)
		return json_boolean(text[0] == 't');
	if (strcmp(text, "null") == 0 || text[0] == '\0')
		return json_null();
	whole = strtoll(text, &end, 10);
	if (*end == '\0')
		return json_integer(whole);
	real = strtod(text, &end);
	return *end == '\0' ? json_real(real) : json_string(text);
}

static json_t *openapi_node(yaml_document_t *document, int id)
{
	const yaml_node_t *node = yaml_document_get_node(document, id);
	json_t *value;

	if (node->type == YAML_SCALAR_NODE)
		return openapi_scalar(node);
	if (node->type == YAML_SEQUENCE_NODE) {
		value = json_array();
		for (yaml_node_item_t *i = node->data.sequence.items.start;
		     i < node->data.sequence.items.top; i++)
			(void)json_array_append_new(value, openapi_node(document, *i));
		return value;
	}
	value = json_object();
	for (yaml_node_pair_t *p = node->data.mapping.pairs.start; p < node->data.mapping.pairs.top;
	     p++) {
		const yaml_node_t *key = yaml_document_get_node(document, p->key);

		(void)json_object_set_new(value, (const char *)key->data.scalar.value,
					  openapi_node(document, p->value));
	}
	return value;
}

json_t *openapi_json(struct err *err)
{
	const struct embed *file = embed_find(OPENAPI_PATH);
	yaml_parser_t parser;
	yaml_document_t document;
	json_t *value = NULL;

	if (file == NULL || !yaml_parser_initialize(&parser)) {
		(void)err_set(err, file == NULL ? ERR_MISSING : ERR_NOMEM,
			      OPENAPI_PATH " cannot be read");
		return NULL;
	}
	yaml_parser_set_input_string(&parser, (const unsigned char *)file->text, file->len);
	if (yaml_parser_load(&parser, &document)) {
		if (yaml_document_get_root_node(&document) != NULL)
			value = openapi_node(&document, 1);
		yaml_document_delete(&document);
	}
	if (value == NULL)
		(void)err_set(err, ERR_MALFORMED, OPENAPI_PATH ": line %zu: %s",
			      parser.problem_mark.line + 1,
			      parser.problem == NULL ? "nothing in it" : parser.problem);
	yaml_parser_delete(&parser);
	return value;
}

/* ---- addresses */

static enum err_code api_openapi_yaml(struct web *web, const struct request *rq,
				      struct response *rs, struct err *err)
{
	const struct embed *file = embed_find(OPENAPI_PATH);

	(void)web;
	(void)rq;
	if (file == NULL)
		return err_set(err, ERR_MISSING, OPENAPI_PATH " was not built in");
	rs->type = "application/yaml";
	rs->bytes = file->text;
	rs->n_bytes = file->len;
	return ERR_OK;
}

static enum err_code api_openapi_json(struct web *web, const struct request *rq,
				      struct response *rs, struct err *err)
{
	json_t *value = openapi_json(err);
	char *text = value == NULL ? NULL : json_dumps(value, JSON_COMPACT);

	(void)web;
	(void)rq;
	json_decref(value);
	if (value == NULL)
		return err->code;
	if (text == NULL)
		return err_set(err, ERR_NOMEM, "out of memory");
	rs->type = "application/json";
	html_raw(&rs->body, text);
	html_raw(&rs->body, "\n");
	free(text);
	return ERR_OK;
}

const struct route api_openapi_routes[] = {
	{ REQUEST_GET, "/api/v1/openapi.yaml", ROLES_ANYONE, ROUTE_API, api_openapi_yaml },
	{ REQUEST_GET, "/api/v1/openapi.json", ROLES_ANYONE, ROUTE_API, api_openapi_json },
	{ 0, NULL, 0, 0, NULL },
};
