#include "agent/commands.h"

#include "tests/collect_samples.h"

#include <sys/wait.h>
#include <unistd.h>

/* The commands as an operator meets them: exit status, what is printed, what is said. */

static struct office *o;
static char config_path[300];
static char *out, *said; /* of the last command */

static void write_config(const char *more)
{
	char text[2000];
	char here[512];

	ck_assert_ptr_nonnull(getcwd(here, sizeof here));
	(void)snprintf(text, sizeof text,
		       "agent: ladywood\nstate: %s\nareas: %s/deploy/birmingham/areas.csv\n"
		       "datasets:\n  - name: annex_a\n    area: ladywood\n    folder: %s\n"
		       "    lists: [contacts]\n    measures: [contacts]\n    settle_s: 0\n"
		       "spool_mib: 4\n%s",
		       o->state, here, o->folders[0], more);
	(void)snprintf(config_path, sizeof config_path, "%s",
		       harness_text(harness_folder(), "agent.yaml", text));
}

static void set_up(void)
{
	o = office_new();
	write_config("");
}

static void tear_down(void)
{
	free(out);
	free(said);
	out = said = NULL;
}

/* Runs a command in a child of its own (some take away rights for good); its exit status. words:
 * the command, then its arguments, ending with NULL. */
static int run(int (*command)(int, char **), const char *const *words)
{
	char out_path[300], said_path[300], *argv[16], config_option[] = "-c";
	int argc = 0, status;
	pid_t pid;

	tear_down();
	(void)snprintf(out_path, sizeof out_path, "%s/out", harness_folder());
	(void)snprintf(said_path, sizeof said_path, "%s/said", harness_folder());
	for (; words[argc] != NULL; argc++)
		argv[argc] = strdup(words[argc]);
	argv[argc] = config_option;
	argv[argc + 1] = config_path;
	argv[argc + 2] = NULL;
	(void)fflush(NULL);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		if (freopen(out_path, "w", stdout) == NULL ||
		    freopen(said_path, "w", stderr) == NULL)
			_exit(99);
		status = command(argc + 2, argv);
		(void)fflush(NULL);
		_exit(status);
	}
	while (argc > 0)
		free(argv[--argc]);
	ck_assert_int_eq((int)waitpid(pid, &status, 0), (int)pid);
	out = harness_read(out_path, NULL);
	said = harness_read(said_path, NULL);
	ck_assert_msg(WIFEXITED(status), "%s", said);
	return WEXITSTATUS(status);
}

#define RUN(command, ...) run(command, (const char *const[]){ __VA_ARGS__, NULL })
#define assert_has(text, words) \
	ck_assert_msg(strstr(text, words) != NULL, "\"%s\" does not hold \"%s\"", text, words)

static void remove_keys(void)
{
	char path[300];

	(void)snprintf(path, sizeof path, "%s/keys/signing.key", o->state);
	ck_assert_int_eq(unlink(path), 0);
}

START_TEST(keys_init_prints_one_enrolment_line_and_refuses_to_replace_keys)
{
	struct keys_enrolment enrolment;
	struct err err = { .code = ERR_OK };
	char path[300], line[256];
	struct stat st;

	remove_keys();
	ck_assert_int_eq(RUN(command_keys_init, "district-agent keys init"), 0);
	assert_ok(keys_enrolment_parse(out, &enrolment, &err), err);
	ck_assert_str_eq(enrolment.agent, "ladywood");
	ck_assert_ptr_eq(strchr(out, '\n'), out + strlen(out) - 1);
	assert_has(said, "next: give this line to the central team");
	(void)snprintf(path, sizeof path, "%s/keys", o->state);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0700);
	(void)snprintf(line, sizeof line, "%s", out);
	ck_assert_int_eq(RUN(command_keys_show, "district-agent keys show"), 0);
	ck_assert_str_eq(out, line);
	ck_assert_int_eq(RUN(command_keys_init, "district-agent keys init"), 75);
	assert_has(said, "holds keys already");
	ck_assert_int_eq(RUN(command_keys_show, "district-agent keys show"), 0);
	ck_assert_str_eq(out, line);
}
END_TEST

START_TEST(keys_show_without_keys_says_how_to_make_them)
{
	remove_keys();
	ck_assert_int_eq(RUN(command_keys_show, "district-agent keys show"), 66);
	assert_has(said, "run 'district-agent keys init' first");
}
END_TEST

START_TEST(collect_prints_a_row_for_each_extract_and_the_next_step)
{
	office_drop(o, 0, "2026-10-31", CONTACTS_OCTOBER);
	ck_assert_int_eq(RUN(command_collect, "district-agent collect", "--csv", "--dry-run"), 0);
	assert_has(said, "nothing was kept: this was a dry run");
	ck_assert_int_eq(RUN(command_collect, "district-agent collect", "--csv"), 0);
	assert_has(out, "ladywood,annex_a,2026-10-31,accepted,4,0,");
	assert_has(said, "next: 'district-agent publish' sends entries 1 to ");
	ck_assert_int_eq(RUN(command_collect, "district-agent collect"), 0);
	assert_has(said, "no new extract");
}
END_TEST

START_TEST(a_refusal_is_a_finding_and_names_the_command_that_shows_it)
{
	office_drop(o, 0, "2026-10-31", "Child Unique ID,Gender\nA1,b) Female\n");
	ck_assert_int_eq(RUN(command_collect, "district-agent collect", "--csv"), 1);
	assert_has(out, ",refused,");
	assert_has(said, "2026-10-31' shows what to mend");
}
END_TEST

START_TEST(collect_says_why_it_cannot_start)
{
	ck_assert_int_eq(RUN(command_collect, "district-agent collect", "--watch", "--dry-run"),
			 64);
	assert_has(said, "exclude each other");
	remove_keys();
	ck_assert_int_eq(RUN(command_collect, "district-agent collect"), 66);
	assert_has(said, "district-agent collect: collect: run 'district-agent keys init' first");
}
END_TEST

/* October: 3 contacts, by sex 2 and 1. */
START_TEST(preview_shows_each_figure_in_three_forms_and_the_bytes_of_one_entry)
{
	char *text;
	char path[300];
	size_t len = 0;
	struct frame f = { 0 };
	struct err err = { .code = ERR_OK };

	office_drop(o, 0, "2026-10-31", CONTACTS_OCTOBER);
	ck_assert_int_eq(
		RUN(command_preview, "district-agent preview", "--period", "2026-10", "--csv"), 0);
	assert_has(out, ",2026-10,contacts,,,3,3,");
	ck_assert_ptr_null(strstr(out, "2026-09"));
	assert_has(said, "would be sent; next: 'district-agent collect'");
	ck_assert_int_eq(RUN(command_preview, "district-agent preview", "--json"), 0);
	assert_has(out, "\"period\":\"2026-10\"");
	ck_assert_int_eq(RUN(command_preview, "district-agent preview", "--bytes"), 66);
	assert_has(said, "choose one with --entry N or --period P");
	(void)snprintf(path, sizeof path, "%s/report.bin", harness_folder());
	ck_assert_int_eq(RUN(command_preview, "district-agent preview", "--bytes", "--period",
			     "2026-10", "-o", path),
			 0);
	text = harness_read(path, &len);
	assert_ok(frame_decode_entry(&f, (const uint8_t *)text, len, &err), err);
	ck_assert_int_eq(office_figure(f.entry->report, "contacts", "", ""), 3);
	frame_clear(&f);
	free(text);
}
END_TEST

START_TEST(preview_of_what_was_sent_shows_it_and_its_exact_bytes)
{
	struct frame f;
	char path[300];
	char *text;
	size_t len = 0;

	ck_assert_int_eq(RUN(command_preview, "district-agent preview", "--sent", "1"), 66);
	assert_has(said, "there is no spool yet");
	office_drop(o, 0, "2026-10-31", CONTACTS_OCTOBER);
	(void)office_collect_one(o, COLLECT_ACCEPTED);
	ck_assert_int_eq(RUN(command_preview, "district-agent preview", "--sent", "1", "--csv"), 0);
	assert_has(out, "1,2026-");
	(void)snprintf(path, sizeof path, "%s/sent.bin", harness_folder());
	ck_assert_int_eq(RUN(command_preview, "district-agent preview", "--sent", "1", "--bytes",
			     "-o", path),
			 0);
	text = harness_read(path, &len);
	(void)office_entry(o, 1, &f);
	ck_assert_uint_eq(len, f.envelope->entry->payload.len);
	ck_assert_mem_eq(text, f.envelope->entry->payload.data, len);
	frame_clear(&f);
	free(text);
	ck_assert_int_eq(RUN(command_preview, "district-agent preview", "--sent", "999"), 66);
	assert_has(said, "no entry 999");
}
END_TEST

START_TEST(withdraw_needs_a_number_and_a_reason_and_spools_both)
{
	struct frame f;
	struct spool *s;
	int64_t last;

	office_drop(o, 0, "2026-10-31", CONTACTS_OCTOBER);
	last = office_collect_one(o, COLLECT_ACCEPTED)->outcomes[0].last_sequence;
	ck_assert_int_eq(RUN(command_withdraw, "district-agent withdraw", "1"), 64);
	assert_has(said, "say why with --reason TEXT");
	ck_assert_int_eq(RUN(command_withdraw, "district-agent withdraw", "x", "--reason", "y"),
			 64);
	assert_has(said, "by its sequence number");
	ck_assert_int_eq(RUN(command_withdraw, "district-agent withdraw", "1", "--reason",
			     "teams were mixed up"),
			 0);
	assert_has(out, "report 1 is withdrawn by entry ");
	s = office_spool(o);
	ck_assert_int_eq(s->last_sequence, last + 1);
	spool_close(&s);
	ck_assert_str_eq(office_entry(o, last + 1, &f)->withdraw->reason, "teams were mixed up");
	frame_clear(&f);
	ck_assert_int_eq(RUN(command_withdraw, "district-agent withdraw", "1", "--reason", "again"),
			 78);
	assert_has(said, "withdrawn already");
	ck_assert_int_eq(RUN(command_withdraw, "district-agent withdraw", "999", "--reason", "y"),
			 66);
}
END_TEST

START_TEST(check_says_ok_or_problem_and_the_mend_line_by_line)
{
	char path[300];

	ck_assert_int_eq(RUN(command_check, "district-agent check", "--csv"), 1);
	assert_has(out, "settings,ok,");
	assert_has(out, "areas and measures,ok,");
	assert_has(out, "dataset annex_a,problem,");
	assert_has(out, "no extract yet; put one into a folder named by its as-at");
	assert_has(out, "signing key,ok,");
	assert_has(out, "transport key,problem,");
	assert_has(out, "run 'district-agent keys init'");
	assert_has(out, "spool,ok,");
	office_drop(o, 0, "2026-10-31", CONTACTS_OCTOBER);
	(void)office_collect_one(o, COLLECT_ACCEPTED);
	(void)snprintf(path, sizeof path, "%s/keys/signing.key", o->state);
	ck_assert_int_eq(chmod(path, 0644), 0);
	ck_assert_int_eq(RUN(command_check, "district-agent check", "--csv"), 1);
	assert_has(out, "dataset annex_a,ok,");
	assert_has(out, "chmod 600");
	assert_has(out, "spool,ok,\"sound; 0 of 4 MiB used");
	assert_has(out, "delivery,problem,no aggregator has answered yet");
}
END_TEST

START_TEST(check_of_wrong_settings_is_one_line_with_the_mend)
{
	write_config("spool_mb: 3\n");
	ck_assert_int_eq(RUN(command_check, "district-agent check", "--csv"), 1);
	assert_has(out, "settings,problem,");
	assert_has(out, "did you mean spool_mib?");
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, keys_init_prints_one_enrolment_line_and_refuses_to_replace_keys);
	tcase_add_test(tc, keys_show_without_keys_says_how_to_make_them);
	tcase_add_test(tc, collect_prints_a_row_for_each_extract_and_the_next_step);
	tcase_add_test(tc, a_refusal_is_a_finding_and_names_the_command_that_shows_it);
	tcase_add_test(tc, collect_says_why_it_cannot_start);
	tcase_add_test(tc, preview_shows_each_figure_in_three_forms_and_the_bytes_of_one_entry);
	tcase_add_test(tc, preview_of_what_was_sent_shows_it_and_its_exact_bytes);
	tcase_add_test(tc, withdraw_needs_a_number_and_a_reason_and_spools_both);
	tcase_add_test(tc, check_says_ok_or_problem_and_the_mend_line_by_line);
	tcase_add_test(tc, check_of_wrong_settings_is_one_line_with_the_mend);
}

HARNESS_MAIN("agent_commands", add)
