#include "tests/harness.h"

#include <errno.h>
#include <ftw.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEPT_PATHS 8
#define CASE_TIMEOUT_S 300.0

/* Made by the parent before any case runs and removed after the last, whatever became of the
 * cases (each runs in a child of its own). */
static char base_path[64];
static char folder_path[96];
static pid_t folder_owner;

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

const char *harness_folder(void)
{
	if (folder_path[0] == '\0' || getpid() != folder_owner) {
		(void)snprintf(folder_path, sizeof folder_path, "%s/%d", base_path, (int)getpid());
		if (mkdir(folder_path, 0700) != 0 && errno != EEXIST)
			ck_abort_msg("mkdir %s: %s", folder_path, strerror(errno));
		folder_owner = getpid();
	}
	return folder_path;
}

static void make_parents(char *path)
{
	for (char *p = path + 1; *p != '\0'; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		if (mkdir(path, 0700) != 0 && errno != EEXIST)
			ck_abort_msg("mkdir %s: %s", path, strerror(errno));
		*p = '/';
	}
}

const char *harness_file(const char *folder, const char *name, const void *bytes, size_t len)
{
	static char paths[KEPT_PATHS][512];
	static int at;
	char *path = paths[at++ % KEPT_PATHS];
	FILE *f;

	(void)snprintf(path, sizeof paths[0], "%s/%s", folder, name);
	make_parents(path);
	f = fopen(path, "wb");
	if (f == NULL)
		ck_abort_msg("%s: %s", path, strerror(errno));
	if (len > 0 && fwrite(bytes, 1, len, f) != len)
		ck_abort_msg("%s: short write", path);
	if (fclose(f) != 0)
		ck_abort_msg("%s: %s", path, strerror(errno));
	return path;
}

const char *harness_text(const char *folder, const char *name, const char *text)
{
	return harness_file(folder, name, text, strlen(text));
}

char *harness_read(const char *path, size_t *len)
{
	FILE *f = fopen(path, "rb");
	char *text;
	long size;

	if (f == NULL)
		ck_abort_msg("%s: %s", path, strerror(errno));
	(void)fseek(f, 0, SEEK_END);
	size = ftell(f);
	rewind(f);
	text = malloc((size_t)size + 1);
	if (text == NULL || fread(text, 1, (size_t)size, f) != (size_t)size)
		ck_abort_msg("%s: cannot read", path);
	(void)fclose(f);
	text[size] = '\0';
	if (len != NULL)
		*len = (size_t)size;
	return text;
}

/* ---- failing allocations: the linker's --wrap sends our objects' calls here (not libraries') */

static long n_until_failure;
static long n_allocations;

void harness_fail_allocation(long n)
{
	n_until_failure = n;
	n_allocations = 0;
}

long harness_allocations(void)
{
	return n_allocations;
}

static bool fails_now(void)
{
	n_allocations++;
	return n_until_failure > 0 && --n_until_failure == 0;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *old, size_t size);

void *__wrap_malloc(size_t size)
{
	return fails_now() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return fails_now() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *old, size_t size)
{
	return fails_now() ? NULL : __real_realloc(old, size);
}

int harness_run(const char *name, void (*add)(TCase *tc))
{
	Suite *suite = suite_create(name);
	TCase *tc = tcase_create(name);
	SRunner *runner = srunner_create(suite);
	int n_failed;

	(void)snprintf(base_path, sizeof base_path, "/tmp/district-test-XXXXXX");
	if (mkdtemp(base_path) == NULL) {
		perror(base_path);
		return EXIT_FAILURE;
	}
	tcase_set_timeout(tc, CASE_TIMEOUT_S);
	add(tc);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_ENV);
	n_failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	(void)nftw(base_path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	return n_failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
