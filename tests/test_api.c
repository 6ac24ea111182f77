#include "aggregator/web/api.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/web/account.h"
#include "aggregator/web/notes.h"
#include "aggregator/web/received_cache.h"
#include "aggregator/web/routes.h"
#include "proto/clock.h"
#include "tests/hand_store.h"
#include "tests/harness.h"

static const char areas_csv[] = "code,name,level,parent,gss_code,valid_from,valid_to,dfe_name\n"
				"west,West,region,,,,,\n"
				"city,City,authority,west,,,,\n"
				"north,\"=North, \"\"the hill\"\"\",district,city,,,,\n"
				"south,South,district,city,,,,\n"
				"lake,Lake,ward,north,,,,\n";

static const uint8_t key[16] = { 7 };
static char city[] = "city";
static char annex_a[] = "annex_a";
static char first_month[] = "2026-08";

static struct hand_store hand;
static struct aggregator_config config;
static struct aggregator_expected expected = { city, annex_a, first_month, NULL };
static struct web web;
static struct request rq;
static struct response rs;

static const struct viewer central = { .role = ROLE_CENTRAL };
static const struct viewer commissioner = { .role = ROLE_COMMISSIONER };
static const struct viewer north = { .role = ROLE_DISTRICT, .area = "north" };

static void setup(void)
{
	struct rollup_context context;
	struct err err = { ERR_OK, "" };
	char office[256];

	clock_fix_us(hand_us("2026-10-20"));
	hand_store_open(&hand, areas_csv, NULL);
	memset(&config, 0, sizeof config);
	memset(&web, 0, sizeof web);
	(void)snprintf(office, sizeof office, "%s/office/office.db", harness_folder());
	assert_ok(office_open(office, &web.office, &err), err);
	config.area = city;
	config.expected = &expected;
	config.n_expected = 1;
	config.due_working_days = 10;
	web.started_us = 1;
	web.received = calloc(1, sizeof *web.received);
	ck_assert_ptr_nonnull(web.received);
	web.reading.config = &config;
	web.reading.areas = hand.areas;
	web.reading.store = hand.store;
	assert_ok(measures_load(NULL, &web.reading.measures, &err), err);
	context = reading_context(&web.reading);
	assert_ok(figures_new(&context, key, &web.figures, &err), err);
	(void)hand_put(&hand, "north", "2026-08", "contacts", 12, 12);
	(void)hand_put(&hand, "north", "2026-09", "contacts", 3, 3);
	(void)hand_put(&hand, "south", "2026-09", "contacts", 104, 104);
}

static void teardown(void)
{
	request_clear(&rq);
	response_clear(&rs);
	received_cache_free(&web.received);
	figures_free(&web.figures);
	measures_free(&web.reading.measures);
	office_close(&web.office);
	hand_store_close(&hand);
	clock_fix_us(0);
}

/* Whether the path fits the pattern; fills rq.part. */
static int fits(const char *pattern)
{
	static char parts[REQUEST_PARTS][128];
	const char *at = rq.path;
	int n = 0;

	while (*pattern == '/' && *at == '/') {
		size_t pattern_len = strcspn(++pattern, "/");
		size_t len = strcspn(++at, "/");

		if (*pattern == '{') {
			(void)snprintf(parts[n], sizeof parts[n], "%.*s", (int)len, at);
			rq.part[n] = parts[n];
			n++;
		} else if (len != pattern_len || strncmp(pattern, at, len) != 0) {
			return 0;
		}
		pattern += pattern_len;
		at += len;
	}
	return *pattern == '\0' && *at == '\0';
}

static const struct route *route_of(void)
{
	static const struct route *const tables[] = { api_catalogue_routes, api_figures_routes,
						      api_received_routes, api_signals_routes,
						      api_openapi_routes };

	for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++)
		for (const struct route *r = tables[i]; r->pattern != NULL; r++)
			if (fits(r->pattern))
				return r;
	ck_abort_msg("no address %s", rq.path);
}

/* Answers into rs: accept and if_none_match "" for none. */
static void ask_with(const struct viewer *v, const char *target, const char *accept,
		     const char *if_none_match)
{
	struct err err = { ERR_OK, "" };

	request_clear(&rq);
	response_clear(&rs);
	request_init(&rq);
	assert_ok(request_target(&rq, target, strlen(target), &err), err);
	rq.method = REQUEST_GET;
	rq.viewer = *v;
	rq.accept = accept;
	rq.if_none_match = if_none_match;
	figures_begin(web.figures);
	assert_ok(route_of()->handle(&web, &rq, &rs, &err), err);
}

static void ask(const struct viewer *v, const char *target)
{
	ask_with(v, target, "", "");
}

/* The body as JSON; the caller frees it. */
static json_t *body(int status, const char *type)
{
	json_error_t why;
	json_t *value;

	ck_assert_int_eq(rs.status == 0 ? 200 : rs.status, status);
	ck_assert_str_eq(rs.type, type);
	value = json_loads(rs.body.text, 0, &why);
	ck_assert_msg(value != NULL, "%s in %s", why.text, rs.body.text);
	return value;
}

static json_t *answer(const struct viewer *v, const char *target)
{
	ask(v, target);
	return body(200, "application/json");
}

static const char *header(const char *name)
{
	for (int i = 0; i < rs.n_headers; i++)
		if (strcmp(rs.headers[i].name, name) == 0)
			return rs.headers[i].value;
	return "";
}

#define assert_member(object, name, text) \
	ck_assert_str_eq(json_string_value(json_object_get(object, name)), text)
#define assert_number(object, name, n) \
	ck_assert_int_eq(json_integer_value(json_object_get(object, name)), n)
#define assert_null(object, name) ck_assert(json_is_null(json_object_get(object, name)))

/* The item of an area; borrowed. */
static json_t *item_of(json_t *all, const char *name, const char *value)
{
	json_t *items = json_object_get(all, "items");

	for (size_t i = 0; i < json_array_size(items); i++)
		if (strcmp(json_string_value(json_object_get(json_array_get(items, i), name)),
			   value) == 0)
			return json_array_get(items, i);
	ck_abort_msg("no item with %s %s", name, value);
}

/* ---- figures */

START_TEST(figures_are_exact_for_central)
{
	json_t *all = answer(&central, "/api/v1/figures?measure=contacts&from=2026-09&to=2026-09&"
				       "districts=1");
	json_t *item = item_of(all, "area", "north");

	assert_number(all, "schema_version", 1);
	assert_number(all, "total", 3);
	assert_member(all, "measure", "contacts");
	assert_member(all, "by", "month");
	assert_member(all, "data_as_at", "2026-10-05T00:00:00Z");
	ck_assert(json_is_false(json_object_get(all, "protected")));
	assert_null(all, "note");
	assert_member(item, "shown", "exact");
	assert_number(item, "value", 3);
	assert_number(item, "numerator", 3);
	assert_null(item, "denominator");
	assert_null(item, "category");
	assert_number(item_of(all, "area", "city"), "value", 107);
	assert_number(item_of(all, "area", "city"), "areas_reported", 2);
	json_decref(all);
}
END_TEST

START_TEST(suppressed_figures_are_null)
{
	json_t *all = answer(&commissioner, "/api/v1/figures?measure=contacts&from=2026-09&"
					    "to=2026-09&districts=1");
	json_t *item = item_of(all, "area", "north");

	ck_assert(json_is_true(json_object_get(all, "protected")));
	ck_assert_ptr_nonnull(json_string_value(json_object_get(all, "note")));
	assert_member(item, "shown", "suppressed");
	assert_null(item, "value");
	assert_null(item, "numerator");
	assert_null(item, "denominator");
	item = item_of(all, "area", "south");
	assert_member(item, "shown", "rounded");
	ck_assert_int_eq(json_integer_value(json_object_get(item, "value")) % 5, 0);
	ck_assert_ptr_null(strstr(rs.body.text, "104"));
	json_decref(all);
}
END_TEST

START_TEST(missing_figures_are_null_and_not_zero)
{
	json_t *all = answer(&central, "/api/v1/figures?measure=contacts&area=south&from=2026-08&"
				       "to=2026-08");
	json_t *item = item_of(all, "area", "south");

	assert_member(item, "status", "missing");
	assert_null(item, "value");
	assert_null(item, "numerator");
	json_decref(all);
}
END_TEST

START_TEST(past_state_of_knowledge_can_be_asked_for)
{
	json_t *all = answer(&central, "/api/v1/figures?measure=contacts&area=north&from=2026-09&"
				       "to=2026-09&known-on=2026-10-04");

	assert_member(item_of(all, "area", "north"), "status", "missing");
	assert_member(all, "known_on", "2026-10-04");
	json_decref(all);
	all = answer(&central, "/api/v1/figures?measure=contacts&area=north&from=2026-09&"
			       "to=2026-09&known-on=2026-10-05");
	assert_number(item_of(all, "area", "north"), "value", 3);
	json_decref(all);
}
END_TEST

START_TEST(default_periods_are_the_24_that_ended_last)
{
	json_t *all = answer(&central, "/api/v1/figures?measure=contacts");

	assert_number(all, "total", 24);
	assert_member(all, "from", "2024-10");
	assert_member(all, "to", "2026-09");
	assert_member(all, "area", "city");
	json_decref(all);
	all = answer(&north, "/api/v1/figures?measure=contacts&by=week");
	assert_member(all, "area", "north");
	assert_member(all, "to", "2026-W42");
	json_decref(all);
}
END_TEST

START_TEST(district_gets_its_own_and_the_city)
{
	json_t *all = answer(&north, "/api/v1/figures?measure=contacts&area=city&from=2026-09&"
				     "to=2026-09&districts=1");

	assert_number(all, "total", 2);
	assert_member(item_of(all, "area", "city"), "shown", "rounded");
	assert_number(item_of(all, "area", "north"), "value", 3);
	ck_assert_ptr_null(strstr(rs.body.text, "south"));
	json_decref(all);
}
END_TEST

/* ---- refusals */

static void assert_problem(const struct viewer *v, const char *target, int status,
			   const char *detail, const char *parameter, const char *nearest)
{
	json_t *problem;

	ask(v, target);
	problem = body(status, "application/problem+json");
	ck_assert_msg(strstr(json_string_value(json_object_get(problem, "detail")), detail) != NULL,
		      "\"%s\" does not hold \"%s\"",
		      json_string_value(json_object_get(problem, "detail")), detail);
	assert_member(problem, "type", "about:blank");
	assert_number(problem, "status", status);
	assert_member(problem, "instance", rq.path);
	if (parameter != NULL)
		assert_member(problem, "parameter", parameter);
	if (nearest != NULL)
		assert_member(problem, "nearest", nearest);
	else
		ck_assert_ptr_null(json_object_get(problem, "nearest"));
	ck_assert_str_eq(rs.etag, "");
	json_decref(problem);
}

START_TEST(refusals_name_the_parameter_and_the_nearest_right_word)
{
	static const struct {
		const char *target;
		int status;
		const char *detail, *parameter, *nearest;
	} all[] = {
		{ "/api/v1/figures?measure=contcats", 400,
		  "no measure 'contcats'; did you mean 'contacts'?", "measure", "contacts" },
		{ "/api/v1/figures", 400, "measure is needed", "measure", NULL },
		{ "/api/v1/figures?measure=contacts&aera=city", 400,
		  "there is no parameter 'aera' here; did you mean 'area'?", "aera", "area" },
		{ "/api/v1/figures?measure=contacts&area=nort", 400,
		  "no area 'nort'; did you mean 'north'?", "area", "north" },
		{ "/api/v1/figures?measure=contacts&area=lake", 400,
		  "'lake' is a ward: ask for its district 'north' with breakdown=ward", "area",
		  NULL },
		{ "/api/v1/figures?measure=contacts&by=mnth", 400,
		  "by is 'mnth': it is one of week, month, quarter, financial-year", "by",
		  "month" },
		{ "/api/v1/figures?measure=contacts&to=2026-13", 400, "to", "to", NULL },
		{ "/api/v1/figures?measure=contacts&to=2026-W40", 400,
		  "to is '2026-W40': it is a month, as 2026-10", "to", NULL },
		{ "/api/v1/figures?measure=contacts&from=2026-10&to=2026-09", 400,
		  "from lies after to", "from", NULL },
		{ "/api/v1/figures?measure=contacts&from=2010-01&to=2099-12&by=month&per_page=0",
		  400, "per_page is '0': it is a whole number from 1 to 10000", "per_page", NULL },
		{ "/api/v1/figures?measure=contacts&page=two", 400, "page is 'two'", "page", NULL },
		{ "/api/v1/figures?measure=contacts&format=xml", 400,
		  "format is 'xml': it is one of json, csv", "format", NULL },
		{ "/api/v1/figures?measure=contacts&breakdown=age_bnd", 400,
		  "contacts has no breakdown by 'age_bnd'; it has ", "breakdown", "age_band" },
		{ "/api/v1/figures?measure=contacts&known-on=yesterday", 400, "known-on",
		  "known-on", NULL },
		{ "/api/v1/measures/contcats", 404, "did you mean 'contacts'?", "measure",
		  "contacts" },
		{ "/api/v1/measures?theme=protecton", 400, "no measure has theme 'protecton'",
		  "theme", NULL },
		{ "/api/v1/areas?level=city", 400, "level is 'city'", "level", NULL },
		{ "/api/v1/received?from=1990-01&to=2026-09", 400, "", "from", NULL },
		{ "/api/v1/trace/contacts/city/2026-9", 400, "period", "period", NULL },
		{ "/api/v1/trace/contacts/nowhere/2026-09", 404, "no area 'nowhere'", "area",
		  NULL },
		{ "/api/v1/trace/contacts/city/2026-09?category=0", 400,
		  "breakdown and category belong together", "breakdown", NULL },
	};

	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
		assert_problem(&central, all[i].target, all[i].status, all[i].detail,
			       all[i].parameter, all[i].nearest);
}
END_TEST

START_TEST(quotes_and_markup_in_a_parameter_come_back_as_text)
{
	assert_problem(&central, "/api/v1/figures?measure=%22%3Cscript%3E'%20OR%201=1--", 400,
		       "no measure '\"<script>' OR 1=1--'", "measure", NULL);
}
END_TEST

START_TEST(districts_are_refused_other_districts)
{
	assert_problem(&north, "/api/v1/figures?measure=contacts&area=south", 403,
		       "figures of South are not shown to this account", "area", NULL);
	assert_problem(&north, "/api/v1/received?area=south", 403, "South", "area", NULL);
}
END_TEST

START_TEST(only_who_sees_exact_figures_may_follow_them)
{
	json_t *all;

	assert_problem(&commissioner, "/api/v1/trace/contacts/north/2026-09", 403,
		       "the reports behind a figure are exact", NULL, NULL);
	assert_problem(&north, "/api/v1/trace/contacts/city/2026-09", 403,
		       "the reports behind a figure are exact", NULL, NULL);
	all = answer(&north, "/api/v1/trace/contacts/north/2026-09");
	assert_number(json_object_get(all, "figure"), "value", 3);
	/* entries made by hand hold no bytes, and it says so */
	assert_number(all, "faults", 1);
	ck_assert(json_is_false(json_object_get(all, "adds_up")));
	assert_member(item_of(all, "area", "north"), "agent", "north");
	assert_member(item_of(all, "area", "north"), "part", "numerator");
	json_decref(all);
}
END_TEST

/* ---- pages */

START_TEST(lists_come_in_pages_with_links_to_the_others)
{
	json_t *all = answer(&central, "/api/v1/figures?measure=contacts&per_page=10&page=2");

	assert_number(all, "total", 24);
	assert_number(all, "page", 2);
	ck_assert_uint_eq(json_array_size(json_object_get(all, "items")), 10);
	assert_member(json_array_get(json_object_get(all, "items"), 0), "period", "2025-08");
	ck_assert_str_eq(header("X-Total-Count"), "24");
	ck_assert_str_eq(header("Link"),
			 "</api/v1/figures?measure=contacts&per_page=10&page=1>; rel=\"first\", "
			 "</api/v1/figures?measure=contacts&per_page=10&page=1>; rel=\"prev\", "
			 "</api/v1/figures?measure=contacts&per_page=10&page=3>; rel=\"next\", "
			 "</api/v1/figures?measure=contacts&per_page=10&page=3>; rel=\"last\"");
	json_decref(all);
	all = answer(&central, "/api/v1/figures?measure=contacts&per_page=10&page=3");
	ck_assert_uint_eq(json_array_size(json_object_get(all, "items")), 4);
	ck_assert_ptr_null(strstr(header("Link"), "next"));
	json_decref(all);
	all = answer(&central, "/api/v1/figures?measure=contacts&per_page=10&page=2147483647");
	ck_assert_uint_eq(json_array_size(json_object_get(all, "items")), 0);
	json_decref(all);
	all = answer(&central, "/api/v1/figures?measure=contacts");
	ck_assert_str_eq(header("Link"), "");
	json_decref(all);
}
END_TEST

/* ---- conditional requests */

START_TEST(who_has_the_answer_is_told_so)
{
	char etag[sizeof rs.etag];
	char list[128];

	ask(&central, "/api/v1/figures?measure=contacts");
	(void)snprintf(etag, sizeof etag, "%s", rs.etag);
	ck_assert_uint_eq(strlen(etag), 34);
	(void)snprintf(list, sizeof list, "\"other\", W/%s", etag);
	ask_with(&central, "/api/v1/figures?measure=contacts", "", list);
	ck_assert_int_eq(rs.status, 304);
	ck_assert_uint_eq(rs.body.len, 0);
	ck_assert_str_eq(rs.etag, etag);
	ask_with(&central, "/api/v1/figures?measure=contacts", "", "\"other\"");
	ck_assert_int_eq(rs.status, 0);
}
END_TEST

START_TEST(other_viewers_forms_and_questions_have_other_etags)
{
	char etag[sizeof rs.etag];

	ask(&central, "/api/v1/figures?measure=contacts");
	(void)snprintf(etag, sizeof etag, "%s", rs.etag);
	ask_with(&commissioner, "/api/v1/figures?measure=contacts", "", etag);
	ck_assert_int_ne(rs.status, 304);
	ask_with(&north, "/api/v1/figures?measure=contacts", "", etag);
	ck_assert_int_ne(rs.status, 304);
	ask_with(&central, "/api/v1/figures?measure=contacts", "text/csv", etag);
	ck_assert_int_ne(rs.status, 304);
	ask_with(&central, "/api/v1/figures?measure=contacts&page=1", "", etag);
	ck_assert_int_ne(rs.status, 304);
	ck_assert_str_eq(header("Vary"), "Accept, Authorization, Cookie");
}
END_TEST

/* ---- CSV */

START_TEST(csv_holds_the_same_items)
{
	ask(&commissioner, "/api/v1/figures?measure=contacts&from=2026-09&to=2026-09&districts=1&"
			   "format=csv");
	ck_assert_str_eq(rs.type, "text/csv; charset=utf-8");
	ck_assert_str_eq(header("Content-Disposition"), "attachment; filename=\"figures.csv\"");
	ck_assert_ptr_nonnull(strstr(rs.body.text, "measure,area,period,breakdown,category,value,"
						   "unit,shown,status,numerator,denominator,"));
	ck_assert_ptr_nonnull(strstr(rs.body.text,
				     "\r\ncontacts,north,2026-09,,,,count,suppressed,final,,,1,1,"
				     "false,false,,false\r\n"));
	ask_with(&central, "/api/v1/figures?measure=contacts&from=2026-09&to=2026-09&area=north",
		 "text/csv, application/json;q=0.5", "");
	ck_assert_ptr_nonnull(
		strstr(rs.body.text, "contacts,north,2026-09,,,3,count,exact,final,3,"));
	ask_with(&central, "/api/v1/figures?measure=contacts&format=json", "text/csv", "");
	ck_assert_str_eq(rs.type, "application/json");
}
END_TEST

START_TEST(csv_text_is_quoted_and_no_formula)
{
	ask(&central, "/api/v1/areas?format=csv");
	ck_assert_ptr_nonnull(
		strstr(rs.body.text, "\r\nnorth,\"'=North, \"\"the hill\"\"\",district,city,"));
	ask(&central, "/api/v1/measures?format=csv");
	ck_assert_ptr_nonnull(strstr(rs.body.text, "week month quarter financial-year,age_band "));
}
END_TEST

/* ---- catalogue, returns, agents */

START_TEST(areas_are_those_that_the_viewer_may_see)
{
	json_t *all = answer(&north, "/api/v1/areas");

	assert_number(all, "total", 3); /* its own, its ward, the city */
	assert_member(item_of(all, "code", "lake"), "level", "ward");
	ck_assert_ptr_null(strstr(rs.body.text, "south"));
	json_decref(all);
	all = answer(&commissioner, "/api/v1/areas?level=district");
	assert_number(all, "total", 2);
	assert_member(item_of(all, "code", "south"), "parent", "city");
	json_decref(all);
}
END_TEST

START_TEST(measures_say_how_they_can_be_asked_for)
{
	json_t *all = answer(&central, "/api/v1/measures?theme=quality");
	json_t *one;

	assert_number(all, "total", 3);
	json_decref(all);
	one = answer(&central, "/api/v1/measures/contacts");
	assert_member(json_object_get(one, "measure"), "code", "contacts");
	ck_assert_uint_eq(json_array_size(json_object_get(json_object_get(one, "measure"), "by")),
			  4);
	json_decref(one);
}
END_TEST

START_TEST(downloads_lead_to_files)
{
	json_t *all = answer(&north, "/api/v1/downloads");
	const char *href =
		json_string_value(json_object_get(item_of(all, "measure", "contacts"), "href"));

	ck_assert_str_eq(href, "/api/v1/figures?measure=contacts&area=north&by=week&districts=1&"
			       "format=csv");
	json_decref(all);
	ask(&north, "/api/v1/figures?measure=contacts&area=north&by=week&districts=1&format=csv");
	ck_assert_str_eq(rs.type, "text/csv; charset=utf-8");
}
END_TEST

START_TEST(returns_say_what_is_missing)
{
	json_t *all = answer(&central, "/api/v1/received?from=2026-08&to=2026-09");

	assert_number(all, "total", 4);
	assert_member(item_of(all, "area", "south"), "state", "missing");
	assert_member(item_of(all, "area", "north"), "month", "2026-08");
	json_decref(all);
	all = answer(&north, "/api/v1/received?area=city&from=2026-08&to=2026-09");
	assert_number(all, "total", 2);
	json_decref(all);
}
END_TEST

START_TEST(what_an_agent_never_said_is_null)
{
	json_t *all = answer(&central, "/api/v1/agents?per_page=1");

	assert_number(all, "total", 2);
	ck_assert_uint_eq(json_array_size(json_object_get(all, "items")), 1);
	assert_member(item_of(all, "agent", "north"), "state", "active");
	assert_null(item_of(all, "agent", "north"), "waiting");
	assert_null(item_of(all, "agent", "north"), "sandboxed");
	json_decref(all);
	for (const struct route *r = api_received_routes; r->pattern != NULL; r++)
		if (strcmp(r->pattern, "/api/v1/agents") == 0)
			ck_assert_uint_eq(r->roles, ROLE_BIT(ROLE_CENTRAL) | ROLE_BIT(ROLE_ADMIN));
}
END_TEST

static void put_signal(const char *area)
{
	(void)hand_sql(&hand,
		       "INSERT INTO signal (kind, rule, measure, area, direction, concern, state, "
		       "first, last, pending_us, opened_us, evidence) VALUES (1, 'outside', "
		       "'contacts', ?1, 1, 0, 2, ?2, ?2, ?3, ?3, '{\"value\":104}')",
		       "sii", area, period_key(hand_period("2026-09")), hand_us("2026-10-06"));
}

START_TEST(signals_are_those_of_areas_that_the_viewer_may_see)
{
	json_t *all;

	put_signal("north");
	put_signal("south");
	put_signal("city");
	all = answer(&central, "/api/v1/signals");
	assert_number(all, "total", 3);
	assert_member(item_of(all, "area", "south"), "state", "open");
	assert_number(json_object_get(item_of(all, "area", "south"), "evidence"), "value", 104);
	json_decref(all);
	all = answer(&commissioner, "/api/v1/signals?area=south");
	assert_number(all, "total", 1);
	assert_null(item_of(all, "area", "south"), "evidence");
	ck_assert_ptr_null(strstr(rs.body.text, "104"));
	json_decref(all);
	all = answer(&north, "/api/v1/signals");
	assert_number(all, "total", 2);
	ck_assert(json_is_object(json_object_get(item_of(all, "area", "north"), "evidence")));
	assert_null(item_of(all, "area", "city"), "evidence");
	json_decref(all);
	all = answer(&central, "/api/v1/signals?state=closed");
	assert_number(all, "total", 0);
	json_decref(all);
	assert_problem(&north, "/api/v1/signals/2", 404, "no signal '2'", "signal", NULL);
	assert_problem(&central, "/api/v1/signals/x", 404, "no signal 'x'", "signal", NULL);
	all = answer(&central, "/api/v1/signals/2");
	assert_member(json_object_get(all, "signal"), "area", "south");
	ck_assert_uint_eq(json_array_size(json_object_get(all, "history")), 0);
	json_decref(all);
}
END_TEST

START_TEST(a_signal_says_who_owns_it_and_who_has_acknowledged_it)
{
	const struct account account = {
		.name = "ann", .full_name = "Ann", .role = ROLE_CENTRAL, .active = 1
	};
	struct viewer ann = { .role = ROLE_CENTRAL, .name = "ann", .full_name = "Ann" };
	struct signal_list list;
	struct err err = { ERR_OK, "" };
	char etag[sizeof rs.etag];
	json_t *all, *item;

	put_signal("north");
	assert_ok(account_add(web.office, NULL, "local", &account, &ann.account, &err), err);
	assert_ok(signals_find(hand.store, 1, &list, &err), err);
	all = answer(&central, "/api/v1/signals");
	item = item_of(all, "area", "north");
	assert_null(item, "owner");
	assert_null(item, "acknowledged");
	assert_null(item, "acknowledged_by");
	assert_null(item, "held_again");
	json_decref(all);
	(void)snprintf(etag, sizeof etag, "%s", rs.etag);
	assert_ok(notes_acknowledge(web.office, &ann, "", &list.signals[0], "Known", &err), err);
	assert_ok(notes_set_owner(web.office, &ann, "", &list.signals[0], 0, "Head", &err), err);
	ask_with(&central, "/api/v1/signals", "", etag);
	all = body(200, "application/json");
	item = item_of(all, "area", "north");
	assert_member(item, "owner", "Head");
	assert_member(item, "acknowledged", "2026-10-20T00:00:00Z");
	assert_member(item, "acknowledged_by", "Ann");
	ck_assert(json_is_false(json_object_get(item, "held_again")));
	json_decref(all);
	all = answer(&commissioner, "/api/v1/signals/1");
	ck_assert_uint_eq(json_array_size(json_object_get(all, "notes")), 2);
	item = json_array_get(json_object_get(all, "notes"), 0);
	assert_member(item, "kind", "acknowledged");
	assert_member(item, "by", "Ann");
	assert_member(item, "role", "central");
	assert_member(item, "period", "2026-09");
	assert_member(item, "text", "Known");
	assert_null(item, "owner");
	item = json_array_get(json_object_get(all, "notes"), 1);
	assert_member(item, "kind", "owner");
	assert_null(item, "text");
	assert_member(item, "owner", "Head");
	json_decref(all);
	signals_clear(&list);
}
END_TEST

START_TEST(the_description_is_served_as_written_and_as_json)
{
	json_t *all;

	ask(&central, "/api/v1/openapi.yaml");
	ck_assert_int_eq(strncmp(rs.bytes, "openapi: \"3.1.0\"\n", 17), 0);
	ask(&central, "/api/v1/openapi.json");
	all = body(200, "application/json");
	assert_member(all, "openapi", "3.1.0");
	ck_assert_ptr_nonnull(json_object_get(json_object_get(all, "paths"), "/api/v1/figures"));
	json_decref(all);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, figures_are_exact_for_central);
	tcase_add_test(tc, suppressed_figures_are_null);
	tcase_add_test(tc, missing_figures_are_null_and_not_zero);
	tcase_add_test(tc, past_state_of_knowledge_can_be_asked_for);
	tcase_add_test(tc, default_periods_are_the_24_that_ended_last);
	tcase_add_test(tc, district_gets_its_own_and_the_city);
	tcase_add_test(tc, refusals_name_the_parameter_and_the_nearest_right_word);
	tcase_add_test(tc, quotes_and_markup_in_a_parameter_come_back_as_text);
	tcase_add_test(tc, districts_are_refused_other_districts);
	tcase_add_test(tc, only_who_sees_exact_figures_may_follow_them);
	tcase_add_test(tc, lists_come_in_pages_with_links_to_the_others);
	tcase_add_test(tc, who_has_the_answer_is_told_so);
	tcase_add_test(tc, other_viewers_forms_and_questions_have_other_etags);
	tcase_add_test(tc, csv_holds_the_same_items);
	tcase_add_test(tc, csv_text_is_quoted_and_no_formula);
	tcase_add_test(tc, areas_are_those_that_the_viewer_may_see);
	tcase_add_test(tc, measures_say_how_they_can_be_asked_for);
	tcase_add_test(tc, downloads_lead_to_files);
	tcase_add_test(tc, returns_say_what_is_missing);
	tcase_add_test(tc, what_an_agent_never_said_is_null);
	tcase_add_test(tc, signals_are_those_of_areas_that_the_viewer_may_see);
	tcase_add_test(tc, a_signal_says_who_owns_it_and_who_has_acknowledged_it);
	tcase_add_test(tc, the_description_is_served_as_written_and_as_json);
}

HARNESS_MAIN("api", add)
