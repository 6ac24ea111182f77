/* Help: how to read the pages, with the numbers of the rules as they are programmed; what differs
 * by role comes first. Also the stamp that the script compares to learn of new figures. */

#include "aggregator/signals.h"
#include "aggregator/spc.h"
#include "aggregator/web/account.h"
#include "aggregator/web/figures.h"
#include "aggregator/web/layout.h"
#include "aggregator/web/routes.h"

static void help_heading(struct html *h, const char *id, const char *title)
{
	html_put(h, "<h2 class=\"govuk-heading-m\" id=\"%s\">%s</h2>\n", id, title);
}

static void help_paragraph(struct html *h, const char *text)
{
	html_put(h, "<p class=\"govuk-body\">%s</p>\n", text);
}

static void help_term(struct html *h, const char *term, const char *meaning)
{
	html_put(h, "<dt>%s</dt><dd>%s</dd>\n", term, meaning);
}

static const char *help_role_text(enum role role)
{
	switch (role) {
	case ROLE_CENTRAL:
		return "You see every district with exact figures. You can acknowledge signals, "
		       "set targets and annotate charts; each of these is recorded with your name. "
		       "What you print, copy or send may hold counts of 1 to 5: treat it as you "
		       "treat case files.";
	case ROLE_DISTRICT:
		return "You see your own district with exact figures, and the city as a whole with "
		       "protected ones to compare with. You do not see other districts by name. "
		       "Data received shows what your office has sent and what was wrong with it.";
	case ROLE_COMMISSIONER:
		return "You see everything that the central team sees, with protected figures. "
		       "The improvement plan shows each target beside the actual figure; its pack "
		       "prints as a monthly report.";
	case ROLE_DFE:
		return "Downloads holds the published feeds with their signatures and the list of "
		       "changes since the edition before. Figures in them are protected.";
	case ROLE_ADMIN:
		return "Accounts lets you invite people, change what they may see and suspend "
		       "them. "
		       "The audit log shows every sign-in and every change. Figures that you see "
		       "are protected.";
	case ROLE_NONE:
		break;
	}
	return "Sign in to see figures.";
}

/* Readers see the charts; the others do not. */
static const struct {
	const char *id, *title;
} help_contents[] = {
	{ "which", "Which figures a page shows" },
	{ "trend", "Is a change more than chance? Trend charts" },
	{ "districts", "Is a district different? Intervals and funnel plots" },
	{ "signals", "Signals" },
	{ "states", "Words for figures and for what was received" },
};
#define N_CONTENTS (sizeof help_contents / sizeof help_contents[0])

static void help_contents_put(struct html *h)
{
	html_raw(h, "<nav aria-label=\"On this page\" class=\"drs-no-print\">"
		    "<ul class=\"govuk-list\">\n");
	for (size_t i = 0; i < N_CONTENTS; i++)
		html_put(h, "<li><a class=\"govuk-link\" href=\"#%s\">%s</a></li>\n",
			 help_contents[i].id, help_contents[i].title);
	html_raw(h, "<li><a class=\"govuk-link\" href=\"#protection\">Small counts</a></li>\n"
		    "<li><a class=\"govuk-link\" href=\"#keyboard\">Keyboard and print</a></li>\n"
		    "<li><a class=\"govuk-link\" href=\"#account\">Accounts</a></li>\n"
		    "</ul></nav>\n");
}

static void help_which(struct html *h)
{
	help_heading(h, "which", help_contents[0].title);
	help_paragraph(h, "The bar at the top of a page chooses area and period. Both stay in the "
			  "address and go with you from page to page: a link that you send shows "
			  "the same figures. The foot of each page, and the head of its print, "
			  "say what is shown and when the newest figures came.");
	help_paragraph(h, "A page begins with the newest month that is complete: the one that "
			  "every district has sent whole, or whose due date is over. Months that "
			  "are under way can be chosen; they are provisional.");
	help_paragraph(h, "\xe2\x80\x9c"
			  "As known on\xe2\x80\x9d a day shows the figures as they stood at its "
			  "end: without what came later, and before later corrections.");
	help_paragraph(h,
		       "A rate or percentage is always worked out from its numerator and "
		       "denominator, never averaged over districts or months. Rates that are said "
		       "to be for a year are multiplied by the days of the financial year and "
		       "divided by the days of the period. A count at a date (children on a plan, "
		       "caseload) is never added over months: a quarter or year shows its last "
		       "month. When a district is missing there is no rate for the city, only one "
		       "for the districts that are in, and it says so.");
	help_paragraph(h, "Every figure leads to the signed reports that it comes from: follow "
			  "\xe2\x80\x9cwhere this number comes from\xe2\x80\x9d beside it.");
}

static void help_trend(struct html *h)
{
	help_heading(h, "trend", help_contents[1].title);
	html_put(h,
		 "<p class=\"govuk-body\">Figures go up and down by chance. The band on a trend "
		 "chart is the usual range: the mean, plus and minus 2.66 times the mean "
		 "difference between one period and the next (an XmR chart, as in the NHS's "
		 "Making Data Count). Differences of more than 3.267 times their mean are left "
		 "out of that mean once. The range is drawn from %d known periods on; it does not "
		 "go below 0, nor above 100%%. A point inside it is most likely chance: look for "
		 "the cause of the whole, not of the point. These stand out:</p>\n"
		 "<ul class=\"govuk-list govuk-list--bullet\">\n"
		 "<li>a point outside the usual range</li>\n"
		 "<li>%d or more in a row on one side of the mean (a shift)</li>\n"
		 "<li>%d or more in a row, each higher, or each lower, than the one before</li>\n"
		 "<li>2 out of 3 in a row more than two thirds of the way to the same limit</li>\n"
		 "</ul>\n",
		 SPC_LIMITS_AFTER, SPC_RUN, SPC_RUN);
	help_paragraph(h, "Counts at a date (children on a plan, caseload) are judged by their "
			  "change since the period before: today's are nearly all yesterday's. "
			  "Provisional and partial figures are drawn open and neither move the "
			  "range nor stand out. Whether standing out is better or worse follows "
			  "from the measure's definition; where neither way is good in itself, it "
			  "is only called higher or lower.");
}

static void help_districts(struct html *h)
{
	help_heading(h, "districts", help_contents[2].title);
	help_paragraph(h,
		       "Small districts vary more by chance than large ones, so the order of a "
		       "list says little. A district is compared with the city by a confidence "
		       "interval around its own figure: Wilson's for percentages, Byar's for "
		       "counts and rates. It is called similar when the city's figure lies "
		       "within the 95% interval, higher or lower when outside, and much higher or "
		       "much lower when outside the 99.8% interval as well. Of ten districts "
		       "that do not differ, one is called higher or lower every other month; by "
		       "the 99.8% interval, one in four years.");
	help_paragraph(h,
		       "A funnel plot puts each district's figure against its size, with limits "
		       "at 95% and 99.8% around that of all districts together. When districts "
		       "differ among themselves by more than chance, the limits are widened for "
		       "it (overdispersion), and the chart says by how much. A point outside the "
		       "outer limits asks why; it is no judgement.");
	help_paragraph(h, "There is no red, amber and green: their thresholds would be arbitrary, "
			  "and they make chance look like news.");
}

static void help_signals(struct html *h)
{
	help_heading(h, "signals", help_contents[3].title);
	html_put(h,
		 "<p class=\"govuk-body\">A signal opens when a chart's rule holds for a district "
		 "or the city on final figures, when a district lies outside the 99.8%% funnel "
		 "limits over three months, or when a combination suggests risk that nobody sees: "
		 "contacts falling while re-referrals rise, for instance. What first holds is "
		 "pending; it opens when it still holds on final figures or %d days later, and "
		 "closes when it has not held for two periods running. Missing data neither opens "
		 "nor closes one. Acknowledging says who looks into it and keeps it on the list. "
		 "The signals page prints how many false alarms to expect each month.</p>\n",
		 SIGNALS_PENDING_DAYS);
}

static void help_states(struct html *h)
{
	help_heading(h, "states", help_contents[4].title);
	html_raw(h, "<dl class=\"drs-meta\">\n");
	help_term(h, "Final",
		  "Every district is in, and none of its figures can change by itself "
		  "any more. A correction still can; the page of the district lists "
		  "it.");
	help_term(h, "Provisional",
		  "From an extract taken before the period had ended, or before "
		  "enough time had passed to see what followed.");
	help_term(h, "Partial: 9 of 10",
		  "One or more districts are missing. The figure covers "
		  "those that are in.");
	help_term(h, "No data", "Nobody reported it. Missing is never shown as 0.");
	help_term(h, "On time", "The whole month's report came by its due date.");
	help_term(h, "Late", "It came after its due date.");
	help_term(h, "History", "It was due before the district's office was connected.");
	help_term(h, "Not due", "Nothing yet, and the due date is not over.");
	help_term(h, "Missing", "Due, and nothing has come.");
	help_term(h, "Refused", "Something came and was refused; the reason is shown.");
	help_term(h, "Corrected", "A later report changed or withdrew what had been final.");
	help_term(h, "Nil", "The extract's lists were there and empty: nothing to report.");
	html_raw(h, "</dl>\n");
}

static void help_protection(struct html *h)
{
	help_heading(h, "protection", "Small counts");
	help_paragraph(h, "A count of 1 to 5 could tell who is meant. The central team, and a "
			  "district for its own figures, see exact counts. Everybody else sees "
			  "protected figures, on pages, in downloads and in print:");
	html_raw(h, "<ul class=\"govuk-list govuk-list--bullet\">\n"
		    "<li>a count of 1 to 5 is shown as \xe2\x80\x9c"
		    "c\xe2\x80\x9d; 0 is shown</li>\n"
		    "<li>every other count is rounded to a multiple of 5 next to it, up or down at "
		    "random, always in the same way for the same figure</li>\n"
		    "<li>percentages, rates and ratios are worked out from the shown counts, and "
		    "shown as \xe2\x80\x9c"
		    "c\xe2\x80\x9d when one of them is</li>\n"
		    "<li>totals are rounded on their own, so rows need not add up to them</li>\n"
		    "<li>staff are treated alike: full-time equivalents of up to 5 are not shown, "
		    "others are whole numbers</li>\n"
		    "<li>populations, and counts of rows in files, stay as they are</li>\n"
		    "</ul>\n");
}

static void help_keyboard(struct html *h)
{
	help_heading(h, "keyboard", "Keyboard and print");
	help_paragraph(h,
		       "Everything works with the keyboard and without script. Tab goes from "
		       "link to link; the first Tab on a page offers to skip to its content. A "
		       "wide table can be focused and scrolled with the arrow keys. Links in a "
		       "table's headings sort it. Each chart has its figures as a table beneath, "
		       "and as a CSV file.");
	help_paragraph(h, "Pages print without menus and forms; the head of the print says area, "
			  "period and date of the data. To keep one as PDF, print to a file.");
}

static void help_account(struct html *h)
{
	help_heading(h, "account", "Accounts");
	html_put(h,
		 "<p class=\"govuk-body\">Accounts are made by an administrator, who says what "
		 "you may see and gives you a link, once, to choose a password: at least %d "
		 "characters, three random words for instance. Where your organisation signs you "
		 "in, there is no password here. After several wrong passwords an account waits "
		 "a while before it can be tried again. Ask an administrator when your role is "
		 "wrong, or when somebody leaves.</p>\n",
		 ACCOUNT_PASSWORD_MIN);
}

static enum err_code help_get(struct web *web, const struct request *rq, struct response *rs,
			      struct err *err)
{
	struct layout l = { .title = "Help", .section = LAYOUT_HELP, .path = "/help" };
	int reads = (ROLE_BIT(rq->viewer.role) & ROLES_READERS) != 0;
	struct html *h = &rs->body;

	(void)err;
	layout_begin(web, rq, h, &l);
	html_raw(h, "<div class=\"drs-text\">\n");
	if (reads)
		help_contents_put(h);
	if (rq->viewer.role != ROLE_NONE)
		html_put(h, "<h2 class=\"govuk-heading-m\">Your role: %s</h2>\n",
			 role_label(rq->viewer.role));
	help_paragraph(h, help_role_text(rq->viewer.role));
	if (reads) {
		help_which(h);
		help_trend(h);
		help_districts(h);
		help_signals(h);
		help_states(h);
	}
	help_protection(h);
	help_keyboard(h);
	help_account(h);
	html_raw(h, "</div>\n");
	layout_end(web, rq, h, &l);
	return ERR_OK;
}

/* The text of <body data-stamp>, as it is now. */
static enum err_code stamp_get(struct web *web, const struct request *rq, struct response *rs,
			       struct err *err)
{
	(void)rq;
	(void)err;
	rs->type = "text/plain; charset=utf-8";
	html_put(&rs->body, "%lld\n", (long long)figures_stamp(web->figures));
	return ERR_OK;
}

const struct route help_routes[] = {
	{ REQUEST_GET, "/help", ROLES_ANYONE, ROUTE_PAGE, help_get },
	{ REQUEST_GET, "/stamp", ROLES_READERS, ROUTE_PAGE, stamp_get },
	{ 0, NULL, 0, 0, NULL },
};
