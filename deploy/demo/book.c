#include "deploy/demo/book.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "deploy/demo/events.h"
#include "proto/date.h"

#define BOOK_EXCEL_EPOCH 25569 /* serial number of 1970-01-01 */
#define BOOK_HEADING_BYTES 256
#define BOOK_LABEL_BYTES 160

enum err_code book_make_folder(const char *path, struct err *err)
{
	char part[1200];
	size_t n = strlen(path);

	if (n >= sizeof part)
		return err_set(err, ERR_TOO_BIG, "%.60s…: the path is too long", path);
	for (size_t i = 1; i <= n; i++) {
		if (path[i] != '/' && path[i] != '\0')
			continue;
		memcpy(part, path, i);
		part[i] = '\0';
		if (mkdir(part, 0777) != 0 && errno != EEXIST)
			return err_set(err, ERR_IO, "make folder %s: %s", part, strerror(errno));
	}
	return ERR_OK;
}

enum err_code book_open(struct book *b, const struct dialect *d, const char *folder,
			int32_t created, struct err *err)
{
	lxw_workbook_options options = { .constant_memory = LXW_FALSE };
	lxw_doc_properties properties = { .title = (char *)(uintptr_t) "Synthetic extract",
					  .created = (time_t)created * 86400 };
	enum err_code code;

	memset(b, 0, sizeof *b);
	b->dialect = d;
	b->left_out = NONE;
	(void)snprintf(b->folder, sizeof b->folder, "%s", folder);
	code = book_make_folder(folder, err);
	if (code != ERR_OK || !d->xlsx)
		return code;
	(void)snprintf(b->name, sizeof b->name, "%s/annex_a.xlsx", folder);
	b->workbook = workbook_new_opt(b->name, &options);
	if (b->workbook == NULL)
		return err_set(err, ERR_NOMEM, "%s: out of memory for the workbook", b->name);
	(void)workbook_set_properties(b->workbook, &properties);
	b->date_format = workbook_add_format(b->workbook);
	format_set_num_format(b->date_format, "dd/mm/yyyy");
	return ERR_OK;
}

enum err_code book_close(struct book *b, struct err *err)
{
	enum err_code code = ERR_OK;

	if (b->file != NULL)
		(void)fclose(b->file);
	b->file = NULL;
	if (b->workbook != NULL) {
		lxw_error failure = workbook_close(b->workbook);

		if (failure != LXW_NO_ERROR)
			code = err_set(err, ERR_IO, "%s/annex_a.xlsx: %s", b->folder,
				       lxw_strerror(failure));
	}
	b->workbook = NULL;
	return code;
}

/* The same heading as another clerk would type it. */
static void book_heading(struct book *b, int column, const char *heading)
{
	char text[BOOK_HEADING_BYTES];
	size_t n;

	(void)snprintf(text, sizeof text - 1, "%s", heading);
	n = strlen(text);
	if (b->dialect->drift && column % 3 == 1) {
		text[n] = ' ';
		text[n + 1] = '\0';
	} else if (b->dialect->drift) {
		for (size_t i = 1; i < n; i++)
			text[i] = (char)(column % 3 == 0 ? tolower((unsigned char)text[i])
							 : toupper((unsigned char)text[i]));
	}
	book_text(b, text);
}

static enum err_code book_begin_csv(struct book *b, const struct book_list *list, struct err *err)
{
	(void)snprintf(b->name, sizeof b->name, "%s/%s", b->folder, list->csv);
	b->file = fopen(b->name, "wb");
	if (b->file == NULL)
		return err_set(err, ERR_IO, "create %s: %s", b->name, strerror(errno));
	if (b->dialect->bom)
		(void)fputs("\xEF\xBB\xBF", b->file);
	return ERR_OK;
}

static enum err_code book_begin_sheet(struct book *b, const struct book_list *list, struct err *err)
{
	char sheet[64];

	if (b->dialect->sheet_names == 2)
		(void)snprintf(sheet, sizeof sheet, "%s", list->sheet);
	else
		(void)snprintf(sheet, sizeof sheet, "List%c%d",
			       b->dialect->sheet_names == 1 ? '_' : ' ', list->number);
	b->page = workbook_add_worksheet(b->workbook, sheet);
	if (b->page == NULL)
		return err_set(err, ERR_NOMEM, "%s: no sheet %s", b->folder, sheet);
	if (b->dialect->title_row) {
		book_text(b, list->title);
		book_row(b);
	}
	return ERR_OK;
}

enum err_code book_begin(struct book *b, const struct book_list *list, int left_out,
			 struct err *err)
{
	enum err_code code;

	b->row = 0;
	b->cell = 0;
	b->column = 0;
	b->left_out = NONE;
	b->page = NULL;
	if (b->workbook != NULL && list->title != NULL)
		code = book_begin_sheet(b, list, err);
	else
		code = book_begin_csv(b, list, err);
	if (code != ERR_OK)
		return code;
	b->left_out = left_out;
	for (int i = 0; i < list->n_columns; i++)
		book_heading(b, i, list->columns[i].heading);
	book_row(b);
	return ERR_OK;
}

enum err_code book_end(struct book *b, struct err *err)
{
	bool failed = b->failed;

	if (b->file != NULL) {
		failed = ferror(b->file) != 0 || failed;
		failed = fclose(b->file) != 0 || failed;
		b->file = NULL;
	}
	b->failed = false;
	return failed ? err_set(err, ERR_IO, "write %s: %s", b->name, strerror(errno)) : ERR_OK;
}

/* Whether the next cell is to be written. */
static bool book_next(struct book *b)
{
	if (b->column++ == b->left_out)
		return false;
	if (b->file != NULL && b->cell > 0)
		(void)putc_unlocked(b->dialect->separator != 0 ? b->dialect->separator : ',',
				    b->file);
	b->cell++;
	return true;
}

/* The only letter beyond ASCII that the lists hold is the closing quote of "children's". */
static void book_put(struct book *b, const char *text)
{
	for (const char *p = text; *p != '\0'; p++) {
		if (b->dialect->windows_1252 && strncmp(p, "\xE2\x80\x99", 3) == 0) {
			(void)putc_unlocked(0x92, b->file);
			p += 2;
			continue;
		}
		(void)putc_unlocked(*p, b->file);
	}
}

void book_text(struct book *b, const char *text)
{
	char separator = b->dialect->separator != 0 ? b->dialect->separator : ',';
	bool quoted;

	if (!book_next(b))
		return;
	if (b->page != NULL) {
		if (*text != '\0' && worksheet_write_string(b->page, b->row, b->cell - 1, text,
							    NULL) != LXW_NO_ERROR)
			b->failed = true;
		return;
	}
	quoted = strchr(text, separator) != NULL;
	if (quoted)
		(void)putc_unlocked('"', b->file);
	book_put(b, text);
	if (quoted)
		(void)putc_unlocked('"', b->file);
}

void book_date(struct book *b, int32_t date)
{
	char text[16];
	int year;
	int month;
	int day;

	if (date == NEVER) {
		book_text(b, "");
		return;
	}
	if (b->page != NULL && !b->dialect->text_dates) {
		if (book_next(b) &&
		    worksheet_write_number(b->page, b->row, b->cell - 1, date + BOOK_EXCEL_EPOCH,
					   b->date_format) != LXW_NO_ERROR)
			b->failed = true;
		return;
	}
	date_to_ymd(date, &year, &month, &day);
	text[0] = (char)('0' + day / 10);
	text[1] = (char)('0' + day % 10);
	text[2] = '/';
	text[3] = (char)('0' + month / 10);
	text[4] = (char)('0' + month % 10);
	text[5] = '/';
	for (int i = 9; i > 5; i--) {
		text[i] = (char)('0' + year % 10);
		year /= 10;
	}
	text[10] = '\0';
	book_text(b, text);
}

void book_int(struct book *b, int64_t value)
{
	if (b->page != NULL) {
		if (book_next(b) && worksheet_write_number(b->page, b->row, b->cell - 1,
							   (double)value, NULL) != LXW_NO_ERROR)
			b->failed = true;
		return;
	}
	book_numbered(b, "", value, 1);
}

/* Digits by hand: of the millions of cells most are codes and numbers. */
void book_numbered(struct book *b, const char *before, int64_t number, int digits)
{
	char text[64];
	char *at = text + sizeof text;
	uint64_t left = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
	size_t n = strlen(before);

	assert(n + 24 < sizeof text);
	*--at = '\0';
	for (int i = 0; i < digits || left > 0; i++, left /= 10)
		*--at = (char)('0' + left % 10);
	if (number < 0)
		*--at = '-';
	memcpy(at - n, before, n);
	book_text(b, at - n);
}

/* "a) 1A: Individual", "1A: Individual" or "1A"; "N1 - Abuse or neglect" or "N1"; "a) Yes". */
void book_label(struct book *b, const struct label *label)
{
	char text[BOOK_LABEL_BYTES];
	char *at = text;
	bool prefixes = b->dialect->prefixes;
	bool listed = label != NULL && label->code[0] != '\0';

	*at = '\0';
	if (listed) {
		bool whole = label->text[0] != '\0' && (prefixes || b->dialect->drift);

		assert(strlen(label->prefix) + strlen(label->code) + strlen(label->text) + 3 <
		       sizeof text);
		at = stpcpy(at, prefixes ? label->prefix : "");
		at = stpcpy(at, label->code);
		if (whole)
			at = stpcpy(at, label->prefix[0] != '\0' ? ": " : " - ");
		(void)stpcpy(at, whole ? label->text : "");
	} else if (label != NULL) {
		(void)stpcpy(at, label->text);
	}
	book_text(b, text);
}

void book_row(struct book *b)
{
	if (b->file != NULL) {
		(void)putc_unlocked('\r', b->file);
		(void)putc_unlocked('\n', b->file);
	}
	b->row++;
	b->cell = 0;
	b->column = 0;
}
