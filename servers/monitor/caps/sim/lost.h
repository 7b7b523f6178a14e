/* SPDX-License-Identifier: BSD-2-Clause */
/* A core that answers no more, at any point of any two operations. */
#ifndef CAPS_SIM_LOST_H
#define CAPS_SIM_LOST_H

#define LOST_OPERATIONS 5

/* Operation `first` of core 0 and `second` of core 1, below LOST_OPERATIONS. NULL, or what is wrong. */
const char *lost_run(unsigned first, unsigned second);

#endif
