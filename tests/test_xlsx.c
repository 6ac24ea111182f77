#include "agent/reader.h"

#include "tests/harness.h"

#include <fcntl.h>
#include <minizip/zip.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xlsxwriter.h>

#include "proto/limits.h"

/* Workbooks are written here part by part, or by libxlsxwriter, and read back as text: "[sheet]",
 * then for each row its number and its cells, t: text, n: number, d: date. */

#define READ_BYTES (1024 * 1024)

struct seen {
	char text[READ_BYTES];
	size_t len;
	int64_t n_rows, n_cells;
	int n_bad;       /* cells that break the contract of agent/reader.h */
	int stop_at_row; /* the sink refuses this row; 0: none */
};

static struct seen seen;

static void seen_add(const char *text, size_t len)
{
	if (len < sizeof seen.text - seen.len) {
		memcpy(seen.text + seen.len, text, len);
		seen.len += len;
		seen.text[seen.len] = '\0';
	}
}

static enum err_code on_table(void *context, const char *name, struct err *err)
{
	(void)context;
	(void)err;
	seen_add("[", 1);
	seen_add(name, strlen(name));
	seen_add("]\n", 2);
	return ERR_OK;
}

static enum err_code on_row(void *context, int64_t row, const struct cell *cells, int n_cells,
			    struct err *err)
{
	static const char types[] = { 't', 'n', 'd' };
	char number[32];

	(void)context;
	if (seen.stop_at_row == row)
		return err_set(err, ERR_FULL, "no more rows");
	seen.n_rows++;
	seen.n_cells += n_cells;
	seen_add(number, (size_t)snprintf(number, sizeof number, "%lld", (long long)row));
	for (int i = 0; i < n_cells; i++) {
		seen.n_bad +=
			strlen(cells[i].text) != cells[i].len || cells[i].len > LIMIT_CELL_BYTES;
		seen_add("|", 1);
		if (cells[i].len > 0) {
			seen_add(&types[cells[i].type], 1);
			seen_add(":", 1);
		}
		seen_add(cells[i].text, cells[i].len);
	}
	seen_add("\n", 1);
	return ERR_OK;
}

static const struct sink sink = { NULL, on_table, on_row, NULL };

static enum err_code read_book(const char *path, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	enum err_code code;

	ck_assert_int_ge(fd, 0);
	seen.len = 0;
	seen.text[0] = '\0';
	seen.n_rows = seen.n_cells = 0;
	err_clear(err);
	code = reader_xlsx.read(fd, &sink, err);
	(void)close(fd);
	ck_assert_int_eq(seen.n_bad, 0);
	return code;
}

static void read_ok(const char *path)
{
	struct err err;

	assert_ok(read_book(path, &err), err);
}

/* ---- workbooks written part by part */

struct part {
	const char *name, *text;
};

#define RELATION "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
#define MAIN "http://schemas.openxmlformats.org/spreadsheetml/2006/main"

static const struct part root_relations = {
	"_rels/.rels", "<Relationships><Relationship Id=\"a\" Type=\"" RELATION
		       "officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
};
static const struct part relations = {
	"xl/_rels/workbook.xml.rels",
	"<Relationships>"
	"<Relationship Id=\"r1\" Type=\"" RELATION "worksheet\" Target=\"worksheets/sheet1.xml\"/>"
	"<Relationship Id=\"r2\" Type=\"" RELATION "sharedStrings\" Target=\"sharedStrings.xml\"/>"
	"<Relationship Id=\"r3\" Type=\"" RELATION "styles\" Target=\"/xl/styles.xml\"/>"
	"</Relationships>"
};
static const struct part workbook = { "xl/workbook.xml",
				      "<workbook xmlns=\"" MAIN "\" xmlns:r=\"x\"><sheets>"
				      "<sheet name=\"One\" sheetId=\"1\" r:id=\"r1\"/></sheets>"
				      "</workbook>" };
static const struct part strings = {
	"xl/sharedStrings.xml",
	"<sst><si><t>zero</t></si>"
	"<si><r><t>ri</t></r><r><rPr><b/></rPr><t xml:space=\"preserve\">ch </t></r>"
	"<rPh sb=\"0\" eb=\"1\"><t>phonetic</t></rPh></si>"
	"<si><t>a_x000D_b_x005F_x_x0000_&amp;\xC3\xA9</t></si><si/></sst>"
};
static const struct part styles = {
	"xl/styles.xml",
	"<styleSheet><numFmts><numFmt numFmtId=\"164\" formatCode=\"[Red]&quot;d&quot;0.0\\m\"/>"
	"<numFmt numFmtId=\"165\" formatCode=\"[$-809]dd mmmm yyyy;@\"/></numFmts>"
	"<cellStyleXfs><xf numFmtId=\"14\"/></cellStyleXfs>"
	"<cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/><xf numFmtId=\"164\"/>"
	"<xf numFmtId=\"165\"/><xf numFmtId=\"58\"/></cellXfs></styleSheet>"
};

static const char *write_parts(const char *name, const struct part *parts, size_t n)
{
	static char path[512];
	zipFile zip;

	(void)snprintf(path, sizeof path, "%s/%s", harness_folder(), name);
	zip = zipOpen64(path, APPEND_STATUS_CREATE);
	ck_assert_ptr_nonnull(zip);
	for (size_t i = 0; i < n; i++) {
		ck_assert_int_eq(zipOpenNewFileInZip64(zip, parts[i].name, NULL, NULL, 0, NULL, 0,
						       NULL, Z_DEFLATED, 1, 0),
				 ZIP_OK);
		ck_assert_int_eq(
			zipWriteInFileInZip(zip, parts[i].text, (unsigned)strlen(parts[i].text)),
			ZIP_OK);
		ck_assert_int_eq(zipCloseFileInZip(zip), ZIP_OK);
	}
	ck_assert_int_eq(zipClose(zip, NULL), ZIP_OK);
	return path;
}

static const char *book_of(const char *sheet)
{
	const struct part parts[] = { root_relations, workbook,
				      relations,      strings,
				      styles,         { "xl/worksheets/sheet1.xml", sheet } };

	return write_parts("book.xlsx", parts, sizeof parts / sizeof *parts);
}

/* A sheet whose sheetData holds rows. */
static const char *book_of_rows(const char *rows)
{
	size_t size = strlen(rows) + 128;
	char *sheet = malloc(size);
	const char *path;

	ck_assert_ptr_nonnull(sheet);
	(void)snprintf(sheet, size, "<worksheet><sheetData>%s</sheetData></worksheet>", rows);
	path = book_of(sheet);
	free(sheet);
	return path;
}

static void assert_rows(const char *rows, const char *expected)
{
	read_ok(book_of_rows(rows));
	ck_assert_str_eq(seen.text, expected);
}

static void assert_refused(const char *rows, enum err_code code, const char *words)
{
	struct err err;
	enum err_code got = read_book(book_of_rows(rows), &err);

	assert_error(got, code, err, words);
}

/* ---- values */

START_TEST(each_kind_of_cell_is_read)
{
	assert_rows("<row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c>"
		    "<c r=\"B1\" t=\"inlineStr\"><is><r><t>in</t></r><r><t>line</t></r>"
		    "<rPh><t>no</t></rPh></is></c>"
		    "<c r=\"C1\" t=\"b\"><v>1</v></c><c r=\"D1\" t=\"b\"><v>0</v></c>"
		    "<c r=\"E1\" t=\"e\"><v>#N/A</v></c>"
		    "<c r=\"F1\" t=\"str\"><f>A1&amp;\"x\"</f><v>zerox</v></c>"
		    "<c r=\"G1\"><f>1+1</f><v>2</v></c><c r=\"H1\" t=\"d\">"
		    "<v>2019-01-31T00:00:00</v></c></row>",
		    "[One]\n1|t:zero|t:inline|t:TRUE|t:FALSE|t:#N/A|t:zerox|n:2|d:2019-01-31\n");
}
END_TEST

START_TEST(rich_text_is_joined_phonetic_text_left_out_and_escapes_undone)
{
	assert_rows("<row r=\"1\"><c r=\"A1\" t=\"s\"><v>1</v></c><c r=\"B1\" t=\"s\"><v>2</v></c>"
		    "<c r=\"C1\" t=\"s\"><v>3</v></c><c r=\"D1\" t=\"s\"><v>0</v></c></row>",
		    "[One]\n1|t:rich |t:a\rb_x&\xC3\xA9||t:zero\n");
}
END_TEST

START_TEST(numbers_come_as_excel_shows_them)
{
	assert_rows("<row r=\"1\"><c><v>44926</v></c><c><v>0.6</v></c>"
		    "<c><v>0.55000000000000004</v></c><c><v>6.1380000000000008</v></c>"
		    "<c><v>-1</v></c><c><v>1E3</v></c><c><v>9999999999</v></c>"
		    "<c><v>12345678901234567</v></c><c><v>1.5E-7</v></c><c><v>0xff</v></c>"
		    "<c><v>nan</v></c></row>",
		    "[One]\n1|n:44926|n:0.6|n:0.55|n:6.138|n:-1|n:1000|n:9999999999|"
		    "n:12345678901234568|n:1.5e-07|t:0xff|t:nan\n");
}
END_TEST

/* Serial days by hand: 44926 is 31 December 2022, 1 is 1 January 1900, 59 is 28 February 1900,
 * 60 the day that never was, 61 is 1 March 1900, 2958465 is 31 December 9999. */
START_TEST(a_date_style_makes_a_date_of_a_serial_number)
{
	assert_rows("<row r=\"1\"><c s=\"0\"><v>44926</v></c><c s=\"1\"><v>44926</v></c>"
		    "<c s=\"2\"><v>44926</v></c><c s=\"3\"><v>44926.75</v></c>"
		    "<c s=\"4\"><v>44926</v></c><c s=\"9\"><v>44926</v></c></row>"
		    "<row r=\"2\"><c s=\"1\"><v>1</v></c><c s=\"1\"><v>59</v></c>"
		    "<c s=\"1\"><v>60</v></c><c s=\"1\"><v>61</v></c><c s=\"1\"><v>0</v></c>"
		    "<c s=\"1\"><v>-5</v></c><c s=\"1\"><v>2958465</v></c>"
		    "<c s=\"1\"><v>2958466</v></c><c s=\"1\"><v>1e300</v></c>"
		    "<c s=\"1\" t=\"str\"><v>soon</v></c></row>",
		    "[One]\n1|n:44926|d:2022-12-31|n:44926|d:2022-12-31|d:2022-12-31|n:44926\n"
		    "2|d:1900-01-01|d:1900-02-28|n:60|d:1900-03-01|n:0|n:-5|d:9999-12-31|"
		    "n:2958466|n:1e+300|t:soon\n");
}
END_TEST

START_TEST(the_1904_system_counts_from_its_own_day)
{
	const struct part mac = {
		"xl/workbook.xml",
		"<workbook><workbookPr date1904=\"1\"/><sheets>"
		"<sheet name=\"One\" r:id=\"r1\" xmlns:r=\"x\"/></sheets></workbook>"
	};
	const struct part sheet = { "xl/worksheets/sheet1.xml",
				    "<worksheet><sheetData><row><c s=\"1\"><v>43464</v></c>"
				    "<c s=\"1\"><v>0</v></c><c s=\"1\"><v>60</v></c></row>"
				    "</sheetData></worksheet>" };
	const struct part parts[] = { root_relations, mac, relations, strings, styles, sheet };

	/* 43464 = 44926 − 1462, the difference of the two systems */
	read_ok(write_parts("mac.xlsx", parts, 6));
	ck_assert_str_eq(seen.text, "[One]\n1|d:2022-12-31|d:1904-01-01|d:1904-03-01\n");
}
END_TEST

/* ---- rows and columns */

START_TEST(sparse_rows_and_columns_keep_their_places)
{
	assert_rows("<row r=\"2\"><c r=\"A2\"><v>1</v></c></row>"
		    "<row r=\"5\"><c r=\"C5\"><v>2</v></c><c r=\"AB5\" s=\"1\"/></row>"
		    "<row r=\"9\"><c r=\"A9\" s=\"1\"/></row>"
		    "<row r=\"10\"><c r=\"AA10\"><v>3</v></c></row>",
		    "[One]\n2|n:1\n5|||n:2\n10|||||||||||||||||||||||||||n:3\n");
}
END_TEST

START_TEST(missing_references_follow_on)
{
	assert_rows("<row><c><v>1</v></c><c/><c><v>2</v></c></row>"
		    "<row r=\"7\"><c r=\"B7\"><v>3</v></c><c><v>4</v></c></row>"
		    "<row><c><v>5</v></c></row>",
		    "[One]\n1|n:1||n:2\n7||n:3|n:4\n8|n:5\n");
}
END_TEST

START_TEST(a_styled_cell_far_right_does_not_matter_but_a_filled_one_is_refused)
{
	assert_rows("<row r=\"1\"><c r=\"A1\"><v>1</v></c><c r=\"XFD1\" s=\"1\"/></row>",
		    "[One]\n1|n:1\n");
	read_ok(book_of_rows("<row r=\"1\"><c r=\"IV1\"><v>1</v></c></row>"));
	ck_assert_int_eq((int)seen.n_cells, LIMIT_COLUMNS);
	assert_refused("<row r=\"1\"><c r=\"IW1\"><v>1</v></c></row>", ERR_TOO_BIG,
		       "sheet \"One\": cell IW1 is beyond column 256");
}
END_TEST

START_TEST(a_huge_row_number_is_refused)
{
	assert_refused("<row r=\"2000001\"><c><v>1</v></c></row>", ERR_TOO_BIG,
		       "row 2000001 is beyond 2000000");
	assert_refused("<row r=\"99999999999999999999\"><c><v>1</v></c></row>", ERR_TOO_BIG,
		       "is beyond 2000000");
}
END_TEST

START_TEST(nonsense_references_are_refused)
{
	assert_refused("<row r=\"0\"/>", ERR_MALFORMED, "row \"0\" is no row number");
	assert_refused("<row r=\"x\"/>", ERR_MALFORMED, "row \"x\" is no row number");
	assert_refused("<row r=\"3\"><c r=\"3\"/></row>", ERR_MALFORMED,
		       "row 3: \"3\" names no cell");
	assert_refused("<row r=\"3\"><c r=\"ZZZZZZZZZZZZ3\"/></row>", ERR_MALFORMED,
		       "names no cell");
}
END_TEST

START_TEST(a_missing_shared_string_is_refused_with_its_cell)
{
	assert_refused("<row r=\"4\"><c r=\"C4\" t=\"s\"><v>4</v></c></row>", ERR_MALFORMED,
		       "sheet \"One\": cell C4 points at text \"4\", and the workbook has 4");
	assert_refused("<row r=\"4\"><c r=\"C4\" t=\"s\"><v>-1</v></c></row>", ERR_MALFORMED, "C4");
	assert_refused("<row r=\"4\"><c r=\"C4\" t=\"s\"><v>x</v></c></row>", ERR_MALFORMED, "C4");
}
END_TEST

static char *repeated(const char *before, char c, size_t n, const char *after)
{
	char *text = malloc(strlen(before) + n + strlen(after) + 1);

	ck_assert_ptr_nonnull(text);
	(void)sprintf(text, "%s", before); /* allowed: sized above */
	memset(text + strlen(before), c, n);
	(void)sprintf(text + strlen(before) + n, "%s", after); /* allowed: sized above */
	return text;
}

START_TEST(a_cell_may_be_as_long_as_the_limit_and_no_longer)
{
	static const char before[] = "<row r=\"1\"><c r=\"B1\" t=\"str\"><v>";
	char *rows = repeated(before, 'x', LIMIT_CELL_BYTES, "</v></c></row>");

	read_ok(book_of_rows(rows));
	free(rows);
	rows = repeated(before, 'x', LIMIT_CELL_BYTES + 1, "</v></c></row>");
	assert_refused(rows, ERR_TOO_BIG, "cell B1 has more than 8192 bytes");
	free(rows);
}
END_TEST

START_TEST(a_long_shared_string_is_refused_only_where_a_cell_shows_it)
{
	const struct part sheet = { "xl/worksheets/sheet1.xml",
				    "<worksheet><sheetData><row><c t=\"s\"><v>1</v></c></row>"
				    "<row><c t=\"s\"><v>0</v></c></row></sheetData></worksheet>" };
	char *text = repeated("<sst><si><t>", 'x', 3 * LIMIT_CELL_BYTES,
			      "</t></si><si><t>next</t></si></sst>");
	const struct part parts[] = { root_relations, workbook, relations,
				      styles,         sheet,    { "xl/sharedStrings.xml", text } };
	struct err err;
	enum err_code code = read_book(write_parts("long.xlsx", parts, 6), &err);

	assert_error(code, ERR_TOO_BIG, err, "cell A2 has more than 8192 bytes");
	ck_assert_str_eq(seen.text, "[One]\n1|t:next\n");
	free(text);
}
END_TEST

/* ---- files that are no workbook, or a hostile one */

START_TEST(an_old_or_protected_workbook_says_how_to_save_it)
{
	static const char ole[] = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1 and so on";
	struct err err;
	const char *path = harness_file(harness_folder(), "old.xls", ole, sizeof ole);

	ck_assert(reader_xlsx.sniff((const uint8_t *)ole, sizeof ole));
	assert_error(read_book(path, &err), ERR_MALFORMED, err,
		     "save it as .xlsx without a password");
}
END_TEST

START_TEST(a_zip_that_is_no_workbook_says_so)
{
	const struct part part = { "content.xml", "<office/>" };
	const struct part binary[] = { { "_rels/.rels",
					 "<Relationships><Relationship Id=\"a\" Type=\"" RELATION
					 "officeDocument\" Target=\"xl/workbook.bin\"/>"
					 "</Relationships>" },
				       { "xl/workbook.bin", "x" } };
	struct err err;

	assert_error(read_book(write_parts("sheet.ods", &part, 1), &err), ERR_MALFORMED, err,
		     "not an Excel workbook (.xlsx): save it as .xlsx");
	assert_error(read_book(write_parts("sheet.xlsb", binary, 2), &err), ERR_MALFORMED, err,
		     "not an Excel workbook (.xlsx): save it as .xlsx");
}
END_TEST

START_TEST(only_workbooks_are_sniffed)
{
	ck_assert(reader_xlsx.sniff((const uint8_t *)"PK\3\4....", 8));
	ck_assert(!reader_xlsx.sniff((const uint8_t *)"PK,name\n", 8));
	ck_assert(!reader_xlsx.sniff((const uint8_t *)"PK\3", 3));
	ck_assert(!reader_xlsx.sniff((const uint8_t *)"<?xml ", 6));
}
END_TEST

START_TEST(every_truncation_is_refused_and_names_the_mend)
{
	size_t len;
	char *whole = harness_read(book_of_rows("<row r=\"1\"><c><v>1</v></c></row>"), &len);
	struct err err;

	for (size_t n = 0; n < len; n += n + 40 < len ? 7 : 1) {
		enum err_code code =
			read_book(harness_file(harness_folder(), "cut.xlsx", whole, n), &err);

		assert_error(code, ERR_MALFORMED, err, "copy or export it again");
	}
	free(whole);
}
END_TEST

START_TEST(a_flipped_byte_never_crashes_and_a_wrong_checksum_is_refused)
{
	size_t len;
	char *whole = harness_read(book_of_rows("<row r=\"1\"><c><v>1</v></c></row>"), &len);
	int n_refused = 0;
	struct err err;

	for (size_t i = 0; i < len; i++) {
		whole[i] = (char)(whole[i] ^ 0x55);
		n_refused += read_book(harness_file(harness_folder(), "flip.xlsx", whole, len),
				       &err) != ERR_OK;
		whole[i] = (char)(whole[i] ^ 0x55);
	}
	ck_assert_int_gt(n_refused, (int)len / 2);
	free(whole);
}
END_TEST

/* 100 MB of blanks a megabyte long is nothing; 1.1 GB is refused while it inflates. */
static const char *write_bomb(size_t megabytes)
{
	static char path[512], blanks[1024 * 1024];
	const struct part parts[] = { root_relations, workbook, relations, strings, styles };
	static const char before[] = "<worksheet><sheetData><row><c><v>1</v></c></row>";
	static const char after[] = "</sheetData></worksheet>";
	zipFile zip;

	(void)snprintf(path, sizeof path, "%s", write_parts("bomb.xlsx", parts, 5));
	memset(blanks, ' ', sizeof blanks);
	zip = zipOpen64(path, APPEND_STATUS_ADDINZIP);
	ck_assert_int_eq(zipOpenNewFileInZip64(zip, "xl/worksheets/sheet1.xml", NULL, NULL, 0, NULL,
					       0, NULL, Z_DEFLATED, 1, 1),
			 ZIP_OK);
	(void)zipWriteInFileInZip(zip, before, sizeof before - 1);
	for (size_t i = 0; i < megabytes; i++)
		(void)zipWriteInFileInZip(zip, blanks, sizeof blanks);
	(void)zipWriteInFileInZip(zip, after, sizeof after - 1);
	ck_assert_int_eq(zipCloseFileInZip(zip), ZIP_OK);
	ck_assert_int_eq(zipClose(zip, NULL), ZIP_OK);
	return path;
}

START_TEST(a_zip_bomb_stops_at_the_limit)
{
	struct err err;

	assert_ok(read_book(write_bomb(20), &err), err);
	assert_error(read_book(write_bomb(1025), &err), ERR_TOO_BIG, err,
		     "expands to more than 1073741824 bytes");
}
END_TEST

START_TEST(a_tag_that_never_ends_stops_at_the_limit)
{
	char *rows = repeated("<row r=\"1\" x=\"", 'x', 3 * 1024 * 1024, "\"/>");

	assert_refused(rows, ERR_TOO_BIG, "need more than 2097152 bytes");
	free(rows);
}
END_TEST

START_TEST(a_doctype_is_refused)
{
	struct err err;
	enum err_code code = read_book(
		book_of("<!DOCTYPE lolz [<!ENTITY lol \"lol\"><!ENTITY lol2 \"&lol;&lol;\">]>"
			"<worksheet><sheetData><row><c><v>&lol2;</v></c></row></sheetData>"
			"</worksheet>"),
		&err);

	assert_error(code, ERR_MALFORMED, err, "sheet \"One\": line 1: it has a DOCTYPE");
}
END_TEST

START_TEST(deep_nesting_is_refused)
{
	char rows[40 * 6 + 1] = "";

	for (int i = 0; i < 40; i++)
		(void)memcpy(rows + 3 * i, "<a>", 4);
	assert_refused(rows, ERR_TOO_BIG, "more than 32 deep");
}
END_TEST

START_TEST(the_same_cell_again_and_again_does_not_grow_without_end)
{
	char *cell = repeated("<c r=\"A1\" t=\"str\"><v>", 'x', LIMIT_CELL_BYTES, "</v></c>");
	char *rows = NULL;
	size_t size;
	FILE *f = open_memstream(&rows, &size);

	ck_assert_ptr_nonnull(f);
	(void)fputs("<row>", f);
	for (int i = 0; i < LIMIT_COLUMNS + 2; i++)
		(void)fputs(cell, f);
	(void)fputs("</row>", f);
	(void)fclose(f);
	assert_refused(rows, ERR_MALFORMED, "the same cells again and again");
	free(rows);
	free(cell);
}
END_TEST

START_TEST(damaged_xml_names_sheet_and_line)
{
	struct err err;
	enum err_code code = read_book(book_of("<worksheet>\n<sheetData>\n<row></c>"), &err);

	assert_error(code, ERR_MALFORMED, err, "sheet \"One\": line 3: it is damaged or not XML");
}
END_TEST

START_TEST(too_many_parts_or_sheets_are_refused)
{
	static struct part parts[LIMIT_ZIP_ENTRIES + 1];
	static char names[LIMIT_ZIP_ENTRIES + 1][16];
	static char sheets[16384];
	struct part many[] = { root_relations, { "xl/workbook.xml", sheets }, relations };
	size_t n = 0;
	struct err err;

	for (int i = 0; i <= LIMIT_ZIP_ENTRIES; i++) {
		(void)snprintf(names[i], sizeof names[i], "p%d", i);
		parts[i] = (struct part){ names[i], "" };
	}
	assert_error(read_book(write_parts("many.xlsx", parts, LIMIT_ZIP_ENTRIES + 1), &err),
		     ERR_TOO_BIG, err, "the workbook has 513 parts, more than 512");
	n += (size_t)snprintf(sheets, sizeof sheets, "<workbook xmlns:r=\"x\">");
	for (int i = 0; i <= LIMIT_SHEETS; i++)
		n += (size_t)snprintf(sheets + n, sizeof sheets - n,
				      "<sheet name=\"%d\" r:id=\"r1\"/>", i);
	(void)snprintf(sheets + n, sizeof sheets - n, "</workbook>");
	assert_error(read_book(write_parts("sheets.xlsx", many, 3), &err), ERR_TOO_BIG, err,
		     "more than 64 sheets");
}
END_TEST

START_TEST(what_the_sink_returns_stops_the_reader)
{
	struct err err;
	enum err_code code;

	seen.stop_at_row = 2;
	code = read_book(book_of_rows("<row><c><v>1</v></c></row><row><c><v>2</v></c></row>"
				      "<row><c><v>3</v></c></row>"),
			 &err);
	seen.stop_at_row = 0;
	assert_error(code, ERR_FULL, err, "sheet \"One\": no more rows");
	ck_assert_str_eq(seen.text, "[One]\n1|n:1\n");
}
END_TEST

/* ---- workbooks that others wrote */

static const char *write_office_book(void)
{
	static char path[512];
	lxw_workbook *book;
	lxw_worksheet *first, *hidden;
	lxw_format *date, *bold;
	lxw_datetime day = { 2026, 10, 31, 0, 0, 0.0 };
	char plain[] = "plain ", strong[] = "bold";
	lxw_rich_string_tuple one = { NULL, plain }, two;
	lxw_rich_string_tuple *rich[3];

	(void)snprintf(path, sizeof path, "%s/office.xlsx", harness_folder());
	book = workbook_new(path);
	first = workbook_add_worksheet(book, "Contacts & more");
	hidden = workbook_add_worksheet(book, "Hidden");
	(void)workbook_add_worksheet(book, "Empty");
	date = workbook_add_format(book);
	format_set_num_format(date, "dd/mm/yyyy");
	bold = workbook_add_format(book);
	format_set_bold(bold);
	two = (lxw_rich_string_tuple){ bold, strong };
	rich[0] = &one;
	rich[1] = &two;
	rich[2] = NULL;
	worksheet_write_string(first, 0, 0, "Child Unique ID", NULL);
	worksheet_write_rich_string(first, 0, 1, rich, NULL);
	worksheet_write_datetime(first, 3, 1, &day, date);
	worksheet_write_number(first, 3, 2, 0.1 + 0.2, NULL);
	worksheet_write_boolean(first, 3, 3, 1, NULL);
	worksheet_write_formula_num(first, 3, 4, "=1+2", NULL, 3);
	worksheet_write_blank(first, 3, 5, bold);
	worksheet_write_string(hidden, 0, 0, "also read", NULL);
	worksheet_hide(hidden);
	ck_assert_int_eq(workbook_close(book), LXW_NO_ERROR);
	return path;
}

START_TEST(a_workbook_of_another_program_is_read_hidden_sheets_too)
{
	read_ok(write_office_book());
	ck_assert_str_eq(seen.text, "[Contacts & more]\n1|t:Child Unique ID|t:plain bold\n"
				    "4||d:2026-10-31|n:0.3|t:TRUE|n:3\n[Hidden]\n1|t:also read\n"
				    "[Empty]\n");
}
END_TEST

/* Cells looked up by hand in the parts of the file: sheet7.xml has row 3 as 1, F, WBRI, 41640 with
 * style 80 (number format 14), 1, 42078, School, yes, 1, AT, AW; day 41640 is 1 January 2014 and
 * day 42078 is 15 March 2015; row 6 has no cell I6. */
START_TEST(the_official_annex_a_template_is_read)
{
	read_ok("tests/data/annex_a/2015-01-sample.xlsx");
	ck_assert_ptr_nonnull(strstr(seen.text,
				     "[List_1]\n1|t:List 1: Contacts\n2|t:Child Unique ID|"
				     "t:Gender|t:Ethnicity|t:Date of Birth|t:Age of "
				     "Child (Years)|t:Date of Contact|t:Contact "
				     "Source\n[List_2]\n"));
	ck_assert_ptr_nonnull(strstr(seen.text, "\n3|n:1|t:F|t:WBRI|d:2014-01-01|n:1|d:2015-03-15|"
						"t:School|t:yes|n:1|t:AT|t:AW\n"
						"4|n:2|t:F|t:OOTH|d:2014-01-01|"));
	ck_assert_ptr_nonnull(strstr(seen.text, "\n6|n:4|t:M|t:OOTH|d:2014-01-01|n:1|d:2015-03-15|"
						"t:School|t:no||t:AT|t:AW\n"));
	ck_assert_int_eq(strncmp(seen.text, "[Front_Sheet]\n", 14), 0);
	ck_assert_ptr_nonnull(strstr(seen.text, "[List_10]\n"));
	ck_assert(strstr(seen.text, "[List_9]\n") < strstr(seen.text, "[List_10]\n"));
}
END_TEST

/* ---- memory */

START_TEST(each_allocation_that_fails_is_an_error_and_leaks_nothing)
{
	char *path = strdup(write_office_book());
	enum err_code code = ERR_NOMEM;
	struct err err;
	long n = 1;

	for (; code != ERR_OK; n++) {
		int fd = open(path, O_RDONLY | O_CLOEXEC);

		harness_fail_allocation(n);
		code = reader_xlsx.read(fd, &sink, &err);
		harness_fail_allocation(0);
		(void)close(fd);
		if (code != ERR_OK)
			assert_error(code, ERR_NOMEM, err, "out of memory");
	}
	ck_assert_int_gt(n, 20);
	free(path);
}
END_TEST

static const char *write_large_book(void)
{
	static char path[512], folder[512];
	lxw_workbook_options options = { .constant_memory = LXW_TRUE, .tmpdir = folder };
	lxw_workbook *book;
	lxw_worksheet *sheet;

	(void)snprintf(path, sizeof path, "%s/large.xlsx", harness_folder());
	(void)snprintf(folder, sizeof folder, "%s", harness_folder());
	book = workbook_new_opt(path, &options);
	sheet = workbook_add_worksheet(book, "List_6");
	for (lxw_row_t row = 0; row < 30000; row++)
		for (lxw_col_t column = 0; column < 15; column++)
			worksheet_write_number(sheet, row, column, row * 15 + column + 0.5, NULL);
	ck_assert_int_eq(workbook_close(book), LXW_NO_ERROR);
	return path;
}

/* The sanitizers multiply memory, so only the shape is checked here; tests/bench has the rest. */
START_TEST(a_large_sheet_is_streamed_with_a_handful_of_allocations)
{
	char *path = strdup(write_large_book());

	harness_fail_allocation(0);
	read_ok(path);
	ck_assert_int_eq((int)seen.n_rows, 30000);
	ck_assert_int_eq((int)seen.n_cells, 450000);
	ck_assert_int_lt(harness_allocations(), 1000);
	free(path);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, each_kind_of_cell_is_read);
	tcase_add_test(tc, rich_text_is_joined_phonetic_text_left_out_and_escapes_undone);
	tcase_add_test(tc, numbers_come_as_excel_shows_them);
	tcase_add_test(tc, a_date_style_makes_a_date_of_a_serial_number);
	tcase_add_test(tc, the_1904_system_counts_from_its_own_day);
	tcase_add_test(tc, sparse_rows_and_columns_keep_their_places);
	tcase_add_test(tc, missing_references_follow_on);
	tcase_add_test(tc, a_styled_cell_far_right_does_not_matter_but_a_filled_one_is_refused);
	tcase_add_test(tc, a_huge_row_number_is_refused);
	tcase_add_test(tc, nonsense_references_are_refused);
	tcase_add_test(tc, a_missing_shared_string_is_refused_with_its_cell);
	tcase_add_test(tc, a_cell_may_be_as_long_as_the_limit_and_no_longer);
	tcase_add_test(tc, a_long_shared_string_is_refused_only_where_a_cell_shows_it);
	tcase_add_test(tc, an_old_or_protected_workbook_says_how_to_save_it);
	tcase_add_test(tc, a_zip_that_is_no_workbook_says_so);
	tcase_add_test(tc, only_workbooks_are_sniffed);
	tcase_add_test(tc, every_truncation_is_refused_and_names_the_mend);
	tcase_add_test(tc, a_flipped_byte_never_crashes_and_a_wrong_checksum_is_refused);
	tcase_add_test(tc, a_zip_bomb_stops_at_the_limit);
	tcase_add_test(tc, a_tag_that_never_ends_stops_at_the_limit);
	tcase_add_test(tc, a_doctype_is_refused);
	tcase_add_test(tc, deep_nesting_is_refused);
	tcase_add_test(tc, the_same_cell_again_and_again_does_not_grow_without_end);
	tcase_add_test(tc, damaged_xml_names_sheet_and_line);
	tcase_add_test(tc, too_many_parts_or_sheets_are_refused);
	tcase_add_test(tc, what_the_sink_returns_stops_the_reader);
	tcase_add_test(tc, a_workbook_of_another_program_is_read_hidden_sheets_too);
	tcase_add_test(tc, the_official_annex_a_template_is_read);
	tcase_add_test(tc, each_allocation_that_fails_is_an_error_and_leaks_nothing);
	tcase_add_test(tc, a_large_sheet_is_streamed_with_a_handful_of_allocations);
}

HARNESS_MAIN("xlsx", add)
