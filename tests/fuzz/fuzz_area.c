/* Bytes as areas.csv: whatever is read must be a tree that the other functions can walk. */

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "proto/area.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void walk(const struct area_tree *tree)
{
	int *out = calloc((size_t)tree->n_areas, sizeof *out);

	assert(out != NULL);
	for (int i = 0; i < tree->n_areas; i++) {
		assert(area_find(tree, tree->areas[i].code) == i);
		assert(area_within(tree, i, i));
		if (i < 64)
			assert(area_reporting(tree, i, 0, 20000, out) <= tree->n_areas);
		(void)area_ward_code(tree, tree->areas[i].parent, tree->areas[i].name, 15000);
	}
	free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	int fd = memfd_create("areas.csv", MFD_CLOEXEC);
	struct area_tree *tree = NULL;
	struct err err = { ERR_OK, "" };
	char path[64];

	if (fd < 0)
		return 0;
	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	if (len <= 65536 && write(fd, bytes, len) == (ssize_t)len) {
		if (area_tree_load(path, NULL, &tree, &err) == ERR_OK)
			walk(tree);
		else
			assert(tree == NULL && err.text[0] != '\0');
	}
	area_tree_free(&tree);
	(void)close(fd);
	return 0;
}
