/* Bytes as a CSV file: whatever is read keeps the sink's contract (rows in order, UTF-8 within the
 * limits), and what is refused says why. */

#include <assert.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "agent/reader.h"
#include "proto/limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

struct told {
	int n_tables;
	int64_t last_row;
};

static enum err_code on_table(void *context, const char *name, struct err *err)
{
	struct told *told = context;

	(void)err;
	assert(name == NULL && told->last_row == 0);
	told->n_tables++;
	return ERR_OK;
}

/* Whether n bytes are UTF-8; written apart from the reader's own check. */
static int is_utf8(const unsigned char *s, size_t n)
{
	for (size_t i = 0; i < n;) {
		unsigned c = s[i], code, more = c < 0x80 ? 0 : c < 0xE0 ? 1 : c < 0xF0 ? 2 : 3;
		static const unsigned least[] = { 0, 0x80, 0x800, 0x10000 };

		if (more > 0 && c < 0xC0)
			return 0;
		code = more == 0 ? c : c & (0x3FU >> more);
		if (i + more >= n)
			return 0;
		for (unsigned k = 1; k <= more; k++) {
			if ((s[i + k] & 0xC0) != 0x80)
				return 0;
			code = code << 6 | (s[i + k] & 0x3FU);
		}
		if (code < least[more] || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000))
			return 0;
		i += more + 1;
	}
	return 1;
}

static enum err_code on_row(void *context, int64_t row, const struct cell *cells, int n_cells,
			    struct err *err)
{
	struct told *told = context;

	(void)err;
	assert(told->n_tables == 1 && row > told->last_row);
	assert(n_cells > 0 && n_cells <= LIMIT_COLUMNS);
	told->last_row = row;
	for (int i = 0; i < n_cells; i++) {
		assert(cells[i].type == CELL_TEXT && cells[i].len <= LIMIT_CELL_BYTES);
		assert(memchr(cells[i].text, 0, cells[i].len) == NULL);
		assert(is_utf8((const unsigned char *)cells[i].text, cells[i].len));
	}
	return ERR_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	int fd = memfd_create("in.csv", MFD_CLOEXEC);
	struct told told = { 0, 0 };
	struct sink sink = { &told, on_table, on_row, NULL };
	struct err err = { ERR_OK, "" };

	if (fd < 0)
		return 0;
	(void)reader_csv.sniff(bytes, len < 4096 ? len : 4096);
	if (write(fd, bytes, len) == (ssize_t)len) {
		enum err_code code = reader_csv.read(fd, &sink, &err);

		assert(code == ERR_OK || code == ERR_MALFORMED || code == ERR_TOO_BIG);
		assert(code == ERR_OK || err.text[0] != '\0');
	}
	(void)close(fd);
	return 0;
}
