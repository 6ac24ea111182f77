#ifndef AGENT_REPORT_ARENA_H
#define AGENT_REPORT_ARENA_H

#include <stddef.h>

/* Memory of a report's parts, freed together (report_arena_free in agent/report.h). All return
 * NULL when there is no memory; what they return is zeroed and aligned for any type. */

void *report_arena_array(void **arena, size_t n, size_t size); /* n = 0: room for one byte */
void *report_arena_pointers(void **arena, size_t n);
char *report_arena_text(void **arena, const char *text);
void *report_arena_bytes(void **arena, const void *bytes, size_t len);

#endif
