#ifndef AGGREGATOR_WEB_SERVER_H
#define AGGREGATOR_WEB_SERVER_H

#include <signal.h>

#include "aggregator/web/web.h"

/* HTTP with libmicrohttpd: sockets, bounds, time limits, compression, ETags, security headers.
 * Hands each whole request to web_answer on one thread. */

struct server;

/* Listens as the settings say: a TCP address (loopback unless told), a Unix socket, and in proxy
 * mode the proxy's own socket, the only one on which the identity header is believed. ERR_IO names
 * the address. */
enum err_code server_start(struct web *web, struct server **out, struct err *err);
/* Answers requests until *stop. */
enum err_code server_run(struct server *server, const volatile sig_atomic_t *stop, struct err *err);
void server_stop(struct server **server);

#endif
