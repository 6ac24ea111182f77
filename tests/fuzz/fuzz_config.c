/* Bytes as settings. The first byte picks the program; for the agent, what follows a NUL is its
 * reply file, which the settings name "reply.yaml". Whatever is accepted keeps the bounds. */

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/config.h"
#include "aggregator/config.h"
#include "proto/limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static char folder[64];
static char settings[96], reply[96];

static void remove_folder(void)
{
	(void)unlink(settings);
	(void)unlink(reply);
	(void)rmdir(folder);
}

static void make_folder(void)
{
	(void)snprintf(folder, sizeof folder, "/tmp/fuzz-config-XXXXXX");
	if (mkdtemp(folder) == NULL) {
		perror(folder);
		exit(1);
	}
	(void)snprintf(settings, sizeof settings, "%s/settings.yaml", folder);
	(void)snprintf(reply, sizeof reply, "%s/reply.yaml", folder);
	(void)atexit(remove_folder);
}

static void put(const char *path, const uint8_t *bytes, size_t len)
{
	FILE *f = fopen(path, "wbe");

	if (f == NULL || fwrite(bytes, 1, len, f) != len || fclose(f) != 0) {
		perror(path);
		exit(1);
	}
}

static void check_dataset(const struct agent_dataset *d)
{
	assert(strlen(d->name) <= LIMIT_STRING_BYTES && d->area[0] != '\0');
	assert(d->folder[0] == '/' && d->n_lists > 0);
	assert(d->window_months >= AGENT_WINDOW_MONTHS_MIN &&
	       d->window_months <= AGENT_WINDOW_MONTHS_MAX);
	assert(d->rejected_percent >= 0 && d->rejected_percent <= 100);
	assert(d->settle_s >= 0 && d->settle_s <= AGENT_SETTLE_S_MAX);
	assert(d->month_end_days >= 0 && d->month_end_days <= AGENT_MONTH_END_DAYS_MAX);
}

static void try_agent(void)
{
	struct agent_config *c = NULL;
	struct err err = { ERR_OK, "" };

	if (agent_config_load(settings, &c, &err) != ERR_OK) {
		assert(c == NULL && err.text[0] != '\0');
		return;
	}
	assert(c->state[0] == '/' && c->areas[0] == '/');
	assert(c->n_datasets >= 1 && c->n_datasets <= AGENT_DATASETS_MAX);
	for (unsigned i = 0; i < c->n_datasets; i++)
		check_dataset(&c->datasets[i]);
	assert(c->n_aggregators <= AGENT_AGGREGATORS_MAX);
	for (unsigned i = 0; i < c->n_aggregators; i++)
		assert(c->peers[i].n_endpoints >= 1 && strlen(c->peers[i].server_key) == 40 &&
		       strlen(c->peers[i].receipt_key) == 64);
	assert(c->spool_mib >= AGENT_SPOOL_MIB_MIN && c->spool_mib <= AGENT_SPOOL_MIB_MAX);
	assert(c->keep_days >= AGENT_KEEP_DAYS_MIN && c->keep_days <= AGENT_KEEP_DAYS_MAX);
	assert(c->heartbeat_s >= AGENT_HEARTBEAT_S_MIN && c->heartbeat_s <= AGENT_HEARTBEAT_S_MAX);
	agent_config_free(&c);
	assert(c == NULL);
}

static void try_aggregator(void)
{
	struct aggregator_config *c = NULL;
	struct err err = { ERR_OK, "" };

	if (aggregator_config_load(settings, &c, &err) != ERR_OK) {
		assert(c == NULL && err.text[0] != '\0');
		return;
	}
	assert(c->state[0] == '/' && c->areas[0] == '/' && c->n_listen >= 1);
	assert(c->due_working_days >= 0 && c->due_working_days <= AGGREGATOR_DUE_WORKING_DAYS_MAX);
	assert(c->credit_kib >= AGGREGATOR_CREDIT_KIB_MIN &&
	       c->credit_kib <= AGGREGATOR_CREDIT_KIB_MAX);
	assert(c->memory_mib >= AGGREGATOR_MEMORY_MIB_MIN &&
	       c->memory_mib <= AGGREGATOR_MEMORY_MIB_MAX);
	aggregator_config_free(&c);
	assert(c == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	const uint8_t *nul;
	size_t n;

	if (len == 0 || len > 65536)
		return 0;
	if (folder[0] == '\0')
		make_folder();
	if (bytes[0] % 2 == 1) {
		put(settings, bytes + 1, len - 1);
		try_aggregator();
		return 0;
	}
	nul = memchr(bytes + 1, 0, len - 1);
	n = nul == NULL ? len - 1 : (size_t)(nul - bytes) - 1;
	put(settings, bytes + 1, n);
	put(reply, nul == NULL ? bytes : nul + 1, nul == NULL ? 0 : len - n - 2);
	try_agent();
	return 0;
}
