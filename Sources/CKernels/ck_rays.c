#include "ck_rays.h"
#include "ck_lanes.h"
#include <math.h>
#pragma STDC FP_CONTRACT OFF

/// A ray, and the shear that makes it the z axis (x, y, z being the permutation that makes z its longest direction).
typedef struct {
    float origin[3], inverse[3], shear[3];
    int axes[3];
} ray;

CK_INLINE ray make_ray(const float *origin, const float *direction) {
    ray r;
    int z = fabsf(direction[1]) > fabsf(direction[0]) ? 1 : 0;
    if (fabsf(direction[2]) > fabsf(direction[z])) z = 2;
    int x = z == 2 ? 0 : z + 1, y = x == 2 ? 0 : x + 1;
    if (direction[z] < 0) {
        int swap = x;
        x = y;
        y = swap;
    }
    for (int axis = 0; axis < 3; ++axis) {
        r.origin[axis] = origin[axis];
        // A finite inverse, so that a box's side through the origin gives 0 and not a NaN.
        float length = fabsf(direction[axis]) > 1e-20f ? direction[axis] : copysignf(1e-20f, direction[axis]);
        r.inverse[axis] = 1 / length;
    }
    r.axes[0] = x, r.axes[1] = y, r.axes[2] = z;
    r.shear[0] = direction[x] / direction[z];
    r.shear[1] = direction[y] / direction[z];
    r.shear[2] = 1 / direction[z];
    return r;
}

/// The entry of a ray into each of a node's boxes, and a mask of the boxes it meets before `far`.
CK_INLINE uint32_t meet_boxes(const float *node, const ray *r, float far, ck_f8 *entry) {
    ck_f8 enter = 0, leave = far;
    for (int axis = 0; axis < 3; ++axis) {
        ck_f8 low = (CK_LOAD(node + 8 * axis) - r->origin[axis]) * r->inverse[axis];
        ck_f8 high = (CK_LOAD(node + 24 + 8 * axis) - r->origin[axis]) * r->inverse[axis];
        ck_f8 first = CK_MIN(low, high), last = CK_MAX(low, high);
        enter = CK_MAX(first, enter);
        leave = CK_MIN(last, leave);
    }
    *entry = enter;
    // Three roundings in each of the two: Ize, "Robust BVH ray traversal", JCGT 2013, section 3.
    ck_i8 meets = enter <= leave * 1.0000004f;
    return ck_mask(&meets);
}

typedef struct {
    ck_f8 t, weight_b, weight_c;
    /// Triangles that are met, and those that are met on an edge or a corner or lie along the ray.
    uint32_t hits, doubtful;
} block_hits;

CK_INLINE void meet_block(const float *block, const ray *r, block_hits *result) {
    int kx = r->axes[0], ky = r->axes[1], kz = r->axes[2];
    ck_f8 x[3], y[3], z[3];
    for (int corner = 0; corner < 3; ++corner) {
        const float *position = block + 24 * corner;
        z[corner] = CK_LOAD(position + 8 * kz) - r->origin[kz];
        x[corner] = (CK_LOAD(position + 8 * kx) - r->origin[kx]) - r->shear[0] * z[corner];
        y[corner] = (CK_LOAD(position + 8 * ky) - r->origin[ky]) - r->shear[1] * z[corner];
    }
    ck_f8 a = x[2] * y[1] - y[2] * x[1];
    ck_f8 b = x[0] * y[2] - y[0] * x[2];
    ck_f8 c = x[1] * y[0] - y[1] * x[0];
    ck_i8 on_edge = (a == 0) | (b == 0) | (c == 0);
    uint32_t uncertain = ck_mask(&on_edge);
    for (uint32_t lanes = uncertain; lanes; lanes &= lanes - 1) {
        // Products of floats are exact in double precision, and so is the sign of their difference.
        int lane = __builtin_ctz(lanes);
        double lx[3], ly[3];
        for (int corner = 0; corner < 3; ++corner) lx[corner] = x[corner][lane], ly[corner] = y[corner][lane];
        a[lane] = (float)(lx[2] * ly[1] - ly[2] * lx[1]);
        b[lane] = (float)(lx[0] * ly[2] - ly[0] * lx[2]);
        c[lane] = (float)(lx[1] * ly[0] - ly[1] * lx[0]);
    }
    ck_i8 inside = ((a >= 0) & (b >= 0) & (c >= 0)) | ((a <= 0) & (b <= 0) & (c <= 0));
    ck_f8 sum = a + b + c;
    ck_i8 flat = sum == 0;
    ck_f8 inverse = 1 / sum;
    result->t = (a * z[0] + b * z[1] + c * z[2]) * r->shear[2] * inverse;
    result->weight_b = b * inverse;
    result->weight_c = c * inverse;
    uint32_t seen = ck_mask(&inside), edge_on = ck_mask(&flat);
    on_edge = (a == 0) | (b == 0) | (c == 0);
    result->hits = seen & ~edge_on;
    result->doubtful = seen & ck_mask(&on_edge);
}

typedef struct {
    float entry;
    uint32_t child;
} pending;

CK_INLINE size_t push_children(const float *node, const ray *r, float far, pending *stack, size_t depth) {
    ck_f8 entry;
    uint32_t lanes = meet_boxes(node, r, far, &entry);
    float entries[CK_LANES];
    memcpy(entries, &entry, sizeof entries);
    const uint32_t *children = (const uint32_t *)(node + CK_NODE_CHILDREN);
    size_t base = depth;
    for (; lanes; lanes &= lanes - 1) {
        uint32_t lane = (uint32_t)__builtin_ctz(lanes);
        if (children[lane] == CK_CHILD_NONE) continue;
        size_t slot = depth++;
        for (; slot > base && stack[slot - 1].entry < entries[lane]; --slot) stack[slot] = stack[slot - 1];
        stack[slot] = (pending){entries[lane], children[lane]};
    }
    return depth;
}

CK_CLONES
void ck_rays_nearest(const ck_tree *tree, const float *origins, const float *directions, size_t count, float near,
                     float far, ck_ray_hit *hits) {
    for (size_t query = 0; query < count; ++query) {
        ray r = make_ray(origins + 4 * query, directions + 4 * query);
        ck_ray_hit best = {far, {0, 0}, UINT32_MAX};
        pending stack[CK_STACK_SIZE];
        size_t depth = 0;
        stack[depth++] = (pending){0, 0};
        while (depth) {
            pending top = stack[--depth];
            if (top.entry > best.t * 1.0000004f) continue;
            if (!(top.child & CK_CHILD_LEAF)) {
                depth = push_children(tree->nodes + (size_t)top.child * CK_NODE_STRIDE, &r, best.t, stack, depth);
                continue;
            }
            const float *block = tree->blocks + (size_t)(top.child & ~CK_CHILD_LEAF) * CK_BLOCK_STRIDE;
            const uint32_t *triangles = (const uint32_t *)(block + CK_BLOCK_TRIANGLES);
            block_hits met;
            meet_block(block, &r, &met);
            for (uint32_t lanes = met.hits; lanes; lanes &= lanes - 1) {
                int lane = __builtin_ctz(lanes);
                float t = met.t[lane];
                if (t > near && (t < best.t || (t == best.t && triangles[lane] < best.triangle && t < far)))
                    best = (ck_ray_hit){t, {met.weight_b[lane], met.weight_c[lane]}, triangles[lane]};
            }
        }
        if (best.triangle == UINT32_MAX) best.t = INFINITY;
        hits[query] = best;
    }
}

CK_CLONES
void ck_rays_any(const ck_tree *tree, const float *origins, const float *directions, size_t count, float near,
                 float far, uint8_t *hits) {
    for (size_t query = 0; query < count; ++query) {
        ray r = make_ray(origins + 4 * query, directions + 4 * query);
        pending stack[CK_STACK_SIZE];
        size_t depth = 0;
        stack[depth++] = (pending){0, 0};
        uint8_t found = 0;
        while (depth && !found) {
            pending top = stack[--depth];
            if (!(top.child & CK_CHILD_LEAF)) {
                depth = push_children(tree->nodes + (size_t)top.child * CK_NODE_STRIDE, &r, far, stack, depth);
                continue;
            }
            block_hits met;
            meet_block(tree->blocks + (size_t)(top.child & ~CK_CHILD_LEAF) * CK_BLOCK_STRIDE, &r, &met);
            ck_i8 between = (met.t > near) & (met.t < far);
            found = (met.hits & ck_mask(&between)) != 0;
        }
        hits[query] = found;
    }
}

CK_CLONES
void ck_rays_crossings(const ck_tree *tree, const float *origins, const float *directions, size_t count,
                       uint32_t *crossings) {
    for (size_t query = 0; query < count; ++query) {
        ray r = make_ray(origins + 4 * query, directions + 4 * query);
        pending stack[CK_STACK_SIZE];
        size_t depth = 0;
        stack[depth++] = (pending){0, 0};
        uint32_t met_count = 0;
        while (depth && met_count != UINT32_MAX) {
            pending top = stack[--depth];
            if (!(top.child & CK_CHILD_LEAF)) {
                depth = push_children(tree->nodes + (size_t)top.child * CK_NODE_STRIDE, &r, INFINITY, stack, depth);
                continue;
            }
            const float *block = tree->blocks + (size_t)(top.child & ~CK_CHILD_LEAF) * CK_BLOCK_STRIDE;
            const uint32_t *triangles = (const uint32_t *)(block + CK_BLOCK_TRIANGLES);
            block_hits met;
            meet_block(block, &r, &met);
            uint32_t real = 0;
            for (uint32_t lane = 0; lane < CK_LANES; ++lane)
                real |= (uint32_t)(lane == 0 || triangles[lane] != triangles[lane - 1]) << lane;
            ck_i8 ahead = met.t > 0;
            if (met.doubtful & real) {
                met_count = UINT32_MAX;
            } else {
                met_count += (uint32_t)__builtin_popcount(met.hits & real & ck_mask(&ahead));
            }
        }
        crossings[query] = met_count;
    }
}
