/* assets: style sheet, script and pictures. In: the embedded files. Out: each by its address, as it
 * is and compressed once. Handlers run on one thread, so the table needs no lock. */
#include "aggregator/web/assets.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/web/compress.h"
#include "aggregator/web/routes.h"
#include "proto/embed.h"

#define FOLDER "aggregator/web/assets/"
#define ASSETS_MAX 64
#define HASH_BYTES 8
#define YEAR_S (365 * 86400)
#define ASSET_LEVEL 9 /* compressed once, sent often */

struct asset {
	const struct embed *file;
	const char *name, *type;
	char *gzip; /* NULL: not made yet, or not smaller */
	size_t gzip_len;
	int tried;
	char hash[2 * HASH_BYTES + 1];
	char href[160];
};

static struct asset assets[ASSETS_MAX];
static int n_assets = -1; /* not looked yet */

static const char *asset_type(const char *name)
{
	static const char *const types[][2] = {
		{ ".css", "text/css; charset=utf-8" },
		{ ".js", "text/javascript; charset=utf-8" },
		{ ".svg", "image/svg+xml" },
		{ ".png", "image/png" },
		{ ".ico", "image/x-icon" },
		{ ".woff2", "font/woff2" },
		{ ".json", "application/json" },
		{ ".txt", "text/plain; charset=utf-8" },
	};
	size_t len = strlen(name);

	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
		size_t n = strlen(types[i][0]);

		if (len > n && strcmp(name + len - n, types[i][0]) == 0)
			return types[i][1];
	}
	return "application/octet-stream";
}

static void assets_load(void)
{
	unsigned char hash[crypto_generichash_BYTES];
	char hex[2 * HASH_BYTES + 1];

	if (n_assets >= 0)
		return;
	n_assets = 0;
	for (const struct embed *f = embed_files; f->path != NULL && n_assets < ASSETS_MAX; f++) {
		struct asset *a = &assets[n_assets];

		if (strncmp(f->path, FOLDER, strlen(FOLDER)) != 0)
			continue;
		a->file = f;
		a->name = f->path + strlen(FOLDER);
		a->type = asset_type(a->name);
		(void)crypto_generichash(hash, sizeof hash, (const unsigned char *)f->text, f->len,
					 NULL, 0);
		(void)sodium_bin2hex(hex, sizeof hex, hash, HASH_BYTES);
		memcpy(a->hash, hex, sizeof hex);
		(void)snprintf(a->href, sizeof a->href, "/assets/%s?v=%s", f->path + strlen(FOLDER),
			       hex);
		n_assets++;
	}
}

static struct asset *asset_find(const char *name)
{
	assets_load();
	for (int i = 0; i < n_assets; i++)
		if (strcmp(assets[i].name, name) == 0)
			return &assets[i];
	return NULL;
}

const char *asset_href(const char *file)
{
	const struct asset *a = asset_find(file);

	return a == NULL ? "/assets/missing" : a->href;
}

/* Compresses it at the first request; without memory it is sent as it is. */
static void asset_compress(struct asset *a)
{
	struct compressor *c = NULL;

	if (a->tried)
		return;
	a->tried = 1;
	if (strncmp(a->type, "image/png", 9) != 0 && strncmp(a->type, "font/", 5) != 0 &&
	    compressor_new(ASSET_LEVEL, &c, NULL) == ERR_OK)
		(void)compressor_run(c, a->file->text, a->file->len, &a->gzip, &a->gzip_len, NULL);
	compressor_free(&c);
}

static enum err_code asset_get(struct web *web, const struct request *rq, struct response *rs,
			       struct err *err)
{
	struct asset *a = asset_find(rq->part[0]);
	const char *version = request_query(rq, "v");

	(void)web;
	if (a == NULL)
		return err_set(err, ERR_MISSING, "there is no file '%.64s'", rq->part[0]);
	rs->type = a->type;
	rs->bytes = a->file->text;
	rs->n_bytes = a->file->len;
	/* An address with another content's hash must not be kept as this content for a year. */
	rs->cache_s = version != NULL && strcmp(version, a->hash) == 0 ? YEAR_S : 0;
	(void)snprintf(rs->etag, sizeof rs->etag, "\"%s\"", a->hash);
	if (rq->accepts_gzip)
		asset_compress(a);
	if (rq->accepts_gzip && a->gzip != NULL) {
		rs->bytes = a->gzip;
		rs->n_bytes = a->gzip_len;
		rs->compressed = 1;
	}
	return ERR_OK;
}

const struct route asset_routes[] = {
	{ REQUEST_GET, "/assets/{file}", ROLES_ANYONE, ROUTE_ASSET, asset_get },
	{ 0, NULL, 0, 0, NULL },
};
