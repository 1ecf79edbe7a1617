/* Preloaded: what a process does to the files below a folder is recorded, in the order of a clock that all
   processes share. For tests of what a loss of power leaves behind (power.py).

   RECORD_FOLDER: whose files. RECORD_TO: where `clock` (eight bytes) is, and one file a process is written. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum kind { CREATE = 1, WRITE, TRUNCATE, SYNC, UNLINK, RENAME, SYNC_FOLDER };

struct record {
    uint64_t begin, end, inode, at, data_bytes;
    uint32_t kind, path_bytes;
};

static const char *folder;
static uint64_t *now;
static int journal = -1;
static pid_t writer;

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static int ready(void) {
    if (writer == getpid()) return journal >= 0;
    writer = getpid(); /* also after a fork: each process has a file of its own */
    folder = getenv("RECORD_FOLDER");
    const char *to = getenv("RECORD_TO");
    if (folder == NULL || to == NULL) return 0;
    char name[PATH_MAX];
    snprintf(name, sizeof name, "%s/clock", to);
    int clock = NEXT(open64)(name, O_RDWR | O_CLOEXEC);
    if (clock < 0) return 0;
    now = mmap(NULL, sizeof *now, PROT_READ | PROT_WRITE, MAP_SHARED, clock, 0);
    close(clock);
    snprintf(name, sizeof name, "%s/%d.records", to, (int)writer);
    journal = NEXT(open64)(name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    return journal >= 0;
}

static uint64_t tick(void) { return __atomic_add_fetch(now, 1, __ATOMIC_SEQ_CST); }

static int is_below(const char *path) { return strncmp(path, folder, strlen(folder)) == 0; }

static int name_of(int fd, char *name) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t got = readlink(link, name, PATH_MAX - 1);
    if (got < 0) return 0;
    name[got] = 0;
    return ready() && is_below(name);
}

static void record(struct record one, const char *path, const void *data) {
    one.end = tick();
    struct iovec parts[] = {
        {&one, sizeof one}, {(void *)path, one.path_bytes}, {(void *)data, one.data_bytes}};
    if (writev(journal, parts, 3) != (ssize_t)(sizeof one + one.path_bytes + one.data_bytes)) abort();
}

static void of_file(enum kind kind, uint64_t begin, int fd, const char *path, uint64_t at,
                    const void *data, size_t bytes) {
    struct stat facts;
    if (fstat(fd, &facts)) abort();
    if (S_ISDIR(facts.st_mode)) kind = SYNC_FOLDER;
    struct record one = {begin, 0, facts.st_ino, at, bytes, kind, strlen(path)};
    record(one, path, data);
}

static int opened(int directory, const char *path, int flags, mode_t mode) {
    int is_new = (flags & O_CREAT) && faccessat(directory, path, F_OK, AT_SYMLINK_NOFOLLOW);
    uint64_t begin = ready() ? tick() : 0;
    int fd = NEXT(openat64)(directory, path, flags, mode);
    char name[PATH_MAX];
    if (fd < 0 || !(is_new || (flags & O_TRUNC)) || !name_of(fd, name)) return fd;
    of_file(is_new ? CREATE : TRUNCATE, begin, fd, name, 0, NULL, 0);
    return fd;
}

#define MODE(flags, last) \
    mode_t mode = 0; \
    if ((flags) & (O_CREAT | O_TMPFILE)) { \
        va_list more; \
        va_start(more, last); \
        mode = va_arg(more, mode_t); \
        va_end(more); \
    }
int open64(const char *path, int flags, ...) {
    MODE(flags, flags)
    return opened(AT_FDCWD, path, flags, mode);
}
int open(const char *path, int flags, ...) {
    MODE(flags, flags)
    return opened(AT_FDCWD, path, flags, mode);
}
int openat64(int directory, const char *path, int flags, ...) {
    MODE(flags, flags)
    return opened(directory, path, flags, mode);
}
int openat(int directory, const char *path, int flags, ...) {
    MODE(flags, flags)
    return opened(directory, path, flags, mode);
}

ssize_t pwrite64(int fd, const void *data, size_t count, off64_t at) {
    char name[PATH_MAX];
    if (!name_of(fd, name)) return NEXT(pwrite64)(fd, data, count, at);
    uint64_t begin = tick();
    ssize_t done = NEXT(pwrite64)(fd, data, count, at);
    if (done > 0) of_file(WRITE, begin, fd, name, at, data, done);
    return done;
}
ssize_t pwrite(int fd, const void *data, size_t count, off_t at) {
    return pwrite64(fd, data, count, at);
}
ssize_t write(int fd, const void *data, size_t count) {
    char name[PATH_MAX];
    if (!name_of(fd, name)) return NEXT(write)(fd, data, count);
    uint64_t begin = tick();
    ssize_t done = NEXT(write)(fd, data, count);
    if (done > 0) of_file(WRITE, begin, fd, name, lseek(fd, 0, SEEK_CUR) - done, data, done);
    return done;
}
int ftruncate64(int fd, off64_t size) {
    char name[PATH_MAX];
    if (!name_of(fd, name)) return NEXT(ftruncate64)(fd, size);
    uint64_t begin = tick();
    int failed = NEXT(ftruncate64)(fd, size);
    if (!failed) of_file(TRUNCATE, begin, fd, name, size, NULL, 0);
    return failed;
}
int ftruncate(int fd, off_t size) { return ftruncate64(fd, size); }

static int synced(int fd, int failed, uint64_t begin, const char *name) {
    if (!failed) of_file(SYNC, begin, fd, name, 0, NULL, 0);
    return failed;
}
int fsync(int fd) {
    char name[PATH_MAX];
    if (!name_of(fd, name)) return NEXT(fsync)(fd);
    uint64_t begin = tick();
    return synced(fd, NEXT(fsync)(fd), begin, name);
}
int fdatasync(int fd) {
    char name[PATH_MAX];
    if (!name_of(fd, name)) return NEXT(fdatasync)(fd);
    uint64_t begin = tick();
    return synced(fd, NEXT(fdatasync)(fd), begin, name);
}

int unlinkat(int directory, const char *path, int flags) {
    if (!ready() || !is_below(path)) return NEXT(unlinkat)(directory, path, flags);
    struct record one = {tick(), 0, 0, 0, 0, UNLINK, strlen(path)};
    int failed = NEXT(unlinkat)(directory, path, flags);
    if (!failed) record(one, path, NULL);
    return failed;
}
int unlink(const char *path) { return unlinkat(AT_FDCWD, path, 0); }

int rename(const char *from, const char *to) {
    if (!ready() || !is_below(to)) return NEXT(rename)(from, to);
    struct record one = {tick(), 0, 0, 0, strlen(from), RENAME, strlen(to)};
    int failed = NEXT(rename)(from, to);
    if (!failed) record(one, to, from);
    return failed;
}
