/* Bytes as areas.csv and, after a NUL, populations.csv: whatever is read must be a tree that the
 * other functions can walk. */

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

static void count(const struct area_tree *tree)
{
	struct area_people people;
	struct err err = { ERR_OK, "" };

	for (int i = 0; i < tree->n_populations; i++) {
		const struct population *p = &tree->populations[i];

		assert(p->area >= 0 && p->area < tree->n_areas);
		assert(p->people >= 0 && p->age_from <= p->age_to);
		/* 2100: the latest one answers, and is stale. */
		assert(area_population(tree, p->area, p->age_from, p->age_to, 47482, &people,
				       &err) == ERR_OK);
		assert(people.people >= 0 && people.year >= p->year);
		if (area_population(tree, p->area, p->age_from, p->age_to, 16000, &people, &err) !=
		    ERR_OK)
			assert(err.code == ERR_MISSING && err.text[0] != '\0');
	}
}

static int file_of(const uint8_t *bytes, size_t len, char path[64])
{
	int fd = memfd_create("areas.csv", MFD_CLOEXEC);

	(void)snprintf(path, 64, "/proc/self/fd/%d", fd);
	if (fd < 0 || write(fd, bytes, len) != (ssize_t)len) {
		perror("memfd");
		exit(1);
	}
	return fd;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	const uint8_t *nul = len == 0 ? NULL : memchr(bytes, 0, len);
	size_t n = nul == NULL ? len : (size_t)(nul - bytes);
	struct area_tree *tree = NULL;
	struct err err = { ERR_OK, "" };
	char areas[64], people[64];
	int fd, fd_people = -1;

	if (len > 65536)
		return 0;
	fd = file_of(bytes, n, areas);
	if (nul != NULL)
		fd_people = file_of(nul + 1, len - n - 1, people);
	if (area_tree_load(areas, nul == NULL ? NULL : people, &tree, &err) == ERR_OK) {
		walk(tree);
		count(tree);
	} else {
		assert(tree == NULL && err.text[0] != '\0');
	}
	area_tree_free(&tree);
	(void)close(fd);
	if (fd_people >= 0)
		(void)close(fd_people);
	return 0;
}
