#ifndef DEPLOY_DEMO_CALIBRATE_H
#define DEPLOY_DEMO_CALIBRATE_H

#include <stdbool.h>
#include <stdio.h>

#include "deploy/demo/sim.h"
#include "proto/err.h"

/* Prints the simulated authority's last twelve months beside what was published about the real one,
 * scaled to its size. published: CSV indicator,what,published_…,least,most. *within: every value
 * lies between its least and most. ERR_CONFIG when the run is shorter than a year or the file
 * names an indicator that there is none of. */
enum err_code calibrate(const struct sim *s, const char *published, FILE *to, bool *within,
			struct err *err);

#endif
