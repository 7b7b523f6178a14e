/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Starting programs from files (libc/program.h). A file that is still as it was in the ramdisk is started from there by its name, and shares
 * its text with all that run it; any other is read into a frame, which proc copies.
 */
#include "table.h"
#include <abi/slots.h>
#include <abi/spawn_info.h>
#include <abi/syscall.h>
#include <caps/caps.h>
#include <errno.h>
#include <fcntl.h>
#include <idl/proc.h>
#include <libc/console.h>
#include <libc/program.h>
#include <paging/paging.h>
#include <paging/ram.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <threads/time.h>
#include <unistd.h>

extern char **environ;

#define PWD "PWD="
#define NAME_BYTES 8 /* of a passed capability, with its NUL */

/* What proc is asked for. */
struct start {
    char *args, *env;
    size_t args_bytes, env_bytes;
    char names[PROC_CAPS_MAX * NAME_BYTES];
    size_t names_bytes;
    cptr_t passed[PROC_CAPS_MAX];
    uint32_t passed_count, shared; /* of the passed, the first `shared` were made for this */
    uint64_t key;                  /* of the console that is lent, since term is on another core; 0: it is not */
};

/* Strings one after the other, each with its NUL, but those that `but` says no to. NULL: no memory. */
static char *strings_pack(char *const *strings, bool (*but)(const char *string), size_t *bytes)
{
    size_t all = 1;
    for (char *const *s = strings; *s; s++)
        all += strlen(*s) + 1;
    char *packed = malloc(all), *to = packed;
    if (!packed) return NULL;
    for (char *const *s = strings; *s; s++) {
        if (but == NULL || !but(*s)) to = stpcpy(to, *s) + 1;
    }
    *bytes = (size_t)(to - packed);
    return packed;
}

/* What the child's environment says is not the caller's: where it is, and what it borrows. */
static bool is_its_own(const char *variable)
{
    return strncmp(variable, PWD, strlen(PWD)) == 0 || strncmp(variable, FILES_LENT "=", strlen(FILES_LENT "=")) == 0;
}

/* One more string for the child's environment: `a` and `b`. */
static err_t env_add(struct start *start, const char *a, const char *b)
{
    size_t bytes = strlen(a) + strlen(b) + 1;
    char *longer = realloc(start->env, start->env_bytes + bytes);
    if (!longer) return ERR_NO_MEMORY;
    stpcpy(stpcpy(longer + start->env_bytes, a), b);
    start->env = longer;
    start->env_bytes += bytes;
    return ERR_OK;
}

static err_t strings_make(const char *path, const struct program_options *options, struct start *start)
{
    struct fs_client *fs;
    char *just_path[] = {(char *)path, NULL}, *nothing[] = {NULL};
    char wish[FS_PATH_MAX + 1], cwd[FS_PATH_MAX + 1] = "/";
    err_t err = path_absolute(options->cwd ? options->cwd : ".", wish);
    if (!err) REMOTE_CALL(err, fs, fs_directory(fs, wish, cwd, sizeof cwd));
    if (err && options->cwd) return err; /* a child without a directory of its own begins at the root */
    char *const *env = options->envp ? options->envp : environ ? environ : nothing;
    start->args = strings_pack(options->argv ? options->argv : just_path, NULL, &start->args_bytes);
    start->env = strings_pack(env, is_its_own, &start->env_bytes);
    return start->args && start->env ? env_add(start, PWD, cwd) : ERR_NO_MEMORY;
}

/* The child will find its console with this. */
static err_t console_promise(struct start *start)
{
    char lent[24];
    start->key = program_lend_key();
    snprintf(lent, sizeof lent, "%llx:c", (unsigned long long)start->key);
    return env_add(start, FILES_LENT "=", lent);
}

static void pass(struct start *start, const char *name, cptr_t capability)
{
    start->passed[start->passed_count++] = capability;
    start->names_bytes += (size_t)snprintf(start->names + start->names_bytes, NAME_BYTES + 1, "%s", name) + 1;
}

/* The capability for the child's descriptor `number`; none if that is the console. */
static err_t fd_pass(struct start *start, unsigned number, int fd)
{
    char name[NAME_BYTES];
    cptr_t endpoint = 0;
    int null = fd == -1 ? open("/dev/null", O_RDWR) : -1;
    struct opened *opened = opened_get(fd == -1 ? null : fd);
    if (!opened) return fd == -1 ? ERR_DEVICE : ERR_INVALID;
    err_t err = ERR_OK;
    if (!opened->ops->terminal) {
        err = opened->ops->share ? opened->ops->share(opened->file, &endpoint) : ERR_INVALID;
    } else if (number > STDERR_FILENO) {
        err = ERR_INVALID;
    }
    opened_put(opened);
    if (null >= 0) close(null);
    snprintf(name, sizeof name, "fd%u", number);
    if (endpoint) pass(start, name, endpoint);
    return err;
}

static err_t fds_pass(const struct program_options *options, struct start *start)
{
    static const int same[] = {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO};
    const int *fds = options->fds ? options->fds : same;
    unsigned count = options->fds ? options->fd_count : 3;
    cptr_t console = 0;
    err_t err = count > PROGRAM_FDS_MAX ? ERR_TOO_MANY : ERR_OK;
    for (unsigned i = 0; i < count && !err; i++)
        err = fd_pass(start, i, fds[i]);
    bool reads = !err && count > 0 && fds[0] >= 0 && isatty(fds[0]);
    if (reads && !options->console && console_share(&console) == ERR_OK && console) pass(start, "console", console);
    if (reads && !options->console && console_is_borrowed()) err = console_promise(start);
    start->shared = start->passed_count;
    if (!err && options->console) pass(start, "console", options->console);
    return err;
}

static void start_end(struct start *start)
{
    for (uint32_t i = 0; i < start->shared; i++)
        cap_free(start->passed[i]);
    free(start->args);
    free(start->env);
}

/* The whole of an open file in a frame, which is mapped while it is filled. */
static err_t frame_read(int fd, uint64_t bytes, cptr_t *frame)
{
    cptr_t ram;
    vaddr_t va;
    uint64_t all = (bytes + PAGE_MASK) & ~(uint64_t)PAGE_MASK;
    if (bytes == 0) return ERR_ELF_HEADER;
    if (bytes > PROC_PROGRAM_MAX) return ERR_TOO_LONG;
    err_t err = ram_alloc(all, &ram);
    if (err) return err;
    err = cap_retype_new(frame, ram, 0, CAP_FRAME, all);
    cap_free(ram);
    if (err) return err;
    err = paging_map(*frame, 0, all, MAP_READ | MAP_WRITE, 0, "program", &va);
    if (!err) {
        ssize_t count = read(fd, (void *)va, bytes);
        if (count < 0 || (uint64_t)count != bytes) err = ERR_DEVICE; /* it has become shorter */
        paging_unmap(va, all);
    }
    if (err) cap_free(*frame);
    return err;
}

static err_t copied_start(const char *path, int fd, const struct program_options *options, const struct start *start,
                          uint64_t *pid)
{
    struct stat status;
    cptr_t frame;
    if (fstat(fd, &status) != 0) return ERR_DEVICE;
    err_t err = frame_read(fd, (uint64_t)status.st_size, &frame);
    if (err) return err;
    err = proc_spawn_frame(proc_default(), path, frame, (uint64_t)status.st_size, start->args, start->args_bytes,
                           start->env, start->env_bytes, options->flags, options->priority, start->names,
                           start->names_bytes, start->passed, start->passed_count, pid);
    cap_free(frame);
    return err;
}

static err_t ramdisk_start(const char *origin, const struct program_options *options, const struct start *start,
                           uint64_t *pid)
{
    return proc_spawn(proc_default(), origin, start->args, start->args_bytes, start->env, start->env_bytes, options->flags,
                      options->priority, start->names, start->names_bytes, start->passed, start->passed_count, pid);
}

/* `absolute` may be executed; that it may be read, too, only matters if it has to be. */
static err_t file_start(const char *absolute, const struct program_options *options, const struct start *start,
                        uint64_t *pid)
{
    struct fs_client *fs;
    char origin[256];
    uint32_t number;
    int fd;
    err_t err;
    REMOTE_CALL(err, fs, fs_open(fs, absolute, FS_EXECUTE, 0, &number));
    if (err) return err;
    err = remote_error(fs_origin(fs, number, origin, sizeof origin));
    fs_close(fs, number);
    if (!err) return ramdisk_start(origin, options, start, pid);
    if (err != ERR_NOT_FOUND) return err;
    REMOTE_CALL(err, fs, fs_open(fs, absolute, FS_EXECUTE | FS_READ, 0, &number));
    if (!err) err = remote_open(number, &fd);
    if (err) return err;
    const char *slash = strrchr(absolute, '/');
    err = copied_start(slash + 1, fd, options, start, pid);
    close(fd);
    return err;
}

/* The child is there, paused, and waits for its console. Without one (ours has ended) it can still write. */
static err_t console_give(const struct program_options *options, const struct start *start, uint64_t pid)
{
    console_lend(pid, start->key);
    err_t err = options->flags & PROC_SPAWN_PAUSED ? ERR_OK : proc_resume(proc_default(), pid);
    if (err) proc_kill(proc_default(), pid);
    return err;
}

err_t program_spawn(const char *path, const struct program_options *options, uint64_t *pid)
{
    struct start start = {0};
    char absolute[FS_PATH_MAX + 1];
    err_t err = path_absolute(path, absolute);
    if (!err) err = strings_make(path, options, &start);
    if (!err) err = fds_pass(options, &start);
    struct program_options how = *options;
    if (start.key != 0) how.flags |= PROC_SPAWN_PAUSED;
    if (!err) err = file_start(absolute, &how, &start, pid);
    if (!err && start.key != 0) err = console_give(options, &start, *pid);
    start_end(&start);
    return err;
}

uint64_t program_lend_key(void)
{
    return clock_ticks() * 0x9e3779b97f4a7c15 ^ ((const struct spawn_info *)VADDR_INFO)->pid;
}

err_t program_lend(int fd, uint64_t pid, uint64_t key, unsigned as)
{
    struct opened *opened = opened_get(fd);
    if (!opened) return ERR_INVALID;
    err_t err = opened->ops == &remote_ops && as <= 9 ? remote_lend(opened->file, pid, key, as) : ERR_INVALID;
    opened_put(opened);
    return err;
}

/* A file that can be executed? ERR_ACCESS: it is one, but for its x bit. */
static err_t executable_check(const char *path)
{
    struct stat status;
    if (stat(path, &status) != 0 || !S_ISREG(status.st_mode)) return ERR_NOT_FOUND;
    return status.st_mode & S_IXUSR ? ERR_OK : ERR_ACCESS;
}

err_t program_search(const char *name, char *path, size_t bytes)
{
    const char *folders = getenv("PATH");
    err_t result = ERR_NOT_FOUND;
    if (strchr(name, '/')) {
        if (strlen(name) >= bytes) return ERR_TOO_LONG;
        strcpy(path, name);
        return executable_check(name);
    }
    if (!folders) folders = PROGRAM_PATH_DEFAULT;
    while (*name) {
        size_t length = strcspn(folders, ":");
        int used = snprintf(path, bytes, "%.*s/%s", length ? (int)length : 1, length ? folders : ".", name);
        err_t err = used < 0 || (size_t)used >= bytes ? ERR_TOO_LONG : executable_check(path);
        if (!err) return ERR_OK;
        if (err != ERR_NOT_FOUND && result == ERR_NOT_FOUND) result = err;
        folders += length;
        if (*folders++ == 0) break;
    }
    return result;
}
