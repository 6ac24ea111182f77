#include "aggregator/feed/screen_zip.h"

#include <minizip/unzip.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "proto/limits.h"

#define ZIP_NAME_BYTES 512
#define ZIP_FLAG_ENCRYPTED 1

/* ---- minizip's view of the bytes */

struct zip_memory {
	const char *bytes;
	size_t len, at;
	bool cut; /* something was looked for behind the end */
};

static voidpf ZCALLBACK zip_open(voidpf context, const void *name, int mode)
{
	(void)name;
	return mode & ZLIB_FILEFUNC_MODE_WRITE ? NULL : context;
}

static uLong ZCALLBACK zip_read(voidpf context, voidpf stream, void *buffer, uLong size)
{
	struct zip_memory *m = context;
	size_t n = m->len - m->at < size ? m->len - m->at : size;

	(void)stream;
	m->cut |= n < size;
	if (n > 0)
		memcpy(buffer, m->bytes + m->at, n);
	m->at += n;
	return n;
}

static ZPOS64_T ZCALLBACK zip_tell(voidpf context, voidpf stream)
{
	const struct zip_memory *m = context;

	(void)stream;
	return m->at;
}

static long ZCALLBACK zip_seek(voidpf context, voidpf stream, ZPOS64_T offset, int origin)
{
	struct zip_memory *m = context;
	size_t base = origin == ZLIB_FILEFUNC_SEEK_CUR   ? m->at
		      : origin == ZLIB_FILEFUNC_SEEK_END ? m->len
							 : 0;

	(void)stream;
	if (offset > m->len - base) /* also what would wrap around */
		return -1;
	m->at = base + (size_t)offset;
	return 0;
}

static int ZCALLBACK zip_close(voidpf context, voidpf stream)
{
	(void)context;
	(void)stream;
	return 0;
}

/* ---- entries */

static enum err_code zip_damaged(const char *what, struct err *err)
{
	return err_set(err, ERR_MALFORMED,
		       "the ZIP is damaged or cut short (%s); make or copy it again", what);
}

/* A name can be anything: what is no printable ASCII could neither be uploaded nor shown. */
static bool zip_name_is_plain(const char *name)
{
	for (; *name != '\0'; name++)
		if (*name < 0x20 || *name > 0x7E)
			return false;
	return true;
}

/* Inflates the entry under way; *total counts all entries. */
static enum err_code zip_expand(unzFile zip, struct screen_entry *e, size_t *total, struct err *err)
{
	size_t capacity = 65536;

	e->bytes = malloc(capacity);
	if (e->bytes == NULL)
		return err_set(err, ERR_NOMEM, "out of memory");
	for (;;) {
		size_t room = capacity - e->len < (1U << 20) ? capacity - e->len : 1U << 20;
		int got = unzReadCurrentFile(zip, e->bytes + e->len, (unsigned)room);

		if (got < 0)
			return zip_damaged("its compressed data", err);
		if (got == 0)
			return ERR_OK;
		e->len += (size_t)got;
		*total += (size_t)got;
		if (e->len > LIMIT_SCREEN_FILE_BYTES || *total > LIMIT_SCREEN_ZIP_BYTES)
			return err_set(err, ERR_TOO_BIG,
				       "it expands to more than %lld MiB a file or %lld MiB in "
				       "all; split it",
				       (long long)(LIMIT_SCREEN_FILE_BYTES >> 20),
				       (long long)(LIMIT_SCREEN_ZIP_BYTES >> 20));
		if (e->len == capacity) {
			char *larger = realloc(e->bytes, 2 * capacity);

			if (larger == NULL)
				return err_set(err, ERR_NOMEM, "out of memory");
			e->bytes = larger;
			capacity *= 2;
		}
	}
}

static enum err_code zip_entry(unzFile zip, struct screen_entry *e, size_t *total, struct err *err)
{
	char name[ZIP_NAME_BYTES];
	unz_file_info64 info;
	enum err_code code;
	int closed;

	if (unzGetCurrentFileInfo64(zip, &info, name, sizeof name, NULL, 0, NULL, 0) != UNZ_OK)
		return zip_damaged("its table of contents cannot be read", err);
	if (info.size_filename == 0 || info.size_filename >= sizeof name ||
	    strlen(name) != info.size_filename || !zip_name_is_plain(name))
		return err_set(err, ERR_MALFORMED,
			       "a file in it has a name that is too long or no plain text; use "
			       "letters, digits, _ and -");
	if (info.flag & ZIP_FLAG_ENCRYPTED)
		return err_set(err, ERR_MALFORMED, "it is encrypted; make it without a password");
	e->name = calloc(strlen(name) + 1, 1);
	if (e->name == NULL)
		return err_set(err, ERR_NOMEM, "out of memory");
	memcpy(e->name, name, strlen(name));
	if (unzOpenCurrentFile(zip) != UNZ_OK)
		return zip_damaged("the header of a file", err);
	code = zip_expand(zip, e, total, err);
	closed = unzCloseCurrentFile(zip);
	if (code == ERR_OK && closed != UNZ_OK)
		code = zip_damaged("a checksum does not fit", err);
	return code;
}

static enum err_code zip_entries(unzFile zip, const struct zip_memory *memory,
				 struct screen_entries *entries, struct err *err)
{
	unz_global_info64 about;
	enum err_code code = ERR_OK;
	size_t total = 0;
	int at;

	/* minizip passes over a table of contents that ends too soon */
	if (memory->cut || unzGetGlobalInfo64(zip, &about) != UNZ_OK)
		return zip_damaged("its table of contents cannot be read", err);
	if (about.number_entry > LIMIT_ZIP_ENTRIES)
		return err_set(err, ERR_TOO_BIG, "it holds %llu files, more than %d; split it",
			       (unsigned long long)about.number_entry, LIMIT_ZIP_ENTRIES);
	entries->items = calloc((size_t)about.number_entry + 1, sizeof *entries->items);
	if (entries->items == NULL)
		return err_set(err, ERR_NOMEM, "out of memory");
	at = about.number_entry == 0 ? UNZ_END_OF_LIST_OF_FILE : unzGoToFirstFile(zip);
	while (code == ERR_OK && at == UNZ_OK && entries->n < about.number_entry) {
		code = zip_entry(zip, &entries->items[entries->n++], &total, err);
		if (code == ERR_OK)
			at = unzGoToNextFile(zip);
	}
	if (code == ERR_OK && at != UNZ_END_OF_LIST_OF_FILE)
		code = zip_damaged("its table of contents cannot be read", err);
	return code;
}

enum err_code screen_zip_read(struct screen_entries *entries, const char *bytes, size_t len,
			      struct err *err)
{
	struct zip_memory memory = { .bytes = bytes, .len = len };
	zlib_filefunc64_def io = {
		.zopen64_file = zip_open,
		.zread_file = zip_read,
		.ztell64_file = zip_tell,
		.zseek64_file = zip_seek,
		.zclose_file = zip_close,
		.zerror_file = zip_close,
		.opaque = &memory,
	};
	enum err_code code;
	unzFile zip;

	memset(entries, 0, sizeof *entries);
	if (len < 4 || bytes[0] != 'P' || bytes[1] != 'K')
		return err_set(err, ERR_MALFORMED, "it is no ZIP; make one of the files");
	zip = unzOpen2_64("upload", &io);
	if (zip == NULL)
		return zip_damaged("its table of contents is not there", err);
	code = zip_entries(zip, &memory, entries, err);
	(void)unzClose(zip);
	if (code == ERR_OK)
		screen_entries_sort(entries);
	else
		screen_entries_clear(entries);
	return code;
}

static int entries_compare(const void *a, const void *b)
{
	const struct screen_entry *x = a, *y = b;

	return strcmp(x->name, y->name);
}

void screen_entries_sort(struct screen_entries *entries)
{
	if (entries->n > 1)
		qsort(entries->items, entries->n, sizeof *entries->items, entries_compare);
}

void screen_entries_clear(struct screen_entries *entries)
{
	for (size_t i = 0; i < entries->n; i++) {
		free(entries->items[i].name);
		free(entries->items[i].bytes);
	}
	free(entries->items);
	memset(entries, 0, sizeof *entries);
}
