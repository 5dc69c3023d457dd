// What a machine does to a program: the wall clock jumps, the disk is slow, the current fails. Loaded with LD_PRELOAD by
// the tortures, each part only when its variable is set. The monotonic clock is the real one: it does not jump either.
//
//   TORTURE_CLOCK    a file of eight bytes: milliseconds that the wall clock is ahead, at this moment
//   TORTURE_SYNC_MS  how long fsync and fdatasync take at least
//   TORTURE_WRITES   a file that gets a line for each write to a store or its log, and for each time they reached the disk

#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static int (*real_clock_gettime)(clockid_t, struct timespec *);
static ssize_t (*real_pwrite64)(int, const void *, size_t, off_t);
static int (*real_fsync)(int), (*real_fdatasync)(int), (*real_ftruncate64)(int, off_t);
static const volatile int64_t *ahead;
static long sync_ms;
static int writes = -1;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void begin(void) {
    real_clock_gettime = dlsym(RTLD_NEXT, "clock_gettime");
    real_pwrite64 = dlsym(RTLD_NEXT, "pwrite64");
    real_fsync = dlsym(RTLD_NEXT, "fsync");
    real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
    real_ftruncate64 = dlsym(RTLD_NEXT, "ftruncate64");
    const char *clock = getenv("TORTURE_CLOCK"), *ms = getenv("TORTURE_SYNC_MS"), *log = getenv("TORTURE_WRITES");
    if (clock) {
        int file = open(clock, O_RDONLY | O_CLOEXEC);
        void *page = file < 0 ? MAP_FAILED : mmap(NULL, 8, PROT_READ, MAP_SHARED, file, 0);
        if (page != MAP_FAILED) ahead = page;
        if (file >= 0) close(file);
    }
    if (ms) sync_ms = atol(ms);
    if (log) writes = open(log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
}

// The clock ---------------------------------------------------------------------------------------------------------

int clock_gettime(clockid_t clock, struct timespec *time) {
    pthread_once(&once, begin);
    int result = real_clock_gettime(clock, time);
    if (result || !ahead || (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE)) return result;
    int64_t moment = time->tv_sec * INT64_C(1000000000) + time->tv_nsec + *ahead * 1000000;
    time->tv_sec = moment / 1000000000;
    time->tv_nsec = moment % 1000000000;
    return 0;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone) {
    struct timespec now;
    (void)zone;
    if (clock_gettime(CLOCK_REALTIME, &now)) return -1;
    time->tv_sec = now.tv_sec;
    time->tv_usec = now.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *result) {
    struct timespec now;
    if (clock_gettime(CLOCK_REALTIME, &now)) return -1;
    if (result) *result = now.tv_sec;
    return now.tv_sec;
}

// The disk ----------------------------------------------------------------------------------------------------------

// One line, in one write: processes append to the same file. Nothing is told of other files.
static void tell(int file, char what, long first, long second) {
    char link[40], path[4096], line[80];
    if (writes < 0) return;
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 4) return;
    path[length] = 0;
    int is_log = length > 7 && !strcmp(path + length - 7, ".db-wal");
    if (!is_log && strcmp(path + length - 3, ".db")) return;
    int count = snprintf(line, sizeof line, "%c %s %ld %ld\n", what, is_log ? "wal" : "db", first, second);
    if (write(writes, line, count) != count) abort();
}

// Told before and after: a write that a flush may have missed is not taken for one that reached the disk.
ssize_t pwrite64(int file, const void *bytes, size_t count, off_t place) {
    pthread_once(&once, begin);
    tell(file, 'w', place, count);
    ssize_t result = real_pwrite64(file, bytes, count, place);
    tell(file, 'W', place, count);
    return result;
}

int ftruncate64(int file, off_t size) {
    pthread_once(&once, begin);
    int result = real_ftruncate64(file, size);
    tell(file, 'T', size, 0);
    return result;
}

static int flush(int file, int (*real)(int)) {
    static int number;
    int mine = __atomic_add_fetch(&number, 1, __ATOMIC_RELAXED);
    tell(file, 'b', getpid(), mine);
    if (sync_ms) {
        struct timespec rest = {sync_ms / 1000, sync_ms % 1000 * 1000000};
        nanosleep(&rest, NULL);
    }
    int result = real(file);
    if (!result) tell(file, 'e', getpid(), mine);
    return result;
}

int fsync(int file) {
    pthread_once(&once, begin);
    return flush(file, real_fsync);
}

int fdatasync(int file) {
    pthread_once(&once, begin);
    return flush(file, real_fdatasync);
}
