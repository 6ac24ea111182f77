#ifndef AGENT_SPOOL_LOOK_H
#define AGENT_SPOOL_LOOK_H

#include "agent/spool.h"

/* What publish and status want to know of a spool that they have open for reading. */

/* SHA-256 of the payload under a number of the spool in use; kept also when the bytes are gone.
 * ERR_MISSING: there is no such number. */
enum err_code spool_digest(struct spool *s, int64_t sequence, uint8_t digest[FRAME_DIGEST_BYTES],
			   struct err *err);

struct spool_health {
	int32_t newest_as_at; /* of the extracts that were accepted; 0: none */
	char last_fault[65];  /* why the extract dealt with last was refused; "": it was not */
	int64_t collected_us; /* when an extract was dealt with last; 0: never */
	int64_t accepted_us;  /* when one was accepted last */
	int64_t n_extracts;   /* dealt with, each folder or file once */
	int64_t n_refused;    /* of these, refused when last looked at */
};
enum err_code spool_health(struct spool *s, struct spool_health *out, struct err *err);

/* A number that changes when another process has committed to the spool. */
enum err_code spool_data_version(struct spool *s, int64_t *version, struct err *err);

#endif
