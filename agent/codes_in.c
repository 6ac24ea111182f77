#include "agent/codes_in.h"

#include <csv.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/codes_part.h"
#include "agent/lists.h"
#include "proto/codes.h"
#include "proto/embed.h"
#include "proto/limits.h"

#define KEY_BYTES 320
#define BLOCK_BYTES 65536
#define SLOTS_FIRST 8192
#define SEPARATOR '\x1f' /* between set and spelling; no folded text has it */

struct codes_slot {
	uint64_t hash;
	const char *key; /* NULL: free */
	const char *code;
};

struct codes_block {
	struct codes_block *next;
	size_t n_used;
	char bytes[BLOCK_BYTES];
};

struct codes_in {
	struct codes_slot *slots;
	size_t n_slots, n_used;
	struct codes_block *blocks;
};

/* ---- the table */

static uint64_t codes_hash(const char *key)
{
	uint64_t hash = 0xcbf29ce484222325ULL;

	for (; *key != '\0'; key++)
		hash = (hash ^ (unsigned char)*key) * 0x100000001b3ULL;
	return hash;
}

static void codes_key(char out[KEY_BYTES], const char *set, const char *text, size_t len)
{
	size_t at = strnlen(set, KEY_BYTES / 2);

	memcpy(out, set, at);
	out[at++] = SEPARATOR;
	(void)list_fold_n(text, len, out + at, KEY_BYTES - at);
}

static struct codes_slot *codes_slot(struct codes_slot *slots, size_t n_slots, const char *key,
				     uint64_t hash)
{
	size_t at = (size_t)hash & (n_slots - 1);

	while (slots[at].key != NULL && (slots[at].hash != hash || strcmp(slots[at].key, key) != 0))
		at = (at + 1) & (n_slots - 1);
	return &slots[at];
}

const char *codes_in_get(const struct codes_in *codes, const char *set, const char *text,
			 size_t len)
{
	char key[KEY_BYTES];

	codes_key(key, set, text, len);
	return codes_slot(codes->slots, codes->n_slots, key, codes_hash(key))->code;
}

static const char *codes_keep(struct codes_in *codes, const char *text, struct err *err)
{
	size_t n = strlen(text) + 1;
	char *copy;

	if (codes->blocks == NULL || codes->blocks->n_used + n > BLOCK_BYTES) {
		struct codes_block *block = malloc(sizeof *block);

		if (block == NULL) {
			(void)err_set(err, ERR_NOMEM, "read code spellings: out of memory");
			return NULL;
		}
		block->next = codes->blocks;
		block->n_used = 0;
		codes->blocks = block;
	}
	copy = codes->blocks->bytes + codes->blocks->n_used;
	memcpy(copy, text, n);
	codes->blocks->n_used += n;
	return copy;
}

static enum err_code codes_grow(struct codes_in *codes, struct err *err)
{
	size_t n_slots = codes->n_slots == 0 ? SLOTS_FIRST : 2 * codes->n_slots;
	struct codes_slot *slots;

	if (2 * (codes->n_used + 1) <= codes->n_slots)
		return ERR_OK;
	slots = calloc(n_slots, sizeof *slots);
	if (slots == NULL)
		return err_set(err, ERR_NOMEM, "read code spellings: out of memory");
	for (size_t i = 0; i < codes->n_slots; i++)
		if (codes->slots[i].key != NULL)
			*codes_slot(slots, n_slots, codes->slots[i].key, codes->slots[i].hash) =
				codes->slots[i];
	free(codes->slots);
	codes->slots = slots;
	codes->n_slots = n_slots;
	return ERR_OK;
}

static enum err_code codes_put(struct codes_in *codes, const char *set, const char *text,
			       const char *code, struct err *err)
{
	char key[KEY_BYTES];
	struct codes_slot *slot;
	enum err_code result = codes_grow(codes, err);
	uint64_t hash;

	if (result != ERR_OK)
		return result;
	codes_key(key, set, text, strlen(text));
	hash = codes_hash(key);
	slot = codes_slot(codes->slots, codes->n_slots, key, hash);
	if (slot->key == NULL) {
		const char *kept = codes_keep(codes, key, err);

		if (kept == NULL)
			return ERR_NOMEM;
		slot->key = kept;
		slot->hash = hash;
		codes->n_used++;
	}
	slot->code = code;
	return ERR_OK;
}

/* ---- filling it from set,text,code */

static int codes_is_yes_no(const char *set)
{
	static const char *const sets[] = { "yes_no", "nfa", "seen", "seen_alone", "agency" };

	for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i++)
		if (strcmp(set, sets[i]) == 0)
			return 1;
	return 0;
}

/* The constant that stands for the code in the set; NULL when the set has no such code. */
static const char *codes_target(const struct codes_in *codes, const char *set, const char *code)
{
	static const char *const yes_no[] = { "yes", "no", "unknown" };
	const struct code *found;

	if (codes_is_yes_no(set)) {
		for (size_t i = 0; i < sizeof yes_no / sizeof yes_no[0]; i++)
			if (strcmp(code, yes_no[i]) == 0)
				return yes_no[i];
		return NULL;
	}
	if (strcmp(set, "team") == 0)
		return codes_in_get(codes, set, code, strlen(code));
	if (strcmp(set, "ethnicity_code") == 0)
		set = "ethnicity";
	else if (strcmp(set, "source_code") == 0 || strcmp(set, "source_number") == 0)
		set = "source";
	found = codes_find(set, code);
	return found == NULL ? NULL : found->code;
}

struct codes_file {
	struct codes_in *codes;
	const char *name;
	int line; /* record number, the header being 1 */
	int n_fields;
	char fields[3][KEY_BYTES];
	enum err_code code;
	struct err *err;
};

static void codes_on_field(void *bytes, size_t len, void *context)
{
	struct codes_file *file = context;

	if (file->n_fields < 3) {
		size_t n = len < KEY_BYTES ? len : KEY_BYTES - 1;

		memcpy(file->fields[file->n_fields], bytes, n);
		file->fields[file->n_fields][n] = '\0';
	}
	file->n_fields++;
}

static void codes_on_record(int end, void *context)
{
	struct codes_file *file = context;
	const char *set = file->fields[0], *text = file->fields[1], *code = file->fields[2];
	const char *target;
	int n_fields = file->n_fields;

	(void)end;
	file->n_fields = 0;
	file->line++;
	if (file->code != ERR_OK || (file->line == 1 && strcmp(set, "set") == 0))
		return;
	if (n_fields != 3) {
		file->code = err_set(file->err, ERR_CONFIG,
				     "%s: record %d: %d fields; write set,text,code", file->name,
				     file->line, n_fields);
		return;
	}
	target = codes_target(file->codes, set, code);
	if (target == NULL) {
		file->code = err_set(file->err, ERR_CONFIG,
				     "%s: record %d: %.64s has no code %.64s; use one of "
				     "proto/codes.csv or, for team, of the settings",
				     file->name, file->line, set, code);
		return;
	}
	file->code = codes_put(file->codes, set, text, target, file->err);
}

static enum err_code codes_parse(struct codes_in *codes, const char *name, const char *text,
				 size_t len, struct err *err)
{
	struct codes_file file = { .codes = codes, .name = name, .code = ERR_OK, .err = err };
	struct csv_parser parser;

	if (len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) {
		text += 3;
		len -= 3;
	}
	if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI) != 0)
		return err_set(err, ERR_NOMEM, "%s: out of memory", name);
	if (csv_parse(&parser, text, len, codes_on_field, codes_on_record, &file) != len ||
	    csv_fini(&parser, codes_on_field, codes_on_record, &file) != 0)
		file.code = err_set(err, csv_error(&parser) == CSV_ENOMEM ? ERR_NOMEM : ERR_CONFIG,
				    "%s: after record %d: %s; quote fields that hold a quote", name,
				    file.line, csv_strerror(csv_error(&parser)));
	csv_free(&parser);
	return file.code;
}

static enum err_code codes_read(struct codes_in *codes, const char *path, struct err *err)
{
	FILE *file = fopen(path, "rbe");
	char *text = NULL;
	size_t n;
	enum err_code code;

	if (file == NULL)
		return err_set(err, ERR_CONFIG, "open code_aliases %s: %s", path, strerror(errno));
	text = malloc(LIMIT_CONFIG_BYTES + 1);
	if (text == NULL) {
		(void)fclose(file);
		return err_set(err, ERR_NOMEM, "read %s: out of memory", path);
	}
	n = fread(text, 1, LIMIT_CONFIG_BYTES + 1, file);
	if (ferror(file) != 0)
		code = err_set(err, ERR_IO, "read %s: %s", path, strerror(errno));
	else if (n > LIMIT_CONFIG_BYTES)
		code = err_set(err, ERR_CONFIG, "%s: larger than %d bytes; split or trim it", path,
			       LIMIT_CONFIG_BYTES);
	else
		code = codes_parse(codes, path, text, n, err);
	free(text);
	(void)fclose(file);
	return code;
}

/* ---- teams and organisations of the configuration */

static enum err_code codes_add_named(struct codes_in *codes, const char *set,
				     const struct agent_named_code *named, unsigned n,
				     struct err *err)
{
	int is_team = strcmp(set, "team") == 0;

	for (unsigned i = 0; i < n; i++) {
		const char *target;
		enum err_code code;

		if (strlen(named[i].code) > LIMIT_STRING_BYTES)
			return err_set(err, ERR_CONFIG, "%ss: a code is longer than %d bytes", set,
				       LIMIT_STRING_BYTES);
		target = is_team ? codes_keep(codes, named[i].code, err)
				 : codes_target(codes, set, named[i].code);
		if (target == NULL)
			return is_team ? ERR_NOMEM
				       : err_set(err, ERR_CONFIG,
						 "%ss: %s is no %s code; use one of "
						 "proto/codes.csv",
						 set, named[i].code, set);
		code = codes_put(codes, set, named[i].code, target, err);
		for (unsigned k = 0; code == ERR_OK && k < named[i].n_names; k++)
			code = codes_put(codes, set, named[i].names[k], target, err);
		if (code != ERR_OK)
			return code;
	}
	return ERR_OK;
}

static enum err_code codes_fill(struct codes_in *codes, const struct agent_config *config,
				struct err *err)
{
	const struct embed *built_in = embed_find("agent/code_aliases.csv");
	enum err_code code = codes_grow(codes, err);

	if (code == ERR_OK && built_in != NULL)
		code = codes_parse(codes, built_in->path, built_in->text, built_in->len, err);
	if (code != ERR_OK || config == NULL)
		return code;
	code = codes_add_named(codes, "team", config->teams, config->n_teams, err);
	if (code == ERR_OK && config->code_aliases != NULL)
		code = codes_read(codes, config->code_aliases, err);
	if (code == ERR_OK)
		code = codes_add_named(codes, "organisation", config->organisations,
				       config->n_organisations, err);
	return code;
}

enum err_code codes_in_new(const struct agent_config *config, struct codes_in **out,
			   struct err *err)
{
	struct codes_in *codes = calloc(1, sizeof *codes);
	enum err_code code;

	*out = NULL;
	if (codes == NULL)
		return err_set(err, ERR_NOMEM, "read code spellings: out of memory");
	code = codes_fill(codes, config, err);
	if (code != ERR_OK)
		codes_in_free(&codes);
	*out = codes;
	return code;
}

void codes_in_free(struct codes_in **codes)
{
	if (*codes == NULL)
		return;
	while ((*codes)->blocks != NULL) {
		struct codes_block *block = (*codes)->blocks;

		(*codes)->blocks = block->next;
		free(block);
	}
	free((*codes)->slots);
	free(*codes);
	*codes = NULL;
}

int codes_in_has(const struct codes_in *codes, const char *set)
{
	size_t n = strlen(set);

	for (size_t i = 0; i < codes->n_slots; i++)
		if (codes->slots[i].key != NULL && strncmp(codes->slots[i].key, set, n) == 0 &&
		    codes->slots[i].key[n] == SEPARATOR)
			return 1;
	return 0;
}

const char *codes_in_find(const struct codes_in *codes, const char *set, const char *text,
			  size_t len)
{
	const char *code = codes_in_get(codes, set, text, len);

	if (code == NULL && codes_is_yes_no(set) && strcmp(set, "yes_no") != 0)
		code = codes_in_get(codes, "yes_no", text, len);
	if (code != NULL)
		return code;
	return codes_in_part(codes, codes_is_yes_no(set) ? "yes_no" : set, text, len);
}
