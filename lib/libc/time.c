/* SPDX-License-Identifier: BSD-2-Clause */
/* Time since reset: there is no clock that knows the date, so CLOCK_REALTIME begins at 1970 with the machine. */
#include <errno.h>
#include <libc/clock.h>
#include <sys/time.h>
#include <sys/times.h>
#include <threads/thread.h>
#include <threads/time.h>
#include <unistd.h>

#define NS_PER_S 1000000000ull

int clock_gettime(clockid_t clock, struct timespec *time)
{
    uint64_t hz = clock_hz();
    ticks_t ticks = clock_ticks();
    (void)clock;
    time->tv_sec = ticks / hz;
    time->tv_nsec = ticks % hz * NS_PER_S / hz;
    return 0;
}

int clock_getres(clockid_t clock, struct timespec *resolution)
{
    (void)clock;
    *resolution = (struct timespec){0, NS_PER_S / clock_hz() + 1};
    return 0;
}

int gettimeofday(struct timeval *time, void *zone)
{
    (void)zone;
    uint64_t us = us_from_ticks(clock_ticks());
    *time = (struct timeval){us / 1000000, us % 1000000};
    return 0;
}

clock_t times(struct tms *times)
{
    clock_t now = us_from_ticks(clock_ticks()) / (1000000 / CLOCKS_PER_SEC);
    if (times) *times = (struct tms){.tms_utime = now};
    return now;
}

int nanosleep(const struct timespec *time, struct timespec *left)
{
    if (time->tv_sec < 0 || time->tv_nsec < 0 || time->tv_nsec >= (long)NS_PER_S) {
        errno = EINVAL;
        return -1;
    }
    thread_sleep_us(time->tv_sec * 1000000ull + (time->tv_nsec + 999) / 1000);
    if (left) *left = (struct timespec){0, 0};
    return 0;
}

int usleep(useconds_t us)
{
    thread_sleep_us(us);
    return 0;
}

unsigned sleep(unsigned seconds)
{
    thread_sleep_us(seconds * 1000000ull);
    return 0;
}
