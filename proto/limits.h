#ifndef PROTO_LIMITS_H
#define PROTO_LIMITS_H

/* Every bound on input that somebody else wrote, in one place. */

/* Wire */
#define LIMIT_FRAME_BYTES (1024 * 1024)                /* one ZeroMQ frame = one envelope */
#define LIMIT_PAYLOAD_BYTES (LIMIT_FRAME_BYTES - 1024) /* what is signed, before its envelope */
#define LIMIT_ARENA_FACTOR 16                          /* decoded heap per wire byte, capped … */
#define LIMIT_ARENA_MIN_BYTES (2048 * 1024) /* … but at least this: LIMIT_ANSWERS refusals */
#define LIMIT_DICTIONARY 4096               /* strings in one report */
#define LIMIT_STRING_BYTES 64               /* a code: measure, dimension, category, area, … */
#define LIMIT_TEXT_BYTES 512                /* a sentence: reason of a refusal or withdrawal */
#define LIMIT_OBSERVATIONS 65536            /* rows in one report */
#define LIMIT_VALUE (1LL << 53)             /* |numerator|, |denominator| */
#define LIMIT_LISTS 32                      /* lists in one return */
#define LIMIT_REASONS 64                    /* reasons in one return */
#define LIMIT_PERIODS 2048                  /* periods in one return: 20 years and their weeks */
#define LIMIT_RANGES 1024                   /* sequence ranges in one welcome, receipt or void */
#define LIMIT_ANSWERS 8192                  /* repeated or refused entries in one receipt */
#define LIMIT_VERSIONS 16                   /* protocol versions that a peer names */
#define LIMIT_SEQUENCE (1LL << 62)          /* highest sequence number */
#define LIMIT_DAY_MIN 14610                 /* 2010-01-01: the earliest period that we accept */
#define LIMIT_DAY_MAX 47482                 /* 2100-01-01: the latest */
#define LIMIT_CLOCK_SKEW_S 86400            /* an as-at may be this far ahead of our clock */

/* Ingest */
#define LIMIT_SPOOLS 256            /* spools that one agent may ever have had */
#define LIMIT_REFUSALS_PER_NUMBER 8 /* different bytes kept on record for a refused number */
#define LIMIT_AREA_MEASURES 2048    /* measures that one area may ever have reported */
#define LIMIT_RECEIPT_REFUSALS 256  /* refusals in one receipt */
#define LIMIT_DRAIN_BYTES (4 * 1024 * 1024) /* payload bytes in one transaction of ingest */
#define LIMIT_DRAIN_MS 100                  /* time between receiving and acknowledging, at most */
#define LIMIT_SLICE_MS 50                   /* projection or roll-up work between two drains */
#define LIMIT_SERIES_CACHED (1 << 18)       /* series whose numbers are kept in memory */

/* Roll-up */
#define LIMIT_ROLLUP_PERIODS 1200  /* periods in one query */
#define LIMIT_ROLLUP_CELLS 1000000 /* cells in one answer */

/* Web */
#define LIMIT_WEB_PAGE_BYTES (16 * 1024 * 1024)  /* one answer: a page, an export, a pack */
#define LIMIT_WEB_BODY_BYTES (64 * 1024)         /* a form */
#define LIMIT_WEB_TARGET_BYTES 4096              /* path and query */
#define LIMIT_WEB_HEADER_BYTES 8192              /* all headers of a request */
#define LIMIT_WEB_PAIRS 64                       /* fields of a query, a form or a cookie header */
#define LIMIT_WEB_CACHE_BYTES (64 * 1024 * 1024) /* answers of roll-ups kept in memory */
#define LIMIT_WEB_CONNECTIONS 1024               /* at once */
#define LIMIT_WEB_PEERS 4096                     /* addresses whose requests are counted */
#define LIMIT_WEB_DEFERRED 8                     /* answers that wait for the worker thread */
#define LIMIT_WEB_SEND_S 300                     /* for an answer to be taken whole */
#define LIMIT_BOUNDARY_BYTES (8 * 1024 * 1024)   /* boundaries.geojson */
#define LIMIT_BOUNDARY_POINTS 100000             /* positions in it */
#define LIMIT_BOUNDARY_FEATURES 4096             /* shapes in it */
#define LIMIT_WEB_IDLE_S 20                      /* default: for a request to come whole */

/* Disclosure control */
#define LIMIT_SUPPRESS_CELLS 4000000          /* cells of one problem */
#define LIMIT_SUPPRESS_RELATIONS 4000000      /* equations and intervals of one problem */
#define LIMIT_SUPPRESS_TERMS 32000000         /* terms of all relations */
#define LIMIT_SUPPRESS_RELATION_TERMS 65536   /* terms of one relation */
#define LIMIT_SUPPRESS_VALUE 1000000000       /* one count: exact in a solver's doubles */
#define LIMIT_SUPPRESS_COEFFICIENTS (1 << 30) /* of one relation, added: sums stay in 64 bits */
#define LIMIT_SUPPRESS_WEIGHT 1000000000      /* of one cell */
#define LIMIT_SUPPRESS_NAME_BYTES 256         /* of a cell or relation */
#define LIMIT_SUPPRESS_WITNESSES (32 << 20)   /* numbers kept for one clean-up */

/* Feed */
#define LIMIT_FEED_FILES 4096                       /* files in a bundle or an upload ZIP */
#define LIMIT_FEED_BYTES (512LL * 1024 * 1024)      /* … and their bytes, expanded */
#define LIMIT_FEED_MANIFEST_BYTES (8 * 1024 * 1024) /* manifest.json */
#define LIMIT_FEED_CELLS (4 * 1024 * 1024)          /* cells of one table */

#define LIMIT_QUEUE_MESSAGES 256 /* that libzmq holds for one peer, each way */
#define LIMIT_UNDER_WAY 256      /* entries sent and not yet answered, per aggregator */
#define LIMIT_HANDSHAKE_MS 10000 /* for a connection to be let in */
#define LIMIT_SILENCE_MS 20000   /* unacknowledged TCP bytes: the peer is gone */

/* Databases */
#define LIMIT_DB_BUSY_MS 5000                /* wait for another process's lock */
#define LIMIT_STORE_TURN_MS 200              /* behind a writer that waits: twice SQLite's pause */
#define LIMIT_DB_WAL_BYTES (8 * 1024 * 1024) /* a WAL is cut back to this after a checkpoint */

/* Spool */
#define LIMIT_SPOOL_CHUNK_BYTES (1LL << 30) /* its file is reserved in steps of this at most */

/* Extracts */
#define LIMIT_FILE_BYTES (256LL * 1024 * 1024)        /* one extract file on disk */
#define LIMIT_EXPANDED_BYTES (1024LL * 1024 * 1024)   /* all parts of a workbook, expanded */
#define LIMIT_ZIP_ENTRIES 512                         /* entries in a workbook */
#define LIMIT_SHEETS 64                               /* sheets in a workbook */
#define LIMIT_SHARED_STRINGS (4 * 1024 * 1024)        /* shared strings in a workbook */
#define LIMIT_SHARED_STRING_BYTES (128 * 1024 * 1024) /* … and their text */
#define LIMIT_ROWS 2000000                            /* rows of one list */
#define LIMIT_COLUMNS 256                             /* columns of one list */
#define LIMIT_CELL_BYTES 8192                         /* one cell */
#define LIMIT_XML_DEPTH 32                            /* nesting of an XML document */
#define LIMIT_XML_PARSER_BYTES (2 * 1024 * 1024)      /* memory of a parser: names, longest tag */
#define LIMIT_FAULTS 10000                            /* faults kept in full; beyond: counted */
#define LIMIT_EXTRACT_COUNT 9999                      /* a number of referrals, plans, cases, … */
#define LIMIT_EXTRACT_AGE 125                         /* completed years */
#define LIMIT_EXTRACT_FTE 2000000                     /* of one person, millionths */
#define LIMIT_EXTRACT_POSTS 1000000000                /* of one row of vacancies, millionths */
#define LIMIT_EXTRACT_DAYS 31000                      /* lost in a month, thousandths */
#define LIMIT_HEADER_ROWS 20   /* rows in which the headings are looked for */
#define LIMIT_EXTRACT_FILES 64 /* files in one extract folder */

/* Screening of publication files */
#define LIMIT_SCREEN_FILE_BYTES (128LL * 1024 * 1024) /* one CSV file, read into memory */
#define LIMIT_SCREEN_ZIP_BYTES (512LL * 1024 * 1024)  /* all files of an upload ZIP, expanded */
#define LIMIT_SCREEN_COLUMNS 1024                     /* columns of one file */
#define LIMIT_SCREEN_META_ROWS 4096                   /* rows of one metadata file */
#define LIMIT_SCREEN_FILTERS 32  /* filters whose matrix and totals are checked */
#define LIMIT_SCREEN_FINDINGS 32 /* findings of one check kept, one per column */
#define LIMIT_SCREEN_FILES 4096  /* CSV files in one folder */

/* Configuration */
#define LIMIT_CONFIG_BYTES (1024 * 1024)
#define LIMIT_AREAS 65536
#define LIMIT_AREA_FILE_BYTES (64 * 1024 * 1024) /* areas.csv or populations.csv */
#define LIMIT_POPULATIONS (1024 * 1024)          /* rows of populations.csv */
#define LIMIT_MEASURES 512
#define LIMIT_MEASURE_FILE_BYTES 65536

#endif
