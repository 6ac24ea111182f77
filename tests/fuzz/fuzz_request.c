/* What a browser sent: the first byte says which part the rest is (target, cookies, form). Whatever
 * is read is UTF-8 without control characters, names come once, and what is refused says why. */

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "aggregator/web/request.h"
#include "proto/limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* Written apart from the decoder's own check. */
static void is_clean(const char *text, int lines)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t n = strlen(text);

	for (size_t i = 0; i < n;) {
		static const unsigned least[] = { 0, 0x80, 0x800, 0x10000 };
		unsigned more = s[i] < 0x80 ? 0 : s[i] < 0xe0 ? 1 : s[i] < 0xf0 ? 2 : 3;
		unsigned code = more == 0 ? s[i] : s[i] & (0x3fU >> more);

		assert(more == 0 || s[i] >= 0xc0);
		assert(i + more < n);
		for (unsigned k = 1; k <= more; k++) {
			assert((s[i + k] & 0xc0) == 0x80);
			code = code << 6 | (s[i + k] & 0x3fU);
		}
		assert(code >= least[more] && code <= 0x10ffff);
		assert(code < 0xd800 || code >= 0xe000);
		assert((code >= 0x20 && (code < 0x7f || code >= 0xa0)) ||
		       (lines && (code == '\n' || code == '\t')));
		i += more + 1;
	}
}

static void pairs_hold(const struct request_pair *pairs, size_t n, int lines, int once)
{
	assert(n <= LIMIT_WEB_PAIRS);
	for (size_t i = 0; i < n; i++) {
		is_clean(pairs[i].name, 0);
		is_clean(pairs[i].value, lines);
		assert(pairs[i].name[0] != '\0');
		for (size_t k = 0; once && k < i; k++)
			assert(strcmp(pairs[i].name, pairs[k].name) != 0);
	}
}

static void target_holds(const struct request *rq)
{
	is_clean(rq->path, 0);
	is_clean(rq->target, 0);
	assert(rq->path[0] == '/' && rq->target[0] == '/');
	assert(strstr(rq->path, "//") == NULL && strstr(rq->path, "/../") == NULL);
	assert(strlen(rq->target) <= LIMIT_WEB_TARGET_BYTES);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	const char *text = (const char *)bytes + 1;
	struct request rq;
	struct err err = { ERR_OK, "" };
	enum err_code code;

	if (len == 0)
		return 0;
	request_init(&rq);
	if (bytes[0] == 't')
		code = request_target(&rq, text, len - 1, &err);
	else if (bytes[0] == 'c')
		code = request_cookies(&rq, text, len - 1, &err);
	else
		code = request_form(&rq, text, len - 1, &err);
	assert(code == ERR_OK || code == ERR_MALFORMED || code == ERR_TOO_BIG);
	assert(code == ERR_OK || err.text[0] != '\0');
	if (code == ERR_OK) {
		if (bytes[0] == 't')
			target_holds(&rq);
		pairs_hold(rq.query, rq.n_query, 0, 1);
		pairs_hold(rq.cookies, rq.n_cookies, 0, 0);
		pairs_hold(rq.form, rq.n_form, 1, 1);
	}
	request_clear(&rq);
	return 0;
}
