#pragma once
#include "ck_tree.h"

typedef struct {
    /// From the closest point to the query.
    float offset[3];
    float distance;
    /// Weights of corners b and c at the closest point.
    float weights[2];
    uint32_t triangle;
    /// 0 the face; 1, 2, 3 the edges ab, bc, ca; 4, 5, 6 the corners a, b, c.
    uint32_t feature;
} ck_closest_hit;

/// The closest point of the tree's triangles to each of `count` points.
///
/// - points: (count, 4) x, y, z and padding; finite. Neighbours in space should be neighbours here: each query starts
///   from the bound that the previous one's triangles give. The answers do not depend on the order.
/// - hits: (count).
/// Of triangles at the same distance in single precision the one with the smallest number is taken; what is returned
/// of it is computed in double precision.
void ck_closest(const ck_tree *tree, const float *points, size_t count, ck_closest_hit *hits);

/// Squared distance from `point` (3) to each triangle of a block (CK_BLOCK_STRIDE floats), in single precision.
void ck_block_squared_distances(const float *block, const float *point, float *squared_distances);
