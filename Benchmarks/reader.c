// Another process that reads the store while it grows, and says how old each delta is when it first sees it.
//
// reader DATABASE SQL STOP: runs SQL (columns id and text; its one parameter is the last id seen) whenever the store
// has changed, looked at every millisecond; each "@" with 19 digits in the text is the wall clock at a delta's birth.
// Ends when the file STOP exists and nothing new is left, and prints one JSON line with what it saw.

#define _GNU_SOURCE
#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { buckets = 200000 };  // of 10 microseconds: two seconds
static uint32_t histogram[buckets + 1];

static int64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static double percentile(long seen, double part) {
    long passed = 0, wanted = (long)(seen * part);
    for (int i = 0; i <= buckets; i++) {
        passed += histogram[i];
        if (passed > wanted) return i / 100.0;
    }
    return -1;
}

int main(int argc, char **argv) {
    if (argc < 4) return 64;
    while (access(argv[1], R_OK)) usleep(1000);
    sqlite3 *db;
    if (sqlite3_open_v2(argv[1], &db, SQLITE_OPEN_READONLY, NULL)) return 74;
    sqlite3_busy_timeout(db, 5000);
    sqlite3_stmt *query = NULL, *version = NULL;
    while (sqlite3_prepare_v2(db, argv[2], -1, &query, NULL)) {
        if (!access(argv[3], F_OK)) { fprintf(stderr, "%s\n", sqlite3_errmsg(db)); return 65; }
        usleep(1000);
    }
    if (sqlite3_prepare_v2(db, "PRAGMA data_version", -1, &version, NULL)) return 74;
    long seen = 0, rows = 0, late = 0;
    double worst = 0;
    int64_t last = 0, known = -1;
    for (;;) {
        int stopping = !access(argv[3], F_OK);
        sqlite3_step(version);
        int64_t current = sqlite3_column_int64(version, 0);
        sqlite3_reset(version);
        if (current == known && !stopping) { usleep(1000); continue; }
        known = current;
        sqlite3_bind_int64(query, 1, last);
        int64_t at = 0;
        while (sqlite3_step(query) == SQLITE_ROW) {
            // The age when this read began to see the row: the reader's own work on a long page does not count.
            if (!at) at = now();
            last = sqlite3_column_int64(query, 0);
            const char *text = (const char *)sqlite3_column_text(query, 1);
            rows++;
            for (const char *p = text ? strchr(text, '@') : NULL; p; p = strchr(p + 1, '@')) {
                int64_t birth = strtoll(p + 1, NULL, 10);
                if (birth < 1000000000000000000LL) continue;
                double age = (double)(at - birth) / 1e6;
                if (age < 0) age = 0;
                if (age > worst) worst = age;
                int bucket = age >= buckets / 100.0 ? (late++, buckets) : (int)(age * 100);
                histogram[bucket]++;
                seen++;
            }
        }
        sqlite3_reset(query);
        if (stopping) break;
    }
    printf("{\"seen\":%ld,\"rows\":%ld,\"p50\":%.2f,\"p90\":%.2f,\"p99\":%.2f,\"max\":%.2f,\"over_2s\":%ld}\n", seen, rows,
           percentile(seen, 0.5), percentile(seen, 0.9), percentile(seen, 0.99), worst, late);
    return 0;
}
