#include "deploy/demo/events.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define EVENTS_FIRST 4096

/* One row per kind: where its array is, the size of a record and where its district and date are
 * (offset −1: not sorted). */
struct events_kind {
	size_t array, size;
	int district, date;
};

#define KIND(member, type, district_at, date_at)                                    \
	{                                                                           \
		offsetof(struct events, member), sizeof(type), district_at, date_at \
	}
#define SORTED(member, type, date) \
	KIND(member, type, (int)offsetof(type, district), (int)offsetof(type, date))

static const struct events_kind kinds[EVENT_KINDS] = {
	[EVENT_CHILD] = KIND(children, struct child, -1, -1),
	[EVENT_CONTACT] = SORTED(contacts, struct contact, date),
	[EVENT_HELP] = SORTED(helps, struct help, start),
	[EVENT_REFERRAL] = SORTED(referrals, struct referral, date),
	[EVENT_EPISODE] = SORTED(episodes, struct episode, start),
	[EVENT_ASSESSMENT] = SORTED(assessments, struct assessment, start),
	[EVENT_SECTION47] = SORTED(section47s, struct section47, start),
	[EVENT_PLAN] = SORTED(plans, struct plan, start),
	[EVENT_ALLOCATION] = KIND(allocations, struct allocation, -1, -1),
	[EVENT_WORKER] = SORTED(workers, struct worker, start),
	[EVENT_DATE] = KIND(dates, int32_t, -1, -1),
};

static void *events_array(const struct events *e, enum event_kind kind)
{
	void *array;

	memcpy(&array, (const char *)e + kinds[kind].array, sizeof array);
	return array;
}

static void events_set_array(struct events *e, enum event_kind kind, void *array)
{
	memcpy((char *)e + kinds[kind].array, &array, sizeof array);
}

void events_init(struct events *e)
{
	memset(e, 0, sizeof *e);
}

void events_clear(struct events *e)
{
	for (int k = 0; k < EVENT_KINDS; k++) {
		free(events_array(e, (enum event_kind)k));
		free(e->by_district[k]);
		free(e->first[k]);
	}
	events_init(e);
}

enum err_code events_reserve(struct events *e, int32_t more, struct err *err)
{
	for (int k = 0; k < EVENT_KINDS; k++) {
		enum event_kind kind = (enum event_kind)k;
		int64_t wanted = (int64_t)e->n[k] + more;
		int64_t capacity = e->capacity[k] > 0 ? e->capacity[k] : EVENTS_FIRST;
		void *array;

		if (wanted <= e->capacity[k])
			continue;
		while (capacity < wanted)
			capacity *= 2;
		if (capacity > INT32_MAX)
			return err_set(err, ERR_TOO_BIG, "more events than fit: lower --scale");
		array = realloc(events_array(e, kind), (size_t)capacity * kinds[k].size);
		if (array == NULL)
			return err_set(err, ERR_NOMEM, "out of memory for the event log");
		events_set_array(e, kind, array);
		e->capacity[k] = (int32_t)capacity;
	}
	return ERR_OK;
}

int32_t events_add(struct events *e, enum event_kind kind)
{
	char *array = events_array(e, kind);

	assert(e->n[kind] < e->capacity[kind]);
	memset(array + (size_t)e->n[kind] * kinds[kind].size, 0, kinds[kind].size);
	return e->n[kind]++;
}

struct events_key {
	int32_t district, date, at;
};

static int events_compare(const void *a, const void *b)
{
	const struct events_key *x = a;
	const struct events_key *y = b;

	if (x->district != y->district)
		return x->district < y->district ? -1 : 1;
	if (x->date != y->date)
		return x->date < y->date ? -1 : 1;
	return x->at < y->at ? -1 : x->at > y->at;
}

static void events_key_of(const struct events *e, enum event_kind kind, int32_t at,
			  struct events_key *key)
{
	const char *record = (const char *)events_array(e, kind) + (size_t)at * kinds[kind].size;

	key->at = at;
	key->district = *(const uint8_t *)(record + kinds[kind].district);
	memcpy(&key->date, record + kinds[kind].date, sizeof key->date);
}

static enum err_code events_index_kind(struct events *e, enum event_kind kind, struct err *err)
{
	size_t n = (size_t)e->n[kind];
	struct events_key *keys = calloc(n + 1, sizeof *keys);
	int32_t *order = calloc(n + 1, sizeof *order);
	int32_t *first = calloc((size_t)e->n_districts + 1, sizeof *first);

	if (keys == NULL || order == NULL || first == NULL) {
		free(keys);
		free(order);
		free(first);
		return err_set(err, ERR_NOMEM, "out of memory for sorting the event log");
	}
	for (size_t i = 0; i < n; i++)
		events_key_of(e, kind, (int32_t)i, &keys[i]);
	qsort(keys, n, sizeof *keys, events_compare);
	for (size_t i = 0; i < n; i++) {
		order[i] = keys[i].at;
		first[keys[i].district + 1] = (int32_t)i + 1;
	}
	for (int d = 1; d <= e->n_districts; d++)
		if (first[d] == 0)
			first[d] = first[d - 1];
	free(keys);
	free(e->by_district[kind]);
	free(e->first[kind]);
	e->by_district[kind] = order;
	e->first[kind] = first;
	return ERR_OK;
}

enum err_code events_index(struct events *e, int n_districts, struct err *err)
{
	e->n_districts = n_districts;
	for (int k = 0; k < EVENT_KINDS; k++) {
		enum err_code code;

		if (kinds[k].date < 0)
			continue;
		code = events_index_kind(e, (enum event_kind)k, err);
		if (code != ERR_OK)
			return code;
	}
	return ERR_OK;
}

int32_t events_from(const struct events *e, enum event_kind kind, int district, int32_t date)
{
	int32_t low = e->first[kind][district];
	int32_t high = e->first[kind][district + 1];

	while (low < high) {
		int32_t middle = low + (high - low) / 2;
		struct events_key key;

		events_key_of(e, kind, e->by_district[kind][middle], &key);
		if (key.date < date)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The latest date up to `on` of a run of dates, but not before `from`. */
static int32_t events_latest(const int32_t *dates, int32_t n, int32_t from, int32_t on)
{
	while (n > 0 && dates[n - 1] > on)
		n--;
	return n > 0 && dates[n - 1] >= from ? dates[n - 1] : NEVER;
}

int32_t episode_allocation(const struct events *e, const struct episode *ep, int32_t on)
{
	int32_t at = ep->allocation;

	while (at != NONE && e->allocations[at].date > on)
		at = e->allocations[at].before;
	return at;
}

int32_t episode_last_seen(const struct events *e, const struct episode *ep, int32_t on)
{
	return events_latest(e->dates + ep->visits, ep->n_visits, ep->start, on);
}

int32_t plan_last_visit(const struct events *e, const struct plan *p, int32_t on)
{
	const struct episode *ep = &e->episodes[p->episode];

	return events_latest(e->dates + ep->visits, ep->n_visits, p->start,
			     on < p->end ? on : p->end);
}

int32_t plan_last_review(const struct events *e, const struct plan *p, int32_t on)
{
	return events_latest(e->dates + p->reviews, p->n_reviews, p->start, on);
}

bool worker_in_post(const struct worker *w, int32_t on)
{
	return w->start <= on && w->end > on;
}
