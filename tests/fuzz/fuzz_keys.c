/* Bytes as a key file (both kinds) and as the line by which an agent is enrolled. What is accepted
 * must say the same when it is written again. */

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/keys.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void try_files(const char *path)
{
	struct keys_curve curve;
	struct keys_sign sign;
	struct err err = { ERR_OK, "" };
	char hex[65];

	if (keys_curve_load(path, &curve, &err) == ERR_OK) {
		assert(strlen(curve.public_text) == 40 && strlen(curve.secret_text) == 40);
		keys_curve_wipe(&curve);
		assert(curve.secret_text[0] == '\0');
	} else {
		assert(err.code == ERR_MALFORMED && strstr(err.text, path) != NULL);
	}
	err_clear(&err);
	if (keys_sign_load(path, &sign, &err) == ERR_OK) {
		assert(strcmp(sign.public_text, keys_hex(sign.public_key, 32, hex)) == 0);
		keys_sign_wipe(&sign);
	} else {
		assert(err.code == ERR_MALFORMED && strstr(err.text, path) != NULL);
	}
}

static void try_enrolment(const char *line)
{
	struct keys_enrolment first, second;
	struct keys_curve curve = { 0 };
	struct keys_sign sign = { 0 };
	struct err err = { ERR_OK, "" };
	char again[256];

	if (keys_enrolment_parse(line, &first, &err) != ERR_OK) {
		assert((err.code == ERR_MALFORMED || err.code == ERR_VERSION) && err.text[0] != 0);
		return;
	}
	assert(keys_name_valid(first.agent));
	memcpy(curve.public_text, first.curve_text, sizeof curve.public_text);
	(void)keys_hex(first.sign_public, 32, sign.public_text);
	(void)keys_enrolment_format(first.agent, &curve, &sign, again, sizeof again);
	assert(keys_enrolment_parse(again, &second, &err) == ERR_OK);
	assert(strcmp(first.agent, second.agent) == 0);
	assert(memcmp(first.curve_public, second.curve_public, 32) == 0);
	assert(memcmp(first.sign_public, second.sign_public, 32) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	int fd = memfd_create("key", MFD_CLOEXEC);
	char *line = malloc(len + 1);
	char path[64];

	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	if (fd >= 0 && fchmod(fd, 0600) == 0 && write(fd, bytes, len) == (ssize_t)len)
		try_files(path);
	if (line != NULL) {
		memcpy(line, bytes, len);
		line[len] = '\0';
		try_enrolment(line);
	}
	free(line);
	if (fd >= 0)
		(void)close(fd);
	return 0;
}
