/* In: an Excel workbook (.xlsx, Office Open XML). Out: its sheets, hidden ones too, in the order of
 * the tabs, row by row. Dropped: formulas, styles other than "is a date", charts, blank rows and
 * trailing blank cells. Everything is bounded by proto/limits.h; a sheet is streamed, only the
 * shared strings are held. */

#include "agent/reader.h"

#include <string.h>

#include "agent/xlsx_book.h"
#include "agent/xlsx_sheet.h"
#include "agent/xlsx_zip.h"

static const uint8_t head_zip[] = { 'P', 'K', 3, 4 };
static const uint8_t head_empty_zip[] = { 'P', 'K', 5, 6 };
static const uint8_t head_ole[] = { 0xD0, 0xCF, 0x11, 0xE0 }; /* read only to say the mend */

static int xlsx_sniff(const uint8_t *head, size_t n)
{
	return n >= 4 && (memcmp(head, head_zip, 4) == 0 || memcmp(head, head_empty_zip, 4) == 0 ||
			  memcmp(head, head_ole, 4) == 0);
}

static enum err_code xlsx_read_sheets(struct xlsx_zip *zip, const struct xlsx_book *book,
				      const struct sink *sink, struct err *err)
{
	if (book->n_sheets == 0)
		return err_set(err, ERR_MALFORMED, "the workbook has no sheets: export it again");
	for (int i = 0; i < book->n_sheets; i++) {
		const struct xlsx_sheet_entry *sheet = &book->sheets[i];
		enum err_code code = sink->on_table(sink->context, sheet->name, err);

		if (code == ERR_OK)
			code = xlsx_sheet_read(zip, book, sheet->part, sink, err);
		if (code != ERR_OK) {
			err_wrap(err, "sheet \"%.64s\"", sheet->name);
			return code;
		}
	}
	return ERR_OK;
}

static enum err_code xlsx_read(int fd, const struct sink *sink, struct err *err)
{
	struct xlsx_zip zip;
	struct xlsx_book book;
	enum err_code code = xlsx_zip_open(&zip, fd, err);

	if (code != ERR_OK)
		return code;
	code = xlsx_book_load(&book, &zip, err);
	if (code == ERR_OK) {
		code = xlsx_read_sheets(&zip, &book, sink, err);
		xlsx_book_clear(&book);
	}
	xlsx_zip_close(&zip);
	return code;
}

const struct reader reader_xlsx = { "xlsx", xlsx_sniff, xlsx_read };
