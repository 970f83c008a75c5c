/* infer_dice.h - numbers for made-up lines: seeded, the same in every run. */
#ifndef INFER_DICE_H
#define INFER_DICE_H

#include <stdint.h>

static uint64_t dice_state;

static uint64_t dice(uint64_t n)
{
    dice_state += UINT64_C(0x9E3779B97F4A7C15);
    uint64_t z = dice_state;
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return (z ^ (z >> 31)) % n;
}

#endif
