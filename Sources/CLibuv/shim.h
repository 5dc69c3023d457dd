#pragma once
// libuv as it is, and the calls beside it that Swift cannot write itself. Everything of ours here is static inline.
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <uv.h>

/// A descriptor that becomes readable when process `pid` ends; -1 and errno when there is none.
static inline int tutti_pidfd_open(int pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }

/// Sends `signal` to the process that `pidfd` was opened for, and to no other.
static inline int tutti_pidfd_signal(int pidfd, int signal) {
    return (int)syscall(SYS_pidfd_send_signal, pidfd, signal, (void *)0, 0);
}

/// Gives the calling thread a name that `ps -L` and debuggers show.
static inline void tutti_name_thread(const char *name) { prctl(PR_SET_NAME, name, 0, 0, 0); }

/// The parts of one inotify record; the name is not always there.
struct tutti_notice {
    int watch;
    uint32_t mask;
    const char *name;
    size_t size;
};

/// Reads the record that begins at `bytes`; its `size` leads to the next one.
static inline struct tutti_notice tutti_notice_at(const void *bytes) {
    struct inotify_event event;
    memcpy(&event, bytes, sizeof event);
    struct tutti_notice notice = {event.wd, event.mask, 0, sizeof event + event.len};
    if (event.len > 0) notice.name = (const char *)bytes + sizeof event;
    return notice;
}
