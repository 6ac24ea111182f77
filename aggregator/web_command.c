/* web: the process that serves the dashboard. It reads the store and writes only the office
 * database. */
#include "aggregator/commands.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/web/account.h"
#include "aggregator/web/server.h"
#include "proto/clock.h"
#include "proto/command.h"
#include "proto/log.h"

static const char about_doc[] =
	"Serve the dashboard and its API, until SIGTERM.\v"
	"Where and to whom is said by web: in the settings. The first start prints a link, good "
	"once and for a day, with which the first administrator is set up.";

static volatile sig_atomic_t stopping;

static void on_signal(int number)
{
	(void)number;
	stopping = 1;
}

/* They come only while the server waits (server_run). */
static enum err_code signals_open(struct err *err)
{
	const struct sigaction act = { .sa_handler = on_signal };
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	(void)signal(SIGPIPE, SIG_IGN);
	if (sigprocmask(SIG_BLOCK, &set, NULL) == 0 && sigaction(SIGTERM, &act, NULL) == 0 &&
	    sigaction(SIGINT, &act, NULL) == 0)
		return ERR_OK;
	return err_set(err, ERR_IO, "signals: %s", strerror(errno));
}

/* On stdout, for whoever started it: a log is read by more people than should have this. */
static enum err_code setup_link(const struct web *web, struct err *err)
{
	char link[ACCOUNT_LINK_TEXT_BYTES] = "";
	enum err_code code =
		account_setup_link(web->office, web_origin(web), link, sizeof link, err);

	if (code != ERR_OK || link[0] == '\0')
		return code;
	(void)printf("There is no administrator yet. Set up the first one within a day at\n  %s\n",
		     link);
	(void)fflush(stdout);
	return ERR_OK;
}

static enum err_code serve(struct web *web, struct err *err)
{
	const struct aggregator_web *settings = web->reading.config->web;
	struct server *server = NULL;
	enum err_code code = server_start(web, &server, err);

	if (code != ERR_OK)
		return code;
	log_line(LOG_LEVEL_NOTICE, "web: listening on %s%s%s, for %s", settings->listen,
		 settings->proxy_socket == NULL ? "" : " and for the proxy on ",
		 settings->proxy_socket == NULL ? "" : settings->proxy_socket, web_origin(web));
	if (clock_offset_s() != 0)
		log_line(LOG_LEVEL_WARNING,
			 "web: DISTRICT_CLOCK_OFFSET_S shifts the clock by %lld s",
			 (long long)clock_offset_s());
	code = setup_link(web, err);
	if (code == ERR_OK)
		code = server_run(server, &stopping, err);
	server_stop(&server);
	log_line(LOG_LEVEL_NOTICE, "web: ending");
	return code;
}

int command_web(int argc, char **argv)
{
	struct command_common common = { .config = AGGREGATOR_CONFIG_DEFAULT };
	struct web web = { 0 };
	struct err err = { .code = ERR_OK };
	enum err_code code;

	if (command_parse_plain(argc, argv, about_doc, &common) != 0)
		return EXIT_FAILURE;
	code = signals_open(&err);
	if (code == ERR_OK)
		code = web_open(common.config, &web, &err);
	if (code == ERR_OK)
		code = serve(&web, &err);
	web_close(&web);
	return code == ERR_OK ? EXIT_SUCCESS : command_fail(argv, &err);
}
