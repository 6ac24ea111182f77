#ifndef AGGREGATOR_WEB_SERVER_PRIVATE_H
#define AGGREGATOR_WEB_SERVER_PRIVATE_H

#include <arpa/inet.h>
#include <microhttpd.h>

#include "aggregator/web/compress.h"
#include "aggregator/web/defer.h"
#include "aggregator/web/rate.h"
#include "aggregator/web/server.h"

/* What the files of the server share. One thread runs all of it, but for the worker's own half in
 * server_defer.c. */

#define SERVER_DOORS 2

struct door { /* one listening socket */
	struct server *server;
	struct MHD_Daemon *daemon;
	int epoll; /* readable when the daemon has something to do */
	int is_unix;
	int is_proxy;     /* what it says of who somebody is is believed */
	const char *path; /* of a Unix socket, removed at the end */
};

/* One connection; MHD's socket context. */
struct line {
	struct line *next, *previous;
	struct door *door;
	int fd;
	uint8_t key[RATE_KEY_BYTES]; /* of the address; zeros on a Unix socket */
	char address[INET6_ADDRSTRLEN];
	int64_t deadline_ms; /* 0: none */
};

enum exchange_state {
	EXCHANGE_NEW,
	EXCHANGE_BODY,     /* headers are checked, the body is coming */
	EXCHANGE_DEFERRED, /* suspended until the worker is done */
	EXCHANGE_READY,    /* rs is whole */
};

/* One request and its answer; MHD's connection context. */
struct exchange {
	struct server *server;
	struct line *line;
	struct MHD_Connection *connection;
	enum exchange_state state;
	struct request rq;
	struct response rs;
	char *sent; /* the target as it came; NULL: out of memory */
	char *body;
	size_t n_body, room;
	int too_big;
	char peer[INET6_ADDRSTRLEN];
	char identity[65];
	int64_t began_us;
	struct exchange *next; /* in a queue of server_defer.c */
	int skipped;           /* the worker ended before its work */
};

struct deferrals;

struct server {
	struct web *web;
	struct door doors[SERVER_DOORS];
	int n_doors;
	struct line *lines;
	int n_lines, n_exchanges;
	int64_t swept_ms;
	struct rate *rate;
	struct compressor *compressor;
	struct deferrals *deferrals;
	char *certificate, *key;
};

/* server_door.c: the doors that the settings ask for, each with its daemon. */
enum err_code server_doors_open(struct server *server, struct err *err);
void server_doors_close(struct server *server);

/* server.c: MHD's callbacks; their context is the door. */
enum MHD_Result server_on_request(void *context, struct MHD_Connection *connection, const char *url,
				  const char *method, const char *version, const char *upload,
				  size_t *n_upload, void **exchange);
void *server_on_target(void *context, const char *target, struct MHD_Connection *connection);
void server_on_completed(void *context, struct MHD_Connection *connection, void **exchange,
			 enum MHD_RequestTerminationCode why);

/* server_line.c: connections: how many, how long. */
enum MHD_Result server_on_accept(void *context, const struct sockaddr *address, socklen_t len);
void server_on_line(void *context, struct MHD_Connection *connection, void **line,
		    enum MHD_ConnectionNotificationCode what);
/* The line has so long to bring a request, from now. */
void server_expect(struct line *line);
/* Cuts off those whose time is over. */
void server_sweep(struct server *server, int64_t now_ms);

/* server_request.c: what stands before the body. Fills x->rq. 0 when it may go on; else the status
 * of a refusal, which is in x->rs already. */
int server_request(struct exchange *x, const char *method);
/* The body is whole. The same. */
int server_request_body(struct exchange *x);
/* Whether the Host header is a name of ours (server_request.c). */
int server_host_is_ours(const struct server *server, const struct door *door, const char *host);

/* server_reply.c: x->rs to MHD. */
enum MHD_Result server_reply(struct exchange *x);

/* server_defer.c: the worker thread. */
enum err_code deferrals_open(struct deferrals **out, struct err *err);
/* Ends the thread once its current work is done; the rest is marked skipped. */
void deferrals_stop(struct deferrals *d);
void deferrals_close(struct deferrals **deferrals);
int deferrals_fd(const struct deferrals *d); /* readable when some are done */
/* 0 when too many wait already. */
int deferrals_put(struct deferrals *d, struct exchange *x);
struct exchange *deferrals_take(struct deferrals *d); /* one that is done, or NULL */

#endif
