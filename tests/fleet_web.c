/* The dashboard of an aggregator, asked over real sockets (tests/fleet.h). */

#include "tests/fleet.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/harness.h"

#define ANSWER_BYTES (32 * 1024 * 1024)

/* ---- connections */

static void fleet_patience(int fd)
{
	const struct timeval wait = { FLEET_WAIT_S, 0 };

	ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait), 0);
	ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait), 0);
}

int fleet_web_connect(const struct fleet_aggregator *a)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
				       .sin_port = htons((uint16_t)a->web_port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
		(void)close(fd);
		return -1;
	}
	fleet_patience(fd);
	return fd;
}

int fleet_unix_connect(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_uint_lt(strlen(path), sizeof address.sun_path);
	(void)snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
	ck_assert_msg(connect(fd, (struct sockaddr *)&address, sizeof address) == 0, "%s: %s", path,
		      strerror(errno));
	fleet_patience(fd);
	return fd;
}

void fleet_send(int fd, const char *text)
{
	size_t len = strlen(text);

	while (len > 0) {
		ssize_t n = send(fd, text, len, MSG_NOSIGNAL);

		ck_assert_msg(n > 0, "send: %s", strerror(errno));
		text += n;
		len -= (size_t)n;
	}
}

/* ---- answers */

/* Up to the empty line, byte by byte: what follows belongs to the body or the next answer. */
static bool fleet_read_head(int fd, struct fleet_answer *out)
{
	size_t n = 0;

	out->head = calloc(1, 65536);
	ck_assert_ptr_nonnull(out->head);
	while (n < 65535) {
		if (recv(fd, out->head + n, 1, 0) != 1)
			return false;
		n++;
		if (n >= 4 && memcmp(out->head + n - 4, "\r\n\r\n", 4) == 0)
			return sscanf(out->head, "HTTP/1.%*d %d", &out->status) == 1;
	}
	return false;
}

char *fleet_answer_header(const struct fleet_answer *answer, const char *name)
{
	size_t len = strlen(name);
	const char *line = answer->head;

	while (line != NULL && line[0] != '\r') {
		if (strncasecmp(line, name, len) == 0 && line[len] == ':') {
			const char *value = line + len + 1 + strspn(line + len + 1, " ");

			return strndup(value, strcspn(value, "\r"));
		}
		line = strstr(line, "\r\n");
		line = line == NULL ? NULL : line + 2;
	}
	return strdup("");
}

bool fleet_answer_read(int fd, bool has_body, struct fleet_answer *out)
{
	size_t n = 0;
	char *length;

	memset(out, 0, sizeof *out);
	if (!fleet_read_head(fd, out))
		return false;
	length = fleet_answer_header(out, "Content-Length");
	out->body_len = has_body && out->status != 304 ? strtoul(length, NULL, 10) : 0;
	free(length);
	ck_assert_uint_lt(out->body_len, ANSWER_BYTES);
	out->body = calloc(1, out->body_len + 1);
	ck_assert_ptr_nonnull(out->body);
	while (n < out->body_len) {
		ssize_t got = recv(fd, out->body + n, out->body_len - n, 0);

		if (got <= 0)
			return false;
		n += (size_t)got;
	}
	return true;
}

void fleet_answer_clear(struct fleet_answer *answer)
{
	free(answer->head);
	free(answer->body);
	memset(answer, 0, sizeof *answer);
}

struct fleet_answer fleet_web_get(const struct fleet_aggregator *a, const char *target,
				  const char *headers)
{
	struct fleet_answer answer;
	char head[16384];
	int fd = fleet_web_connect(a);

	ck_assert_msg(fd >= 0, "connect: %s", strerror(errno));
	(void)snprintf(head, sizeof head,
		       "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nConnection: close\r\n%s\r\n",
		       target, a->web_port, headers);
	fleet_send(fd, head);
	ck_assert_msg(fleet_answer_read(fd, true, &answer), "GET %s: no whole answer", target);
	(void)close(fd);
	return answer;
}

/* ---- the process */

static bool fleet_web_answers(void *context)
{
	struct fleet_aggregator *a = context;
	int fd = fleet_web_connect(a);

	if (fd < 0 && !fleet_is_running(&a->web))
		fleet_until_logged(&a->web, "listens"); /* fails, with its log */
	if (fd >= 0)
		(void)close(fd);
	return fd >= 0;
}

void fleet_web_start(struct fleet_aggregator *a)
{
	char log[FLEET_PATH_BYTES];

	(void)snprintf(log, sizeof log, "%s/web.log", a->folder);
	fleet_start(&a->web, log, "district-aggregator", "web", "-c", a->config, NULL);
	fleet_until(fleet_web_answers, a, "the dashboard's port");
}
