#include "proto/command.h"

#include "proto/config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#define COMMANDS_MAX 64
#define NAME_BYTES 128
#define WORDS_MAX 3 /* "feed keys init" */

const char *argp_program_bug_address = "the project's issue tracker (see README.md)";

static void help_print(FILE *out, const struct command_program *p)
{
	fprintf(out,
		"%s\n\nUsage: %s COMMAND [OPTION...] [ARGUMENT...]\n\nExamples:\n%s\nCommands:\n",
		p->about, p->name, p->examples);
	for (const struct command *c = p->commands; c->name != NULL; c++)
		fprintf(out, "  %-18s %s\n", c->name, c->summary);
	fprintf(out,
		"\n'%s help COMMAND' or '%s COMMAND --help' says more. Exit status: 0 done, 1 done "
		"with\n"
		"findings, 64 usage, 65 bad input, 66 missing, 69 peer away, 74 input-output, 75 "
		"try "
		"again,\n77 refused, 78 configuration.\n",
		p->name, p->name);
}

/* The command named by the most of the first words, three at most; *n_words says how many. */
static const struct command *command_find(const struct command_program *p, int argc, char **argv,
					  int *n_words)
{
	for (*n_words = argc < WORDS_MAX ? argc : WORDS_MAX; *n_words > 0; (*n_words)--) {
		char words[NAME_BYTES];
		int len = 0;

		for (int i = 0; i < *n_words && len < (int)sizeof words; i++)
			len += snprintf(words + len, sizeof words - (size_t)len, "%s%s",
					i > 0 ? " " : "", argv[i]);
		for (const struct command *c = p->commands; c->name != NULL; c++)
			if (len < (int)sizeof words && strcmp(c->name, words) == 0)
				return c;
	}
	return NULL;
}

/* The second words of a group: "agents" alone is answered with "agents add, agents list …". */
static int group_print(const struct command_program *p, const char *word)
{
	size_t len = strlen(word);
	int n = 0;

	for (const struct command *c = p->commands; c->name != NULL; c++) {
		if (strncmp(c->name, word, len) != 0 || c->name[len] != ' ')
			continue;
		if (n++ == 0)
			fprintf(stderr, "%s: '%s' needs one more word:\n", p->name, word);
		fprintf(stderr, "  %-18s %s\n", c->name, c->summary);
	}
	return n;
}

static int unknown_word(const struct command_program *p, int argc, char **argv)
{
	const char *names[COMMANDS_MAX];
	char two[NAME_BYTES];
	const char *near;
	int n = 0;

	if (group_print(p, argv[0]) > 0)
		return EX_USAGE;
	for (const struct command *c = p->commands; c->name != NULL && n < COMMANDS_MAX; c++)
		names[n++] = c->name;
	near = config_nearest(argv[0], names, n);
	if (near == NULL && argc > 1) {
		(void)snprintf(two, sizeof two, "%s %s", argv[0], argv[1]);
		near = config_nearest(two, names, n);
	}
	fprintf(stderr, "%s: no command '%s'; ", p->name, argv[0]);
	if (near != NULL)
		fprintf(stderr, "did you mean '%s'?\n", near);
	else
		fprintf(stderr, "'%s --help' lists them\n", p->name);
	return EX_USAGE;
}

static int command_run(const struct command_program *p, const struct command *c, int n_words,
		       int argc, char **argv)
{
	static char name[NAME_BYTES];

	(void)snprintf(name, sizeof name, "%s %s", p->name, c->name);
	argv[n_words - 1] = name;
	return c->run(argc - n_words + 1, argv + n_words - 1);
}

int command_main(int argc, char **argv, const struct command_program *program)
{
	const struct command *c;
	char *help_argv[] = { NULL, (char[]){ "--help" }, NULL };
	int n_words = 0;

	if (argc < 2) {
		help_print(stderr, program);
		return EX_USAGE;
	}
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
		printf("%s %s\n", program->name, PROGRAM_VERSION);
		return EXIT_SUCCESS;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
	    (strcmp(argv[1], "help") == 0 && argc == 2)) {
		help_print(stdout, program);
		return EXIT_SUCCESS;
	}
	if (strcmp(argv[1], "help") == 0) {
		c = command_find(program, argc - 2, argv + 2, &n_words);
		if (c == NULL)
			return unknown_word(program, argc - 2, argv + 2);
		return command_run(program, c, 1, 2, help_argv);
	}
	c = command_find(program, argc - 1, argv + 1, &n_words);
	if (c == NULL)
		return unknown_word(program, argc - 1, argv + 1);
	return command_run(program, c, n_words, argc - 1, argv + 1);
}

/* ---- shared options */

enum {
	KEY_JSON = 0x1001,
	KEY_CSV,
};

static error_t common_parse(int key, char *arg, struct argp_state *state)
{
	struct command_common *common = state->input;

	switch (key) {
	case 'c':
		common->config = arg;
		return 0;
	case KEY_JSON:
		common->form = OUT_JSON;
		return 0;
	case KEY_CSV:
		common->form = OUT_CSV;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option common_options[] = {
	{ "config", 'c', "FILE", 0, "settings (see 'config check')", 10 },
	{ "json", KEY_JSON, NULL, 0, "write JSON for machines", 10 },
	{ "csv", KEY_CSV, NULL, 0, "write CSV", 10 },
	{ 0 },
};

const struct argp command_common_argp = { .options = common_options, .parser = common_parse };

static error_t plain_parse(int key, char *arg, struct argp_state *state)
{
	(void)arg;
	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = state->input;
		return 0;
	case ARGP_KEY_ARG:
		argp_usage(state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

int command_parse_plain(int argc, char **argv, const char *doc, struct command_common *common)
{
	const struct argp_child children[] = { { &command_common_argp, 0, NULL, 0 }, { 0 } };
	const struct argp argp = { .parser = plain_parse, .children = children, .doc = doc };

	return (int)argp_parse(&argp, argc, argv, 0, NULL, common);
}

int command_fail(char **argv, const struct err *err)
{
	fprintf(stderr, "%s: %s\n", argv[0], err->text);
	return err_exit_status(err->code);
}

int command_usage(char **argv, const char *format, ...)
{
	va_list args;

	fprintf(stderr, "%s: ", argv[0]);
	va_start(args, format);
	(void)vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, "; '%s --help' says more\n", argv[0]);
	return EX_USAGE;
}
