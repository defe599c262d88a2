// Queries of a cloud of oriented points: nearest points, winding numbers of their dipoles, locally fitted surfaces.
#pragma once
#include "ck_tree.h"

enum {
    /// Floats a block of eight points, eight lanes each: x, y, z, unit normal (3), area, inverse squared support radius.
    /// Lanes beyond a block's points lie at 1e15, without area, and no ball of theirs holds anything.
    CK_POINT_STRIDE = 64,
    CK_POINT_NORMALS = 24,
    CK_POINT_AREAS = 48,
    CK_POINT_SUPPORTS = 56,
    /// Floats a node of boxes: minimum x of its eight children, y, z, maximum x, y, z.
    CK_REACH_STRIDE = 48,
    /// Neighbours that may be asked for.
    CK_NEIGHBOR_LIMIT = 64,
};

/// Points in blocks of eight, number 8 · block + lane, under the nodes of ck_tree.h.
typedef struct {
    /// (nodes, CK_NODE_STRIDE) boxes of points.
    const float *nodes;
    /// (nodes, CK_REACH_STRIDE) boxes of the points' balls of support; a missing child's is turned inside out. May be
    /// null when no fit is asked for.
    const float *reaches;
    const float *blocks;
    /// (nodes, CK_MOMENT_STRIDE), as for triangles. May be null when no winding number is asked for.
    const float *moments;
} ck_point_tree;

/// The nearest points to each of `count` points, nearest first; of equally near ones the lower number.
///
/// - points: (count, 4) x, y, z and padding; finite.
/// - neighbors: at most CK_NEIGHBOR_LIMIT, and at most as many as there are points.
/// - squared, numbers: (count, neighbors).
void ck_points_nearest(const ck_point_tree *tree, const float *points, size_t count, size_t neighbors, float *squared,
                       uint32_t *numbers);

/// The winding number of the points' dipoles, Σ a n · (x − p) / (4π |x − p|³) (Barill et al. 2018, section 3.2): 1 deep inside
/// a surface that they cover, 0 far outside.
///
/// - accuracy: a cluster is taken as one when it is this many of its radii away.
/// - softening: distances count as at least that, so that a point very near to one of them sees no pole.
/// - numbers: (count).
void ck_points_winding(const ck_point_tree *tree, const float *points, size_t count, float accuracy, float softening,
                       float *numbers);

/// Sums over the points whose ball of support holds the query x, with weights w = a (1 − |p − x|²/r²)⁴ and d = p − x.
typedef struct {
    float weight;
    float offset[3];      // Σ w d
    float normal[3];      // Σ w n
    float offset_normal;  // Σ w d · n
    float squared;        // Σ w d · d
    float support;        // Σ w r²
    float count;
} ck_point_sums;

/// How much a point counts.
typedef struct {
    /// Balls of support count as smaller by this factor, at least 1.
    float shrinking;
    /// How much of the squared height over the plane through the query counts as squared distance: 1 for balls, less for
    /// spheroids that reach farther up and down than sideways; they end where the unshrunk ball does.
    float height;
    /// A point counts fully where its normal and the query's direction have this cosine and more, and less and less down to
    /// the least, from where on it does not.
    float full_cosine, least_cosine;
} ck_point_weights;

/// - facing: (count, 4) a direction of unit length each.
/// - sums: (count).
void ck_points_sums(const ck_point_tree *tree, const float *points, const float *facing, size_t count,
                    ck_point_weights weights, ck_point_sums *sums);
