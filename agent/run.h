#ifndef AGENT_RUN_H
#define AGENT_RUN_H

#include "agent/config.h"
#include "proto/err.h"

/* Supervises collect and publish as two processes, so that neither has what the other has. The
 * parent opens neither spool nor sockets. A child that fails is started again after 1 s, 2 s … 60
 * s; one that fails because of the settings or a right (ERR_CONFIG, ERR_DENIED) ends the whole,
 * since starting it again would not help. SIGTERM and SIGINT stop both; a second one kills them.
 * Returns ERR_OK when stopped by a signal. */
enum err_code run_supervise(const struct agent_config *config, struct err *err);

#endif
