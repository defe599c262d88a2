#include "ck_layers.h"
#include "ck_math.h"
#include "ck_platform.h"

typedef float lanes __attribute__((vector_size(64), aligned(4), may_alias));

CK_CLONES
void ck_activate(int activation, float scale, ptrdiff_t n, ptrdiff_t k, float *z, float *factor, ptrdiff_t stride) {
    float inverse = 1 / scale;
    for (ptrdiff_t i = 0; i < n; i++) {
        float *restrict x = z + i * stride, *restrict f = factor + i * stride;
        switch (activation) {
        case CK_ACTIVATION_SINE:
            for (ptrdiff_t j = 0; j < k; j++) {
                float s, c;
                ck_sincos(scale * x[j], &s, &c);
                x[j] = s;
                f[j] = scale * c;
            }
            break;
        case CK_ACTIVATION_GAUSSIAN:
            for (ptrdiff_t j = 0; j < k; j++) {
                float u = x[j] * inverse, value = ck_exp(-0.5f * u * u);
                x[j] = value;
                f[j] = -inverse * u * value;
            }
            break;
        case CK_ACTIVATION_FINER:
            for (ptrdiff_t j = 0; j < k; j++) {
                float s, c, magnitude = __builtin_fabsf(x[j]);
                ck_sincos(scale * (magnitude + 1) * x[j], &s, &c);
                x[j] = s;
                f[j] = scale * (2 * magnitude + 1) * c;
            }
            break;
        default:
            for (ptrdiff_t j = 0; j < k; j++) {
                f[j] = x[j] > 0 ? 1 : 0;
                x[j] = x[j] > 0 ? x[j] : 0;
            }
        }
    }
}

CK_CLONES
void ck_output(ptrdiff_t n, ptrdiff_t k, ptrdiff_t outputs, const float *h, ptrdiff_t stride, const float *w,
               const float *bias, float *y) {
    for (ptrdiff_t i = 0; i < n; i++)
        for (ptrdiff_t o = 0; o < outputs; o++) {
            const float *row = h + i * stride, *weights = w + o * k;
            // Sixteen partial sums whatever the vector width, so that the sum's bits are the same everywhere.
            lanes sum = {0};
            ptrdiff_t j = 0;
            for (; j + 16 <= k; j += 16) sum += *(const lanes *)(row + j) * *(const lanes *)(weights + j);
            float total = bias[o];
            for (int l = 0; l < 16; l++) total += sum[l];
            for (; j < k; j++) total += row[j] * weights[j];
            y[i * outputs + o] = total;
        }
}

CK_CLONES
void ck_output_gradient(ptrdiff_t n, ptrdiff_t k, ptrdiff_t outputs, const float *dy, const float *w,
                        const float *factor, int relu, float *x, ptrdiff_t stride) {
    for (ptrdiff_t i = 0; i < n; i++) {
        float *restrict row = x + i * stride;
        const float *restrict f = factor + i * stride;
        for (ptrdiff_t j = 0; j < k; j++) row[j] = dy[i * outputs] * w[j];
        for (ptrdiff_t o = 1; o < outputs; o++)
            for (ptrdiff_t j = 0; j < k; j++) row[j] += dy[i * outputs + o] * w[o * k + j];
        if (relu)
            for (ptrdiff_t j = 0; j < k; j++) row[j] = f[j] > 0 ? row[j] : 0;
        else
            for (ptrdiff_t j = 0; j < k; j++) row[j] *= f[j];
    }
}

CK_CLONES
void ck_output_weights(ptrdiff_t n, ptrdiff_t k, ptrdiff_t outputs, const float *dy, const float *h, ptrdiff_t stride,
                       float *restrict dw, float *restrict db) {
    for (ptrdiff_t i = 0; i < n; i++)
        for (ptrdiff_t o = 0; o < outputs; o++) {
            float g = dy[i * outputs + o];
            const float *restrict row = h + i * stride;
            float *restrict target = dw + o * k;
            for (ptrdiff_t j = 0; j < k; j++) target[j] += g * row[j];
            db[o] += g;
        }
}

CK_CLONES
void ck_add_column_sums(ptrdiff_t n, ptrdiff_t k, const float *x, ptrdiff_t stride, float *restrict s) {
    for (ptrdiff_t i = 0; i < n; i++)
        for (ptrdiff_t j = 0; j < k; j++) s[j] += x[i * stride + j];
}
