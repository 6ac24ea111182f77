#ifndef AGGREGATOR_WEB_ERROR_PAGE_H
#define AGGREGATOR_WEB_ERROR_PAGE_H

/* What a refusal looks like, to a person or to a program: web_refuse (web.h). */

/* "Page not found"; "Request refused" for a status without words of its own. */
const char *error_page_title(int status);

#endif
