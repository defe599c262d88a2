#include "ck_winding.h"
#include "ck_lanes.h"
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
            const float *moments = tree->moments + (size_t)child * CK_MOMENT_STRIDE;
            ck_f8 x = point[0] - CK_LOAD(moments), y = point[1] - CK_LOAD(moments + 8), z = point[2] - CK_LOAD(moments + 16);
            ck_f8 radius = CK_LOAD(moments + 24);
            ck_f8 squared = CK_DOT(x, y, z, x, y, z);
            // Lanes without a child have radius 0, and stay far away when the accuracy is infinite.
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
            ck_f8 value = inverse * inverse * (first + inverse * (second + inverse * third));
            ck_f8 zero = 0;
            far_sum += CK_SELECT(near, zero, value);
            const uint32_t *children =
                (const uint32_t *)(tree->nodes + (size_t)child * CK_NODE_STRIDE + CK_NODE_CHILDREN);
            for (uint32_t lanes = ck_mask(&near); lanes; lanes &= lanes - 1)
                stack[depth++] = children[__builtin_ctz(lanes)];
        }
        ck_f8 total = near_sum * 0.159154943f - far_sum * 0.0795774715f;
        float sum = 0;
        for (int lane = 0; lane < CK_LANES; ++lane) sum += total[lane];
        numbers[query] = sum;
    }
}
