/* openapi.yaml against itself and the routes; tests/integration/test_api.c holds it against
 * answers. */

#include "aggregator/web/api_openapi.h"

#include <string.h>

#include "aggregator/web/routes.h"
#include "tests/harness.h"
#include "tests/schema.h"

static json_t *description;

static void setup(void)
{
	struct err err = { ERR_OK, "" };

	description = openapi_json(&err);
	ck_assert_msg(description != NULL, "%s", err.text);
}

static void teardown(void)
{
	json_decref(description);
}

START_TEST(every_route_is_described_and_every_description_has_its_route)
{
	json_t *paths = json_object_get(description, "paths");
	size_t n = 0;

	for (const struct route *const *table = route_tables; *table != NULL; table++)
		for (const struct route *r = *table; r->pattern != NULL; r++) {
			if (strncmp(r->pattern, "/api", 4) != 0)
				continue;
			ck_assert_msg(json_object_get(json_object_get(paths, r->pattern),
						      r->method == REQUEST_GET ? "get" : "post"),
				      "%s is not in openapi.yaml", r->pattern);
			n++;
		}
	ck_assert_uint_eq(n, json_object_size(paths));
}
END_TEST

static void look_at_examples(const char *path, const json_t *operation)
{
	struct schema_check check = { .document = description };
	json_t *responses = json_object_get(operation, "responses");

	for (void *i = json_object_iter(responses); i != NULL;
	     i = json_object_iter_next(responses, i)) {
		const json_t *response = schema_resolve(&check, json_object_iter_value(i));
		json_t *content = json_object_get(response, "content");

		for (void *k = json_object_iter(content); k != NULL;
		     k = json_object_iter_next(content, k)) {
			const json_t *media = json_object_iter_value(k);
			const json_t *example = json_object_get(media, "example");

			ck_assert_msg(example == NULL ||
					      schema_check(&check, json_object_get(media, "schema"),
							   example, "example"),
				      "%s %s: %s", path, json_object_iter_key(i), check.why);
		}
	}
}

START_TEST(examples_are_as_their_schemas_say)
{
	json_t *paths = json_object_get(description, "paths");

	for (void *i = json_object_iter(paths); i != NULL; i = json_object_iter_next(paths, i))
		look_at_examples(json_object_iter_key(i),
				 json_object_get(json_object_iter_value(i), "get"));
}
END_TEST

START_TEST(a_wrong_answer_would_be_noticed)
{
	static const struct {
		const char *figure, *why;
	} all[] = {
		{ "{\"type\":\"about:blank\",\"title\":\"x\",\"status\":400,\"detail\":\"x\","
		  "\"instance\":\"/x\"}",
		  "" },
		{ "{\"type\":\"about:blank\",\"title\":\"x\",\"status\":400,\"detail\":\"x\"}",
		  "instance" },
		{ "{\"type\":\"about:blank\",\"title\":7,\"status\":400,\"detail\":\"x\","
		  "\"instance\":\"/x\"}",
		  "p.title: has another type" },
		{ "{\"type\":\"about:blank\",\"title\":\"x\",\"status\":200,\"detail\":\"x\","
		  "\"instance\":\"/x\"}",
		  "p.status: is too small" },
		{ "{\"type\":\"about:blank\",\"title\":\"x\",\"status\":400,\"detail\":\"x\","
		  "\"instance\":\"/x\",\"more\":1}",
		  "p.more: is not in the description" },
	};
	const json_t *schema = json_object_get(
		json_object_get(json_object_get(description, "components"), "schemas"), "Problem");

	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
		struct schema_check check = { .document = description };
		json_t *value = json_loads(all[i].figure, 0, NULL);

		ck_assert_int_eq(schema_check(&check, schema, value, "p"), all[i].why[0] == '\0');
		ck_assert_msg(strstr(check.why, all[i].why) != NULL, "%s", check.why);
		json_decref(value);
	}
}
END_TEST

/* ---- what the running server shows to whom */
static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, every_route_is_described_and_every_description_has_its_route);
	tcase_add_test(tc, examples_are_as_their_schemas_say);
	tcase_add_test(tc, a_wrong_answer_would_be_noticed);
}

HARNESS_MAIN("openapi", add)
