#ifndef AGGREGATOR_CONFIG_WEB_H
#define AGGREGATOR_CONFIG_WEB_H

#include <stdbool.h>

#include "proto/config.h"
#include "proto/err.h"

/* The `web:` part of district-aggregator's settings: who serves the dashboard, where, to whom. */

#define WEB_LISTEN_DEFAULT "127.0.0.1:8080"
#define WEB_IDENTITY_HEADER_DEFAULT "X-Remote-User"
#define WEB_IDLE_MINUTES_MIN 5
#define WEB_IDLE_MINUTES_DEFAULT 30 /* without a request: signed out */
#define WEB_IDLE_MINUTES_MAX 480
#define WEB_SESSION_HOURS_MIN 1
#define WEB_SESSION_HOURS_DEFAULT 10 /* after signing in: signed out */
#define WEB_SESSION_HOURS_MAX 24
#define WEB_CONNECTIONS_MIN 16
#define WEB_CONNECTIONS_DEFAULT 1024 /* the most, too: LIMIT_WEB_CONNECTIONS */
#define WEB_PER_ADDRESS_MIN 1
#define WEB_PER_ADDRESS_DEFAULT 768 /* an office shares one address */
#define WEB_REQUESTS_MIN 1
#define WEB_REQUESTS_DEFAULT 100 /* per second and address, lasting; ten times as many at once */
#define WEB_REQUESTS_MAX 100000
#define WEB_REQUEST_S_MIN 1
#define WEB_REQUEST_S_MAX 120 /* default LIMIT_WEB_IDLE_S */

struct aggregator_web {
	char *listen;            /* "127.0.0.1:8080", "[::1]:8080", "unix:/run/…" */
	char *origin;            /* "https://figures.example"; NULL: http(s)://<listen> */
	char *proxy_socket;      /* path; NULL: no trusted proxy */
	char *identity_header;   /* believed on proxy_socket only */
	char *certificate, *key; /* PEM files; NULL: no TLS of our own */
	bool allow_unencrypted;  /* plain HTTP on an address that others reach */
	int idle_minutes;
	int session_hours;
	int connections;
	int connections_per_address;
	int requests_per_second;
	int request_seconds; /* for a request to come whole, or the next one to begin */
	struct {             /* as the file says; NULL: the default holds */
		char *listen, *identity_header;
		int *idle_minutes, *session_hours, *connections, *connections_per_address,
			*requests_per_second, *request_seconds;
	} given;
};

extern const cyaml_schema_field_t config_web_fields[];

/* Fills the defaults in and checks what belongs together. path: of the settings file. */
enum err_code config_web_check(const char *path, struct aggregator_web *web, struct err *err);

/* Where to listen, taken apart. */
struct config_listen {
	char host[64]; /* an IP address without brackets; "" for a Unix socket */
	int port;
	const char *path; /* of a Unix socket, borrowed from the text; NULL: TCP */
	int is_v6;
	int is_loopback; /* 1 for a Unix socket as well */
};

/* ERR_MALFORMED says what is right. */
enum err_code config_listen_parse(const char *text, struct config_listen *out, struct err *err);

#endif
