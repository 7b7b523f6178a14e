/* SPDX-License-Identifier: BSD-2-Clause */
/* ENABLED(CONFIG_X): 1 if a bool option is on, else 0, as an expression: both sides always compile. */
#ifndef KERNEL_CONFIG_H
#define KERNEL_CONFIG_H

#define CONFIG_IS_1 0,
#define config_second(first, second, ...) second
#define config_pick(junk) config_second(junk 1, 0, 0)
#define config_join(value) config_pick(CONFIG_IS_##value)
#define ENABLED(option) config_join(option)

#endif
