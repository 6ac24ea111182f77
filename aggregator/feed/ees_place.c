#include "aggregator/feed/ees.h"

#include <stdio.h>
#include <string.h>

#include "aggregator/feed/rows.h"
#include "proto/embed.h"

static const char authorities_file[] = "aggregator/feed/reference/local_authorities.csv";

/* The area or its ancestor of the level; NULL when there is none. */
static const struct area *ees_place_level(const struct area_tree *tree, int area,
					  enum area_level level)
{
	for (; area >= 0; area = tree->areas[area].parent)
		if (tree->areas[area].level == level)
			return &tree->areas[area];
	return NULL;
}

static enum err_code ees_place_part(const struct area_tree *tree, int authority,
				    enum area_level level, const char *word, char code[16],
				    char name[129], struct err *err)
{
	const struct area *a = ees_place_level(tree, authority, level);

	if (a == NULL || a->gss_code[0] == '\0')
		return err_set(err, ERR_CONFIG,
			       "area file: the feed needs a %s with a gss_code above '%s'", word,
			       tree->areas[authority].code);
	(void)snprintf(code, 16, "%s", a->gss_code);
	(void)snprintf(name, 129, "%s", a->dfe_name[0] != '\0' ? a->dfe_name : a->name);
	return ERR_OK;
}

/* The three-digit code; the name must be the list's too, or the screener refuses the rows. */
static enum err_code ees_place_old_code(struct ees_place *p, struct err *err)
{
	const struct embed *file = embed_find(authorities_file);
	struct rows r;
	enum err_code code = rows_open(&r, authorities_file, file->text, file->len, err);
	int more = code == ERR_OK;
	int found = 0;

	while (code == ERR_OK && more && !found) {
		code = rows_next(&r, &more, err);
		found = code == ERR_OK && more && r.n == 3 &&
			strcmp(r.field[1], p->new_la_code) == 0 &&
			strcmp(r.field[2], p->la_name) == 0;
	}
	if (found)
		(void)snprintf(p->old_la_code, sizeof p->old_la_code, "%.7s", r.field[0]);
	rows_close(&r);
	if (code == ERR_OK && !found)
		return err_set(err, ERR_CONFIG,
			       "area file: '%s' with gss_code %s is no local authority of the "
			       "department's list: mend gss_code or dfe_name",
			       p->la_name, p->new_la_code);
	return code;
}

enum err_code ees_place_find(const struct area_tree *tree, int authority, struct ees_place *out,
			     struct err *err)
{
	enum err_code code;

	*out = (struct ees_place){ .old_la_code = "" };
	code = ees_place_part(tree, authority, AREA_COUNTRY, "country", out->country_code,
			      out->country_name, err);
	if (code == ERR_OK)
		code = ees_place_part(tree, authority, AREA_REGION, "region", out->region_code,
				      out->region_name, err);
	if (code == ERR_OK)
		code = ees_place_part(tree, authority, AREA_AUTHORITY, "local authority",
				      out->new_la_code, out->la_name, err);
	return code == ERR_OK ? ees_place_old_code(out, err) : code;
}
