#pragma once

// Losses and parameter updates.

#include <stddef.h>

enum ck_loss { CK_LOSS_SQUARED = 0, CK_LOSS_ABSOLUTE = 1, CK_LOSS_CROSS_ENTROPY = 2 };

// The sum over i < n of weight[i] · loss(y[i], target[i]), and its derivative with respect to y times `scale` in dy.
// Cross-entropy takes y as a logit and targets in [0, 1].
double ck_loss(int loss, ptrdiff_t n, const float *y, const float *target, const float *weight, float scale, float *dy);

// sum (n) = the sum of `count` arrays, `distance` floats apart, in their order.
void ck_sum_arrays(ptrdiff_t n, ptrdiff_t count, const float *arrays, ptrdiff_t distance, float *sum);

// Adam (Kingma and Ba 2015, algorithm 1): p −= rate · m̂ / (√v̂ + epsilon), where m̂ = m · correction1 and
// v̂ = v · correction2.
void ck_adam(ptrdiff_t n, float *p, const float *g, float *m, float *v, float rate, float beta1, float beta2,
             float epsilon, float correction1, float correction2);

// Adam's moments and direction in place: g (n) becomes m̂ / (√v̂ + epsilon), with the corrections as above.
void ck_adam_direction(ptrdiff_t n, float *g, float *m, float *v, float beta1, float beta2, float epsilon,
                       float correction1, float correction2);

// x (n) *= factor, and sum (n) += x.
void ck_scale(ptrdiff_t n, float factor, float *x);
void ck_add(ptrdiff_t n, const float *x, float *sum);
