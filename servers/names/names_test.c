/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of names, patterns, properties, searches and who waits for a name; and that a death at any instant leaves the table's records
 * usable: after every single write to one, what a successor would make of them is compared with what is promised.
 */
#include "match.h"
#include "names_table.h"
#include "searches.h"
#include "waiters.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CHUNKS 4
#define CAPACITY (CHUNKS * TABLE_CHUNK)
#define OWNERS 5
#define NAMES 40

static uint32_t sorted[CAPACITY], successor_sorted[CAPACITY];
static struct name_table table, successor;
static struct name_owner owners[OWNERS];
static unsigned chunks_there;

static err_t grow(uint32_t n, struct name_record **records, struct name_node **nodes)
{
    (void)n;
    *records = calloc(TABLE_CHUNK, sizeof(**records));
    *nodes = calloc(TABLE_CHUNK, sizeof(**nodes));
    chunks_there++;
    return ERR_OK;
}

static void shrink(uint32_t n, struct name_record *records, struct name_node *nodes)
{
    (void)n;
    free(records);
    free(nodes);
    chunks_there--;
}

static void table_make(struct name_table *made, uint32_t *room)
{
    made->grow = grow;
    made->shrink = shrink;
    made->sorted = room;
    made->chunks_most = CHUNKS;
    made->per_owner = 20;
    made->seed = 12345;
    made->step = NULL;
    made->keep = NULL;
    made->forget = NULL;
    name_table_init(made);
}

static void table_drop(struct name_table *made)
{
    for (uint32_t n = 0; n < TABLE_CHUNKS_MAX; n++) {
        if (made->chunk[n].records != NULL) shrink(n, made->chunk[n].records, made->chunk[n].nodes);
    }
    memset(made, 0, sizeof(*made));
}

static int setup(void **state)
{
    table_drop(&table);
    table_make(&table, sorted);
    for (unsigned i = 0; i < OWNERS; i++) {
        owners[i] = (struct name_owner){.pid = i, .first = NAME_NONE};
    }
    return 0;
}

static err_t add_with(const char *name, unsigned owner, const char *properties, enum record_state state, uint32_t *index)
{
    struct name_new new = {.name = name,
                           .properties = properties,
                           .owner = &owners[owner],
                           .pid = owner,
                           .endpoint = owner + 100,
                           .number = NAME_COPIED};
    return name_table_add(&table, &new, state, index);
}

static err_t add(const char *name, unsigned owner)
{
    return add_with(name, owner, "", RECORD_NAMED, NULL);
}

static uint64_t pid_of(const struct name_table *of, const char *name)
{
    uint32_t index = name_table_find(of, name);
    return index == NAME_NONE ? 0 : name_table_at(of, index)->pid;
}

static void finds_what_was_added(void **state)
{
    assert_int_equal(add("term", 1), ERR_OK);
    assert_int_equal(add("te", 2), ERR_OK);
    assert_int_equal(add("terminal", 3), ERR_OK);
    assert_int_equal(pid_of(&table, "term"), 1);
    assert_int_equal(pid_of(&table, "te"), 2);
    assert_int_equal(name_table_find(&table, "ter"), NAME_NONE);
    assert_int_equal(add("te", 3), ERR_EXISTS);
    assert_int_equal(name_table_remove(&table, name_table_find(&table, "te")), 102);
    assert_int_equal(name_table_find(&table, "te"), NAME_NONE);
    assert_int_equal(pid_of(&table, "terminal"), 3);
    assert_int_equal(owners[2].count, 0);
}

static void keeps_properties(void **state)
{
    char text[PROPERTIES_MAX + 1], long_one[PROPERTIES_MAX + 1], name[8];
    uint32_t index;
    for (unsigned length = 0; length <= PROPERTIES_MAX; length += 15) {
        memset(long_one, 'v', sizeof(long_one));
        memcpy(long_one, "k=", 2);
        long_one[length] = 0;
        snprintf(name, sizeof(name), "n%u", length);
        assert_int_equal(add_with(name, 1, long_one, RECORD_NAMED, &index), ERR_OK);
        name_table_properties(&table, index, text);
        assert_string_equal(text, long_one);
    }
    assert_int_equal(chunks_there, 1);
    while (owners[1].first != NAME_NONE) {
        name_table_remove(&table, owners[1].first);
    }
    assert_int_equal(table.chunk[0].used, 0);
}

static void pages(const char *pattern, const char *query, char *got)
{
    char after[NAME_MAX_LENGTH + 1] = "";
    got[0] = 0;
    do {
        uint32_t look = 2;
        uint32_t index = search_page(&table, pattern, query, after, &look);
        if (index != NAME_NONE) strcat(strcat(got, name_table_at(&table, index)->name), " ");
    } while (after[0] != 0);
}

static void searches_in_order(void **state)
{
    char got[256];
    add("pl011", 1);
    add_with("uart.1", 1, "type=driver line=1", RECORD_NAMED, NULL);
    add_with("uart.0", 2, "type=driver line=0 console=yes", RECORD_NAMED, NULL);
    add("art", 2);
    add("term", 3);
    add("uart", 3);
    pages("*art*", "", got);
    assert_string_equal(got, "art uart uart.0 uart.1 ");
    pages("uart", "", got);
    assert_string_equal(got, "uart ");
    pages("uart.?", "line=[1-9]", got);
    assert_string_equal(got, "uart.1 ");
    pages("", "type=driver console", got);
    assert_string_equal(got, "uart.0 ");
    pages("", "", got);
    assert_string_equal(got, "art pl011 term uart uart.0 uart.1 ");
    pages("z*", "", got);
    assert_string_equal(got, "");
}

static void patterns(void **state)
{
    static const struct {
        const char *pattern, *text;
        bool matches;
    } cases[] = {{"", "", true},       {"", "a", false},       {"*", "", true},         {"*", "abc", true},
                 {"a*c", "abc", true}, {"a*c", "ac", true},    {"a*c", "acb", false},   {"?", "", false},
                 {"??", "ab", true},   {"[a-c]x", "bx", true}, {"[a-c]x", "dx", false}, {"[!a-c]x", "dx", true},
                 {"[]]", "]", true},   {"[a", "[a", true},     {"[a", "a", false},      {"*a*b*", "xxaxxbxx", true},
                 {"*ab", "aab", true}, {"[a-]", "-", true},    {"a**b", "ab", true},    {"*[0-9]", "uart.1", true}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        bool matches = glob_match(cases[i].pattern, strlen(cases[i].pattern), cases[i].text, strlen(cases[i].text));
        if (matches != cases[i].matches) fail_msg("%s against %s", cases[i].pattern, cases[i].text);
    }
}

static void properties_are_words(void **state)
{
    static const char *const good[] = {"",    "a=1",       "a=1 b=2", "type=driver device=/soc/uart@9000000",
                                       "a==", " a=1  b=2 "};
    static const char *const bad[] = {
        "a", "=1", "a=", "a=1 a=2", "a b=1", "\xc3\xa4=1", "a=\x7f", "a=1\tb=2", "a=1 b=1 c=1 d=1 e=1 f=1 g=1 h=1 i=1"};
    char longer[PROPERTIES_MAX + 2];
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        if (!properties_valid(good[i])) fail_msg("'%s' refused", good[i]);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        if (properties_valid(bad[i])) fail_msg("'%s' taken", bad[i]);
    }
    memset(longer, 'x', sizeof(longer));
    longer[1] = '=';
    longer[PROPERTIES_MAX + 1] = 0;
    assert_false(properties_valid(longer));
    assert_false(query_valid(longer));
    assert_true(query_valid("a b=* c= d"));
    assert_false(query_valid("a b c d e"));
    assert_true(properties_match("a=[0-9]*", "b=x a=12"));
    assert_false(properties_match("a=12 c", "b=x a=12"));
    assert_true(properties_match("", ""));
    assert_false(properties_match("aa", "a=1"));
}

static void U6_odd_names(void **state)
{
    char longer[65];
    memset(longer, 'x', 64);
    longer[64] = 0;
    static const char *const odd[] = {"", " ", "a b", "a/b", "a\n", "\x80", "caf\xc3\xa9", "\x1b[2J", "a*"};
    for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
        assert_int_equal(add(odd[i], 1), ERR_INVALID);
        assert_int_equal(name_table_find(&table, odd[i]), NAME_NONE);
    }
    assert_int_equal(add(longer, 1), ERR_INVALID);
    longer[63] = 0;
    assert_int_equal(add(longer, 1), ERR_OK);
    assert_int_equal(table.count, 1);
}

static void U8_one_client_takes_all_names(void **state)
{
    char name[16];
    unsigned got = 0;
    for (int i = 0; i < 200; i++) {
        snprintf(name, sizeof(name), "n%d", i);
        got += add(name, 1) == ERR_OK;
    }
    assert_int_equal(got, 20);
    assert_int_equal(add("other", 2), ERR_OK);
    while (owners[1].first != NAME_NONE) {
        name_table_remove(&table, owners[1].first);
        got--;
    }
    assert_int_equal(got, 0);
    assert_int_equal(table.count, 1);
    assert_int_equal(pid_of(&table, "other"), 2);
}

/* A full table refuses, changes nothing, and gives its memory back. */
static void U8_the_table_is_full(void **state)
{
    char name[16];
    unsigned got = 0;
    struct name_new new = {.name = name, .properties = "key=value", .pid = 9, .flags = RECORD_REMOTE};
    do {
        snprintf(name, sizeof(name), "r%u", got);
    } while (name_table_add(&table, &new, RECORD_NAMED, NULL) == ERR_OK && ++got);
    assert_int_equal(got, CAPACITY / 2);
    assert_int_equal(chunks_there, CHUNKS);
    assert_int_equal(add("x", 1), ERR_TOO_MANY);
    assert_int_equal(owners[1].count, 0);
    while (got-- > 0) {
        snprintf(name, sizeof(name), "r%u", got);
        name_table_remove(&table, name_table_find(&table, name));
    }
    assert_int_equal(chunks_there, 1);
    assert_int_equal(table.chunk[0].used, 0);
}

/* What a table promises: who has which name, with which properties. */
struct promise {
    uint64_t pid; /* 0: nobody */
    unsigned properties;
};
static struct promise promised[NAMES], next[NAMES]; /* before and after the operation that runs */
static unsigned deaths;

static void name_of(unsigned n, char *name)
{
    snprintf(name, 16, "name.%u", n);
}

static void properties_of(unsigned n, char *text)
{
    text[0] = 0;
    if (n > 0) snprintf(text, PROPERTIES_MAX + 1, "key=%0*u", (int)n, n);
}

static bool keeps(const struct promise *promise, const struct name_table *of, unsigned n)
{
    char name[16], want[PROPERTIES_MAX + 1], text[PROPERTIES_MAX + 1];
    name_of(n, name);
    uint32_t index = name_table_find(of, name);
    if (index == NAME_NONE) return promise->pid == 0;
    properties_of(promise->properties, want);
    name_table_properties(of, index, text);
    return name_table_at(of, index)->pid == promise->pid && strcmp(text, want) == 0;
}

static void successor_make(void)
{
    table_make(&successor, successor_sorted);
    for (uint32_t n = 0; n < CHUNKS; n++) {
        struct name_record *records;
        struct name_node *nodes;
        if (table.chunk[n].records == NULL) continue;
        grow(n, &records, &nodes);
        memcpy(records, table.chunk[n].records, TABLE_CHUNK * sizeof(*records));
        name_table_recover(&successor, n, records, nodes);
    }
    name_table_recovered(&successor);
}

/* No record is lost: what is used is what names, their texts and pending ones take. */
static void nothing_lost(const struct name_table *of)
{
    unsigned used = 0, needed = 0;
    for (uint32_t n = 0; n < CHUNKS; n++) {
        if (of->chunk[n].records != NULL) used += of->chunk[n].used;
    }
    for (uint32_t i = name_table_next(of, 0); i != NAME_NONE; i = name_table_next(of, i + 1)) {
        for (uint32_t part = i; part != NAME_NONE; part = name_table_at(of, part)->more) {
            needed++;
        }
    }
    assert_int_equal(used, needed);
}

/* names has just written to a record, and dies. */
static void die(const struct name_table *of)
{
    (void)of;
    successor_make();
    deaths++;
    for (unsigned n = 0; n < NAMES; n++) {
        if (!keeps(&promised[n], &successor, n) && !keeps(&next[n], &successor, n)) fail_msg("name.%u", n);
    }
    nothing_lost(&successor);
    uint64_t last = 0;
    for (uint32_t i = successor.pending_first; i != NAME_NONE; i = name_table_node(&successor, i)->pending_next) {
        assert_true(name_table_at(&successor, i)->sequence > last);
        last = name_table_at(&successor, i)->sequence;
    }
    table_drop(&successor);
}

/* One operation on a random name, as main.c and spread.c make them. */
static void random_operation(void)
{
    char name[16], properties[PROPERTIES_MAX + 1];
    unsigned n = (unsigned)rand() % NAMES, owner = 1 + (unsigned)rand() % (OWNERS - 1);
    unsigned length = rand() % 2 ? (unsigned)rand() % 250 : 0;
    name_of(n, name);
    properties_of(length, properties);
    uint32_t index = name_table_find(&table, name);
    switch (rand() % 6) {
    case 0:
        next[n] = promised[n].pid != 0 ? promised[n] : (struct promise){owner, length};
        if (owners[owner].count >= table.per_owner) next[n] = promised[n];
        add_with(name, owner, properties, RECORD_NAMED, NULL);
        break;
    case 1:
        add_with(name, owner, properties, RECORD_CLAIMED, NULL);
        break;
    case 2:
        if (index == NAME_NONE) break;
        next[n] = (struct promise){0};
        name_table_remove(&table, index);
        break;
    case 3:
        if (index == NAME_NONE) break;
        next[n] = (struct promise){0};
        name_table_leave(&table, index);
        break;
    default:
        index = table.pending_first;
        if (index == NAME_NONE) break;
        struct name_record *record = name_table_at(&table, index);
        if (record->state == RECORD_CLAIMED && name_table_find(&table, record->name) == NAME_NONE) {
            if (rand() % 4 == 0) {
                name_table_retract(&table);
                break;
            }
            n = (unsigned)atoi(record->name + 5);
            name_table_properties(&table, index, properties);
            next[n] = (struct promise){record->pid, properties[0] != 0 ? (unsigned)strlen(properties) - 4 : 0};
            name_table_publish(&table);
        } else {
            name_table_finish(&table);
        }
    }
}

static void properties_length_is_kept(void)
{
    char text[PROPERTIES_MAX + 1];
    for (unsigned n = 1; n < 250; n++) {
        properties_of(n, text);
        assert_int_equal(strlen(text), n + 4);
    }
}

static void random_deaths(void **state)
{
    srand(2);
    properties_length_is_kept();
    memset(promised, 0, sizeof(promised));
    memset(next, 0, sizeof(next));
    deaths = 0;
    table.step = die;
    while (deaths < 10000) {
        random_operation();
        memcpy(promised, next, sizeof(promised));
        for (unsigned n = 0; n < NAMES; n++) {
            assert_true(keeps(&promised[n], &table, n));
        }
        nothing_lost(&table);
    }
}

/* A successor goes on where the table before it ended: owners that live have theirs again, others' can be removed. */
static void a_successor_goes_on(void **state)
{
    uint32_t index;
    struct name_owner living = {.pid = 1, .first = NAME_NONE};
    add_with("a", 1, "k=v", RECORD_NAMED, NULL);
    add("b", 2);
    add_with("c", 1, "", RECORD_CLAIMED, NULL);
    add("d", 1);
    name_table_leave(&table, name_table_find(&table, "d"));
    successor_make();
    name_table_own(&successor, name_table_find(&successor, "a"), &living, 7);
    name_table_own(&successor, successor.pending_first, &living, 8);
    assert_int_equal(living.count, 2);
    assert_int_equal(name_table_at(&successor, name_table_find(&successor, "a"))->endpoint, 7);
    assert_int_equal(pid_of(&successor, "b"), 2);
    assert_null(name_table_node(&successor, name_table_find(&successor, "b"))->owner);
    assert_string_equal(name_table_at(&successor, successor.pending_first)->name, "c");
    name_table_publish(&successor);
    assert_int_equal(name_table_at(&successor, successor.pending_first)->state, RECORD_LEAVING);
    name_table_finish(&successor);
    assert_int_equal(successor.pending_first, NAME_NONE);
    struct name_new new = {.name = "e", .properties = "k=w", .owner = &living, .pid = 1};
    assert_int_equal(name_table_add(&successor, &new, RECORD_NAMED, &index), ERR_OK);
    assert_int_equal(living.count, 3);
    nothing_lost(&successor);
    table_drop(&successor);
}

static struct search places[8];
static struct search_table searches = {.entries = places, .capacity = 8, .per_client = 2};

static void *search_result(uint32_t *found)
{
    void *token = NULL;
    while (token == NULL && search_step(&searches, &table, &token, found)) {
    }
    return token;
}

static void searches_wait(void **state)
{
    int token[4];
    uint32_t found;
    char name[16];
    for (unsigned i = 0; i < 20; i++) {
        name_of(i, name);
        add(name, 1);
    }
    assert_int_equal(search_add(&searches, "x.*", "", true, 1, &token[0]), ERR_OK);
    assert_int_equal(search_add(&searches, "", "kind=y*", true, 1, &token[1]), ERR_OK);
    assert_int_equal(search_add(&searches, "", "", true, 1, &token[2]), ERR_TOO_MANY);
    assert_int_equal(search_add(&searches, "x*", "", false, 2, &token[2]), ERR_OK);
    assert_ptr_equal(search_result(&found), &token[2]);
    assert_int_equal(found, NAME_NONE);
    assert_null(search_result(&found));
    /* One that comes while all are being looked through, before what has been seen. */
    assert_int_equal(search_add(&searches, "", "kind=z", true, 3, &token[3]), ERR_OK);
    void *none;
    assert_true(search_step(&searches, &table, &none, &found));
    add_with("a.first", 2, "kind=z", RECORD_NAMED, NULL);
    search_registered(&searches);
    assert_ptr_equal(search_result(&found), &token[3]);
    assert_string_equal(name_table_at(&table, found)->name, "a.first");
    assert_null(search_result(&found));
    add("x.1", 2);
    search_registered(&searches);
    assert_ptr_equal(search_result(&found), &token[0]);
    assert_ptr_equal(search_take_of(&searches, 1), &token[1]);
    assert_null(search_take_of(&searches, 1));
    assert_int_equal(search_add(&searches, "z", "", true, 1, &token[0]), ERR_OK);
    search_remove(&searches, &token[0]);
    assert_null(search_take_of(&searches, 1));
}

static void U8_waits_are_shared(void **state)
{
    static struct waiter places[16];
    struct waiter_table waiters = {.entries = places, .capacity = 16};
    int token[8];
    for (int i = 0; i < 4; i++) {
        assert_int_equal(waiter_add(&waiters, "x", 1, &token[i]), ERR_OK);
    }
    assert_int_equal(waiter_add(&waiters, "x", 1, &token[4]), ERR_TOO_MANY);
    assert_int_equal(waiter_add(&waiters, "y", 2, &token[5]), ERR_OK);
    assert_ptr_equal(waiter_take(&waiters, "y"), &token[5]);
    assert_null(waiter_take(&waiters, "y"));
    for (int i = 0; i < 4; i++) {
        assert_non_null(waiter_take_of(&waiters, 1));
    }
    assert_null(waiter_take_of(&waiters, 1));
    assert_int_equal(waiter_add(&waiters, "z", 1, &token[0]), ERR_OK);
    waiter_remove(&waiters, &token[0]);
    assert_null(waiter_take(&waiters, "z"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(finds_what_was_added, setup),
        cmocka_unit_test_setup(keeps_properties, setup),
        cmocka_unit_test_setup(searches_in_order, setup),
        cmocka_unit_test(patterns),
        cmocka_unit_test(properties_are_words),
        cmocka_unit_test_setup(U6_odd_names, setup),
        cmocka_unit_test_setup(U8_one_client_takes_all_names, setup),
        cmocka_unit_test_setup(U8_the_table_is_full, setup),
        cmocka_unit_test_setup(random_deaths, setup),
        cmocka_unit_test_setup(a_successor_goes_on, setup),
        cmocka_unit_test_setup(searches_wait, setup),
        cmocka_unit_test_setup(U8_waits_are_shared, setup),
    };
    int result = cmocka_run_group_tests(tests, NULL, NULL);
    table_drop(&table);
    return result;
}
