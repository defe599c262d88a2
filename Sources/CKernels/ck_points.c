#include "ck_points.h"
#include "ck_traversal.h"
#include <float.h>
#include <math.h>
#pragma STDC FP_CONTRACT OFF

CK_CLONES
void ck_points_nearest(const ck_point_tree *tree, const float *points, size_t count, size_t neighbors, float *squared,
                       uint32_t *numbers) {
    for (size_t query = 0; query < count; ++query) {
        const float *point = points + 4 * query;
        float *best = squared + query * neighbors;
        uint32_t *found = numbers + query * neighbors;
        // No farther than the query before has its last neighbour, and the way from there.
        float limit = FLT_MAX;
        if (query) {
            float x = point[0] - point[-4], y = point[1] - point[-3], z = point[2] - point[-2];
            float reach = sqrtf(best[-1]) + sqrtf(x * x + y * y + z * z);
            reach *= reach * (1 + 1e-5f);
            if (reach < limit) limit = reach;
        }
        for (size_t slot = 0; slot < neighbors; ++slot) best[slot] = limit, found[slot] = UINT32_MAX;
        float *worst = best + neighbors - 1;
        ck_pending stack[CK_STACK_SIZE];
        size_t depth = 0;
        stack[depth++] = (ck_pending){0, 0};
        while (depth) {
            ck_pending top = stack[--depth];
            if (top.bound > *worst) continue;
            if (top.child & CK_CHILD_LEAF) {
                uint32_t number = top.child & ~CK_CHILD_LEAF;
                const float *block = tree->blocks + (size_t)number * CK_POINT_STRIDE;
                ck_f8 x = CK_LOAD(block) - point[0], y = CK_LOAD(block + 8) - point[1], z = CK_LOAD(block + 16) - point[2];
                ck_f8 distance = CK_DOT(x, y, z, x, y, z);
                ck_i8 closer = distance <= *worst;
                uint32_t lanes = ck_mask(&closer);
                if (!lanes) continue;
                float values[CK_LANES];
                memcpy(values, &distance, sizeof values);
                for (; lanes; lanes &= lanes - 1) {
                    uint32_t lane = (uint32_t)__builtin_ctz(lanes), index = 8 * number + lane;
                    float value = values[lane];
                    if (value > *worst || (value == *worst && index > found[neighbors - 1])) continue;
                    size_t slot = neighbors - 1;
                    for (; slot > 0 && (best[slot - 1] > value || (best[slot - 1] == value && found[slot - 1] > index)); --slot)
                        best[slot] = best[slot - 1], found[slot] = found[slot - 1];
                    best[slot] = value, found[slot] = index;
                }
                continue;
            }
            // A little less, so that rounding leaves no box out.
            depth = ck_push_children(tree->nodes + (size_t)top.child * CK_NODE_STRIDE, point, 1 - 1e-6f, *worst, stack, depth);
        }
        // So far away that no square is finite: as good as any other.
        if (neighbors == 1 && *found == UINT32_MAX) *found = 0, *best = INFINITY;
    }
}

CK_CLONES
void ck_points_winding(const ck_point_tree *tree, const float *points, size_t count, float accuracy, float softening,
                       float *numbers) {
    float accuracy2 = accuracy * accuracy, softening2 = softening * softening;
    for (size_t query = 0; query < count; ++query) {
        const float *point = points + 4 * query;
        ck_f8 sum = 0;
        uint32_t stack[CK_STACK_SIZE];
        size_t depth = 0;
        stack[depth++] = 0;
        while (depth) {
            uint32_t child = stack[--depth];
            if (child & CK_CHILD_LEAF) {
                const float *block = tree->blocks + (size_t)(child & ~CK_CHILD_LEAF) * CK_POINT_STRIDE;
                ck_f8 x = point[0] - CK_LOAD(block), y = point[1] - CK_LOAD(block + 8), z = point[2] - CK_LOAD(block + 16);
                const float *normal = block + CK_POINT_NORMALS;
                ck_f8 squared = CK_DOT(x, y, z, x, y, z), least = softening2;
                squared = CK_MAX(squared, least);
                ck_f8 inverse = 1 / CK_SQRT(squared);
                ck_f8 height = CK_DOT(x, y, z, CK_LOAD(normal), CK_LOAD(normal + 8), CK_LOAD(normal + 16)) * inverse;
                sum += CK_LOAD(block + CK_POINT_AREAS) * height * (inverse * inverse);
                continue;
            }
            uint32_t lanes = ck_add_far_clusters(tree->moments + (size_t)child * CK_MOMENT_STRIDE, point, accuracy2, &sum);
            const uint32_t *children =
                (const uint32_t *)(tree->nodes + (size_t)child * CK_NODE_STRIDE + CK_NODE_CHILDREN);
            for (; lanes; lanes &= lanes - 1) stack[depth++] = children[__builtin_ctz(lanes)];
        }
        // Dipoles of outward normals sum up to −4π inside.
        float total = 0;
        for (int lane = 0; lane < CK_LANES; ++lane) total += sum[lane];
        numbers[query] = total * -0.0795774715f;
    }
}

#define CK_HORIZONTAL(v) (((v[0] + v[4]) + (v[2] + v[6])) + ((v[1] + v[5]) + (v[3] + v[7])))

CK_CLONES
void ck_points_sums(const ck_point_tree *tree, const float *points, const float *facing, size_t count,
                    ck_point_weights weights, ck_point_sums *sums) {
    float shrinking2 = weights.shrinking * weights.shrinking, flattening = 1 - weights.height;
    float slope = 1 / (weights.full_cosine - weights.least_cosine);
    for (size_t query = 0; query < count; ++query) {
        const float *point = points + 4 * query, *front = facing + 4 * query;
        ck_f8 weight = 0, dx = 0, dy = 0, dz = 0, nx = 0, ny = 0, nz = 0, dn = 0, dd = 0, rr = 0, number = 0;
        ck_f8 zero = 0, one = 1;
        uint32_t stack[CK_STACK_SIZE];
        size_t depth = 0;
        stack[depth++] = 0;
        while (depth) {
            uint32_t child = stack[--depth];
            if (child & CK_CHILD_LEAF) {
                const float *block = tree->blocks + (size_t)(child & ~CK_CHILD_LEAF) * CK_POINT_STRIDE;
                ck_f8 x = CK_LOAD(block) - point[0], y = CK_LOAD(block + 8) - point[1], z = CK_LOAD(block + 16) - point[2];
                ck_f8 inverse = CK_LOAD(block + CK_POINT_SUPPORTS) * shrinking2;
                ck_f8 squared = CK_DOT(x, y, z, x, y, z), height = CK_DOT(x, y, z, front[0], front[1], front[2]);
                ck_f8 falloff = one - (squared - flattening * (height * height)) * inverse;
                ck_i8 within = falloff > zero;
                if (!ck_mask(&within)) continue;
                falloff = CK_MAX(falloff, zero);
                const float *normal = block + CK_POINT_NORMALS;
                ck_f8 mx = CK_LOAD(normal), my = CK_LOAD(normal + 8), mz = CK_LOAD(normal + 16);
                ck_f8 agreement = (CK_DOT(mx, my, mz, front[0], front[1], front[2]) - weights.least_cosine) * slope;
                agreement = CK_MIN(CK_MAX(agreement, zero), one);
                falloff *= falloff;
                ck_f8 w = CK_LOAD(block + CK_POINT_AREAS) * agreement * (falloff * falloff);
                weight += w;
                dx += w * x, dy += w * y, dz += w * z;
                nx += w * mx, ny += w * my, nz += w * mz;
                dn += w * CK_DOT(x, y, z, mx, my, mz);
                dd += w * squared;
                rr += CK_SELECT(within, w / inverse, zero);
                number += CK_SELECT(within, agreement, zero);
                continue;
            }
            const float *reach = tree->reaches + (size_t)child * CK_REACH_STRIDE;
            ck_i8 holds = (CK_LOAD(reach) <= point[0]) & (CK_LOAD(reach + 24) >= point[0]) &
                          (CK_LOAD(reach + 8) <= point[1]) & (CK_LOAD(reach + 32) >= point[1]) &
                          (CK_LOAD(reach + 16) <= point[2]) & (CK_LOAD(reach + 40) >= point[2]);
            const uint32_t *children =
                (const uint32_t *)(tree->nodes + (size_t)child * CK_NODE_STRIDE + CK_NODE_CHILDREN);
            for (uint32_t lanes = ck_mask(&holds); lanes; lanes &= lanes - 1)
                stack[depth++] = children[__builtin_ctz(lanes)];
        }
        sums[query] = (ck_point_sums){
            .weight = CK_HORIZONTAL(weight),
            .offset = {CK_HORIZONTAL(dx), CK_HORIZONTAL(dy), CK_HORIZONTAL(dz)},
            .normal = {CK_HORIZONTAL(nx), CK_HORIZONTAL(ny), CK_HORIZONTAL(nz)},
            .offset_normal = CK_HORIZONTAL(dn),
            .squared = CK_HORIZONTAL(dd),
            .support = CK_HORIZONTAL(rr),
            .count = CK_HORIZONTAL(number),
        };
    }
}
