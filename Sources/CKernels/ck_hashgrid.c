#include "ck_hashgrid.h"
#include "ck_platform.h"

// A point's place in one level: the entries of its cell's corners and what they count.
struct place {
    ptrdiff_t entry[8];
    float weight[8];
    // Position within the cell, in [0, 1], and cells an axis where moving the point moves it there, else 0.
    float part[3];
    float slope[3];
};

static inline __attribute__((always_inline)) void locate(const struct ck_hashgrid_level *level, ptrdiff_t d, const float *v,
                                                          struct place *place) {
    float cells = (float)level->cells;
    uint32_t node[3] = {0, 0, 0};
    for (ptrdiff_t a = 0; a < d; a++) {
        float position = v[a] * cells;
        // NaN ends at 0 like everything below.
        int is_inside = position > 0 && position < cells;
        position = position > 0 ? (position < cells ? position : cells) : 0;
        int32_t cell = (int32_t)position;
        if (cell > level->cells - 1) cell = level->cells - 1;
        node[a] = (uint32_t)cell;
        place->part[a] = position - (float)cell;
        place->slope[a] = is_inside ? cells : 0;
    }
    uint32_t nodes = (uint32_t)level->cells + 1;
    for (int corner = 0; corner < 1 << d; corner++) {
        float weight = 1;
        uint32_t index[3] = {0, 0, 0};
        for (ptrdiff_t a = 0; a < d; a++) {
            int upper = corner >> a & 1;
            weight *= upper ? place->part[a] : 1 - place->part[a];
            index[a] = node[a] + (uint32_t)upper;
        }
        place->weight[corner] = weight;
        place->entry[corner] =
            level->mask ? (ptrdiff_t)((index[0] ^ index[1] * CK_HASHGRID_FACTOR_1 ^ index[2] * CK_HASHGRID_FACTOR_2) & level->mask)
                        : (ptrdiff_t)index[0] + (ptrdiff_t)nodes * ((ptrdiff_t)index[1] + (ptrdiff_t)nodes * index[2]);
    }
}

static inline __attribute__((always_inline)) void features_of(
    ptrdiff_t n, ptrdiff_t d, ptrdiff_t levels, ptrdiff_t f, const struct ck_hashgrid_level *level, const float *table,
    const float *v, float *features, ptrdiff_t stride) {
    for (ptrdiff_t i = 0; i < n; i++)
        for (ptrdiff_t l = 0; l < levels; l++) {
            struct place place;
            locate(level + l, d, v + d * i, &place);
            const float *values = table + level[l].offset;
            float *row = features + i * stride + l * f;
            for (ptrdiff_t k = 0; k < f; k++) row[k] = 0;
            for (int corner = 0; corner < 1 << d; corner++)
                for (ptrdiff_t k = 0; k < f; k++)
                    row[k] += place.weight[corner] * values[place.entry[corner] * f + k];
        }
}

static inline __attribute__((always_inline)) void gradient_of(
    ptrdiff_t n, ptrdiff_t d, ptrdiff_t levels, ptrdiff_t f, const struct ck_hashgrid_level *level, const float *table,
    const float *v, const float *dy, ptrdiff_t stride, float *table_gradient, float *g) {
    for (ptrdiff_t i = 0; i < n; i++) {
        float slopes[3] = {0, 0, 0};
        for (ptrdiff_t l = 0; l < levels; l++) {
            struct place place;
            locate(level + l, d, v + d * i, &place);
            const float *row = dy + i * stride + l * f;
            if (table_gradient) {
                float *target = table_gradient + level[l].offset;
                for (int corner = 0; corner < 1 << d; corner++)
                    for (ptrdiff_t k = 0; k < f; k++)
                        target[place.entry[corner] * f + k] += place.weight[corner] * row[k];
            }
            if (!g) continue;
            const float *values = table + level[l].offset;
            for (int corner = 0; corner < 1 << d; corner++) {
                float product = 0;
                for (ptrdiff_t k = 0; k < f; k++) product += row[k] * values[place.entry[corner] * f + k];
                for (ptrdiff_t a = 0; a < d; a++) {
                    float slope = corner >> a & 1 ? place.slope[a] : -place.slope[a];
                    for (ptrdiff_t b = 0; b < d; b++)
                        if (b != a) slope *= corner >> b & 1 ? place.part[b] : 1 - place.part[b];
                    slopes[a] += slope * product;
                }
            }
        }
        if (g)
            for (ptrdiff_t a = 0; a < d; a++) g[d * i + a] = slopes[a];
    }
}

// The usual sizes as constants, so that the loops over corners and features are unrolled.
#define CK_HASHGRID_SIZES(call)                                                                                            \
    if (d == 3 && f == 2) {                                                                                            \
        call(3, 2);                                                                                                    \
    } else if (d == 3 && f == 4) {                                                                                     \
        call(3, 4);                                                                                                    \
    } else {                                                                                                           \
        call(d, f);                                                                                                    \
    }

CK_CLONES
void ck_hashgrid_features(ptrdiff_t n, ptrdiff_t d, ptrdiff_t levels, ptrdiff_t f, const struct ck_hashgrid_level *level,
                      const float *table, const float *v, float *features, ptrdiff_t stride) {
#define CALL(D, F) features_of(n, D, levels, F, level, table, v, features, stride)
    CK_HASHGRID_SIZES(CALL)
#undef CALL
}

CK_CLONES
void ck_hashgrid_gradient(ptrdiff_t n, ptrdiff_t d, ptrdiff_t levels, ptrdiff_t f, const struct ck_hashgrid_level *level,
                      const float *table, const float *v, const float *dy, ptrdiff_t stride, float *table_gradient,
                      float *g) {
#define CALL(D, F) gradient_of(n, D, levels, F, level, table, v, dy, stride, table_gradient, g)
    CK_HASHGRID_SIZES(CALL)
#undef CALL
}
