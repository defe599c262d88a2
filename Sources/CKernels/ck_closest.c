#include "ck_closest.h"
#include "ck_traversal.h"
#include <float.h>
#include <math.h>
#pragma STDC FP_CONTRACT OFF

/// Squared distances from (px, py, pz) to a block's eight triangles.
///
/// The least of three segment distances, or the plane's distance where the projection falls inside all three edges.
/// All coordinates are taken relative to the point first, so the error scales with the distance and not with the
/// coordinates. The plane's distance is taken from the nearest point of an edge: a needle's normal is uncertain by as
/// much as the needle is narrow, and from one of its corners that would be multiplied by its length. Triangles without
/// an area (the sine of the angle at a below 1e-6, where the normal is only rounding) are their edges.
CK_INLINE void block_squared_distances(const float *block, float px, float py, float pz, ck_f8 *result) {
    ck_f8 ax = CK_LOAD(block) - px, ay = CK_LOAD(block + 8) - py, az = CK_LOAD(block + 16) - pz;
    ck_f8 bx = CK_LOAD(block + 24) - px, by = CK_LOAD(block + 32) - py, bz = CK_LOAD(block + 40) - pz;
    ck_f8 cx = CK_LOAD(block + 48) - px, cy = CK_LOAD(block + 56) - py, cz = CK_LOAD(block + 64) - pz;
    ck_f8 ux = bx - ax, uy = by - ay, uz = bz - az;  // edge ab
    ck_f8 vx = cx - bx, vy = cy - by, vz = cz - bz;  // edge bc
    ck_f8 wx = ax - cx, wy = ay - cy, wz = az - cz;  // edge ca
    ck_f8 zero = 0, one = 1, tiny = 1e-36f;

    ck_f8 uu = CK_DOT(ux, uy, uz, ux, uy, uz);
    ck_f8 vv = CK_DOT(vx, vy, vz, vx, vy, vz);
    ck_f8 ww = CK_DOT(wx, wy, wz, wx, wy, wz);
    ck_f8 t = -CK_DOT(ax, ay, az, ux, uy, uz) / CK_MAX(uu, tiny);
    t = CK_MIN(CK_MAX(t, zero), one);
    ck_f8 qx = ax + t * ux, qy = ay + t * uy, qz = az + t * uz;  // the nearest point of an edge
    ck_f8 nearest = CK_DOT(qx, qy, qz, qx, qy, qz);
    t = -CK_DOT(bx, by, bz, vx, vy, vz) / CK_MAX(vv, tiny);
    t = CK_MIN(CK_MAX(t, zero), one);
    ck_f8 x = bx + t * vx, y = by + t * vy, z = bz + t * vz;
    ck_f8 other = CK_DOT(x, y, z, x, y, z);
    ck_i8 closer = other < nearest;
    nearest = CK_SELECT(closer, other, nearest);
    qx = CK_SELECT(closer, x, qx), qy = CK_SELECT(closer, y, qy), qz = CK_SELECT(closer, z, qz);
    t = -CK_DOT(cx, cy, cz, wx, wy, wz) / CK_MAX(ww, tiny);
    t = CK_MIN(CK_MAX(t, zero), one);
    x = cx + t * wx, y = cy + t * wy, z = cz + t * wz;
    other = CK_DOT(x, y, z, x, y, z);
    closer = other < nearest;
    nearest = CK_SELECT(closer, other, nearest);
    qx = CK_SELECT(closer, x, qx), qy = CK_SELECT(closer, y, qy), qz = CK_SELECT(closer, z, qz);

    ck_f8 nx = wy * uz - wz * uy, ny = wz * ux - wx * uz, nz = wx * uy - wy * ux;
    ck_f8 nn = CK_DOT(nx, ny, nz, nx, ny, nz);
    ck_f8 height = CK_DOT(nx, ny, nz, qx, qy, qz);
    // n × edge points into the triangle.
    ck_f8 beyond_u = CK_DOT(ny * uz - nz * uy, nz * ux - nx * uz, nx * uy - ny * ux, ax, ay, az);
    ck_f8 beyond_v = CK_DOT(ny * vz - nz * vy, nz * vx - nx * vz, nx * vy - ny * vx, bx, by, bz);
    ck_f8 beyond_w = CK_DOT(ny * wz - nz * wy, nz * wx - nx * wz, nx * wy - ny * wx, cx, cy, cz);
    ck_f8 outermost = CK_MAX(CK_MAX(beyond_u, beyond_v), beyond_w);
    ck_i8 over_face = (outermost <= 0) & (nn > 1e-12f * (uu * ww)) & (nn > tiny);
    ck_f8 plane = height * height / CK_MAX(nn, tiny);
    *result = CK_SELECT(over_face, CK_MIN(plane, nearest), nearest);
}

typedef struct {
    double x, y, z;
} vector;

CK_INLINE vector difference(vector a, vector b) { return (vector){a.x - b.x, a.y - b.y, a.z - b.z}; }
CK_INLINE double dot(vector a, vector b) { return a.x * b.x + a.y * b.y + a.z * b.z; }
CK_INLINE vector cross(vector a, vector b) {
    return (vector){a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
}

/// The parameter in [0, 1] of the point of a segment closest to the origin; 0 for a segment without length.
CK_INLINE double segment_parameter(vector start, vector edge) {
    double length = dot(edge, edge);
    double t = -dot(start, edge);
    return t <= 0 || length <= 0 ? 0 : t >= length ? 1 : t / length;
}

/// The closest point of one lane's triangle, in double precision.
CK_INLINE void resolve(const float *block, uint32_t lane, const float *point, ck_closest_hit *hit) {
    const float *first = block + lane;
    vector p = {point[0], point[1], point[2]};
    vector corners[3];
    for (int corner = 0; corner < 3; ++corner) {
        vector position = {first[24 * corner], first[24 * corner + 8], first[24 * corner + 16]};
        corners[corner] = difference(position, p);
    }
    double best = INFINITY;
    vector nearest = {0, 0, 0};
    double weights[3] = {1, 0, 0};
    uint32_t feature = 0;
    for (uint32_t side = 0; side < 3; ++side) {
        uint32_t next = side == 2 ? 0 : side + 1;
        vector start = corners[side], edge = difference(corners[next], start);
        double t = segment_parameter(start, edge);
        vector candidate = {start.x + t * edge.x, start.y + t * edge.y, start.z + t * edge.z};
        if (t == 1) candidate = corners[next];
        double squared = dot(candidate, candidate);
        if (squared < best) {
            best = squared;
            nearest = candidate;
            weights[0] = weights[1] = weights[2] = 0;
            weights[side] = 1 - t;
            weights[next] = t;
            feature = t == 0 ? 4 + side : t == 1 ? 4 + next : 1 + side;
        }
    }
    vector ab = difference(corners[1], corners[0]), ac = difference(corners[2], corners[0]);
    vector normal = cross(ab, ac);
    double area = dot(normal, normal);
    if (area > 0) {
        // Twice the signed areas that the projection of the point spans with each edge, times the triangle's.
        double of_a = dot(normal, cross(corners[1], corners[2]));
        double of_b = dot(normal, cross(corners[2], corners[0]));
        double of_c = dot(normal, cross(corners[0], corners[1]));
        if (of_a > 0 && of_b > 0 && of_c > 0) {
            double height = dot(normal, corners[0]) / area;
            vector candidate = {normal.x * height, normal.y * height, normal.z * height};
            double squared = dot(candidate, candidate);
            if (squared <= best) {
                double sum = of_a + of_b + of_c;
                best = squared;
                nearest = candidate;
                weights[1] = of_b / sum;
                weights[2] = of_c / sum;
                feature = 0;
            }
        }
    }
    hit->offset[0] = (float)-nearest.x;
    hit->offset[1] = (float)-nearest.y;
    hit->offset[2] = (float)-nearest.z;
    hit->distance = (float)sqrt(best);
    hit->weights[0] = (float)weights[1];
    hit->weights[1] = (float)weights[2];
    memcpy(&hit->triangle, block + CK_BLOCK_TRIANGLES + lane, 4);
    hit->feature = feature;
}

/// The best triangle so far, and the squared box distance beyond which nothing can change it.
typedef struct {
    float squared, limit;
    uint32_t triangle, block, lane;
} candidate;

CK_INLINE void visit_block(const ck_tree *tree, uint32_t number, const float *point, candidate *best) {
    const float *block = tree->blocks + (size_t)number * CK_BLOCK_STRIDE;
    ck_f8 squared;
    block_squared_distances(block, point[0], point[1], point[2], &squared);
    ck_i8 closer = squared <= best->squared;
    uint32_t lanes = ck_mask(&closer);
    if (!lanes) return;
    float values[CK_LANES];
    memcpy(values, &squared, sizeof values);
    const uint32_t *triangles = (const uint32_t *)(block + CK_BLOCK_TRIANGLES);
    for (; lanes; lanes &= lanes - 1) {
        uint32_t lane = (uint32_t)__builtin_ctz(lanes);
        if (values[lane] < best->squared || (values[lane] == best->squared && triangles[lane] < best->triangle)) {
            best->squared = values[lane];
            best->triangle = triangles[lane];
            best->block = number;
            best->lane = lane;
        }
    }
    // Wide enough that rounding never decides which triangles are looked at, else the answer would depend on the start.
    float reach = sqrtf(best->squared) * (1 + 1e-6f) + tree->slack;
    best->limit = reach * reach < FLT_MAX ? reach * reach : FLT_MAX;
}

CK_CLONES
void ck_closest(const ck_tree *tree, const float *points, size_t count, ck_closest_hit *hits) {
    uint32_t start = 0;
    for (size_t query = 0; query < count; ++query) {
        const float *point = points + 4 * query;
        candidate best = {INFINITY, FLT_MAX, UINT32_MAX, start, 0};
        visit_block(tree, start, point, &best);
        ck_pending stack[CK_STACK_SIZE];
        size_t depth = 0;
        stack[depth++] = (ck_pending){0, 0};
        while (depth) {
            ck_pending top = stack[--depth];
            if (top.bound > best.limit) continue;
            if (top.child & CK_CHILD_LEAF) {
                uint32_t number = top.child & ~CK_CHILD_LEAF;
                if (number != start) visit_block(tree, number, point, &best);
                continue;
            }
            depth = ck_push_children(tree->nodes + (size_t)top.child * CK_NODE_STRIDE, point, 1, best.limit, stack, depth);
        }
        // So far away that all squares overflow: any triangle will do, but the same one whatever came before.
        if (best.squared == INFINITY) best.block = best.lane = 0;
        resolve(tree->blocks + (size_t)best.block * CK_BLOCK_STRIDE, best.lane, point, hits + query);
        start = best.block;
    }
}

CK_CLONES
void ck_block_squared_distances(const float *block, const float *point, float *squared_distances) {
    ck_f8 squared;
    block_squared_distances(block, point[0], point[1], point[2], &squared);
    memcpy(squared_distances, &squared, sizeof squared);
}
