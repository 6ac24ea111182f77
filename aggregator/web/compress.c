#include "aggregator/web/compress.h"

#include <stdlib.h>
#include <string.h>
#define ZLIB_CONST /* it reads its input only */
#include <zlib.h>

#define GZIP_WINDOW (15 + 16) /* 32 KiB, and a gzip head instead of zlib's */
#define MEMORY_LEVEL 8

struct compressor {
	z_stream stream;
};

enum err_code compressor_new(int level, struct compressor **out, struct err *err)
{
	struct compressor *c = calloc(1, sizeof *c);

	*out = NULL;
	if (c == NULL || deflateInit2(&c->stream, level, Z_DEFLATED, GZIP_WINDOW, MEMORY_LEVEL,
				      Z_DEFAULT_STRATEGY) != Z_OK) {
		free(c);
		return err_set(err, ERR_NOMEM, "compression: out of memory");
	}
	*out = c;
	return ERR_OK;
}

void compressor_free(struct compressor **compressor)
{
	if (*compressor == NULL)
		return;
	(void)deflateEnd(&(*compressor)->stream);
	free(*compressor);
	*compressor = NULL;
}

enum err_code compressor_run(struct compressor *c, const char *bytes, size_t len, char **out,
			     size_t *out_len, struct err *err)
{
	char *to = malloc(len > 0 ? len : 1);
	int said;

	*out = NULL;
	*out_len = 0;
	if (to == NULL)
		return err_set(err, ERR_NOMEM, "compression: out of memory");
	(void)deflateReset(&c->stream);
	c->stream.next_in = (const Bytef *)bytes;
	c->stream.avail_in = (uInt)len;
	c->stream.next_out = (Bytef *)to;
	c->stream.avail_out = (uInt)len;
	said = deflate(&c->stream, Z_FINISH);
	if (said != Z_STREAM_END) { /* no room: it would not be smaller */
		free(to);
		return ERR_OK;
	}
	*out_len = len - c->stream.avail_out;
	*out = to;
	return ERR_OK;
}
