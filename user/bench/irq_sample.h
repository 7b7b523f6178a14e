/* SPDX-License-Identifier: BSD-2-Clause */
/* What irq.c and irq_entry.S agree on. */
#ifndef BENCH_IRQ_SAMPLE_H
#define BENCH_IRQ_SAMPLE_H

#define IRQ_SAMPLE_OWN                                                                                                 \
    2 /* instructions of a sample that are the measurement's: one store, one reading of the counter */

#define SAMPLE_ADDRESS 0
#define SAMPLE_VALUE 8
#define SAMPLE_START 16
#define SAMPLE_END 24

#ifndef __ASSEMBLER__
#include <stdint.h>

struct irq_sample {
    uint64_t address; /* of the register that makes the device raise its interrupt, */
    uint64_t value;   /* when this is written to it */
    uint64_t start;   /* count before that */
    uint64_t end;     /* count at the upcall's first instruction; 0: has not come yet */
};
extern struct irq_sample *irq_sample_now;

/* Enabled: writes the value and waits, spinning, for the upcall. */
void irq_trigger(struct irq_sample *sample);
/* entry_run meanwhile. */
void irq_entry(void);
#endif
#endif
