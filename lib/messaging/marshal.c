/* SPDX-License-Identifier: BSD-2-Clause */
/* Buffers of generated code. */
#include <messaging/marshal.h>
#include <stdlib.h>

uint64_t *message_buffer(uint64_t *stack, size_t stack_words, size_t words)
{
    return words <= stack_words ? stack : malloc(words * 8);
}

void message_buffer_free(uint64_t *stack, uint64_t *buffer)
{
    if (buffer != stack) free(buffer);
}
