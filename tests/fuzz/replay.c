/* Runs every file of the given folders through a fuzz target: the corpus as a plain test, under the
 * sanitizers of the test build. A finding ends the process. */

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* In a buffer of exactly its size, so that reading past its end is seen. */
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
	(void)LLVMFuzzerTestOneInput(bytes, len);
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
