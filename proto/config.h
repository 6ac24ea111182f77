#ifndef PROTO_CONFIG_H
#define PROTO_CONFIG_H

#include <cyaml/cyaml.h>

#include "proto/err.h"

/* Typed YAML through libcyaml, with errors that an operator can act on: file, line, key, mend.
 *
 * config_load reads the file (LIMIT_CONFIG_BYTES), lets libcyaml fill a structure, and turns its
 * log and error into one message: "/etc/…/agent.yaml:12: datasets[0].windw_months: unknown key; did
 * you mean window_months?". Unknown keys are errors. */

/* On success *out is a structure of the schema's type, freed with config_free. */
enum err_code config_load(const char *path, const cyaml_schema_value_t *schema, void **out,
			  struct err *err);
void config_free(const cyaml_schema_value_t *schema, void **data);

/* The word of words[0…n) nearest to text (edit distance ≤ 1 + length/4), or NULL. */
const char *config_nearest(const char *text, const char *const *words, int n);

/* Levenshtein distance, capped at 64-byte words. */
int config_distance(const char *a, const char *b);

#endif
