/* Faults that this kernel cannot be asked for, laid over libc by LD_PRELOAD while a file exists:
 *   FAULT_WHILE   the file
 *   FAULT_ERRNO   what writing below FAULT_BELOW fails with: opening to write, write, fsync, rename, mkdir
 *   FAULT_BELOW   a folder
 *   FAULT_FAMILY  a generic netlink family of four letters that the kernel seems not to have */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static int is_on(void) {
  const char *file = getenv("FAULT_WHILE");
  return file != NULL && access(file, F_OK) == 0;
}

static int fails(const char *path) {
  const char *below = getenv("FAULT_BELOW"), *number = getenv("FAULT_ERRNO");
  if (below == NULL || number == NULL || path == NULL || strncmp(path, below, strlen(below)) != 0 || !is_on()) return 0;
  errno = atoi(number);
  return 1;
}

static int fails_at(int fd) {
  char link[64], path[PATH_MAX];
  if (fd < 3 || getenv("FAULT_BELOW") == NULL) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length <= 0) return 0;
  path[length] = 0;
  return fails(path);
}

static int writes(int flags) { return (flags & (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | O_APPEND)) != 0; }

#define OPEN(name)                                                    \
  int name(const char *path, int flags, ...) {                        \
    va_list rest;                                                     \
    va_start(rest, flags);                                            \
    mode_t mode = va_arg(rest, mode_t);                               \
    va_end(rest);                                                     \
    return writes(flags) && fails(path) ? -1 : REAL(name)(path, flags, mode); \
  }
OPEN(open)
OPEN(open64)

ssize_t write(int fd, const void *bytes, size_t count) { return fails_at(fd) ? -1 : REAL(write)(fd, bytes, count); }
ssize_t writev(int fd, const struct iovec *parts, int count) { return fails_at(fd) ? -1 : REAL(writev)(fd, parts, count); }
ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t at) {
  return fails_at(fd) ? -1 : REAL(pwrite64)(fd, bytes, count, at);
}
int fsync(int fd) { return fails_at(fd) ? -1 : REAL(fsync)(fd); }
int fdatasync(int fd) { return fails_at(fd) ? -1 : REAL(fdatasync)(fd); }
int rename(const char *from, const char *to) { return fails(to) ? -1 : REAL(rename)(from, to); }
int mkdir(const char *path, mode_t mode) { return fails(path) ? -1 : REAL(mkdir)(path, mode); }

ssize_t sendto(int fd, const void *bytes, size_t count, int flags, const struct sockaddr *to, socklen_t length) {
  const char *family = getenv("FAULT_FAMILY");
  if (family != NULL && count < 4096 && is_on()) {
    char copy[4096];
    memcpy(copy, bytes, count);
    char *found = memmem(copy, count, family, 4);
    if (found != NULL) memcpy(found, "none", 4);
    return REAL(sendto)(fd, copy, count, flags, to, length);
  }
  return REAL(sendto)(fd, bytes, count, flags, to, length);
}
