#ifndef DEPLOY_DEMO_CHILD_H
#define DEPLOY_DEMO_CHILD_H

#include "deploy/demo/sim.h"

/* Children: new ones, and those whom an office hears of again. */

/* A child whom no office has heard of, living in the district; index into the log. */
int32_t child_new(struct sim *s, int district, int32_t day);

/* A known child without an open referral or episode, from the pool and not entered more than
 * days_back ago; NONE when none was met with. Now and then the child has moved here meanwhile. */
int32_t child_known(struct sim *s, int district, enum pool_kind kind, int32_t day, int days_back);

/* A child with an open episode in the district; NONE when none was met with. */
int32_t child_with_open_episode(struct sim *s, int district, int32_t day);

/* Now lives in a ward of the district. */
void child_move(struct sim *s, int32_t child, int district);

int32_t child_eighteenth_birthday(const struct child *c);

#endif
