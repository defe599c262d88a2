#include "ck_fourier.h"
#include "ck_math.h"
#include "ck_platform.h"

CK_CLONES
void ck_fourier_features(ptrdiff_t n, ptrdiff_t d, ptrdiff_t m, const float *v, const float *b, const float *a,
                         float *features, ptrdiff_t stride) {
    for (ptrdiff_t i = 0; i < n; i++) {
        float *restrict cosines = features + i * stride, *restrict sines = cosines + m;
        if (d == 3) {
            float x = v[3 * i], y = v[3 * i + 1], z = v[3 * i + 2];
            const float *restrict bx = b, *restrict by = b + m, *restrict bz = b + 2 * m;
            for (ptrdiff_t j = 0; j < m; j++) {
                float s, c;
                ck_sincos_turns(x * bx[j] + (y * by[j] + z * bz[j]), &s, &c);
                cosines[j] = a[j] * c;
                sines[j] = a[j] * s;
            }
        } else {
            for (ptrdiff_t j = 0; j < m; j++) cosines[j] = v[d * i] * b[j];
            for (ptrdiff_t l = 1; l < d; l++)
                for (ptrdiff_t j = 0; j < m; j++) cosines[j] += v[d * i + l] * b[l * m + j];
            for (ptrdiff_t j = 0; j < m; j++) {
                float s, c;
                ck_sincos_turns(cosines[j], &s, &c);
                cosines[j] = a[j] * c;
                sines[j] = a[j] * s;
            }
        }
    }
}

typedef float lanes __attribute__((vector_size(64), aligned(4), may_alias));

CK_CLONES
void ck_fourier_gradient(ptrdiff_t n, ptrdiff_t d, ptrdiff_t m, const float *b, const float *features,
                         const float *feature_gradient, ptrdiff_t stride, float *g) {
    for (ptrdiff_t i = 0; i < n; i++) {
        const float *cosines = features + i * stride, *sines = cosines + m;
        const float *dc = feature_gradient + i * stride, *ds = dc + m;
        for (ptrdiff_t l = 0; l < d; l++) {
            const float *row = b + l * m;
            // Sixteen partial sums whatever the vector width, so that the sum's bits are the same everywhere.
            lanes sum = {0};
            ptrdiff_t j = 0;
            for (; j + 16 <= m; j += 16)
                sum += *(const lanes *)(row + j) * (*(const lanes *)(ds + j) * *(const lanes *)(cosines + j) -
                                                    *(const lanes *)(dc + j) * *(const lanes *)(sines + j));
            float total = 0;
            for (int k = 0; k < 16; k++) total += sum[k];
            for (; j < m; j++) total += row[j] * (ds[j] * cosines[j] - dc[j] * sines[j]);
            g[d * i + l] = 6.28318530717958648f * total;
        }
    }
}
