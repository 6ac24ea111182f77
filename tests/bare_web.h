#ifndef TESTS_BARE_WEB_H
#define TESTS_BARE_WEB_H

#include <expat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/web/figures.h"
#include "aggregator/web/web.h"
#include "proto/clock.h"
#include "tests/hand_store.h"
#include "tests/harness.h"

/* Pages without a server: a web over a store that was filled by hand, requests written as a target
 * and a viewer, and a strict look at what came out. */

struct bare_web {
	struct hand_store store;
	struct aggregator_expected expected[1];
	struct aggregator_config config;
	struct web web;
};

static const char bare_web_areas[] =
	"code,name,level,parent,gss_code,valid_from,valid_to,dfe_name\n"
	"city,City,authority,,,,,\n"
	"north,North,district,city,,,,\n"
	"south,South,district,city,,,,\n"
	"harbour,Harbour,ward,north,,,,\n";

/* An empty store of a city with two districts, of which annex_a is expected from April 2025 on,
 * ten working days after each month. */
static inline void bare_web_open_areas(struct bare_web *w, const char *areas)
{
	static char city[] = "city", annex_a[] = "annex_a", april[] = "2025-04";

	memset(w, 0, sizeof *w);
	hand_store_open(&w->store, areas, NULL);
	w->expected[0] = (struct aggregator_expected){ city, annex_a, april, NULL };
	w->config.name = city;
	w->config.area = city;
	w->config.expected = w->expected;
	w->config.n_expected = 1;
	w->config.due_working_days = 10;
}

static inline void bare_web_open(struct bare_web *w)
{
	bare_web_open_areas(w, bare_web_areas);
}

/* After the figures were put in: sums them up and opens the web on them, at the given day's noon.
 */
static inline void bare_web_start(struct bare_web *w, const char *today)
{
	static const uint8_t key[16] = { 7 };
	struct rollup_context context;
	struct err err = { ERR_OK, "" };
	int64_t n_left = 1;
	int n_done;

	clock_fix_us(hand_us(today) + 12 * 3600 * 1000000LL);
	while (n_left > 0)
		assert_ok(rollup_work(w->store.store, w->store.areas, 64, &n_done, &n_left, &err),
			  err);
	w->web.reading.config = &w->config;
	w->web.reading.areas = w->store.areas;
	w->web.reading.store = w->store.store;
	assert_ok(measures_load(NULL, &w->web.reading.measures, &err), err);
	context = reading_context(&w->web.reading);
	assert_ok(figures_new(&context, key, &w->web.figures, &err), err);
}

static inline void bare_web_close(struct bare_web *w)
{
	figures_free(&w->web.figures);
	measures_free(&w->web.reading.measures);
	hand_store_close(&w->store);
	clock_fix_us(0);
}

/* A GET of the target by somebody of the role ("district": of north). The caller clears it. */
static inline struct request bare_web_request(const char *role, const char *target)
{
	struct request rq;
	struct err err = { ERR_OK, "" };

	memset(&rq, 0, sizeof rq);
	rq.method = REQUEST_GET;
	assert_ok(request_target(&rq, target, strlen(target), &err), err);
	rq.viewer.role = role_parse(role);
	(void)snprintf(rq.viewer.name, sizeof rq.viewer.name, "a.reader");
	(void)snprintf(rq.viewer.full_name, sizeof rq.viewer.full_name, "Ann Reader");
	if (rq.viewer.role == ROLE_DISTRICT)
		(void)snprintf(rq.viewer.area, sizeof rq.viewer.area, "north");
	return rq;
}

/* Fails when the page is not well-formed, with the line. */
static inline void bare_web_assert_well_formed(const char *page)
{
	XML_Parser parser = XML_ParserCreate("UTF-8");
	enum XML_Status status = XML_Parse(parser, page, (int)strlen(page), 1);

	ck_assert_msg(status == XML_STATUS_OK, "%s in line %lu of: %.3000s",
		      XML_ErrorString(XML_GetErrorCode(parser)),
		      (unsigned long)XML_GetCurrentLineNumber(parser), page);
	XML_ParserFree(parser);
}

/* Only the text, so that a sentence is found whatever marks it up. Owned. */
static inline void bare_web_on_text(void *user, const XML_Char *text, int len)
{
	html_bytes(user, text, (size_t)len);
}

static inline char *bare_web_text(const char *page)
{
	struct html text = { 0 };
	XML_Parser parser = XML_ParserCreate("UTF-8");

	XML_SetUserData(parser, &text);
	XML_SetCharacterDataHandler(parser, bare_web_on_text);
	ck_assert_int_eq(XML_Parse(parser, page, (int)strlen(page), 1), XML_STATUS_OK);
	XML_ParserFree(parser);
	return text.text;
}

#define assert_holds(text, words) \
	ck_assert_msg(strstr((text), (words)) != NULL, "\"%s\" is not in: %.3000s", (words), (text))
#define assert_lacks(text, words) \
	ck_assert_msg(strstr((text), (words)) == NULL, "\"%s\" is in: %.3000s", (words), (text))

#endif
