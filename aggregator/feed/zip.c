#include "aggregator/feed/zip.h"

#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#define ZIP_DATE 0x0021 /* 1980-01-01; the time of day is 0 */
#define ZIP_UTF8 0x0800 /* names are UTF-8 */
#define ZIP_NAME_MAX 255

int zip_name_is_safe(const char *name)
{
	size_t len = strlen(name);

	if (len == 0 || len > ZIP_NAME_MAX || strchr(name, '\\') != NULL)
		return 0;
	for (const char *part = name; part != NULL; part = strchr(part, '/')) {
		size_t part_len;

		part += *part == '/' && part != name;
		part_len = strcspn(part, "/");
		if (part_len == 0 || (part_len == 1 && part[0] == '.') ||
		    (part_len == 2 && part[0] == '.' && part[1] == '.'))
			return 0;
	}
	return 1;
}

static void zip_u16(struct text *t, unsigned value)
{
	const uint8_t bytes[2] = { (uint8_t)value, (uint8_t)(value >> 8) };

	text_add(t, bytes, sizeof bytes);
}

static void zip_u32(struct text *t, uint32_t value)
{
	zip_u16(t, value & 0xffffU);
	zip_u16(t, value >> 16);
}

/* What the local header and the directory say alike, from "version needed" to "extra length". */
static void zip_common(struct text *t, const struct zip_file *file, uint32_t crc)
{
	zip_u16(t, 10); /* version needed: stored files */
	zip_u16(t, ZIP_UTF8);
	zip_u16(t, 0); /* stored */
	zip_u16(t, 0);
	zip_u16(t, ZIP_DATE);
	zip_u32(t, crc);
	zip_u32(t, (uint32_t)file->len);
	zip_u32(t, (uint32_t)file->len);
	zip_u16(t, (unsigned)strlen(file->name));
	zip_u16(t, 0);
}

static void zip_directory_entry(struct text *t, const struct zip_file *file, uint32_t crc,
				uint32_t offset)
{
	zip_u32(t, 0x02014b50);
	zip_u16(t, 10); /* made by: MS-DOS, so that no permissions are meant */
	zip_common(t, file, crc);
	zip_u16(t, 0); /* comment, disk, attributes */
	zip_u16(t, 0);
	zip_u16(t, 0);
	zip_u32(t, 0);
	zip_u32(t, offset);
	text_puts(t, file->name);
}

static int zip_by_name(const void *a, const void *b)
{
	const struct zip_file *left = a;
	const struct zip_file *right = b;

	return strcmp(left->name, right->name);
}

static enum err_code zip_sort(const struct zip_file *files, int n, struct zip_file *sorted,
			      struct err *err)
{
	uint64_t total = 0;

	for (int i = 0; i < n; i++) {
		sorted[i] = files[i];
		total += files[i].len + 1024;
		if (!zip_name_is_safe(files[i].name))
			return err_set(err, ERR_MALFORMED, "'%.100s': no name for a file of a ZIP",
				       files[i].name);
	}
	if (total >= UINT32_MAX || n >= 65535)
		return err_set(err, ERR_TOO_BIG, "%d files with %llu bytes: too much for one ZIP",
			       n, (unsigned long long)total);
	qsort(sorted, (size_t)n, sizeof *sorted, zip_by_name);
	for (int i = 1; i < n; i++)
		if (strcmp(sorted[i - 1].name, sorted[i].name) == 0)
			return err_set(err, ERR_MALFORMED, "'%.100s' would be in the ZIP twice",
				       sorted[i].name);
	return ERR_OK;
}

static enum err_code zip_build(const struct zip_file *sorted, int n, struct text *out,
			       struct err *err)
{
	struct text directory = { .len = 0 };
	uint32_t start;
	enum err_code code;

	for (int i = 0; i < n; i++) {
		uint32_t crc = (uint32_t)crc32_z(0, sorted[i].bytes, sorted[i].len);

		zip_directory_entry(&directory, &sorted[i], crc, (uint32_t)out->len);
		zip_u32(out, 0x04034b50);
		zip_common(out, &sorted[i], crc);
		text_puts(out, sorted[i].name);
		text_add(out, sorted[i].bytes, sorted[i].len);
	}
	start = (uint32_t)out->len;
	code = text_end(&directory, err);
	if (code == ERR_OK)
		text_add(out, directory.bytes, directory.len);
	zip_u32(out, 0x06054b50);
	zip_u32(out, 0);
	zip_u16(out, (unsigned)n);
	zip_u16(out, (unsigned)n);
	zip_u32(out, (uint32_t)directory.len);
	zip_u32(out, start);
	zip_u16(out, 0);
	text_clear(&directory);
	return code == ERR_OK ? text_end(out, err) : code;
}

enum err_code zip_write(const struct zip_file *files, int n, struct text *out, struct err *err)
{
	struct zip_file *sorted = calloc((size_t)n + 1, sizeof *sorted);
	enum err_code code;

	if (sorted == NULL)
		return err_set(err, ERR_NOMEM, "ZIP: out of memory");
	code = zip_sort(files, n, sorted, err);
	if (code == ERR_OK)
		code = zip_build(sorted, n, out, err);
	free(sorted);
	return code;
}
