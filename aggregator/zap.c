#include "aggregator/zap.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#define ZAP_ENDPOINT "inproc://zeromq.zap.01"
#define ZAP_PARTS 7        /* version, request id, domain, address, identity, mechanism, key */
#define ZAP_PART_BYTES 256 /* the longest that libzmq sends: a routing id of 255 */
#define ZAP_KEY_BYTES 32

struct zap {
	void *socket;
	zap_allow allow;
	void *allow_context;
	bool has_own;
	uint8_t own[ZAP_KEY_BYTES]; /* the self-test's key */
};

struct zap_request {
	uint8_t part[ZAP_PARTS][ZAP_PART_BYTES];
	size_t len[ZAP_PARTS];
	int n_parts;
};

enum err_code zap_open(void *zmq_context, zap_allow allow, void *allow_context, struct zap **out,
		       struct err *err)
{
	struct zap *z = calloc(1, sizeof *z);
	int linger = 0;

	*out = NULL;
	if (z == NULL)
		return err_set(err, ERR_NOMEM, "zap: out of memory");
	z->allow = allow;
	z->allow_context = allow_context;
	z->socket = zmq_socket(zmq_context, ZMQ_REP);
	if (z->socket == NULL ||
	    zmq_setsockopt(z->socket, ZMQ_LINGER, &linger, sizeof linger) != 0 ||
	    zmq_bind(z->socket, ZAP_ENDPOINT) != 0) {
		int error = zmq_errno();

		zap_close(&z);
		return err_set(err, error == EADDRINUSE ? ERR_BUSY : ERR_IO, "bind %s: %s",
			       ZAP_ENDPOINT, zmq_strerror(error));
	}
	*out = z;
	return ERR_OK;
}

void zap_close(struct zap **zap)
{
	if (*zap == NULL)
		return;
	if ((*zap)->socket != NULL)
		(void)zmq_close((*zap)->socket);
	free(*zap);
	*zap = NULL;
}

void *zap_socket(const struct zap *zap)
{
	return zap->socket;
}

/* Takes all parts of one request, however many and long. *taken = 0 when none waits. */
static enum err_code zap_receive(struct zap *z, struct zap_request *r, bool *taken, struct err *err)
{
	int more = 1;
	size_t size = sizeof more;

	r->n_parts = 0;
	*taken = false;
	while (more) {
		uint8_t rest[ZAP_PART_BYTES];
		uint8_t *to = r->n_parts < ZAP_PARTS ? r->part[r->n_parts] : rest;
		int n = zmq_recv(z->socket, to, ZAP_PART_BYTES, ZMQ_DONTWAIT);

		if (n < 0 && zmq_errno() == EINTR)
			continue;
		if (n < 0 && zmq_errno() == EAGAIN && !*taken)
			return ERR_OK;
		if (n < 0)
			return err_set(err, ERR_IO, "zap: receive: %s", zmq_strerror(zmq_errno()));
		*taken = true;
		if (r->n_parts < ZAP_PARTS)
			r->len[r->n_parts] = (size_t)n;
		r->n_parts++;
		if (zmq_getsockopt(z->socket, ZMQ_RCVMORE, &more, &size) != 0)
			return err_set(err, ERR_IO, "zap: %s", zmq_strerror(zmq_errno()));
	}
	return ERR_OK;
}

static bool zap_part_is(const struct zap_request *r, int part, const char *text)
{
	return r->len[part] == strlen(text) && memcmp(r->part[part], text, r->len[part]) == 0;
}

static enum err_code zap_reply(struct zap *z, const struct zap_request *r, const char *status,
			       const char *text, const char *user, struct err *err)
{
	const struct {
		const void *bytes;
		size_t len;
	} parts[] = {
		{ "1.0", 3 },
		{ r->part[1], r->n_parts > 1 && r->len[1] <= ZAP_PART_BYTES ? r->len[1] : 0 },
		{ status, 3 },
		{ text, strlen(text) },
		{ user, strlen(user) },
		{ "", 0 },
	};
	const int last = (int)(sizeof parts / sizeof parts[0]) - 1;

	for (int i = 0; i <= last; i++) {
		int flags = ZMQ_DONTWAIT | (i < last ? ZMQ_SNDMORE : 0);

		if (zmq_send(z->socket, parts[i].bytes, parts[i].len, flags) < 0)
			return err_set(err, ERR_IO, "zap: answer: %s", zmq_strerror(zmq_errno()));
	}
	return ERR_OK;
}

static bool zap_is_own(const struct zap *z, const struct zap_request *r)
{
	return z->has_own && r->n_parts == ZAP_PARTS && r->len[6] == ZAP_KEY_BYTES &&
	       memcmp(r->part[6], z->own, ZAP_KEY_BYTES) == 0;
}

static enum err_code zap_decide(struct zap *z, const struct zap_request *r,
				struct zap_refusals *refusals, struct err *err)
{
	char user[41];
	int allowed = 0;

	if (r->n_parts != ZAP_PARTS || !zap_part_is(r, 0, "1.0") || !zap_part_is(r, 5, "CURVE") ||
	    r->len[6] != ZAP_KEY_BYTES) {
		refusals->malformed++;
		return zap_reply(z, r, "500", "request not understood", "", err);
	}
	if (z->allow(z->allow_context, r->part[6], &allowed, NULL) != ERR_OK) {
		refusals->malformed++;
		return zap_reply(z, r, "500", "the list of agents cannot be read", "", err);
	}
	if (!allowed) {
		refusals->keys++;
		return zap_reply(z, r, "400", "key is not enrolled", "", err);
	}
	if (zmq_z85_encode(user, r->part[6], ZAP_KEY_BYTES) == NULL)
		return zap_reply(z, r, "500", "key cannot be written", "", err);
	return zap_reply(z, r, "200", "OK", user, err);
}

enum err_code zap_answer(struct zap *zap, struct zap_refusals *refusals, struct err *err)
{
	struct zap_refusals not_counted = { 0 };
	struct zap_request request;
	bool taken = true;
	enum err_code code = ERR_OK;

	while (code == ERR_OK && taken) {
		code = zap_receive(zap, &request, &taken, err);
		if (code == ERR_OK && taken)
			code = zap_decide(zap, &request,
					  zap_is_own(zap, &request) ? &not_counted : refusals, err);
	}
	return code;
}

void zap_not_counted(struct zap *zap, const uint8_t key[32])
{
	memcpy(zap->own, key, ZAP_KEY_BYTES);
	zap->has_own = true;
}
