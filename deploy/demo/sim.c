#include "deploy/demo/sim.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "deploy/demo/journey.h"
#include "deploy/demo/staff.h"

#define SIM_STREAM_JOURNEYS 2
#define SIM_STREAM_STAFF 3
#define SIM_POOL_FIRST 1024

struct pool *sim_pool(struct sim *s, int district, enum pool_kind kind)
{
	return &s->pools[district * POOLS + (int)kind];
}

void pool_add(struct pool *p, int32_t child, int32_t date)
{
	assert(p->n < p->capacity);
	/* dates ascend but for those who came a few days ahead: they slip in as of the last */
	if (p->n > 0 && p->dates[p->n - 1] > date)
		date = p->dates[p->n - 1];
	p->children[p->n] = child;
	p->dates[p->n++] = date;
}

static enum err_code pool_reserve(struct pool *p, int32_t more, struct err *err)
{
	int32_t capacity = p->capacity > 0 ? p->capacity : SIM_POOL_FIRST;
	int32_t *grown;

	if (p->n + more <= p->capacity)
		return ERR_OK;
	while (capacity < p->n + more)
		capacity *= 2;
	grown = realloc(p->children, (size_t)capacity * sizeof *grown);
	if (grown == NULL)
		return err_set(err, ERR_NOMEM, "out of memory for the children known");
	p->children = grown;
	grown = realloc(p->dates, (size_t)capacity * sizeof *grown);
	if (grown == NULL)
		return err_set(err, ERR_NOMEM, "out of memory for the children known");
	p->dates = grown;
	p->capacity = capacity;
	return ERR_OK;
}

void sim_put_off(struct sim *s, int32_t day, enum task_kind kind, int32_t subject, int district)
{
	int32_t at = day - s->city->first_day;

	if (day > s->city->last_day)
		return; /* not in this run */
	assert(at >= 0 && s->n_tasks < s->capacity_tasks);
	s->tasks[s->n_tasks] = (struct task){
		.next = s->today[at],
		.subject = subject,
		.kind = (uint8_t)kind,
		.district = (uint8_t)district,
	};
	s->today[at] = s->n_tasks++;
}

static enum err_code sim_reserve_tasks(struct sim *s, int32_t more, struct err *err)
{
	int32_t capacity = s->capacity_tasks > 0 ? s->capacity_tasks : SIM_POOL_FIRST;
	struct task *grown;

	if (s->n_tasks + more <= s->capacity_tasks)
		return ERR_OK;
	while (capacity < s->n_tasks + more)
		capacity *= 2;
	grown = realloc(s->tasks, (size_t)capacity * sizeof *grown);
	if (grown == NULL)
		return err_set(err, ERR_NOMEM, "out of memory for the diary");
	s->tasks = grown;
	s->capacity_tasks = capacity;
	return ERR_OK;
}

/* Everything that a day may add, so that nothing in it can fail half-way. What leavers hand back
 * is bounded by the open episodes. */
static enum err_code sim_make_room(struct sim *s, struct err *err)
{
	int n = s->city->n_districts;
	int32_t open = 0;
	int32_t most;
	enum err_code code = ERR_OK;

	for (int i = 0; i < n; i++)
		open += s->open[i].n;
	most = journey_records_a_day(s) + staff_records_a_day(s) + open;
	code = events_reserve(&s->log, most, err);
	if (code == ERR_OK)
		code = sim_reserve_tasks(s, most, err);
	for (int i = 0; code == ERR_OK && i < n * POOLS; i++)
		code = pool_reserve(&s->pools[i], most / 16, err);
	for (int i = 0; code == ERR_OK && i < n; i++)
		code = pool_reserve(&s->open[i], most / 16, err);
	for (int i = 0; code == ERR_OK && i < n; i++)
		code = pool_reserve(&s->posts[i], staff_records_a_day(s), err);
	return code;
}

static void sim_do(struct sim *s, const struct task *t, int32_t day)
{
	switch ((enum task_kind)t->kind) {
	case TASK_CLOSE:
		staff_close(s, t->subject, day);
		return;
	case TASK_ALLOCATE:
		staff_allocate(s, t->subject, day);
		return;
	case TASK_HELP:
		journey_help(s, t->subject, t->district, day);
		return;
	case TASK_ARRIVE:
		journey_arrive(s, t->subject, t->district, day);
		return;
	}
}

static void sim_day(struct sim *s, int32_t day)
{
	int32_t *first = &s->today[day - s->city->first_day];

	for (int i = 0; i < s->city->n_districts; i++) {
		staff_day(s, i, day);
		journey_day(s, i, day);
	}
	while (*first != NONE) { /* a task may add another for today */
		struct task t = s->tasks[*first];

		*first = t.next;
		sim_do(s, &t, day);
	}
}

static enum err_code sim_begin(struct sim *s, struct err *err)
{
	size_t n = (size_t)s->city->n_districts;
	size_t days = (size_t)s->city->last_day - (size_t)s->city->first_day + 1;

	s->pools = calloc(n * POOLS, sizeof *s->pools);
	s->open = calloc(n, sizeof *s->open);
	s->posts = calloc(n, sizeof *s->posts);
	s->today = calloc(days, sizeof *s->today);
	if (s->pools == NULL || s->open == NULL || s->posts == NULL || s->today == NULL)
		return err_set(err, ERR_NOMEM, "out of memory for the simulation");
	for (size_t i = 0; i < days; i++)
		s->today[i] = NONE;
	return sim_make_room(s, err);
}

enum err_code sim_run(struct sim *s, struct city *city, struct err *err)
{
	enum err_code code;

	memset(s, 0, sizeof *s);
	s->city = city;
	events_init(&s->log);
	rng_init(&s->journeys, city->seed, SIM_STREAM_JOURNEYS);
	rng_init(&s->staff, city->seed, SIM_STREAM_STAFF);
	code = sim_begin(s, err);
	if (code != ERR_OK)
		return code;
	staff_begin(s);
	for (int32_t day = city->first_day; day <= city->last_day; day++) {
		code = sim_make_room(s, err);
		if (code != ERR_OK)
			return code;
		sim_day(s, day);
	}
	return events_index(&s->log, city->n_districts, err);
}

static void pools_free(struct pool **pools, int n)
{
	for (int i = 0; *pools != NULL && i < n; i++) {
		free((*pools)[i].children);
		free((*pools)[i].dates);
	}
	free(*pools);
	*pools = NULL;
}

void sim_clear(struct sim *s)
{
	int n = s->city != NULL ? s->city->n_districts : 0;

	pools_free(&s->pools, n * POOLS);
	pools_free(&s->open, n);
	pools_free(&s->posts, n);
	free(s->today);
	free(s->tasks);
	events_clear(&s->log);
	memset(s, 0, sizeof *s);
}
