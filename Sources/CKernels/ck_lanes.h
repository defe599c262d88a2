// Eight lanes at a time, in the compiler's own vector types: the same operations in the same order whatever the
// processor, so that every clone gives the same bits. Private to CKernels.
#pragma once
#include <stdint.h>
#include <string.h>

#include "ck_platform.h"

#define CK_INLINE static inline __attribute__((always_inline))

// A fused multiply-add rounds once where a multiplication and an addition round twice: clones would differ.
#pragma STDC FP_CONTRACT OFF

typedef float ck_f8 __attribute__((ext_vector_type(8)));
typedef float ck_f8_memory __attribute__((ext_vector_type(8), aligned(4), may_alias));
typedef int32_t ck_i8 __attribute__((ext_vector_type(8)));
typedef _Bool ck_b8 __attribute__((ext_vector_type(8)));

// Macros, not functions: vectors wider than the base processor's must not cross a call, not even an inlined one.
#define CK_LOAD(pointer) (*(const ck_f8_memory *)(pointer))
#define CK_MIN(a, b) ((a) < (b) ? (a) : (b))
#define CK_MAX(a, b) ((a) > (b) ? (a) : (b))
#define CK_SELECT(mask, a, b) ((mask) ? (a) : (b))
#define CK_DOT(ax, ay, az, bx, by, bz) ((ax) * (bx) + (ay) * (by) + (az) * (bz))
#define CK_SQRT(x) __builtin_elementwise_sqrt(x)
#define CK_ABS(x) __builtin_elementwise_abs(x)

/// Bit i is set where lane i of a comparison's result is true.
CK_INLINE uint32_t ck_mask(const ck_i8 *comparison) {
    ck_b8 lanes = __builtin_convertvector(*comparison, ck_b8);
    uint8_t bits;
    memcpy(&bits, &lanes, 1);
    return bits;
}
