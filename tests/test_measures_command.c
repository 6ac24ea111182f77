#include "agent/commands.h"

#include "tests/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

static const char settings[] =
	"agent: hodge-hill-1\nstate: state\nareas: areas.csv\ndatasets:\n"
	"  - name: annex_a\n    area: hodge-hill\n    folder: in\n    lists: [contacts, "
	"referrals]\n"
	"  - name: staff\n    area: hodge-hill\n    folder: in2\n    lists: [staff]\n"
	"    measures: [leavers]\n"
	"  - name: later\n    area: hodge-hill\n    folder: in3\n    lists: [contacts]\n";

/* What the command prints with these words after it, on stdout and stderr alike. */
static const char *run(int (*command)(int, char **), const char *word, const char *option,
		       int *status)
{
	static char *text;
	const char *folder = harness_folder();
	char name[] = "district-agent measures", config_option[] = "-c", config[256], out[256];
	char *argv[6] = { name, config_option, config };
	int argc = 3;

	(void)snprintf(config, sizeof config, "%s", harness_text(folder, "agent.yaml", settings));
	(void)snprintf(out, sizeof out, "%s/out", folder);
	if (word != NULL)
		argv[argc++] = strdup(word);
	if (option != NULL)
		argv[argc++] = strdup(option);
	ck_assert_ptr_nonnull(freopen(out, "w", stdout));
	ck_assert_ptr_nonnull(freopen(out, "a", stderr));
	*status = command(argc, argv);
	(void)fflush(stdout);
	(void)fflush(stderr);
	for (int i = 3; i < argc; i++)
		free(argv[i]);
	free(text);
	text = harness_read(out, NULL);
	return text;
}

#define assert_says(text, words) \
	ck_assert_msg(strstr(text, words) != NULL, "\"%s\" does not hold \"%s\"", text, words)

START_TEST(list_names_the_dataset_that_gives_each_measure)
{
	int status;
	const char *text = run(command_measures_list, NULL, "--csv", &status);

	ck_assert_int_eq(status, EXIT_SUCCESS);
	assert_says(text, "contacts,Contacts received,front-door,flow,count,annex_a");
	assert_says(text, "leavers,Social workers who left,workforce,flow,fte,staff");
	assert_says(text, "contact_rate,\"Contact rate per 10,000 children\",front-door,derived,"
			  "rate-per-10000,the centre");
	assert_says(text, "cin_open,Children in need,cin,stock,count,\r\n");
}
END_TEST

START_TEST(explain_says_what_each_dataset_can_give_and_why_not)
{
	int status;
	const char *text = run(command_measures_explain, "contacts_repeat_12m", NULL, &status);

	ck_assert_int_eq(status, EXIT_SUCCESS);
	assert_says(text, "within 12 calendar months");
	assert_says(text, "366 days before the period");
	assert_says(text, "gives it from every extract that has contacts");
	assert_says(text, "does not: dataset annex_a gives it for this area");
	text = run(command_measures_explain, "section47_started", NULL, &status);
	assert_says(text, "cannot: it needs section47; the dataset declares contacts, referrals");
	assert_says(text, "does not: its measures leave it out; add section47_started there");
	text = run(command_measures_explain, "absence_rate", NULL, &status);
	assert_says(text, "the centre works it out of absence_days and social_worker_fte");
	assert_says(text, "253 times");
}
END_TEST

START_TEST(explain_suggests_the_nearest_measure)
{
	int status;
	const char *text = run(command_measures_explain, "contcats", NULL, &status);

	ck_assert_int_eq(status, EX_NOINPUT);
	assert_says(text, "no measure 'contcats'; did you mean contacts?");
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, list_names_the_dataset_that_gives_each_measure);
	tcase_add_test(tc, explain_says_what_each_dataset_can_give_and_why_not);
	tcase_add_test(tc, explain_suggests_the_nearest_measure);
}

HARNESS_MAIN("measures_command", add)
