#include "agent/collect_state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_BYTES 1024
#define HEADER "collect 1"

static enum err_code state_code(long number)
{
	return number > ERR_OK && number <= ERR_MISSING ? (enum err_code)number : ERR_OK;
}

enum err_code collect_state_write(const char *path, const struct collect_state *state,
				  struct err *err)
{
	char block[FILE_BYTES];
	ssize_t written;
	int n, failed, fd;

	memset(block, '\n', sizeof block);
	n = snprintf(block, sizeof block, HEADER " %lld %d %d\n%s\n", (long long)state->at_us,
		     (int)state->code, state->unsandboxed, state->text);
	if (n > 0 && n < (int)sizeof block)
		block[n] = '\n';
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0640);
	if (fd < 0)
		return err_set(err, ERR_IO, "open %s: %s", path, strerror(errno));
	written = pwrite(fd, block, sizeof block, 0);
	failed = written < 0 ? errno : 0;
	(void)close(fd);
	if (written == (ssize_t)sizeof block)
		return ERR_OK;
	return err_set(err, ERR_IO, "write %s: %s", path,
		       failed != 0 ? strerror(failed) : "cut short");
}

/* "collect 1 <at> <code> <unsandboxed>", then the message. */
static int state_parse(char *block, struct collect_state *out)
{
	char *text = strchr(block, '\n'), *at;

	if (text == NULL || strncmp(block, HEADER " ", sizeof HEADER) != 0)
		return 0;
	out->at_us = strtoll(block + sizeof HEADER, &at, 10);
	out->code = state_code(strtol(at, &at, 10));
	out->unsandboxed = (int)strtol(at, &at, 10);
	if (at != text || out->at_us <= 0)
		return 0;
	text++;
	(void)snprintf(out->text, sizeof out->text, "%.*s", (int)strcspn(text, "\n"), text);
	return 1;
}

enum err_code collect_state_read(const char *path, struct collect_state *out, struct err *err)
{
	char block[FILE_BYTES + 1] = { 0 };
	ssize_t n;
	int failed, fd = open(path, O_RDONLY | O_CLOEXEC);

	memset(out, 0, sizeof *out);
	if (fd < 0)
		return err_set(err, errno == ENOENT ? ERR_MISSING : ERR_IO, "open %s: %s", path,
			       strerror(errno));
	n = read(fd, block, FILE_BYTES);
	failed = n < 0 ? errno : 0;
	(void)close(fd);
	if (failed != 0)
		return err_set(err, ERR_IO, "read %s: %s", path, strerror(failed));
	if (!state_parse(block, out))
		return err_set(err, ERR_MISSING, "%s: collect has not written it yet", path);
	return ERR_OK;
}
