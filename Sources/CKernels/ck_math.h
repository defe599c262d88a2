#pragma once

// Elementary functions as straight-line code that the compiler can vectorise inside a caller's loop.

// e^x for every x: relative error below 2e-7, 0 below −87.3, clamped above 88.
static inline __attribute__((always_inline)) float ck_exp(float x) {
    float clamped = x < -87.3f ? -87.3f : x > 88.0f ? 88.0f : x;
    float n = __builtin_rintf(clamped * 1.44269504088896341f);
    float r = __builtin_fmaf(n, -0.693359375f, clamped);
    r = __builtin_fmaf(n, 2.12194440e-4f, r);
    // Cephes' expf polynomial on |r| ≤ ln 2 / 2.
    float p = 1.9875691500e-4f;
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    float value = p * r * r + r + 1;
    union { int i; float f; } power = {.i = ((int)n + 127) << 23};
    return x < -87.3f ? 0 : value * power.f;
}

// ln(1 + x) for 0 ≤ x ≤ 1: absolute error below 1e-7.
static inline __attribute__((always_inline)) float ck_log1p_unit(float x) {
    // ln(1 + x) = 2 artanh(x / (2 + x)), argument at most 1/3.
    float r = x / (2 + x), y = r * r;
    float p = 0.11111111f;
    p = p * y + 0.14285714f;
    p = p * y + 0.2f;
    p = p * y + 0.33333333f;
    p = p * y + 1;
    // The series' tail from y⁵ on, at most 2 · (1/3)^11 / 11.
    p += y * y * y * y * y * 0.0909f;
    return 2 * r * p;
}

// sin r and cos r of r + q quarter turns, |r| ≤ π/4: minimax polynomials of degree 7 and 8 (the coefficients of Moshier's
// Cephes sinf and cosf); the quarter's parity swaps the two. Error below 1.2e-7.
static inline __attribute__((always_inline)) void ck_sincos_quarter(float r, float quarter, float *sine, float *cosine) {
    int q = (int)(quarter - 4 * __builtin_floorf(quarter * 0.25f));
    float y = r * r;
    float s = r + r * y * (-1.6666654611e-1f + y * (8.3321608736e-3f + y * -1.9515295891e-4f));
    float c = 1 - 0.5f * y + y * y * (4.166664568298827e-2f + y * (-1.388731625493765e-3f + y * 2.443315711809948e-5f));
    float first = q & 1 ? c : s, second = q & 1 ? s : c;
    *sine = q & 2 ? -first : first;
    *cosine = (q + 1) & 2 ? -second : second;
}

// sin x and cos x for |x| < 1e4, plus the rounding of x's own turns.
static inline __attribute__((always_inline)) void ck_sincos(float x, float *sine, float *cosine) {
    float quarter = __builtin_rintf(x * 0.636619772367581343f);
    float r = __builtin_fmaf(quarter, -1.5703125f, x);
    r = __builtin_fmaf(quarter, -4.83751296997e-4f, r);
    r = __builtin_fmaf(quarter, -7.54978995489e-8f, r);
    ck_sincos_quarter(r, quarter, sine, cosine);
}

// sin 2πt and cos 2πt.
static inline __attribute__((always_inline)) void ck_sincos_turns(float t, float *sine, float *cosine) {
    float quarter = __builtin_rintf(t * 4);
    ck_sincos_quarter(__builtin_fmaf(quarter, -0.25f, t) * 6.28318530717958648f, quarter, sine, cosine);
}
