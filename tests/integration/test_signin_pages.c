/* Who comes in, over the real `web` process and a real socket: sign-in, lock-out, forged forms,
 * roles, one-time links, and what the commands change while it runs. */

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/fleet.h"
#include "tests/harness.h"

#define GOOD "kettle+otter+violin" /* as a form sends it */
#define REFUSED "The account name or the password is not right"

static struct fleet_aggregator centre;
static struct fleet_process web;
static int port;
static const char *host; /* what the browser thinks it talks to; NULL: the address */

/* ---- the city and its dashboard */

static void web_start_as(const char *origin)
{
	char log[FLEET_PATH_BYTES];

	port = fleet_port();
	host = origin == NULL ? NULL : strstr(origin, "://") + 3;
	(void)snprintf(centre.extra, sizeof centre.extra, "web:\n  listen: \"127.0.0.1:%d\"\n",
		       port);
	if (origin != NULL)
		(void)snprintf(centre.extra, sizeof centre.extra,
			       "web:\n  listen: \"127.0.0.1:%d\"\n  origin: \"%s\"\n", port,
			       origin);
	fleet_aggregator_make(&centre, harness_folder(), "birmingham");
	fleet_aggregator_start(&centre);
	(void)snprintf(log, sizeof log, "%s/web.log", harness_folder());
	fleet_start(&web, log, "district-aggregator", "web", "-c", centre.config, NULL);
	fleet_until_logged(&web, "web: listening on");
}

static void web_start(void)
{
	web_start_as(NULL);
}

static void account_add(const char *name, const char *role)
{
	const char *file = harness_text(harness_folder(), "password.txt", "kettle otter violin\n");

	free(fleet_must("district-aggregator", "accounts", "add", name, "--role", role,
			"--full-name", "Ann Other", "--password-file", file, "-c", centre.config,
			NULL));
}

/* ---- a browser */

struct answer {
	int status;
	char location[256], set_cookie[512], body[1 << 18];
};
static struct answer got;

static void header_read(const char *name, char *out, size_t size)
{
	const char *at = strstr(got.body, name);
	const char *end = strstr(got.body, "\r\n\r\n");

	out[0] = '\0';
	if (at != NULL && at < end)
		(void)snprintf(out, size, "%.*s", (int)strcspn(at + strlen(name), "\r"),
			       at + strlen(name));
}

static int web_connect(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_ge(fd, 0);
	ck_assert_msg(connect(fd, (struct sockaddr *)&to, sizeof to) == 0, "connect: %s",
		      strerror(errno));
	return fd;
}

static void exchange(const char *request)
{
	size_t len = 0;
	ssize_t n;
	int fd = web_connect();

	ck_assert_int_eq(send(fd, request, strlen(request), MSG_NOSIGNAL),
			 (ssize_t)strlen(request));
	while ((n = recv(fd, got.body + len, sizeof got.body - 1 - len, 0)) > 0)
		len += (size_t)n;
	(void)close(fd);
	got.body[len] = '\0';
	ck_assert_msg(sscanf(got.body, "HTTP/1.1 %d", &got.status) == 1, "no answer: %s", got.body);
	header_read("Location: ", got.location, sizeof got.location);
	header_read("Set-Cookie: ", got.set_cookie, sizeof got.set_cookie);
}

/* cookie "" none; form NULL: GET; more: further header lines. */
static int ask(const char *path, const char *cookie, const char *form, const char *more)
{
	static char request[8192];
	char here[32];

	(void)snprintf(here, sizeof here, "127.0.0.1:%d", port);
	(void)snprintf(request, sizeof request,
		       "%s %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n%s%s%s%s"
		       "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %zu\r\n"
		       "\r\n%s",
		       form == NULL ? "GET" : "POST", path, host == NULL ? here : host,
		       cookie[0] == '\0' ? "" : "Cookie: ", cookie, cookie[0] == '\0' ? "" : "\r\n",
		       more, form == NULL ? (size_t)0 : strlen(form), form == NULL ? "" : form);
	exchange(request);
	return got.status;
}

static int get(const char *path, const char *cookie)
{
	return ask(path, cookie, NULL, "");
}

static int post(const char *path, const char *cookie, const char *form)
{
	return ask(path, cookie, form, "");
}

/* Signs in; the cookie is "name=value". */
static void sign_in(const char *name, char cookie[128])
{
	char form[256];

	(void)snprintf(form, sizeof form, "name=%s&password=" GOOD, name);
	ck_assert_int_eq(post("/sign-in", "", form), 303);
	(void)snprintf(cookie, 128, "%.*s", (int)strcspn(got.set_cookie, ";"), got.set_cookie);
	ck_assert_int_gt((int)strlen(cookie), 40);
}

/* A form of the page with this viewer's CSRF token in front. */
static const char *with_csrf(const char *page, const char *cookie, const char *form)
{
	static char text[1024];
	static const char field[] = "name=\"csrf\" value=\"";
	const char *at;

	ck_assert_int_eq(get(page, cookie), 200);
	at = strstr(got.body, field);
	ck_assert_ptr_nonnull(at);
	at += strlen(field);
	(void)snprintf(text, sizeof text, "csrf=%.*s&%s", (int)strcspn(at, "\""), at, form);
	return text;
}

static void assert_holds(const char *words)
{
	ck_assert_msg(strstr(got.body, words) != NULL, "\"%s\" is not in:\n%s", words, got.body);
}

/* ---- cases */

START_TEST(signing_in_leads_back_to_the_page_asked_for)
{
	char cookie[128];

	web_start();
	account_add("ann", "central");
	ck_assert_int_eq(get("/account", ""), 303);
	ck_assert_str_eq(got.location, "/sign-in?next=%2Faccount");
	ck_assert_int_eq(get(got.location, ""), 200);
	assert_holds("autocomplete=\"current-password\"");
	assert_holds("name=\"next\" value=\"/account\"");
	ck_assert_int_eq(post("/sign-in", "", "name=Ann&password=" GOOD "&next=%2Faccount"), 303);
	ck_assert_str_eq(got.location, "/account");
	ck_assert_int_eq(strncmp(got.set_cookie, "drs=", 4), 0);
	ck_assert_ptr_nonnull(strstr(got.set_cookie, "; HttpOnly"));
	ck_assert_ptr_nonnull(strstr(got.set_cookie, "; SameSite=Lax"));
	(void)snprintf(cookie, sizeof cookie, "%.*s", (int)strcspn(got.set_cookie, ";"),
		       got.set_cookie);
	ck_assert_int_eq(get("/account", cookie), 200);
	assert_holds("Ann Other");
	ck_assert_int_eq(post("/sign-out", cookie, with_csrf("/account", cookie, "")), 303);
	ck_assert_int_eq(get("/account", cookie), 303);
}
END_TEST

START_TEST(behind_https_the_cookie_is_bound_to_it)
{
	web_start_as("https://figures.example");
	account_add("ann", "central");
	ck_assert_int_eq(post("/sign-in", "", "name=ann&password=" GOOD), 303);
	ck_assert_int_eq(strncmp(got.set_cookie, "__Host-drs=", 11), 0);
	ck_assert_ptr_nonnull(strstr(got.set_cookie, "; Secure"));
	ck_assert_ptr_nonnull(strstr(got.set_cookie, "; Path=/;"));
	ck_assert_ptr_null(strstr(got.set_cookie, "Domain"));
}
END_TEST

START_TEST(a_foreign_address_is_never_gone_to)
{
	static const char *const nexts[] = { "%2F%2Fevil.example", "https%3A%2F%2Fevil.example",
					     "%2F%5Cevil.example", "%2Fsign-out" };
	char form[128];

	web_start();
	account_add("ann", "central");
	for (size_t i = 0; i < sizeof nexts / sizeof nexts[0]; i++) {
		(void)snprintf(form, sizeof form, "name=ann&password=" GOOD "&next=%s", nexts[i]);
		ck_assert_int_eq(post("/sign-in", "", form), 303);
		ck_assert_str_eq(got.location, "/");
	}
}
END_TEST

START_TEST(wrong_passwords_and_unknown_names_answer_alike_and_then_wait)
{
	static const char *const names[] = { "ann", "nobody" };
	char form[128];

	web_start();
	account_add("ann", "central");
	for (int n = 0; n < 2; n++) {
		(void)snprintf(form, sizeof form, "name=%s&password=wrong+horse+wrong", names[n]);
		for (int i = 0; i < 5; i++) {
			ck_assert_int_eq(post("/sign-in", "", form), 403);
			assert_holds(REFUSED);
			ck_assert_str_eq(got.set_cookie, "");
			ck_assert_ptr_null(strstr(got.body, "wrong horse"));
		}
		(void)snprintf(form, sizeof form, "name=%s&password=" GOOD, names[n]);
		ck_assert_int_eq(post("/sign-in", "", form), 429);
		assert_holds("There were too many attempts to sign in. Try again in ");
	}
	ck_assert_int_eq(post("/sign-in", "", "name=&password="), 400);
	assert_holds("Enter your account name");
	assert_holds("Enter your password");
}
END_TEST

START_TEST(a_form_without_the_token_or_from_another_site_does_nothing)
{
	char cookie[128], other[128];

	web_start();
	account_add("ann", "central");
	account_add("bob", "central");
	sign_in("ann", cookie);
	sign_in("bob", other);
	ck_assert_int_eq(post("/account/tokens", cookie, "label=x&days=1"), 403);
	assert_holds("form is out of date");
	ck_assert_int_eq(
		post("/account/tokens", cookie, with_csrf("/account", other, "label=x&days=1")),
		403);
	ck_assert_int_eq(ask("/account/tokens", cookie,
			     with_csrf("/account", cookie, "label=x&days=1"),
			     "Origin: https://evil.example\r\n"),
			 403);
	ck_assert_int_eq(
		ask("/sign-in", "", "name=ann&password=" GOOD, "Origin: https://evil.example\r\n"),
		403);
	ck_assert_int_eq(get("/account", cookie), 200);
	ck_assert_ptr_null(strstr(got.body, "Your tokens"));
}
END_TEST

START_TEST(a_role_reaches_its_own_pages_only)
{
	static const char *const admin_pages[] = { "/accounts", "/accounts/add", "/accounts/1" };
	char central[128], admin[128], dfe[128];

	web_start();
	account_add("ann", "central");
	account_add("boss", "admin");
	account_add("dfe", "dfe");
	sign_in("ann", central);
	sign_in("boss", admin);
	sign_in("dfe", dfe);
	for (size_t i = 0; i < 3; i++) {
		ck_assert_int_eq(get(admin_pages[i], ""), 303);
		ck_assert_int_eq(get(admin_pages[i], central), 403);
		ck_assert_int_eq(get(admin_pages[i], dfe), 403);
		ck_assert_int_eq(get(admin_pages[i], admin), 200);
	}
	ck_assert_int_eq(get("/audit-log", central), 200);
	ck_assert_int_eq(get("/audit-log.csv?who=boss", admin), 200);
	assert_holds("\"boss\",\"admin\",\"sign-in\",\"boss\",\"with password\"");
	ck_assert_int_eq(get("/audit-log", dfe), 403);
	ck_assert_int_eq(get("/audit-log?from=2026-13-01", admin), 400);
	ck_assert_int_eq(get("/accounts/99", admin), 404);
}
END_TEST

START_TEST(a_new_password_ends_the_sign_ins_elsewhere)
{
	char here[128], there[128];

	web_start();
	account_add("ann", "central");
	sign_in("ann", there);
	sign_in("ann", here);
	ck_assert_int_eq(post("/account/password", here,
			      with_csrf("/account", here,
					"password=wrong+wrong+wrong&chosen=teapot+window+lemon"
					"&again=teapot+window+lemon")),
			 403);
	assert_holds("The present password is not right");
	ck_assert_int_eq(get("/account", there), 200);
	ck_assert_int_eq(post("/account/password", here,
			      with_csrf("/account", here,
					"password=" GOOD "&chosen=teapot+window+lemon"
					"&again=teapot+window+lemon")),
			 303);
	ck_assert_str_eq(got.location, "/account?done=password");
	ck_assert_int_eq(get("/account", here), 200);
	ck_assert_int_eq(get("/account", there), 303);
	ck_assert_int_eq(post("/sign-in", "", "name=ann&password=" GOOD), 403);
	ck_assert_int_eq(post("/sign-in", "", "name=ann&password=teapot+window+lemon"), 303);
}
END_TEST

/* The path of a one-time link in a text. */
static void link_path(const char *text, char path[128])
{
	const char *at = strstr(text, "/set-up/");

	ck_assert_msg(at != NULL, "no link in: %s", text);
	(void)snprintf(path, 128, "%.*s", (int)strcspn(at, " \r\n\""), at);
}

START_TEST(the_set_up_link_of_the_first_start_works_once)
{
	static const char form[] = "name=boss&full_name=The+Boss&password=" GOOD "&again=" GOOD;
	char path[128], cookie[128];
	char *log;
	size_t len;

	web_start();
	fleet_until_logged(&web, "/set-up/");
	log = harness_read(web.log, &len);
	link_path(log, path);
	free(log);
	ck_assert_int_eq(get(path, ""), 200);
	ck_assert_int_eq(
		post(path, "", "name=boss&full_name=B&password=password2026&again=password2026"),
		400);
	assert_holds("Password is too easy to guess");
	ck_assert_int_eq(post(path, "", form), 303);
	(void)snprintf(cookie, sizeof cookie, "%.*s", (int)strcspn(got.set_cookie, ";"),
		       got.set_cookie);
	ck_assert_int_eq(get("/accounts", cookie), 200);
	ck_assert_int_eq(get(path, ""), 404);
	ck_assert_int_eq(post(path, "", form), 404);
	assert_holds("This link was used already");
}
END_TEST

START_TEST(an_administrator_invites_and_the_operator_suspends)
{
	char admin[128], cookie[128], path[128];

	web_start();
	account_add("boss", "admin");
	sign_in("boss", admin);
	ck_assert_int_eq(post("/accounts/add", admin,
			      with_csrf("/accounts/add", admin,
					"name=ann&full_name=Ann&role=district&area=")),
			 400);
	assert_holds("Choose the district of this account");
	ck_assert_int_eq(post("/accounts/add", admin,
			      with_csrf("/accounts/add", admin,
					"name=ann&full_name=Ann&role=district&area=hodge-hill")),
			 200);
	link_path(strstr(got.body, "id=\"link\""), path);
	ck_assert_int_eq(post(path, "", "password=" GOOD "&again=" GOOD), 303);
	(void)snprintf(cookie, sizeof cookie, "%.*s", (int)strcspn(got.set_cookie, ";"),
		       got.set_cookie);
	ck_assert_int_eq(get("/account", cookie), 200);
	assert_holds("Hodge Hill");
	free(fleet_must("district-aggregator", "accounts", "suspend", "ann", "-c", centre.config,
			NULL));
	ck_assert_int_eq(get("/account", cookie), 303);
	ck_assert_int_eq(post("/sign-in", "", "name=ann&password=" GOOD), 403);
	assert_holds(REFUSED);
	free(fleet_must("district-aggregator", "audit-log", "verify", "-c", centre.config, NULL));
}
END_TEST

START_TEST(an_api_token_is_shown_once_reads_and_changes_nothing)
{
	char cookie[128], bearer[256];
	const char *at;

	web_start();
	account_add("boss", "admin");
	sign_in("boss", cookie);
	ck_assert_int_eq(post("/account/tokens", cookie,
			      with_csrf("/account", cookie, "label=report&days=30")),
			 200);
	at = strstr(got.body, "id=\"token\"");
	ck_assert_ptr_nonnull(at);
	at = strstr(at, "value=\"") + 7;
	(void)snprintf(bearer, sizeof bearer, "Authorization: Bearer %.*s\r\n",
		       (int)strcspn(at, "\""), at);
	ck_assert_int_eq(get("/account", cookie), 200);
	ck_assert_ptr_null(strstr(got.body, "id=\"token\""));
	assert_holds("report");
	ck_assert_int_eq(ask("/accounts", "", NULL, bearer), 200);
	ck_assert_int_eq(ask("/account/tokens", "", "label=more&days=30", bearer), 403);
	ck_assert_int_eq(ask("/accounts/1", "", "action=link", bearer), 403);
	assert_holds("sign in with a browser");
}
END_TEST

static void add(TCase *tc)
{
	tcase_set_timeout(tc, 240);
	tcase_add_test(tc, signing_in_leads_back_to_the_page_asked_for);
	tcase_add_test(tc, behind_https_the_cookie_is_bound_to_it);
	tcase_add_test(tc, a_foreign_address_is_never_gone_to);
	tcase_add_test(tc, wrong_passwords_and_unknown_names_answer_alike_and_then_wait);
	tcase_add_test(tc, a_form_without_the_token_or_from_another_site_does_nothing);
	tcase_add_test(tc, a_role_reaches_its_own_pages_only);
	tcase_add_test(tc, a_new_password_ends_the_sign_ins_elsewhere);
	tcase_add_test(tc, the_set_up_link_of_the_first_start_works_once);
	tcase_add_test(tc, an_administrator_invites_and_the_operator_suspends);
	tcase_add_test(tc, an_api_token_is_shown_once_reads_and_changes_nothing);
}

HARNESS_MAIN("signin_pages", add)
