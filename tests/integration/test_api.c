/* The API is as openapi.yaml says: every address and parameter is asked of the running server, by
 * every kind of account, and every answer is held against its schema. */

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/web/account.h"
#include "aggregator/web/signin.h"
#include "proto/clock.h"
#include "tests/fleet.h"
#include "tests/harness.h"
#include "tests/schema.h"

#define TARGET_BYTES 2048

static struct fleet_aggregator centre;
static struct fleet_agent office;
static json_t *description;

static struct asker {
	const char *name;
	enum role role;
	const char *area;
	char header[128];
} askers[] = {
	{ "c.central", ROLE_CENTRAL, "", "" },
	{ "c.commissioner", ROLE_COMMISSIONER, "", "" },
	{ "d.district", ROLE_DISTRICT, "hodge-hill", "" },
	{ "a.admin", ROLE_ADMIN, "", "" },
	{ "d.dfe", ROLE_DFE, "", "" },
	{ "nobody", ROLE_NONE, "", "" },
};
#define N_ASKERS (sizeof askers / sizeof askers[0])

/* Accounts and their tokens, as the account page makes them. */
static void make_askers(void)
{
	struct office *o = NULL;
	struct err err = { ERR_OK, "" };
	char path[FLEET_PATH_BYTES];

	(void)snprintf(path, sizeof path, "%s/state/office/office.db", centre.folder);
	assert_ok(office_open(path, &o, &err), err);
	for (size_t i = 0; i < N_ASKERS; i++) {
		struct account account = { .role = askers[i].role, .active = 1 };
		struct viewer viewer = { .role = askers[i].role };
		char token[SIGNIN_TOKEN_BYTES];

		if (askers[i].role == ROLE_NONE)
			continue;
		(void)snprintf(account.name, sizeof account.name, "%s", askers[i].name);
		(void)snprintf(account.full_name, sizeof account.full_name, "Test account");
		(void)snprintf(account.area, sizeof account.area, "%s", askers[i].area);
		assert_ok(account_add(o, NULL, "local", &account, &viewer.account, &err), err);
		(void)snprintf(viewer.name, sizeof viewer.name, "%s", askers[i].name);
		assert_ok(signin_token_make(o, &viewer, "local", "tests", 30, token, &err), err);
		(void)snprintf(askers[i].header, sizeof askers[i].header,
			       "Authorization: Bearer %s\r\n", token);
	}
	office_close(&o);
}

/* One signal, as ingest would keep it: the answer must hold one to be looked at. */
static void make_signal(void)
{
	static const char sql[] =
		"PRAGMA busy_timeout = 60000;"
		"INSERT OR IGNORE INTO signal (id, kind, rule, measure, area, direction, concern,"
		" state, first, last, pending_us, opened_us, evidence) VALUES (1, 1, 'outside',"
		" 'contacts', 'hodge-hill', 1, 0, 2, 2020697, 2020697, 1791158400000000,"
		" 1791244800000000, '{\"value\":31}');"
		"INSERT INTO signal_event (signal, at_us, state, period)"
		" VALUES (1, 1791158400000000, 1, 2020697), (1, 1791244800000000, 2, 2020697)";
	sqlite3 *db = NULL;
	char *why = NULL;

	ck_assert_int_eq(sqlite3_open(centre.store, &db), SQLITE_OK);
	ck_assert_msg(sqlite3_exec(db, sql, NULL, NULL, &why) == SQLITE_OK, "%s", why);
	(void)sqlite3_close(db);
}

static void setup(void)
{
	struct fleet_answer answer;

	centre.web_port = 1;
	(void)snprintf(centre.extra, sizeof centre.extra,
		       "expected:\n  - { area: hodge-hill, dataset: annex_a, from: 2026-08 }\n");
	fleet_aggregator_make(&centre, harness_folder(), "birmingham");
	fleet_aggregator_start(&centre);
	fleet_agent_make(&office, harness_folder(), "hodge-hill");
	fleet_agent_enrol(&office, &centre);
	fleet_extract_write(&office, "2026-10-31", 40);
	free(fleet_agent_collect(&office));
	fleet_agent_publish(&office);
	fleet_until_int(centre.store,
			"SELECT (SELECT max(id) FROM report) - value + (SELECT count(*) FROM dirty)"
			" FROM meta WHERE key = 'projected'",
			0);
	make_signal();
	make_askers();
	fleet_web_start(&centre);
	answer = fleet_web_get(&centre, "/api/v1/openapi.json", "");
	ck_assert_int_eq(answer.status, 200);
	description = json_loads(answer.body, 0, NULL);
	ck_assert_ptr_nonnull(description);
	fleet_answer_clear(&answer);
}

static void teardown(void)
{
	json_decref(description);
	(void)fleet_stop(&centre.web);
	if (centre.process.pid != 0)
		(void)fleet_stop(&centre.process);
}

/* ---- one answer against its description */

/* The description of a status, type and body; NULL: no such status. */
static void assert_described(const json_t *operation, const char *target,
			     const struct fleet_answer *answer)
{
	struct schema_check check = { .document = description };
	const json_t *responses = json_object_get(operation, "responses");
	char status[16];
	char *type = fleet_answer_header(answer, "Content-Type");
	const json_t *response, *content, *media;
	json_t *body;

	(void)snprintf(status, sizeof status, "%d", answer->status);
	response = json_object_get(responses, status);
	ck_assert_msg(response != NULL, "%s: status %s is not described: %s", target, status,
		      answer->body);
	content = json_object_get(schema_resolve(&check, response), "content");
	type[strcspn(type, ";")] = '\0';
	media = json_object_get(content, type);
	if (answer->status == 304) {
		ck_assert_uint_eq(answer->body_len, 0);
		free(type);
		return;
	}
	ck_assert_msg(media != NULL, "%s: %s with type %s is not described", target, status, type);
	if (strstr(type, "json") != NULL) {
		body = json_loads(answer->body, 0, NULL);
		ck_assert_msg(body != NULL, "%s: no JSON: %s", target, answer->body);
		ck_assert_msg(
			schema_check(&check, json_object_get(media, "schema"), body, "answer"),
			"%s: %s", target, check.why);
		json_decref(body);
	}
	free(type);
}

static int ask(const json_t *operation, const char *target, const char *headers)
{
	struct fleet_answer answer = fleet_web_get(&centre, target, headers);
	int status = answer.status;

	assert_described(operation, target, &answer);
	fleet_answer_clear(&answer);
	return status;
}

/* ---- questions from the description */

/* What to ask with: the example of the description, but for areas, which the example cannot know.
 */
static const char *value_of(const json_t *parameter, char out[128])
{
	const char *name = json_string_value(json_object_get(parameter, "name"));
	const json_t *example = json_object_get(parameter, "example");

	if (strcmp(name, "area") == 0)
		return "hodge-hill";
	ck_assert_msg(example != NULL, "parameter %s has no example", name);
	if (json_is_string(example))
		return json_string_value(example);
	(void)snprintf(out, 128, "%lld", (long long)json_integer_value(example));
	return out;
}

static void append(char *target, const char *name, const char *value)
{
	size_t len = strlen(target);

	(void)snprintf(target + len, TARGET_BYTES - len, "%c%s=%s",
		       strchr(target, '?') == NULL ? '?' : '&', name, value);
}

/* The address with its path's parameters and the query's required ones. */
static void plain_question(const char *path, const json_t *operation, char target[TARGET_BYTES])
{
	struct schema_check c = { .document = description };
	const json_t *parameters = json_object_get(operation, "parameters");
	char value[128];

	(void)snprintf(target, TARGET_BYTES, "%s", path);
	for (size_t i = 0; i < json_array_size(parameters); i++) {
		const json_t *p = schema_resolve(&c, json_array_get(parameters, i));
		const char *name = json_string_value(json_object_get(p, "name"));
		char hole[128];
		char rest[TARGET_BYTES];
		char *at;

		if (strcmp(json_string_value(json_object_get(p, "in")), "query") == 0) {
			if (json_is_true(json_object_get(p, "required")))
				append(target, name, value_of(p, value));
			continue;
		}
		(void)snprintf(hole, sizeof hole, "{%s}", name);
		at = strstr(target, hole);
		ck_assert_msg(at != NULL, "%s has no %s", path, hole);
		(void)snprintf(rest, sizeof rest, "%s", at + strlen(hole));
		(void)snprintf(at, TARGET_BYTES - (size_t)(at - target), "%s%s", value_of(p, value),
			       rest);
	}
	ck_assert_msg(strchr(target, '{') == NULL, "%s: not all of it is described", path);
}

/* Each parameter of the query alone, in turn; then all at once, plain first. */
static void ask_all(const char *path, const json_t *operation, const struct asker *asker)
{
	struct schema_check c = { .document = description };
	const json_t *parameters = json_object_get(operation, "parameters");
	char plain[TARGET_BYTES], one[TARGET_BYTES], all[TARGET_BYTES], value[128];
	int is_open = json_is_array(json_object_get(operation, "security"));
	int status;

	plain_question(path, operation, plain);
	(void)snprintf(all, sizeof all, "%s", plain);
	status = ask(operation, plain, asker->header);
	if (asker->role == ROLE_CENTRAL || is_open)
		ck_assert_msg(status == 200, "%s: status %d", plain, status);
	if (asker->role == ROLE_NONE && !is_open)
		ck_assert_msg(status == 401, "%s: status %d", plain, status);
	if (asker->role == ROLE_DFE && !is_open)
		ck_assert_msg(status == 403, "%s: status %d", plain, status);
	for (size_t i = 0; i < json_array_size(parameters); i++) {
		const json_t *p = schema_resolve(&c, json_array_get(parameters, i));
		const char *name = json_string_value(json_object_get(p, "name"));

		if (strcmp(json_string_value(json_object_get(p, "in")), "query") != 0 ||
		    json_is_true(json_object_get(p, "required")))
			continue;
		(void)snprintf(one, sizeof one, "%s", plain);
		append(one, name, value_of(p, value));
		(void)ask(operation, one, asker->header);
		append(all, name, value_of(p, value));
	}
	status = ask(operation, all, asker->header);
	if (asker->role == ROLE_CENTRAL)
		ck_assert_msg(status == 200, "%s: status %d", all, status);
}

static void for_each_path(void (*look)(const char *path, const json_t *operation))
{
	json_t *paths = json_object_get(description, "paths");

	ck_assert_uint_gt(json_object_size(paths), 5);
	for (void *i = json_object_iter(paths); i != NULL; i = json_object_iter_next(paths, i))
		look(json_object_iter_key(i), json_object_get(json_object_iter_value(i), "get"));
}

static void look_as_everybody(const char *path, const json_t *operation)
{
	ck_assert_msg(operation != NULL, "%s has no get", path);
	for (size_t i = 0; i < N_ASKERS; i++)
		ask_all(path, operation, &askers[i]);
}

START_TEST(every_address_and_parameter_answers_as_described)
{
	for_each_path(look_as_everybody);
}
END_TEST

static void look_for_refusal(const char *path, const json_t *operation)
{
	char target[TARGET_BYTES];

	if (json_is_array(json_object_get(operation, "security")))
		return;
	plain_question(path, operation, target);
	append(target, "no-such-parameter", "%27%22%3C1");
	ck_assert_int_eq(ask(operation, target, askers[0].header), 400);
}

START_TEST(what_is_not_described_is_refused_as_described)
{
	for_each_path(look_for_refusal);
}
END_TEST

static void look_twice(const char *path, const json_t *operation)
{
	char target[TARGET_BYTES], headers[512];
	struct fleet_answer answer;
	char *etag;

	plain_question(path, operation, target);
	answer = fleet_web_get(&centre, target, askers[0].header);
	etag = fleet_answer_header(&answer, "ETag");
	ck_assert_msg(etag[0] != '\0', "%s has no ETag", target);
	(void)snprintf(headers, sizeof headers, "%sIf-None-Match: %s\r\n", askers[0].header, etag);
	fleet_answer_clear(&answer);
	/* the agent has ended, so nothing changes in between */
	ck_assert_msg(ask(operation, target, headers) == 304, "%s: not 304 with %s", target, etag);
	free(etag);
}

START_TEST(who_has_an_answer_is_told_that_nothing_changed)
{
	ck_assert_int_eq(fleet_stop(&centre.process), 0);
	for_each_path(look_twice);
}
END_TEST

/* ---- what the running server shows to whom */

START_TEST(evidence_of_a_signal_is_for_those_who_see_exact_figures)
{
	for (size_t i = 0; i < N_ASKERS; i++) {
		struct fleet_answer answer =
			fleet_web_get(&centre, "/api/v1/signals/1", askers[i].header);
		int exact = askers[i].role == ROLE_CENTRAL || askers[i].role == ROLE_DISTRICT;

		ck_assert_int_eq(strstr(answer.body, "\"evidence\":{") != NULL, exact);
		fleet_answer_clear(&answer);
	}
}
END_TEST

START_TEST(protected_accounts_never_get_small_counts)
{
	static const char target[] = "/api/v1/figures?measure=contacts&area=hodge-hill&by=week&"
				     "from=2026-W20&to=2026-W44&breakdown=age_band";
	struct fleet_answer answer = fleet_web_get(&centre, target, askers[1].header);
	json_t *all = json_loads(answer.body, 0, NULL);
	json_t *items = json_object_get(all, "items");
	size_t n_suppressed = 0;

	for (size_t i = 0; i < json_array_size(items); i++) {
		const json_t *f = json_array_get(items, i);
		json_int_t n = json_integer_value(json_object_get(f, "numerator"));

		ck_assert_int_eq(n % 5, 0);
		n_suppressed +=
			strcmp(json_string_value(json_object_get(f, "shown")), "suppressed") == 0;
	}
	ck_assert_uint_gt(n_suppressed, 0);
	json_decref(all);
	fleet_answer_clear(&answer);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, every_address_and_parameter_answers_as_described);
	tcase_add_test(tc, what_is_not_described_is_refused_as_described);
	tcase_add_test(tc, who_has_an_answer_is_told_that_nothing_changed);
	tcase_add_test(tc, evidence_of_a_signal_is_for_those_who_see_exact_figures);
	tcase_add_test(tc, protected_accounts_never_get_small_counts);
}

HARNESS_MAIN("api", add)
