/* Bytes as a CIN census message: whatever is read must be rows of the announced lists. */

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "agent/cin_xml.h"
#include "proto/limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static enum err_code on_table(void *context, const char *name, struct err *err)
{
	const struct cin_xml_columns **current = context;

	(void)err;
	for (*current = cin_xml_columns; strcmp((*current)->list, name) != 0; (*current)++)
		assert((*current)->list != NULL);
	return ERR_OK;
}

static enum err_code on_row(void *context, int64_t row, const struct cell *cells, int n_cells,
			    struct err *err)
{
	const struct cin_xml_columns **current = context;

	(void)err;
	assert(row > 0 && *current != NULL && n_cells == (*current)->n);
	for (int i = 0; i < n_cells; i++) {
		assert(cells[i].len <= LIMIT_CELL_BYTES);
		assert(strlen(cells[i].text) == cells[i].len);
	}
	return ERR_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	const struct cin_xml_columns *current = NULL;
	const struct sink sink = { &current, on_table, on_row, NULL };
	struct err err = { ERR_OK, "" };
	int fd = memfd_create("cin.xml", MFD_CLOEXEC);

	if (fd < 0)
		return 0;
	(void)reader_cin_xml.sniff(bytes, len < 4096 ? len : 4096);
	if (write(fd, bytes, len) == (ssize_t)len && lseek(fd, 0, SEEK_SET) == 0) {
		if (cin_xml_read(fd, len % 2 == 0, &sink, &err) != ERR_OK)
			assert(err.text[0] != '\0');
	}
	(void)close(fd);
	return 0;
}
