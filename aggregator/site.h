#ifndef AGGREGATOR_SITE_H
#define AGGREGATOR_SITE_H

#include <stddef.h>
#include <stdint.h>

#include "aggregator/config.h"
#include "aggregator/store.h"
#include "proto/area.h"
#include "proto/keys.h"

/* What the commands of ingest and enrolment need of this installation: settings, state folder,
 * keys, store. */

#define SITE_PATH_BYTES 4096
#define SITE_INSTANT_BYTES 24

struct site {
	struct aggregator_config *config;
	struct area_tree *areas; /* NULL until site_areas */
	struct store *store;     /* NULL until site_store */
	char store_path[SITE_PATH_BYTES];
};

/* Loads the settings. The caller closes, also after an error; *s starts as zeros. */
enum err_code site_open(const char *config_path, struct site *s, struct err *err);
void site_close(struct site *s);

/* DB_WRITE makes the folder and the store when they are not there. */
enum err_code site_store(struct site *s, enum db_mode mode, struct err *err);
enum err_code site_areas(struct site *s, struct err *err);

/* Both key pairs of `keys init`; ERR_MISSING says to run it. */
enum err_code site_keys(const struct site *s, struct keys_curve *server, struct keys_sign *receipt,
			struct err *err);

/* The one that writes reports and figures: ingest, or rebuild while ingest is stopped. Held until
 * the descriptor is closed or the process ends. ERR_BUSY when another process has it. */
enum err_code site_lock(const struct site *s, int *fd, struct err *err);

/* 1 when somebody holds that lock, 0 when not, −1 when we may not look. */
int site_is_locked(const struct site *s);

/* state/<name> made with the mode unless it is there. */
enum err_code site_make_folder(const struct site *s, const char *name, unsigned mode,
			       struct err *err);

/* "2026-11-22T10:30:00Z"; "" for 0. Returns out. */
const char *site_instant(int64_t us, char out[SITE_INSTANT_BYTES]);

/* A path of the state folder. Returns out. */
const char *site_path(const struct site *s, const char *name, char out[SITE_PATH_BYTES]);

#endif
