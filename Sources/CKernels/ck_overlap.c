#include "ck_overlap.h"
#include "ck_lanes.h"
#pragma STDC FP_CONTRACT OFF

/// Single precision gets a height over a plane wrong by at most 9 roundings of each of its terms: 5.4e-7 of their sum.
#define HEIGHT_ERROR 2e-6f
/// The rounding error of products of very small numbers.
#define UNDERFLOW 1e-37f

typedef struct {
    ck_f8 x[3], y[3], z[3];
    ck_f8 low_x, low_y, low_z, high_x, high_y, high_z;
    /// Vertices a, b, c by number.
    ck_i8 vertices[3];
    const uint32_t *numbers;
    /// Lanes that hold a triangle of their own.
    uint32_t valid;
} block_boxes;

CK_INLINE void load_boxes(const ck_tree *tree, uint32_t number, block_boxes *boxes) {
    const float *block = tree->blocks + (size_t)number * CK_BLOCK_STRIDE;
    for (int corner = 0; corner < 3; ++corner) {
        boxes->x[corner] = CK_LOAD(block + 24 * corner);
        boxes->y[corner] = CK_LOAD(block + 24 * corner + 8);
        boxes->z[corner] = CK_LOAD(block + 24 * corner + 16);
    }
    boxes->low_x = CK_MIN(CK_MIN(boxes->x[0], boxes->x[1]), boxes->x[2]);
    boxes->low_y = CK_MIN(CK_MIN(boxes->y[0], boxes->y[1]), boxes->y[2]);
    boxes->low_z = CK_MIN(CK_MIN(boxes->z[0], boxes->z[1]), boxes->z[2]);
    boxes->high_x = CK_MAX(CK_MAX(boxes->x[0], boxes->x[1]), boxes->x[2]);
    boxes->high_y = CK_MAX(CK_MAX(boxes->y[0], boxes->y[1]), boxes->y[2]);
    boxes->high_z = CK_MAX(CK_MAX(boxes->z[0], boxes->z[1]), boxes->z[2]);
    boxes->numbers = (const uint32_t *)(block + CK_BLOCK_TRIANGLES);
    boxes->valid = 1;
    for (int lane = 1; lane < CK_LANES; ++lane)
        if (boxes->numbers[lane] != boxes->numbers[lane - 1]) boxes->valid |= 1u << lane;
}

CK_INLINE void load_vertices(const uint32_t *triangles, block_boxes *boxes) {
    uint32_t vertices[3][CK_LANES];
    for (int lane = 0; lane < CK_LANES; ++lane)
        for (int corner = 0; corner < 3; ++corner)
            vertices[corner][lane] = triangles[4 * (size_t)boxes->numbers[lane] + corner];
    memcpy(boxes->vertices, vertices, sizeof vertices);
}

/// Lanes of `second` that may meet the triangle in `lane` of `first`, out of `candidates`.
CK_INLINE uint32_t not_separated(const block_boxes *first, int lane, const block_boxes *second, uint32_t candidates) {
    // Comparisons give −1 where they hold.
    ck_i8 shared_of_second[3], shared_of_first[3], count = 0, none = 0;
    for (int corner = 0; corner < 3; ++corner) shared_of_second[corner] = shared_of_first[corner] = none;
    for (int i = 0; i < 3; ++i) {
        ck_i8 vertex = none + first->vertices[i][lane];
        for (int j = 0; j < 3; ++j) {
            ck_i8 equal = second->vertices[j] == vertex;
            count += equal;
            shared_of_second[j] |= equal;
            shared_of_first[i] |= equal;
        }
    }
    ck_i8 open = count > -2;
    candidates &= ck_mask(&open);
    if (!candidates) return 0;

    float ax = first->x[0][lane], ay = first->y[0][lane], az = first->z[0][lane];
    float sx = first->x[1][lane] - ax, sy = first->y[1][lane] - ay, sz = first->z[1][lane] - az;
    float tx = first->x[2][lane] - ax, ty = first->y[2][lane] - ay, tz = first->z[2][lane] - az;
    float mx = sy * tz - sz * ty, my = sz * tx - sx * tz, mz = sx * ty - sy * tx;
    float ex = (__builtin_fabsf(sy * tz) + __builtin_fabsf(sz * ty)) * HEIGHT_ERROR;
    float ey = (__builtin_fabsf(sz * tx) + __builtin_fabsf(sx * tz)) * HEIGHT_ERROR;
    float ez = (__builtin_fabsf(sx * ty) + __builtin_fabsf(sy * tx)) * HEIGHT_ERROR;
    ck_i8 above = none - 1, below = none - 1;
    for (int j = 0; j < 3; ++j) {
        ck_f8 dx = second->x[j] - ax, dy = second->y[j] - ay, dz = second->z[j] - az;
        ck_f8 height = CK_DOT(mx, my, mz, dx, dy, dz);
        ck_f8 error = ex * CK_ABS(dx) + ey * CK_ABS(dy) + ez * CK_ABS(dz) + UNDERFLOW;
        above &= (height > error) | shared_of_second[j];
        below &= (height < -error) | shared_of_second[j];
    }
    ck_i8 rest = ~(above | below);
    candidates &= ck_mask(&rest);
    if (!candidates) return 0;

    ck_f8 ux = second->x[1] - second->x[0], uy = second->y[1] - second->y[0], uz = second->z[1] - second->z[0];
    ck_f8 vx = second->x[2] - second->x[0], vy = second->y[2] - second->y[0], vz = second->z[2] - second->z[0];
    ck_f8 nx = uy * vz - uz * vy, ny = uz * vx - ux * vz, nz = ux * vy - uy * vx;
    ck_f8 bx = (CK_ABS(uy * vz) + CK_ABS(uz * vy)) * HEIGHT_ERROR;
    ck_f8 by = (CK_ABS(uz * vx) + CK_ABS(ux * vz)) * HEIGHT_ERROR;
    ck_f8 bz = (CK_ABS(ux * vy) + CK_ABS(uy * vx)) * HEIGHT_ERROR;
    above = none - 1, below = none - 1;
    for (int i = 0; i < 3; ++i) {
        ck_f8 dx = first->x[i][lane] - second->x[0], dy = first->y[i][lane] - second->y[0];
        ck_f8 dz = first->z[i][lane] - second->z[0];
        ck_f8 height = CK_DOT(nx, ny, nz, dx, dy, dz);
        ck_f8 error = bx * CK_ABS(dx) + by * CK_ABS(dy) + bz * CK_ABS(dz) + UNDERFLOW;
        above &= (height > error) | shared_of_first[i];
        below &= (height < -error) | shared_of_first[i];
    }
    rest = ~(above | below);
    return candidates & ck_mask(&rest);
}

CK_CLONES
size_t ck_overlaps(const ck_tree *tree, const uint32_t *triangles, uint32_t block, uint32_t *pairs, size_t capacity) {
    block_boxes first, second;
    load_boxes(tree, block, &first);
    load_vertices(triangles, &first);
    float low[3] = {first.low_x[0], first.low_y[0], first.low_z[0]};
    float high[3] = {first.high_x[0], first.high_y[0], first.high_z[0]};
    for (int lane = 1; lane < CK_LANES; ++lane) {
        low[0] = CK_MIN(low[0], first.low_x[lane]), high[0] = CK_MAX(high[0], first.high_x[lane]);
        low[1] = CK_MIN(low[1], first.low_y[lane]), high[1] = CK_MAX(high[1], first.high_y[lane]);
        low[2] = CK_MIN(low[2], first.low_z[lane]), high[2] = CK_MAX(high[2], first.high_z[lane]);
    }
    size_t count = 0, depth = 0;
    uint32_t stack[CK_STACK_SIZE];
    stack[depth++] = 0;
    while (depth) {
        uint32_t child = stack[--depth];
        if (!(child & CK_CHILD_LEAF)) {
            const float *node = tree->nodes + (size_t)child * CK_NODE_STRIDE;
            ck_i8 overlaps = (CK_LOAD(node) <= high[0]) & (CK_LOAD(node + 24) >= low[0]) & (CK_LOAD(node + 8) <= high[1]) &
                             (CK_LOAD(node + 32) >= low[1]) & (CK_LOAD(node + 16) <= high[2]) &
                             (CK_LOAD(node + 40) >= low[2]);
            const uint32_t *children = (const uint32_t *)(node + CK_NODE_CHILDREN);
            // A missing child's box is turned inside out, and overlaps nothing.
            for (uint32_t lanes = ck_mask(&overlaps); lanes; lanes &= lanes - 1)
                stack[depth++] = children[__builtin_ctz(lanes)];
            continue;
        }
        uint32_t other = child & ~CK_CHILD_LEAF;
        if (other < block) continue;
        load_boxes(tree, other, &second);
        int is_loaded = 0;
        for (int lane = 0; lane < CK_LANES; ++lane) {
            if (!(first.valid >> lane & 1)) continue;
            ck_i8 overlaps = (second.low_x <= first.high_x[lane]) & (second.high_x >= first.low_x[lane]) &
                             (second.low_y <= first.high_y[lane]) & (second.high_y >= first.low_y[lane]) &
                             (second.low_z <= first.high_z[lane]) & (second.high_z >= first.low_z[lane]);
            uint32_t candidates = ck_mask(&overlaps) & second.valid;
            if (other == block) candidates &= ~0u << (lane + 1);
            if (!candidates) continue;
            if (!is_loaded) load_vertices(triangles, &second);
            is_loaded = 1;
            for (candidates = not_separated(&first, lane, &second, candidates); candidates; candidates &= candidates - 1) {
                if (count < capacity) {
                    pairs[2 * count] = first.numbers[lane];
                    pairs[2 * count + 1] = second.numbers[__builtin_ctz(candidates)];
                }
                count += 1;
            }
        }
    }
    return count;
}
