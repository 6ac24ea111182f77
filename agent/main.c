/* district-agent: extract -> collect -> spool -> publish -> aggregator.
 *
 * Two processes share the work so that neither is a danger: collect reads extracts and the signing
 * key and has no network; publish has the network and cannot read extracts. run supervises both.
 */
#include "agent/commands.h"
#include "proto/command.h"

#include <stddef.h>

/* In the order in which an office meets them. */
static const struct command commands[] = {
	{ "config check", "check the settings file and say how to mend it", command_config_check },
	{ "config show", "the settings in force and where each comes from", command_config_show },
	{ "keys init", "make this office's keys and print the line that enrols it",
	  command_keys_init },
	{ "keys show", "print the enrolment line again", command_keys_show },
	{ "validate", "what an extract is worth, row by row; nothing leaves the machine",
	  command_validate },
	{ "check", "is everything ready? one line each, with the mend", command_check },
	{ "preview", "what would be sent, figure by figure or byte by byte", command_preview },
	{ "collect", "take in every extract that is ready", command_collect },
	{ "publish", "send what is in the spool to every aggregator", command_publish },
	{ "run", "collect and publish, until stopped", command_run },
	{ "status", "what was taken in, what waits, how far each aggregator is", command_status },
	{ "receipts", "what the aggregators have signed for", command_receipts },
	{ "withdraw", "take a report that is wrong out of use", command_withdraw },
	{ "measures list", "what is counted and which dataset gives it", command_measures_list },
	{ "measures explain", "one measure: definition, source, limits, who gives it",
	  command_measures_explain },
	{ NULL, NULL, NULL },
};

static const struct command_program program = {
	.name = "district-agent",
	.about = "Turns a district office's case-management extract into early-help and caseload\n"
		 "figures and reports them to the city. No child's record leaves the office.",
	.examples = "  district-agent validate /srv/extracts/2026-10-31/*.csv\n"
		    "  district-agent preview\n"
		    "  district-agent run\n",
	.commands = commands,
};

int main(int argc, char **argv)
{
	return command_main(argc, argv, &program);
}
