// What walks over the nodes of ck_tree.h have in common, whatever their blocks hold. Private to CKernels.
#pragma once
#include "ck_lanes.h"
#include "ck_tree.h"
#include <stddef.h>
#pragma STDC FP_CONTRACT OFF

/// A child that is still to be looked at, and a squared distance that nothing in it is nearer than.
typedef struct {
    float bound;
    uint32_t child;
} ck_pending;

/// Pushes the children of a node whose boxes are within the square root of `limit` of a point; returns the new depth.
///
/// The nearest comes last, so that it is popped first. Missing children have boxes that nothing is within any distance of.
///
/// - shrinking: what squared distances are multiplied by, 1 or a little less so that rounding leaves no box out.
CK_INLINE size_t ck_push_children(const float *node, const float *point, float shrinking, float limit, ck_pending *stack,
                                  size_t depth) {
    ck_f8 zero = 0;
    ck_f8 x = CK_MAX(CK_LOAD(node) - point[0], point[0] - CK_LOAD(node + 24));
    ck_f8 y = CK_MAX(CK_LOAD(node + 8) - point[1], point[1] - CK_LOAD(node + 32));
    ck_f8 z = CK_MAX(CK_LOAD(node + 16) - point[2], point[2] - CK_LOAD(node + 40));
    x = CK_MAX(x, zero);
    y = CK_MAX(y, zero);
    z = CK_MAX(z, zero);
    ck_f8 squared = CK_DOT(x, y, z, x, y, z) * shrinking;
    ck_i8 within = squared <= limit;
    uint32_t lanes = ck_mask(&within);
    if (!lanes) return depth;
    float bounds[CK_LANES];
    memcpy(bounds, &squared, sizeof bounds);
    const uint32_t *children = (const uint32_t *)(node + CK_NODE_CHILDREN);
    size_t base = depth;
    for (; lanes; lanes &= lanes - 1) {
        uint32_t lane = (uint32_t)__builtin_ctz(lanes);
        size_t slot = depth++;
        for (; slot > base && stack[slot - 1].bound < bounds[lane]; --slot) stack[slot] = stack[slot - 1];
        stack[slot] = (ck_pending){bounds[lane], children[lane]};
    }
    return depth;
}

/// Adds the dipole, quadrupole and octupole sums of a node's far clusters, seen from a point, to `sum`; returns the lanes
/// of the others.
///
/// - moments: the node's, as ck_tree.h has them. Lanes without a child have radius 0: they stay far away when the accuracy is
///   infinite.
/// - accuracy2: the square of how many radii away a cluster is taken as one.
CK_INLINE uint32_t ck_add_far_clusters(const float *moments, const float *point, float accuracy2, ck_f8 *sum) {
    ck_f8 x = point[0] - CK_LOAD(moments), y = point[1] - CK_LOAD(moments + 8), z = point[2] - CK_LOAD(moments + 16);
    ck_f8 radius = CK_LOAD(moments + 24);
    ck_f8 squared = CK_DOT(x, y, z, x, y, z);
    ck_i8 near = squared <= accuracy2 * (radius * radius);
    // In units of the distance, so that no power of it overflows.
    ck_f8 inverse = 1 / CK_SQRT(squared);
    x *= inverse, y *= inverse, z *= inverse;
    ck_f8 xx = x * x, yy = y * y, zz = z * z;
    const float *dipole = moments + 32, *quadrupole = moments + 56, *octupole = moments + 96;
    ck_f8 first = CK_DOT(CK_LOAD(dipole), CK_LOAD(dipole + 8), CK_LOAD(dipole + 16), x, y, z);
    ck_f8 second = CK_LOAD(quadrupole) * (xx - zz) + CK_LOAD(quadrupole + 8) * (yy - zz) +
                   CK_LOAD(quadrupole + 16) * (x * y) + CK_LOAD(quadrupole + 24) * (x * z) +
                   CK_LOAD(quadrupole + 32) * (y * z);
    ck_f8 third = CK_LOAD(octupole) * (x * (xx - 3 * yy)) + CK_LOAD(octupole + 8) * (x * (zz - yy)) +
                  CK_LOAD(octupole + 16) * (y * (yy - 3 * zz)) + CK_LOAD(octupole + 24) * (y * (xx - zz)) +
                  CK_LOAD(octupole + 32) * (z * (zz - 3 * xx)) + CK_LOAD(octupole + 40) * (z * (yy - xx)) +
                  CK_LOAD(octupole + 48) * (x * y * z);
    ck_f8 value = inverse * inverse * (first + inverse * (second + inverse * third)), zero = 0;
    *sum += CK_SELECT(near, zero, value);
    return ck_mask(&near);
}
