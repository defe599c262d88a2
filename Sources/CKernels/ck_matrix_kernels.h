// The register-blocked loops of ck_matrix.c for one vector width. Included once a processor level, with
//   CK_NAME(f)   the function's name at this level
//   CK_TARGET    the function attribute of this level
//   CK_LANES     floats of a vector
//   CK_ROWS      rows of a register block: CK_ROWS * CK_COLUMN_VECTORS accumulators stay in registers
//   CK_COLUMN_VECTORS  vectors across a register block

typedef float CK_NAME(vector) __attribute__((vector_size(CK_LANES * 4), aligned(4), may_alias));
typedef int CK_NAME(mask) __attribute__((vector_size(CK_LANES * 4), aligned(4), may_alias));
#define V CK_NAME(vector)
#define BLOCK_COLUMNS (CK_LANES * CK_COLUMN_VECTORS)

// One block of `rows` (a constant after inlining) by BLOCK_COLUMNS: `b` points into a panel whose first row is the bias.
CK_TARGET static inline __attribute__((always_inline)) void CK_NAME(multiply_block)(
    const int rows, ptrdiff_t k, const float *a, ptrdiff_t lda, const float *b, float *c, ptrdiff_t ldc,
    const int epilogue, const float *m, ptrdiff_t ldm) {
    V sum[CK_ROWS][CK_COLUMN_VECTORS];
    for (int j = 0; j < CK_COLUMN_VECTORS; j++) {
        V bias = *(const V *)(b + j * CK_LANES);
        for (int i = 0; i < rows; i++) sum[i][j] = bias;
    }
    b += CK_PANEL;
    for (ptrdiff_t l = 0; l < k; l++, b += CK_PANEL) {
        V right[CK_COLUMN_VECTORS];
        for (int j = 0; j < CK_COLUMN_VECTORS; j++) right[j] = *(const V *)(b + j * CK_LANES);
#pragma clang loop unroll(full)
        for (int i = 0; i < rows; i++) {
            float left = a[i * lda + l];
            for (int j = 0; j < CK_COLUMN_VECTORS; j++) sum[i][j] += left * right[j];
        }
    }
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < CK_COLUMN_VECTORS; j++) {
            V value = sum[i][j];
            if (epilogue == CK_RELU) value = (V)((CK_NAME(mask))value & (value > 0));
            if (epilogue == CK_RELU_MASK)
                value = (V)((CK_NAME(mask))value & (*(const V *)(m + i * ldm + j * CK_LANES) > 0));
            if (epilogue == CK_FACTOR) value *= *(const V *)(m + i * ldm + j * CK_LANES);
            *(V *)(c + i * ldc + j * CK_LANES) = value;
        }
}

CK_TARGET static inline __attribute__((always_inline)) void CK_NAME(transposed_block)(
    const int rows, ptrdiff_t k, const float *a, ptrdiff_t lda, const float *b, ptrdiff_t ldb, float *c,
    ptrdiff_t ldc) {
    V sum[CK_ROWS][CK_COLUMN_VECTORS];
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < CK_COLUMN_VECTORS; j++) sum[i][j] = *(const V *)(c + i * ldc + j * CK_LANES);
    for (ptrdiff_t l = 0; l < k; l++, a += lda, b += ldb) {
        V right[CK_COLUMN_VECTORS];
        for (int j = 0; j < CK_COLUMN_VECTORS; j++) right[j] = *(const V *)(b + j * CK_LANES);
#pragma clang loop unroll(full)
        for (int i = 0; i < rows; i++) {
            float left = a[i];
            for (int j = 0; j < CK_COLUMN_VECTORS; j++) sum[i][j] += left * right[j];
        }
    }
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < CK_COLUMN_VECTORS; j++) *(V *)(c + i * ldc + j * CK_LANES) = sum[i][j];
}

#define EACH_ROW_COUNT(X) X(1) X(2) X(3) X(4) X(5) X(6) CK_MORE_ROWS(X)

CK_TARGET static inline __attribute__((always_inline)) void CK_NAME(multiply_rows)(
    ptrdiff_t rows, ptrdiff_t k, const float *a, ptrdiff_t lda, const float *b, float *c, ptrdiff_t ldc,
    const int epilogue, const float *m, ptrdiff_t ldm) {
    switch (rows) {
#define X(R) case R: CK_NAME(multiply_block)(R, k, a, lda, b, c, ldc, epilogue, m, ldm); break;
        EACH_ROW_COUNT(X)
#undef X
    }
}

// Rows are shared out evenly over the fewest blocks: a last block of one or two rows would leave the processor waiting
// for its own additions.
CK_TARGET static inline __attribute__((always_inline)) void CK_NAME(multiply_all)(
    ptrdiff_t m, ptrdiff_t n, ptrdiff_t k, const float *a, ptrdiff_t lda, const float *packed, float *c,
    ptrdiff_t ldc, const int epilogue, const float *mask, ptrdiff_t ldm) {
    ptrdiff_t blocks = (m + CK_ROWS - 1) / CK_ROWS;
    for (ptrdiff_t panel = 0; panel < n; panel += CK_PANEL, packed += (k + 1) * CK_PANEL)
        for (ptrdiff_t block = 0; block < blocks; block++) {
            ptrdiff_t row = block * m / blocks, rows = (block + 1) * m / blocks - row;
            for (ptrdiff_t column = 0; column < CK_PANEL; column += BLOCK_COLUMNS)
                CK_NAME(multiply_rows)(rows, k, a + row * lda, lda, packed + column, c + row * ldc + panel + column,
                                       ldc, epilogue, mask ? mask + row * ldm + panel + column : mask, ldm);
        }
}

CK_TARGET static void CK_NAME(multiply)(ptrdiff_t m, ptrdiff_t n, ptrdiff_t k, const float *a, ptrdiff_t lda,
                                        const float *packed, float *c, ptrdiff_t ldc, int epilogue,
                                        const float *mask, ptrdiff_t ldm) {
    switch (epilogue) {
    case CK_RELU: CK_NAME(multiply_all)(m, n, k, a, lda, packed, c, ldc, CK_RELU, mask, ldm); break;
    case CK_RELU_MASK: CK_NAME(multiply_all)(m, n, k, a, lda, packed, c, ldc, CK_RELU_MASK, mask, ldm); break;
    case CK_FACTOR: CK_NAME(multiply_all)(m, n, k, a, lda, packed, c, ldc, CK_FACTOR, mask, ldm); break;
    default: CK_NAME(multiply_all)(m, n, k, a, lda, packed, c, ldc, CK_STORE, mask, ldm);
    }
}

CK_TARGET static void CK_NAME(accumulate_transposed)(ptrdiff_t m, ptrdiff_t n, ptrdiff_t k, const float *a,
                                                     ptrdiff_t lda, const float *b, ptrdiff_t ldb, float *c,
                                                     ptrdiff_t ldc) {
    ptrdiff_t blocks = (m + CK_ROWS - 1) / CK_ROWS;
    for (ptrdiff_t column = 0; column < n; column += BLOCK_COLUMNS) {
        ptrdiff_t columns = n - column < BLOCK_COLUMNS ? n - column : BLOCK_COLUMNS;
        for (ptrdiff_t block = 0; block < blocks; block++) {
            ptrdiff_t row = block * m / blocks, rows = (block + 1) * m / blocks - row;
            float edge[CK_ROWS * BLOCK_COLUMNS];
            float *target = c + row * ldc + column;
            // Wide layers' gradients do not stay in the second-level cache; the next block's rows are fetched while this
            // one is computed.
            ptrdiff_t next = (block + 2) * m / blocks;
            for (ptrdiff_t i = row + rows; i < next && i < m; i++)
                for (ptrdiff_t j = 0; j < columns; j += 16) __builtin_prefetch(c + i * ldc + column + j, 1);
            ptrdiff_t stride = ldc;
            if (columns < BLOCK_COLUMNS) {
                for (ptrdiff_t i = 0; i < rows; i++)
                    for (ptrdiff_t j = 0; j < BLOCK_COLUMNS; j++)
                        edge[i * BLOCK_COLUMNS + j] = j < columns ? target[i * ldc + j] : 0;
                target = edge;
                stride = BLOCK_COLUMNS;
            }
            switch (rows) {
#define X(R) case R: CK_NAME(transposed_block)(R, k, a + row, lda, b + column, ldb, target, stride); break;
                EACH_ROW_COUNT(X)
#undef X
            }
            if (columns < BLOCK_COLUMNS)
                for (ptrdiff_t i = 0; i < rows; i++)
                    for (ptrdiff_t j = 0; j < columns; j++)
                        c[(row + i) * ldc + column + j] = edge[i * BLOCK_COLUMNS + j];
        }
    }
}

#undef V
#undef BLOCK_COLUMNS
#undef EACH_ROW_COUNT
#undef CK_NAME
#undef CK_TARGET
#undef CK_LANES
#undef CK_ROWS
#undef CK_COLUMN_VECTORS
#undef CK_MORE_ROWS
