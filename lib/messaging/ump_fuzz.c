/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One honest end of a UMP area against a peer that writes any bytes anywhere in it (hostile-input U4), half of the time like one that
 * knows the format. The area is allocated to the byte; what the honest end believes is in memory of its own. At all times: its positions
 * stay in their rings, credit never exceeds the ring, nothing is received twice or out of number, and after the
 * first ERR_MESSAGE nothing else comes, ever.
 *
 *     ump_fuzz SEED COUNT
 */
#include <messaging/ump.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t random_state;

static uint32_t random_below(uint32_t n)
{
    random_state = random_state * 6364136223846793005ull + 1442695040888963407ull;
    return (uint32_t)(random_state >> 33) % n;
}

static uint64_t random_word(uint64_t near)
{
    switch (random_below(5)) {
    case 0:
        return 0;
    case 1:
        return near + random_below(9) - 4;
    case 2:
        return (near + random_below(9) - 4) << 8 | random_below(256);
    case 3:
        return UINT64_MAX << random_below(64);
    default:
        return (uint64_t)random_below(1u << 31) << 33 ^ random_below(1u << 31);
    }
}

static void require(bool condition, const char *what)
{
    if (condition) return;
    fprintf(stderr, "ump_fuzz: %s\n", what);
    abort();
}

struct game {
    struct ump honest;
    struct ump_area *area;
    uint32_t slots;
    unsigned side;
    uint64_t received, sent;
    uint64_t good;          /* number of the peer's next good message */
    bool in_over, out_over; /* ERR_MESSAGE has come */
};

static uint64_t count_received, count_closed;

static void positions_check(const struct game *game)
{
    const struct ump_slot *mine = game->area->slots + (size_t)game->side * game->slots;
    const struct ump_slot *others = game->area->slots + (size_t)!game->side * game->slots;
    const struct ump_out *out = &game->honest.out;
    const struct ump_in *in = &game->honest.in;
    require(out->next >= mine && out->next < mine + game->slots, "the sending position left its ring");
    require(in->next >= others && in->next < others + game->slots, "the receiving position left its ring");
    require(out->number == game->sent + 1, "number of the next message");
    require(out->limit - out->number <= game->slots, "more credit than slots");
    require(out->acknowledged < out->number, "acknowledged before it was sent");
}

/* Good messages of the peer, so that there is something to damage. */
static void peer_sends(struct game *game)
{
    struct ump_slot *ring = game->area->slots + (size_t)!game->side * game->slots;
    if (game->good - game->received > game->slots) return;
    struct ump_slot *slot = &ring[(game->good - 1) % game->slots];
    for (unsigned i = 0; i < UMP_WORDS; i++)
        slot->w[i] = game->good * 8 + i;
    slot->sequence = game->good++ << 8 | 5;
}

static void peer_damages(struct game *game)
{
    size_t words = UMP_AREA_BYTES(game->slots) / 8;
    uint64_t *at = (uint64_t *)game->area;
    switch (random_below(4)) {
    case 0:
        at[random_below((uint32_t)words)] = random_word(game->sent);
        break;
    case 1:
        ((uint8_t *)at)[random_below((uint32_t)words * 8)] ^= (uint8_t)(1 << random_below(8));
        break;
    case 2:
        game->area->slots[random_below(2 * game->slots)].sequence = random_word(game->received);
        break;
    case 3:
        game->area->control[random_below(2)].acknowledged = random_word(game->sent);
        break;
    }
}

static void honest_receives(struct game *game)
{
    uint64_t w[UMP_WORDS];
    uint8_t tag = 0;
    err_t error = ump_receive(&game->honest.in, w, &tag);
    require(!game->in_over || error == ERR_MESSAGE, "something came after the end");
    if (error == ERR_MESSAGE) {
        count_closed += !game->in_over;
        game->in_over = true;
    } else if (error == ERR_OK) {
        require(game->honest.in.number == ++game->received + 1, "number of the next message to come");
        count_received++;
    } else {
        require(error == ERR_AGAIN, "an error that is none of receiving");
        ump_room_made(&game->honest.in);
    }
    if (!game->in_over && ump_sleep(&game->honest.in) && random_below(2)) ump_awake(&game->honest.in);
}

static void honest_sends(struct game *game)
{
    uint64_t w[UMP_WORDS] = {game->sent};
    err_t error = ump_send(&game->honest.out, w, random_below(8), (uint8_t)random_below(256));
    require(!game->out_over || error == ERR_MESSAGE, "something went after the end");
    if (error == ERR_MESSAGE)
        game->out_over = true;
    else if (error == ERR_OK)
        game->sent++;
    else
        require(error == ERR_LMP_FULL, "an error that is none of sending");
    ump_wanted(&game->honest.out);
    if (error == ERR_LMP_FULL) ump_room_wanted(&game->honest.out);
}

static void play(uint64_t steps)
{
    struct game game = {.slots = 4 + random_below(12), .side = random_below(2), .good = 1};
    uint32_t honesty = random_below(200);
    size_t bytes = UMP_AREA_BYTES(game.slots);
    game.area = aligned_alloc(UMP_LINE, bytes);
    require(game.area, "out of memory");
    memset(game.area, 0, bytes);
    ump_init(&game.honest, game.area, game.slots, game.side);
    for (uint64_t n = 0; n < steps; n++) {
        if (!random_below(honesty + 1)) peer_damages(&game);
        if (random_below(2)) peer_sends(&game);
        if (random_below(4) == 0 && game.sent) game.area->control[game.side].acknowledged = game.sent;
        if (random_below(2))
            honest_receives(&game);
        else
            honest_sends(&game);
        positions_check(&game);
    }
    free(game.area);
}

int main(int argc, char **argv)
{
    uint64_t count = argc > 2 ? strtoull(argv[2], NULL, 0) : 20000;
    random_state = argc > 1 ? strtoull(argv[1], NULL, 0) : 1;
    for (uint64_t n = 0; n < count; n++)
        play(50);
    require(count < 1000 || (count_received && count_closed), "nothing was received, or nothing found");
    printf("ump_fuzz: %llu games, %llu messages received, %llu channels closed\n", (unsigned long long)count,
           (unsigned long long)count_received, (unsigned long long)count_closed);
    return 0;
}
