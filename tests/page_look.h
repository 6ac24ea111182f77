#ifndef TESTS_PAGE_LOOK_H
#define TESTS_PAGE_LOOK_H

#include <expat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/harness.h"

/* A page as a test reads it: parsed strictly, its words without markup. */

#define PAGE_NAMES_MAX 4096

struct page_look {
	char *words; /* text of the body, blanks as one; tags are blanks, visually hidden text is in
		      */
	size_t len;
	char *ids[PAGE_NAMES_MAX], *wanted[PAGE_NAMES_MAX]; /* wanted: aria-labelledby, for */
	int n_ids, n_wanted, n_h1;
};

static inline void page_look_add(char **names, int *n, const char *name)
{
	ck_assert_int_lt(*n, PAGE_NAMES_MAX);
	names[(*n)++] = strdup(name);
}

static inline void page_look_refs(struct page_look *p, const char *value)
{
	char one[256];

	while (*value != '\0') {
		size_t len = strcspn(value, " ");

		(void)snprintf(one, sizeof one, "%.*s", (int)len, value);
		page_look_add(p->wanted, &p->n_wanted, one);
		value += len + (value[len] == ' ');
	}
}

static inline void page_look_start(void *data, const XML_Char *name, const XML_Char **attributes)
{
	struct page_look *p = data;

	p->n_h1 += strcmp(name, "h1") == 0;
	if (p->len > 0 && p->words[p->len - 1] != ' ')
		p->words[p->len++] = ' ';
	for (; attributes[0] != NULL; attributes += 2) {
		ck_assert_msg(strcmp(attributes[0], "style") != 0 &&
				      strncmp(attributes[0], "on", 2) != 0,
			      "<%s %s>: inline style or script", name, attributes[0]);
		if (strcmp(attributes[0], "id") == 0)
			page_look_add(p->ids, &p->n_ids, attributes[1]);
		else if (strcmp(attributes[0], "aria-labelledby") == 0 ||
			 strcmp(attributes[0], "for") == 0)
			page_look_refs(p, attributes[1]);
	}
}

static inline void page_look_end(void *data, const XML_Char *name)
{
	struct page_look *p = data;

	(void)name;
	if (p->len > 0 && p->words[p->len - 1] != ' ')
		p->words[p->len++] = ' ';
}

static inline void page_look_chars(void *data, const XML_Char *text, int len)
{
	struct page_look *p = data;

	for (int i = 0; i < len; i++) {
		int blank = text[i] == ' ' || text[i] == '\n' || text[i] == '\t';

		if (blank && p->len > 0 && p->words[p->len - 1] == ' ')
			continue;
		p->words[p->len++] = blank ? ' ' : text[i];
	}
}

static inline int page_look_has_id(const struct page_look *p, const char *id)
{
	int n = 0;

	for (int i = 0; i < p->n_ids; i++)
		n += strcmp(p->ids[i], id) == 0;
	return n;
}

/* Fails the test unless the page is well-formed, each id stands once and whatever is named by
 * aria-labelledby or for is there. The caller ends with page_look_clear. */
static inline void page_look_read(struct page_look *p, const char *html)
{
	XML_Parser parser = XML_ParserCreate("UTF-8");

	memset(p, 0, sizeof *p);
	p->words = malloc(2 * strlen(html) + 1);
	ck_assert(p->words != NULL && parser != NULL);
	XML_SetUserData(parser, p);
	XML_SetElementHandler(parser, page_look_start, page_look_end);
	XML_SetCharacterDataHandler(parser, page_look_chars);
	ck_assert_msg(XML_Parse(parser, html, (int)strlen(html), 1) == XML_STATUS_OK,
		      "line %lu, column %lu: %s: \"%.80s\"", XML_GetCurrentLineNumber(parser),
		      XML_GetCurrentColumnNumber(parser), XML_ErrorString(XML_GetErrorCode(parser)),
		      html + XML_GetCurrentByteIndex(parser));
	XML_ParserFree(parser);
	p->words[p->len] = '\0';
	ck_assert_int_eq(p->n_h1, 1);
	for (int i = 0; i < p->n_ids; i++)
		ck_assert_msg(page_look_has_id(p, p->ids[i]) == 1, "id %s twice", p->ids[i]);
	for (int i = 0; i < p->n_wanted; i++)
		ck_assert_msg(page_look_has_id(p, p->wanted[i]) == 1, "no id %s", p->wanted[i]);
}

static inline void page_look_clear(struct page_look *p)
{
	for (int i = 0; i < p->n_ids; i++)
		free(p->ids[i]);
	for (int i = 0; i < p->n_wanted; i++)
		free(p->wanted[i]);
	free(p->words);
	memset(p, 0, sizeof *p);
}

#define assert_words(look, text)                                                        \
	ck_assert_msg(strstr((look).words, (text)) != NULL, "no \"%s\" in: %s", (text), \
		      (look).words)
#define assert_no_words(look, text) \
	ck_assert_msg(strstr((look).words, (text)) == NULL, "\"%s\" in: %s", (text), (look).words)

#endif
