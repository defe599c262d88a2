#pragma once

// Fourier features of points and their derivatives.
//
// Legend: n points of d coordinates, v (n, d); m frequencies, b (d, m) transposed, in cycles a unit; amplitudes a (m).
// A row of features is [a_j cos 2πb_jᵀv for all j, a_j sin 2πb_jᵀv for all j], rows `stride` floats apart.

#include <stddef.h>

// Sine and cosine are within 1.2e-7 of the exact ones of the single-precision phase.
void ck_fourier_features(ptrdiff_t n, ptrdiff_t d, ptrdiff_t m, const float *v, const float *b, const float *a,
                         float *features, ptrdiff_t stride);

// g (n, d) = the gradient with respect to v, from features and the gradient with respect to them (rows `stride` apart).
void ck_fourier_gradient(ptrdiff_t n, ptrdiff_t d, ptrdiff_t m, const float *b, const float *features,
                         const float *feature_gradient, ptrdiff_t stride, float *g);
