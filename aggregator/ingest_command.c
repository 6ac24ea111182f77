/* ingest: the process that listens for agents and is the only writer of reports and figures. */
#include "aggregator/commands.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "aggregator/ingest.h"
#include "aggregator/site.h"
#include "proto/clock.h"
#include "proto/command.h"
#include "proto/log.h"

#define TURN_MS 1000 /* the longest wait for something to happen */

static const char about_doc[] =
	"Listen for agents, store what they report, keep the figures. Ends on SIGTERM.\v"
	"One process at a time per state folder. Nothing is acknowledged before it is "
	"durable; a kill at any moment loses nothing that was.";

/* The signals that end the stage become readable beside the sockets; blocked before ZeroMQ starts
 * its threads, which inherit that. */
static enum err_code signals_open(int *fd, struct err *err)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	(void)signal(SIGPIPE, SIG_IGN);
	if (sigprocmask(SIG_BLOCK, &set, NULL) == 0)
		*fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return *fd >= 0 ? ERR_OK : err_set(err, ERR_IO, "signals: %s", strerror(errno));
}

static int signal_came(int fd)
{
	struct signalfd_siginfo info;

	return read(fd, &info, sizeof info) == (ssize_t)sizeof info;
}

static enum err_code serve(struct ingest *ingest, int signals, struct err *err)
{
	enum err_code code = ERR_OK;

	while (code == ERR_OK && !signal_came(signals))
		code = ingest_turn(ingest, signals, TURN_MS, err);
	return code;
}

static enum err_code run(struct site *site, int signals, struct err *err)
{
	struct keys_curve server = { 0 };
	struct keys_sign receipt = { 0 };
	struct measure_set *measures = NULL;
	struct ingest *ingest = NULL;
	struct ingest_settings settings = { .store_path = site->store_path,
					    .server_keys = &server,
					    .receipt_keys = &receipt,
					    .config = site->config,
					    .listen = site->config->listen,
					    .n_listen = site->config->n_listen,
					    .credit_kib = site->config->credit_kib,
					    .memory_mib = site->config->memory_mib };
	enum err_code code = site_areas(site, err);

	settings.areas = site->areas;
	if (code == ERR_OK)
		code = measures_load(site->config->measures, &measures, err);
	settings.measures = measures;
	if (code == ERR_OK)
		code = site_keys(site, &server, &receipt, err);
	if (code == ERR_OK)
		code = site_make_folder(site, "store", 0750, err);
	if (code == ERR_OK)
		code = ingest_open(&settings, &ingest, err);
	if (code == ERR_OK) {
		log_line(LOG_LEVEL_NOTICE, "ingest: listening on %s; a stranger's key is refused",
			 ingest_endpoint(ingest));
		if (clock_offset_s() != 0)
			log_line(LOG_LEVEL_WARNING,
				 "ingest: DISTRICT_CLOCK_OFFSET_S shifts the clock by %lld s",
				 (long long)clock_offset_s());
		code = serve(ingest, signals, err);
		log_line(LOG_LEVEL_NOTICE, "ingest: ending");
	}
	ingest_close(&ingest);
	measures_free(&measures);
	keys_curve_wipe(&server);
	keys_sign_wipe(&receipt);
	return code;
}

int command_ingest(int argc, char **argv)
{
	struct command_common common = { .config = AGGREGATOR_CONFIG_DEFAULT };
	struct site site = { 0 };
	struct err err = { .code = ERR_OK };
	enum err_code code;
	int signals = -1;
	int lock = -1;

	if (command_parse_plain(argc, argv, about_doc, &common) != 0)
		return EXIT_FAILURE;
	code = signals_open(&signals, &err);
	if (code == ERR_OK)
		code = site_open(common.config, &site, &err);
	if (code == ERR_OK)
		code = site_lock(&site, &lock, &err);
	if (code == ERR_OK)
		code = run(&site, signals, &err);
	site_close(&site);
	if (lock >= 0)
		(void)close(lock);
	if (signals >= 0)
		(void)close(signals);
	return code == ERR_OK ? EXIT_SUCCESS : command_fail(argv, &err);
}
