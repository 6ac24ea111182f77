#include "deploy/demo/lists.h"

#include <stdlib.h>
#include <string.h>

#include "proto/date.h"

#define QUOTE "\xE2\x80\x99"
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

#define PERSON                                                                    \
	{ "Child Unique ID", COLUMN_ID }, { "Gender", COLUMN_OTHER },             \
		{ "Ethnicity", COLUMN_OTHER }, { "Date of Birth", COLUMN_OTHER }, \
	{                                                                         \
		"Age of Child (Years)", COLUMN_OTHER                              \
	}
#define DISABILITY                                               \
	{                                                        \
		"Does the Child have a Disability", COLUMN_OTHER \
	}
#define ALLOCATION                                                                \
	{ "Allocated Team", COLUMN_OTHER }, { "Allocated Worker", COLUMN_OTHER }, \
	{                                                                         \
		"Ward", COLUMN_OTHER                                              \
	}

const struct list_spec lists_all[LISTS] = {
	[LIST_CONTACTS] = { "list_1.csv",
			    "List 1: Contacts",
			    "Contacts",
			    { PERSON,
			      { "Date of Contact", COLUMN_DATE },
			      { "Contact Source", COLUMN_CODE },
			      { "Ward", COLUMN_OTHER } },
			    8,
			    lists_contacts },
	[LIST_HELP] = { "list_2.csv",
			"List 2: Early Help",
			"Early Help",
			{ PERSON,
			  { "Assessment start date", COLUMN_DATE },
			  { "Assessment completion date", COLUMN_END },
			  { "Organisation completing assessment", COLUMN_CODE },
			  { "Ward", COLUMN_OTHER } },
			9,
			lists_help },
	[LIST_REFERRALS] = { "list_3.csv",
			     "List 3: Referral",
			     "Referrals",
			     { PERSON,
			       { "Date of referral", COLUMN_DATE },
			       { "Referral Source", COLUMN_CODE },
			       { "Referral NFA?", COLUMN_OTHER },
			       { "Number of Referrals in Last 12 Months", COLUMN_OTHER },
			       ALLOCATION },
			     12,
			     lists_referrals },
	[LIST_ASSESSMENTS] = { "list_4.csv",
			       "List 4: Assessments",
			       "Assessments",
			       { PERSON,
				 DISABILITY,
				 { "Continuous Assessment Start Date", COLUMN_DATE },
				 { "Child Seen During Continuous Assessment", COLUMN_OTHER },
				 { "Continuous Assessment Date of Authorisation", COLUMN_END },
				 { "Was the child assessed as requiring LA children" QUOTE
				   "s social care support?",
				   COLUMN_OTHER },
				 ALLOCATION },
			       13,
			       lists_assessments },
	[LIST_SECTION47] = { "list_5.csv",
			     "List 5: Section 47 enquiries and Initial Child Protection "
			     "Conferences",
			     "Sec47 and ICPC",
			     { PERSON,
			       DISABILITY,
			       { "Strategy discussion initiating Section 47 Enquiry Start Date",
				 COLUMN_DATE },
			       { "Was an Initial Child Protection Conference deemed unnecessary?",
				 COLUMN_OTHER },
			       { "Date of Initial Child Protection Conference", COLUMN_OTHER },
			       { "Did the Initial Child Protection Conference Result in a Child "
				 "Protection Plan",
				 COLUMN_OTHER },
			       { "Number of Section 47 Enquiries in the last 12 months",
				 COLUMN_OTHER },
			       { "Number of ICPCs in the last 12 months", COLUMN_OTHER },
			       ALLOCATION },
			     15,
			     lists_section47 },
	[LIST_CIN] = { "list_6.csv",
		       "List 6: Children in Need",
		       "Children in Need",
		       { PERSON,
			 DISABILITY,
			 { "CIN Start Date", COLUMN_DATE },
			 { "Primary Need Code", COLUMN_CODE },
			 { "Date Child Was Last Seen", COLUMN_OTHER },
			 { "CIN Closure Date", COLUMN_END },
			 { "Reason for Closure", COLUMN_OTHER },
			 { "Case status", COLUMN_OTHER },
			 ALLOCATION },
		       15,
		       lists_cin },
	[LIST_CPP] = { "list_7.csv",
		       "List 7: Child protection",
		       "Child Protection",
		       { PERSON,
			 DISABILITY,
			 { "Child Protection Plan Start Date", COLUMN_DATE },
			 { "Initial Category of Abuse", COLUMN_CODE },
			 { "Latest Category of Abuse", COLUMN_CODE },
			 { "Date of the Last Statutory Visit", COLUMN_OTHER },
			 { "Was the Child Seen Alone?", COLUMN_OTHER },
			 { "Date of latest review conference", COLUMN_OTHER },
			 { "Child Protection Plan End Date", COLUMN_END },
			 { "Subject to Emergency Protection Order or Protected Under Police "
			   "Powers in Last Six Months (Y/N)",
			   COLUMN_OTHER },
			 { "Number of Previous Child Protection Plans", COLUMN_OTHER },
			 ALLOCATION },
		       18,
		       lists_cpp },
	[LIST_STAFF] = { "staff.csv",
			 NULL,
			 NULL,
			 { { "Worker ID", COLUMN_ID },
			   { "Agency Worker", COLUMN_OTHER },
			   { "Org Role", COLUMN_OTHER },
			   { "FTE", COLUMN_OTHER },
			   { "Role Start Date", COLUMN_DATE },
			   { "Role End Date", COLUMN_OTHER },
			   { "Cases", COLUMN_OTHER },
			   { "Working Days Lost In Month", COLUMN_OTHER },
			   { "Posts", COLUMN_OTHER },
			   { "Team", COLUMN_OTHER } },
			 10,
			 lists_staff },
};
