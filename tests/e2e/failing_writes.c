/* Preloaded: the n-th write or flush of a file fails, once. For tests of what a store does then. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <sys/types.h>
#include <unistd.h>

static long left = 0; /* 0: nothing fails */
static long seen = 0;
static int error = EIO;

void fail_at(long number, int code) { left = number; error = code; seen = 0; }
long writes_seen(void) { return seen; }

static int fails(void) {
    seen++;
    if (left == 0 || --left > 0) return 0;
    errno = error;
    return 1;
}

#define NEXT(name) dlsym(RTLD_NEXT, name)

ssize_t pwrite64(int fd, const void *data, size_t count, off_t at) {
    if (fails()) {
        /* half of it arrives, as when the power goes */
        int code = errno;
        ((ssize_t(*)(int, const void *, size_t, off_t))NEXT("pwrite64"))(fd, data, count / 2, at);
        errno = code;
        return -1;
    }
    return ((ssize_t(*)(int, const void *, size_t, off_t))NEXT("pwrite64"))(fd, data, count, at);
}
ssize_t pwrite(int fd, const void *data, size_t count, off_t at) {
    return pwrite64(fd, data, count, at);
}
int fsync(int fd) { return fails() ? -1 : ((int (*)(int))NEXT("fsync"))(fd); }
int fdatasync(int fd) { return fails() ? -1 : ((int (*)(int))NEXT("fdatasync"))(fd); }
int ftruncate64(int fd, off_t size) {
    return fails() ? -1 : ((int (*)(int, off_t))NEXT("ftruncate64"))(fd, size);
}
int ftruncate(int fd, off_t size) { return ftruncate64(fd, size); }
