/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * printf of POSIX: the format is used again until the arguments are used up.
 */
#include <cli/utilities.h>

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SPECIFICATION_BYTES 32

struct job {
    char **argument; /* the next one; a null pointer ends them */
    bool used;       /* the format takes arguments */
    bool stop;       /* \c was there */
    int status;
};

/* A backslash sequence at `at` (behind the backslash), printed; what follows it. `zero`: octal numbers have a 0 in front. */
static const char *escape(const char *at, bool zero, struct job *job)
{
    static const char letters[] = "abfnrtv\\\"'", values[] = "\a\b\f\n\r\t\v\\\"'";
    const char *found = *at != '\0' ? strchr(letters, *at) : NULL;
    if (found != NULL) {
        putchar(values[found - letters]);
        return at + 1;
    }
    if (*at == 'c' && zero) {
        job->stop = true;
        return at + 1;
    }
    if (*at >= '0' && *at <= '7') {
        int value = 0, most = zero && *at == '0' ? 4 : 3;
        for (int i = 0; i < most && *at >= '0' && *at <= '7'; i++) {
            value = value * 8 + (*at++ - '0');
        }
        putchar(value & 255);
        return at;
    }
    putchar('\\');
    return at;
}

static const char *next(struct job *job)
{
    job->used = true;
    return *job->argument != NULL ? *job->argument++ : NULL;
}

static void complain(struct job *job, const char *text)
{
    fflush(stdout);
    fprintf(stderr, "printf: '%.60s' is not a number that is expected here\n", text);
    job->status = 1;
}

/* A number, or the code of a character behind a quote. */
static intmax_t integer(struct job *job, bool is_signed)
{
    const char *text = next(job);
    char *end;
    if (text == NULL) {
        return 0;
    }
    if (text[0] == '"' || text[0] == '\'') {
        return (unsigned char)text[1];
    }
    errno = 0;
    intmax_t value = is_signed || text[0] == '-' ? strtoimax(text, &end, 0) : (intmax_t)strtoumax(text, &end, 0);
    if (end == text || *end != '\0' || errno != 0) {
        complain(job, text);
    }
    return value;
}

static double real(struct job *job)
{
    const char *text = next(job);
    char *end;
    double value = text != NULL ? strtod(text, &end) : 0;
    if (text != NULL && (end == text || *end != '\0')) {
        complain(job, text);
    }
    return value;
}

static void put_escaped(struct job *job, int width, bool left)
{
    const char *text = next(job);
    int length = text != NULL ? (int)strlen(text) : 0;
    for (int i = length; !left && i < width; i++) {
        putchar(' ');
    }
    while (text != NULL && *text != '\0' && !job->stop) {
        if (*text == '\\') {
            text = escape(text + 1, true, job);
        } else {
            putchar(*text++);
        }
    }
    for (int i = length; left && i < width; i++) {
        putchar(' ');
    }
}

/* What is printed with a specification whose conversion is `conversion`; `specification` has room for a length in front of it. */
static void convert(struct job *job, char *specification, char conversion, int width, int precision)
{
    size_t length = strlen(specification);
    if (strchr("diouxX", conversion) != NULL) {
        specification[length++] = 'j';
        specification[length++] = conversion;
        specification[length] = '\0';
        intmax_t value = integer(job, conversion == 'd' || conversion == 'i');
        printf(specification, width, precision, value);
        return;
    }
    specification[length++] = conversion;
    specification[length] = '\0';
    if (conversion == 's' || conversion == 'c') {
        const char *text = next(job);
        char one[2] = {text != NULL ? text[0] : '\0', '\0'};
        specification[length - 1] = 's';
        printf(specification, width, precision, conversion == 'c' ? one : text != NULL ? text : "");
    } else {
        printf(specification, width, precision, real(job));
    }
}

/* Digits, or * for an argument; -1: none. */
static const char *count(const char *at, struct job *job, int *number)
{
    if (*at == '*') {
        *number = (int)integer(job, true);
        return at + 1;
    }
    *number = isdigit((unsigned char)*at) ? 0 : -1;
    for (; isdigit((unsigned char)*at); at++) {
        *number = *number < 100000 ? *number * 10 + (*at - '0') : *number;
    }
    return at;
}

/* A specification at `at` (behind the %); what follows it, 0: it is none. */
static const char *specification(const char *at, struct job *job)
{
    char text[SPECIFICATION_BYTES] = "%";
    size_t length = 1;
    int width, precision = -1;
    bool left = false;
    for (; *at != '\0' && strchr("-+ #0", *at) != NULL; at++) {
        left = left || *at == '-';
        if (length < 8) {
            text[length++] = *at;
        }
    }
    at = count(at, job, &width);
    if (*at == '.') {
        at = count(at + 1, job, &precision);
        precision = precision < 0 ? 0 : precision;
    }
    strcpy(text + length, "*.*");
    if (*at == 'b') {
        put_escaped(job, width, left);
    } else if (*at != '\0' && strchr("diouxXeEfFgGsc", *at) != NULL) {
        convert(job, text, *at, width < 0 && !(width < -1) ? 0 : width, precision);
    } else {
        fflush(stdout);
        fprintf(stderr, "printf: %%%c is not a conversion that there is\n", *at != '\0' ? *at : ' ');
        job->status = 1;
        return NULL;
    }
    return at + 1;
}

static void print_once(const char *at, struct job *job)
{
    while (at != NULL && *at != '\0' && !job->stop) {
        if (*at == '\\') {
            at = escape(at + 1, false, job);
        } else if (at[0] == '%' && at[1] == '%') {
            putchar('%');
            at += 2;
        } else if (*at == '%') {
            at = specification(at + 1, job);
            job->stop = job->stop || at == NULL;
        } else {
            putchar(*at++);
        }
    }
}

int utility_printf(int argc, char **argv)
{
    int first = argc > 1 && strcmp(argv[1], "--") == 0 ? 2 : 1;
    if (argc <= first) {
        fprintf(stderr, "printf: which format? usage: printf FORMAT [ARGUMENT...]\n");
        return 2;
    }
    struct job job = {.argument = argv + first + 1};
    do {
        print_once(argv[first], &job);
    } while (!job.stop && job.used && *job.argument != NULL);
    return ferror(stdout) ? 1 : job.status;
}
