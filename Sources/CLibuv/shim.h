#pragma once
// libuv as it is, and the calls beside it that Swift cannot write itself. Everything of ours here is static inline.
#include <stdint.h>
#include <string.h>
#include <sys/inotify.h>
#include <uv.h>

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
