/* request: what a browser sent, decoded. In: the target, the Cookie header, a form's body, as
 * bytes. Out: path, pairs of names and values. Refused: escapes that are none, NUL and control
 * characters, what is not UTF-8, names given twice, and what is above proto/limits.h. Nothing is
 * repaired. */
#include "aggregator/web/request.h"

#include <stdlib.h>
#include <string.h>

#include "proto/limits.h"

#define HEX_ESCAPE 3 /* bytes of %41 */

/* How a piece of text is written, and what to call it when it is wrong. */
struct piece {
	const char *what; /* "the address" */
	int plus;         /* '+' is a space */
	int lines;        /* tabs and line ends are allowed */
};

static const struct piece piece_path = { "the address", 0, 0 };
static const struct piece piece_query = { "the address", 1, 0 };
static const struct piece piece_form_name = { "the form", 1, 0 };
static const struct piece piece_form = { "the form", 1, 1 };

void request_init(struct request *rq)
{
	*rq = (struct request){ .host = "",
				.accept = "",
				.if_none_match = "",
				.authorization = "",
				.user_agent = "",
				.origin = "",
				.fetch_site = "",
				.peer = "",
				.identity = "" };
}

/* ---- text */

/* Bytes of the UTF-8 character at s, 0 when there is none; its code into *code. */
static size_t utf8_next(const unsigned char *s, size_t len, unsigned *code)
{
	static const unsigned least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n = s[0] < 0x80 ? 1 : s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;

	if (n == 0 || n > len || s[0] > 0xf4)
		return 0;
	*code = n == 1 ? s[0] : s[0] & (0xffU >> (n + 1));
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		*code = *code << 6 | (s[i] & 0x3fU);
	}
	if (*code < least[n] || *code > 0x10ffff || (*code >= 0xd800 && *code < 0xe000))
		return 0;
	return n;
}

static enum err_code text_check(const char *text, size_t len, const struct piece *piece,
				struct err *err)
{
	for (size_t i = 0; i < len;) {
		unsigned code = 0;
		size_t n = utf8_next((const unsigned char *)text + i, len - i, &code);

		if (n == 0)
			return err_set(err, ERR_MALFORMED, "%s is not UTF-8 text", piece->what);
		i += n;
		if (piece->lines && (code == '\n' || code == '\t'))
			continue;
		if (code < 0x20 || (code >= 0x7f && code < 0xa0))
			return err_set(err, ERR_MALFORMED, "%s holds a control character (U+%04X)",
				       piece->what, code);
	}
	return ERR_OK;
}

int request_is_text(const char *text, size_t len)
{
	return text_check(text, len, &piece_path, NULL) == ERR_OK;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* A line end is CR LF in a form; one LF is kept of it. */
static size_t lines_join(char *text, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		if (text[i] != '\r' || i + 1 == len || text[i + 1] != '\n')
			text[n++] = text[i];
	return n;
}

/* Decodes into out, which has room for len bytes and a NUL. */
static enum err_code text_decode(const char *text, size_t len, const struct piece *piece, char *out,
				 size_t *out_len, struct err *err)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		int high = -1;
		int low = -1;

		if (text[i] != '%') {
			out[n++] = (char)(piece->plus && text[i] == '+' ? ' ' : text[i]);
			continue;
		}
		if (i + HEX_ESCAPE <= len) {
			high = hex_digit(text[i + 1]);
			low = hex_digit(text[i + 2]);
		}
		if (high < 0 || low < 0)
			return err_set(err, ERR_MALFORMED,
				       "%s holds a %% that two hexadecimal digits do not follow",
				       piece->what);
		out[n++] = (char)(high << 4 | low);
		i += HEX_ESCAPE - 1;
	}
	if (piece->lines)
		n = lines_join(out, n);
	out[n] = '\0';
	*out_len = n;
	return text_check(out, n, piece, err);
}

/* ---- pairs */

static void pairs_clear(struct request_pair **pairs, size_t *n)
{
	for (size_t i = 0; i < *n; i++)
		free((*pairs)[i].name); /* its value is in the same block */
	free(*pairs);
	*pairs = NULL;
	*n = 0;
}

static const char *pairs_find(const struct request_pair *pairs, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(pairs[i].name, name) == 0)
			return pairs[i].value;
	return NULL;
}

/* "name=value" as one block: name, NUL, value, NUL. */
static enum err_code pair_read(struct request_pair *pair, const char *text, size_t len,
			       const struct piece *of_name, const struct piece *of_value,
			       struct err *err)
{
	const char *equals = memchr(text, '=', len);
	size_t name_len = equals == NULL ? len : (size_t)(equals - text);
	size_t value_len = equals == NULL ? 0 : len - name_len - 1;
	enum err_code code;

	if (len > LIMIT_WEB_BODY_BYTES)
		return err_set(err, ERR_TOO_BIG, "%s is longer than %d bytes", of_name->what,
			       LIMIT_WEB_BODY_BYTES);
	pair->name = malloc(len + 2);
	if (pair->name == NULL)
		return err_set(err, ERR_NOMEM, "out of memory");
	code = text_decode(text, name_len, of_name, pair->name, &name_len, err);
	if (code != ERR_OK)
		return code;
	if (name_len == 0)
		return err_set(err, ERR_MALFORMED, "%s holds a value without a name",
			       of_name->what);
	pair->value = pair->name + name_len + 1;
	return text_decode(equals == NULL ? "" : equals + 1, value_len, of_value, pair->value,
			   &value_len, err);
}

static size_t pieces_count(const char *text, size_t len, char separator)
{
	size_t n = 1;

	for (size_t i = 0; i < len; i++)
		n += text[i] == separator;
	return n;
}

static enum err_code pairs_room(struct request_pair **pairs, const char *text, size_t len,
				char separator, const char *what, struct err *err)
{
	size_t room = pieces_count(text, len, separator);

	if (room > LIMIT_WEB_PAIRS)
		return err_set(err, ERR_TOO_BIG, "%s holds more than %d fields", what,
			       LIMIT_WEB_PAIRS);
	*pairs = calloc(room, sizeof **pairs);
	return *pairs == NULL ? err_set(err, ERR_NOMEM, "out of memory") : ERR_OK;
}

/* a=1&b=2, as queries and forms are written. */
static enum err_code pairs_read(struct request_pair **pairs, size_t *n, const char *text,
				size_t len, const struct piece *of_name,
				const struct piece *of_value, struct err *err)
{
	enum err_code code;

	pairs_clear(pairs, n);
	code = pairs_room(pairs, text, len, '&', of_name->what, err);
	while (code == ERR_OK && len > 0) {
		const char *end = memchr(text, '&', len);
		size_t piece_len = end == NULL ? len : (size_t)(end - text);

		if (piece_len > 0) {
			struct request_pair *pair = &(*pairs)[*n];

			code = pair_read(pair, text, piece_len, of_name, of_value, err);
			if (code == ERR_OK && pairs_find(*pairs, *n, pair->name) != NULL)
				code = err_set(err, ERR_MALFORMED,
					       "%s gives '%.64s' twice; give it once",
					       of_name->what, pair->name);
			*n += pair->name != NULL;
		}
		text += piece_len + (end != NULL);
		len -= piece_len + (end != NULL);
	}
	return code;
}

/* ---- the target */

/* Whatever is above printable ASCII must come escaped; so the text can be put into a link. */
static enum err_code target_check(const char *text, size_t len, struct err *err)
{
	if (len > LIMIT_WEB_TARGET_BYTES)
		return err_set(err, ERR_TOO_BIG,
			       "the address is longer than %d bytes; ask for less in one address",
			       LIMIT_WEB_TARGET_BYTES);
	if (len == 0 || text[0] != '/')
		return err_set(err, ERR_MALFORMED, "the address does not begin with /");
	for (size_t i = 0; i < len; i++)
		if (text[i] <= ' ' || text[i] > '~' || text[i] == '#')
			return err_set(err, ERR_MALFORMED,
				       "the address holds a character that must be escaped "
				       "(byte %zu)",
				       i + 1);
	return ERR_OK;
}

/* No part may be empty, a step up, or hold a slash that was escaped. */
static enum err_code path_check(const char *path, const char *sent, size_t sent_len,
				struct err *err)
{
	const char *part = path;

	if (pieces_count(path, strlen(path), '/') != pieces_count(sent, sent_len, '/') ||
	    strchr(path, '\\') != NULL)
		return err_set(err, ERR_MALFORMED,
			       "the address holds an escaped / or a \\ in one of its parts");
	while (part != NULL) {
		size_t len = strcspn(++part, "/");

		if ((len == 0 && part[0] == '/') || (len == 1 && part[0] == '.') ||
		    (len == 2 && part[0] == '.' && part[1] == '.'))
			return err_set(err, ERR_MALFORMED,
				       "the address has an empty part, or a part . or ..");
		part = strchr(part, '/');
	}
	return ERR_OK;
}

enum err_code request_target(struct request *rq, const char *text, size_t len, struct err *err)
{
	const char *mark = len == 0 ? NULL : memchr(text, '?', len);
	size_t path_len = mark == NULL ? len : (size_t)(mark - text);
	size_t decoded_len = 0;
	enum err_code code = target_check(text, len, err);

	if (code != ERR_OK)
		return code;
	free(rq->target);
	free(rq->path);
	rq->target = strndup(text, len);
	rq->path = calloc(1, path_len + 1);
	if (rq->target == NULL || rq->path == NULL)
		return err_set(err, ERR_NOMEM, "out of memory");
	code = text_decode(text, path_len, &piece_path, rq->path, &decoded_len, err);
	if (code == ERR_OK)
		code = path_check(rq->path, text, path_len, err);
	if (code != ERR_OK) { /* what was decoded may be no text */
		free(rq->path);
		rq->path = NULL;
	}
	if (code == ERR_OK && mark != NULL)
		code = pairs_read(&rq->query, &rq->n_query, mark + 1, len - path_len - 1,
				  &piece_query, &piece_query, err);
	return code;
}

/* ---- cookies and forms */

/* a=1; b=2. Values are kept as they come. Of a repeated name the first one counts: browsers send
 * the most specific first. What other programs of the host have set is none of our business. */
enum err_code request_cookies(struct request *rq, const char *text, size_t len, struct err *err)
{
	static const struct piece cookies = { "the Cookie header", 0, 0 };
	enum err_code code;

	pairs_clear(&rq->cookies, &rq->n_cookies);
	code = text_check(text, len, &cookies, err);
	if (code == ERR_OK)
		code = pairs_room(&rq->cookies, text, len, ';', cookies.what, err);
	while (code == ERR_OK && len > 0) {
		const char *end = memchr(text, ';', len);
		size_t step = end == NULL ? len : (size_t)(end - text) + 1;
		size_t n = end == NULL ? len : step - 1;
		const char *from = text;
		const char *equals;

		for (; n > 0 && *from == ' '; n--)
			from++;
		while (n > 0 && from[n - 1] == ' ')
			n--;
		equals = n == 0 ? NULL : memchr(from, '=', n);
		if (equals != NULL && equals > from) {
			struct request_pair *pair = &rq->cookies[rq->n_cookies];

			pair->name = strndup(from, n);
			if (pair->name == NULL)
				return err_set(err, ERR_NOMEM, "out of memory");
			pair->value = pair->name + (equals - from);
			*pair->value++ = '\0';
			rq->n_cookies++;
		}
		text += step;
		len -= step;
	}
	return code;
}

enum err_code request_form(struct request *rq, const char *text, size_t len, struct err *err)
{
	if (len > LIMIT_WEB_BODY_BYTES)
		return err_set(err, ERR_TOO_BIG, "the form is larger than %d bytes; shorten it",
			       LIMIT_WEB_BODY_BYTES);
	return pairs_read(&rq->form, &rq->n_form, text, len, &piece_form_name, &piece_form, err);
}

void request_clear(struct request *rq)
{
	pairs_clear(&rq->query, &rq->n_query);
	pairs_clear(&rq->form, &rq->n_form);
	pairs_clear(&rq->cookies, &rq->n_cookies);
	free(rq->path);
	free(rq->segments);
	free(rq->target);
	request_init(rq);
}

const char *request_query(const struct request *rq, const char *name)
{
	return pairs_find(rq->query, rq->n_query, name);
}

const char *request_field(const struct request *rq, const char *name)
{
	return pairs_find(rq->form, rq->n_form, name);
}

const char *request_cookie(const struct request *rq, const char *name)
{
	return pairs_find(rq->cookies, rq->n_cookies, name);
}
