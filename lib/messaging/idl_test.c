/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Generated stubs and dispatch, against each other and against mutated messages (hostile-input U2). rpc_call() is replaced by a
 * loop-back: the request is copied into a buffer of exactly its size, so that any read beyond it is found.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <caps/caps.h>
#include <idl/sample.h>

static unsigned caps_freed;
static int mutate_request, mutate_reply; /* percent of messages that are damaged */
static err_t dispatched;
static unsigned handled;

err_t cap_free(cptr_t slot)
{
    caps_freed += slot != 0;
    return ERR_OK;
}

void rpc_drop_caps(struct rpc *rpc)
{
    caps_freed += rpc->reply_cap_count;
    rpc->reply_cap_count = 0;
}

err_t channel_bind(struct channel *channel)
{
    (void)channel;
    return ERR_OK;
}

err_t channel_rebind(struct channel *channel)
{
    return channel_bind(channel);
}

bool channel_repeat(struct channel *channel, uint32_t *tries)
{
    (void)channel;
    return ++*tries < 3;
}

void channel_close(struct channel *channel)
{
    (void)channel;
}

void reply_error(struct reply *reply, err_t error)
{
    (void)reply;
    dispatched = error;
}

static uint64_t later[8300];
static uint32_t later_bytes, later_caps;
void reply_send(struct reply *reply, uint64_t *w, uint32_t bytes, const cptr_t *caps, uint32_t cap_count)
{
    (void)reply;
    (void)caps;
    assert_true(bytes + 8 <= sizeof later);
    memcpy(later, w, bytes + 8);
    later_bytes = bytes;
    later_caps = cap_count;
}

/* Changes some words, or the length; the length stays one that the library lets through. */
static uint32_t damage(uint64_t *w, uint32_t bytes, uint32_t least, uint32_t *cap_count, uint32_t most_caps)
{
    static const uint64_t values[] = {
        0, 1, 7, 8, 40, 63, 64, 65536, 0x7fffffff, 0xffffffff, UINT64_MAX, 1ull << 63, UINT64_MAX - 7};
    for (int n = rand() % 3 + 1; n; n--) {
        uint32_t words = bytes / 8;
        switch (rand() % 5) {
        case 0:
            if (words) w[(uint32_t)rand() % words] = values[(size_t)rand() % (sizeof values / sizeof *values)];
            break;
        case 1:
            if (bytes) ((uint8_t *)w)[(uint32_t)rand() % bytes] ^= (uint8_t)(1 << rand() % 8);
            break;
        case 2:
            if (bytes > least) bytes -= 8;
            break;
        case 3:
            if (*cap_count) --*cap_count;
            break;
        case 4:
            if (*cap_count < most_caps) ++*cap_count;
            break;
        }
    }
    return bytes;
}

static const struct sample_ops ops;
static unsigned deaths; /* so many calls are answered by nobody, half of a reply in the buffer */

err_t rpc_call(struct channel *channel, struct rpc *rpc)
{
    struct service service = SAMPLE_SERVICE(&ops);
    const struct method *method = &sample_interface.methods[rpc->method];
    uint32_t bytes = rpc->request_bytes, cap_count = rpc->cap_count;
    cptr_t caps[MESSAGE_CAPS_MAX + 8] = {0}, reply_caps[MESSAGE_CAPS_MAX];
    (void)channel;
    if (deaths > 0) {
        deaths--;
        memset(rpc->w, 0xee, 16);
        return ERR_PEER_DEAD;
    }
    assert_true(bytes >= method->request_least && bytes <= method->request_most && bytes % 8 == 0);
    assert_true(cap_count <= method->request_caps);
    if (rpc->cap_count) memcpy(caps, rpc->caps, rpc->cap_count * sizeof *caps);
    uint64_t *request = malloc(bytes ? bytes : 1), *reply = malloc(8 + method->reply_most + 64);
    memcpy(request, rpc->w + 1, bytes);
    if (rand() % 100 < mutate_request) {
        bytes = damage(request, bytes, method->request_least, &cap_count, method->request_caps);
        uint64_t *exact = malloc(bytes ? bytes : 1);
        memcpy(exact, request, bytes);
        free(request);
        request = exact;
    }
    struct call call = {.service = &service,
                        .method = method,
                        .request = request,
                        .request_bytes = bytes,
                        .request_caps = caps,
                        .request_cap_count = cap_count,
                        .reply = reply,
                        .reply_bytes = 8,
                        .reply_caps = reply_caps};
    err_t error = dispatched = method->dispatch(&call);
    reply[1] = error;
    uint32_t reply_bytes = error ? 8 : call.reply_bytes, reply_cap_count = error ? 0 : call.reply_cap_count;
    assert_true(reply_bytes <= method->reply_most && reply_cap_count <= method->reply_caps);
    if (!error && rand() % 100 < mutate_reply) {
        reply_bytes = damage(reply + 1, reply_bytes, 8, &reply_cap_count, method->reply_caps);
        error = (err_t)reply[1];
    }
    rpc->reply_bytes = reply_bytes;
    if (!error && reply_bytes > rpc->reply_room)
        error = ERR_TOO_LONG;
    else
        memcpy(rpc->w, reply, 8 + reply_bytes);
    rpc->reply_cap_count = error ? 0 : reply_cap_count;
    for (uint32_t i = 0; i < rpc->reply_cap_count; i++)
        rpc->reply_caps[i] = reply_caps[i];
    free(request);
    free(reply);
    return error;
}

err_t rpc_short(struct channel *channel, uint64_t *w, uint64_t request, uint64_t reply)
{
    const struct method *method = &sample_interface.methods[MESSAGE_METHOD(request)];
    struct rpc rpc;
    assert_true(request == method->short_request && reply == method->short_reply);
    assert_true(MESSAGE_BYTES(request) == method->request_most && MESSAGE_BYTES(request) == method->request_least);
    assert_true(MESSAGE_BYTES(reply) == method->reply_most);
    rpc_of_short(&rpc, w, request, reply);
    err_t error = rpc_call(channel, &rpc);
    return error || rpc.reply_bytes == rpc.reply_room ? error : ERR_MESSAGE;
}

/* Handlers: they check what the library promises them. */
static err_t nothing(struct call *call)
{
    (void)call;
    handled++;
    return ERR_OK;
}

static err_t scalars(struct call *call, uint8_t a, uint16_t b, uint32_t c, uint64_t d, int64_t e, bool f, err_t g,
                     enum sample_dense h, enum sample_sparse i, uint8_t *a_out, uint16_t *b_out, uint32_t *c_out,
                     uint64_t *d_out, int64_t *e_out, bool *f_out, err_t *g_out, enum sample_dense *h_out,
                     enum sample_sparse *i_out)
{
    (void)call;
    assert_true((unsigned)h <= SAMPLE_DENSE_C);
    assert_true(i == SAMPLE_SPARSE_LOW || i == SAMPLE_SPARSE_HIGH);
    *a_out = a, *b_out = b, *c_out = c, *d_out = d, *e_out = e, *f_out = f, *g_out = g, *h_out = h, *i_out = i;
    return ERR_OK;
}

static err_t text(struct call *call, const char *one, const char *two, char *joined, uint32_t *length)
{
    (void)call;
    assert_true(strlen(one) <= 40 && strlen(two) <= 5);
    assert_int_equal(*joined, 0);
    strncpy(joined, one, 40);
    strncat(joined, two, 40 - strlen(joined));
    *length = (uint32_t)strlen(joined);
    return ERR_OK;
}

static err_t data(struct call *call, const void *in, size_t in_bytes, void *out, size_t *out_bytes)
{
    (void)call;
    assert_true(in_bytes <= 65536);
    memcpy(out, in, in_bytes);
    *out_bytes = in_bytes;
    return ERR_OK;
}

static err_t structs(struct call *call, const struct sample_outer *in, const struct sample_inner *several,
                     uint32_t several_count, struct sample_outer *copies, uint32_t *copies_count,
                     struct sample_inner *first)
{
    (void)call;
    assert_true(strlen(in->name) <= 7);
    assert_true(*(const uint8_t *)&in->inside.flag <= 1);
    assert_true(several_count <= SAMPLE_MOST);
    for (uint32_t i = 0; i < several_count; i++)
        assert_true((unsigned)several[i].kind <= SAMPLE_DENSE_C);
    for (int i = 0; i < 4; i++)
        copies[i] = *in;
    *copies_count = several_count < 4 ? several_count : 4;
    if (several_count) *first = several[0];
    return ERR_OK;
}

static err_t capabilities(struct call *call, cptr_t one, const cptr_t *many, uint32_t many_count, cptr_t *all,
                          uint32_t *all_count, cptr_t *last)
{
    (void)call;
    assert_true(many_count <= 9);
    if (one) all[(*all_count)++] = one;
    for (uint32_t i = 0; i < many_count; i++)
        all[(*all_count)++] = many[i];
    *last = many_count ? many[many_count - 1] : 0;
    return ERR_OK;
}

static err_t refuse(struct call *call, uint32_t why, uint32_t *never)
{
    (void)call;
    *never = 1;
    return why;
}

static err_t keyword(struct call *call, uint32_t value, uint32_t *result)
{
    (void)call;
    *result = value + 1;
    return ERR_OK;
}

static const struct sample_ops ops = {.nothing = nothing,
                                      .scalars = scalars,
                                      .text = text,
                                      .data = data,
                                      .structs = structs,
                                      .capabilities = capabilities,
                                      .refuse = refuse,
                                      .register_ = keyword};
static struct sample_client client;

static int start(void **state)
{
    (void)state;
    mutate_request = mutate_reply = 0;
    caps_freed = 0;
    srand(7);
    return 0;
}

static void scalars_round_trip(void **state)
{
    uint8_t a;
    uint16_t b;
    uint32_t c, keyword_result;
    uint64_t d;
    int64_t e;
    bool f;
    err_t g;
    enum sample_dense h;
    enum sample_sparse i;
    (void)state;
    assert_int_equal(sample_nothing(&client), ERR_OK);
    assert_int_equal(sample_scalars(&client, 255, 65535, UINT32_MAX, UINT64_MAX, INT64_MIN, true, ERR_QUOTA,
                                    SAMPLE_DENSE_C, SAMPLE_SPARSE_HIGH, &a, &b, &c, &d, &e, &f, &g, &h, &i),
                     ERR_OK);
    assert_int_equal(a, 255);
    assert_int_equal(b, 65535);
    assert_int_equal(c, UINT32_MAX);
    assert_true(d == UINT64_MAX && e == INT64_MIN && f && g == ERR_QUOTA && h == SAMPLE_DENSE_C &&
                i == SAMPLE_SPARSE_HIGH);
    assert_int_equal(sample_scalars(&client, 0, 0, 0, 0, 0, false, 0, SAMPLE_DENSE_A, SAMPLE_SPARSE_LOW, NULL, NULL,
                                    NULL, NULL, NULL, NULL, NULL, NULL, NULL),
                     ERR_OK);
    assert_int_equal(sample_register(&client, 41, &keyword_result), ERR_OK);
    assert_int_equal(keyword_result, 42);
}

static void u2_bad_enums_and_ranges(void **state)
{
    (void)state;
    assert_int_equal(sample_scalars(&client, 1, 1, 1, 1, 1, 1, 1, (enum sample_dense)3, SAMPLE_SPARSE_LOW, NULL, NULL,
                                    NULL, NULL, NULL, NULL, NULL, NULL, NULL),
                     ERR_MESSAGE);
    assert_int_equal(sample_scalars(&client, 1, 1, 1, 1, 1, 1, 1, SAMPLE_DENSE_A, (enum sample_sparse)4, NULL, NULL,
                                    NULL, NULL, NULL, NULL, NULL, NULL, NULL),
                     ERR_MESSAGE);
}

static void strings_and_bytes(void **state)
{
    static uint8_t in[65537], out[65536];
    char joined[41];
    uint32_t length;
    size_t bytes;
    (void)state;
    assert_int_equal(sample_text(&client, "hello, ", "world", joined, sizeof joined, &length), ERR_OK);
    assert_string_equal(joined, "hello, world");
    assert_int_equal(length, 12);
    assert_int_equal(sample_text(&client, "", "", joined, sizeof joined, NULL), ERR_OK);
    assert_string_equal(joined, "");
    assert_int_equal(sample_text(&client, "", "123456", joined, sizeof joined, NULL), ERR_TOO_LONG);
    assert_int_equal(sample_text(&client, "12345", "678", joined, 8, NULL), ERR_TOO_LONG);
    assert_int_equal(sample_text(&client, "1234", "567", joined, 8, NULL), ERR_OK);
    for (size_t n = 0; n < sizeof in; n++)
        in[n] = (uint8_t)(n * 7 + n / 256);
    for (size_t n = 0; n <= 65536; n = n < 40 ? n + 1 : n * 2 - 13) {
        memset(out, 0xee, sizeof out);
        assert_int_equal(sample_data(&client, in, n, out, sizeof out, &bytes), ERR_OK);
        assert_int_equal(bytes, n);
        assert_memory_equal(in, out, n);
        assert_true(n == sizeof out || out[n] == 0xee);
    }
    assert_int_equal(sample_data(&client, in, 65536, out, 65536, &bytes), ERR_OK);
    assert_int_equal(sample_data(&client, in, 65537, out, 65536, &bytes), ERR_TOO_LONG);
    assert_int_equal(sample_data(&client, in, 100, out, 99, &bytes), ERR_TOO_LONG);
    assert_int_equal(sample_data(&client, in, 100, NULL, 65536, &bytes), ERR_OK);
    assert_int_equal(bytes, 100);
}

static void structs_and_lists(void **state)
{
    struct sample_outer outer = {.name = "seven77", .inside = {.small = 3, .large = 1ull << 40, .flag = true}, .last = 9};
    struct sample_inner several[SAMPLE_MOST + 1], first;
    struct sample_outer copies[4];
    uint32_t count;
    (void)state;
    memset(several, 0, sizeof several);
    several[0].kind = SAMPLE_DENSE_B;
    assert_int_equal(sample_structs(&client, &outer, several, 3, copies, 4, &count, &first), ERR_OK);
    assert_int_equal(count, 3);
    assert_string_equal(copies[2].name, "seven77");
    assert_true(copies[2].inside.large == 1ull << 40 && copies[2].last == 9 && first.kind == SAMPLE_DENSE_B);
    assert_int_equal(sample_structs(&client, &outer, several, SAMPLE_MOST + 1, copies, 4, &count, &first), ERR_TOO_MANY);
    assert_int_equal(sample_structs(&client, &outer, several, SAMPLE_MOST, copies, 3, &count, &first), ERR_TOO_LONG);
    several[2].kind = (enum sample_dense)99;
    assert_int_equal(sample_structs(&client, &outer, several, 3, copies, 4, &count, &first), ERR_MESSAGE);
    several[2].kind = SAMPLE_DENSE_A;
    outer.name[7] = 'x'; /* not terminated */
    assert_int_equal(sample_structs(&client, &outer, several, 3, copies, 4, &count, &first), ERR_MESSAGE);
}

static void capabilities_in_order(void **state)
{
    cptr_t many[10] = {101, 102, 103, 104, 105, 106, 107, 108, 109, 110}, all[10], last;
    uint32_t count;
    (void)state;
    for (uint32_t n = 0; n <= 9; n++) {
        assert_int_equal(sample_capabilities(&client, 100, many, n, all, 10, &count, &last), ERR_OK);
        assert_int_equal(count, n + 1);
        for (uint32_t i = 0; i <= n; i++)
            assert_int_equal(all[i], 100 + i);
        assert_int_equal(last, n ? 100 + n : 0);
    }
    assert_int_equal(sample_capabilities(&client, 0, many, 10, all, 10, &count, &last), ERR_TOO_MANY);
    assert_int_equal(caps_freed, 0);
    assert_int_equal(sample_capabilities(&client, 0, many, 3, NULL, 0, NULL, NULL), ERR_OK);
    assert_int_equal(caps_freed, 4); /* nobody wanted them */
    assert_int_equal(sample_capabilities(&client, 0, many, 3, all, 2, &count, &last), ERR_TOO_LONG);
    assert_int_equal(caps_freed, 8);
}

static void errors_come_back_without_results(void **state)
{
    uint32_t never = 77;
    (void)state;
    assert_int_equal(sample_refuse(&client, ERR_EXISTS, &never), ERR_EXISTS);
    assert_int_equal(never, 77);
}

static void deferred_replies_are_the_same(void **state)
{
    static const struct sample_outer outer = {.name = "x"};
    struct sample_inner inner = {.small = 1};
    cptr_t all[3] = {1, 2, 3};
    (void)state;
    sample_reply_structs(NULL, ERR_OK, &outer, 1, &inner);
    assert_int_equal(later_bytes, 8 + 8 + sizeof outer + sizeof inner);
    assert_int_equal(later[1], ERR_OK);
    assert_int_equal(later[2], 1);
    sample_reply_capabilities(NULL, ERR_OK, all, 3, 9);
    assert_int_equal(later_caps, 4);
    assert_int_equal(later_bytes, 24 * 8);
    sample_reply_text(NULL, ERR_OK, "12345678901234567890123456789012345678901", 1);
    assert_int_equal(dispatched, ERR_TOO_LONG);
    sample_reply_register(NULL, ERR_BUSY, 1);
    assert_int_equal(dispatched, ERR_BUSY);
}

static void call_all(void)
{
    static uint8_t in[3000], out[3000];
    struct sample_outer outer = {.name = "name"}, copies[4];
    struct sample_inner several[8], first;
    cptr_t many[9] = {1, 2, 3, 4, 5, 6, 7, 8, 9}, all[10], last;
    char joined[41];
    uint32_t count;
    size_t bytes;
    memset(several, 0, sizeof several);
    sample_nothing(&client);
    sample_scalars(&client, 1, 2, 3, 4, 5, 1, 7, SAMPLE_DENSE_B, SAMPLE_SPARSE_LOW, &(uint8_t){0}, NULL, NULL, NULL,
                   NULL, NULL, NULL, NULL, NULL);
    memset(joined, 'j', sizeof joined);
    if (sample_text(&client, "some text of a length", "short", joined, sizeof joined, &count) == ERR_OK)
        assert_true(memchr(joined, 0, sizeof joined) != NULL);
    if (sample_data(&client, in, (size_t)rand() % sizeof in, out, sizeof out, &bytes) == ERR_OK)
        assert_true(bytes <= sizeof out);
    if (sample_structs(&client, &outer, several, (uint32_t)rand() % 8, copies, 4, &count, &first) == ERR_OK)
        assert_true(count <= 4 && (unsigned)first.kind <= SAMPLE_DENSE_C);
    if (sample_capabilities(&client, (cptr_t)rand() % 2, many, (uint32_t)rand() % 10, all, 10, &count, &last) == ERR_OK)
        assert_true(count <= 10);
    sample_register(&client, 5, &count);
}

static void u2_mutated_requests(void **state)
{
    (void)state;
    mutate_request = 100;
    for (int i = 0; i < 20000; i++)
        call_all();
}

static void u2_mutated_replies(void **state)
{
    (void)state;
    mutate_reply = 100;
    for (int i = 0; i < 20000; i++)
        call_all();
}

/* A call that the interface says to repeat is made anew from its arguments, twice at most; another is not. */
static void repeated_after_a_death(void **state)
{
    (void)state;
    struct sample_client client = {0};
    char joined[41];
    deaths = 2;
    assert_int_equal(sample_text(&client, "hello, ", "world", joined, sizeof joined, NULL), ERR_OK);
    assert_string_equal(joined, "hello, world");
    deaths = 3;
    assert_int_equal(sample_text(&client, "a", "b", joined, sizeof joined, NULL), ERR_PEER_DEAD);
    assert_int_equal(deaths, 0);
    deaths = 1;
    assert_int_equal(sample_nothing(&client), ERR_PEER_DEAD);
    assert_int_equal(sample_nothing(&client), ERR_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(scalars_round_trip, start),
        cmocka_unit_test_setup(u2_bad_enums_and_ranges, start),
        cmocka_unit_test_setup(strings_and_bytes, start),
        cmocka_unit_test_setup(structs_and_lists, start),
        cmocka_unit_test_setup(capabilities_in_order, start),
        cmocka_unit_test_setup(errors_come_back_without_results, start),
        cmocka_unit_test_setup(deferred_replies_are_the_same, start),
        cmocka_unit_test_setup(repeated_after_a_death, start),
        cmocka_unit_test_setup(u2_mutated_requests, start),
        cmocka_unit_test_setup(u2_mutated_replies, start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
