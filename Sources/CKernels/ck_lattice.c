#include "ck_lattice.h"
#include "ck_platform.h"

#define INLINE static inline __attribute__((always_inline))

INLINE float smaller(float a, float b) { return a < b ? a : b; }
INLINE float larger(float a, float b) { return a > b ? a : b; }
INLINE float clamp(float x, float low, float high) { return smaller(larger(x, low), high); }

// Four samples along an axis: the number of the second, and the weights of all.
typedef struct {
    int32_t cell;
    float weights[4];
} ck_stencil;

// The coordinate q in samples.
INLINE float place(const ck_lattice *l, int axis, float q) {
    float inner = clamp(q, l->lower[axis], l->upper[axis]) - l->lower[axis];
    float beyond = smaller(q - l->lower[axis], 0) + larger(q - l->upper[axis], 0);
    return (float)l->outer + inner * l->inverse_spacing + beyond * l->inverse_outer_spacing[axis];
}

INLINE int32_t cell_of(const ck_lattice *l, int axis, float u) {
    return (int32_t)clamp(u, 0, (float)(l->counts[axis] - 2));
}

// Weights of fine cells become those of the ends of the fine part and of wide cells where the cell is one. `a` and `b` are what
// the linear rule gives the two samples in the middle.
INLINE void grade(const ck_lattice *l, int axis, int32_t cell, float a, float b, float *w) {
    int32_t first = l->outer, last = l->counts[axis] - 2 - l->outer;
    float below = cell == first ? w[0] : 0, above = cell == last ? w[3] : 0;
    int wide = cell < first || cell > last;
    float w1 = w[1] + 2 * below - above, w2 = w[2] + 2 * above - below;
    w[0] = wide ? 0 : w[0] - below;
    w[3] = wide ? 0 : w[3] - above;
    w[1] = wide ? a : w1;
    w[2] = wide ? b : w2;
}

INLINE void value_weights(const ck_lattice *l, int axis, int32_t cell, float t, float *w) {
    float t2 = t * t, t3 = t2 * t;
    w[0] = 0.5f * (2 * t2 - t3 - t);
    w[1] = 0.5f * (2 - 5 * t2 + 3 * t3);
    w[2] = 0.5f * (t + 4 * t2 - 3 * t3);
    w[3] = 0.5f * (t3 - t2);
    grade(l, axis, cell, 1 - t, t, w);
}

// With respect to t.
INLINE void slope_weights(const ck_lattice *l, int axis, int32_t cell, float t, float *w) {
    float t2 = t * t;
    w[0] = 0.5f * (4 * t - 3 * t2 - 1);
    w[1] = 0.5f * (9 * t2 - 10 * t);
    w[2] = 0.5f * (1 + 8 * t - 9 * t2);
    w[3] = 0.5f * (3 * t2 - 2 * t);
    grade(l, axis, cell, -1, 1, w);
}

// The four samples' numbers; those beyond the lattice have no weight, and are any that exist.
INLINE void numbers(const ck_lattice *l, int axis, int32_t cell, int32_t *n) {
    int32_t last = l->counts[axis] - 1;
    n[0] = cell > 0 ? cell - 1 : 0;
    n[1] = cell;
    n[2] = cell + 1;
    n[3] = cell + 2 < last ? cell + 2 : last;
}

// How the field goes on at p from the nearest point q with the value v.
INLINE float continued(const ck_lattice *l, float x, float y, float z, float qx, float qy, float qz, float v) {
    float dx = x - qx, dy = y - qy, dz = z - qz;
    float square = dx * dx + dy * dy + dz * dz;
    float cx = x - l->center[0], cy = y - l->center[1], cz = z - l->center[2];
    float ex = qx - l->center[0], ey = qy - l->center[1], ez = qz - l->center[2];
    float outside = larger(v, 0);
    float least = __builtin_sqrtf(square + outside * outside);
    float radial = outside + __builtin_sqrtf(cx * cx + cy * cy + cz * cz) - __builtin_sqrtf(ex * ex + ey * ey + ez * ez);
    return square > 0 ? larger(least, radial) : v;
}

CK_CLONES
void ck_lattice_values(const ck_lattice *lattice, const float *restrict s, ptrdiff_t n, const float *restrict p,
                       ptrdiff_t stride, float *restrict values) {
    const ck_lattice l = *lattice;
    const int32_t row = l.counts[0], layer = l.counts[0] * l.counts[1];
    for (ptrdiff_t i = 0; i < n; i++) {
        float x = p[stride * i], y = p[stride * i + 1], z = p[stride * i + 2];
        float qx = clamp(x, l.minimum[0], l.maximum[0]);
        float qy = clamp(y, l.minimum[1], l.maximum[1]);
        float qz = clamp(z, l.minimum[2], l.maximum[2]);
        float ux = place(&l, 0, qx), uy = place(&l, 1, qy), uz = place(&l, 2, qz);
        int32_t ix = cell_of(&l, 0, ux), iy = cell_of(&l, 1, uy), iz = cell_of(&l, 2, uz);
        float wx[4], wy[4], wz[4];
        value_weights(&l, 0, ix, ux - (float)ix, wx);
        value_weights(&l, 1, iy, uy - (float)iy, wy);
        value_weights(&l, 2, iz, uz - (float)iz, wz);
        int32_t nx[4], ny[4], nz[4];
        numbers(&l, 0, ix, nx);
        numbers(&l, 1, iy, ny);
        numbers(&l, 2, iz, nz);
        float v = 0;
        for (int c = 0; c < 4; c++) {
            float plane = 0;
            for (int b = 0; b < 4; b++) {
                const int32_t at = nz[c] * layer + ny[b] * row;
                float line = 0;
                for (int a = 0; a < 4; a++) line += wx[a] * s[at + nx[a]];
                plane += wy[b] * line;
            }
            v += wz[c] * plane;
        }
        values[i] = continued(&l, x, y, z, qx, qy, qz, v);
    }
}

CK_CLONES
void ck_lattice_gradients(const ck_lattice *lattice, const float *restrict s, ptrdiff_t n, const float *restrict p,
                          ptrdiff_t stride, float *restrict values, float *restrict gradients,
                          ptrdiff_t gradient_stride) {
    const ck_lattice l = *lattice;
    const int32_t row = l.counts[0], layer = l.counts[0] * l.counts[1];
    for (ptrdiff_t i = 0; i < n; i++) {
        float point[3], q[3], slope[3], w[3][4], dw[3][4];
        int32_t number[3][4];
        for (int axis = 0; axis < 3; axis++) {
            point[axis] = p[stride * i + axis];
            q[axis] = clamp(point[axis], l.minimum[axis], l.maximum[axis]);
            float u = place(&l, axis, q[axis]);
            int32_t cell = cell_of(&l, axis, u);
            value_weights(&l, axis, cell, u - (float)cell, w[axis]);
            slope_weights(&l, axis, cell, u - (float)cell, dw[axis]);
            numbers(&l, axis, cell, number[axis]);
            int wide = q[axis] < l.lower[axis] || q[axis] > l.upper[axis];
            // Nothing changes along an axis on which the nearest point stays where it is.
            slope[axis] = point[axis] != q[axis] ? 0 : wide ? l.inverse_outer_spacing[axis] : l.inverse_spacing;
        }
        float v = 0, gx = 0, gy = 0, gz = 0;
        for (int c = 0; c < 4; c++) {
            float plane = 0, plane_x = 0, plane_y = 0;
            for (int b = 0; b < 4; b++) {
                const int32_t at = number[2][c] * layer + number[1][b] * row;
                float line = 0, line_x = 0;
                for (int a = 0; a < 4; a++) {
                    line += w[0][a] * s[at + number[0][a]];
                    line_x += dw[0][a] * s[at + number[0][a]];
                }
                plane += w[1][b] * line;
                plane_x += w[1][b] * line_x;
                plane_y += dw[1][b] * line;
            }
            v += w[2][c] * plane;
            gx += w[2][c] * plane_x;
            gy += w[2][c] * plane_y;
            gz += dw[2][c] * plane;
        }
        float value = continued(&l, point[0], point[1], point[2], q[0], q[1], q[2], v);
        float g[3] = {gx * slope[0], gy * slope[1], gz * slope[2]};
        float square = 0, far = 0, near = 0;
        for (int axis = 0; axis < 3; axis++) {
            float d = point[axis] - q[axis], e = point[axis] - l.center[axis], f = q[axis] - l.center[axis];
            square += d * d;
            far += e * e;
            near += f * f;
        }
        float outside = larger(v, 0), least = __builtin_sqrtf(square + outside * outside);
        far = __builtin_sqrtf(far);
        near = __builtin_sqrtf(near);
        int is_radial = outside + far - near > least;
        for (int axis = 0; axis < 3; axis++) {
            float moves = point[axis] == q[axis] ? 1 : 0, own = v > 0 ? g[axis] : 0;
            float radial = own + (point[axis] - l.center[axis]) / far - moves * (q[axis] - l.center[axis]) / near;
            float direct = (point[axis] - q[axis] + outside * own) / least;
            gradients[gradient_stride * i + axis] = square > 0 ? (is_radial ? radial : direct) : g[axis];
        }
        values[i] = value;
    }
}
