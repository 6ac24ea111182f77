#include "proto/config.h"

#include "proto/limits.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#define WORD_BYTES 64
#define KEY_BYTES 256
#define TRACE_DEPTH 16

/* libcyaml says what went wrong through its log: first one line with the fault, then a backtrace
 * from the inside out. Both are caught here and turned into one message. */
struct trace {
	char fault[256];
	char steps[TRACE_DEPTH][96]; /* "name" of a field, "[2]" of a sequence entry */
	int n_steps;
	int line;
};

static void trace_line(struct trace *t, const char *line)
{
	char name[80] = "";
	const char *at = strstr(line, "(line: ");

	if (t->line == 0 && at != NULL)
		t->line = (int)strtol(at + 7, NULL, 10);
	if (t->n_steps == TRACE_DEPTH)
		return;
	if (sscanf(line, " in mapping field '%79[^']'", name) == 1)
		(void)snprintf(t->steps[t->n_steps++], sizeof t->steps[0], "%s", name);
	else if (sscanf(line, " in sequence entry '%79[0-9]'", name) == 1) {
		long index = strtol(name, NULL, 10); /* counted from 1; 0 when there is none */

		(void)snprintf(t->steps[t->n_steps++], sizeof t->steps[0], "[%ld]",
			       index == 0 ? 0 : index - 1);
	}
}

static void on_cyaml_log(cyaml_log_t level, void *context, const char *format, va_list args)
{
	struct trace *t = context;
	char line[512];

	(void)level;
	(void)vsnprintf(line, sizeof line, format, args);
	line[strcspn(line, "\n")] = '\0';
	if (t->fault[0] == '\0')
		(void)snprintf(t->fault, sizeof t->fault, "%.255s",
			       strncmp(line, "Load: ", 6) == 0 ? line + 6 : line);
	else
		trace_line(t, line);
}

static void trace_key(const struct trace *t, char key[KEY_BYTES])
{
	size_t used = 0;

	key[0] = '\0';
	for (int i = t->n_steps - 1; i >= 0; i--) {
		const char *dot = used > 0 && t->steps[i][0] != '[' ? "." : "";
		int n = snprintf(key + used, KEY_BYTES - used, "%s%s", dot, t->steps[i]);

		if (n < 0 || (size_t)n >= KEY_BYTES - used)
			return;
		used += (size_t)n;
	}
}

/* The keys that the schema knows at the place that the trace names. */
static int trace_known_keys(const struct trace *t, const cyaml_schema_value_t *schema,
			    const char **keys, int max)
{
	const cyaml_schema_value_t *v = schema;
	int n = 0;

	for (int i = t->n_steps - 1; i >= 0 && v != NULL; i--) {
		const cyaml_schema_field_t *f;

		if (t->steps[i][0] == '[') {
			v = v->type == CYAML_SEQUENCE ? v->sequence.entry : NULL;
			continue;
		}
		if (v->type != CYAML_MAPPING)
			return 0;
		for (f = v->mapping.fields; f->key != NULL; f++)
			if (strcmp(f->key, t->steps[i]) == 0)
				break;
		v = f->key == NULL ? NULL : &f->value;
	}
	if (v == NULL || v->type != CYAML_MAPPING)
		return 0;
	for (const cyaml_schema_field_t *f = v->mapping.fields; f->key != NULL && n < max; f++)
		keys[n++] = f->key;
	return n;
}

/* ---- where a key stands in the file */

static yaml_node_t *node_child(yaml_document_t *doc, yaml_node_t *node, const char *step)
{
	if (step[0] == '[') {
		long i = strtol(step + 1, NULL, 10);

		if (node->type != YAML_SEQUENCE_NODE || i < 0 ||
		    i >= node->data.sequence.items.top - node->data.sequence.items.start)
			return NULL;
		return yaml_document_get_node(doc, node->data.sequence.items.start[i]);
	}
	if (node->type != YAML_MAPPING_NODE)
		return NULL;
	for (yaml_node_pair_t *p = node->data.mapping.pairs.start; p < node->data.mapping.pairs.top;
	     p++) {
		yaml_node_t *key = yaml_document_get_node(doc, p->key);

		if (key != NULL && key->type == YAML_SCALAR_NODE &&
		    strcmp((const char *)key->data.scalar.value, step) == 0)
			return yaml_document_get_node(doc, p->value);
	}
	return NULL;
}

/* Splits "datasets[0].area" into "datasets", "[0]", "area"; returns the rest or NULL. */
static const char *key_step(const char *key, char step[WORD_BYTES])
{
	size_t n;

	if (*key == '.')
		key++;
	if (*key == '\0')
		return NULL;
	n = *key == '[' ? strcspn(key, "]") + 1 : strcspn(key, ".[");
	(void)snprintf(step, WORD_BYTES, "%.*s", (int)n, key);
	return key + n;
}

/* Line of the deepest part of the key that is there; 1 when nothing is. */
static int line_in_text(const char *text, size_t len, const char *key)
{
	yaml_parser_t parser;
	yaml_document_t doc;
	yaml_node_t *node;
	char step[WORD_BYTES];
	int line = 1;

	if (!yaml_parser_initialize(&parser))
		return line;
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, len);
	if (yaml_parser_load(&parser, &doc)) {
		node = yaml_document_get_root_node(&doc);
		while (node != NULL && (key = key_step(key, step)) != NULL) {
			node = node_child(&doc, node, step);
			if (node != NULL)
				line = (int)node->start_mark.line + 1;
		}
		yaml_document_delete(&doc);
	}
	yaml_parser_delete(&parser);
	return line;
}

/* Line of an unknown key's own text, at or after the line where its mapping begins. */
static int line_of_word(const char *text, int from, const char *word)
{
	size_t len = strlen(word);
	int line = 1;

	for (const char *p = text; p != NULL && *p != '\0'; line++) {
		const char *q = p + strspn(p, " \t-");

		if (line >= from && strncmp(q, word, len) == 0 && q[len] == ':')
			return line;
		p = strchr(p, '\n');
		if (p != NULL)
			p++;
	}
	return from;
}

enum err_code config_error(struct err *err, const char *path, const char *key, const char *format,
			   ...)
{
	char message[ERR_TEXT_BYTES / 2];
	char *text = NULL;
	size_t len = 0;
	va_list args;
	int line = 1;

	va_start(args, format);
	(void)vsnprintf(message, sizeof message, format, args);
	va_end(args);
	if (config_read_file(path, LIMIT_CONFIG_BYTES, &text, &len, NULL) == ERR_OK)
		line = line_in_text(text, len, key);
	free(text);
	return err_set(err, ERR_CONFIG, "%s:%d: %s: %s", path, line, key, message);
}

/* ---- loading */

static enum err_code config_fault(const char *path, const char *text, const struct trace *t,
				  const cyaml_schema_value_t *schema, struct err *err)
{
	const char *known[64];
	char key[KEY_BYTES];
	char word[80];

	trace_key(t, key);
	if (sscanf(t->fault, "Unexpected key: %79s", word) == 1) {
		int n = trace_known_keys(t, schema, known, 64);
		const char *near = config_nearest(word, known, n);

		return err_set(err, ERR_CONFIG, "%s:%d: %s%s%s: unknown key; %s%s%s", path,
			       line_of_word(text, t->line, word), key, key[0] != '\0' ? "." : "",
			       word,
			       near != NULL ? "did you mean " : "remove it or see the example",
			       near != NULL ? near : "", near != NULL ? "?" : "");
	}
	if (sscanf(t->fault, "Missing required mapping field: %79s", word) == 1) {
		char *dot = strrchr(key, '.');

		/* the backtrace ends at the mapping's last field, not at the mapping */
		if (dot != NULL)
			*dot = '\0';
		else
			key[0] = '\0';
		return err_set(err, ERR_CONFIG, "%s:%d: %s%s%s: missing; add this key", path,
			       t->line, key, key[0] != '\0' ? "." : "", word);
	}
	return err_set(err, ERR_CONFIG, "%s:%d: %s%s%s", path, t->line == 0 ? 1 : t->line, key,
		       key[0] != '\0' ? ": " : "", t->fault);
}

enum err_code config_load(const char *path, const cyaml_schema_value_t *schema, void **out,
			  struct err *err)
{
	struct trace t = { .line = 0 };
	cyaml_config_t how = {
		.log_fn = on_cyaml_log,
		.log_ctx = &t,
		.log_level = CYAML_LOG_WARNING,
		.mem_fn = cyaml_mem,
		.flags = CYAML_CFG_NO_ALIAS,
	};
	enum err_code code;
	cyaml_err_t status;
	char *text = NULL;
	size_t len = 0;

	*out = NULL;
	code = config_read_file(path, LIMIT_CONFIG_BYTES, &text, &len, err);
	if (code != ERR_OK)
		return code;
	status = cyaml_load_data((const uint8_t *)text, len, &how, schema, out, NULL);
	if (status == CYAML_ERR_OOM)
		code = err_set(err, ERR_NOMEM, "%s: out of memory", path);
	else if (status != CYAML_OK)
		code = config_fault(path, text, &t, schema, err);
	else if (*out == NULL)
		code = err_set(err, ERR_CONFIG, "%s:1: the file is empty; start from the example",
			       path);
	free(text);
	return code;
}

void config_free(const cyaml_schema_value_t *schema, void **data)
{
	cyaml_config_t how = { .mem_fn = cyaml_mem, .log_level = CYAML_LOG_WARNING };

	if (*data != NULL)
		(void)cyaml_free(&how, schema, *data, 0);
	*data = NULL;
}

enum err_code config_read_file(const char *path, long max_bytes, char **text, size_t *len,
			       struct err *err)
{
	FILE *f = fopen(path, "rb");
	size_t room = (size_t)max_bytes + 1;
	enum err_code code = ERR_OK;

	*text = NULL;
	*len = 0;
	if (f == NULL)
		return err_set(err, errno == ENOENT ? ERR_MISSING : ERR_IO, "%s: %s", path,
			       strerror(errno));
	*text = malloc(room + 1);
	if (*text == NULL)
		code = err_set(err, ERR_NOMEM, "%s: out of memory", path);
	else
		*len = fread(*text, 1, room, f);
	if (code == ERR_OK && ferror(f))
		code = err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
	if (code == ERR_OK && *len == room)
		code = err_set(err, ERR_TOO_BIG, "%s: larger than %ld bytes", path, max_bytes);
	(void)fclose(f);
	if (code != ERR_OK || *text == NULL) {
		free(*text);
		*text = NULL;
		*len = 0;
		return code;
	}
	(*text)[*len] = '\0';
	return ERR_OK;
}

enum err_code config_resolve(const char *base, char **value, struct err *err)
{
	const char *slash = strrchr(base, '/');
	char *joined = NULL;

	if (*value == NULL || (*value)[0] == '/' || slash == NULL)
		return ERR_OK;
	if (asprintf(&joined, "%.*s/%s", (int)(slash - base), base, *value) < 0)
		return err_set(err, ERR_NOMEM, "%s: out of memory", base);
	free(*value);
	*value = joined;
	return ERR_OK;
}

/* ---- near names */

int config_distance(const char *a, const char *b)
{
	int row[WORD_BYTES + 1];
	size_t n_a = strlen(a);
	size_t n_b = strlen(b);

	if (n_a > WORD_BYTES || n_b > WORD_BYTES)
		return INT_MAX;
	for (size_t j = 0; j <= n_b; j++)
		row[j] = (int)j;
	for (size_t i = 1; i <= n_a; i++) {
		int diagonal = row[0];

		row[0] = (int)i;
		for (size_t j = 1; j <= n_b; j++) {
			int best = diagonal + (a[i - 1] != b[j - 1]);

			diagonal = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[n_b];
}

const char *config_nearest(const char *text, const char *const *words, int n)
{
	const char *best = NULL;
	int least = 2 + (int)(strlen(text) / 4);

	for (int i = 0; i < n; i++) {
		int d = config_distance(text, words[i]);

		if (d < least) {
			least = d;
			best = words[i];
		}
	}
	return best;
}
