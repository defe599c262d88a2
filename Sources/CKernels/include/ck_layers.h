#pragma once

// The parts of a network's passes that are not matrix products: activations, the output layer, biases.
//
// Legend: n rows of a tile, k columns; x, h, z (n, k) with rows `stride` apart.

#include <stddef.h>

enum ck_activation { CK_ACTIVATION_RELU = 0, CK_ACTIVATION_SINE = 1, CK_ACTIVATION_GAUSSIAN = 2, CK_ACTIVATION_FINER = 3 };

// z becomes activation(z), and `factor` the activation's derivative there. `scale` is the activation's frequency
// (sine, FINER: sin(scale · z), sin(scale · (|z| + 1) z)) or width (Gaussian: exp(−z² / (2 scale²))).
void ck_activate(int activation, float scale, ptrdiff_t n, ptrdiff_t k, float *z, float *factor, ptrdiff_t stride);

// y (n, outputs) = h · wᵀ + bias, w (outputs, k).
void ck_output(ptrdiff_t n, ptrdiff_t k, ptrdiff_t outputs, const float *h, ptrdiff_t stride, const float *w,
               const float *bias, float *y);

// x (n, k) = dy (n, outputs) · w (outputs, k), times `factor` (relu = 0) or kept where factor > 0 (relu = 1).
void ck_output_gradient(ptrdiff_t n, ptrdiff_t k, ptrdiff_t outputs, const float *dy, const float *w,
                        const float *factor, int relu, float *x, ptrdiff_t stride);

// dw (outputs, k) += dyᵀ · h and db (outputs) += the column sums of dy.
void ck_output_weights(ptrdiff_t n, ptrdiff_t k, ptrdiff_t outputs, const float *dy, const float *h, ptrdiff_t stride,
                       float *dw, float *db);

// s (k) += the column sums of x.
void ck_add_column_sums(ptrdiff_t n, ptrdiff_t k, const float *x, ptrdiff_t stride, float *s);
