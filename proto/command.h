#ifndef PROTO_COMMAND_H
#define PROTO_COMMAND_H

#include <argp.h>
#include <stdbool.h>

#include "proto/err.h"
#include "proto/out.h"

/* Subcommands: a table in main.c, one file per subcommand. Never acts by default: no command
 * prints the short help on stderr and exits 64. */

struct command {
	const char *name;    /* one to three words: "agents approve", "feed keys init" */
	const char *summary; /* one line for the program's help */
	/* argv[0] is "program command"; returns the exit status (sysexits; 1: done, with findings).
	 */
	int (*run)(int argc, char **argv);
};

struct command_program {
	const char *name;               /* "district-agent" */
	const char *about;              /* two lines for the help */
	const char *examples;           /* shown first in the help */
	const struct command *commands; /* ends with a NULL name */
};

/* Finds and runs the command of argv[1…2]; handles --help, --version, help COMMAND, and unknown
 * words (suggesting the nearest). Returns the process exit status. */
int command_main(int argc, char **argv, const struct command_program *program);

/* The options that many commands share; a command's own argp parser lists command_common_argp as a
 * child and hands it a struct command_common * as child input. */
struct command_common {
	const char *config; /* -c FILE; set to the program's default before parsing */
	enum out_form form; /* --json, --csv; text by default */
};
extern const struct argp command_common_argp;

/* For a command that has only these options and no argument; doc as in argp. Returns 0, or argp's
 * error (usage errors and --help end the process, as argp does). */
int command_parse_plain(int argc, char **argv, const char *doc, struct command_common *common);

/* Prints "program command: message" on stderr and returns the exit status that fits the code. */
int command_fail(char **argv, const struct err *err);

/* Prints "program command: message" (printf) on stderr and returns 64. */
int command_usage(char **argv, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
