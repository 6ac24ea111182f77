#ifndef AGGREGATOR_WEB_ASSETS_H
#define AGGREGATOR_WEB_ASSETS_H

/* The files of aggregator/web/assets/, carried in the program and served below /assets/. */

/* "/assets/app.css?v=3f0c…": changes with the content, so that browsers may keep it for a year. A
 * file that there is not gives an address that is answered 404. Never freed. */
const char *asset_href(const char *file);

#endif
