#ifndef AGGREGATOR_WEB_SERVER_LISTEN_H
#define AGGREGATOR_WEB_SERVER_LISTEN_H

#include <arpa/inet.h>

#include "aggregator/config_web.h"

/* A listening socket. ERR_IO names the address. */
enum err_code server_listen_open(const struct config_listen *l, int *fd, struct err *err);

#endif
