#ifndef PROTO_COMMAND_H
#define PROTO_COMMAND_H

#include <argp.h>
#include <stdbool.h>

#include "proto/err.h"
#include "proto/out.h"

/* Subcommands: a table in main.c, one file per subcommand. Never acts by default: no command
 * prints the short help on stderr and exits 64. */

struct command {
	const char *name;    /* "agents approve" is one command of two words */
	const char *summary; /* one line for the program's help */
	/* argv[0] is "program command"; returns the exit status (sysexits; 1: done, with findings). */
	int (*run)(int argc, char **argv);
};

/* Finds and runs the command of argv[1…2]; handles --help, --version, help COMMAND, and unknown
 * words (suggesting the nearest). commands ends with a NULL name. */
int command_main(int argc, char **argv, const struct command *commands, const char *about);

/* The options that many commands share; a command's argp parser has command_common_argp as child. */
struct command_common {
	const char *config; /* -c FILE */
	enum out_form form; /* --json, --csv; text by default */
};
extern const struct argp command_common_argp; /* its input is a struct command_common * */

/* Prints "program command: message" on stderr and returns the exit status for err. */
int command_fail(char **argv, const struct err *err);

#endif
