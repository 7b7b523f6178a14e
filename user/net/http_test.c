/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests of HTTP as they should be and as they should not; paths never lead out of the root. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "http.h"

static unsigned parse(const char *text, struct http_request *request)
{
    size_t bytes = strlen(text);
    char *copy = malloc(bytes); /* so that a byte too far is seen */
    memcpy(copy, text, bytes);
    unsigned status = http_parse(copy, http_head_end(copy, bytes), request);
    free(copy);
    return status;
}

static void paths(void **state)
{
    static const struct {
        const char *url, *path;
        bool folder;
    } good[] = {
        {"/", "/", true},
        {"/a", "/a", false},
        {"/a/", "/a", true},
        {"//a///b//", "/a/b", true},
        {"/./a/./b/.", "/a/b", true},
        {"/a/../b", "/b", false},
        {"/a/b/../../c", "/c", false},
        {"/a/..", "/", true},
        {"/a%20b%2Fc?x=/../..", "/a b/c", false},
        {"/%61#x", "/a", false},
        {"/...", "/...", false},
        {"/..a/b..", "/..a/b..", false},
        {"http://host:80/a", "/a", false},
    };
    struct http_request request;
    char text[200];
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", good[i].url);
        assert_int_equal(parse(text, &request), 200);
        assert_string_equal(request.path, good[i].path);
        assert_int_equal(request.folder, good[i].folder);
    }
    static const char *const bad[] = {"/..",
                                      "/../",
                                      "/a/../..",
                                      "/%2e%2e",
                                      "/%2e%2e/x",
                                      "/a/%2E./../x",
                                      "a",
                                      "",
                                      "*",
                                      "/%",
                                      "/%4",
                                      "/%zz",
                                      "/%00",
                                      "/a%0a",
                                      "/\x01x",
                                      "/\x7f",
                                      "/%7f",
                                      "../etc",
                                      "/x/../../etc/inventory"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", bad[i]);
        assert_int_equal(parse(text, &request), 400);
    }
}

static void methods(void **state)
{
    struct http_request request;
    (void)state;
    assert_int_equal(parse("HEAD / HTTP/1.1\r\n\r\n", &request), 200);
    assert_true(request.head_only && request.keep);
    assert_int_equal(parse("GET / HTTP/1.0\r\n\r\n", &request), 200);
    assert_false(request.head_only || request.keep);
    assert_int_equal(parse("GET / HTTP/1.0\n\n", &request), 200);
    assert_int_equal(parse("POST / HTTP/1.1\r\n\r\n", &request), 405);
    assert_int_equal(parse("BREW / HTTP/1.1\r\n\r\n", &request), 501);
    assert_int_equal(parse("GET / HTTP/2.0\r\n\r\n", &request), 505);
    assert_int_equal(parse("GET /\r\n\r\n", &request), 400);
    assert_int_equal(parse("GET  / HTTP/1.1\r\n\r\n", &request), 400);
    assert_int_equal(parse("\r\n\r\n", &request), 400);
    assert_int_equal(parse("GET / HTTX/1.1\r\n\r\n", &request), 400);
}

static void headers(void **state)
{
    struct http_request request;
    (void)state;
    assert_int_equal(parse("GET / HTTP/1.1\r\nConnection: close\r\n\r\n", &request), 200);
    assert_false(request.keep);
    assert_int_equal(parse("GET / HTTP/1.0\r\ncOnnection:keep-alive\r\n\r\n", &request), 200);
    assert_true(request.keep);
    assert_int_equal(parse("GET / HTTP/1.1\r\nContent-Length: 0\r\n\r\n", &request), 200);
    assert_int_equal(parse("GET / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello", &request), 400);
    assert_int_equal(parse("GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", &request), 400);
    assert_int_equal(parse("GET / HTTP/1.1\r\nno colon\r\n\r\n", &request), 400);
    assert_int_equal(parse("GET / HTTP/1.1\r\n: x\r\n\r\n", &request), 400);
}

static void long_path(void **state)
{
    struct http_request request;
    char text[2 * HTTP_PATH_BYTES];
    (void)state;
    int at = snprintf(text, sizeof text, "GET /");
    memset(text + at, 'x', HTTP_PATH_BYTES);
    strcpy(text + at + HTTP_PATH_BYTES, " HTTP/1.1\r\n\r\n");
    assert_int_equal(parse(text, &request), 414);
}

static void head_ends(void **state)
{
    (void)state;
    assert_int_equal(http_head_end("GET / HTTP/1.1\r\n\r", 17), 0);
    assert_int_equal(http_head_end("GET / HTTP/1.1\r\n\r\nx", 19), 18);
    assert_int_equal(http_head_end("a\n\nb", 4), 3);
    assert_int_equal(http_head_end("", 0), 0);
}

static void escapes(void **state)
{
    struct text text = {0};
    (void)state;
    text_add_html(&text, "<a href=\"&\">");
    text_add_json(&text, "\"\\\n</script>");
    text_add_url(&text, "/a b\xc3\xa9");
    assert_string_equal(text.data,
                        "&lt;a href=&quot;&amp;&quot;&gt;\"\\u0022\\u005c\\u000a\\u003c/script>\"/a%20b%C3%A9");
    text_free(&text);
}

/* Whatever comes: an answer, and a path that stays below the root. */
static void anything(void **state)
{
    static const char pieces[][12] = {"GET ", "/",         "..", ".",   "%2e",        "%2F", "a",    "\r\n",
                                      "\n",   " HTTP/1.1", ":",  "?",   "%",          "\0",  "HEAD", "\x80",
                                      "//",   "/../",      " ",  "%00", "Connection", "\t",  "#",    "HTTP/1.1"};
    struct http_request request;
    char data[256];
    (void)state;
    srand(7);
    for (unsigned run = 0; run < 300000; run++) {
        size_t bytes = 0;
        if (run % 2 == 0) {
            memcpy(data, "GET /", bytes = 5);
        }
        for (unsigned i = (unsigned)rand() % 24; i > 0; i--) {
            const char *piece = pieces[(size_t)rand() % (sizeof pieces / sizeof pieces[0])];
            size_t length = piece[0] == '\0' ? 1 : strlen(piece);
            memcpy(data + bytes, piece, length);
            bytes += length;
        }
        if (run % 2 == 0) {
            memcpy(data + bytes, " HTTP/1.1\r\n\r\n", 13);
            bytes += 13;
        }
        char *copy = malloc(bytes + 1);
        memcpy(copy, data, bytes);
        size_t end = http_head_end(copy, bytes);
        if (end > 0 && http_parse(copy, end, &request) == 200) {
            assert_int_equal(request.path[0], '/');
            assert_null(strstr(request.path, "//"));
            assert_null(strstr(request.path, "/../"));
            size_t length = strlen(request.path);
            assert_true(length < HTTP_PATH_BYTES && (length < 3 || strcmp(request.path + length - 3, "/..") != 0));
        }
        free(copy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths),     cmocka_unit_test(methods), cmocka_unit_test(headers),  cmocka_unit_test(long_path),
        cmocka_unit_test(head_ends), cmocka_unit_test(escapes), cmocka_unit_test(anything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
