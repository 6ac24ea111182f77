/* Runs every file of the given folders through a fuzz target: the corpus as a plain test, under the
 * sanitizers of the test build. Each file is tried whole, cut short at several places and with some
 * bits flipped, the same ones each time. A finding ends the process. */

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define N_CUTS 16
#define N_FLIPS 64

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* In a buffer of exactly its size, so that reading past its end is seen. */
static void replay_bytes(const uint8_t *bytes, size_t len)
{
	uint8_t *copy = malloc(len > 0 ? len : 1);

	if (copy == NULL) {
		perror("malloc");
		exit(1);
	}
	memcpy(copy, bytes, len);
	(void)LLVMFuzzerTestOneInput(copy, len);
	free(copy);
}

static void replay_variants(uint8_t *bytes, size_t len)
{
	uint32_t next = 1;

	replay_bytes(bytes, len);
	for (size_t i = 0; i < N_CUTS && i < len; i++)
		replay_bytes(bytes, len * i / N_CUTS);
	for (int i = 0; i < N_FLIPS && len > 0; i++) {
		size_t at;
		uint8_t bit;

		next = next * 1664525u + 1013904223u; /* Knuth's and Lewis's congruence */
		at = next % len;
		bit = (uint8_t)(1u << (next >> 29));
		bytes[at] ^= bit;
		replay_bytes(bytes, len);
		bytes[at] ^= bit;
	}
}

static int replay_file(const char *path)
{
	FILE *f = fopen(path, "rbe");
	struct stat st;
	uint8_t *bytes;
	size_t len;

	if (f == NULL || fstat(fileno(f), &st) != 0) {
		perror(path);
		exit(1);
	}
	if (!S_ISREG(st.st_mode)) {
		(void)fclose(f);
		return 0;
	}
	len = (size_t)st.st_size;
	bytes = malloc(len > 0 ? len : 1);
	if (bytes == NULL || fread(bytes, 1, len, f) != len) {
		perror(path);
		exit(1);
	}
	(void)fclose(f);
	(void)fprintf(stderr, "%s\n", path); /* the last line before a finding names the input */
	replay_variants(bytes, len);
	free(bytes);
	return 1;
}

int main(int argc, char **argv)
{
	int n = 0;

	for (int i = 1; i < argc; i++) {
		DIR *folder = opendir(argv[i]);

		if (folder == NULL) {
			perror(argv[i]);
			return 1;
		}
		for (struct dirent *e; (e = readdir(folder)) != NULL;) {
			char path[4096];

			(void)snprintf(path, sizeof path, "%s/%s", argv[i], e->d_name);
			n += replay_file(path);
		}
		(void)closedir(folder);
	}
	if (n == 0) {
		(void)fprintf(stderr, "no input found\n");
		return 1;
	}
	(void)printf("100%%: Checks: %d, Failures: 0, Errors: 0\n", n);
	return 0;
}
