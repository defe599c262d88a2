#pragma once

// Values of a lattice of samples between them, and beyond it.
//
// Legend: p (n) points of three coordinates, `stride` floats apart; s (counts z, y, x) samples. Along every axis lie `outer` cells
// of wide spacing, then cells of fine spacing over lower ... upper, then `outer` wide ones again.
//
// Between samples: cubic convolution (Keys, "Cubic convolution interpolation for digital image processing", 1981, a = −1/2)
// along an axis in its fine cells, linear in its wide ones; at either end of the fine part the missing sample is the
// linear continuation of the last two. Continuous everywhere, with a continuous gradient in the fine part.
//
// Beyond the lattice, δ from its nearest point q, which has the value v: the larger of √(δ² + v²), below which no distance to a
// shape in the box can be, and v + |p − c| − |q − c| with the box's centre c.

#include <stddef.h>
#include <stdint.h>

typedef struct {
    int32_t counts[3];
    int32_t outer;
    // Of the part with fine spacing.
    float lower[3], upper[3];
    // Of the whole.
    float minimum[3], maximum[3], center[3];
    float inverse_spacing;
    float inverse_outer_spacing[3];
} ck_lattice;

// values (n) = the lattice at p. Needs at least two samples along every axis, and finite points.
void ck_lattice_values(const ck_lattice *lattice, const float *s, ptrdiff_t n, const float *p, ptrdiff_t stride,
                       float *values);

// The same values, bit for bit, and gradients (n) of three, `gradient_stride` floats apart.
void ck_lattice_gradients(const ck_lattice *lattice, const float *s, ptrdiff_t n, const float *p, ptrdiff_t stride,
                          float *values, float *gradients, ptrdiff_t gradient_stride);
