#ifndef AGENT_COMMANDS_H
#define AGENT_COMMANDS_H

/* The subcommands of district-agent, one file each; agent/main.c lists those that there are. Each
 * takes argv[0] = "district-agent COMMAND" and returns the process exit status. */

int command_check(int argc, char **argv);
int command_collect(int argc, char **argv);
int command_config_check(int argc, char **argv);
int command_config_show(int argc, char **argv);
int command_keys_init(int argc, char **argv);
int command_keys_show(int argc, char **argv);
int command_measures_explain(int argc, char **argv);
int command_measures_list(int argc, char **argv);
int command_preview(int argc, char **argv);
int command_publish(int argc, char **argv);
int command_receipts(int argc, char **argv);
int command_run(int argc, char **argv);
int command_status(int argc, char **argv);
int command_validate(int argc, char **argv);
int command_withdraw(int argc, char **argv);

#endif
