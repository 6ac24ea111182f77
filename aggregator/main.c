/* district-aggregator: agents -> ingest -> store -> roll-up -> the central team.
 *
 * ingest is the only writer of reports and figures and speaks only ZeroMQ; web serves the dashboard
 * from the store; every other command reads the store. run supervises the processes.
 */
#include "aggregator/commands.h"
#include "proto/command.h"

#include <stddef.h>

/* In the order in which an operator and then an analyst meets them. */
static const struct command commands[] = {
	{ "config check", "check the settings file and say how to mend it", command_config_check },
	{ "config show", "the settings in force and where each comes from", command_config_show },
	{ "keys init", "make this aggregator's keys", command_keys_init },
	{ "agents add", "enrol an agent from its enrolment line", command_agents_add },
	{ "agents approve", "let an agent report; prints its reply file", command_agents_approve },
	{ "agents list", "every agent, its state and areas", command_agents_list },
	{ "agents status", "what each agent last said of itself", command_agents_status },
	{ "agents suspend", "stop taking an agent's reports", command_agents_suspend },
	{ "agents resume", "take a suspended agent's reports again", command_agents_resume },
	{ "agents remove", "take an agent off the list for good", command_agents_remove },
	{ "run", "start ingest and the dashboard and keep them running", command_run },
	{ "ingest", "listen for agents and keep the figures", command_ingest },
	{ "web", "serve the dashboard and its API", command_web },
	{ "accounts add", "let a person sign in; prints a one-time link", command_accounts_add },
	{ "accounts list", "every account, its role and state", command_accounts_list },
	{ "accounts suspend", "keep an account out", command_accounts_suspend },
	{ "accounts resume", "let a suspended account in again", command_accounts_resume },
	{ "accounts link", "a one-time link to choose a new password", command_accounts_link },
	{ "audit-log verify", "check that the audit log is whole", command_audit_log_verify },
	{ "pack", "the monthly pack as a file, or as a mail", command_pack },
	{ "plan import", "put the targets of an improvement plan in force", command_plan_import },
	{ "annotations import", "put dated notes on the charts", command_annotations_import },
	{ "status", "size, lag and counters of the store", command_status },
	{ "reports list", "what was received, or refused", command_reports_list },
	{ "reports show", "one entry, decoded or as its exact bytes", command_reports_show },
	{ "rebuild", "make every figure anew from the stored reports", command_rebuild },
	{ "measures list", "the measures that districts report", command_catalogue_list },
	{ "measures explain", "what a measure counts and cannot show", command_catalogue_explain },
	{ "received", "who has reported which month, and when", command_received },
	{ "rollup", "a measure's figures for the city and its districts", command_rollup },
	{ "signals", "what needs attention, and since when", command_signals },
	{ "signals show", "one signal with its evidence and history", command_signals_show },
	{ "audit", "where a figure comes from, report by report", command_audit },
	{ "feed check", "screen files for publication as DfE does, and beyond",
	  command_feed_check },
	{ "feed keys init", "make the key pair that signs the feed", command_feed_keys_init },
	{ "feed keys show", "the public key that recipients check with", command_feed_keys_show },
	{ "feed verify", "check a bundle of the feed; needs no settings", command_feed_verify },
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
