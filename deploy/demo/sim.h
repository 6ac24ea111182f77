#ifndef DEPLOY_DEMO_SIM_H
#define DEPLOY_DEMO_SIM_H

#include <stdint.h>

#include "deploy/demo/city.h"
#include "deploy/demo/events.h"
#include "deploy/demo/rng.h"
#include "proto/err.h"

/* The state of a running simulation: the city, the log so far, who is known to the offices, and
 * what has been put off to a later day. */

enum pool_kind {       /* whom an office may hear of again */
	POOL_CONTACT,  /* a contact that led to nothing */
	POOL_HELP,     /* early help */
	POOL_REFERRED, /* a referral */
	POOLS
};

struct pool { /* children in order of the day */
	int32_t *children, *dates;
	int32_t n, capacity;
};

enum task_kind {
	TASK_CLOSE,    /* an episode ends: its worker is free again */
	TASK_ALLOCATE, /* an episode waits for a worker */
	TASK_HELP,     /* early help begins after a closure */
	TASK_ARRIVE,   /* a child whose case was closed on moving is known to the new office */
};

struct task {
	int32_t next;    /* of the same day; NONE */
	int32_t subject; /* episode or child */
	uint8_t kind, district;
};

struct sim {
	struct city *city; /* borrowed */
	struct events log;
	struct rng journeys, staff;
	struct pool *pools; /* POOLS for each district */
	struct pool *open;  /* episodes of each district, closed ones among them for a while */
	struct pool *posts; /* workers of each district who may hold cases */
	int32_t *today;     /* first task of each day; NONE */
	struct task *tasks;
	int32_t n_tasks, capacity_tasks;
};

/* Runs from the first to the last day. ERR_NOMEM. The caller clears *s, also after an error. */
enum err_code sim_run(struct sim *s, struct city *city, struct err *err);
void sim_clear(struct sim *s);

/* For journeys and staff: room has been made at the beginning of the day. */
void sim_put_off(struct sim *s, int32_t day, enum task_kind kind, int32_t subject, int district);
void pool_add(struct pool *p, int32_t child, int32_t date);

struct pool *sim_pool(struct sim *s, int district, enum pool_kind kind);

#endif
