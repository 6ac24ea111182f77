/* The real dashboard over real sockets: what it serves, what it refuses, and that whatever a client
 * does harms nobody else. */

#include "tests/fleet.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>

#include "aggregator/web/account.h"
#include "tests/harness.h"

#define FORM "Content-Type: application/x-www-form-urlencoded\r\n"

static struct fleet_aggregator centre;
static struct fleet_answer got;
static char host[64];

/* A city that serves its dashboard, with further settings of web:. */
static void start(const char *web_extra)
{
	centre.web_port = 1;
	(void)snprintf(centre.web_extra, sizeof centre.web_extra, "%s", web_extra);
	fleet_aggregator_make(&centre, harness_folder(), "city");
	fleet_aggregator_start(&centre);
	fleet_web_start(&centre);
	(void)snprintf(host, sizeof host, "127.0.0.1:%d", centre.web_port);
}

static void get(const char *target, const char *headers)
{
	fleet_answer_clear(&got);
	got = fleet_web_get(&centre, target, headers);
}

/* Sends the bytes on a connection of its own and reads one answer. */
static bool ask(const char *bytes)
{
	int fd = fleet_web_connect(&centre);
	bool whole;

	ck_assert_int_ge(fd, 0);
	fleet_answer_clear(&got);
	fleet_send(fd, bytes);
	whole = fleet_answer_read(fd, strncmp(bytes, "HEAD", 4) != 0, &got);
	(void)close(fd);
	return whole;
}

static void header_is(const char *name, const char *value)
{
	char *said = fleet_answer_header(&got, name);

	ck_assert_msg(strcmp(said, value) == 0, "%s: \"%s\", not \"%s\"", name, said, value);
	free(said);
}

static void header_holds(const char *name, const char *words)
{
	char *said = fleet_answer_header(&got, name);

	ck_assert_msg(strstr(said, words) != NULL, "%s: \"%s\" does not hold \"%s\"", name, said,
		      words);
	free(said);
}

static void body_holds(const char *words)
{
	ck_assert_msg(strstr(got.body, words) != NULL, "\"%s\" does not hold \"%s\"", got.body,
		      words);
}

static void still_serves(void)
{
	get("/healthz", "");
	ck_assert_int_eq(got.status, 200);
	ck_assert(fleet_is_running(&centre.web));
}

/* A sample of /metrics. */
static long metric(const char *sample)
{
	char line[128];
	const char *at;
	long value;

	get("/metrics", "");
	ck_assert_int_eq(got.status, 200);
	(void)snprintf(line, sizeof line, "\n%s ", sample);
	at = strstr(got.body, line);
	ck_assert_msg(at != NULL, "no sample %s", sample);
	value = strtol(at + strlen(line), NULL, 10);
	return value;
}

static bool closed(int fd)
{
	char byte;

	return recv(fd, &byte, 1, MSG_DONTWAIT) == 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
}

static bool is_closed(void *context)
{
	return closed(*(int *)context);
}

/* ---- what it serves */

START_TEST(health_and_metrics_are_served_with_every_header_of_safety)
{
	start("");
	get("/healthz", "");
	ck_assert_int_eq(got.status, 200);
	header_is("Content-Type", "application/json");
	header_is("Cache-Control", "no-store");
	header_is("X-Content-Type-Options", "nosniff");
	header_is("Referrer-Policy", "same-origin");
	header_is("X-Frame-Options", "DENY");
	header_is("Cross-Origin-Opener-Policy", "same-origin");
	header_is("Cross-Origin-Resource-Policy", "same-origin");
	header_is("Strict-Transport-Security", "");
	header_holds("Permissions-Policy", "geolocation=()");
	header_is("Content-Security-Policy",
		  "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
		  "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors "
		  "'none'; require-trusted-types-for 'script'; trusted-types 'none'");
	body_holds("\"status\":\"ok\"");
	body_holds("\"store_readable\":true");
	body_holds("\"newest_entry_age_s\":null");
	get("/metrics", "");
	ck_assert_int_eq(got.status, 200);
	header_is("Content-Type", "application/openmetrics-text; version=1.0.0; charset=utf-8");
	body_holds("# TYPE district_ingest_stored counter\n"
		   "# HELP district_ingest_stored entries stored\n"
		   "district_ingest_stored_total 0\n");
	body_holds("district_web_answers_total{class=\"2xx\"} 1\n");
	body_holds("district_web_answer_seconds_bucket{le=\"+Inf\"} 1\n");
	ck_assert_str_eq(got.body + got.body_len - 6, "# EOF\n");
	get("/metrics", "X-Forwarded-For: 192.0.2.1\r\n");
	ck_assert_int_eq(got.status, 403);
	body_holds("metrics are given on this machine");
	ck_assert_int_eq(fleet_stop(&centre.web), 0);
	fleet_until_logged(&centre.web, "web: ending");
}
END_TEST

START_TEST(assets_are_kept_for_a_year_and_not_sent_twice)
{
	char path[256], headers[256];
	char *tag;
	const char *at;

	start("");
	get("/nothing", "");
	ck_assert_int_eq(got.status, 404);
	at = strstr(got.body, "/assets/app.css?v=");
	ck_assert_ptr_nonnull(at);
	(void)snprintf(path, sizeof path, "%.*s", (int)strcspn(at, "\""), at);
	get(path, "");
	ck_assert_int_eq(got.status, 200);
	header_is("Content-Type", "text/css; charset=utf-8");
	header_is("Cache-Control", "public, max-age=31536000, immutable");
	tag = fleet_answer_header(&got, "ETag");
	ck_assert_uint_gt(strlen(tag), 8);
	(void)snprintf(headers, sizeof headers, "If-None-Match: \"x\", %s\r\n", tag);
	get(path, headers);
	ck_assert_int_eq(got.status, 304);
	ck_assert_uint_eq(got.body_len, 0);
	header_is("ETag", tag);
	header_is("Cache-Control", "public, max-age=31536000, immutable");
	get(path, "If-None-Match: W/\"0123456789abcdef\"\r\n");
	ck_assert_int_eq(got.status, 200);
	get("/assets/app.css?v=0123456789abcdef", "");
	ck_assert_int_eq(got.status, 200);
	header_is("Cache-Control", "no-store");
	get("/assets/none.css", "");
	ck_assert_int_eq(got.status, 404);
	get("/assets/..%2fassets/app.css", "");
	ck_assert_int_eq(got.status, 400);
	free(tag);
}
END_TEST

static void inflate_body(char *out, size_t room)
{
	z_stream z = { .next_in = (Bytef *)got.body,
		       .avail_in = (uInt)got.body_len,
		       .next_out = (Bytef *)out,
		       .avail_out = (uInt)room - 1 };

	ck_assert_int_eq(inflateInit2(&z, 15 + 16), Z_OK);
	ck_assert_int_eq(inflate(&z, Z_FINISH), Z_STREAM_END);
	out[z.total_out] = '\0';
	(void)inflateEnd(&z);
}

START_TEST(what_is_compressed_is_the_same_text)
{
	static const char *const paths[] = { "/assets/app.css", "/assets/app.js" };
	static char plain[1 << 20], inflated[1 << 20];

	start("");
	for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
		get(paths[i], "");
		header_is("Content-Encoding", "");
		header_is("Vary", "Accept-Encoding");
		ck_assert_uint_lt(got.body_len, sizeof plain);
		memcpy(plain, got.body, got.body_len + 1);
		get(paths[i], "Accept-Encoding: br, gzip;q=0.8\r\n");
		header_is("Content-Encoding", "gzip");
		ck_assert_uint_lt(got.body_len, strlen(plain));
		inflate_body(inflated, sizeof inflated);
		ck_assert_str_eq(inflated, plain);
		get(paths[i], "Accept-Encoding: gzip;q=0\r\n");
		header_is("Content-Encoding", "");
	}
	get("/metrics", "Accept-Encoding: gzip\r\n");
	header_is("Content-Encoding", "gzip");
	inflate_body(inflated, sizeof inflated);
	ck_assert_ptr_nonnull(strstr(inflated, "# EOF\n"));
}
END_TEST

START_TEST(head_has_the_heads_of_get_and_no_body)
{
	char bytes[256];
	char *length;

	start("");
	get("/assets/favicon.svg", "");
	length = fleet_answer_header(&got, "Content-Length");
	(void)snprintf(bytes, sizeof bytes, "HEAD /assets/favicon.svg HTTP/1.1\r\nHost: %s\r\n\r\n",
		       host);
	ck_assert(ask(bytes));
	ck_assert_int_eq(got.status, 200);
	header_is("Content-Length", length);
	free(length);
}
END_TEST

START_TEST(requests_sent_at_once_are_answered_in_order)
{
	char bytes[1024];
	int fd;

	start("");
	(void)snprintf(bytes, sizeof bytes,
		       "GET /healthz HTTP/1.1\r\nHost: %s\r\n\r\n"
		       "GET /nothing HTTP/1.1\r\nHost: %s\r\n\r\n"
		       "GET /assets/favicon.svg HTTP/1.1\r\nHost: %s\r\n\r\n",
		       host, host, host);
	fd = fleet_web_connect(&centre);
	fleet_send(fd, bytes);
	for (int i = 0; i < 3; i++) {
		static const int statuses[] = { 200, 404, 200 };

		fleet_answer_clear(&got);
		ck_assert(fleet_answer_read(fd, true, &got));
		ck_assert_int_eq(got.status, statuses[i]);
	}
	header_is("Content-Type", "image/svg+xml");
	(void)close(fd);
}
END_TEST

/* ---- what it refuses */

static const struct {
	const char *bytes; /* %s: the right Host */
	int status;
	const char *words;
} refused[] = {
	{ "DELETE /healthz HTTP/1.1\r\nHost: %s\r\n\r\n", 405, "cannot be used in that way" },
	{ "BREW /healthz HTTP/1.1\r\nHost: %s\r\n\r\n", 405, "cannot be used in that way" },
	{ "POST /healthz HTTP/1.1\r\nHost: %s\r\n" FORM "Content-Length: 3\r\n\r\na=1", 405,
	  "cannot be used in that way" },
	{ "GET /healthz HTTP/1.1\r\nHost: elsewhere.example\r\n\r\n", 421,
	  "does not answer to the name in the address" },
	{ "GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:1\r\n\r\n", 421,
	  "does not answer to the name" },
	{ "GET /healthz HTTP/1.1\r\nHost: \r\n\r\n", 421, "does not answer to the name" },
	{ "GET /healthz HTTP/1.1\r\nHost: %s\r\nHost: elsewhere.example\r\n\r\n", 400,
	  "gives a header twice" },
	{ "GET /%%zz HTTP/1.1\r\nHost: %s\r\n\r\n", 400, "two hexadecimal digits" },
	{ "GET /?a=%%00 HTTP/1.1\r\nHost: %s\r\n\r\n", 400, "control character (U+0000)" },
	{ "GET /?a=1&a=2 HTTP/1.1\r\nHost: %s\r\n\r\n", 400, "gives &#39;a&#39; twice" },
	{ "GET /../../etc/passwd HTTP/1.1\r\nHost: %s\r\n\r\n", 400, "a part . or .." },
	{ "GET / HTTP/1.1\r\nHost: %s\r\nCookie: drs=\x01\r\n\r\n", 400, "Cookie header holds" },
	{ "POST /sign-in HTTP/1.1\r\nHost: %s\r\nContent-Type: text/xml\r\nContent-Length: "
	  "3\r\n\r\n<a>",
	  415, "Forms must come as" },
	{ "POST /sign-in HTTP/1.1\r\nHost: %s\r\n" FORM "Content-Length: 65537\r\n\r\n", 413,
	  "More was sent than 65536 bytes" },
	{ "POST /sign-in HTTP/1.1\r\nHost: %s\r\n" FORM "Content-Length: 3\r\nTransfer-Encoding: "
	  "chunked\r\n\r\n0\r\n\r\n",
	  400, "its length in two ways" },
	{ "GET /api/v1/%%ff HTTP/1.1\r\nHost: %s\r\n\r\n", 400, "not UTF-8 text" },
};

START_TEST(a_bad_request_gets_a_clear_page_and_harms_nothing)
{
	char bytes[1024];

	start("");
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		(void)snprintf(bytes, sizeof bytes, refused[i].bytes, host);
#pragma GCC diagnostic pop
		ck_assert_msg(ask(bytes), "no answer to %s", bytes);
		ck_assert_msg(got.status == refused[i].status, "%d to %s", got.status, bytes);
		body_holds(refused[i].words);
		header_holds("Content-Security-Policy", "default-src 'none'");
	}
	still_serves();
}
END_TEST

START_TEST(names_of_this_machine_are_answered)
{
	char bytes[256];

	start("  origin: https://figures.example\n");
	(void)snprintf(bytes, sizeof bytes, "GET /healthz HTTP/1.1\r\nHost: localhost:%d\r\n\r\n",
		       centre.web_port);
	ck_assert(ask(bytes));
	ck_assert_int_eq(got.status, 200);
	ck_assert(ask("GET /healthz HTTP/1.1\r\nHost: Figures.example\r\n\r\n"));
	ck_assert_int_eq(got.status, 200);
	header_is("Strict-Transport-Security", "max-age=31536000");
}
END_TEST

/* The head of a request whose one header has n bytes. */
static char *long_header(size_t n)
{
	char *bytes = calloc(1, n + 256);
	int at;

	ck_assert_ptr_nonnull(bytes);
	at = snprintf(bytes, 256, "GET /healthz HTTP/1.1\r\nHost: %s\r\nX-Long: ", host);
	memset(bytes + at, 'x', n);
	memcpy(bytes + at + n, "\r\n\r\n", 5);
	return bytes;
}

START_TEST(headers_are_taken_up_to_the_limit_and_refused_beyond_it)
{
	static const struct {
		size_t n;
		int status;
	} sizes[] = { { 7900, 200 }, { 8300, 431 }, { 24000, 431 }, { 200000, 431 } };

	start("");
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		char *bytes = long_header(sizes[i].n);
		int fd = fleet_web_connect(&centre);

		fleet_answer_clear(&got);
		(void)!send(fd, bytes, strlen(bytes), MSG_NOSIGNAL); /* it may stop reading */
		ck_assert_msg(fleet_answer_read(fd, true, &got), "%zu bytes", sizes[i].n);
		ck_assert_msg(got.status == sizes[i].status, "%d to %zu bytes", got.status,
			      sizes[i].n);
		(void)close(fd);
		free(bytes);
	}
	still_serves();
}
END_TEST

START_TEST(an_address_above_the_limit_is_refused)
{
	char *bytes = calloc(1, 8192);
	int at = snprintf(bytes, 8192, "GET /");

	start("");
	memset(bytes + at, 'x', 4200);
	(void)snprintf(bytes + at + 4200, 256, " HTTP/1.1\r\nHost: %s\r\n\r\n", host);
	ck_assert(ask(bytes));
	ck_assert_int_eq(got.status, 414);
	body_holds("longer than 4096 bytes");
	free(bytes);
}
END_TEST

START_TEST(a_body_in_pieces_above_the_limit_is_refused)
{
	char head[256];
	char piece[4200];
	int fd;

	start("");
	(void)snprintf(head, sizeof head,
		       "POST /healthz HTTP/1.1\r\nHost: %s\r\n" FORM
		       "Transfer-Encoding: chunked\r\n\r\n",
		       host);
	fd = fleet_web_connect(&centre);
	fleet_send(fd, head);
	for (int i = 0; i < 20; i++) { /* 80 KiB */
		int at = snprintf(piece, sizeof piece, "1000\r\n");

		memset(piece + at, 'a', 4096);
		(void)snprintf(piece + at + 4096, 8, "\r\n");
		fleet_send(fd, piece);
	}
	fleet_send(fd, "0\r\n\r\n");
	fleet_answer_clear(&got);
	ck_assert(fleet_answer_read(fd, true, &got));
	ck_assert_int_eq(got.status, 413);
	(void)close(fd);
	still_serves();
}
END_TEST

/* ---- time and numbers */

START_TEST(half_a_request_is_given_up_when_its_time_is_over)
{
	char head[256];
	int silent, post, slow;

	start("  request_seconds: 1\n");
	silent = fleet_web_connect(&centre);
	post = fleet_web_connect(&centre);
	slow = fleet_web_connect(&centre);
	(void)snprintf(head, sizeof head,
		       "POST /sign-in HTTP/1.1\r\nHost: %s\r\n" FORM
		       "Content-Length: 100\r\n\r\nname=half",
		       host);
	fleet_send(post, head);
	fleet_send(slow, "GET /healthz HTTP/1.1\r\nX-Slow: ");
	/* Never idle, and never done: a byte at each look. */
	for (int n = 0; !closed(slow) && send(slow, "x", 1, MSG_NOSIGNAL) == 1; n++) {
		still_serves();
		ck_assert_int_lt(n, 100000);
	}
	fleet_until(is_closed, &silent, "the end of a connection that says nothing");
	fleet_until(is_closed, &post, "the end of half a form");
	ck_assert_int_ge(metric("district_web_connections_late_total"), 3);
	(void)close(silent);
	(void)close(post);
	(void)close(slow);
	still_serves();
}
END_TEST

START_TEST(a_client_that_goes_in_the_middle_of_a_form_harms_nothing)
{
	char head[256];

	start("");
	(void)snprintf(head, sizeof head,
		       "POST /sign-in HTTP/1.1\r\nHost: %s\r\n" FORM
		       "Content-Length: 100\r\n\r\nname=half",
		       host);
	for (int i = 0; i < 50; i++) {
		int fd = fleet_web_connect(&centre);

		fleet_send(fd, head);
		(void)close(fd);
	}
	still_serves();
}
END_TEST

START_TEST(an_address_that_asks_too_much_is_told_to_wait)
{
	int n_served = 0;

	start("  requests_per_second: 1\n");
	do {
		get("/healthz", "");
	} while (got.status == 200 && ++n_served < 100);
	ck_assert_int_ge(n_served, 10); /* ten seconds' worth at once */
	ck_assert_int_lt(n_served, 100);
	ck_assert_int_eq(got.status, 429);
	header_is("Retry-After", "5");
	body_holds("too many requests");
}
END_TEST

START_TEST(connections_beyond_those_of_one_address_are_refused_and_counted)
{
	int fds[4];

	start("  connections_per_address: 3\n");
	for (int i = 0; i < 3; i++) {
		fds[i] = fleet_web_connect(&centre);
		fleet_send(fds[i], "GET /healthz HTTP/1.1\r\n");
	}
	fds[3] = fleet_web_connect(&centre);
	if (fds[3] >= 0)
		fleet_until(is_closed, &fds[3], "the end of one connection too many");
	for (int i = 0; i < 4; i++)
		(void)close(fds[i]);
	while (fleet_is_running(&centre.web)) { /* until it has seen them go */
		char head[128];
		int fd = fleet_web_connect(&centre);
		bool whole;

		(void)snprintf(head, sizeof head,
			       "GET /metrics HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n",
			       host);
		(void)!send(fd, head, strlen(head), MSG_NOSIGNAL);
		fleet_answer_clear(&got);
		whole = fleet_answer_read(fd, true, &got);
		(void)close(fd);
		if (whole)
			break;
	}
	ck_assert_int_ge(metric("district_web_connections_refused_total"), 1);
}
END_TEST

/* ---- slow work */

#define N_SIGNING 14 /* one is worked on, eight wait in all */

START_TEST(while_passwords_are_checked_others_are_served_and_few_may_wait)
{
	int fds[N_SIGNING];
	int n_busy = 0;
	int n_checked = 0;

	start("");
	for (int i = 0; i < N_SIGNING; i++) {
		char form[64], bytes[512];

		(void)snprintf(form, sizeof form, "name=nobody-%d&password=not+this+one+%d", i, i);
		(void)snprintf(bytes, sizeof bytes,
			       "POST /sign-in HTTP/1.1\r\nHost: %s\r\n" FORM
			       "Content-Length: %zu\r\n\r\n%s",
			       host, strlen(form), form);
		fds[i] = fleet_web_connect(&centre);
		fleet_send(fds[i], bytes);
	}
	still_serves();
	for (int i = 0; i < N_SIGNING; i++) {
		fleet_answer_clear(&got);
		ck_assert(fleet_answer_read(fds[i], true, &got));
		n_busy += got.status == 503;
		n_checked += got.status != 503;
		(void)close(fds[i]);
	}
	ck_assert_int_ge(n_checked, 8);
	ck_assert_int_ge(n_busy, 1);
	ck_assert_int_eq(metric("district_web_deferred_total"), n_checked);
	ck_assert_int_eq(metric("district_web_deferred_refused_total"), n_busy);
}
END_TEST

START_TEST(an_end_while_a_password_is_checked_is_an_end)
{
	char bytes[512];
	int fds[3];

	start("");
	for (int i = 0; i < 3; i++) {
		(void)snprintf(bytes, sizeof bytes,
			       "POST /sign-in HTTP/1.1\r\nHost: %s\r\n" FORM
			       "Content-Length: 20\r\n\r\nname=x%d&password=yyy",
			       host, i);
		fds[i] = fleet_web_connect(&centre);
		fleet_send(fds[i], bytes);
	}
	still_serves(); /* they were taken before this one */
	ck_assert_int_eq(fleet_stop(&centre.web), 0);
	for (int i = 0; i < 3; i++) {
		fleet_answer_clear(&got);
		ck_assert(
			fleet_answer_read(fds[i], true, &got)); /* checked, or told to come again */
		(void)close(fds[i]);
	}
}
END_TEST

/* ---- the trusted proxy */

static void add_account(const char *name, enum role role)
{
	struct account account = { .full_name = "Ada Admin", .role = role, .active = 1 };
	struct office *office = NULL;
	struct err err = { .code = ERR_OK };
	char path[FLEET_PATH_BYTES];
	int64_t id;

	(void)snprintf(path, sizeof path, "%s/state/office/office.db", centre.folder);
	(void)snprintf(account.name, sizeof account.name, "%s", name);
	assert_ok(office_open(path, &office, &err), err);
	assert_ok(account_add(office, NULL, "", &account, &id, &err), err);
	office_close(&office);
}

static int ask_proxy(const char *path, const char *bytes)
{
	int fd = fleet_unix_connect(path);

	fleet_answer_clear(&got);
	fleet_send(fd, bytes);
	ck_assert(fleet_answer_read(fd, true, &got));
	(void)close(fd);
	return got.status;
}

START_TEST(who_somebody_is_is_believed_on_the_proxys_socket_only)
{
	char extra[FLEET_PATH_BYTES], path[100], bytes[512];
	struct stat st;

	(void)snprintf(path, sizeof path, "%s/proxy", harness_folder());
	(void)snprintf(extra, sizeof extra,
		       "  origin: https://figures.example\n  proxy_socket: %s\n"
		       "  identity_header: X-Signed-In\n",
		       path);
	start(extra);
	add_account("ada", ROLE_ADMIN);
	add_account("dave", ROLE_DFE);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq((int)(st.st_mode & 0777), 0660);
#define ASK(identity)                                                             \
	"GET /metrics HTTP/1.1\r\nHost: figures.example\r\nConnection: close\r\n" \
	"X-Forwarded-For: 192.0.2.7\r\n" identity "\r\n"
	ck_assert_int_eq(ask_proxy(path, ASK("X-Signed-In: ada\r\n")), 200);
	body_holds("# EOF");
	ck_assert_int_eq(ask_proxy(path, ASK("X-Signed-In: dave\r\n")), 403);
	ck_assert_int_eq(ask_proxy(path, ASK("X-Signed-In: nobody\r\n")), 403);
	body_holds("nobody");
	ck_assert_int_eq(ask_proxy(path, ASK("")), 403);
	ck_assert_int_eq(ask_proxy(path, ASK("X-Remote-User: ada\r\n")), 403);
	ck_assert_int_eq(ask_proxy(path, ASK("X-Signed-In: ada\r\nX-Signed-In: dave\r\n")), 400);
	body_holds("gives a header twice");
	(void)snprintf(bytes, sizeof bytes, "%s", ASK("X-Signed-In: ada\r\n"));
	ck_assert(ask(bytes)); /* the same over TCP */
	ck_assert_int_eq(got.status, 403);
	ck_assert_int_eq(fleet_stop(&centre.web), 0);
	ck_assert_int_ne(stat(path, &st), 0);
}
END_TEST

START_TEST(a_socket_that_a_killed_process_left_is_replaced)
{
	char extra[FLEET_PATH_BYTES], path[100];

	(void)snprintf(path, sizeof path, "%s/proxy", harness_folder());
	(void)snprintf(extra, sizeof extra,
		       "  origin: https://figures.example\n  proxy_socket: %s\n", path);
	start(extra);
	fleet_kill(&centre.web);
	fleet_web_start(&centre);
	ck_assert_int_eq(ask_proxy(path, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"), 200);
}
END_TEST

/* ---- starting */

START_TEST(run_keeps_the_dashboard_running_beside_ingest)
{
	char log[FLEET_PATH_BYTES];
	struct fleet_process run = { 0 };

	centre.web_port = 1;
	fleet_aggregator_make(&centre, harness_folder(), "city");
	(void)snprintf(host, sizeof host, "127.0.0.1:%d", centre.web_port);
	(void)snprintf(log, sizeof log, "%s/run.log", centre.folder);
	fleet_start(&run, log, "district-aggregator", "run", "-c", centre.config, NULL);
	fleet_until_logged(&run, "run: started ingest");
	fleet_until_logged(&run, "run: started web");
	fleet_until_logged(&run, "web: listening on 127.0.0.1:");
	fleet_until_logged(&run, "/set-up/");
	get("/healthz", "");
	ck_assert_int_eq(got.status, 200);
	ck_assert_int_eq(fleet_stop(&run), 0);
}
END_TEST

static const struct {
	const char *extra, *words;
} bad_settings[] = {
	{ "  origin: figures.example\n", "web.origin: 'figures.example' is no origin" },
	{ "  origin: https://figures.example/\n", "without a / at its end" },
	{ "  origin: http://figures.example\n", "would carry passwords unencrypted" },
	{ "  certificate: web.crt\n", "web.certificate: certificate and key go together" },
	{ "  identity_header: X-User\n", "is believed on proxy_socket only" },
	{ "  proxy_socket: p\n", "web.proxy_socket: needs origin" },
	{ "  idle_minutes: 4\n", "web.idle_minutes" },
	{ "  idle_minutess: 5\n", "did you mean idle_minutes?" },
};

START_TEST(settings_that_cannot_be_meant_are_refused_with_the_mend)
{
	struct fleet_said said;

	centre.web_port = 1;
	(void)snprintf(centre.web_extra, sizeof centre.web_extra, "%s", "");
	fleet_aggregator_make(&centre, harness_folder(), "city");
	for (size_t i = 0; i < sizeof bad_settings / sizeof bad_settings[0]; i++) {
		(void)snprintf(centre.web_extra, sizeof centre.web_extra, "%s",
			       bad_settings[i].extra);
		fleet_aggregator_configure(&centre);
		said = fleet_run("district-aggregator", "config", "check", "-c", centre.config,
				 NULL);
		ck_assert_int_eq(said.status, 78);
		ck_assert_msg(strstr(said.errors, bad_settings[i].words) != NULL, "%s",
			      said.errors);
		fleet_said_clear(&said);
	}
}
END_TEST

START_TEST(without_a_web_part_web_says_what_to_add)
{
	struct fleet_said said;

	centre.web_port = 0;
	fleet_aggregator_make(&centre, harness_folder(), "city");
	fleet_aggregator_start(&centre);
	said = fleet_run("district-aggregator", "web", "-c", centre.config, NULL);
	ck_assert_int_eq(said.status, 78);
	ck_assert_ptr_nonnull(strstr(said.errors, "there is no web: in it; add 'web: {}'"));
	fleet_said_clear(&said);
}
END_TEST

static void add(TCase *tc)
{
	tcase_set_timeout(tc, 180);
	tcase_add_test(tc, health_and_metrics_are_served_with_every_header_of_safety);
	tcase_add_test(tc, assets_are_kept_for_a_year_and_not_sent_twice);
	tcase_add_test(tc, what_is_compressed_is_the_same_text);
	tcase_add_test(tc, head_has_the_heads_of_get_and_no_body);
	tcase_add_test(tc, requests_sent_at_once_are_answered_in_order);
	tcase_add_test(tc, a_bad_request_gets_a_clear_page_and_harms_nothing);
	tcase_add_test(tc, names_of_this_machine_are_answered);
	tcase_add_test(tc, headers_are_taken_up_to_the_limit_and_refused_beyond_it);
	tcase_add_test(tc, an_address_above_the_limit_is_refused);
	tcase_add_test(tc, a_body_in_pieces_above_the_limit_is_refused);
	tcase_add_test(tc, half_a_request_is_given_up_when_its_time_is_over);
	tcase_add_test(tc, a_client_that_goes_in_the_middle_of_a_form_harms_nothing);
	tcase_add_test(tc, an_address_that_asks_too_much_is_told_to_wait);
	tcase_add_test(tc, connections_beyond_those_of_one_address_are_refused_and_counted);
	tcase_add_test(tc, while_passwords_are_checked_others_are_served_and_few_may_wait);
	tcase_add_test(tc, an_end_while_a_password_is_checked_is_an_end);
	tcase_add_test(tc, who_somebody_is_is_believed_on_the_proxys_socket_only);
	tcase_add_test(tc, a_socket_that_a_killed_process_left_is_replaced);
	tcase_add_test(tc, run_keeps_the_dashboard_running_beside_ingest);
	tcase_add_test(tc, settings_that_cannot_be_meant_are_refused_with_the_mend);
	tcase_add_test(tc, without_a_web_part_web_says_what_to_add);
}

HARNESS_MAIN("web server", add)
