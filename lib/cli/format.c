/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How programs read and write process ids, sizes and durations.
 */
#include <cli/format.h>

#include <stdio.h>

/* The digits at *text; false: there are none, or they are more than `most`. */
static bool digits(const char **text, uint64_t most, uint64_t *number)
{
    const char *first = *text;
    *number = 0;
    for (; **text >= '0' && **text <= '9'; (*text)++) {
        if (__builtin_mul_overflow(*number, 10, number) ||
            __builtin_add_overflow(*number, (uint64_t)(**text - '0'), number)) {
            return false;
        }
    }
    return *text != first && *number <= most;
}

bool number_parse(const char *text, uint64_t most, uint64_t *number)
{
    return digits(&text, most, number) && *text == '\0';
}

bool pid_parse(const char *text, pid_abi_t *pid)
{
    uint64_t core, number;
    if (!digits(&text, UINT32_MAX, &core) || *text++ != '.' || !digits(&text, UINT32_MAX, &number) || *text != '\0') {
        return false;
    }
    *pid = core << 32 | number;
    return true;
}

const char *pid_text(pid_abi_t pid, char *text)
{
    snprintf(text, FORMAT_BYTES, "%u.%u", (unsigned)(pid >> 32), (unsigned)pid);
    return text;
}

const char *bytes_text(uint64_t bytes, char *text)
{
    static const char units[] = "KMGTPE";
    if (bytes < 1024) {
        snprintf(text, FORMAT_BYTES, "%u", (unsigned)bytes);
        return text;
    }
    unsigned unit = 0;
    for (; bytes >= 1024 * 1024; unit++) {
        bytes /= 1024;
    }
    uint64_t rest = bytes % 1024;
    bytes /= 1024;
    if (bytes < 10 && unit > 0) {
        snprintf(text, FORMAT_BYTES, "%u.%u%c", (unsigned)bytes, (unsigned)(rest * 10 / 1024), units[unit]);
    } else {
        snprintf(text, FORMAT_BYTES, "%u%c", (unsigned)bytes, units[unit]);
    }
    return text;
}

const char *duration_text(uint64_t seconds, char *text)
{
    unsigned s = seconds % 60, m = seconds / 60 % 60, h = seconds / 3600 % 24;
    unsigned days = (unsigned)(seconds / 86400);
    if (days > 0) {
        snprintf(text, FORMAT_BYTES, "%u day%s, %u:%02u:%02u", days % 100000, days == 1 ? "" : "s", h, m, s);
    } else if (h > 0) {
        snprintf(text, FORMAT_BYTES, "%u:%02u:%02u", h, m, s);
    } else if (m > 0) {
        snprintf(text, FORMAT_BYTES, "%u:%02u", m, s);
    } else {
        snprintf(text, FORMAT_BYTES, "%u s", s);
    }
    return text;
}
