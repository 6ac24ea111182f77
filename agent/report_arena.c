#include "agent/report_arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "agent/report.h"

#define CHUNK_BYTES (64 * 1024)

struct report_chunk {
	struct report_chunk *next;
	size_t used, size;
	alignas(max_align_t) unsigned char bytes[];
};

static void *arena_take(void **arena, size_t size)
{
	struct report_chunk *chunk = *arena;
	size_t step = alignof(max_align_t);
	void *taken;

	size = (size + step - 1) / step * step;
	if (chunk == NULL || chunk->size - chunk->used < size) {
		size_t room = size > CHUNK_BYTES ? size : CHUNK_BYTES;

		chunk = calloc(1, sizeof *chunk + room);
		if (chunk == NULL)
			return NULL;
		chunk->size = room;
		chunk->next = *arena;
		*arena = chunk;
	}
	taken = chunk->bytes + chunk->used;
	chunk->used += size;
	return taken;
}

void *report_arena_array(void **arena, size_t n, size_t size)
{
	if (n > SIZE_MAX / 2 / size)
		return NULL;
	return arena_take(arena, n * size > 0 ? n * size : 1);
}

void *report_arena_pointers(void **arena, size_t n)
{
	return report_arena_array(arena, n, sizeof(void *));
}

void *report_arena_bytes(void **arena, const void *bytes, size_t len)
{
	void *copy = arena_take(arena, len > 0 ? len : 1);

	if (copy != NULL && len > 0)
		memcpy(copy, bytes, len);
	return copy;
}

char *report_arena_text(void **arena, const char *text)
{
	return report_arena_bytes(arena, text, strlen(text) + 1);
}

void report_arena_free(void **arena)
{
	struct report_chunk *chunk = *arena;

	while (chunk != NULL) {
		struct report_chunk *next = chunk->next;

		free(chunk);
		chunk = next;
	}
	*arena = NULL;
}
