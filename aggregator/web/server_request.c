/* server_request: from libmicrohttpd's connection to struct request. In: method, target, headers,
 * body. Out: a request whose every text is checked, or a refusal: too many, too large, not for us,
 * or not understood. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/web/server_private.h"
#include "proto/clock.h"
#include "proto/limits.h"

#define FORM_TYPE "application/x-www-form-urlencoded"
#define HOST_BYTES 255

static int refuse(struct exchange *x, int status, const char *message)
{
	web_refuse(x->server->web, &x->rq, &x->rs, status, message);
	return status;
}

/* ---- headers */

struct seen { /* how often a header came that must come once */
	const char *name;
	int n;
};

static enum MHD_Result on_header(void *context, enum MHD_ValueKind kind, const char *name,
				 const char *value)
{
	(void)kind;
	(void)value;
	for (struct seen *s = context; s->name != NULL; s++)
		s->n += strcasecmp(s->name, name) == 0;
	return MHD_YES;
}

static const char *header(struct exchange *x, const char *name)
{
	const char *value = MHD_lookup_connection_value(x->connection, MHD_HEADER_KIND, name);

	return value != NULL && request_is_text(value, strlen(value)) ? value : "";
}

/* "gzip" in Accept-Encoding, unless its quality is 0. */
static int accepts_gzip(const char *accepted)
{
	const char *at = strstr(accepted, "gzip");

	if (at == NULL)
		return 0;
	at += 4;
	at += strspn(at, " ");
	if (*at != ';')
		return 1;
	at = strstr(at, "q=");
	return at == NULL || at[2] != '0' ||
	       (at[3] == '.' && strpbrk(at + 4, "123456789") == at + 4);
}

/* The last address of X-Forwarded-For: what the proxy itself saw. */
static int forwarded_for(const char *list, char out[INET6_ADDRSTRLEN], uint8_t key[RATE_KEY_BYTES])
{
	const char *last = strrchr(list, ',');
	size_t len;

	last = last == NULL ? list : last + 1;
	last += strspn(last, " ");
	len = strcspn(last, " ");
	if (len == 0 || len >= INET6_ADDRSTRLEN)
		return 0;
	(void)snprintf(out, INET6_ADDRSTRLEN, "%.*s", (int)len, last);
	memset(key, 0, RATE_KEY_BYTES);
	if (inet_pton(AF_INET6, out, key) == 1) {
		memset(key + 8, 0, 8); /* a subscriber has a whole /64 */
		return 1;
	}
	key[10] = key[11] = 0xff;
	return inet_pton(AF_INET, out, key + 12) == 1;
}

/* Who is at the other end; 0 when that one has sent too much. */
static int peer_read(struct exchange *x)
{
	const char *forwarded = header(x, "X-Forwarded-For");
	uint8_t key[RATE_KEY_BYTES];

	x->rq.forwarded = x->line->door->is_proxy || forwarded[0] != '\0' ||
			  header(x, "Forwarded")[0] != '\0' || header(x, "Via")[0] != '\0';
	(void)snprintf(x->peer, sizeof x->peer, "%s", x->line->address);
	memcpy(key, x->line->key, sizeof key);
	x->rq.peer = x->peer;
	if (x->line->door->is_unix) {
		if (!forwarded_for(forwarded, x->peer, key)) {
			(void)snprintf(x->peer, sizeof x->peer, "local");
			return 1; /* who may use the socket is for the file system to say */
		}
	}
	return rate_take(x->server->rate, key, clock_mono_ms());
}

/* ---- the Host header */

static int host_equals(const char *host, const char *ours, size_t len)
{
	return strlen(host) == len && strncasecmp(host, ours, len) == 0;
}

/* Whether host is an IP address with our port: a name that somebody points at us cannot be one. */
static int host_is_address(const char *host, const struct config_listen *l)
{
	struct config_listen asked;

	return config_listen_parse(host, &asked, NULL) == ERR_OK && asked.path == NULL &&
	       asked.port == l->port;
}

int server_host_is_ours(const struct server *server, const struct door *door, const char *host)
{
	const struct aggregator_web *settings = server->web->reading.config->web;
	const char *origin = server->web->origin;
	const char *ours = strstr(origin, "://");
	struct config_listen l;
	char local[32];

	if (strlen(host) > HOST_BYTES)
		return 0;
	if (ours != NULL && host_equals(host, ours + 3, strlen(ours + 3)))
		return 1;
	if (door->is_unix)
		return host_equals(host, "localhost", 9);
	if (config_listen_parse(settings->listen, &l, NULL) != ERR_OK)
		return 0;
	(void)snprintf(local, sizeof local, "localhost:%d", l.port);
	return host_equals(host, local, strlen(local)) || host_is_address(host, &l);
}

/* ---- the whole */

static enum request_method method_of(const char *method)
{
	if (strcmp(method, "GET") == 0)
		return REQUEST_GET;
	if (strcmp(method, "HEAD") == 0)
		return REQUEST_HEAD;
	return strcmp(method, "POST") == 0 ? REQUEST_POST : REQUEST_OTHER;
}

static void headers_read(struct exchange *x)
{
	struct request *rq = &x->rq;

	rq->host = header(x, "Host");
	rq->accept = header(x, "Accept");
	rq->if_none_match = header(x, "If-None-Match");
	rq->authorization = header(x, "Authorization");
	rq->user_agent = header(x, "User-Agent");
	rq->origin = header(x, "Origin");
	rq->fetch_site = header(x, "Sec-Fetch-Site");
	rq->accepts_gzip = accepts_gzip(header(x, "Accept-Encoding"));
}

/* What only the proxy's own socket may say. */
static int identity_read(struct exchange *x, const char *name)
{
	const char *value;

	if (!x->line->door->is_proxy)
		return 0;
	value = MHD_lookup_connection_value(x->connection, MHD_HEADER_KIND, name);
	if (value == NULL || value[0] == '\0')
		return 0;
	if (strlen(value) >= sizeof x->identity || !request_is_text(value, strlen(value)))
		return refuse(x, 400, "The proxy gave a name that no account can have.");
	(void)snprintf(x->identity, sizeof x->identity, "%s", value);
	x->rq.identity = x->identity;
	return 0;
}

/* Headers that must not be said twice, or against each other: what two readers of the same bytes
 * take for different requests. */
static int headers_check(struct exchange *x)
{
	const char *identity = x->server->web->reading.config->web->identity_header;
	struct seen seen[] = {
		{ "Host", 0 },          { "Content-Length", 0 }, { "Transfer-Encoding", 0 },
		{ "Authorization", 0 }, { identity, 0 },         { NULL, 0 }
	};
	const union MHD_ConnectionInfo *size =
		MHD_get_connection_info(x->connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);

	if (size != NULL && size->header_size > LIMIT_WEB_HEADER_BYTES + strlen(x->sent))
		return refuse(x, 431,
			      "The request's headers are larger than 8192 bytes. Delete this "
			      "site's cookies and try again.");
	(void)MHD_get_connection_values(x->connection, MHD_HEADER_KIND, on_header, seen);
	for (struct seen *s = seen; s->name != NULL; s++)
		if (s->n > 1)
			return refuse(x, 400, "The request gives a header twice.");
	if (seen[1].n > 0 && seen[2].n > 0)
		return refuse(x, 400, "The request gives its length in two ways.");
	return 0;
}

static int target_read(struct exchange *x)
{
	struct err err = { .code = ERR_OK };
	const char *cookies = MHD_lookup_connection_value(x->connection, MHD_HEADER_KIND, "Cookie");
	enum err_code code = request_target(&x->rq, x->sent, strlen(x->sent), &err);

	if (code == ERR_TOO_BIG)
		return refuse(x, 414, err.text);
	if (code == ERR_OK && cookies != NULL)
		code = request_cookies(&x->rq, cookies, strlen(cookies), &err);
	if (code == ERR_NOMEM)
		return refuse(x, 503, err.text);
	return code == ERR_OK ? 0 : refuse(x, 400, err.text);
}

/* Before it comes: is it one that we read? */
static int body_check(struct exchange *x)
{
	const char *type = header(x, "Content-Type");
	const char *length = header(x, "Content-Length");

	if (strlen(length) > 9 || strtol(length, NULL, 10) > LIMIT_WEB_BODY_BYTES)
		return refuse(x, 413, "More was sent than 65536 bytes. Shorten what you wrote.");
	if (x->rq.method == REQUEST_POST &&
	    (strncasecmp(type, FORM_TYPE, strlen(FORM_TYPE)) != 0 ||
	     (type[strlen(FORM_TYPE)] != '\0' && type[strlen(FORM_TYPE)] != ';' &&
	      type[strlen(FORM_TYPE)] != ' ')))
		return refuse(x, 415, "Forms must come as " FORM_TYPE ".");
	return 0;
}

int server_request(struct exchange *x, const char *method)
{
	int status = 0;

	x->rq.method = method_of(method);
	if (x->sent == NULL)
		return refuse(x, 503, "Out of memory. Try again in a minute.");
	headers_read(x);
	if (!peer_read(x))
		return refuse(x, 429, "Your address has sent too many requests within seconds.");
	status = headers_check(x);
	if (status == 0 && !server_host_is_ours(x->server, x->line->door, x->rq.host))
		status = refuse(x, 421,
				"This service does not answer to the name in the address. Use the "
				"address that its settings give (web.origin).");
	if (status == 0)
		status = identity_read(x, x->server->web->reading.config->web->identity_header);
	if (status == 0)
		status = target_read(x);
	return status == 0 ? body_check(x) : status;
}

int server_request_body(struct exchange *x)
{
	struct err err = { .code = ERR_OK };
	enum err_code code;

	if (x->too_big)
		return refuse(x, 413, "More was sent than 65536 bytes. Shorten what you wrote.");
	if (x->rq.method != REQUEST_POST)
		return 0;
	code = request_form(&x->rq, x->body == NULL ? "" : x->body, x->n_body, &err);
	if (code == ERR_NOMEM)
		return refuse(x, 503, err.text);
	return code == ERR_OK ? 0 : refuse(x, 400, err.text);
}
