// The plain C program: posix_spawn, libuv, sqlite3, a row per event.
//
// coordinator DATABASE COUNT PARALLEL COMMAND…
//
// Lines are looked at as far as this work needs, no further: the text of a delta is cut out and unescaped.

#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

extern char **environ;

typedef struct {
    uv_pipe_t pipe;
    int session;
    pid_t pid;
    char *rest;
    size_t length, capacity;
} provider;

static sqlite3 *db;
static sqlite3_stmt *insert, *begin, *commit;
static uv_loop_t *loop;
static uv_timer_t flusher;
static int open_rows, started, ended, count, parallel, failures;
static char **command, slab[1 << 16];

static void check(int ok, const char *what) {
    if (ok) return;
    fprintf(stderr, "%s: %s\n", what, db ? sqlite3_errmsg(db) : "failed");
    exit(74);
}

static void step(sqlite3_stmt *statement) {
    check(sqlite3_step(statement) == SQLITE_DONE, "store");
    sqlite3_reset(statement);
}

static void flush(void) {
    if (!open_rows) return;
    step(commit);
    open_rows = 0;
}

static void row(int session, const char *type, const char *text, size_t length) {
    if (!open_rows++) step(begin);
    sqlite3_bind_int(insert, 1, session);
    sqlite3_bind_text(insert, 2, type, -1, SQLITE_STATIC);
    sqlite3_bind_text(insert, 3, text, (int)length, SQLITE_STATIC);
    step(insert);
    if (open_rows == 500) flush();
}

// Unescapes a JSON string from `from` (after its quote) in place; returns the length.
static size_t unescape(char *from, const char *end) {
    char *out = from, *in = from;
    while (in < end && *in != '"') {
        if (*in != '\\') { *out++ = *in++; continue; }
        in++;
        unsigned code = 0;
        switch (*in) {
        case 'n': *out++ = '\n'; break;
        case 't': *out++ = '\t'; break;
        case 'r': *out++ = '\r'; break;
        case 'b': *out++ = '\b'; break;
        case 'f': *out++ = '\f'; break;
        case 'u':
            sscanf(in + 1, "%4x", &code);
            in += 4;
            if (code >= 0xD800 && code < 0xDC00 && in[1] == '\\' && in[2] == 'u') {
                unsigned low = 0;
                sscanf(in + 3, "%4x", &low);
                code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
                in += 6;
            }
            if (code < 0x80) *out++ = (char)code;
            else if (code < 0x800) { *out++ = (char)(0xC0 | code >> 6); *out++ = (char)(0x80 | (code & 63)); }
            else if (code < 0x10000) {
                *out++ = (char)(0xE0 | code >> 12);
                *out++ = (char)(0x80 | (code >> 6 & 63));
                *out++ = (char)(0x80 | (code & 63));
            } else {
                *out++ = (char)(0xF0 | code >> 18);
                *out++ = (char)(0x80 | (code >> 12 & 63));
                *out++ = (char)(0x80 | (code >> 6 & 63));
                *out++ = (char)(0x80 | (code & 63));
            }
            break;
        default: *out++ = *in;
        }
        in++;
    }
    return (size_t)(out - from);
}

static void line(provider *p, char *text, size_t length) {
    static const char delta[] = "\"type\":\"content_block_delta\"", field[] = "\"text\":\"";
    char *found = memmem(text, length < 200 ? length : 200, delta, sizeof delta - 1);
    if (found && (found = memmem(found, (size_t)(text + length - found), field, sizeof field - 1))) {
        found += sizeof field - 1;
        row(p->session, "text.delta", found, unescape(found, text + length));
        return;
    }
    char *type = memmem(text, length, "\"type\":\"", 8);
    char name[40] = "";
    if (type) sscanf(type + 8, "%39[^\"]", name);
    row(p->session, name, text, length);
}

static void start_more(void);

static void closed(uv_handle_t *handle) {
    provider *p = handle->data;
    int status;
    while (waitpid(p->pid, &status, 0) < 0) {}
    if (status) failures++;
    free(p->rest);
    free(p);
    ended++;
    start_more();
    if (ended == count) uv_close((uv_handle_t *)&flusher, NULL);
}

static void allocate(uv_handle_t *handle, size_t size, uv_buf_t *buffer) {
    (void)handle, (void)size;
    *buffer = uv_buf_init(slab, sizeof slab);
}

static void keep(provider *p, const char *bytes, size_t n) {
    if (p->length + n > p->capacity) {
        p->capacity = (p->length + n) * 2;
        check((p->rest = realloc(p->rest, p->capacity)) != NULL, "memory");
    }
    memcpy(p->rest + p->length, bytes, n);
    p->length += n;
}

static void got(uv_stream_t *stream, ssize_t n, const uv_buf_t *buffer) {
    provider *p = stream->data;
    if (n < 0) { uv_close((uv_handle_t *)stream, closed); return; }
    char *at = buffer->base, *end = at + n, *newline;
    if (p->length) {
        if (!(newline = memchr(at, '\n', (size_t)n))) { keep(p, at, (size_t)n); return; }
        keep(p, at, (size_t)(newline - at));
        line(p, p->rest, p->length);
        p->length = 0;
        at = newline + 1;
    }
    while ((newline = memchr(at, '\n', (size_t)(end - at)))) {
        line(p, at, (size_t)(newline - at));
        at = newline + 1;
    }
    if (at < end) keep(p, at, (size_t)(end - at));
}

static void start_one(void) {
    provider *p = calloc(1, sizeof *p);
    int ends[2];
    check(p && !pipe2(ends, O_CLOEXEC), "pipe");
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
    check(!posix_spawnp(&p->pid, command[0], &actions, NULL, command, environ), "spawn");
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    p->session = started++;
    p->pipe.data = p;
    uv_pipe_init(loop, &p->pipe, 0);
    uv_pipe_open(&p->pipe, ends[0]);
    uv_read_start((uv_stream_t *)&p->pipe, allocate, got);
}

static void start_more(void) {
    while (started < count && started - ended < parallel) start_one();
}

static void tick(uv_timer_t *timer) { (void)timer; flush(); }

int main(int argc, char **argv) {
    if (argc < 5) return 64;
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    loop = uv_default_loop();
    count = atoi(argv[2]), parallel = atoi(argv[3]), command = argv + 4;
    check(!sqlite3_open(argv[1], &db), "open");
    check(!sqlite3_exec(db, "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
        "CREATE TABLE events(id INTEGER PRIMARY KEY AUTOINCREMENT, session INT, type TEXT, text TEXT)", NULL, NULL, NULL), "schema");
    check(!sqlite3_prepare_v2(db, "INSERT INTO events(session, type, text) VALUES(?,?,?)", -1, &insert, NULL), "prepare");
    check(!sqlite3_prepare_v2(db, "BEGIN IMMEDIATE", -1, &begin, NULL), "prepare");
    check(!sqlite3_prepare_v2(db, "COMMIT", -1, &commit, NULL), "prepare");
    uv_timer_init(loop, &flusher);
    uv_timer_start(&flusher, tick, 5, 5);
    start_more();
    uv_run(loop, UV_RUN_DEFAULT);
    flush();
    sqlite3_finalize(insert), sqlite3_finalize(begin), sqlite3_finalize(commit);
    sqlite3_close(db);
    return failures ? 1 : 0;
}
