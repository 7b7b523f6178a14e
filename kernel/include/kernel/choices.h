/* SPDX-License-Identifier: BSD-2-Clause */
/* The configuration in words. */
#ifndef KERNEL_CHOICES_H
#define KERNEL_CHOICES_H

const char *choices_text(void);

#endif
