#ifndef TESTS_HAND_WEB_H
#define TESTS_HAND_WEB_H

#include <expat.h>
#include <stdio.h>
#include <sys/stat.h>

#include "aggregator/web/signin.h"
#include "aggregator/web/web.h"
#include "tests/hand_store.h"

/* The dashboard over a store filled by hand (hand_store.h), asked through its router without a
 * socket: open, fill hand.*, ask, close. */

struct hand_web {
	struct hand_store hand; /* the writer's side */
	struct web web;
	struct viewer viewer; /* who asks; hand_web_as */
	char config[512];
};

struct hand_answer {
	int status;
	char *text; /* NUL-terminated; valid until the next question */
	char location[512];
};

static const char hand_web_areas[] =
	"code,name,level,parent,gss_code,valid_from,valid_to,dfe_name\n"
	"city,City,authority,,E08000001,,,\n"
	"north,North,district,city,,,,\n"
	"south,South & <East>,district,city,,,,\n"
	"west,West,district,city,,,,\n";

/* Who asks from now on; area: of a district. Its CSRF secret is not zeros. */
static inline void hand_web_as(struct hand_web *w, enum role role, const char *area)
{
	w->viewer = (struct viewer){ .role = role, .account = 1, .signin = 1 };
	(void)snprintf(w->viewer.name, sizeof w->viewer.name, "t.tester");
	(void)snprintf(w->viewer.full_name, sizeof w->viewer.full_name, "Test Tester");
	(void)snprintf(w->viewer.area, sizeof w->viewer.area, "%s", area == NULL ? "" : area);
	memset(w->viewer.csrf, 7, sizeof w->viewer.csrf);
}

/* Settings beyond the usual ones ("populations: …\n"); areas NULL: hand_web_areas. */
static inline void hand_web_open(struct hand_web *w, const char *areas, const char *settings)
{
	const char *folder = harness_folder();
	struct err err = { ERR_OK, "" };
	char path[512];
	char text[2048];

	memset(w, 0, sizeof *w);
	(void)snprintf(path, sizeof path, "%s/state", folder);
	(void)mkdir(path, 0700);
	(void)snprintf(path, sizeof path, "%s/state/store", folder);
	(void)mkdir(path, 0700);
	(void)snprintf(path, sizeof path, "%s/state/store/store.db", folder);
	assert_ok(store_open(path, DB_WRITE, &w->hand.store, &err), err);
	assert_ok(db_exec(w->hand.store->db, "PRAGMA synchronous = OFF", &err), err);
	(void)snprintf(path, sizeof path, "%s",
		       harness_text(folder, "areas.csv", areas == NULL ? hand_web_areas : areas));
	assert_ok(area_tree_load(path, NULL, &w->hand.areas, &err), err);
	(void)snprintf(text, sizeof text,
		       "name: city\nstate: state\nareas: areas.csv\narea: city\n"
		       "listen: [\"tcp://127.0.0.1:5560\"]\nweb: {}\n"
		       "expected:\n  - { area: city, dataset: annex_a, from: 2025-01 }\n%s",
		       settings == NULL ? "" : settings);
	(void)snprintf(w->config, sizeof w->config, "%s",
		       harness_text(folder, "aggregator.yaml", text));
	assert_ok(web_open(w->config, &w->web, &err), err);
	hand_web_as(w, ROLE_CENTRAL, NULL);
}

static inline void hand_web_close(struct hand_web *w)
{
	web_close(&w->web);
	hand_store_close(&w->hand);
}

static inline struct hand_answer hand_web_ask(struct hand_web *w, enum request_method method,
					      const char *target, const char *form)
{
	static char *kept;
	struct request rq = { .method = method,
			      .host = "localhost",
			      .accept = "",
			      .if_none_match = "",
			      .authorization = "",
			      .user_agent = "",
			      .peer = "local",
			      .identity = "",
			      .viewer = w->viewer };
	struct response rs = { 0 };
	struct hand_answer answer = { 0 };
	struct err err = { ERR_OK, "" };

	assert_ok(request_target(&rq, target, strlen(target), &err), err);
	if (form != NULL)
		assert_ok(request_form(&rq, form, strlen(form), &err), err);
	web_answer(&w->web, &rq, &rs);
	answer.status = rs.status;
	free(kept);
	kept = strndup(rs.bytes != NULL       ? rs.bytes
		       : rs.body.text == NULL ? ""
					      : rs.body.text,
		       rs.bytes != NULL ? rs.n_bytes : rs.body.len);
	answer.text = kept;
	for (int i = 0; i < rs.n_headers; i++)
		if (strcmp(rs.headers[i].name, "Location") == 0)
			(void)snprintf(answer.location, sizeof answer.location, "%s",
				       rs.headers[i].value);
	response_clear(&rs);
	request_clear(&rq);
	return answer;
}

static inline struct hand_answer hand_web_get(struct hand_web *w, const char *target)
{
	return hand_web_ask(w, REQUEST_GET, target, NULL);
}

/* fields: "note=Seen&…", encoded; the CSRF token is added. */
static inline struct hand_answer hand_web_post(struct hand_web *w, const char *target,
					       const char *fields)
{
	char token[SIGNIN_CSRF_BYTES];
	char form[4096];

	(void)snprintf(form, sizeof form, "csrf=%s%s%s", signin_csrf(&w->viewer, token),
		       fields[0] == '\0' ? "" : "&", fields);
	return hand_web_ask(w, REQUEST_POST, target, form);
}

/* A page is also well-formed XML (layout.h). */
static inline void hand_assert_page(const struct hand_answer *answer, int status)
{
	XML_Parser parser = XML_ParserCreate("UTF-8");
	const char *text = answer->text;

	ck_assert_msg(answer->status == status, "status %d, not %d: %.2000s", answer->status,
		      status, text);
	ck_assert_msg(strncmp(text, "<!DOCTYPE html>", 15) == 0, "no page: %.200s", text);
	text += 15;
	ck_assert_msg(XML_Parse(parser, text, (int)strlen(text), 1) == XML_STATUS_OK,
		      "line %lu: %s: %.300s", XML_GetCurrentLineNumber(parser),
		      XML_ErrorString(XML_GetErrorCode(parser)),
		      text + XML_GetCurrentByteIndex(parser));
	XML_ParserFree(parser);
}

/* The text's visible part is printed first: Check's own messages are short. */
static inline int hand_says(const struct hand_answer *answer, const char *words, int wanted)
{
	int says = strstr(answer->text, words) != NULL;

	if (says != wanted)
		(void)fprintf(stderr, "%s\n", answer->text);
	return says;
}

#define assert_says(answer, words) \
	ck_assert_msg(hand_says(&(answer), (words), 1), "\"%s\" is not there", (words))
#define assert_says_not(answer, words) \
	ck_assert_msg(!hand_says(&(answer), (words), 0), "\"%s\" is there", (words))

#endif
