#pragma once

// Multi-resolution grid features (Müller et al., SIGGRAPH 2022): trilinear interpolation in tables of several resolutions.
//
// Legend: n points of d ≤ 3 coordinates in the unit cube, v (n, d); f features a level; rows of features and of their
// gradients `stride` floats apart, level after level. A coordinate outside [0, 1] counts as the nearest inside.

#include <stddef.h>
#include <stdint.h>

struct ck_hashgrid_level {
    // Cells along an axis; nodes are one more.
    int32_t cells;
    // Entries less one where nodes share 2^k entries by a hash; 0 where every node has its own, the first axis fastest.
    uint32_t mask;
    // Where the level's entries of f floats begin in the table.
    ptrdiff_t offset;
};

// The factors of the hash: node (i, j, k) has entry (i ^ factor[1] j ^ factor[2] k) & mask.
#define CK_HASHGRID_FACTOR_1 2654435761u
#define CK_HASHGRID_FACTOR_2 805459861u

// features (n, levels · f) from table.
void ck_hashgrid_features(ptrdiff_t n, ptrdiff_t d, ptrdiff_t levels, ptrdiff_t f, const struct ck_hashgrid_level *level,
                      const float *table, const float *v, float *features, ptrdiff_t stride);

// From dy (n, levels · f), the gradient with respect to the features: table_gradient += that with respect to the table,
// g (n, d) = that with respect to v, 0 along an axis where the point is outside. Either may be NULL.
void ck_hashgrid_gradient(ptrdiff_t n, ptrdiff_t d, ptrdiff_t levels, ptrdiff_t f, const struct ck_hashgrid_level *level,
                      const float *table, const float *v, const float *dy, ptrdiff_t stride, float *table_gradient,
                      float *g);
