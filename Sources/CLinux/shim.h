#pragma once
// Calls that Swift cannot write itself: variadic ones, and those whose glibc wrapper is too new. Everything here is
// static inline. This header must not include sys/resource.h: its rusage constants clash with Glibc's overlay.
#include <errno.h>
#include <malloc.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

// Makes the caller the parent of every orphan among its descendants. 0, or -1 with errno.
static inline int tutti_become_subreaper(void) { return prctl(PR_SET_CHILD_SUBREAPER, 1UL, 0UL, 0UL, 0UL); }

// Asks the kernel to send `signal` to the caller when the thread that created it ends; 0 for none.
static inline int tutti_set_parent_death_signal(int signal) { return prctl(PR_SET_PDEATHSIG, (unsigned long)signal, 0UL, 0UL, 0UL); }

// Sets the name that `ps` and /proc/PID/comm show (15 bytes).
static inline int tutti_set_process_name(const char *name) { return prctl(PR_SET_NAME, (unsigned long)name, 0UL, 0UL, 0UL); }

// Whether the caller may leave a core file: 1 or 0.
static inline int tutti_set_dumpable(int value) { return prctl(PR_SET_DUMPABLE, (unsigned long)value, 0UL, 0UL, 0UL); }

// Marks every descriptor from `first` on as close-on-exec without closing it. 0, or -1 with errno.
static inline int tutti_close_on_exec_from(unsigned int first) {
    return (int)syscall(SYS_close_range, first, ~0U, CLOSE_RANGE_CLOEXEC);
}

// Closes every descriptor from `first` on. 0, or -1 with errno.
static inline int tutti_close_from(unsigned int first) { return (int)syscall(SYS_close_range, first, ~0U, 0U); }

// Gives up the controlling terminal, if there is one. 0 when there is none afterwards, or -1 with errno.
static inline int tutti_give_up_terminal(void) {
    int terminal = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (terminal < 0) return errno == ENXIO || errno == ENOENT || errno == EACCES ? 0 : -1;
    int result = ioctl(terminal, TIOCNOTTY);
    int saved = errno;
    close(terminal);
    errno = saved;
    return result;
}

// The flag of open() for reading without a note of the time in the file: only its owner may (glibc hides it behind _GNU_SOURCE).
static const int tutti_open_unnoted = __O_NOATIME;

// Bytes that can be read from a pipe or a socket at once, or -1 with errno.
static inline int tutti_bytes_readable(int descriptor) {
    int count = 0;
    return ioctl(descriptor, FIONREAD, &count) < 0 ? -1 : count;
}

// A descriptor of a process, closed on exec; it becomes readable when the process ends. -1 with errno.
static inline int tutti_pidfd_open(int32_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0U); }

// Sends a signal to the very process of a pidfd, never to a later one of the same number. 0, or -1 with errno.
static inline int tutti_pidfd_send_signal(int descriptor, int signal) {
    return (int)syscall(SYS_pidfd_send_signal, descriptor, signal, NULL, 0U);
}

// Gives the file `from` the name `to`, which nothing may have yet. 0, or -1 with errno (EEXIST when something has it).
static inline int tutti_rename_new(const char *from, const char *to) {
    // 1 is RENAME_NOREPLACE, which only some file systems have; links are the older way to the same.
    if (!syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 1U)) return 0;
    if (errno != EINVAL && errno != ENOSYS) return -1;
    if (link(from, to)) return -1;
    return unlink(from);
}

// A full memory barrier.
static inline void tutti_full_fence(void) { __atomic_thread_fence(__ATOMIC_SEQ_CST); }

// The window size of a terminal: 0, or -1 with errno.
static inline int tutti_window_size(int descriptor, unsigned short *columns, unsigned short *rows) {
    struct winsize size;
    if (ioctl(descriptor, TIOCGWINSZ, &size) < 0) return -1;
    *columns = size.ws_col;
    *rows = size.ws_row;
    return 0;
}

// Makes the caller's session adopt `descriptor` as its controlling terminal. 0, or -1 with errno.
static inline int tutti_take_terminal(int descriptor) { return ioctl(descriptor, TIOCSCTTY, 0); }

// GNU extensions that the headers hide from Swift.
extern int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t *restrict, const char *restrict);

// Adds "change to this folder" to the actions of a spawn. 0, or an error number.
static inline int tutti_spawn_add_chdir(posix_spawn_file_actions_t *actions, const char *path) {
    return posix_spawn_file_actions_addchdir_np(actions, path);
}

// POSIX_SPAWN_SETSID: the child leads a session of its own.
static const short tutti_spawn_setsid = 0x80;

// A pipe, both ends closed on exec. 0, or -1 with errno.
static inline int tutti_pipe(int ends[2]) { return (int)syscall(SYS_pipe2, ends, O_CLOEXEC); }

// Accepts a connection, closed on exec and not blocking. The descriptor, or -1 with errno.
static inline int tutti_accept(int listener) {
    return (int)syscall(SYS_accept4, listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
}

// The user of the process at the other end of a unix socket. 0, or -1 with errno.
static inline int tutti_peer_user(int descriptor, uint32_t *user) {
    struct { int32_t pid; uint32_t uid; uint32_t gid; } credentials = {0, 0, 0};
    socklen_t length = sizeof credentials;
    if (getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &length) < 0) return -1;
    *user = credentials.uid;
    return 0;
}

// Reserves space on disk without changing the length of the file. 0, or -1 with errno.
static inline int tutti_reserve(int descriptor, int64_t offset, int64_t length) {
    return (int)syscall(SYS_fallocate, descriptor, 1 /* FALLOC_FL_KEEP_SIZE */, offset, length);
}

// Asks for a larger pipe. The new size, or -1 with errno.
static inline int tutti_set_pipe_size(int descriptor, int bytes) { return fcntl(descriptor, 1031 /* F_SETPIPE_SZ */, bytes); }

// Which signal of a signalfd record came.
static inline uint32_t tutti_read_signal(int descriptor) {
    struct signalfd_siginfo information;
    return read(descriptor, &information, sizeof information) == (ssize_t)sizeof information ? information.ssi_signo : 0;
}

// What `tutti_start_process` starts.
struct tutti_start {
    const char *path;       // absolute, or relative to `directory`
    char *const *arguments;
    char *const *environment;
    const char *directory;
    int input, output, errors;
    int parent_death_signal;  // sent to the child when the caller dies; 0 for none
    int32_t pid;            // out: the child
    int failed_step;        // out: 1 the directory, 2 the program
};

// posix_spawn for what posix_spawn cannot do: a signal at the parent's death. The child leads a process group of its own,
// has default signals and an empty mask. 0, or an error number. The three descriptors must be 3 or higher.
// Not inlined, because a function that calls vfork must not be merged into one that does not know it.
static __attribute__((noinline, unused)) int tutti_start_process(struct tutti_start *start) {
    volatile int failure = 0, step = 0;
    pid_t parent = getpid();
    pid_t child = vfork();
    if (child == 0) {
        // The kernel's own form of "default action": glibc refuses to touch 32 and 33, which may be ignored as well.
        unsigned long standard[8] = {0};
        for (int number = 1; number < 65; number++) syscall(SYS_rt_sigaction, number, standard, NULL, 8UL);
        setpgid(0, 0);
        if (start->parent_death_signal) {
            prctl(PR_SET_PDEATHSIG, (unsigned long)start->parent_death_signal, 0UL, 0UL, 0UL);
            if (getppid() != parent) _exit(127);
        }
        dup2(start->input, 0);
        dup2(start->output, 1);
        dup2(start->errors, 2);
        if (chdir(start->directory) < 0) {
            failure = errno;
            step = 1;
            _exit(127);
        }
        sigset_t none;
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        execve(start->path, start->arguments, start->environment);
        failure = errno;
        step = 2;
        _exit(127);
    }
    if (child < 0) return errno;
    if (failure) {
        int status;
        while (waitpid(child, &status, 0) < 0 && errno == EINTR) {}
        start->failed_step = step;
        return failure;
    }
    start->pid = child;
    return 0;
}

// The magic number of the file system that `path` lies on, 0 when it cannot be told.
static inline uint32_t tutti_file_system_type(const char *path) {
    struct statfs facts;
    return statfs(path, &facts) < 0 ? 0 : (uint32_t)facts.f_type;
}

// Opens a pseudo-terminal and names its other side in `path`. The descriptor, closed on exec, or -1 with errno.
static inline int tutti_open_pseudo_terminal(char *path, int size) {
    int descriptor = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
    int unlocked = 0;
    unsigned int number = 0;
    if (descriptor < 0) return -1;
    if (ioctl(descriptor, TIOCSPTLCK, &unlocked) < 0 || ioctl(descriptor, TIOCGPTN, &number) < 0) {
        close(descriptor);
        return -1;
    }
    snprintf(path, (size_t)size, "/dev/pts/%u", number);
    return descriptor;
}
// The flag of posix_spawn that gives the child a session of its own (glibc hides it behind _GNU_SOURCE).
static inline short tutti_spawn_setsid_flag(void) { return 0x80; }

extern void *memmem(const void *, size_t, const void *, size_t);

// Where `needle` begins in `hay`, or -1.
static inline long tutti_find(const void *hay, size_t length, const void *needle, size_t needle_length) {
    const void *found = memmem(hay, length, needle, needle_length);
    return found ? (long)((const char *)found - (const char *)hay) : -1;
}
