#include "aggregator/config_web.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "proto/config_number.h"
#include "proto/limits.h"

#define PATH_BYTES 1000
#define ORIGIN_BYTES 255
#define HEADER_NAME_BYTES 64
#define PORT_MAX 65535
#define OPTIONAL (CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL)

#define TEXT(key, member, bytes) \
	CYAML_FIELD_STRING_PTR(key, OPTIONAL, struct aggregator_web, member, 1, bytes)
#define NUMBER_FIELD(k) CYAML_FIELD_INT_PTR(#k, OPTIONAL, struct aggregator_web, given.k)

const cyaml_schema_field_t config_web_fields[] = {
	TEXT("listen", given.listen, PATH_BYTES),
	TEXT("origin", origin, ORIGIN_BYTES),
	TEXT("proxy_socket", proxy_socket, PATH_BYTES),
	TEXT("identity_header", given.identity_header, HEADER_NAME_BYTES),
	TEXT("certificate", certificate, PATH_BYTES),
	TEXT("key", key, PATH_BYTES),
	CYAML_FIELD_BOOL("allow_unencrypted", CYAML_FLAG_OPTIONAL, struct aggregator_web,
			 allow_unencrypted),
	NUMBER_FIELD(idle_minutes),
	NUMBER_FIELD(session_hours),
	NUMBER_FIELD(connections),
	NUMBER_FIELD(connections_per_address),
	NUMBER_FIELD(requests_per_second),
	NUMBER_FIELD(request_seconds),
	CYAML_FIELD_END,
};

#define NUMBER(k, least, normal, most)                                                            \
	{                                                                                         \
#k, offsetof(struct aggregator_web, given.k), offsetof(struct aggregator_web, k), \
			least, normal, most                                                       \
	}
static const struct config_number numbers[] = {
	NUMBER(idle_minutes, WEB_IDLE_MINUTES_MIN, WEB_IDLE_MINUTES_DEFAULT, WEB_IDLE_MINUTES_MAX),
	NUMBER(session_hours, WEB_SESSION_HOURS_MIN, WEB_SESSION_HOURS_DEFAULT,
	       WEB_SESSION_HOURS_MAX),
	NUMBER(connections, WEB_CONNECTIONS_MIN, WEB_CONNECTIONS_DEFAULT, LIMIT_WEB_CONNECTIONS),
	NUMBER(connections_per_address, WEB_PER_ADDRESS_MIN, WEB_PER_ADDRESS_DEFAULT,
	       LIMIT_WEB_CONNECTIONS),
	NUMBER(requests_per_second, WEB_REQUESTS_MIN, WEB_REQUESTS_DEFAULT, WEB_REQUESTS_MAX),
	NUMBER(request_seconds, WEB_REQUEST_S_MIN, LIMIT_WEB_IDLE_S, WEB_REQUEST_S_MAX),
};

static int host_is_loopback(const struct config_listen *l)
{
	return strncmp(l->host, "127.", 4) == 0 || strcmp(l->host, "::1") == 0;
}

static int host_is_address(const struct config_listen *l)
{
	unsigned char bytes[16];

	return inet_pton(l->is_v6 ? AF_INET6 : AF_INET, l->host, bytes) == 1;
}

enum err_code config_listen_parse(const char *text, struct config_listen *out, struct err *err)
{
	const char *colon = strrchr(text, ':');
	const char *from = text;
	size_t len;

	*out = (struct config_listen){ 0 };
	if (strncmp(text, "unix:", 5) == 0) {
		out->path = text + 5;
		out->is_loopback = 1;
		if (out->path[0] != '/' ||
		    strlen(out->path) >= sizeof((struct sockaddr_un *)0)->sun_path)
			return err_set(err, ERR_MALFORMED,
				       "'%s' is no socket; write unix:/PATH of at most %zu bytes",
				       text, sizeof((struct sockaddr_un *)0)->sun_path - 1);
		return ERR_OK;
	}
	len = colon == NULL ? 0 : (size_t)(colon - text);
	out->is_v6 = len > 2 && text[0] == '[' && text[len - 1] == ']';
	if (out->is_v6) {
		from++;
		len -= 2;
	}
	if (len > 0 && len < sizeof out->host) {
		memcpy(out->host, from, len);
		if (strlen(colon + 1) <= 5 && strspn(colon + 1, "0123456789") == strlen(colon + 1))
			out->port = (int)strtol(colon + 1, NULL, 10);
	}
	if (out->port < 1 || out->port > PORT_MAX || !host_is_address(out))
		return err_set(err, ERR_MALFORMED,
			       "'%s' is no address; write 127.0.0.1:8080, [::1]:8080 or unix:/PATH",
			       text);
	out->is_loopback = host_is_loopback(out);
	return ERR_OK;
}

static int origin_is_local(const char *origin)
{
	return strncmp(origin, "http://localhost", 16) == 0 ||
	       strncmp(origin, "http://127.", 11) == 0 || strncmp(origin, "http://[::1]", 12) == 0;
}

static enum err_code origin_check(const char *path, const struct aggregator_web *web,
				  struct err *err)
{
	const char *host = web->origin == NULL ? NULL : strstr(web->origin, "://");

	if (web->origin == NULL)
		return ERR_OK;
	if (host == NULL ||
	    (strncmp(web->origin, "https://", 8) != 0 && strncmp(web->origin, "http://", 7) != 0) ||
	    host[3] == '\0' ||
	    host[3 + strspn(host + 3, "abcdefghijklmnopqrstuvwxyz0123456789.-:[]")] != '\0')
		return config_error(err, path, "web.origin",
				    "'%s' is no origin; write https://HOST in small letters, "
				    "without a / at its end",
				    web->origin);
	if (web->origin[4] != 's' && !origin_is_local(web->origin) && !web->allow_unencrypted)
		return config_error(err, path, "web.origin",
				    "'%s' would carry passwords unencrypted; use https, or set "
				    "allow_unencrypted: true",
				    web->origin);
	return ERR_OK;
}

static enum err_code listen_check(const char *path, const struct aggregator_web *web,
				  struct err *err)
{
	struct config_listen l;
	struct err said = { .code = ERR_OK };

	if (config_listen_parse(web->listen, &l, &said) != ERR_OK)
		return config_error(err, path, "web.listen", "%s", said.text);
	if ((web->certificate == NULL) != (web->key == NULL))
		return config_error(err, path,
				    web->certificate == NULL ? "web.key" : "web.certificate",
				    "certificate and key go together; give both or none");
	if (!l.is_loopback && web->certificate == NULL && !web->allow_unencrypted)
		return config_error(err, path, "web.listen",
				    "'%s' would carry passwords unencrypted; listen on 127.0.0.1 "
				    "behind a proxy, give certificate and key, or set "
				    "allow_unencrypted: true",
				    web->listen);
	return ERR_OK;
}

static enum err_code proxy_check(const char *path, const struct aggregator_web *web,
				 struct err *err)
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-";

	if (web->given.identity_header != NULL && web->proxy_socket == NULL)
		return config_error(err, path, "web.identity_header",
				    "is believed on proxy_socket only; give that too");
	if (web->identity_header[strspn(web->identity_header, plain)] != '\0')
		return config_error(err, path, "web.identity_header",
				    "'%s' is no header name; use letters, digits and -",
				    web->identity_header);
	if (web->proxy_socket != NULL && web->origin == NULL)
		return config_error(err, path, "web.proxy_socket",
				    "needs origin: the address by which browsers reach the proxy");
	if (web->proxy_socket != NULL &&
	    strlen(web->proxy_socket) >= sizeof((struct sockaddr_un *)0)->sun_path)
		return config_error(err, path, "web.proxy_socket", "the path is too long");
	return ERR_OK;
}

enum err_code config_web_check(const char *path, struct aggregator_web *web, struct err *err)
{
	static char listen_default[] = WEB_LISTEN_DEFAULT;
	static char header_default[] = WEB_IDENTITY_HEADER_DEFAULT;
	char **paths[] = { &web->proxy_socket, &web->certificate, &web->key };
	enum err_code code =
		config_numbers(path, "web.", numbers, sizeof numbers / sizeof numbers[0], web, err);

	web->listen = web->given.listen == NULL ? listen_default : web->given.listen;
	web->identity_header =
		web->given.identity_header == NULL ? header_default : web->given.identity_header;
	for (size_t i = 0; i < sizeof paths / sizeof paths[0] && code == ERR_OK; i++)
		code = config_resolve(path, paths[i], err);
	if (code == ERR_OK)
		code = origin_check(path, web, err);
	if (code == ERR_OK)
		code = listen_check(path, web, err);
	if (code == ERR_OK)
		code = proxy_check(path, web, err);
	return code;
}
