/* Loaded into a program with LD_PRELOAD: its disk refuses one fsync. The file that REFUSE_SYNC names says which: each
   one before it takes a byte of the file; the one that finds it empty removes it and is refused. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static int is_refused(void)
{
    struct stat about;
    const char *name = getenv("REFUSE_SYNC");
    if (name == NULL || stat(name, &about) != 0)
        return 0;
    if (about.st_size > 0)
        return truncate(name, about.st_size - 1) != 0;
    return unlink(name) == 0;
}

static int synced(const char *call, int file)
{
    int before = errno;
    if (is_refused()) {
        errno = EIO;
        return -1;
    }
    errno = before;
    return ((int (*)(int))dlsym(RTLD_NEXT, call))(file);
}

int fsync(int file) { return synced("fsync", file); }
int fdatasync(int file) { return synced("fdatasync", file); }
