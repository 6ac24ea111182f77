#include "aggregator/web/web.h"

#include <stdlib.h>
#include <string.h>

#include "aggregator/web/account.h"
#include "aggregator/web/defer.h"
#include "aggregator/web/figures.h"
#include "aggregator/web/signin.h"
#include "proto/clock.h"
#include "tests/hand_store.h"
#include "tests/harness.h"

/* The router with routes of its own: these take the place of the dashboard's. */

static enum err_code handler_says; /* what `answer` returns */
static int n_handled;
static char told[3][65]; /* parts of the path */

static enum err_code answer(struct web *web, const struct request *rq, struct response *rs,
			    struct err *err)
{
	(void)web;
	n_handled++;
	for (int i = 0; i < 3; i++)
		(void)snprintf(told[i], sizeof told[i], "%s",
			       rq->part[i] == NULL ? "-" : rq->part[i]);
	html_raw(&rs->body, "<p>answered</p>");
	if (handler_says != ERR_OK)
		return err_set(err, handler_says, "the reason <b>");
	return ERR_OK;
}

/* ---- an answer that comes later */

static int n_worked, n_freed;

static void work(void *context)
{
	(void)context;
	n_worked++;
}

static enum err_code finish(struct web *web, const struct request *rq, struct response *rs,
			    void *context, struct err *err)
{
	ck_assert_int_eq(n_worked, 1);
	return answer(web, rq, rs, err);
}

static void free_context(void *context)
{
	n_freed++;
	free(context);
}

static enum err_code answer_later(struct web *web, const struct request *rq, struct response *rs,
				  struct err *err)
{
	const struct defer defer = { work, finish, free_context, malloc(8) };

	(void)web;
	(void)rq;
	return response_defer(rs, &defer, err);
}

static const struct route first_routes[] = {
	{ REQUEST_GET, "/", ROLES_READERS, ROUTE_PAGE, answer },
	{ REQUEST_GET, "/things/new", ROLES_READERS, ROUTE_PAGE, answer },
	{ REQUEST_GET, "/things/{thing}", ROLES_READERS, ROUTE_PAGE, answer },
	{ REQUEST_GET, "/things/{thing}/{part}/at/{place}", ROLES_READERS, ROUTE_PAGE, answer },
	{ REQUEST_POST, "/things/{thing}", ROLE_BIT(ROLE_CENTRAL), ROUTE_PAGE, answer },
	{ 0, NULL, 0, 0, NULL },
};
static const struct route second_routes[] = {
	{ REQUEST_GET, "/open", ROLES_ANYONE, ROUTE_PAGE, answer },
	{ REQUEST_POST, "/open", ROLES_ANYONE, ROUTE_PAGE, answer },
	{ REQUEST_POST, "/later", ROLES_ANYONE, ROUTE_PAGE, answer_later },
	{ REQUEST_GET, "/api/v1/things", ROLES_READERS, ROUTE_API, answer },
	{ REQUEST_POST, "/api/v1/things", ROLES_READERS, ROUTE_API, answer },
	{ REQUEST_GET, "/files/{file}", ROLES_ANYONE, ROUTE_ASSET, answer },
	{ 0, NULL, 0, 0, NULL },
};
const struct route *const route_tables[] = { first_routes, second_routes, NULL };

/* ---- fixture */

static const char areas_csv[] = "code,name,level,parent,gss_code,valid_from,valid_to,dfe_name\n"
				"west,West,region,,,,,\n"
				"city,City,authority,west,,,,\n"
				"north,North,district,city,,,,\n";

static char city[] = "city";
static char header_name[] = "X-Remote-User";
static struct hand_store hand;
static struct aggregator_web settings;
static struct aggregator_config config;
static struct web web;
static struct request rq;
static struct response rs;
static struct err err;
static char token[SIGNIN_TOKEN_BYTES];
static struct viewer ann;

static void sign_ann_in(void)
{
	struct account account = {
		.name = "ann", .full_name = "Ann Lee", .role = ROLE_CENTRAL, .active = 1
	};

	assert_ok(account_add(web.office, NULL, "", &account, &account.id, &err), err);
	assert_ok(account_find(web.office, "ann", &account, &err), err);
	assert_ok(signin_start(web.office, &account, "127.0.0.1", 8, token, &ann, &err), err);
}

static void setup(void)
{
	struct rollup_context context;
	char path[300];

	n_handled = n_worked = n_freed = 0;
	handler_says = ERR_OK;
	hand_store_open(&hand, areas_csv, NULL);
	config = (struct aggregator_config){ .area = city, .web = &settings };
	settings = (struct aggregator_web){ .idle_minutes = 30,
					    .session_hours = 8,
					    .identity_header = header_name };
	web = (struct web){ .reading = {
				    .config = &config, .areas = hand.areas, .store = hand.store } };
	(void)snprintf(web.origin, sizeof web.origin, "http://127.0.0.1:8080");
	assert_ok(measures_load(NULL, &web.reading.measures, &err), err);
	(void)snprintf(path, sizeof path, "%s/office/office.db", harness_folder());
	assert_ok(office_open(path, &web.office, &err), err);
	context = reading_context(&web.reading);
	assert_ok(figures_new(&context, web.office->rounding_key, &web.figures, &err), err);
	request_init(&rq);
	sign_ann_in();
}

static void teardown(void)
{
	request_clear(&rq);
	response_clear(&rs);
	figures_free(&web.figures);
	office_close(&web.office);
	measures_free(&web.reading.measures);
	hand_store_close(&hand);
}

/* Asks as somebody of the role; ROLE_NONE is nobody. */
static int ask_as(enum role role, enum request_method method, const char *target)
{
	struct viewer v = { .role = role,
			    .account = 9,
			    .name = "x",
			    .full_name = "X Y",
			    .area = "north",
			    .signin = 1,
			    .csrf = { 1, 2, 3 } };

	request_clear(&rq);
	response_clear(&rs);
	assert_ok(request_target(&rq, target, strlen(target), &err), err);
	rq.method = method;
	rq.peer = "127.0.0.1";
	rq.host = "127.0.0.1:8080";
	if (role != ROLE_NONE)
		rq.viewer = v;
	web_answer(&web, &rq, &rs);
	return rs.status;
}

static int get(const char *target)
{
	return ask_as(ROLE_CENTRAL, REQUEST_GET, target);
}

/* A POST with the form; origin NULL: not said. */
static int post_as(const struct viewer *v, const char *target, const char *form, const char *origin)
{
	request_clear(&rq);
	response_clear(&rs);
	assert_ok(request_target(&rq, target, strlen(target), &err), err);
	assert_ok(request_form(&rq, form, strlen(form), &err), err);
	rq.method = REQUEST_POST;
	rq.peer = "127.0.0.1";
	rq.host = "127.0.0.1:8080";
	if (origin != NULL)
		rq.origin = origin;
	if (v != NULL)
		rq.viewer = *v;
	web_answer(&web, &rq, &rs);
	return rs.status;
}

static const char *header(const char *name)
{
	for (int i = 0; i < rs.n_headers; i++)
		if (strcmp(rs.headers[i].name, name) == 0)
			return rs.headers[i].value;
	return "";
}

static void body_holds(const char *words)
{
	ck_assert_ptr_nonnull(rs.body.text);
	ck_assert_msg(strstr(rs.body.text, words) != NULL, "\"%s\" does not hold \"%s\"",
		      rs.body.text, words);
}

/* ---- routes */

static const struct {
	const char *target;
	int status;
	const char *parts[3];
} paths[] = {
	{ "/", 200, { "-", "-", "-" } },
	{ "/?area=north", 200, { "-", "-", "-" } },
	{ "/things/new", 200, { "-", "-", "-" } },
	{ "/things/old", 200, { "old", "-", "-" } },
	{ "/things/a%20b", 200, { "a b", "-", "-" } },
	{ "/things/a/b/at/c", 200, { "a", "b", "c" } },
	{ "/open", 200, { "-", "-", "-" } },
	{ "/things", 404, { "", "", "" } },
	{ "/things/", 404, { "", "", "" } },
	{ "/things/old/", 404, { "", "", "" } },
	{ "/things/a/b", 404, { "", "", "" } },
	{ "/things/a/b/of/c", 404, { "", "", "" } },
	{ "/things/a/b/at/c/d", 404, { "", "", "" } },
	{ "/thing", 404, { "", "", "" } },
	{ "/opening", 404, { "", "", "" } },
	{ "/ope", 404, { "", "", "" } },
};

START_TEST(a_path_finds_its_route_and_parts)
{
	ck_assert_int_eq(get(paths[_i].target), paths[_i].status);
	ck_assert_int_eq(n_handled, paths[_i].status == 200);
	for (int i = 0; i < 3 && n_handled; i++)
		ck_assert_str_eq(told[i], paths[_i].parts[i]);
	if (!n_handled)
		body_holds("There is nothing at this address.");
}
END_TEST

START_TEST(an_answer_is_html_and_200_unless_told)
{
	ck_assert_int_eq(get("/"), 200);
	ck_assert_str_eq(rs.type, "text/html; charset=utf-8");
	body_holds("<p>answered</p>");
}
END_TEST

START_TEST(head_is_served_by_get)
{
	ck_assert_int_eq(ask_as(ROLE_CENTRAL, REQUEST_HEAD, "/"), 200);
	ck_assert_int_eq(n_handled, 1);
}
END_TEST

START_TEST(a_method_that_a_path_has_not_is_405_with_those_it_has)
{
	ck_assert_int_eq(ask_as(ROLE_CENTRAL, REQUEST_POST, "/"), 405);
	ck_assert_str_eq(header("Allow"), "GET, HEAD");
	ck_assert_int_eq(ask_as(ROLE_CENTRAL, REQUEST_GET, "/later"), 405);
	ck_assert_str_eq(header("Allow"), "POST");
	ck_assert_int_eq(ask_as(ROLE_CENTRAL, REQUEST_OTHER, "/open"), 405);
	ck_assert_str_eq(header("Allow"), "GET, HEAD, POST");
	body_holds("This address cannot be used in that way.");
	ck_assert_int_eq(n_handled, 0);
}
END_TEST

/* ---- who */

START_TEST(who_is_not_signed_in_is_sent_to_sign_in_and_back)
{
	ck_assert_int_eq(ask_as(ROLE_NONE, REQUEST_GET, "/things/a%20b?by=month&n=2"), 303);
	ck_assert_str_eq(header("Location"),
			 "/sign-in?next=%2Fthings%2Fa%2520b%3Fby%3Dmonth%26n%3D2");
	ck_assert_int_eq(ask_as(ROLE_NONE, REQUEST_GET, "/"), 303);
	ck_assert_str_eq(header("Location"), "/sign-in");
	ck_assert_int_eq(n_handled, 0);
}
END_TEST

START_TEST(a_form_of_somebody_signed_out_is_not_carried_out)
{
	ck_assert_int_eq(post_as(NULL, "/things/x", "a=1", NULL), 303);
	ck_assert_str_eq(header("Location"), "/sign-in");
	ck_assert_int_eq(n_handled, 0);
}
END_TEST

START_TEST(the_api_asks_for_a_token_with_a_problem)
{
	ck_assert_int_eq(ask_as(ROLE_NONE, REQUEST_GET, "/api/v1/things"), 401);
	ck_assert_str_eq(header("WWW-Authenticate"), "Bearer");
	ck_assert_str_eq(rs.type, "application/problem+json");
	body_holds("\"status\":401");
	body_holds("Authorization: Bearer TOKEN");
}
END_TEST

static const struct {
	enum role role;
	enum request_method method;
	const char *target;
	int status;
} rights[] = {
	{ ROLE_CENTRAL, REQUEST_GET, "/", 200 },
	{ ROLE_DISTRICT, REQUEST_GET, "/", 200 },
	{ ROLE_COMMISSIONER, REQUEST_GET, "/", 200 },
	{ ROLE_ADMIN, REQUEST_GET, "/", 200 },
	{ ROLE_DFE, REQUEST_GET, "/", 403 },
	{ ROLE_DFE, REQUEST_GET, "/api/v1/things", 403 },
	{ ROLE_DFE, REQUEST_GET, "/open", 200 },
	{ ROLE_NONE, REQUEST_GET, "/open", 200 },
	{ ROLE_NONE, REQUEST_GET, "/files/a.css", 200 },
	{ ROLE_COMMISSIONER, REQUEST_POST, "/things/x", 403 },
	{ ROLE_DISTRICT, REQUEST_POST, "/things/x", 403 },
	{ ROLE_ADMIN, REQUEST_POST, "/things/x", 403 },
};

START_TEST(a_role_gets_what_its_routes_allow)
{
	ck_assert_int_eq(ask_as(rights[_i].role, rights[_i].method, rights[_i].target),
			 rights[_i].status);
	ck_assert_int_eq(n_handled, rights[_i].status == 200);
	if (rights[_i].status == 403)
		body_holds(") may not use this");
}
END_TEST

START_TEST(a_cookie_says_who_asks)
{
	char cookies[100];

	request_clear(&rq);
	(void)snprintf(cookies, sizeof cookies, "%s=%s", SIGNIN_COOKIE_PLAIN, token);
	assert_ok(request_target(&rq, "/", 1, &err), err);
	assert_ok(request_cookies(&rq, cookies, strlen(cookies), &err), err);
	rq.method = REQUEST_GET;
	web_answer(&web, &rq, &rs);
	ck_assert_int_eq(rs.status, 200);
	ck_assert_str_eq(rq.viewer.name, "ann");
	ck_assert_int_eq(rq.viewer.role, ROLE_CENTRAL);
}
END_TEST

START_TEST(a_cookie_that_nobody_has_is_nobody)
{
	request_clear(&rq);
	assert_ok(request_target(&rq, "/", 1, &err), err);
	assert_ok(request_cookies(&rq, "drs=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", 47, &err),
		  err);
	rq.method = REQUEST_GET;
	web_answer(&web, &rq, &rs);
	ck_assert_int_eq(rs.status, 303);
}
END_TEST

START_TEST(with_https_only_the_host_cookie_counts)
{
	static char origin[] = "https://figures.example";
	char cookies[100];

	settings.origin = origin;
	request_clear(&rq);
	(void)snprintf(cookies, sizeof cookies, "%s=%s", SIGNIN_COOKIE_PLAIN, token);
	assert_ok(request_target(&rq, "/", 1, &err), err);
	assert_ok(request_cookies(&rq, cookies, strlen(cookies), &err), err);
	rq.method = REQUEST_GET;
	web_answer(&web, &rq, &rs);
	ck_assert_int_eq(rs.status, 303);
	response_clear(&rs);
	assert_ok(web_cookie(&web, &rs, "abc", &err), err);
	ck_assert_str_eq(header("Set-Cookie"),
			 "__Host-drs=abc; Path=/; HttpOnly; SameSite=Lax; Secure");
}
END_TEST

START_TEST(the_plain_cookie_is_set_and_taken_back)
{
	assert_ok(web_cookie(&web, &rs, "abc", &err), err);
	ck_assert_str_eq(header("Set-Cookie"), "drs=abc; Path=/; HttpOnly; SameSite=Lax");
	response_clear(&rs);
	assert_ok(web_cookie(&web, &rs, "", &err), err);
	ck_assert_str_eq(header("Set-Cookie"), "drs=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0");
}
END_TEST

START_TEST(whom_the_proxy_names_is_signed_in)
{
	request_clear(&rq);
	assert_ok(request_target(&rq, "/", 1, &err), err);
	rq.method = REQUEST_GET;
	rq.peer = "local";
	rq.identity = "ann";
	web_answer(&web, &rq, &rs);
	ck_assert_int_eq(rs.status, 200);
	ck_assert_str_eq(rq.viewer.name, "ann");
	ck_assert_int_ne((int)rq.viewer.signin, 0);
}
END_TEST

START_TEST(whom_the_proxy_names_without_an_account_is_told_so)
{
	request_clear(&rq);
	assert_ok(request_target(&rq, "/", 1, &err), err);
	rq.method = REQUEST_GET;
	rq.peer = "local";
	rq.identity = "stranger";
	web_answer(&web, &rq, &rs);
	ck_assert_int_eq(rs.status, 403);
	body_holds("stranger");
	ck_assert_int_eq(n_handled, 0);
}
END_TEST

/* ---- forged forms */

START_TEST(a_form_with_the_viewers_token_is_carried_out)
{
	char field[SIGNIN_CSRF_BYTES];
	char form[SIGNIN_CSRF_BYTES + 8];

	(void)snprintf(form, sizeof form, "csrf=%s", signin_csrf(&ann, field));
	ck_assert_int_eq(post_as(&ann, "/things/x", form, NULL), 200);
	ck_assert_int_eq(post_as(&ann, "/things/x", form, "http://127.0.0.1:8080"), 200);
	ck_assert_int_eq(n_handled, 2);
}
END_TEST

START_TEST(a_form_without_it_or_with_another_ones_is_not)
{
	struct viewer other = ann;
	char field[SIGNIN_CSRF_BYTES];
	char form[SIGNIN_CSRF_BYTES + 8];

	other.csrf[0] ^= 1;
	(void)snprintf(form, sizeof form, "csrf=%s", signin_csrf(&other, field));
	ck_assert_int_eq(post_as(&ann, "/things/x", "a=1", NULL), 403);
	body_holds("This form is out of date, so nothing was done");
	ck_assert_int_eq(post_as(&ann, "/things/x", "csrf=", NULL), 403);
	ck_assert_int_eq(post_as(&ann, "/things/x", form, NULL), 403);
	ck_assert_int_eq(n_handled, 0);
}
END_TEST

START_TEST(a_form_from_another_site_is_not_carried_out_even_before_signing_in)
{
	ck_assert_int_eq(post_as(NULL, "/open", "a=1", "https://elsewhere.example"), 403);
	body_holds("This form was sent from another site, so nothing was done");
	ck_assert_int_eq(post_as(NULL, "/open", "a=1", "null"), 403);
	ck_assert_int_eq(post_as(NULL, "/open", "a=1", "http://127.0.0.1:8081"), 403);
	ck_assert_int_eq(n_handled, 0);
	ck_assert_int_eq(post_as(NULL, "/open", "a=1", "http://127.0.0.1:8080"), 200);
	ck_assert_int_eq(post_as(NULL, "/open", "a=1", NULL), 200);
}
END_TEST

START_TEST(what_the_browser_says_of_the_site_counts_too)
{
	static const struct {
		const char *site;
		int status;
	} said[] = {
		{ "same-origin", 200 }, { "none", 200 }, { "same-site", 403 }, { "cross-site", 403 }
	};

	for (size_t i = 0; i < sizeof said / sizeof said[0]; i++) {
		request_clear(&rq);
		response_clear(&rs);
		assert_ok(request_target(&rq, "/open", 5, &err), err);
		rq.method = REQUEST_POST;
		rq.fetch_site = said[i].site;
		web_answer(&web, &rq, &rs);
		ck_assert_int_eq(rs.status, said[i].status);
	}
}
END_TEST

START_TEST(an_api_token_needs_no_csrf_field)
{
	struct viewer v = ann;

	v.signin = 0;
	ck_assert_int_eq(post_as(&v, "/api/v1/things", "a=1", NULL), 200);
}
END_TEST

/* ---- errors */

static const struct {
	enum err_code code;
	int status, shown;
} mapped[] = {
	{ ERR_MISSING, 404, 1 }, { ERR_MALFORMED, 400, 1 }, { ERR_CONFIG, 400, 1 },
	{ ERR_TOO_BIG, 400, 1 }, { ERR_DENIED, 403, 1 },    { ERR_BUSY, 503, 1 },
	{ ERR_NOMEM, 500, 0 },   { ERR_IO, 500, 0 },        { ERR_VERSION, 500, 0 },
	{ ERR_DB, 500, 0 },      { ERR_FULL, 500, 0 },
};

START_TEST(an_error_becomes_a_page_with_its_message_unless_it_is_ours)
{
	handler_says = mapped[_i].code;
	ck_assert_int_eq(get("/"), mapped[_i].status);
	ck_assert_str_eq(rs.type, "text/html; charset=utf-8");
	ck_assert_ptr_null(strstr(rs.body.text, "answered"));
	if (mapped[_i].shown)
		body_holds("The reason &lt;b&gt;.");
	else
		ck_assert_ptr_null(strstr(rs.body.text, "reason"));
}
END_TEST

START_TEST(an_error_of_the_api_becomes_a_problem)
{
	handler_says = mapped[_i].code;
	ck_assert_int_eq(get("/api/v1/things"), mapped[_i].status);
	ck_assert_str_eq(rs.type, "application/problem+json");
	ck_assert_ptr_null(strstr(rs.body.text, "answered"));
	if (mapped[_i].shown)
		body_holds("\"detail\":\"the reason <b>\"");
	else
		body_holds("\"detail\":\"the fault is on our side");
}
END_TEST

START_TEST(an_unknown_address_of_the_api_is_a_problem)
{
	ck_assert_int_eq(get("/api/v1/nothing"), 404);
	ck_assert_str_eq(rs.type, "application/problem+json");
	body_holds("\"title\":\"Page not found\"");
}
END_TEST

START_TEST(busy_says_when_to_try_again)
{
	handler_says = ERR_BUSY;
	ck_assert_int_eq(get("/"), 503);
	ck_assert_str_eq(header("Retry-After"), "5");
}
END_TEST

START_TEST(a_page_that_ran_out_of_room_is_refused)
{
	rs.body.failed = 0;
	ck_assert_int_eq(get("/"), 200);
	response_clear(&rs);
	rs.body.failed = 1;
	request_clear(&rq);
	assert_ok(request_target(&rq, "/open", 5, &err), err);
	rq.method = REQUEST_GET;
	web_answer(&web, &rq, &rs);
	ck_assert_int_eq(rs.status, 400);
	body_holds("The answer is larger than 16777216 bytes; ask for fewer periods.");
}
END_TEST

/* ---- later */

START_TEST(a_deferred_answer_is_finished_after_its_work)
{
	(void)post_as(NULL, "/later", "a=1", NULL);
	ck_assert_ptr_nonnull(rs.defer);
	ck_assert_int_eq(n_handled, 0);
	rs.defer->work(rs.defer->context);
	web_finish(&web, &rq, &rs);
	ck_assert_ptr_null(rs.defer);
	ck_assert_int_eq(rs.status, 200);
	body_holds("<p>answered</p>");
	ck_assert_int_eq(n_freed, 1);
}
END_TEST

START_TEST(a_deferred_answer_may_end_in_an_error)
{
	(void)post_as(NULL, "/later", "a=1", NULL);
	rs.defer->work(rs.defer->context);
	handler_says = ERR_DENIED;
	web_finish(&web, &rq, &rs);
	ck_assert_int_eq(rs.status, 403);
	ck_assert_int_eq(n_freed, 1);
}
END_TEST

START_TEST(a_deferred_answer_that_is_dropped_frees_its_context)
{
	(void)post_as(NULL, "/later", "a=1", NULL);
	response_clear(&rs);
	ck_assert_int_eq(n_freed, 1);
	ck_assert_int_eq(n_worked, 0);
}
END_TEST

START_TEST(without_memory_to_defer_the_context_is_freed)
{
	const struct defer defer = { work, finish, free_context, malloc(8) };

	harness_fail_allocation(1);
	ck_assert_int_eq(response_defer(&rs, &defer, &err), ERR_NOMEM);
	harness_fail_allocation(0);
	ck_assert_int_eq(n_freed, 1);
	ck_assert_ptr_null(rs.defer);
}
END_TEST

/* ---- parts of an answer */

static const struct {
	const char *path;
	enum err_code code;
} redirects[] = {
	{ "/measures?by=month", ERR_OK },
	{ "//elsewhere.example/", ERR_MALFORMED },
	{ "/\\elsewhere.example/", ERR_MALFORMED },
	{ "https://elsewhere.example/", ERR_MALFORMED },
	{ "measures", ERR_MALFORMED },
	{ "", ERR_MALFORMED },
	{ "/a\r\nSet-Cookie: x=1", ERR_MALFORMED },
};

START_TEST(a_redirect_stays_on_this_site)
{
	ck_assert_int_eq(response_redirect(&rs, redirects[_i].path, &err), redirects[_i].code);
	ck_assert_int_eq(rs.status, redirects[_i].code == ERR_OK ? 303 : 0);
	ck_assert_int_eq(rs.n_headers, redirects[_i].code == ERR_OK);
}
END_TEST

START_TEST(a_header_cannot_be_split)
{
	assert_error(response_header(&rs, "X-A", &err, "a%sb", "\r\nX-B: 1"), ERR_MALFORMED, err,
		     "header X-A would hold a control character");
	ck_assert_int_eq(rs.n_headers, 0);
}
END_TEST

START_TEST(more_headers_than_there_is_room_for_are_refused)
{
	for (int i = 0; i < RESPONSE_HEADERS; i++)
		assert_ok(response_header(&rs, "X-A", &err, "%d", i), err);
	assert_error(response_header(&rs, "X-A", &err, "9"), ERR_TOO_BIG, err, "has no room");
}
END_TEST

START_TEST(the_name_of_a_download_is_plain)
{
	assert_ok(response_attachment(&rs, "../a \"b\"\r\n.csv", &err), err);
	ck_assert_str_eq(header("Content-Disposition"), "attachment; filename=\"-.-a--b---.csv\"");
	response_clear(&rs);
	assert_ok(response_attachment(&rs, "", &err), err);
	ck_assert_str_eq(header("Content-Disposition"), "attachment; filename=\"download\"");
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, a_path_finds_its_route_and_parts, 0,
			    sizeof paths / sizeof paths[0]);
	tcase_add_test(tc, an_answer_is_html_and_200_unless_told);
	tcase_add_test(tc, head_is_served_by_get);
	tcase_add_test(tc, a_method_that_a_path_has_not_is_405_with_those_it_has);
	tcase_add_test(tc, who_is_not_signed_in_is_sent_to_sign_in_and_back);
	tcase_add_test(tc, a_form_of_somebody_signed_out_is_not_carried_out);
	tcase_add_test(tc, the_api_asks_for_a_token_with_a_problem);
	tcase_add_loop_test(tc, a_role_gets_what_its_routes_allow, 0,
			    sizeof rights / sizeof rights[0]);
	tcase_add_test(tc, a_cookie_says_who_asks);
	tcase_add_test(tc, a_cookie_that_nobody_has_is_nobody);
	tcase_add_test(tc, with_https_only_the_host_cookie_counts);
	tcase_add_test(tc, the_plain_cookie_is_set_and_taken_back);
	tcase_add_test(tc, whom_the_proxy_names_is_signed_in);
	tcase_add_test(tc, whom_the_proxy_names_without_an_account_is_told_so);
	tcase_add_test(tc, a_form_with_the_viewers_token_is_carried_out);
	tcase_add_test(tc, a_form_without_it_or_with_another_ones_is_not);
	tcase_add_test(tc, a_form_from_another_site_is_not_carried_out_even_before_signing_in);
	tcase_add_test(tc, what_the_browser_says_of_the_site_counts_too);
	tcase_add_test(tc, an_api_token_needs_no_csrf_field);
	tcase_add_loop_test(tc, an_error_becomes_a_page_with_its_message_unless_it_is_ours, 0,
			    sizeof mapped / sizeof mapped[0]);
	tcase_add_loop_test(tc, an_error_of_the_api_becomes_a_problem, 0,
			    sizeof mapped / sizeof mapped[0]);
	tcase_add_test(tc, an_unknown_address_of_the_api_is_a_problem);
	tcase_add_test(tc, busy_says_when_to_try_again);
	tcase_add_test(tc, a_page_that_ran_out_of_room_is_refused);
	tcase_add_test(tc, a_deferred_answer_is_finished_after_its_work);
	tcase_add_test(tc, a_deferred_answer_may_end_in_an_error);
	tcase_add_test(tc, a_deferred_answer_that_is_dropped_frees_its_context);
	tcase_add_test(tc, without_memory_to_defer_the_context_is_freed);
	tcase_add_loop_test(tc, a_redirect_stays_on_this_site, 0,
			    sizeof redirects / sizeof redirects[0]);
	tcase_add_test(tc, a_header_cannot_be_split);
	tcase_add_test(tc, more_headers_than_there_is_room_for_are_refused);
	tcase_add_test(tc, the_name_of_a_download_is_plain);
}

HARNESS_MAIN("web", add)
