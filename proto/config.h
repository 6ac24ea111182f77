#ifndef PROTO_CONFIG_H
#define PROTO_CONFIG_H

#include <cyaml/cyaml.h>

#include "proto/err.h"

/* Typed YAML through libcyaml, with errors that an operator can act on: file, line, key, mend.
 * "/etc/…/agent.yaml:12: datasets[0].windw_months: unknown key; did you mean window_months?" */

/* On success *out is a structure of the schema's type, freed with config_free. Unknown and repeated
 * keys are errors; files above LIMIT_CONFIG_BYTES are refused. */
enum err_code config_load(const char *path, const cyaml_schema_value_t *schema, void **out,
			  struct err *err);
void config_free(const cyaml_schema_value_t *schema, void **data);

/* Writes "path:line: key: message" for a value that has the right type and a wrong content; key
 * as in "datasets[0].area". Returns ERR_CONFIG. */
enum err_code config_error(struct err *err, const char *path, const char *key, const char *format,
			   ...) __attribute__((format(printf, 4, 5)));

/* The whole file, NUL-terminated; the caller frees. ERR_TOO_BIG above max_bytes. */
enum err_code config_read_file(const char *path, long max_bytes, char **text, size_t *len,
			       struct err *err);

/* Replaces *value, a path relative to the folder of the file at `base`, by one that is not. */
enum err_code config_resolve(const char *base, char **value, struct err *err);

/* The word of words[0…n) nearest to text (edit distance ≤ 1 + length ÷ 4), or NULL. */
const char *config_nearest(const char *text, const char *const *words, int n);

/* Levenshtein distance; words longer than 64 bytes are as far as can be (INT_MAX). */
int config_distance(const char *a, const char *b);

#endif
