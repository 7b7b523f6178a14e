/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Doorbells between two kernels (kernel/peers.c), for SPIN: one core rings BELLS bells in two words, in any order, RINGS times in all;
 * the other hears. Each statement is one access to the page, in the order of peers.c; the interrupt is a bit that the controller
 * keeps until it is acknowledged. Each bell has a count of work that its ringer makes before it rings and that its hearer takes
 * when it is signalled. A lost wake-up is a state in which work is left for ever: SPIN reports it as an invalid end state.
 *
 * What must fail, so that the model is known to see it:
 *   -DWORD_FIRST     the ringer sets the word before the bell
 *   -DBELLS_FIRST    the hearer takes the bells before it takes the word away
 *   -DNO_LOOP        the hearer looks at one word only
 *   -DNO_SELF        the hearer that has done enough for one interrupt does not interrupt itself
 *   -DACK_LAST       the hearer acknowledges the interrupt when it is done instead of when it begins
 *   -DBUFFERED       the ringer reads the old words before its bell is visible
 */
#ifndef RINGS
#define RINGS 4
#endif
#define WORDS 2
#define PER_WORD 2
#define ENOUGH 2 /* bells that one interrupt answers */

byte summary;         /* a bit for each word */
byte bells[WORDS];    /* a bit for each bell */
bool pending;         /* the interrupt */
byte work[WORDS * PER_WORD];

active proctype ringer()
{
    byte left = RINGS, id, word, mask, old;
    do
    :: left == 0 -> break
    :: left > 0 ->
        left--;
        if
        :: id = 0
        :: id = 1
        :: id = 2
        :: id = 3
        fi;
        word = id / PER_WORD;
        mask = 1 << (id % PER_WORD);
        work[id]++;
#ifdef WORD_FIRST
        atomic { old = summary; summary = summary | (1 << word) };
        bells[word] = bells[word] | mask;
#else
#ifdef BUFFERED
        atomic { old = summary; summary = summary | (1 << word) };
        if
        :: old == 0 -> pending = true
        :: else
        fi;
        bells[word] = bells[word] | mask;
        old = 1;
#else
        bells[word] = bells[word] | mask;
        atomic { old = summary; summary = summary | (1 << word) };
#endif
#endif
        if
        :: old == 0 -> pending = true
        :: else
        fi
    od;
    work[0] + work[1] + work[2] + work[3] == 0 /* else it waits here for ever */
}

active proctype hearer()
{
    byte heard, word, taken, n;
end:
    do
    :: pending ->
#ifndef ACK_LAST
        pending = false;
#endif
        heard = 0;
        do
        :: summary == 0 -> break
        :: summary != 0 && heard >= ENOUGH ->
#ifndef NO_SELF
            pending = true;
#endif
            break
        :: summary != 0 && heard < ENOUGH ->
            word = (summary & 1 -> 0 : 1);
#ifdef BELLS_FIRST
            atomic { taken = bells[word]; bells[word] = 0 };
            summary = summary & ~(1 << word);
#else
            summary = summary & ~(1 << word);
            atomic { taken = bells[word]; bells[word] = 0 };
#endif
            n = 0;
            do
            :: n == PER_WORD -> break
            :: n < PER_WORD ->
                if
                :: taken & (1 << n) -> work[word * PER_WORD + n] = 0; heard++
                :: else
                fi;
                n++
            od;
#ifdef NO_LOOP
            break
#endif
        od;
#ifdef ACK_LAST
        pending = false;
#endif
        skip
    od
}
