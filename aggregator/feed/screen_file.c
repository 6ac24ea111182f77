#include "aggregator/feed/screen_private.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* Stages "File read" and "filename": can both files be read, and are they named as the publication
 * service wants them. */

static void file_read(struct screen *s)
{
	if (s->pair->data_fault[0] != '\0')
		screen_say(s, SCREEN_FAIL, SCREEN_DATA, NULL, NULL, "the data file: %s",
			   s->pair->data_fault);
	if (s->pair->meta_fault[0] != '\0')
		screen_say(s, SCREEN_FAIL, SCREEN_META, NULL, NULL, "the metadata file: %s",
			   s->pair->meta_fault);
}

static void filename_spaces(struct screen *s)
{
	if (strchr(s->pair->data_name, ' ') != NULL)
		screen_say(s, SCREEN_FAIL, SCREEN_DATA, NULL, NULL,
			   "the name of the data file has a space; use _ or - instead");
	if (strchr(s->pair->meta_name, ' ') != NULL)
		screen_say(s, SCREEN_FAIL, SCREEN_META, NULL, NULL,
			   "the name of the metadata file has a space; use _ or - instead");
}

/* Whether the name, without .csv and .meta, has another character than letters, digits, _ and -. A
 * space is "filename_spaces"'s to find. */
static bool file_is_special(const char *name)
{
	size_t len = strlen(name);

	if (len > 4 && strcmp(name + len - 4, ".csv") == 0)
		len -= 4;
	if (len > 5 && strncmp(name + len - 5, ".meta", 5) == 0)
		len -= 5;
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)name[i];

		if (c >= 0x80 || (!isalnum(c) && c != '_' && c != '-' && c != ' '))
			return true;
	}
	return false;
}

static void filename_special(struct screen *s)
{
	if (file_is_special(s->pair->data_name))
		screen_say(s, SCREEN_FAIL, SCREEN_DATA, NULL, NULL,
			   "the name of the data file has a special character; use letters, "
			   "digits, _ and - only");
	if (file_is_special(s->pair->meta_name))
		screen_say(s, SCREEN_FAIL, SCREEN_META, NULL, NULL,
			   "the name of the metadata file has a special character; use letters, "
			   "digits, _ and - only");
}

static void filenames_match(struct screen *s)
{
	const char *data = s->pair->data_name;
	char expected[SCREEN_NAME_BYTES + 8];

	(void)snprintf(expected, sizeof expected, "%.*s.meta.csv", (int)(strlen(data) - 4), data);
	if (strcmp(expected, s->pair->meta_name) != 0)
		screen_say(s, SCREEN_FAIL, SCREEN_META, NULL, NULL,
			   "the metadata of %s must be named %s", screen_quote(data).text,
			   screen_quote(expected).text);
}

const struct screen_check screen_file_checks[] = {
	{ "file_read", file_read },
	{ NULL, NULL },
};

const struct screen_check screen_filename_checks[] = {
	{ "filename_spaces", filename_spaces },
	{ "filename_special", filename_special },
	{ "filenames_match", filenames_match },
	{ NULL, NULL },
};
