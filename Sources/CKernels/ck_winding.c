#include "ck_winding.h"
#include "ck_traversal.h"
#pragma STDC FP_CONTRACT OFF

/// Half the solid angles of a block's triangles seen from (px, py, pz), signed (van Oosterom and Strackee 1983).
CK_INLINE void half_solid_angles(const float *block, float px, float py, float pz, ck_f8 *result) {
    ck_f8 ax = CK_LOAD(block) - px, ay = CK_LOAD(block + 8) - py, az = CK_LOAD(block + 16) - pz;
    ck_f8 bx = CK_LOAD(block + 24) - px, by = CK_LOAD(block + 32) - py, bz = CK_LOAD(block + 40) - pz;
    ck_f8 cx = CK_LOAD(block + 48) - px, cy = CK_LOAD(block + 56) - py, cz = CK_LOAD(block + 64) - pz;
    ck_f8 a = CK_SQRT(CK_DOT(ax, ay, az, ax, ay, az));
    ck_f8 b = CK_SQRT(CK_DOT(bx, by, bz, bx, by, bz));
    ck_f8 c = CK_SQRT(CK_DOT(cx, cy, cz, cx, cy, cz));
    // The determinant of a, b − a and c − a: cancels less than that of a, b and c.
    ck_f8 ux = bx - ax, uy = by - ay, uz = bz - az, vx = cx - ax, vy = cy - ay, vz = cz - az;
    ck_f8 y = CK_DOT(ax, ay, az, uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx);
    ck_f8 x = a * b * c + CK_DOT(ax, ay, az, bx, by, bz) * c + CK_DOT(bx, by, bz, cx, cy, cz) * a +
              CK_DOT(cx, cy, cz, ax, ay, az) * b;
    // atan2(y, x): a polynomial for the arctangent on [0, 1] (least maximum error, 4e-8) and the octant's symmetries.
    ck_f8 abs_x = CK_ABS(x), abs_y = CK_ABS(y), tiny = 1e-37f, zero = 0;
    ck_f8 large = CK_MAX(abs_x, abs_y), small = CK_MIN(abs_x, abs_y);
    ck_f8 t = small / CK_MAX(large, tiny);
    ck_f8 s = t * t;
    ck_f8 p = -0.004054566845297813f * s + 0.021862957626581192f;
    p = p * s - 0.0559123270213604f;
    p = p * s + 0.0964219719171524f;
    p = p * s - 0.1390862911939621f;
    p = p * s + 0.19946566224098206f;
    p = p * s - 0.33329859375953674f;
    p = p * s + 0.9999993443489075f;
    p = p * t;
    p = CK_SELECT(abs_y > abs_x, 1.57079632679f - p, p);
    p = CK_SELECT(x < zero, 3.14159265359f - p, p);
    *result = CK_SELECT(y < zero, -p, p);
}

CK_CLONES
void ck_winding(const ck_tree *tree, const float *points, size_t count, float accuracy, float *numbers) {
    float accuracy2 = accuracy * accuracy;
    for (size_t query = 0; query < count; ++query) {
        const float *point = points + 4 * query;
        ck_f8 far_sum = 0, near_sum = 0;
        uint32_t stack[CK_STACK_SIZE];
        size_t depth = 0;
        stack[depth++] = 0;
        while (depth) {
            uint32_t child = stack[--depth];
            if (child & CK_CHILD_LEAF) {
                ck_f8 angles;
                half_solid_angles(tree->blocks + (size_t)(child & ~CK_CHILD_LEAF) * CK_BLOCK_STRIDE, point[0], point[1],
                                  point[2], &angles);
                near_sum += angles;
                continue;
            }
            uint32_t lanes = ck_add_far_clusters(tree->moments + (size_t)child * CK_MOMENT_STRIDE, point, accuracy2, &far_sum);
            const uint32_t *children =
                (const uint32_t *)(tree->nodes + (size_t)child * CK_NODE_STRIDE + CK_NODE_CHILDREN);
            for (; lanes; lanes &= lanes - 1) stack[depth++] = children[__builtin_ctz(lanes)];
        }
        ck_f8 total = near_sum * 0.159154943f - far_sum * 0.0795774715f;
        float sum = 0;
        for (int lane = 0; lane < CK_LANES; ++lane) sum += total[lane];
        numbers[query] = sum;
    }
}
