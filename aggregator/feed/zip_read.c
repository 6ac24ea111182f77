/* In: the bytes of a ZIP. Out: its files, expanded and checked. Refused: whatever is not a plain
 * file with a safe name, and whatever is beyond the bounds of proto/limits.h. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <minizip/unzip.h>

#include "aggregator/feed/zip.h"
#include "proto/limits.h"

/* ---- the archive as a file that minizip reads */

struct zip_memory {
	const char *bytes;
	size_t len, at;
};

static voidpf zip_on_open(voidpf opaque, const void *name, int mode)
{
	(void)name;
	(void)mode;
	return opaque;
}

static uLong zip_on_read(voidpf opaque, voidpf stream, void *out, uLong size)
{
	struct zip_memory *m = opaque;
	size_t n = m->len - m->at < size ? m->len - m->at : size;

	(void)stream;
	memcpy(out, m->bytes + m->at, n);
	m->at += n;
	return n;
}

static ZPOS64_T zip_on_tell(voidpf opaque, voidpf stream)
{
	(void)stream;
	return ((struct zip_memory *)opaque)->at;
}

static long zip_on_seek(voidpf opaque, voidpf stream, ZPOS64_T offset, int origin)
{
	struct zip_memory *m = opaque;
	ZPOS64_T from = origin == ZLIB_FILEFUNC_SEEK_CUR   ? m->at
			: origin == ZLIB_FILEFUNC_SEEK_END ? m->len
							   : 0;

	(void)stream;
	if (offset > m->len || from + offset > m->len)
		return -1;
	m->at = (size_t)(from + offset);
	return 0;
}

static int zip_on_close(voidpf opaque, voidpf stream)
{
	(void)opaque;
	(void)stream;
	return 0;
}

static int zip_on_error(voidpf opaque, voidpf stream)
{
	(void)opaque;
	(void)stream;
	return 0;
}

/* ---- entries */

struct zip_reader {
	unzFile archive;
	struct zip_entries *out;
	size_t total;
	struct err *err;
};

static enum err_code zip_expand(struct zip_reader *r, struct zip_entry *e, size_t size)
{
	size_t done = 0;
	int n = 0;

	e->bytes = malloc(size + 1);
	if (e->bytes == NULL)
		return err_set(r->err, ERR_NOMEM, "%s: out of memory", e->name);
	if (unzOpenCurrentFile(r->archive) != UNZ_OK)
		return err_set(r->err, ERR_MALFORMED, "%s: cannot be read from the ZIP", e->name);
	while (done < size) {
		unsigned want = size - done < (1U << 30) ? (unsigned)(size - done) : 1U << 30;

		n = unzReadCurrentFile(r->archive, e->bytes + done, want);
		if (n <= 0)
			break;
		done += (size_t)n;
	}
	if (done == size && unzReadCurrentFile(r->archive, e->bytes + size, 1) != 0)
		done = size + 1; /* longer than its entry says */
	e->bytes[size] = '\0';
	e->len = size;
	if (unzCloseCurrentFile(r->archive) != UNZ_OK || done != size)
		return err_set(r->err, ERR_MALFORMED,
			       "%s: damaged inside the ZIP: it was cut short or changed", e->name);
	return ERR_OK;
}

static enum err_code zip_entry_check(const struct zip_reader *r, const unz_file_info64 *info,
				     const char *name)
{
	if (strlen(name) != info->size_filename || !zip_name_is_safe(name))
		return err_set(r->err, ERR_MALFORMED,
			       "'%.100s': a name that no file of a feed's ZIP may have", name);
	if ((info->flag & 1) != 0)
		return err_set(r->err, ERR_MALFORMED, "%s: is encrypted", name);
	if (r->out->n == LIMIT_FEED_FILES)
		return err_set(r->err, ERR_TOO_BIG, "more than %d files in the ZIP",
			       LIMIT_FEED_FILES);
	if (info->uncompressed_size > LIMIT_FEED_BYTES - r->total)
		return err_set(r->err, ERR_TOO_BIG,
			       "%s: with it the ZIP expands to more than %lld bytes", name,
			       (long long)LIMIT_FEED_BYTES);
	for (int i = 0; i < r->out->n; i++)
		if (r->out->entries[i].name != NULL && strcmp(r->out->entries[i].name, name) == 0)
			return err_set(r->err, ERR_MALFORMED, "%s: is in the ZIP twice", name);
	return ERR_OK;
}

static enum err_code zip_take(struct zip_reader *r)
{
	unz_file_info64 info;
	char name[512];
	char *copy;
	struct zip_entry *e;
	enum err_code code;

	if (unzGetCurrentFileInfo64(r->archive, &info, name, sizeof name, NULL, 0, NULL, 0) !=
		    UNZ_OK ||
	    info.size_filename >= sizeof name)
		return err_set(r->err, ERR_MALFORMED, "the directory of the ZIP is damaged");
	code = zip_entry_check(r, &info, name);
	if (code != ERR_OK)
		return code;
	copy = malloc(strlen(name) + 1);
	if (copy == NULL)
		return err_set(r->err, ERR_NOMEM, "%s: out of memory", name);
	memcpy(copy, name, strlen(name) + 1);
	e = &r->out->entries[r->out->n++];
	e->name = copy;
	r->total += (size_t)info.uncompressed_size;
	return zip_expand(r, e, (size_t)info.uncompressed_size);
}

static enum err_code zip_take_all(struct zip_reader *r)
{
	unz_global_info64 all;
	enum err_code code = ERR_OK;
	int status;

	if (unzGetGlobalInfo64(r->archive, &all) != UNZ_OK)
		return err_set(r->err, ERR_MALFORMED, "the directory of the ZIP is damaged");
	if (all.number_entry == 0)
		return ERR_OK;
	status = unzGoToFirstFile(r->archive);
	while (status == UNZ_OK && code == ERR_OK) {
		code = zip_take(r);
		if (code == ERR_OK)
			status = unzGoToNextFile(r->archive);
	}
	if (code == ERR_OK && status != UNZ_END_OF_LIST_OF_FILE)
		return err_set(r->err, ERR_MALFORMED, "the directory of the ZIP is damaged");
	return code;
}

#define ZIP_END_BYTES 22 /* of the record that ends an archive, without its comment */

/* Whether the archive ends with its end: minizip overlooks a few bytes that are cut off there. */
static int zip_ends(const char *bytes, size_t len)
{
	for (size_t comment = 0; comment <= 65535 && len >= ZIP_END_BYTES + comment; comment++) {
		const char *end = bytes + len - ZIP_END_BYTES - comment;

		if (memcmp(end, "PK\5\6", 4) == 0 &&
		    ((unsigned)(uint8_t)end[20] | (unsigned)(uint8_t)end[21] << 8) == comment)
			return 1;
	}
	return 0;
}

enum err_code zip_read(const void *bytes, size_t len, struct zip_entries *out, struct err *err)
{
	struct zip_memory memory = { .bytes = bytes, .len = len };
	zlib_filefunc64_def calls = { .zopen64_file = zip_on_open,
				      .zread_file = zip_on_read,
				      .ztell64_file = zip_on_tell,
				      .zseek64_file = zip_on_seek,
				      .zclose_file = zip_on_close,
				      .zerror_file = zip_on_error,
				      .opaque = &memory };
	struct zip_reader r = { .out = out, .err = err };
	enum err_code code;

	*out = (struct zip_entries){ .n = 0 };
	out->entries = calloc(LIMIT_FEED_FILES, sizeof *out->entries);
	if (out->entries == NULL)
		return err_set(err, ERR_NOMEM, "ZIP: out of memory");
	if (zip_ends(bytes, len))
		r.archive = unzOpen2_64("", &calls);
	if (r.archive == NULL)
		return err_set(err, ERR_MALFORMED, "not a ZIP file, empty, or cut short");
	code = zip_take_all(&r);
	(void)unzClose(r.archive);
	return code;
}

void zip_entries_clear(struct zip_entries *entries)
{
	for (int i = 0; i < entries->n; i++) {
		free(entries->entries[i].name);
		free(entries->entries[i].bytes);
	}
	free(entries->entries);
	*entries = (struct zip_entries){ .n = 0 };
}
