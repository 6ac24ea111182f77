#include "deploy/demo/view.h"

#include "deploy/demo/labels.h"
#include "deploy/demo/staff.h"
#include "proto/date.h"

struct view view_whole(const struct city *c, const struct events *log, int district, int32_t on)
{
	return (struct view){
		.city = c,
		.log = log,
		.district = district,
		.as_at = on,
		.window_start = INT32_MIN,
		.month_start = date_month_start(on),
		.month_end = date_month_end(on),
	};
}

struct view view_extract(const struct city *c, const struct events *log, int district, int month)
{
	int32_t as_at = city_as_at(c, district, month);
	struct view v = view_whole(c, log, district, as_at);

	v.limited = true;
	v.window_start = date_add_months(as_at, -c->window_months);
	if (as_at - v.month_start + 1 <= CITY_MONTH_END_DAYS && as_at != v.month_end) {
		v.month_end = v.month_start - 1;
		v.month_start = date_month_start(v.month_end);
	}
	return v;
}

static bool view_here(const struct view *v, int district)
{
	return !v->limited || district == v->district;
}

bool view_contact(const struct view *v, const struct contact *c)
{
	return c->date <= v->as_at && view_here(v, c->district) &&
	       (!v->limited || (c->date >= v->window_start && c->recorded <= v->as_at));
}

/* Began or ended in the window, or is open. */
static bool view_span(const struct view *v, int32_t start, int32_t end)
{
	return start <= v->as_at && (start >= v->window_start || end >= v->window_start);
}

bool view_help(const struct view *v, const struct help *h)
{
	return view_here(v, h->district) && view_span(v, h->start, h->end);
}

bool view_referral(const struct view *v, const struct referral *r)
{
	return view_here(v, r->district) && r->date <= v->as_at && r->date >= v->window_start;
}

bool view_assessment(const struct view *v, const struct assessment *a)
{
	return view_here(v, a->district) && view_span(v, a->start, a->end) &&
	       (!v->limited || a->recorded <= v->as_at);
}

bool view_section47(const struct view *v, const struct section47 *q)
{
	return view_here(v, q->district) && q->start <= v->as_at && q->start >= v->window_start;
}

/* One row for each child: the latest episode, if open or closed in the window. */
bool view_episode(const struct view *v, int32_t episode)
{
	const struct episode *ep = &v->log->episodes[episode];

	if (ep->start > v->as_at || !view_here(v, ep->district))
		return false;
	if (!v->limited)
		return true;
	if (ep->end < v->window_start)
		return false;
	for (int32_t i = v->log->children[ep->child].episodes; i != NONE;
	     i = v->log->episodes[i].before) {
		const struct episode *other = &v->log->episodes[i];

		if (other->district == v->district && other->start <= v->as_at &&
		    other->start > ep->start)
			return false;
	}
	return true;
}

bool view_plan(const struct view *v, int32_t plan)
{
	const struct plan *p = &v->log->plans[plan];

	if (p->start > v->as_at || !view_here(v, p->district))
		return false;
	if (!v->limited)
		return true;
	if (p->end < v->window_start)
		return false;
	for (int32_t i = v->log->children[p->child].plans; i != NONE; i = v->log->plans[i].before) {
		const struct plan *other = &v->log->plans[i];

		if (other->district == v->district && other->start <= v->as_at &&
		    other->start > p->start)
			return false;
	}
	return true;
}

/* In post, or left in the window. */
bool view_worker(const struct view *v, const struct worker *w)
{
	return view_here(v, w->district) && w->start <= v->as_at && w->end >= v->window_start;
}

int32_t view_known(const struct view *v, int32_t date)
{
	return date <= v->as_at ? date : NEVER;
}

int view_age_band(const struct child *c, int32_t on)
{
	static const int from[] = { 0, 1, 5, 10, 16, 18 };
	int age;
	int band = AGE_UNBORN;

	if (c->birth_unknown)
		return AGE_UNKNOWN;
	age = date_age(c->birth, on);
	for (int i = 0; i < (int)(sizeof from / sizeof from[0]); i++)
		if (age >= from[i])
			band = AGE_0 + i;
	return band;
}

int view_status(const struct view *v, const struct episode *ep)
{
	if (ep->end <= v->as_at)
		return STATUS_CLOSED;
	if (ep->plan != NONE && plan_open(&v->log->plans[ep->plan], v->as_at))
		return STATUS_CPP;
	return ep->cin_from <= v->as_at ? STATUS_CIN : STATUS_ASSESSMENT;
}

int view_category(const struct view *v, const struct plan *p)
{
	return p->changed <= v->as_at && p->changed < p->end ? p->category_latest
							     : p->category_first;
}

int32_t view_allocation(const struct view *v, const struct episode *ep, int32_t until)
{
	int32_t on = until < v->as_at ? until : v->as_at;

	return episode_allocation(v->log, ep, on < ep->end ? on : ep->end);
}

static bool view_within_year(int32_t earlier, int32_t later)
{
	return earlier < later && date_add_months(earlier, 12) >= later;
}

int view_previous_referrals(const struct view *v, int32_t child)
{
	const struct referral *all = v->log->referrals;
	int32_t first = v->log->children[child].referrals;
	int32_t latest = INT32_MIN;
	int n = 0;

	for (int32_t i = first; i != NONE; i = all[i].before)
		if (all[i].district == v->district && all[i].date <= v->as_at &&
		    all[i].date > latest)
			latest = all[i].date;
	for (int32_t i = first; i != NONE; i = all[i].before)
		n += all[i].district == v->district && view_within_year(all[i].date, latest);
	return n;
}

static int32_t view_latest_section47(const struct view *v, int32_t child)
{
	const struct section47 *all = v->log->section47s;
	int32_t latest = INT32_MIN;

	for (int32_t i = v->log->children[child].section47s; i != NONE; i = all[i].before)
		if (all[i].district == v->district && all[i].start <= v->as_at &&
		    all[i].start > latest)
			latest = all[i].start;
	return latest;
}

int view_previous_section47s(const struct view *v, int32_t child)
{
	const struct section47 *all = v->log->section47s;
	int32_t latest = view_latest_section47(v, child);
	int n = 0;

	for (int32_t i = v->log->children[child].section47s; i != NONE; i = all[i].before)
		n += all[i].district == v->district && view_within_year(all[i].start, latest);
	return n;
}

int view_previous_conferences(const struct view *v, int32_t child)
{
	const struct section47 *all = v->log->section47s;
	int32_t latest = view_latest_section47(v, child);
	int n = 0;

	for (int32_t i = v->log->children[child].section47s; i != NONE; i = all[i].before)
		n += all[i].district == v->district && all[i].icpc != NEVER &&
		     view_within_year(all[i].icpc, latest);
	return n;
}

void view_count_cases(const struct view *v, int32_t *counts)
{
	VIEW_EACH(i, v, EVENT_EPISODE)
	{
		const struct episode *ep = &v->log->episodes[i];
		int32_t at;

		if (!episode_open(ep, v->as_at) || !view_episode(v, i))
			continue;
		at = view_allocation(v, ep, NEVER);
		if (at != NONE && v->log->allocations[at].worker != NONE)
			counts[v->log->allocations[at].worker]++;
	}
}

/* Case holders' posts belong to the teams in equal parts, the others to the first team. */
int64_t view_vacancies(const struct view *v, int role, int team)
{
	int64_t posts = staff_establishment(v->city, v->district, role);
	bool shared = role == ROLE_CASE_HOLDER;

	if (shared)
		posts /= CITY_TEAMS;
	else if (team != 0)
		return 0;
	VIEW_EACH(i, v, EVENT_WORKER)
	{
		const struct worker *w = &v->log->workers[i];

		if (w->role == role && !w->agency && worker_in_post(w, v->as_at) &&
		    (!shared || w->team == team))
			posts -= w->fte;
	}
	return posts > 0 ? posts : 0;
}

int32_t view_days_lost(const struct view *v, int32_t worker)
{
	const struct worker *w = &v->log->workers[worker];

	if (w->start > v->month_end || w->end <= v->month_start)
		return 0;
	return staff_days_lost(v->city, worker, v->month_start);
}
