/* Bytes as a measure's file: what parses must be consistent, and its text must be printable. */

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "proto/measures.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct measure m;
	struct err err;
	char *text = malloc(len + 1);

	if (text == NULL)
		return 0;
	memcpy(text, bytes, len);
	text[len] = '\0';
	if (measure_parse("fuzzed.sql", text, &m, &err) == ERR_OK) {
		assert(m.kind >= MEASURE_FLOW && m.kind <= MEASURE_DERIVED);
		assert((m.select == NULL) == (m.kind == MEASURE_DERIVED));
		assert(m.range_min <= m.range_max && m.months);
		assert(measure_kind_name(m.kind) != NULL && measure_unit_name(m.unit) != NULL);
		assert(measure_valid_name(m.valid) != NULL);
		assert(measure_bucket(&m, (int64_t)len) != NULL);
		for (int i = 1; i < m.n_buckets; i++)
			assert(m.buckets[i].from == m.buckets[i - 1].to + 1);
		measure_clear(&m);
	} else {
		assert(err.text[0] != '\0' && m.select == NULL);
	}
	free(text);
	return 0;
}
