#include "ck_matrix.h"

size_t ck_packed_count(ptrdiff_t k, ptrdiff_t n) {
    return (size_t)(k + 1) * (size_t)((n + CK_PANEL - 1) / CK_PANEL * CK_PANEL);
}

void ck_pack(ptrdiff_t k, ptrdiff_t n, const float *b, ptrdiff_t row_stride, ptrdiff_t column_stride,
             const float *bias, float *packed) {
    for (ptrdiff_t panel = 0; panel < n; panel += CK_PANEL) {
        ptrdiff_t columns = n - panel < CK_PANEL ? n - panel : CK_PANEL;
        for (ptrdiff_t j = 0; j < CK_PANEL; j++) packed[j] = bias && j < columns ? bias[panel + j] : 0;
        packed += CK_PANEL;
        for (ptrdiff_t i = 0; i < k; i++, packed += CK_PANEL)
            for (ptrdiff_t j = 0; j < CK_PANEL; j++)
                packed[j] = j < columns ? b[i * row_stride + (panel + j) * column_stride] : 0;
    }
}

// Register blocks: 12 × 32 of 32 registers of 16 lanes, 6 × 16 of 16 registers of 8 lanes: the largest that leave room
// for a row of the panel and the broadcast. On a processor with AVX-512 the first runs at twice the rate of the second.
#if defined(__x86_64__)
#define CK_NAME(f) f##_v4
#define CK_TARGET __attribute__((target("arch=x86-64-v4"), min_vector_width(512)))
#define CK_LANES 16
#define CK_ROWS 12
#define CK_COLUMN_VECTORS 2
#define CK_MORE_ROWS(X) X(7) X(8) X(9) X(10) X(11) X(12)
#include "ck_matrix_kernels.h"

#define CK_NAME(f) f##_v3
#define CK_TARGET __attribute__((target("arch=x86-64-v3")))
#define CK_LANES 8
#define CK_ROWS 6
#define CK_COLUMN_VECTORS 2
#define CK_MORE_ROWS(X)
#include "ck_matrix_kernels.h"
#endif

// 6 × 16 as well where registers hold 4 lanes: 24 accumulators of NEON's 32.
#define CK_NAME(f) f##_base
#define CK_TARGET
#define CK_LANES 4
#define CK_ROWS 6
#define CK_COLUMN_VECTORS 4
#define CK_MORE_ROWS(X)
#include "ck_matrix_kernels.h"

int ck_level(void) {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("x86-64-v4")) return CK_LEVEL_V4;
    if (__builtin_cpu_supports("x86-64-v3")) return CK_LEVEL_V3;
#endif
    return CK_LEVEL_BASE;
}

void ck_multiply_at_level(int level, ptrdiff_t m, ptrdiff_t n, ptrdiff_t k, const float *a, ptrdiff_t lda,
                          const float *packed, float *c, ptrdiff_t ldc, int epilogue, const float *mask,
                          ptrdiff_t ldm) {
#if defined(__x86_64__)
    if (level == CK_LEVEL_V4) return multiply_v4(m, n, k, a, lda, packed, c, ldc, epilogue, mask, ldm);
    if (level == CK_LEVEL_V3) return multiply_v3(m, n, k, a, lda, packed, c, ldc, epilogue, mask, ldm);
#endif
    multiply_base(m, n, k, a, lda, packed, c, ldc, epilogue, mask, ldm);
}

void ck_accumulate_transposed_at_level(int level, ptrdiff_t m, ptrdiff_t n, ptrdiff_t k, const float *a, ptrdiff_t lda,
                                       const float *b, ptrdiff_t ldb, float *c, ptrdiff_t ldc) {
#if defined(__x86_64__)
    if (level == CK_LEVEL_V4) return accumulate_transposed_v4(m, n, k, a, lda, b, ldb, c, ldc);
    if (level == CK_LEVEL_V3) return accumulate_transposed_v3(m, n, k, a, lda, b, ldb, c, ldc);
#endif
    accumulate_transposed_base(m, n, k, a, lda, b, ldb, c, ldc);
}

void ck_multiply(ptrdiff_t m, ptrdiff_t n, ptrdiff_t k, const float *a, ptrdiff_t lda, const float *packed, float *c,
                 ptrdiff_t ldc, int epilogue, const float *mask, ptrdiff_t ldm) {
    ck_multiply_at_level(ck_level(), m, n, k, a, lda, packed, c, ldc, epilogue, mask, ldm);
}

void ck_accumulate_transposed(ptrdiff_t m, ptrdiff_t n, ptrdiff_t k, const float *a, ptrdiff_t lda, const float *b,
                              ptrdiff_t ldb, float *c, ptrdiff_t ldc) {
    ck_accumulate_transposed_at_level(ck_level(), m, n, k, a, lda, b, ldb, c, ldc);
}
