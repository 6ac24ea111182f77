/* district-aggregator: agents -> ingest -> store -> roll-up -> the central team.
 *
 * ingest is the only writer of reports and figures and speaks only ZeroMQ; every other command
 * reads the store. run supervises the processes.
 */
#include "aggregator/commands.h"
#include "proto/command.h"

#include <stddef.h>

/* In the order in which an operator and then an analyst meets them. */
static const struct command commands[] = {
	{ "config check", "check the settings file and say how to mend it", command_config_check },
	{ "config show", "the settings in force and where each comes from", command_config_show },
	{ NULL, NULL, NULL },
};

static const struct command_program program = {
	.name = "district-aggregator",
	.about = "Receives the districts' signed reports, stores them and answers city-wide\n"
		 "questions about early help, children's social care and caseloads.",
	.examples = "  district-aggregator agents list\n"
		    "  district-aggregator received\n"
		    "  district-aggregator rollup referrals --area birmingham --from 2026-04 "
		    "--districts\n",
	.commands = commands,
};

int main(int argc, char **argv)
{
	return command_main(argc, argv, &program);
}
