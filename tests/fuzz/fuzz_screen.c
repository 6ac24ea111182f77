/* Bytes as files for publication: the first byte says whether they are an upload ZIP or a pair, the
 * data cut from the metadata at a zero byte. Whatever comes, the screener ends, its findings keep
 * their contract and its verdict is the worst of them. */

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/feed/screen.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static struct screen_lists *lists;

static void check_report(const struct screen_report *report)
{
	enum screen_result worst = SCREEN_PASS;

	for (size_t i = 0; i < report->n; i++) {
		const struct screen_finding *f = &report->findings[i];

		assert(f->check[0] != '\0' && f->stage[0] != '\0');
		assert((f->text[0] == '\0') == (f->result == SCREEN_PASS));
		for (const char *at = f->text; *at != '\0'; at++)
			assert((unsigned char)*at >= 0x20 && *at != 0x7F);
		worst = f->result > worst ? f->result : worst;
	}
	assert(report->result == worst);
}

static enum err_code on_set(void *context, const struct screen_report *report, struct err *err)
{
	(void)context;
	(void)err;
	check_report(report);
	return ERR_OK;
}

static enum err_code on_pair(void *context, const struct screen_pair *pair, struct err *err)
{
	struct screen_report report = { .n = 0 };
	enum err_code code = screen_run(pair, lists, false, &report, err);

	(void)context;
	assert(code == ERR_OK);
	check_report(&report);
	assert((report.stopped_at != NULL) == (report.standard_result == SCREEN_FAIL));
	screen_report_clear(&report);
	return code;
}

static void screen_pair_of(const char *text, size_t len)
{
	const char *cut = memchr(text, '\0', len);
	size_t n = cut == NULL ? len : (size_t)(cut - text);
	const struct screen_file data = { .name = "a.csv", .bytes = text, .len = n };
	const struct screen_file meta = { .name = "a.meta.csv",
					  .bytes = cut == NULL ? NULL : cut + 1,
					  .len = cut == NULL ? 0 : len - n - 1 };
	struct screen_pair pair;
	struct err err = { ERR_OK, "" };

	assert(screen_pair_read(&pair, &data, &meta, &err) == ERR_OK);
	(void)on_pair(NULL, &pair, &err);
	screen_pair_clear(&pair);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	const struct screen_visitor visitor = { NULL, on_set, on_pair };
	struct err err = { ERR_OK, "" };

	if (lists == NULL && screen_lists_open(&lists, &err) != ERR_OK)
		abort();
	if (len > 0 && bytes[0] == 'P')
		assert(screen_visit_zip((const char *)bytes, len, &visitor, &err) == ERR_OK);
	else if (len > 0)
		screen_pair_of((const char *)bytes, len);
	return 0;
}
