/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads the inventory, line by line. It never looks past the text it was given, and takes nothing for granted:
 * the text may be any bytes.
 */
#include "inventory.h"
#include <string.h>

#define STATE_KIB_MAX 16384
#define SLOTS_MAX 16384

/* A word of a line: not terminated. */
struct word {
    const char *text;
    size_t length;
};

static bool is_space(char c)
{
    return c == ' ' || c == '\t';
}

static bool is_name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
}

static bool is_printable(char c)
{
    return c >= ' ' && c <= '~';
}

static bool word_is(struct word word, const char *text)
{
    return word.length == strlen(text) && memcmp(word.text, text, word.length) == 0;
}

static err_t complain(struct inventory_reader *reader, const char *error, struct word word)
{
    size_t n = word.length < sizeof(reader->word) - 1 ? word.length : sizeof(reader->word) - 1;
    for (size_t i = 0; i < n; i++) {
        reader->word[i] = is_printable(word.text[i]) ? word.text[i] : '?';
    }
    reader->word[n] = 0;
    reader->error = error;
    return ERR_INVENTORY;
}

static bool word_copy(struct word word, char *to, size_t room)
{
    if (word.length == 0 || word.length >= room) return false;
    memcpy(to, word.text, word.length);
    to[word.length] = 0;
    return true;
}

/* Takes the next word off the front of `rest`; an empty one: there is none. */
static struct word word_take(struct word *rest)
{
    while (rest->length > 0 && is_space(rest->text[0])) {
        rest->text++;
        rest->length--;
    }
    struct word word = {rest->text, 0};
    while (word.length < rest->length && !is_space(rest->text[word.length])) {
        word.length++;
    }
    rest->text += word.length;
    rest->length -= word.length;
    return word;
}

static bool number_parse(struct word word, uint32_t most, uint32_t *number)
{
    uint32_t value = 0;
    if (word.length == 0 || word.length > 5) return false;
    for (size_t i = 0; i < word.length; i++) {
        if (word.text[i] < '0' || word.text[i] > '9') return false;
        value = value * 10 + (uint32_t)(word.text[i] - '0');
    }
    if (value > most) return false;
    *number = value;
    return true;
}

static err_t match_parse(struct inventory_reader *reader, struct word value, struct inventory_entry *entry)
{
    if (entry->kind != INVENTORY_DRIVER) return complain(reader, "only a driver has match=", value);
    if (entry->matches == INVENTORY_MATCHES) return complain(reader, "more than 4 match=", value);
    if (!word_copy(value, entry->match[entry->matches], sizeof(entry->match[0]))) {
        return complain(reader, "match= wants a compatible string of 1 to 47 characters", value);
    }
    entry->matches++;
    return ERR_OK;
}

static err_t restart_parse(struct inventory_reader *reader, struct word value, struct inventory_entry *entry)
{
    if (word_is(value, "always")) {
        entry->restart = RESTART_ALWAYS;
    } else if (word_is(value, "failure")) {
        entry->restart = RESTART_FAILURE;
    } else if (word_is(value, "never")) {
        entry->restart = RESTART_NEVER;
    } else {
        return complain(reader, "restart= is always, failure or never", value);
    }
    return ERR_OK;
}

/* args= takes the rest of the line, blanks at its end excepted. */
static err_t args_parse(struct inventory_reader *reader, struct word value, struct word *rest,
                        struct inventory_entry *entry)
{
    struct word all = {value.text, value.length + rest->length};
    while (all.length > 0 && is_space(all.text[all.length - 1])) {
        all.length--;
    }
    rest->length = 0;
    if (all.length == 0) return ERR_OK;
    if (!word_copy(all, entry->args, sizeof(entry->args))) {
        return complain(reader, "args= has more than 255 characters", all);
    }
    return ERR_OK;
}

static err_t dma_parse(struct inventory_reader *reader, struct word value, struct inventory_entry *entry)
{
    uint32_t kib;
    if (entry->kind != INVENTORY_DRIVER) return complain(reader, "only a driver has dma=", value);
    if (entry->dmas == INVENTORY_DMA) return complain(reader, "more than 4 dma=", value);
    if (!number_parse(value, INVENTORY_DMA_MOST, &kib) || kib == 0 || kib % (PAGE_SIZE / 1024) != 0) {
        return complain(reader, "dma= is KiB, a multiple of 4 up to 65532", value);
    }
    entry->dma[entry->dmas++] = kib;
    return ERR_OK;
}

static err_t virtio_parse(struct inventory_reader *reader, struct word value, struct inventory_entry *entry)
{
    if (entry->kind != INVENTORY_DRIVER) return complain(reader, "only a driver has virtio=", value);
    if (number_parse(value, 255, &entry->virtio) && entry->virtio != 0) return ERR_OK;
    return complain(reader, "virtio= is a kind of device, 1 to 255", value);
}

static err_t option_parse(struct inventory_reader *reader, struct word option, struct word *rest,
                          struct inventory_entry *entry)
{
    const char *equals = memchr(option.text, '=', option.length);
    if (equals == NULL) return complain(reader, "an option looks like key=value", option);
    struct word key = {option.text, (size_t)(equals - option.text)};
    struct word value = {equals + 1, option.length - key.length - 1};
    if (word_is(key, "match")) return match_parse(reader, value, entry);
    if (word_is(key, "restart")) return restart_parse(reader, value, entry);
    if (word_is(key, "args")) return args_parse(reader, value, rest, entry);
    if (word_is(key, "priority")) {
        return number_parse(value, 7, &entry->priority) ? ERR_OK : complain(reader, "priority= is 0 to 7", value);
    }
    if (word_is(key, "core")) {
        bool good = number_parse(value, CORES_MAX - 1, &entry->core);
        return good ? ERR_OK : complain(reader, "core= is a core that this build can have (MAX_CORES)", value);
    }
    if (word_is(key, "regs")) {
        return number_parse(value, 8, &entry->regs) ? ERR_OK : complain(reader, "regs= is 0 to 8", value);
    }
    if (word_is(key, "dma")) return dma_parse(reader, value, entry);
    if (word_is(key, "virtio")) return virtio_parse(reader, value, entry);
    if (word_is(key, "bells")) {
        if (entry->kind != INVENTORY_DRIVER) return complain(reader, "only a driver has bells=", value);
        return number_parse(value, INVENTORY_BELLS, &entry->bells) ? ERR_OK : complain(reader, "bells= is 0 to 4", value);
    }
    if (word_is(key, "state")) {
        return number_parse(value, STATE_KIB_MAX, &entry->state) ? ERR_OK
                                                                 : complain(reader, "state= is 0 to 16384 (KiB)", value);
    }
    if (word_is(key, "slots")) {
        return number_parse(value, SLOTS_MAX, &entry->slots) ? ERR_OK : complain(reader, "slots= is 0 to 16384", value);
    }
    if (word_is(key, "allow")) {
        if (word_is(value, "power")) return entry->power = true, ERR_OK;
        if (word_is(value, "ramdisk")) return entry->ramdisk = true, ERR_OK;
        return complain(reader, "allow= is power or ramdisk", value);
    }
    if (word_is(key, "memory")) {
        entry->backed = word_is(value, "backed");
        return entry->backed ? ERR_OK : complain(reader, "memory= is backed", value);
    }
    if (word_is(key, "names")) {
        bool good = word_copy(value, entry->names, sizeof(entry->names));
        return good ? ERR_OK : complain(reader, "names= is a prefix of 1 to 31 characters", value);
    }
    return complain(
        reader, "unknown option (match, restart, priority, core, regs, virtio, dma, bells, state, slots, allow, memory, names, args)",
        key);
}

static const struct {
    const char *word;
    enum inventory_kind kind;
    uint32_t priority;
} KINDS[] = {{"service", INVENTORY_SERVICE, 2},
             {"driver", INVENTORY_DRIVER, 1},
             {"program", INVENTORY_PROGRAM, 4},
             {"cores", INVENTORY_CORES, 0}};

static err_t kind_parse(struct inventory_reader *reader, struct word word, struct inventory_entry *entry)
{
    for (size_t i = 0; i < sizeof(KINDS) / sizeof(KINDS[0]); i++) {
        if (word_is(word, KINDS[i].word)) {
            entry->kind = KINDS[i].kind;
            entry->priority = KINDS[i].priority;
            return ERR_OK;
        }
    }
    return complain(reader, "a line starts with service, driver, program or cores", word);
}

static err_t line_parse(struct inventory_reader *reader, struct word line, struct inventory_entry *entry)
{
    *entry = (struct inventory_entry){.regs = 8, .restart = RESTART_NEVER};
    err_t err = kind_parse(reader, word_take(&line), entry);
    if (err != ERR_OK) return err;
    struct word name = word_take(&line);
    if (!word_copy(name, entry->name, sizeof(entry->name))) {
        return complain(reader, "a name of 1 to 31 characters follows", name);
    }
    for (size_t i = 0; i < name.length; i++) {
        if (!is_name_char(name.text[i])) return complain(reader, "a name is letters, digits, '.', '_' and '-'", name);
    }
    if (entry->kind == INVENTORY_CORES && !word_is(name, "all"))
        return complain(reader, "cores is followed by all", name);
    for (;;) {
        struct word option = word_take(&line);
        if (option.length == 0) break;
        err = option_parse(reader, option, &line, entry);
        if (err != ERR_OK) return err;
    }
    if (entry->kind == INVENTORY_DRIVER && entry->matches == 0) {
        return complain(reader, "a driver needs match=", name);
    }
    return ERR_OK;
}

static struct word line_take(struct inventory_reader *reader)
{
    const char *start = reader->text + reader->next;
    size_t left = reader->bytes - reader->next;
    const char *end = memchr(start, '\n', left);
    struct word line = {start, end != NULL ? (size_t)(end - start) : left};
    reader->next += line.length + (end != NULL ? 1 : 0);
    reader->line++;
    return line;
}

err_t inventory_next(struct inventory_reader *reader, struct inventory_entry *entry)
{
    while (reader->next < reader->bytes) {
        struct word line = line_take(reader);
        struct word rest = line;
        struct word first = word_take(&rest);
        if (first.length == 0 || first.text[0] == '#') continue;
        if (line.length > INVENTORY_LINE_MAX) return complain(reader, "more than 511 characters", first);
        for (size_t i = 0; i < line.length; i++) {
            if (!is_printable(line.text[i]) && line.text[i] != '\t') {
                return complain(reader, "a character that is not printable ASCII", first);
            }
        }
        return line_parse(reader, line, entry);
    }
    return ERR_EOF;
}
