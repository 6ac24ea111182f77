#include "deploy/demo/truth.h"

#include "proto/date.h"

/* Social workers and their cases; the extract itself. */

/* The worker who holds the case; NONE. */
static int32_t episode_worker(const struct view *v, const struct episode *ep, int32_t *allocation)
{
	*allocation = view_allocation(v, ep, NEVER);
	return *allocation == NONE ? NONE : v->log->allocations[*allocation].worker;
}

static void count_cases(const struct view *v, struct span at, struct tally *t, bool held)
{
	VIEW_EACH(i, v, EVENT_EPISODE)
	{
		const struct episode *ep = &v->log->episodes[i];
		int32_t allocation;

		if (!episode_open(ep, at.to) || !view_episode(v, i) ||
		    (episode_worker(v, ep, &allocation) != NONE) != held)
			continue;
		tally_row(t, 1, 1);
		tally_by(t, BY_STATUS, view_status(v, ep));
		if (held)
			tally_by_team(t, v, allocation);
	}
}

static void count_cases_held(const struct view *v, struct span at, struct tally *t)
{
	count_cases(v, at, t, true);
}

static void count_cases_unallocated(const struct view *v, struct span at, struct tally *t)
{
	count_cases(v, at, t, false);
}

/* Cases of each worker at the view's day, in its scratch. */
static const int32_t *worker_cases(const struct view *v)
{
	for (int32_t i = 0; i < v->log->n[EVENT_WORKER]; i++)
		v->scratch[i] = 0;
	view_count_cases(v, v->scratch);
	return v->scratch;
}

static void count_workers_by_cases(const struct view *v, struct span at, struct tally *t)
{
	const int32_t *cases = worker_cases(v);

	(void)at;
	VIEW_EACH(i, v, EVENT_WORKER)
	{
		if (cases[i] == 0)
			continue;
		tally_row(t, 1, 1);
		tally_by_bucket(t, BY_CASES, cases[i]);
	}
}

static void count_case_holders(const struct view *v, struct span at, struct tally *t)
{
	const int32_t *cases = worker_cases(v);

	VIEW_EACH(i, v, EVENT_WORKER)
	{
		const struct worker *w = &v->log->workers[i];

		if (worker_in_post(w, at.to) && view_worker(v, w) && cases[i] > 0)
			tally_row(t, w->fte, 1);
	}
}

static void count_in_post(const struct view *v, struct span at, struct tally *t, bool employed,
			  bool agency)
{
	VIEW_EACH(i, v, EVENT_WORKER)
	{
		const struct worker *w = &v->log->workers[i];

		if (!worker_in_post(w, at.to) || !view_worker(v, w) ||
		    !(w->agency ? agency : employed))
			continue;
		tally_row(t, w->fte, 1);
		if (!agency) /* the others have no breakdown */
			tally_by(t, BY_ROLE, w->role);
	}
}

static void count_employed(const struct view *v, struct span at, struct tally *t)
{
	count_in_post(v, at, t, true, false);
}

static void count_agency(const struct view *v, struct span at, struct tally *t)
{
	count_in_post(v, at, t, false, true);
}

static void count_workforce(const struct view *v, struct span at, struct tally *t)
{
	count_in_post(v, at, t, true, true);
}

static void count_vacancies(const struct view *v, struct span at, struct tally *t)
{
	(void)at; /* vacancies are those of the as-at */
	for (int role = 0; role < ROLES; role++) {
		for (int team = 0; team < CITY_TEAMS; team++) {
			int64_t posts = view_vacancies(v, role, team);

			if (posts > 0)
				tally_row(t, posts, 1);
		}
	}
}

static void count_establishment(const struct view *v, struct span at, struct tally *t)
{
	VIEW_EACH(i, v, EVENT_WORKER)
	{
		const struct worker *w = &v->log->workers[i];

		if (worker_in_post(w, at.to) && view_worker(v, w) && !w->agency)
			tally_row(t, w->fte, 1);
	}
	count_vacancies(v, at, t);
}

static void count_leavers(const struct view *v, struct span at, struct tally *t)
{
	VIEW_EACH(i, v, EVENT_WORKER)
	{
		const struct worker *w = &v->log->workers[i];

		if (truth_in(at, w->end) && w->end <= v->as_at && !w->agency && view_worker(v, w))
			tally_row(t, w->fte, 1);
	}
}

/* Every listed worker is a row, also one who lost no day. As it was: everybody in post in the
 * month. */
static void count_absence(const struct view *v, struct span at, struct tally *t)
{
	struct view month = *v;

	month.month_start = at.from;
	month.month_end = at.to;
	VIEW_EACH(i, v, EVENT_WORKER)
	{
		const struct worker *w = &v->log->workers[i];
		bool counts =
			v->limited ? view_worker(v, w) : w->start <= at.to && w->end > at.from;

		if (counts && !w->agency)
			tally_row(t, view_days_lost(&month, i), 1);
	}
}

static void count_rows_of(const struct view *v, struct tally *t, bool junk)
{
	for (int i = 0; v->rows != NULL && i < LISTS; i++) {
		tally_row(t, junk ? v->rows[i].junk : v->rows[i].rows, 1);
		tally_by(t, BY_LIST, i);
	}
}

static void count_rows(const struct view *v, struct span at, struct tally *t)
{
	(void)at;
	count_rows_of(v, t, false);
}

static void count_junk(const struct view *v, struct span at, struct tally *t)
{
	(void)at;
	count_rows_of(v, t, true);
}

/* Thousandths of a day from the newest contact or referral to the as-at. */
static void count_age(const struct view *v, struct span at, struct tally *t)
{
	int32_t newest = v->window_start;

	VIEW_EACH_FROM(i, v, EVENT_CONTACT, v->window_start)
	{
		const struct contact *c = &v->log->contacts[i];

		if (view_contact(v, c) && c->date > newest)
			newest = c->date;
	}
	VIEW_EACH_FROM(i, v, EVENT_REFERRAL, v->window_start)
	{
		const struct referral *r = &v->log->referrals[i];

		if (view_referral(v, r) && r->date > newest)
			newest = r->date;
	}
	tally_row(t, 1000 * (int64_t)(at.to - newest), 1);
}

static const struct truth_bucket caseloads[] = {
	{ 1, 10, "1-10" },   { 11, 15, "11-15" },      { 16, 18, "16-18" },
	{ 19, 20, "19-20" }, { 21, 25, "21-25" },      { 26, 30, "26-30" },
	{ 31, 40, "31-40" }, { 41, INT32_MAX, "41+" }, { 0, 0, NULL },
};

const struct truth_measure truth_workforce[] = {
	{ .code = "cases_held",
	  .kind = TRUTH_STOCK,
	  .valid = TRUTH_AS_AT,
	  .count = count_cases_held },
	{ .code = "cases_unallocated",
	  .kind = TRUTH_STOCK,
	  .valid = TRUTH_AS_AT,
	  .count = count_cases_unallocated },
	{ .code = "caseload_per_worker",
	  .kind = TRUTH_STOCK,
	  .valid = TRUTH_AS_AT,
	  .buckets = caseloads,
	  .count = count_workers_by_cases },
	{ .code = "case_holder_fte",
	  .kind = TRUTH_STOCK,
	  .valid = TRUTH_AS_AT,
	  .count = count_case_holders },
	{ .code = "social_worker_fte",
	  .kind = TRUTH_STOCK,
	  .valid = TRUTH_AS_AT,
	  .count = count_employed },
	{ .code = "agency_fte", .kind = TRUTH_STOCK, .valid = TRUTH_AS_AT, .count = count_agency },
	{ .code = "workforce_fte",
	  .kind = TRUTH_STOCK,
	  .valid = TRUTH_AS_AT,
	  .count = count_workforce },
	{ .code = "vacancies_fte",
	  .kind = TRUTH_STOCK,
	  .valid = TRUTH_AS_AT,
	  .count = count_vacancies },
	{ .code = "establishment_fte",
	  .kind = TRUTH_STOCK,
	  .valid = TRUTH_AS_AT,
	  .count = count_establishment },
	{ .code = "leavers", .valid = TRUTH_LAST_MONTH, .count = count_leavers },
	{ .code = "absence_days", .valid = TRUTH_LAST_MONTH, .count = count_absence },
	{ .code = "rows_read",
	  .kind = TRUTH_STOCK,
	  .valid = TRUTH_AS_AT,
	  .of_extract = true,
	  .count = count_rows },
	{ .code = "rows_rejected",
	  .kind = TRUTH_STOCK,
	  .valid = TRUTH_AS_AT,
	  .of_extract = true,
	  .count = count_junk },
	{ .code = "extract_age",
	  .kind = TRUTH_STOCK,
	  .valid = TRUTH_AS_AT,
	  .of_extract = true,
	  .count = count_age },
	{ .code = NULL },
};
