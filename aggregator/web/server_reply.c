/* server_reply: from struct response to libmicrohttpd. Adds what every answer carries: a tag of its
 * content, compression, and the headers that keep a browser from doing what no page of ours needs.
 */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/web/server_private.h"
#include "proto/clock.h"
#include "proto/limits.h"

#define TAG_BYTES 12
#define COMPRESS_LEAST_BYTES 1024

static const char *const always[][2] = {
	{ "Content-Security-Policy",
	  "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
	  "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
	  "require-trusted-types-for 'script'; trusted-types 'none'" },
	{ "X-Content-Type-Options", "nosniff" },
	{ "X-Frame-Options", "DENY" },
	{ "Referrer-Policy", "same-origin" },
	{ "Permissions-Policy",
	  "camera=(), geolocation=(), microphone=(), payment=(), usb=(), interest-cohort=()" },
	{ "Cross-Origin-Opener-Policy", "same-origin" },
	{ "Cross-Origin-Resource-Policy", "same-origin" },
	{ "Cross-Origin-Embedder-Policy", "require-corp" },
	{ "Vary", "Accept-Encoding" },
};

/* ---- tags */

/* The same content has the same tag, compressed or not: a weak one. */
static void tag_make(struct response *rs, const char *bytes, size_t len)
{
	unsigned char hash[crypto_generichash_BYTES];
	char hex[2 * TAG_BYTES + 1];

	(void)crypto_generichash(hash, sizeof hash, (const unsigned char *)bytes, len, NULL, 0);
	(void)sodium_bin2hex(hex, sizeof hex, hash, TAG_BYTES);
	(void)snprintf(rs->etag, sizeof rs->etag, "\"%s\"", hex);
}

/* Whether a list such as: W/"a", "b" or * holds the tag. */
static int tag_is_among(const char *list, const char *tag)
{
	size_t len = strlen(tag);

	if (strcmp(list, "*") == 0)
		return 1;
	for (const char *at = strstr(list, tag); at != NULL; at = strstr(at + 1, tag))
		if (at[len] == '\0' || at[len] == ',' || at[len] == ' ')
			return 1;
	return 0;
}

/* ---- the answer */

static int worth_compressing(const struct exchange *x, size_t len)
{
	const char *type = x->rs.type;

	return x->rq.accepts_gzip && !x->rs.compressed && len >= COMPRESS_LEAST_BYTES &&
	       (strncmp(type, "text/", 5) == 0 || strstr(type, "-text") != NULL ||
		strstr(type, "json") != NULL || strstr(type, "xml") != NULL ||
		strstr(type, "svg") != NULL);
}

/* Gives the body to MHD, which frees it; assets are lent. */
static struct MHD_Response *body_make(struct exchange *x)
{
	struct response *rs = &x->rs;
	char *smaller = NULL;
	size_t smaller_len = 0;
	struct MHD_Response *made;
	const char *bytes = rs->bytes != NULL ? rs->bytes : rs->body.text;
	size_t len = rs->bytes != NULL ? rs->n_bytes : rs->body.len;

	if (worth_compressing(x, len))
		(void)compressor_run(x->server->compressor, bytes, len, &smaller, &smaller_len,
				     NULL);
	if (smaller != NULL) {
		rs->compressed = 1;
		made = MHD_create_response_from_buffer(smaller_len, smaller, MHD_RESPMEM_MUST_FREE);
		if (made == NULL)
			free(smaller);
		return made;
	}
	if (rs->bytes != NULL) {
		union {
			const char *lent;
			void *given;
		} buffer = { .lent = rs->bytes };

		return MHD_create_response_from_buffer(len, buffer.given, MHD_RESPMEM_PERSISTENT);
	}
	if (len == 0)
		return MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
	made = MHD_create_response_from_buffer(len, rs->body.text, MHD_RESPMEM_MUST_FREE);
	if (made != NULL)
		rs->body = (struct html){ 0 };
	return made;
}

static void headers_add(const struct exchange *x, struct MHD_Response *made)
{
	const struct response *rs = &x->rs;
	char text[64];

	for (size_t i = 0; i < sizeof always / sizeof always[0]; i++)
		(void)MHD_add_response_header(made, always[i][0], always[i][1]);
	if (web_is_secure(x->server->web))
		(void)MHD_add_response_header(made, "Strict-Transport-Security",
					      "max-age=31536000");
	(void)MHD_add_response_header(made, "Content-Type", rs->type);
	if (rs->compressed)
		(void)MHD_add_response_header(made, "Content-Encoding", "gzip");
	if (rs->cache_s > 0)
		(void)snprintf(text, sizeof text, "public, max-age=%d, immutable", rs->cache_s);
	(void)MHD_add_response_header(made, "Cache-Control", rs->cache_s > 0 ? text : "no-store");
	if (rs->etag[0] != '\0') {
		(void)snprintf(text, sizeof text, "W/%s", rs->etag);
		(void)MHD_add_response_header(made, "ETag", text);
	}
	for (int i = 0; i < rs->n_headers; i++)
		(void)MHD_add_response_header(made, rs->headers[i].name, rs->headers[i].value);
}

enum MHD_Result server_reply(struct exchange *x)
{
	struct response *rs = &x->rs;
	struct MHD_Response *made;
	enum MHD_Result said;

	if (rs->status == 200 && rs->etag[0] == '\0')
		tag_make(rs,
			 rs->bytes != NULL  ? rs->bytes
			 : rs->body.len > 0 ? rs->body.text
					    : "",
			 rs->bytes != NULL ? rs->n_bytes : rs->body.len);
	if (rs->status == 200 && x->rq.method != REQUEST_POST &&
	    tag_is_among(x->rq.if_none_match, rs->etag)) {
		rs->status = 304;
		rs->bytes = "";
		rs->n_bytes = 0;
		rs->compressed = 0;
	}
	made = body_make(x);
	if (made == NULL)
		return MHD_NO;
	headers_add(x, made);
	x->line->deadline_ms = clock_mono_ms() + LIMIT_WEB_SEND_S * 1000LL;
	said = MHD_queue_response(x->connection, (unsigned)rs->status, made);
	MHD_destroy_response(made);
	stats_answer(&x->server->web->stats, rs->status, clock_mono_us() - x->began_us);
	return said;
}
