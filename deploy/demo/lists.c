#include "deploy/demo/lists.h"

#include <stdlib.h>
#include <string.h>

#include "proto/date.h"

#define LISTS_WORKER "Test Worker "

void lists_team_name(int team, char out[LISTS_TEAM_BYTES])
{
	(void)stpcpy(out, "Test Team ?");
	out[strlen(out) - 1] = (char)('A' + team % 26);
}

static void lists_person(const struct view *v, struct book *b, int32_t child)
{
	const struct child *c = &v->log->children[child];
	bool unborn = c->birth > v->as_at;

	book_numbered(b, "SYN", child + 1, 6);
	book_label(b, &label_sex[unborn ? SEX_UNKNOWN : c->sex]);
	book_label(b, &label_ethnicity[c->ethnicity]);
	book_date(b, c->birth_unknown || (unborn && c->expected_blank) ? NEVER : c->birth);
	if (c->birth_unknown)
		book_text(b, "");
	else
		book_int(b, date_age(c->birth, v->as_at));
}

static void lists_disability(const struct view *v, struct book *b, int32_t child)
{
	book_label(b, &label_answer[v->log->children[child].disability]);
}

static void lists_yes_no(struct book *b, bool known, bool yes)
{
	book_label(b, known ? &label_answer[yes ? ANSWER_YES : ANSWER_NO] : NULL);
}

static void lists_ward(const struct view *v, struct book *b, int ward)
{
	const struct district *d = &v->city->districts[v->district];

	book_text(b, ward < d->n_wards ? v->city->tree->areas[d->wards[ward]].name : "");
}

/* Team and worker of an episode on a day; the first team's duty desk when it has no worker yet. */
static void lists_allocation(const struct view *v, struct book *b, int32_t episode, int32_t until)
{
	int32_t at = episode == NONE ? NONE : view_allocation(v, &v->log->episodes[episode], until);
	const struct allocation *a = at == NONE ? NULL : &v->log->allocations[at];
	char team[LISTS_TEAM_BYTES];

	lists_team_name(a != NULL ? a->team : 0, team);
	book_text(b, team);
	if (a != NULL && a->worker != NONE)
		book_numbered(b, LISTS_WORKER, a->worker + 1, 4);
	else
		book_text(b, "");
}

static void lists_contacts(const struct view *v, struct book *b, void (*after)(void *), void *to)
{
	VIEW_EACH_FROM(i, v, EVENT_CONTACT, v->window_start)
	{
		const struct contact *c = &v->log->contacts[i];

		if (!view_contact(v, c))
			continue;
		lists_person(v, b, c->child);
		book_date(b, c->date);
		book_label(b, &label_source[c->source]);
		lists_ward(v, b, c->ward);
		book_row(b);
		after(to);
	}
}

static void lists_help(const struct view *v, struct book *b, void (*after)(void *), void *to)
{
	VIEW_EACH(i, v, EVENT_HELP)
	{
		const struct help *h = &v->log->helps[i];

		if (!view_help(v, h))
			continue;
		lists_person(v, b, h->child);
		book_date(b, h->start);
		book_date(b, view_known(v, h->end));
		book_label(b, &label_organisation[h->organisation]);
		lists_ward(v, b, h->ward);
		book_row(b);
		after(to);
	}
}

static void lists_referrals(const struct view *v, struct book *b, void (*after)(void *), void *to)
{
	VIEW_EACH_FROM(i, v, EVENT_REFERRAL, v->window_start)
	{
		const struct referral *r = &v->log->referrals[i];

		if (!view_referral(v, r))
			continue;
		lists_person(v, b, r->child);
		book_date(b, r->date);
		book_label(b, &label_source[r->source]);
		lists_yes_no(b, true, r->episode == NONE);
		book_int(b, view_previous_referrals(v, r->child));
		lists_allocation(v, b, r->episode, r->date + 30);
		lists_ward(v, b, r->ward);
		book_row(b);
		after(to);
	}
}

static void lists_assessments(const struct view *v, struct book *b, void (*after)(void *), void *to)
{
	VIEW_EACH(i, v, EVENT_ASSESSMENT)
	{
		const struct assessment *a = &v->log->assessments[i];
		int32_t end = view_known(v, a->end);

		if (!view_assessment(v, a))
			continue;
		lists_person(v, b, a->child);
		lists_disability(v, b, a->child);
		book_date(b, a->start);
		book_label(b, &label_answer[a->seen ? ANSWER_YES : ANSWER_NO]);
		book_date(b, end);
		lists_yes_no(b, end != NEVER, a->support);
		lists_allocation(v, b, a->episode, a->end);
		lists_ward(v, b, a->ward);
		book_row(b);
		after(to);
	}
}

static void lists_section47(const struct view *v, struct book *b, void (*after)(void *), void *to)
{
	VIEW_EACH_FROM(i, v, EVENT_SECTION47, v->window_start)
	{
		const struct section47 *q = &v->log->section47s[i];
		int32_t icpc = view_known(v, q->icpc);

		if (!view_section47(v, q))
			continue;
		lists_person(v, b, q->child);
		lists_disability(v, b, q->child);
		book_date(b, q->start);
		lists_yes_no(b, q->decided <= v->as_at, !q->icpc_needed);
		book_date(b, icpc);
		lists_yes_no(b, icpc != NEVER, q->to_plan);
		book_int(b, view_previous_section47s(v, q->child));
		book_int(b, view_previous_conferences(v, q->child));
		lists_allocation(v, b, q->episode, q->start + 21);
		lists_ward(v, b, q->ward);
		book_row(b);
		after(to);
	}
}

static void lists_cin(const struct view *v, struct book *b, void (*after)(void *), void *to)
{
	VIEW_EACH(i, v, EVENT_EPISODE)
	{
		const struct episode *ep = &v->log->episodes[i];
		int32_t end = view_known(v, ep->end);

		if (!view_episode(v, i))
			continue;
		lists_person(v, b, ep->child);
		lists_disability(v, b, ep->child);
		book_date(b, ep->start);
		book_label(b, &label_need[ep->need]);
		book_date(b, episode_last_seen(v->log, ep, v->as_at));
		book_date(b, end);
		book_label(b, end != NEVER ? &label_reason[ep->reason] : NULL);
		book_label(b, &label_status[view_status(v, ep)]);
		lists_allocation(v, b, i, NEVER);
		lists_ward(v, b, ep->ward);
		book_row(b);
		after(to);
	}
}

static void lists_cpp(const struct view *v, struct book *b, void (*after)(void *), void *to)
{
	VIEW_EACH(i, v, EVENT_PLAN)
	{
		const struct plan *p = &v->log->plans[i];

		if (!view_plan(v, i))
			continue;
		lists_person(v, b, p->child);
		lists_disability(v, b, p->child);
		book_date(b, p->start);
		book_label(b, &label_category[p->category_first]);
		book_label(b, &label_category[view_category(v, p)]);
		book_date(b, plan_last_visit(v->log, p, v->as_at));
		book_label(b, &label_answer[p->child % 5 == 0 ? ANSWER_NO : ANSWER_YES]);
		book_date(b, plan_last_review(v->log, p, v->as_at));
		book_date(b, view_known(v, p->end));
		lists_yes_no(b, true, p->order);
		book_int(b, p->previous);
		lists_allocation(v, b, p->episode, p->end);
		lists_ward(v, b, p->ward);
		book_row(b);
		after(to);
	}
}

/* Millionths or thousandths as a decimal number without needless zeros. */
static void lists_decimal(struct book *b, int64_t value, int decimals)
{
	char text[32];
	int64_t unit = 1;
	size_t n;

	for (int i = 0; i < decimals; i++)
		unit *= 10;
	(void)snprintf(text, sizeof text, "%lld.%0*lld", (long long)(value / unit), decimals,
		       (long long)(value % unit));
	n = strlen(text);
	while (text[n - 1] == '0')
		text[--n] = '\0';
	if (text[n - 1] == '.')
		text[n - 1] = '\0';
	book_text(b, text);
}

static void lists_vacancies(const struct view *v, struct book *b, void (*after)(void *), void *to)
{
	for (int role = 0; role < ROLES; role++) {
		for (int team = 0; team < CITY_TEAMS; team++) {
			int64_t posts = view_vacancies(v, role, team);
			char name[LISTS_TEAM_BYTES];

			if (posts == 0)
				continue;
			lists_team_name(team, name);
			book_text(b, "");
			book_text(b, "");
			book_label(b, &label_role[role]);
			for (int blank = 0; blank < 5; blank++)
				book_text(b, "");
			lists_decimal(b, posts, 6);
			book_text(b, name);
			book_row(b);
			after(to);
		}
	}
}

static void lists_staff(const struct view *v, struct book *b, void (*after)(void *), void *to)
{
	int32_t *cases = calloc((size_t)v->log->n[EVENT_WORKER] + 1, sizeof *cases);

	if (cases == NULL) {
		b->failed = true;
		return;
	}
	view_count_cases(v, cases);
	VIEW_EACH(i, v, EVENT_WORKER)
	{
		const struct worker *w = &v->log->workers[i];
		char team[LISTS_TEAM_BYTES];

		if (!view_worker(v, w))
			continue;
		book_numbered(b, LISTS_WORKER, i + 1, 4);
		book_int(b, w->agency);
		book_label(b, &label_role[w->role]);
		lists_decimal(b, w->fte, 6);
		book_date(b, w->start);
		book_date(b, view_known(v, w->end));
		book_int(b, cases[i]);
		lists_decimal(b, view_days_lost(v, i), 3);
		book_text(b, "");
		lists_team_name(w->team, team);
		book_text(b, team);
		book_row(b);
		after(to);
	}
	free(cases);
	lists_vacancies(v, b, after, to);
}

static void (*const writers[LISTS])(const struct view *, struct book *, void (*)(void *),
				    void *) = {
	[LIST_CONTACTS] = lists_contacts,
	[LIST_HELP] = lists_help,
	[LIST_REFERRALS] = lists_referrals,
	[LIST_ASSESSMENTS] = lists_assessments,
	[LIST_SECTION47] = lists_section47,
	[LIST_CIN] = lists_cin,
	[LIST_CPP] = lists_cpp,
	[LIST_STAFF] = lists_staff,
};

void lists_write(int list, const struct view *v, struct book *b, void (*after_row)(void *),
		 void *context)
{
	writers[list](v, b, after_row, context);
}
