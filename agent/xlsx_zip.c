#include "agent/xlsx_zip.h"

#include <errno.h>
#include <minizip/unzip.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/limits.h"

#define ANY_CASE 2
#define FLAG_ENCRYPTED 1

/* ---- minizip's view of the open file */

static voidpf ZCALLBACK xlsx_zip_io_open(voidpf context, const void *name, int mode)
{
	(void)name;
	return mode & ZLIB_FILEFUNC_MODE_WRITE ? NULL : context;
}

static uLong ZCALLBACK xlsx_zip_io_read(voidpf context, voidpf stream, void *buffer, uLong size)
{
	struct xlsx_zip *z = context;
	uLong n = 0;

	(void)stream;
	while (n < size) {
		ssize_t got = pread(z->fd, (char *)buffer + n, size - n, (off_t)z->at);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			z->error = errno;
		z->cut |= got == 0;
		if (got <= 0)
			break;
		n += (uLong)got;
		z->at += got;
	}
	return n;
}

static ZPOS64_T ZCALLBACK xlsx_zip_io_tell(voidpf context, voidpf stream)
{
	const struct xlsx_zip *z = context;

	(void)stream;
	return (ZPOS64_T)z->at;
}

static long ZCALLBACK xlsx_zip_io_seek(voidpf context, voidpf stream, ZPOS64_T offset, int origin)
{
	struct xlsx_zip *z = context;
	int64_t base = 0;

	(void)stream;
	if (origin == ZLIB_FILEFUNC_SEEK_CUR)
		base = z->at;
	else if (origin == ZLIB_FILEFUNC_SEEK_END)
		base = z->size_bytes;
	if (offset > (ZPOS64_T)(z->size_bytes - base)) /* also what would wrap around */
		return -1;
	z->at = base + (int64_t)offset;
	return 0;
}

static int ZCALLBACK xlsx_zip_io_close(voidpf context, voidpf stream)
{
	(void)context;
	(void)stream;
	return 0;
}

static int ZCALLBACK xlsx_zip_io_error(voidpf context, voidpf stream)
{
	const struct xlsx_zip *z = context;

	(void)stream;
	return z->error;
}

/* ---- opening */

static enum err_code xlsx_zip_damaged(const struct xlsx_zip *z, const char *what, struct err *err)
{
	if (z->error != 0)
		return err_set(err, ERR_IO, "read: %s", strerror(z->error));
	return err_set(err, ERR_MALFORMED,
		       "the workbook is damaged or cut short (%s): copy or export it again", what);
}

/* What opens with an OLE header is an .xls, or an .xlsx that Excel has encrypted. */
static enum err_code xlsx_zip_check_head(struct xlsx_zip *z, struct err *err)
{
	static const uint8_t ole[] = { 0xD0, 0xCF, 0x11, 0xE0 };
	uint8_t head[4] = { 0 };

	if (z->size_bytes > LIMIT_FILE_BYTES)
		return err_set(err, ERR_TOO_BIG,
			       "the file has more than %lld bytes: split it or leave out what is "
			       "not asked for",
			       LIMIT_FILE_BYTES);
	(void)xlsx_zip_io_read(z, NULL, head, sizeof head);
	z->at = 0;
	if (memcmp(head, ole, sizeof ole) == 0)
		return err_set(err, ERR_MALFORMED,
			       "an old .xls workbook, or one with a password, is not read: save "
			       "it as .xlsx without a password");
	if (head[0] != 'P' || head[1] != 'K')
		return xlsx_zip_damaged(z, "it does not begin as an .xlsx file", err);
	return ERR_OK;
}

enum err_code xlsx_zip_open(struct xlsx_zip *z, int fd, struct err *err)
{
	zlib_filefunc64_def io = {
		.zopen64_file = xlsx_zip_io_open,
		.zread_file = xlsx_zip_io_read,
		.ztell64_file = xlsx_zip_io_tell,
		.zseek64_file = xlsx_zip_io_seek,
		.zclose_file = xlsx_zip_io_close,
		.zerror_file = xlsx_zip_io_error,
		.opaque = z,
	};
	unz_global_info64 about;
	struct stat st;
	enum err_code code;

	memset(z, 0, sizeof *z);
	z->fd = fd;
	if (fstat(fd, &st) != 0)
		return err_set(err, ERR_IO, "stat: %s", strerror(errno));
	z->size_bytes = st.st_size;
	code = xlsx_zip_check_head(z, err);
	if (code != ERR_OK)
		return code;
	z->unz = unzOpen2_64("workbook", &io);
	if (z->unz == NULL)
		return xlsx_zip_damaged(z, "its table of contents is not there", err);
	/* minizip passes over a table of contents that ends too soon */
	if (z->cut || unzGetGlobalInfo64(z->unz, &about) != UNZ_OK)
		code = xlsx_zip_damaged(z, "its table of contents cannot be read", err);
	else if (about.number_entry > LIMIT_ZIP_ENTRIES)
		code = err_set(err, ERR_TOO_BIG,
			       "the workbook has %llu parts, more than %d: save it with fewer "
			       "sheets and pictures",
			       (unsigned long long)about.number_entry, LIMIT_ZIP_ENTRIES);
	if (code != ERR_OK)
		xlsx_zip_close(z);
	return code;
}

void xlsx_zip_close(struct xlsx_zip *z)
{
	if (z->unz != NULL)
		(void)unzClose(z->unz);
	z->unz = NULL;
}

/* ---- parts */

bool xlsx_zip_has(struct xlsx_zip *z, const char *part)
{
	return unzLocateFile(z->unz, part, ANY_CASE) == UNZ_OK;
}

static enum err_code xlsx_zip_read(void *context, void *buffer, size_t size, size_t *n,
				   struct err *err)
{
	struct xlsx_zip *z = context;
	int got = unzReadCurrentFile(z->unz, buffer, (unsigned)size);

	if (got < 0)
		return xlsx_zip_damaged(z, "its compressed data", err);
	z->n_expanded += got;
	if (z->n_expanded > LIMIT_EXPANDED_BYTES)
		return err_set(err, ERR_TOO_BIG,
			       "the workbook expands to more than %lld bytes: split it or leave "
			       "out what is not asked for",
			       LIMIT_EXPANDED_BYTES);
	*n = (size_t)got;
	return ERR_OK;
}

enum err_code xlsx_zip_parse(struct xlsx_zip *z, const char *part, struct xml *x, struct err *err)
{
	const struct xml_source source = { .context = z, .read = xlsx_zip_read };
	unz_file_info64 info;
	enum err_code code;
	int closed;

	if (unzLocateFile(z->unz, part, ANY_CASE) != UNZ_OK)
		return xlsx_zip_damaged(z, "this part of it is missing", err);
	if (unzGetCurrentFileInfo64(z->unz, &info, NULL, 0, NULL, 0, NULL, 0) != UNZ_OK)
		return xlsx_zip_damaged(z, "its table of contents cannot be read", err);
	if (info.flag & FLAG_ENCRYPTED)
		return err_set(err, ERR_MALFORMED,
			       "the workbook is encrypted: save it as .xlsx without a password");
	if (unzOpenCurrentFile(z->unz) != UNZ_OK)
		return xlsx_zip_damaged(z, "the header of a part", err);
	code = xml_parse(x, &source, err);
	closed = unzCloseCurrentFile(z->unz);
	if (code == ERR_OK && closed != UNZ_OK)
		code = xlsx_zip_damaged(z, "a checksum does not fit", err);
	return code;
}
