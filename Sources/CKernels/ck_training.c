#include "ck_training.h"
#include "ck_math.h"
#include "ck_platform.h"

CK_CLONES
static double cross_entropy(ptrdiff_t n, const float *y, const float *target, const float *weight, float scale,
                            float *restrict dy) {
    double sum = 0;
    float losses[64];
    for (ptrdiff_t start = 0; start < n; start += 64) {
        ptrdiff_t count = n - start < 64 ? n - start : 64;
        for (ptrdiff_t j = 0; j < count; j++) {
            ptrdiff_t i = start + j;
            // softplus(y) − t y, and its derivative sigmoid(y) − t, from e^−|y| so that nothing overflows.
            float e = ck_exp(-__builtin_fabsf(y[i]));
            float probability = (y[i] > 0 ? 1 : e) / (1 + e);
            losses[j] = weight[i] * ((y[i] > 0 ? y[i] : 0) + ck_log1p_unit(e) - target[i] * y[i]);
            dy[i] = scale * weight[i] * (probability - target[i]);
        }
        for (ptrdiff_t j = 0; j < count; j++) sum += losses[j];
    }
    return sum;
}

double ck_loss(int loss, ptrdiff_t n, const float *y, const float *target, const float *weight, float scale,
               float *dy) {
    if (loss == CK_LOSS_CROSS_ENTROPY) return cross_entropy(n, y, target, weight, scale, dy);
    double sum = 0;
    for (ptrdiff_t i = 0; i < n; i++) {
        float difference = y[i] - target[i];
        if (loss == CK_LOSS_SQUARED) {
            sum += weight[i] * difference * difference;
            dy[i] = 2 * scale * weight[i] * difference;
        } else {
            sum += weight[i] * __builtin_fabsf(difference);
            dy[i] = scale * weight[i] * (difference > 0 ? 1 : difference < 0 ? -1 : 0);
        }
    }
    return sum;
}

CK_CLONES
void ck_sum_arrays(ptrdiff_t n, ptrdiff_t count, const float *arrays, ptrdiff_t distance, float *restrict sum) {
    for (ptrdiff_t i = 0; i < n; i++) sum[i] = arrays[i];
    for (ptrdiff_t a = 1; a < count; a++)
        for (ptrdiff_t i = 0; i < n; i++) sum[i] += arrays[a * distance + i];
}

CK_CLONES
void ck_adam(ptrdiff_t n, float *restrict p, const float *restrict g, float *restrict m, float *restrict v, float rate,
             float beta1, float beta2, float epsilon, float correction1, float correction2) {
    for (ptrdiff_t i = 0; i < n; i++) {
        m[i] = beta1 * m[i] + (1 - beta1) * g[i];
        v[i] = beta2 * v[i] + (1 - beta2) * g[i] * g[i];
        p[i] -= rate * (m[i] * correction1) / (__builtin_sqrtf(v[i] * correction2) + epsilon);
    }
}

CK_CLONES
void ck_adam_direction(ptrdiff_t n, float *restrict g, float *restrict m, float *restrict v, float beta1, float beta2,
                       float epsilon, float correction1, float correction2) {
    for (ptrdiff_t i = 0; i < n; i++) {
        m[i] = beta1 * m[i] + (1 - beta1) * g[i];
        v[i] = beta2 * v[i] + (1 - beta2) * g[i] * g[i];
        g[i] = m[i] * correction1 / (__builtin_sqrtf(v[i] * correction2) + epsilon);
    }
}

CK_CLONES
void ck_scale(ptrdiff_t n, float factor, float *x) {
    for (ptrdiff_t i = 0; i < n; i++) x[i] *= factor;
}

CK_CLONES
void ck_add(ptrdiff_t n, const float *restrict x, float *restrict sum) {
    for (ptrdiff_t i = 0; i < n; i++) sum[i] += x[i];
}
