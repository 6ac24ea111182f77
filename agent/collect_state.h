#ifndef AGENT_COLLECT_STATE_H
#define AGENT_COLLECT_STATE_H

#include <stdint.h>

#include "proto/err.h"

/* How collect fares, for status and heartbeat: a small file beside the spool (spool/collect.state).
 * It keeps its size and is written in place, so that it can also say that the disk is full. */

struct collect_state {
	int64_t at_us;      /* of the last look at the folders */
	enum err_code code; /* ERR_OK, or what stops it */
	int unsandboxed;    /* 1: runs without the network taken away, as the settings allow */
	char text[512];     /* the message that goes with code */
};

enum err_code collect_state_write(const char *path, const struct collect_state *state,
				  struct err *err);

/* ERR_MISSING when collect never ran; a file that makes no sense reads as that, too. */
enum err_code collect_state_read(const char *path, struct collect_state *out, struct err *err);

#endif
