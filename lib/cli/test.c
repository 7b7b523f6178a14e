/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test: conditions by recursive descent, decided by how many arguments are left where POSIX says so.
 */
#include <cli/utilities.h>

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct condition {
    char **argument;
    int left; /* arguments */
    bool failed;
};

static bool either(struct condition *c);

static bool fail(struct condition *c, const char *what, const char *detail)
{
    if (!c->failed) {
        fflush(stdout);
        fprintf(stderr, "test: %s%.60s\n", what, detail);
    }
    c->failed = true;
    return false;
}

static const char *take(struct condition *c)
{
    c->left--;
    return *c->argument++;
}

static bool is(const struct condition *c, int ahead, const char *text)
{
    return ahead < c->left && strcmp(c->argument[ahead], text) == 0;
}

static bool is_unary(const char *text)
{
    return text[0] == '-' && text[1] != '\0' && text[2] == '\0' && strchr("bcdefghknprstuwxzLOGS", text[1]) != NULL;
}

static bool is_binary(const char *text)
{
    static const char *const operators[] = {"=",   "==",  "!=",  "<",   ">",   "-eq", "-ne",
                                            "-lt", "-le", "-gt", "-ge", "-nt", "-ot", "-ef"};
    for (size_t i = 0; i < sizeof operators / sizeof operators[0]; i++) {
        if (strcmp(operators[i], text) == 0) {
            return true;
        }
    }
    return false;
}

static intmax_t integer(struct condition *c, const char *text)
{
    char *end;
    errno = 0;
    intmax_t value = strtoimax(text, &end, 10);
    while (*end == ' ' || *end == '\t' || *end == '\n') {
        end++;
    }
    if (end == text || *end != '\0' || errno != 0) {
        fail(c, "this is no whole number: ", text);
    }
    return value;
}

static bool unary(struct condition *c, char letter, const char *operand)
{
    struct stat status;
    if (letter == 'n' || letter == 'z') {
        return (operand[0] == '\0') == (letter == 'z');
    }
    if (letter == 't') {
        return isatty((int)integer(c, operand)) != 0;
    }
    if (letter == 'h' || letter == 'L') {
        return false; /* there are no symbolic links */
    }
    if (letter == 'r' || letter == 'w' || letter == 'x') {
        return access(operand, letter == 'r' ? R_OK : letter == 'w' ? W_OK : X_OK) == 0;
    }
    if (stat(operand, &status) != 0) {
        return false;
    }
    switch (letter) {
    case 'd':
        return S_ISDIR(status.st_mode);
    case 'f':
        return S_ISREG(status.st_mode);
    case 's':
        return status.st_size > 0;
    case 'p':
        return S_ISFIFO(status.st_mode);
    case 'b':
        return S_ISBLK(status.st_mode);
    case 'c':
        return S_ISCHR(status.st_mode);
    case 'S':
        return S_ISSOCK(status.st_mode);
    case 'g':
        return (status.st_mode & S_ISGID) != 0;
    case 'u':
        return (status.st_mode & S_ISUID) != 0;
    case 'k':
        return (status.st_mode & S_ISVTX) != 0;
    default:
        return true; /* -e; -O, -G: there are no owners */
    }
}

static bool files(const char *operator, const char * a, const char *b)
{
    struct stat first, second;
    bool there = stat(a, &first) == 0, other = stat(b, &second) == 0;
    if (operator[1] == 'e') {
        return there && other && first.st_ino == second.st_ino && first.st_dev == second.st_dev;
    }
    if (!there || !other) {
        return operator[1] == 'n' ? there && !other : other && !there;
    }
    bool newer = first.st_mtim.tv_sec != second.st_mtim.tv_sec ? first.st_mtim.tv_sec > second.st_mtim.tv_sec
                                                               : first.st_mtim.tv_nsec > second.st_mtim.tv_nsec;
    bool same = first.st_mtim.tv_sec == second.st_mtim.tv_sec && first.st_mtim.tv_nsec == second.st_mtim.tv_nsec;
    return operator[1] == 'n' ? newer : !newer && !same;
}

static bool numbers(const char *operator, intmax_t a, intmax_t b)
{
    switch (operator[1] << 8 | operator[2]) {
    case 'e' << 8 | 'q':
        return a == b;
    case 'n' << 8 | 'e':
        return a != b;
    case 'l' << 8 | 't':
        return a < b;
    case 'l' << 8 | 'e':
        return a <= b;
    case 'g' << 8 | 't':
        return a > b;
    default:
        return a >= b;
    }
}

static bool binary(struct condition *c, const char *a, const char *operator, const char * b)
{
    int order = strcmp(a, b);
    if (operator[0] != '-') {
        return operator[0] == '=' ? order == 0 :
               operator[0] == '!' ? order != 0
               :
               operator[0] == '<' ? order < 0
                                  : order> 0;
    }
    if (strcmp(operator, "-nt") == 0 || strcmp(operator, "-ot") == 0 || strcmp(operator, "-ef") == 0) {
        return files(operator, a, b);
    }
    intmax_t first = integer(c, a), second = integer(c, b);
    return numbers(operator, first, second);
}

static bool primary(struct condition *c)
{
    if (c->left <= 0) {
        return fail(c, "a condition is expected at the end", "");
    }
    if (c->left >= 3 && is_binary(c->argument[1])) {
        const char *a = take(c), *operator= take(c);
        return binary(c, a, operator, take(c));
    }
    if (is(c, 0, "!") && c->left > 1) {
        take(c);
        return !primary(c);
    }
    if (is(c, 0, "(") && c->left > 1) {
        take(c);
        bool value = either(c);
        if (!is(c, 0, ")")) {
            return fail(c, "')' expected", "");
        }
        take(c);
        return value;
    }
    if (is_unary(c->argument[0]) && c->left > 1) {
        char letter = take(c)[1];
        return unary(c, letter, take(c));
    }
    return take(c)[0] != '\0';
}

static bool both(struct condition *c)
{
    bool value = primary(c);
    while (!c->failed && is(c, 0, "-a")) {
        take(c);
        value = primary(c) && value;
    }
    return value;
}

static bool either(struct condition *c)
{
    bool value = both(c);
    while (!c->failed && is(c, 0, "-o")) {
        take(c);
        value = both(c) || value;
    }
    return value;
}

/* Up to four arguments: their number decides. */
static bool decide(struct condition *c)
{
    if (c->left == 0) {
        return false;
    }
    if (c->left == 1) {
        return take(c)[0] != '\0';
    }
    if (c->left == 2 && is(c, 0, "!")) {
        take(c);
        return take(c)[0] == '\0';
    }
    if (c->left == 3 && !is_binary(c->argument[1]) && is(c, 0, "!")) {
        take(c);
        return !decide(c);
    }
    if (c->left == 4 && is(c, 0, "!")) {
        take(c);
        return !decide(c);
    }
    return either(c);
}

int utility_test(int argc, char **argv)
{
    struct condition c = {.argument = argv + 1, .left = argc - 1};
    if (argv[0][0] == '[') {
        if (c.left == 0 || strcmp(argv[argc - 1], "]") != 0) {
            fprintf(stderr, "[: ']' expected at the end\n");
            return 2;
        }
        c.left--;
    }
    bool value = decide(&c);
    if (!c.failed && c.left > 0) {
        fail(&c, "nothing is expected here: ", c.argument[0]);
    }
    return c.failed ? 2 : value ? 0 : 1;
}
