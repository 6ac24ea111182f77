#include "agent/reader.h"

#include "tests/harness.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proto/limits.h"

static struct err err;

/* What the sink was told: "row:cell|cell;" for each row. */
struct told {
	char text[4096];
	int n_tables, n_rows;
	int64_t last_row;
	int fail_at; /* row number at which the sink refuses */
};

static enum err_code on_table(void *context, const char *name, struct err *e)
{
	struct told *told = context;

	(void)e;
	told->n_tables += name == NULL ? 1 : 100;
	return ERR_OK;
}

static enum err_code on_row(void *context, int64_t row, const struct cell *cells, int n,
			    struct err *e)
{
	struct told *told = context;
	size_t len = strlen(told->text);

	if (row == told->fail_at)
		return err_set(e, ERR_FULL, "the sink is full");
	told->n_rows++;
	told->last_row = row;
	if (len > sizeof told->text / 2)
		return ERR_OK;
	len += (size_t)snprintf(told->text + len, sizeof told->text - len, "%lld:", (long long)row);
	for (int i = 0; i < n && len < sizeof told->text - 64; i++)
		len += (size_t)snprintf(told->text + len, sizeof told->text - len, "%s%.*s%s",
					i > 0 ? "|" : "",
					cells[i].len > 99 ? 99 : (int)cells[i].len, cells[i].text,
					cells[i].type == CELL_TEXT ? "" : "!");
	(void)snprintf(told->text + len, sizeof told->text - len, ";");
	return ERR_OK;
}

static enum err_code read_bytes(const void *bytes, size_t len, struct told *told)
{
	const char *path = harness_file(harness_folder(), "in.csv", bytes, len);
	struct sink sink = { told, on_table, on_row, NULL };
	int fail_at = told->fail_at;
	int fd = open(path, O_RDONLY);
	enum err_code code;

	ck_assert_int_ge(fd, 0);
	memset(told, 0, sizeof *told);
	told->fail_at = fail_at;
	code = reader_csv.read(fd, &sink, &err);
	(void)close(fd);
	return code;
}

static const char *rows(const char *text)
{
	static struct told told;

	told.fail_at = 0;
	assert_ok(read_bytes(text, strlen(text), &told), err);
	ck_assert_int_eq(told.n_tables, 1);
	return told.text;
}

START_TEST(rows_are_numbered_as_a_spreadsheet_shows_them)
{
	ck_assert_str_eq(rows("a,b\n1,\"x\ny\"\n\n2,z\n"), "1:a|b;2:1|x\ny;4:2|z;");
	ck_assert_str_eq(rows("a\r\n\r\nb\r\n\r\n\r\nc"), "1:a;3:b;6:c;");
	ck_assert_str_eq(rows("a\rb\r\rc\r"), "1:a;2:b;4:c;");
}
END_TEST

START_TEST(a_byte_order_mark_is_no_part_of_the_first_heading)
{
	ck_assert_str_eq(rows("\xEF\xBB\xBF"
			      "Child,Date\n1,2\n"),
			 "1:Child|Date;2:1|2;");
}
END_TEST

START_TEST(the_separator_is_the_one_that_cuts_the_headings)
{
	ck_assert_str_eq(rows("a;b;c\n1;2,5;3\n"), "1:a|b|c;2:1|2,5|3;");
	ck_assert_str_eq(rows("a\tb\tc\n1\t2, x\t3\n"), "1:a|b|c;2:1|2, x|3;");
	ck_assert_str_eq(rows("List 1: Contacts, six months\n\na;b;c\n1;2;3\n"),
			 "1:List 1: Contacts, six months;3:a|b|c;4:1|2|3;");
	ck_assert_str_eq(rows("\"x;y;z;\",b,c\n1,2,3\n"), "1:x;y;z;|b|c;2:1|2|3;");
	ck_assert_str_eq(rows("a\n1\n"), "1:a;2:1;");
}
END_TEST

START_TEST(the_line_that_excel_hides_gives_the_separator_and_no_row)
{
	ck_assert_str_eq(rows("sep=;\r\na,x;b\r\n1;2\r\n"), "1:a,x|b;2:1|2;");
}
END_TEST

START_TEST(windows_1252_becomes_utf_8_and_utf_8_stays)
{
	ck_assert_str_eq(rows("children\x92s,\x80,Zo\xEB,\x81\n"),
			 "1:children\xE2\x80\x99s|\xE2\x82\xAC|Zo\xC3\xAB|\xEF\xBF\xBD;");
	ck_assert_str_eq(rows("Zo\xC3\xAB,\xE2\x82\xAC,\xF0\x9F\x98\x80\n"),
			 "1:Zo\xC3\xAB|\xE2\x82\xAC|\xF0\x9F\x98\x80;");
	/* an overlong form and half of a pair are no UTF-8 */
	ck_assert_str_eq(rows("\xC0\xAF,x\n"), "1:\xC3\x80\xC2\xAF|x;");
	ck_assert_str_eq(rows("\xED\xA0\x80,x\n"), "1:\xC3\xAD\xC2\xA0\xE2\x82\xAC|x;");
	/* cut in the middle of a character at the very end */
	ck_assert_str_eq(rows("a,\xC3"), "1:a|\xC3\x83;");
}
END_TEST

START_TEST(encoding_is_judged_over_the_whole_file)
{
	size_t len = 200000;
	char *text = malloc(len);
	struct told told = { .fail_at = 0 };

	ck_assert_ptr_nonnull(text);
	for (size_t i = 0; i < len; i += 20)
		memcpy(text + i, "Zo\xEB,0123456789abcd\n\n", 20);
	assert_ok(read_bytes(text, len, &told), err);
	ck_assert_int_eq(told.n_rows, 10000);
	ck_assert_int_eq(told.last_row, 19999);
	ck_assert_ptr_nonnull(strstr(told.text, "1:Zo\xC3\xAB|0123456789abcd;"));
	free(text);
}
END_TEST

START_TEST(quotes_are_doubled_inside_quotes)
{
	ck_assert_str_eq(rows("\"a \"\"b\"\"\",\" c \"\n"), "1:a \"b\"| c ;");
}
END_TEST

START_TEST(a_stray_or_open_quote_is_refused_with_its_row)
{
	struct told told = { .fail_at = 0 };

	assert_error(read_bytes("a,b\n1,2\n3,4\"5\n", 14, &told), ERR_MALFORMED, err,
		     "row 3: a quote is left open or stands inside a cell; put such cells in");
	assert_error(read_bytes("a,b\n1,\"2\n", 9, &told), ERR_MALFORMED, err,
		     "row 2: a quote is left open");
}
END_TEST

START_TEST(zero_bytes_and_utf_16_are_refused_with_a_mend)
{
	struct told told = { .fail_at = 0 };

	assert_error(read_bytes("a,b\0c\n", 6, &told), ERR_MALFORMED, err,
		     "a zero byte, so it is no CSV");
	assert_error(read_bytes("\xFF\xFE"
				"a\0",
				4, &told),
		     ERR_MALFORMED, err, "UTF-16 text; save it as \"CSV UTF-8\"");
	ck_assert_int_eq(told.n_tables, 0);
}
END_TEST

START_TEST(a_cell_and_a_row_have_limits)
{
	size_t len = 3 * (size_t)LIMIT_CELL_BYTES;
	char *text = malloc(len + 1);
	struct told told = { .fail_at = 0 };

	ck_assert_ptr_nonnull(text);
	memset(text, 'x', len);
	assert_error(read_bytes(text, LIMIT_CELL_BYTES + 1, &told), ERR_TOO_BIG, err,
		     "row 1: a cell of more than 8192 bytes");
	assert_ok(read_bytes(text, LIMIT_CELL_BYTES, &told), err);
	text[0] = '"'; /* never closed: must not be held until the end of the file */
	assert_error(read_bytes(text, len, &told), ERR_TOO_BIG, err, "is a quote left open?");
	memset(text, ',', LIMIT_COLUMNS + 5);
	assert_ok(read_bytes(text, LIMIT_COLUMNS + 5, &told), err);
	text[LIMIT_COLUMNS + 4] = 'x';
	assert_error(read_bytes(text, LIMIT_COLUMNS + 5, &told), ERR_TOO_BIG, err,
		     "row 1: more than 256 cells");
	free(text);
}
END_TEST

START_TEST(an_error_of_the_sink_stops_the_reader_with_it)
{
	struct told told = { .fail_at = 2 };

	assert_error(read_bytes("a\nb\nc\n", 6, &told), ERR_FULL, err, "the sink is full");
	ck_assert_int_eq(told.n_rows, 1);
}
END_TEST

START_TEST(an_empty_file_is_a_table_without_rows)
{
	ck_assert_str_eq(rows(""), "");
	ck_assert_str_eq(rows("\xEF\xBB\xBF"), "");
}
END_TEST

START_TEST(workbooks_and_xml_are_left_to_their_readers)
{
	ck_assert(!reader_csv.sniff((const uint8_t *)"PK\x03\x04zip", 7));
	ck_assert(!reader_csv.sniff((const uint8_t *)"  <Message>", 11));
	ck_assert(!reader_csv.sniff((const uint8_t *)"%PDF-1.7", 8));
	ck_assert(!reader_csv.sniff((const uint8_t *)"\xD0\xCF\x11\xE0", 4));
	ck_assert(reader_csv.sniff((const uint8_t *)"Child,Date", 10));
	ck_assert(reader_csv.sniff((const uint8_t *)"\xFF\xFE", 2));
	ck_assert(reader_csv.sniff((const uint8_t *)"", 0));
}
END_TEST

START_TEST(reading_without_memory_is_an_error_and_leaks_nothing)
{
	const char *path = harness_text(harness_folder(), "memory.csv", "a,b\n1,2\n");
	struct told told = { .fail_at = 0 };
	struct sink sink = { &told, on_table, on_row, NULL };

	for (long i = 1; i < 100; i++) {
		int fd = open(path, O_RDONLY);
		enum err_code code;
		long n;

		harness_fail_allocation(i);
		code = reader_csv.read(fd, &sink, &err);
		n = harness_allocations();
		harness_fail_allocation(0);
		(void)close(fd);
		if (code == ERR_OK && n < i) {
			ck_assert_int_gt(i, 2);
			return;
		}
		assert_error(code, ERR_NOMEM, err, "out of memory");
	}
	ck_abort_msg("never succeeded");
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, rows_are_numbered_as_a_spreadsheet_shows_them);
	tcase_add_test(tc, a_byte_order_mark_is_no_part_of_the_first_heading);
	tcase_add_test(tc, the_separator_is_the_one_that_cuts_the_headings);
	tcase_add_test(tc, the_line_that_excel_hides_gives_the_separator_and_no_row);
	tcase_add_test(tc, windows_1252_becomes_utf_8_and_utf_8_stays);
	tcase_add_test(tc, encoding_is_judged_over_the_whole_file);
	tcase_add_test(tc, quotes_are_doubled_inside_quotes);
	tcase_add_test(tc, a_stray_or_open_quote_is_refused_with_its_row);
	tcase_add_test(tc, zero_bytes_and_utf_16_are_refused_with_a_mend);
	tcase_add_test(tc, a_cell_and_a_row_have_limits);
	tcase_add_test(tc, an_error_of_the_sink_stops_the_reader_with_it);
	tcase_add_test(tc, an_empty_file_is_a_table_without_rows);
	tcase_add_test(tc, workbooks_and_xml_are_left_to_their_readers);
	tcase_add_test(tc, reading_without_memory_is_an_error_and_leaks_nothing);
}

HARNESS_MAIN("csv", add)
