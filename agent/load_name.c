#include "agent/load.h"

#include <string.h>

/* Names that offices give to sheets and files, folded; NULL: a list that is not read. */
static const struct {
	const char *folded, *list;
} names[] = {
	{ "contacts", "contacts" },
	{ "contact", "contacts" },
	{ "earlyhelp", "early_help" },
	{ "referrals", "referrals" },
	{ "referral", "referrals" },
	{ "assessments", "assessments" },
	{ "assessment", "assessments" },
	{ "section47", "section47" },
	{ "s47", "section47" },
	{ "sec47andicpc", "section47" },
	{ "section47andicpc", "section47" },
	{ "s47andicpc", "section47" },
	{ "section47enquiries", "section47" },
	{ "childreninneed", "cin" },
	{ "cin", "cin" },
	{ "childprotection", "cpp" },
	{ "childprotectionplans", "cpp" },
	{ "cpp", "cpp" },
	{ "cp", "cpp" },
	{ "cinepisodes", "cin_episodes" },
	{ "cppplans", "cpp_plans" },
	{ "cppreviews", "cpp_reviews" },
	{ "staff", "staff" },
	{ "workforce", "staff" },
	{ "childrenincare", NULL },
	{ "childrenlookedafter", NULL },
	{ "careleavers", NULL },
	{ "adoption", NULL },
	{ "adopters", NULL },
};

static int load_is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* The number behind the word "list" ("List_1", "Annex A list 10"); 0 when there is none. */
static int load_list_number(const char *name, size_t len)
{
	for (size_t i = 0; i + 4 < len; i++) {
		size_t at = i + 4;
		int number = 0;

		if ((name[i] | 0x20) != 'l' || (name[i + 1] | 0x20) != 'i' ||
		    (name[i + 2] | 0x20) != 's' || (name[i + 3] | 0x20) != 't' ||
		    (i > 0 && load_is_letter(name[i - 1])))
			continue;
		while (at < len && (name[at] == ' ' || name[at] == '_' || name[at] == '-'))
			at++;
		for (; at < len && name[at] >= '0' && name[at] <= '9' && number < 1000; at++)
			number = 10 * number + (name[at] - '0');
		if (number > 0)
			return number;
	}
	return 0;
}

static int load_folded_name(const char *folded, const struct list **list, int *is_other)
{
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		if (strcmp(names[i].folded, folded) != 0)
			continue;
		*list = names[i].list == NULL ? NULL : list_find(names[i].list);
		*is_other = names[i].list == NULL;
		return 1;
	}
	return 0;
}

const struct list *load_list_of_name(const char *name, int *is_other)
{
	const char *slash = strrchr(name, '/'), *dot;
	const struct list *list, *lists;
	char folded[128];
	size_t n_lists, len, kept = 0;
	int number;

	if (slash != NULL)
		name = slash + 1;
	dot = strrchr(name, '.');
	len = dot == NULL || dot == name ? strlen(name) : (size_t)(dot - name);
	*is_other = 0;
	lists = lists_all(&n_lists);
	number = load_list_number(name, len);
	for (size_t i = 0; i < n_lists && number > 0; i++)
		if (lists[i].annex_a_number == number)
			return &lists[i];
	if (number > 0) {
		*is_other = 1;
		return NULL;
	}
	(void)list_fold_n(name, len, folded, sizeof folded);
	if (load_folded_name(folded, &list, is_other))
		return list;
	for (size_t i = 0; folded[i] != '\0'; i++) /* "2026-10-31 contacts" */
		if (load_is_letter(folded[i]))
			folded[kept++] = folded[i];
	folded[kept] = '\0';
	return load_folded_name(folded, &list, is_other) ? list : NULL;
}
