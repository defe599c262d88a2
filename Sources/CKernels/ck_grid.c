#include "ck_grid.h"
#include "ck_lanes.h"
#include <math.h>
#pragma STDC FP_CONTRACT OFF

enum { ROW = 9, LAYER = 81, BLOCK = 729 };

/// A coordinate's cell and the place in it; false outside the lattice (and for what is not a number).
CK_INLINE int locate(float coordinate, int32_t cells, int32_t *cell, float *place) {
    if (!(coordinate >= 0 && coordinate <= (float)cells)) return 0;
    int32_t lower = (int32_t)coordinate;
    if (lower > cells - 1) lower = cells - 1;
    *cell = lower;
    *place = coordinate - (float)lower;
    return 1;
}

CK_CLONES
void ck_grid_evaluate(
    const ck_grid_level *levels, size_t level_count, const float *origin, const float *points, size_t count,
    float *values, float *gradients) {
    for (size_t index = 0; index < count; ++index) {
        const float *point = points + 4 * index;
        float x = point[0] - origin[0], y = point[1] - origin[1], z = point[2] - origin[2];
        float value = 0, slope_x = 0, slope_y = 0, slope_z = 0;
        for (size_t number = 0; number < level_count; ++number) {
            const ck_grid_level *level = levels + number;
            int32_t i, j, k;
            float u, v, w;
            if (!locate(x * level->inverse_spacing[0], level->cells[0], &i, &u)) break;
            if (!locate(y * level->inverse_spacing[1], level->cells[1], &j, &v)) break;
            if (!locate(z * level->inverse_spacing[2], level->cells[2], &k, &w)) break;
            size_t block = ((size_t)(k >> 3) * (size_t)level->blocks[1] + (size_t)(j >> 3)) * (size_t)level->blocks[0]
                + (size_t)(i >> 3);
            int32_t slot = level->slots[block];
            if (slot < 0) continue;
            const float *corner =
                level->values + (size_t)slot * BLOCK + (size_t)((k & 7) * LAYER + (j & 7) * ROW + (i & 7));
            float a0 = corner[0], a1 = corner[1], b0 = corner[ROW], b1 = corner[ROW + 1];
            float c0 = corner[LAYER], c1 = corner[LAYER + 1], d0 = corner[LAYER + ROW], d1 = corner[LAYER + ROW + 1];
            float a = a0 + u * (a1 - a0), b = b0 + u * (b1 - b0), c = c0 + u * (c1 - c0), d = d0 + u * (d1 - d0);
            float lower = a + v * (b - a), upper = c + v * (d - c);
            value += lower + w * (upper - lower);
            if (gradients) {
                float ax = a1 - a0, bx = b1 - b0, cx = c1 - c0, dx = d1 - d0;
                float lower_x = ax + v * (bx - ax), upper_x = cx + v * (dx - cx);
                slope_x += (lower_x + w * (upper_x - lower_x)) * level->inverse_spacing[0];
                slope_y += (b - a + w * ((d - c) - (b - a))) * level->inverse_spacing[1];
                slope_z += (upper - lower) * level->inverse_spacing[2];
            }
        }
        values[index] = value;
        if (gradients) {
            float *gradient = gradients + 4 * index;
            gradient[0] = slope_x;
            gradient[1] = slope_y;
            gradient[2] = slope_z;
            gradient[3] = 0;
        }
    }
}

CK_CLONES
void ck_grid_accumulate(
    const float *places, const float *targets, const float *weights, size_t count, const float *start, float *matrix,
    float *right, float *energy) {
    ck_f8 rows[8];
    for (int row = 0; row < 8; ++row) rows[row] = CK_LOAD(matrix + 8 * row);
    ck_f8 sum = CK_LOAD(right), now = CK_LOAD(start);
    float squares = *energy;
    // 1 − t in the lanes of lower corners, t in those of upper ones: offset + sign · t.
    const ck_f8 offset_x = {1, 0, 1, 0, 1, 0, 1, 0}, sign_x = {-1, 1, -1, 1, -1, 1, -1, 1};
    const ck_f8 offset_y = {1, 1, 0, 0, 1, 1, 0, 0}, sign_y = {-1, -1, 1, 1, -1, -1, 1, 1};
    const ck_f8 offset_z = {1, 1, 1, 1, 0, 0, 0, 0}, sign_z = {-1, -1, -1, -1, 1, 1, 1, 1};
    for (size_t index = 0; index < count; ++index) {
        const float *place = places + 4 * index;
        ck_f8 basis = (offset_x + sign_x * place[0]) * (offset_y + sign_y * place[1]) * (offset_z + sign_z * place[2]);
        ck_f8 terms = basis * now;
        float residual = targets[index];
        for (int lane = 0; lane < 8; ++lane) residual -= terms[lane];
        ck_f8 weighted = basis * weights[index];
        for (int row = 0; row < 8; ++row) rows[row] += weighted * basis[row];
        sum += weighted * residual;
        squares += weights[index] * residual * residual;
    }
    for (int row = 0; row < 8; ++row) *(ck_f8_memory *)(matrix + 8 * row) = rows[row];
    *(ck_f8_memory *)right = sum;
    *energy = squares;
}

CK_CLONES
void ck_grid_multiply(const float *matrices, const float *vectors, size_t count, float *products) {
    for (size_t cell = 0; cell < count; ++cell) {
        const float *matrix = matrices + 64 * cell, *vector = vectors + 8 * cell;
        // Symmetric: the sum of its rows, each times one number.
        ck_f8 sum = CK_LOAD(matrix) * vector[0];
        for (int row = 1; row < 8; ++row) sum += CK_LOAD(matrix + 8 * row) * vector[row];
        *(ck_f8_memory *)(products + 8 * cell) = sum;
    }
}
