#include "aggregator/ingest.h"

#include <stdlib.h>
#include <zmq.h>

#include "aggregator/ingest_private.h"
#include "proto/clock.h"

#define INGEST_BURST_WAIT_MS 5 /* while projection waits for a burst to end */
#define INGEST_WAIT_MS 100     /* between looks at credit and clocks while all is quiet */
#define INGEST_SOCKETS 64      /* ours: a ROUTER, a REP, two monitors; each agent is a connection */

/* ---- open and close */

static enum err_code ingest_open_store(struct ingest *i, struct err *err)
{
	enum err_code code = store_open(i->settings.store_path, DB_WRITE, &i->store, err);

	if (code == ERR_OK)
		code = counters_load(&i->counters, i->store, err);
	if (code == ERR_OK)
		code = admit_new(i->store, &i->admit, err);
	if (code == ERR_OK)
		code = project_new(i->store, i->settings.areas, &i->project, err);
	return code;
}

static void ingest_count_refusals(struct ingest *i, const struct zap_refusals *refusals)
{
	if (refusals->keys > 0)
		counters_add(&i->counters, COUNTER_KEYS_REFUSED, refusals->keys);
	if (refusals->malformed > 0)
		counters_add(&i->counters, COUNTER_ZAP_MALFORMED, refusals->malformed);
}

/* The ZAP handler is there before anything is bound, and a stranger is turned away before anything
 * is received. */
static enum err_code ingest_open_sockets(struct ingest *i, struct err *err)
{
	struct zap_refusals refusals = { 0 };
	enum err_code code;

	i->context = zmq_ctx_new();
	if (i->context == NULL)
		return err_set(err, ERR_NOMEM, "ZeroMQ: %s", zmq_strerror(zmq_errno()));
	(void)zmq_ctx_set(i->context, ZMQ_MAX_SOCKETS, INGEST_SOCKETS);
	code = zap_open(i->context, admit_key, i->admit, &i->zap, err);
	if (code == ERR_OK)
		code = listen_open(i->context, i->zap, i->settings.server_keys, i->settings.listen,
				   i->settings.n_listen, &i->listen, err);
	if (code == ERR_OK)
		code = listen_self_test(i->context, i->zap, i->listen.endpoint,
					i->settings.server_keys->public_text, &refusals, err);
	ingest_count_refusals(i, &refusals);
	return code;
}

enum err_code ingest_open(const struct ingest_settings *settings, struct ingest **out,
			  struct err *err)
{
	struct ingest *i = calloc(1, sizeof *i);
	enum err_code code;

	*out = NULL;
	if (i != NULL)
		i->drain = calloc(1, sizeof *i->drain);
	if (i == NULL || i->drain == NULL) {
		free(i);
		return err_set(err, ERR_NOMEM, "ingest: out of memory");
	}
	i->settings = *settings;
	i->lag = -1;
	i->n_dirty = -1;
	i->busy = 1;
	i->written_ms = clock_mono_ms();
	i->saved_ms = i->written_ms;
	i->rolled_ms = i->written_ms;
	credit_init(&i->credit, settings->memory_mib * 1024LL * 1024,
		    settings->credit_kib * 1024LL);
	code = ingest_open_store(i, err);
	if (code == ERR_OK)
		code = ingest_open_sockets(i, err);
	if (code != ERR_OK) {
		ingest_close(&i);
		return code;
	}
	*out = i;
	return ERR_OK;
}

void ingest_close(struct ingest **ingest)
{
	struct ingest *i = *ingest;
	struct err err = { .code = ERR_OK };

	if (i == NULL)
		return;
	if (i->store != NULL && ingest_save(i, &err) != ERR_OK)
		log_line(LOG_LEVEL_WARNING, "ingest: counters not saved: %s", err.text);
	listen_close(&i->listen);
	zap_close(&i->zap);
	if (i->context != NULL)
		(void)zmq_ctx_term(i->context);
	project_free(&i->project);
	admit_free(&i->admit);
	sessions_clear(&i->sessions);
	store_close(&i->store);
	free(i->drain);
	free(i);
	*ingest = NULL;
}

/* ---- the loop */

static int ingest_timeout(const struct ingest *i, int timeout_ms)
{
	int wait_ms = i->lag != 0 ? INGEST_BURST_WAIT_MS : INGEST_WAIT_MS;
	int most = timeout_ms < wait_ms ? timeout_ms : wait_ms;

	return i->busy && clock_mono_ms() >= i->pause_until_ms ? 0 : most;
}

enum err_code ingest_turn(struct ingest *i, int wake_fd, int timeout_ms, struct err *err)
{
	const int paused = clock_mono_ms() < i->pause_until_ms;
	zmq_pollitem_t items[] = {
		{ .socket = zap_socket(i->zap), .events = ZMQ_POLLIN },
		{ .socket = i->listen.monitor, .events = ZMQ_POLLIN },
		{ .socket = NULL, .fd = wake_fd, .events = ZMQ_POLLIN },
		/* While the store has a fault, messages wait where they are. */
		{ .socket = i->listen.router, .events = paused ? 0 : ZMQ_POLLIN },
	};
	struct zap_refusals refusals = { 0 };
	int64_t n_failed;
	enum err_code code;

	items[2].events = wake_fd < 0 ? 0 : ZMQ_POLLIN;
	items[2].fd = wake_fd < 0 ? 0 : wake_fd;
	if (zmq_poll(items, 4, ingest_timeout(i, timeout_ms)) < 0 && zmq_errno() != EINTR)
		return err_set(err, ERR_IO, "poll: %s", zmq_strerror(zmq_errno()));
	code = zap_answer(i->zap, &refusals, err);
	ingest_count_refusals(i, &refusals);
	if (code != ERR_OK)
		return code;
	n_failed = listen_failures(&i->listen);
	if (n_failed > 0)
		counters_add(&i->counters, COUNTER_HANDSHAKES_FAILED, n_failed);
	if (items[3].revents & ZMQ_POLLIN)
		ingest_drain(i);
	ingest_work(i, !(items[3].revents & ZMQ_POLLIN));
	return ERR_OK;
}

int ingest_is_idle(const struct ingest *i)
{
	return i->lag == 0 && i->n_dirty == 0;
}

int ingest_has_signals(const struct ingest *i)
{
	return ingest_is_idle(i) && i->signals_done;
}

const struct counters *ingest_counters(const struct ingest *i)
{
	return &i->counters;
}

const char *ingest_endpoint(const struct ingest *i)
{
	return i->listen.endpoint;
}
