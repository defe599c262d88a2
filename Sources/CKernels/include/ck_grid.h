// Trilinear functions on sparse grids: evaluation, and the normal equations of fitting them cell by cell.
#pragma once
#include <stddef.h>
#include <stdint.h>

/// One level of a sparse grid. Cell (i, j, k) lies in block (i / 8, j / 8, k / 8).
typedef struct {
    /// Cells a length, along each axis.
    float inverse_spacing[3];
    /// Cells along each axis.
    int32_t cells[3];
    /// Blocks along each axis.
    int32_t blocks[3];
    /// (blocks z, y, x): where a block's values are, or -1 where all of them are zero.
    const int32_t *slots;
    /// (slots, 9, 9, 9), x fastest: the values at the corners of a block's cells.
    const float *values;
} ck_grid_level;

/// The sum of the levels' trilinear functions at each of `count` points; zero outside the lattice.
///
/// - origin (3): the lowest corner of the lattice, the same for all levels.
/// - points (count, 4): x, y, z and padding.
/// - values (count), gradients (count, 4) or null: overwritten.
void ck_grid_evaluate(
    const ck_grid_level *levels, size_t level_count, const float *origin, const float *points, size_t count,
    float *values, float *gradients);

/// Adds rows to a cell's normal equations.
///
/// Row i says that the trilinear function of the eight corner values, corner (x, y, z) having number x + 2 y + 4 z, is
/// targets[i] at places[i], with weight weights[i]; `start` (8) is what the corner values are now.
/// - places (count, 4): x, y, z in the cell, in [0, 1], and padding.
/// - matrix (8, 8) += Σ w φ φᵀ; right (8) += Σ w (target − φ·start) φ; energy += Σ w (target − φ·start)².
void ck_grid_accumulate(
    const float *places, const float *targets, const float *weights, size_t count, const float *start, float *matrix,
    float *right, float *energy);

/// products[c] = matrices[c] · vectors[c] for `count` cells: (count, 8, 8), (count, 8), (count, 8).
void ck_grid_multiply(const float *matrices, const float *vectors, size_t count, float *products);
