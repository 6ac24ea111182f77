#ifndef TESTS_HARNESS_H
#define TESTS_HARNESS_H

#include <check.h>
#include <stddef.h>

/* What every test shares. A test file defines its cases and ends with HARNESS_MAIN. */

/* A folder of this case's own, empty at first, removed after the suite. Never NULL. */
const char *harness_folder(void);

/* Writes a file below the folder (sub-folders are made) and returns its path (static, 8 kept). */
const char *harness_file(const char *folder, const char *name, const void *bytes, size_t len);
const char *harness_text(const char *folder, const char *name, const char *text);

/* Reads a whole file into a NUL-terminated buffer that the caller frees; fails the test if not. */
char *harness_read(const char *path, size_t *len);

/* The n-th allocation from now fails once (n = 1: the next); 0 switches that off. Counts malloc,
 * calloc and realloc made by our own code (libraries are not reached). */
void harness_fail_allocation(long n);
/* How many allocations were made since the last harness_fail_allocation. */
long harness_allocations(void);

/* Asserts an error's code and that its text holds the given words. */
#define assert_error(returned, expected_code, err, words)                                         \
	do {                                                                                      \
		ck_assert_int_eq((int)(returned), (int)(expected_code));                          \
		ck_assert_msg(strstr((err).text, (words)) != NULL, "\"%s\" does not hold \"%s\"", \
			      (err).text, (words));                                               \
	} while (0)

#define assert_ok(returned, err) \
	ck_assert_msg((returned) == ERR_OK, "unexpected error: %s", (err).text)

/* Runs the cases of a suite; the process's exit status. */
int harness_run(const char *name, void (*add)(TCase *tc));

#define HARNESS_MAIN(name, add)                \
	int main(void)                         \
	{                                      \
		return harness_run(name, add); \
	}

#endif
