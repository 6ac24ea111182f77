/* Bytes as a workbook. What begins with PK is taken as the file; anything else is the parts of one
 * (sheet, shared strings, styles, workbook), each ended by a NUL, in a zip made here: a fuzzer
 * hardly finds its way through a compressed stream and its checksum. */

#include <assert.h>
#include <minizip/zip.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "agent/reader.h"
#include "proto/limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

#define RELATION(id, type, target) \
	"<Relationship Id=\"" id "\" Type=\"/" type "\" Target=\"" target "\"/>"

static const char relations[] =
	"<Relationships>" RELATION("r1", "worksheet", "worksheets/sheet1.xml")
		RELATION("r2", "sharedStrings", "sharedStrings.xml")
			RELATION("r3", "styles", "styles.xml") "</Relationships>";

static const char workbook[] = "<workbook><sheet name=\"One\" r:id=\"r1\"/></workbook>";

static enum err_code on_table(void *context, const char *name, struct err *err)
{
	(void)context;
	(void)err;
	assert(name != NULL);
	return ERR_OK;
}

static enum err_code on_row(void *context, int64_t row, const struct cell *cells, int n_cells,
			    struct err *err)
{
	(void)context;
	(void)err;
	assert(row > 0 && row <= LIMIT_ROWS && n_cells > 0 && n_cells <= LIMIT_COLUMNS);
	assert(cells[n_cells - 1].len > 0);
	for (int i = 0; i < n_cells; i++) {
		assert(cells[i].len <= LIMIT_CELL_BYTES);
		assert(strlen(cells[i].text) == cells[i].len);
	}
	return ERR_OK;
}

static void add_part(zipFile zip, const char *name, const void *bytes, size_t len)
{
	if (zipOpenNewFileInZip(zip, name, NULL, NULL, 0, NULL, 0, NULL, 0, 0) == ZIP_OK) {
		(void)zipWriteInFileInZip(zip, bytes, (unsigned)len);
		(void)zipCloseFileInZip(zip);
	}
}

static bool make_zip(const char *path, const uint8_t *bytes, size_t len)
{
	static const char *const names[] = { "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml",
					     "xl/styles.xml", "xl/workbook.xml" };
	zipFile zip = zipOpen(path, APPEND_STATUS_CREATE);
	size_t n = 0;

	if (zip == NULL)
		return false;
	add_part(zip, "xl/_rels/workbook.xml.rels", relations, sizeof relations - 1);
	for (; n < sizeof names / sizeof *names && len > 0; n++) {
		const uint8_t *end = memchr(bytes, 0, len);
		size_t part = end == NULL ? len : (size_t)(end - bytes);

		add_part(zip, names[n], bytes, part);
		part += end != NULL;
		bytes += part;
		len -= part;
	}
	if (n < sizeof names / sizeof *names)
		add_part(zip, "xl/workbook.xml", workbook, sizeof workbook - 1);
	return zipClose(zip, NULL) == ZIP_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static const struct sink sink = { NULL, on_table, on_row, NULL };
	struct err err = { ERR_OK, "" };
	int fd = memfd_create("book.xlsx", MFD_CLOEXEC);
	char path[64];
	bool made;

	if (fd < 0)
		return 0;
	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	if (len >= 2 && bytes[0] == 'P' && bytes[1] == 'K')
		made = write(fd, bytes, len) == (ssize_t)len;
	else
		made = make_zip(path, bytes, len);
	(void)reader_xlsx.sniff(bytes, len < 4096 ? len : 4096);
	if (made && reader_xlsx.read(fd, &sink, &err) != ERR_OK)
		assert(err.text[0] != '\0');
	(void)close(fd);
	return 0;
}
