#ifndef AGGREGATOR_COMMANDS_H
#define AGGREGATOR_COMMANDS_H

/* The subcommands of district-aggregator, one file each; aggregator/main.c lists those that there
 * are. Each takes argv[0] = "district-aggregator COMMAND" and returns the process exit status. */

int command_accounts_add(int argc, char **argv);
int command_accounts_link(int argc, char **argv);
int command_accounts_list(int argc, char **argv);
int command_accounts_resume(int argc, char **argv);
int command_accounts_suspend(int argc, char **argv);
int command_agents_add(int argc, char **argv);
int command_agents_approve(int argc, char **argv);
int command_agents_list(int argc, char **argv);
int command_agents_remove(int argc, char **argv);
int command_agents_resume(int argc, char **argv);
int command_agents_status(int argc, char **argv);
int command_agents_suspend(int argc, char **argv);
int command_annotations_import(int argc, char **argv);
int command_audit(int argc, char **argv);
int command_audit_log_verify(int argc, char **argv);
int command_catalogue_explain(int argc, char **argv); /* measures explain */
int command_catalogue_list(int argc, char **argv);    /* measures list */
int command_config_check(int argc, char **argv);
int command_config_show(int argc, char **argv);
int command_feed_check(int argc, char **argv);
int command_feed_keys_init(int argc, char **argv);
int command_feed_keys_show(int argc, char **argv);
int command_feed_verify(int argc, char **argv);
int command_ingest(int argc, char **argv);
int command_keys_init(int argc, char **argv);
int command_pack(int argc, char **argv);
int command_plan_import(int argc, char **argv);
int command_rebuild(int argc, char **argv);
int command_received(int argc, char **argv);
int command_reports_list(int argc, char **argv);
int command_reports_show(int argc, char **argv);
int command_rollup(int argc, char **argv);
int command_run(int argc, char **argv);
int command_signals(int argc, char **argv);
int command_signals_show(int argc, char **argv);
int command_status(int argc, char **argv);
int command_web(int argc, char **argv);

#endif
