#include "agent/codes_part.h"

#include <string.h>
#include <strings.h>

#include "proto/codes.h"

/* What is left when no spelling matches: the code that stands in the text. */

static int codes_is_word(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static char codes_upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

/* The next run of letters and digits from *at; its length, 0 at the end. */
static size_t codes_word(const char *text, size_t len, size_t *at)
{
	size_t start;

	while (*at < len && !codes_is_word(text[*at]))
		(*at)++;
	start = *at;
	while (*at < len && codes_is_word(text[*at]))
		(*at)++;
	return *at - start;
}

/* "both" is an English word: it is the code only in capitals or alone. */
static int codes_is_english(const char *word, size_t text_len)
{
	return text_len > 4 && strncasecmp(word, "BOTH", 4) == 0 && memcmp(word, "BOTH", 4) != 0;
}

static const char *codes_ethnicity(const struct codes_in *codes, const char *text, size_t len)
{
	const char *found = NULL;
	size_t at = 0, n;

	while ((n = codes_word(text, len, &at)) > 0) {
		const char *word = text + at - n;
		const char *code;

		if (n != 4 || codes_is_english(word, len))
			continue;
		code = codes_in_get(codes, "ethnicity_code", word, n);
		if (code != NULL && found != NULL && found != code)
			return NULL;
		if (code != NULL)
			found = code;
	}
	return found;
}

/* N0…N9 with an office's own letters behind it (N1a, N1SA), or RC1…RC9 (RC7a), as words. */
static const char *codes_lettered(const char *set, const char *prefix, size_t max, const char *text,
				  size_t len)
{
	const struct code *found = NULL;
	size_t at = 0, n, n_prefix = strlen(prefix);

	while ((n = codes_word(text, len, &at)) > 0) {
		const char *word = text + at - n;
		char code[8];
		const struct code *this;
		size_t i;

		for (i = 0; i < n_prefix && i < n && codes_upper(word[i]) == prefix[i]; i++)
			code[i] = prefix[i];
		if (i < n_prefix || n < n_prefix + 1 || n > max || word[i] < '0' || word[i] > '9' ||
		    (n > i + 1 && word[i + 1] >= '0' && word[i + 1] <= '9'))
			continue;
		code[i] = word[i];
		code[i + 1] = '\0';
		this = codes_find(set, code);
		if (this != NULL && found != NULL && found != this)
			return NULL;
		if (this != NULL)
			found = this;
	}
	return found == NULL ? NULL : found->code;
}

/* 4, 6 … 10 as the first word ("4: Housing", not an office's own "10) …"), or "[6]" at the end. */
static size_t codes_source_number(const char *text, size_t len, const char **number)
{
	size_t at = 0, n;

	if (len >= 2 && text[1] == ')' && !(text[0] >= '0' && text[0] <= '9'))
		at = 2; /* Ofsted's "m) 4: Housing" */
	n = codes_word(text, len, &at);
	*number = text + at - n;
	if (n > 0 && (at == len || text[at] != ')'))
		return n;
	return 0;
}

static size_t codes_source_bracket(const char *text, size_t len, const char **number)
{
	size_t end = len, start;

	while (end > 0 && text[end - 1] != ']')
		end--;
	start = end;
	while (start > 0 && text[start - 1] != '[')
		start--;
	*number = text + start;
	return start > 0 && end > start ? end - 1 - start : 0;
}

const char *codes_in_source(const struct codes_in *codes, const char *text, size_t len,
			    char out[CODES_IN_SOURCE_BYTES])
{
	size_t at = 0, n;
	const char *number;

	out[0] = '\0';
	while ((n = codes_word(text, len, &at)) > 0) {
		const char *word = text + at - n;

		if (n != 2 || codes_in_get(codes, "source_code", word, n) == NULL)
			continue;
		if (out[0] != '\0' && (out[0] != word[0] || out[1] != codes_upper(word[1]))) {
			out[0] = '\0';
			return out;
		}
		out[0] = word[0];
		out[1] = codes_upper(word[1]);
		out[2] = '\0';
	}
	if (out[0] != '\0')
		return out;
	for (int form = 0; form < 2; form++) {
		n = form == 0 ? codes_source_number(text, len, &number)
			      : codes_source_bracket(text, len, &number);
		if (n >= 1 && n <= 2 && codes_in_get(codes, "source_number", number, n) != NULL) {
			memcpy(out, number, n);
			out[n] = '\0';
			return out;
		}
	}
	return out;
}

static const char *codes_source(const struct codes_in *codes, const char *text, size_t len)
{
	char source[CODES_IN_SOURCE_BYTES];
	const char *code;

	(void)codes_in_source(codes, text, len, source);
	if (source[0] == '\0')
		return NULL;
	code = codes_in_get(codes, "source_code", source, strlen(source));
	return code != NULL ? code : codes_in_get(codes, "source_number", source, strlen(source));
}

/* Ofsted's letters, for the columns that have one list of them. */
static const char *codes_letter(const char *set, const char *text, size_t len)
{
	static const struct {
		const char *set, *letters;
		const char *codes[6];
	} lettered[] = {
		{ "sex", "abcd", { "male", "female", "unknown", "neither" } },
		{ "status", "abcde", { "cla", "cpp", "cin", "assessment", "closed" } },
		{ "category", "abcde", { "NEG", "PHY", "SAB", "EMO", "MUL" } },
		{ "disability", "abc", { "yes", "no", "unknown" } },
		{ "yes_no", "abc", { "yes", "no", "unknown" } },
	};

	if (len < 2 || text[1] != ')')
		return NULL;
	for (size_t i = 0; i < sizeof lettered / sizeof lettered[0]; i++) {
		const char *letter = strchr(lettered[i].letters, text[0] | 0x20);

		if (strcmp(lettered[i].set, set) == 0 && letter != NULL && *letter != '\0')
			return lettered[i].codes[letter - lettered[i].letters];
	}
	return NULL;
}

const char *codes_in_part(const struct codes_in *codes, const char *set, const char *text,
			  size_t len)
{
	if (strcmp(set, "ethnicity") == 0)
		return codes_ethnicity(codes, text, len);
	if (strcmp(set, "source") == 0)
		return codes_source(codes, text, len);
	if (strcmp(set, "need") == 0)
		return codes_lettered(set, "N", 5, text, len);
	if (strcmp(set, "reason") == 0)
		return codes_lettered(set, "RC", 4, text, len);
	return codes_letter(set, text, len);
}
