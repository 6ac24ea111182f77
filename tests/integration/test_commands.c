/* Every subcommand as somebody at a terminal or a script meets it: help, mistakes, forms for
 * machines, and the proofs that they offer (preview, audit, rebuild). */

#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proto/period.h"
#include "tests/harness.h"
#include "tests/wire.h"

static const char *const programs[] = { "district-agent", "district-aggregator" };

static void assert_says(const char *words, const char *text)
{
	ck_assert_msg(strstr(text, words) != NULL, "\"%s\" is not in:\n%s", words, text);
}

/* ---- help */

/* Runs `program words… --help`; words is "agents add" or "run". */
static struct fleet_said ask_help(const char *program, const char *words, const char *option)
{
	char copy[64], *second;

	(void)snprintf(copy, sizeof copy, "%s", words);
	second = strchr(copy, ' ');
	if (second == NULL)
		return fleet_run(program, copy, option, NULL);
	*second++ = '\0';
	return fleet_run(program, copy, second, option, NULL);
}

/* Calls on_command for each line under "Commands:" of the program's help. Returns how many. */
static int each_command(const char *program,
			void (*on_command)(const char *program, const char *words))
{
	char *help = fleet_must(program, "--help", NULL);
	char *line = strstr(help, "\nCommands:\n");
	char *rest = NULL;
	int n = 0;

	ck_assert_ptr_nonnull(line);
	for (line = strtok_r(line + strlen("\nCommands:\n"), "\n", &rest);
	     line != NULL && strncmp(line, "  ", 2) == 0; line = strtok_r(NULL, "\n", &rest)) {
		char words[32];
		size_t len;

		(void)snprintf(words, sizeof words, "%.18s", line + 2);
		for (len = strlen(words); len > 0 && words[len - 1] == ' ';)
			words[--len] = '\0';
		on_command(program, words);
		n++;
	}
	free(help);
	return n;
}

static void assert_helps(const char *program, const char *words)
{
	struct fleet_said said = ask_help(program, words, "--help");
	char name[128];

	(void)snprintf(name, sizeof name, "%s %s", program, words);
	ck_assert_msg(said.status == 0, "%s --help: status %d", name, said.status);
	assert_says("Usage: ", said.out);
	assert_says(name, said.out);
	assert_says("--help", said.out);
	ck_assert_str_eq(said.errors, "");
	fleet_said_clear(&said);
}

static void assert_refuses_a_wrong_option(const char *program, const char *words)
{
	struct fleet_said said = ask_help(program, words, "--no-such-option");

	ck_assert_msg(said.status == 64, "%s %s --no-such-option: status %d", program, words,
		      said.status);
	assert_says("--no-such-option", said.errors);
	ck_assert_str_eq(said.out, "");
	fleet_said_clear(&said);
}

START_TEST(every_command_explains_itself)
{
	ck_assert_int_ge(each_command(programs[_i], assert_helps), 12);
}
END_TEST

START_TEST(every_command_refuses_an_option_that_it_does_not_have)
{
	ck_assert_int_ge(each_command(programs[_i], assert_refuses_a_wrong_option), 12);
}
END_TEST

START_TEST(without_a_command_help_goes_to_stderr_and_nothing_is_done)
{
	struct fleet_said said = fleet_run(programs[_i], NULL);

	ck_assert_int_eq(said.status, 64);
	ck_assert_str_eq(said.out, "");
	assert_says("Usage: ", said.errors);
	assert_says("Commands:", said.errors);
	fleet_said_clear(&said);
}
END_TEST

START_TEST(an_unknown_command_is_answered_with_the_nearest)
{
	static const char *const wrong[] = { "colect", "recieved" };
	static const char *const near[] = { "did you mean 'collect'?", "did you mean 'received'?" };
	struct fleet_said said = fleet_run(programs[_i], wrong[_i], NULL);

	ck_assert_int_eq(said.status, 64);
	assert_says(near[_i], said.errors);
	fleet_said_clear(&said);
	said = fleet_run(programs[_i], "keys", NULL);
	ck_assert_int_eq(said.status, 64);
	assert_says("keys init", said.errors);
	fleet_said_clear(&said);
}
END_TEST

/* ---- settings */

START_TEST(a_mistake_in_the_settings_is_named_with_file_line_and_key)
{
	static const char *const text[] = {
		"agent: hodge-hill\nstate: s\nareas: a.csv\nspool_mb: 3\ndatasets: []\n",
		"name: city\nstate: s\nareas: a.csv\narea: birmingham\nlissten: []\n",
	};
	static const char *const where[] = { "settings.yaml:4: spool_mb",
					     "settings.yaml:5: lissten" };
	static const char *const mend[] = { "spool_mib", "listen" };
	const char *path = harness_text(harness_folder(), "settings.yaml", text[_i]);
	struct fleet_said said = fleet_run(programs[_i], "config", "check", "-c", path, NULL);

	ck_assert_int_eq(said.status, 78);
	assert_says(where[_i], said.errors);
	assert_says(mend[_i], said.errors);
	fleet_said_clear(&said);
}
END_TEST

START_TEST(a_settings_file_that_is_not_there_is_said_so)
{
	struct fleet_said said =
		fleet_run(programs[_i], "config", "check", "-c", "/nowhere/settings.yaml", NULL);

	ck_assert_int_eq(said.status, 66);
	assert_says("/nowhere/settings.yaml", said.errors);
	fleet_said_clear(&said);
}
END_TEST

/* ---- a small city */

static struct fleet_aggregator centre;
static struct fleet_agent office;

static void until_worked_off(void)
{
	fleet_until_int(centre.store,
			"SELECT (SELECT max(id) FROM report) - value + (SELECT count(*) FROM dirty)"
			" FROM meta WHERE key = 'projected'",
			0);
}

static void centre_start(void)
{
	fleet_aggregator_make(&centre, harness_folder(), "birmingham");
	fleet_aggregator_start(&centre);
}

/* One report of 7 contacts in October 2025, stored and worked off. */
static void centre_with_a_figure(void)
{
	struct wire_figure figure = { .sequence = 1, .contacts = 7 };
	struct peer peer;
	struct wire wire;

	centre_start();
	wire_enrol(&peer, &centre, "hodge-hill", NULL);
	wire_open(&wire, &peer, &centre, WIRE_CURVE);
	(void)wire_hello(&wire);
	wire_say(&wire, &figure);
	(void)wire_receipt(&wire, 1);
	wire_close(&wire);
	until_worked_off();
}

/* ---- forms for machines */

/* How SQLite reads the text as JSON: the answer to a statement with the text as ?1. */
static int64_t json_int(const char *sql, const char *text)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *stmt = NULL;
	int64_t value;

	ck_assert_int_eq(sqlite3_open(":memory:", &db), SQLITE_OK);
	ck_assert_int_eq(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
	ck_assert_int_eq(sqlite3_bind_text(stmt, 1, text, -1, SQLITE_STATIC), SQLITE_OK);
	ck_assert_msg(sqlite3_step(stmt) == SQLITE_ROW, "%s: %s\n%s", sql, sqlite3_errmsg(db),
		      text);
	value = sqlite3_column_int64(stmt, 0);
	(void)sqlite3_finalize(stmt);
	(void)sqlite3_close(db);
	return value;
}

/* Fields of the line, commas within quotes not counted. */
static int csv_fields(const char *line)
{
	int n = 1, quoted = 0;

	for (; *line != '\0' && *line != '\n' && *line != '\r'; line++) {
		quoted ^= *line == '"';
		n += *line == ',' && !quoted;
	}
	return n;
}

START_TEST(rollup_is_read_by_machines_as_csv_and_as_json)
{
	char *text;
	int n_lines = 0, n_fields;

	centre_with_a_figure();
	text = fleet_must("district-aggregator", "rollup", "contacts", "--from", "2025-10", "--to",
			  "2025-11", "--districts", "--csv", "-c", centre.config, NULL);
	n_fields = csv_fields(text);
	ck_assert_int_eq(strncmp(text, "area,period,category,value,numerator,", 37), 0);
	for (const char *line = text; line != NULL && line[0] != '\0'; n_lines++) {
		ck_assert_int_eq(csv_fields(line), n_fields);
		line = strchr(line, '\n');
		line = line == NULL ? NULL : line + 1;
	}
	ck_assert_int_eq(n_lines,
			 1 + 2 * 11); /* heading; two months of the city and ten districts */
	free(text);

	text = fleet_must("district-aggregator", "rollup", "contacts", "--from", "2025-10", "--to",
			  "2025-11", "--districts", "--json", "-c", centre.config, NULL);
	ck_assert_int_eq(json_int("SELECT json_valid(?1)", text), 1);
	ck_assert_int_eq(json_int("SELECT json_array_length(?1, '$.figures')", text), 22);
	ck_assert_int_eq(json_int("SELECT sum(json_extract(value, '$.value')) FROM json_each(?1, "
				  "'$.figures') WHERE json_extract(value, '$.area') = 'hodge-hill'",
				  text),
			 7);
	/* unknown is null, and not 0 */
	ck_assert_int_eq(json_int("SELECT count(*) FROM json_each(?1, '$.figures') WHERE "
				  "json_type(value, '$.value') = 'null' AND json_extract(value, "
				  "'$.status') = 'missing'",
				  text),
			 9 * 2 + 1 + 1);
	free(text);
	ck_assert_int_eq(fleet_stop(&centre.process), 0);
}
END_TEST

/* ---- proofs */

/* Writes into the store of an aggregator that does not run. */
static void store_change(const char *sql)
{
	sqlite3 *db = NULL;

	ck_assert_int_eq(sqlite3_open(centre.store, &db), SQLITE_OK);
	ck_assert_msg(sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK, "%s: %s", sql,
		      sqlite3_errmsg(db));
	ck_assert_int_eq(sqlite3_changes(db), 1);
	ck_assert_int_eq(
		sqlite3_wal_checkpoint_v2(db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL),
		SQLITE_OK);
	(void)sqlite3_close(db);
}

/* Changes one byte on the disk: that after the only place where the words are. */
static void change_byte_after(const char *path, const void *words, size_t len)
{
	size_t size;
	char *bytes = harness_read(path, &size);
	char *at = memmem(bytes, size, words, len);
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	char other;

	ck_assert_ptr_nonnull(at);
	ck_assert_ptr_null(memmem(at + 1, size - (size_t)(at + 1 - bytes), words, len));
	other = (char)(at[len] ^ 1);
	ck_assert_int_eq(pwrite(fd, &other, 1, at + len - bytes), 1);
	(void)close(fd);
	free(bytes);
}

static void centre_ends_with_all_in_one_file(void)
{
	sqlite3 *db = NULL;

	ck_assert_int_eq(fleet_stop(&centre.process), 0);
	ck_assert_int_eq(sqlite3_open(centre.store, &db), SQLITE_OK);
	ck_assert_int_eq(
		sqlite3_wal_checkpoint_v2(db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL),
		SQLITE_OK);
	(void)sqlite3_close(db);
}

START_TEST(audit_verifies_a_figure_and_finds_one_byte_changed_on_the_disk)
{
	/* The end of the payload's numerators and denominators: field 14 with one number (zigzag 7
	 * is 14), then field 15 with its length; the byte after is the denominator's. */
	static const uint8_t columns[] = { 0x72, 1, 14, 0x7A, 1 };
	struct fleet_said said;

	centre_with_a_figure();
	said = fleet_run("district-aggregator", "audit", "contacts/birmingham/2025-10", "-c",
			 centre.config, NULL);
	ck_assert_int_eq(said.status, 0);
	assert_says("verified", said.out);
	assert_says("adds_up: yes", said.out);
	assert_says("1 of 1 verified", said.out);
	fleet_said_clear(&said);
	centre_ends_with_all_in_one_file();
	change_byte_after(centre.store, columns, sizeof columns);
	said = fleet_run("district-aggregator", "audit", "contacts/birmingham/2025-10", "-c",
			 centre.config, NULL);
	ck_assert_int_eq(said.status, 1);
	assert_says("digest does not match; signature does not match", said.out);
	assert_says("0 of 1 verified", said.out);
	fleet_said_clear(&said);
}
END_TEST

START_TEST(rebuild_finds_what_does_not_follow_from_the_signed_bytes_and_mends_it)
{
	struct fleet_said said;
	char *text;

	centre_with_a_figure();
	/* while ingest runs, too */
	text = fleet_must("district-aggregator", "rebuild", "--check", "--csv", "-c", centre.config,
			  NULL);
	assert_says("\nobservation,1,1,yes,", text);
	assert_says("\nrollup,", text);
	ck_assert_ptr_null(strstr(text, ",no,"));
	free(text);
	said = fleet_run("district-aggregator", "rebuild", "-c", centre.config, NULL);
	ck_assert_int_eq(said.status, 75);
	fleet_said_clear(&said);
	ck_assert_int_eq(fleet_stop(&centre.process), 0);
	store_change("UPDATE observation SET numerator = 8");
	said = fleet_run("district-aggregator", "rebuild", "--check", "--csv", "-c", centre.config,
			 NULL);
	ck_assert_int_eq(said.status, 1);
	assert_says("\nobservation,1,1,no,\"report 1, series 1: differs in numerator\"", said.out);
	fleet_said_clear(&said);
	free(fleet_must("district-aggregator", "rebuild", "-c", centre.config, NULL));
	free(fleet_must("district-aggregator", "rebuild", "--check", "-c", centre.config, NULL));
	ck_assert_int_eq(fleet_int(centre.store, "SELECT numerator FROM observation"), 7);
}
END_TEST

/* The entry of the spool that reports the month. */
static int64_t entry_of(const char *month)
{
	char sql[256];
	struct period period;
	struct err err;

	assert_ok(period_parse(month, &period, &err), err);
	(void)snprintf(sql, sizeof sql,
		       "SELECT max(sequence) FROM entry WHERE kind = 'report' AND period = %lld",
		       (long long)period_key(period));
	return fleet_int(office.spool, sql);
}

static char *preview_bytes(const char *option, const char *value, size_t *len)
{
	char path[FLEET_PATH_BYTES];

	(void)snprintf(path, sizeof path, "%s/preview.bin", harness_folder());
	(void)unlink(path);
	free(fleet_must("district-agent", "preview", option, value, "--bytes", "-o", path, "-c",
			office.config, NULL));
	return harness_read(path, len);
}

/* The payload with another time of sealing: packed again by the code that packs what is sent. */
static char *sealed_like(const char *bytes, size_t len, const char *as, size_t as_len,
			 size_t *out_len)
{
	struct frame f = { 0 }, other = { 0 };
	uint8_t *out = NULL;
	struct err err;

	assert_ok(frame_decode_entry(&f, (const uint8_t *)bytes, len, &err), err);
	assert_ok(frame_decode_entry(&other, (const uint8_t *)as, as_len, &err), err);
	f.entry->sealed_us = other.entry->sealed_us;
	assert_ok(frame_pack_entry(f.entry, &out, out_len, &err), err);
	frame_clear(&f);
	frame_clear(&other);
	return (char *)out;
}

START_TEST(preview_shows_byte_for_byte_what_arrives_at_the_centre)
{
	char number[24], id[24], sql[128], *before, *resealed, *sent;
	size_t before_len, resealed_len, sent_len;
	struct fleet_said kept;

	centre_start();
	fleet_agent_make(&office, harness_folder(), "hodge-hill");
	fleet_agent_enrol(&office, &centre);
	free(fleet_agent_collect(&office)); /* no extract yet: makes the spool, which has an id */
	fleet_extract_write(&office, "2025-10-31", 40);
	before = preview_bytes("--period", "2025-10", &before_len);
	ck_assert_int_eq(fleet_int(office.spool, "SELECT count(*) FROM entry"), 0);
	free(fleet_agent_collect(&office));
	(void)snprintf(number, sizeof number, "%lld", (long long)entry_of("2025-10"));
	fleet_agent_publish(&office);
	sent = preview_bytes("--sent", number, &sent_len);
	(void)snprintf(sql, sizeof sql, "SELECT id FROM report WHERE sequence = %s", number);
	(void)snprintf(id, sizeof id, "%lld", (long long)fleet_int(centre.store, sql));
	kept = fleet_run("district-aggregator", "reports", "show", id, "--bytes", "-c",
			 centre.config, NULL);
	ck_assert_int_eq(kept.status, 0);
	ck_assert_int_gt((int)sent_len, 200);
	ck_assert_int_eq((int)kept.out_len, (int)sent_len);
	ck_assert_mem_eq(kept.out, sent, sent_len);
	/* and what was shown before is the same but for the time of sealing */
	resealed = sealed_like(before, before_len, sent, sent_len, &resealed_len);
	ck_assert_int_eq((int)resealed_len, (int)sent_len);
	ck_assert_mem_eq(resealed, sent, sent_len);
	fleet_said_clear(&kept);
	free(before);
	free(resealed);
	free(sent);
	ck_assert_int_eq(fleet_stop(&centre.process), 0);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, every_command_explains_itself, 0, 2);
	tcase_add_loop_test(tc, every_command_refuses_an_option_that_it_does_not_have, 0, 2);
	tcase_add_loop_test(tc, without_a_command_help_goes_to_stderr_and_nothing_is_done, 0, 2);
	tcase_add_loop_test(tc, an_unknown_command_is_answered_with_the_nearest, 0, 2);
	tcase_add_loop_test(tc, a_mistake_in_the_settings_is_named_with_file_line_and_key, 0, 2);
	tcase_add_loop_test(tc, a_settings_file_that_is_not_there_is_said_so, 0, 2);
	tcase_add_test(tc, rollup_is_read_by_machines_as_csv_and_as_json);
	tcase_add_test(tc, audit_verifies_a_figure_and_finds_one_byte_changed_on_the_disk);
	tcase_add_test(tc, rebuild_finds_what_does_not_follow_from_the_signed_bytes_and_mends_it);
	tcase_add_test(tc, preview_shows_byte_for_byte_what_arrives_at_the_centre);
}

HARNESS_MAIN("commands", add)
