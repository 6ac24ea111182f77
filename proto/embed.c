#include "proto/embed.h"

#include <string.h>

const struct embed *embed_find(const char *path)
{
	for (const struct embed *e = embed_files; e->path != NULL; e++)
		if (strcmp(e->path, path) == 0)
			return e;
	return NULL;
}
