/* In: the spool, read-only, and the clock. Out: one conversation with each aggregator, independent
 * of the others, in one poll loop. Nothing is dropped: what is not acknowledged stays in the spool.
 */
#include "agent/publish.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "agent/conversation.h"
#include "agent/sandbox.h"
#include "agent/spool_look.h"
#include "proto/clock.h"
#include "proto/log.h"
#include "proto/measures.h"

#define PATH_BYTES 1200
#define LOOK_MS 1000 /* how often the spool is looked at */
#define SPOOL_FILE "spool/spool.db"
#define LOCK_FILE "delivery/publish.lock"
#define MIB (1024LL * 1024)

struct publish {
	const struct agent_config *config;
	struct keys_curve keys;
	struct conversation_health health;
	struct delivery *delivery;
	struct spool *spool;
	int64_t data_version;
	struct stat spool_file; /* as opened: a file put in its place is another spool */
	int64_t look_at_ms;
	struct log_repeat spool_line;
	void *zmq;
	const char **names;
	struct conversation **conversations;
	int n_conversations;
	zmq_pollitem_t *items;
	int lock;
};

/* ---- starting */

/* systemd hands the key over as a credential; else it lies with the other keys. */
static enum err_code publish_keys(struct publish *p, struct err *err)
{
	const char *credentials = getenv("CREDENTIALS_DIRECTORY");
	char path[PATH_BYTES];

	if (credentials != NULL) {
		(void)snprintf(path, sizeof path, "%s/curve.key", credentials);
		if (access(path, F_OK) == 0)
			return keys_curve_load(path, &p->keys, err);
	}
	(void)agent_config_path(p->config, "keys/curve.key", path, sizeof path);
	return keys_curve_load(path, &p->keys, err);
}

static enum err_code publish_measures(struct publish *p, struct err *err)
{
	struct measure_set *set = NULL;
	enum err_code code = measures_load(p->config->measures, &set, err);

	if (code == ERR_OK)
		memcpy(p->health.measures_digest, set->digest, sizeof p->health.measures_digest);
	measures_free(&set);
	return code;
}

static enum err_code publish_make_folder(const struct agent_config *config, struct err *err)
{
	char path[PATH_BYTES];

	(void)agent_config_path(config, "delivery", path, sizeof path);
	if (mkdir(path, 0750) == 0 || errno == EEXIST)
		return ERR_OK;
	return err_set(err, ERR_IO, "make %s: %s", path, strerror(errno));
}

static void publish_nap(void)
{
	struct timespec nap = { 0, 200 * 1000 * 1000 };

	(void)nanosleep(&nap, NULL);
}

/* The folder must be there before the sandbox closes: what is made later stays out of reach. */
static enum err_code publish_wait_for_spool(const struct agent_config *config, int once,
					    const volatile sig_atomic_t *stop, struct err *err)
{
	char path[PATH_BYTES];
	int told = 0;

	(void)agent_config_path(config, "spool", path, sizeof path);
	while (access(path, X_OK) != 0 && !*stop) {
		if (once)
			return err_set(err, ERR_MISSING,
				       "%s: %s; run 'district-agent collect' first", path,
				       strerror(errno));
		if (!told++)
			log_line(LOG_LEVEL_NOTICE, "publish: waits for %s, which collect makes",
				 path);
		publish_nap();
	}
	return ERR_OK;
}

/* What the resolver needs, and the two folders of our own. The measures and settings were read. */
static enum err_code publish_sandbox(struct publish *p, struct err *err)
{
	char spool[PATH_BYTES], delivery[PATH_BYTES];
	const char *read[] = { spool,
			       "/etc/resolv.conf",
			       "/etc/hosts",
			       "/etc/host.conf",
			       "/etc/nsswitch.conf",
			       "/etc/gai.conf",
			       "/etc/services",
			       "/etc/ld.so.cache",
			       "/run/systemd/resolve",
			       "/lib",
			       "/lib64",
			       "/usr/lib",
			       "/dev/urandom" };
	const char *write[] = { delivery };
	enum err_code code;

	(void)agent_config_path(p->config, "spool", spool, sizeof spool);
	(void)agent_config_path(p->config, "delivery", delivery, sizeof delivery);
	code = sandbox_paths(read, sizeof read / sizeof *read, write, 1, err);
	if (code != ERR_DENIED || !p->config->allow_unsandboxed)
		return code;
	log_line(LOG_LEVEL_WARNING, "publish: RUNS UNSANDBOXED, as the settings allow: %s",
		 err != NULL ? err->text : "the kernel cannot");
	p->health.unsandboxed = 1;
	return ERR_OK;
}

static enum err_code publish_lock(struct publish *p, struct err *err)
{
	char path[PATH_BYTES];

	(void)agent_config_path(p->config, LOCK_FILE, path, sizeof path);
	p->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
	if (p->lock < 0)
		return err_set(err, ERR_IO, "open %s: %s", path, strerror(errno));
	if (flock(p->lock, LOCK_EX | LOCK_NB) == 0)
		return ERR_OK;
	return err_set(err, ERR_BUSY, "another publish is running (%s is locked)", path);
}

int publish_is_running(const struct agent_config *config)
{
	char path[PATH_BYTES];
	int fd, held;

	(void)agent_config_path(config, LOCK_FILE, path, sizeof path);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	held = flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
	(void)close(fd);
	return held;
}

static void publish_on_line(void *context, enum log_level level, const char *line)
{
	(void)context;
	log_line(level, "publish: %s", line);
}

static enum err_code publish_converse(struct publish *p, struct err *err)
{
	const struct agent_config *config = p->config;
	enum err_code code = ERR_OK;
	struct conversation_setup setup = {
		.zmq = p->zmq,
		.agent = config->agent,
		.aggregators = p->names,
		.n_aggregators = (int)config->n_aggregators,
		.keys = &p->keys,
		.delivery = p->delivery,
		.health = &p->health,
		.timing = { CONVERSATION_WELCOME_MS, CONVERSATION_RECEIPT_MS,
			    CONVERSATION_REFRESH_MS, config->heartbeat_s * 1000LL,
			    config->retry_s * 1000LL },
		.on_line = publish_on_line,
	};

	for (unsigned i = 0; i < config->n_aggregators; i++)
		p->names[i] = config->peers[i].name;
	for (unsigned i = 0; i < config->n_aggregators && code == ERR_OK; i++) {
		setup.peer = &config->peers[i];
		code = conversation_new(&setup, &p->conversations[i], err);
		if (code == ERR_OK)
			p->n_conversations++;
	}
	return code;
}

static enum err_code publish_start(struct publish *p, struct err *err)
{
	size_t n = p->config->n_aggregators;
	char path[PATH_BYTES];
	enum err_code code = publish_lock(p, err);

	(void)agent_config_path(p->config, DELIVERY_FILE, path, sizeof path);
	if (code == ERR_OK)
		code = delivery_open(path, DB_WRITE, &p->delivery, err);
	if (code == ERR_OK)
		code = delivery_started(p->delivery, p->health.unsandboxed, err);
	if (code != ERR_OK)
		return code;
	p->names = calloc(n, sizeof *p->names);
	p->conversations = calloc(n, sizeof(struct conversation *));
	p->items = calloc(n * CHANNEL_ITEMS, sizeof *p->items);
	if (p->names == NULL || p->conversations == NULL || p->items == NULL)
		return err_set(err, ERR_NOMEM, "out of memory");
	p->zmq = zmq_ctx_new();
	if (p->zmq == NULL)
		return err_set(err, ERR_IO, "ZeroMQ context: %s", zmq_strerror(zmq_errno()));
	return publish_converse(p, err);
}

static void publish_stop(struct publish *p)
{
	for (int i = 0; i < p->n_conversations; i++)
		conversation_free(&p->conversations[i]);
	if (p->zmq != NULL)
		(void)zmq_ctx_term(p->zmq);
	spool_close(&p->spool);
	delivery_close(&p->delivery);
	if (p->lock >= 0)
		(void)close(p->lock);
	free(p->names);
	free(p->conversations);
	free(p->items);
	keys_curve_wipe(&p->keys);
}

/* ---- the spool */

static void publish_tell_spool(struct publish *p)
{
	for (int i = 0; i < p->n_conversations; i++)
		conversation_spool(p->conversations[i], p->spool);
}

static void publish_lose_spool(struct publish *p)
{
	struct spool *spool = p->spool;

	p->spool = NULL;
	publish_tell_spool(p);
	spool_close(&spool);
}

static enum err_code publish_open_spool(struct publish *p, const char *path, struct err *err)
{
	enum err_code code = spool_open(path, p->config->agent, NULL, p->config->spool_mib * MIB,
					&p->spool, err);

	if (code == ERR_OK && stat(path, &p->spool_file) != 0)
		code = err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
	p->data_version = -1;
	return code;
}

/* A number tells whether anything was committed since: an idle look reads nothing else. */
static enum err_code publish_read_spool(struct publish *p, const char *path, struct err *err)
{
	int64_t version = 0;
	struct stat now;
	enum err_code code = ERR_OK;

	if (p->spool != NULL && (stat(path, &now) != 0 || now.st_ino != p->spool_file.st_ino ||
				 now.st_dev != p->spool_file.st_dev))
		publish_lose_spool(p);
	if (p->spool == NULL)
		code = publish_open_spool(p, path, err);
	if (code == ERR_OK)
		code = spool_data_version(p->spool, &version, err);
	if (code != ERR_OK || version == p->data_version)
		return code;
	code = spool_refresh(p->spool, err);
	if (code == ERR_OK) {
		p->data_version = version;
		publish_tell_spool(p);
	}
	return code;
}

static void publish_look(struct publish *p)
{
	int64_t now = clock_mono_ms();
	struct err err = { .code = ERR_OK };
	char path[PATH_BYTES];
	unsigned long n_held;

	if (now < p->look_at_ms)
		return;
	p->look_at_ms = now + LOOK_MS;
	(void)agent_config_path(p->config, SPOOL_FILE, path, sizeof path);
	if (publish_read_spool(p, path, &err) == ERR_OK || err.code == ERR_BUSY)
		return;
	publish_lose_spool(p);
	if (log_repeat_due(&p->spool_line, &n_held))
		log_line(err.code == ERR_MISSING ? LOG_LEVEL_NOTICE : LOG_LEVEL_ERROR,
			 "publish: waits for a spool: %s repeats=%lu", err.text, n_held);
}

/* ---- the loop */

static void publish_turn(struct publish *p)
{
	int64_t now = clock_mono_ms();
	int64_t due = p->look_at_ms;
	int n = 0;

	for (int i = 0; i < p->n_conversations; i++) {
		int64_t wanted = conversation_due_ms(p->conversations[i]);

		due = wanted < due ? wanted : due;
		n += conversation_poll(p->conversations[i], p->items + n);
	}
	(void)zmq_poll(p->items, n, due > now ? (long)(due - now) : 0);
	publish_look(p);
	for (int i = 0; i < p->n_conversations; i++)
		conversation_work(p->conversations[i]);
}

static int publish_is_done(const struct publish *p)
{
	for (int i = 0; i < p->n_conversations; i++)
		if (!conversation_is_done(p->conversations[i]))
			return 0;
	return 1;
}

/* Names the first aggregator that lacks something. */
static enum err_code publish_unfinished(const struct publish *p, struct err *err)
{
	for (int i = 0; i < p->n_conversations; i++) {
		const struct delivery_link *link = conversation_link(p->conversations[i]);

		if (conversation_is_done(p->conversations[i]))
			continue;
		if (p->spool == NULL)
			return err_set(err, ERR_MISSING,
				       "there is no spool; run 'district-agent collect' first");
		return err_set(err, ERR_BUSY,
			       "%s has not acknowledged everything (%s%s%s); 'district-agent "
			       "status' says more",
			       link->aggregator, delivery_state_name(link->state),
			       link->reason[0] != '\0' ? ": " : "", link->reason);
	}
	return ERR_OK;
}

static enum err_code publish_run(struct publish *p, const struct publish_options *options,
				 const volatile sig_atomic_t *stop, struct err *err)
{
	int64_t until_ms = clock_mono_ms() + options->timeout_ms;

	log_line(LOG_LEVEL_INFO, "publish: started agent=%s aggregators=%d", p->config->agent,
		 p->n_conversations);
	while (!*stop) {
		publish_turn(p);
		if (!options->once)
			continue;
		if (publish_is_done(p))
			break;
		if (clock_mono_ms() >= until_ms)
			return publish_unfinished(p, err);
	}
	log_line(LOG_LEVEL_INFO, "publish: stopped");
	return ERR_OK;
}

enum err_code publish_loop(const struct agent_config *config, const struct publish_options *options,
			   const volatile sig_atomic_t *stop, struct err *err)
{
	struct publish p = { .config = config, .lock = -1 };
	enum err_code code = ERR_OK;

	p.health.state_folder = config->state;
	if (config->n_aggregators == 0)
		return err_set(err, ERR_CONFIG,
			       "aggregators: none is named; name the reply file that "
			       "'district-aggregator agents approve' printed");
	code = publish_keys(&p, err);
	if (code == ERR_OK)
		code = publish_measures(&p, err);
	if (code == ERR_OK)
		code = publish_make_folder(config, err);
	if (code == ERR_OK)
		code = publish_wait_for_spool(config, options->once, stop, err);
	if (code == ERR_OK)
		code = publish_sandbox(&p, err);
	if (code == ERR_OK)
		code = publish_start(&p, err);
	if (code == ERR_OK)
		code = publish_run(&p, options, stop, err);
	publish_stop(&p);
	return code;
}
