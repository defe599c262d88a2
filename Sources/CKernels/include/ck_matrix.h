#pragma once

// Products of small single-precision matrices, for tiles of a coordinate network's layers.
//
// A layer's weights are packed once a step into panels of CK_PANEL columns and then shared by every tile and thread;
// a general BLAS packs both operands again at every call, which costs as much as the product at these sizes.
// Every entry of a result is one chain of fused multiply-adds in the order of the inner index, so its bits do not
// depend on the vector width of the processor.
//
// Legend: m rows of a tile, k inner length, n columns; lda, ldb, ldc distances between rows. All matrices row-major.

#include <stddef.h>

// Columns of a packed panel. Results are written in whole panels: a result's row has room for n rounded up to it.
#define CK_PANEL 32

// The operation on a product before it is written.
enum ck_epilogue {
    CK_STORE = 0,       // C = P
    CK_RELU = 1,        // C = max(P, 0)
    CK_RELU_MASK = 2,   // C = P where M > 0, else 0
    CK_FACTOR = 3,      // C = P * M
};

// Floats that ck_pack writes for a (k, n) matrix.
size_t ck_packed_count(ptrdiff_t k, ptrdiff_t n);

// Packs B (k, n), entry (i, j) at b[i * row_stride + j * column_stride], with the row `bias` (n) that the product starts
// from (NULL for zeros). Columns past n are zeros.
void ck_pack(ptrdiff_t k, ptrdiff_t n, const float *b, ptrdiff_t row_stride, ptrdiff_t column_stride,
             const float *bias, float *packed);

// C (m, n) = epilogue(A (m, k) · B + bias, M (m, n; ldm)). C's columns from n up to whole panels are written too.
void ck_multiply(ptrdiff_t m, ptrdiff_t n, ptrdiff_t k, const float *a, ptrdiff_t lda, const float *packed, float *c,
                 ptrdiff_t ldc, int epilogue, const float *mask, ptrdiff_t ldm);

// C (m, n) += Aᵀ · B with A (k, m) and B (k, n; readable up to whole panels).
void ck_accumulate_transposed(ptrdiff_t m, ptrdiff_t n, ptrdiff_t k, const float *a, ptrdiff_t lda, const float *b,
                              ptrdiff_t ldb, float *c, ptrdiff_t ldc);

// Processor levels that the two products are compiled for. The products above run at the highest that the processor has;
// tests run the lower ones too. Levels V3 and V4 give the same bits; the base of x86-64 has no fused multiply-add and
// rounds twice.
enum ck_processor_level { CK_LEVEL_BASE = 0, CK_LEVEL_V3 = 3, CK_LEVEL_V4 = 4 };

// The highest level of this processor. Below it every level runs, above it none may be asked for.
int ck_level(void);

void ck_multiply_at_level(int level, ptrdiff_t m, ptrdiff_t n, ptrdiff_t k, const float *a, ptrdiff_t lda,
                          const float *packed, float *c, ptrdiff_t ldc, int epilogue, const float *mask,
                          ptrdiff_t ldm);

void ck_accumulate_transposed_at_level(int level, ptrdiff_t m, ptrdiff_t n, ptrdiff_t k, const float *a, ptrdiff_t lda,
                                       const float *b, ptrdiff_t ldb, float *c, ptrdiff_t ldc);
