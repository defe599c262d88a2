#pragma once
#include "ck_tree.h"

typedef struct {
    /// Multiples of the ray's direction; infinite where nothing was hit.
    float t;
    /// Weights of corners b and c at the hit.
    float weights[2];
    /// UINT32_MAX where nothing was hit.
    uint32_t triangle;
} ck_ray_hit;

/// The nearest triangle that each ray meets with near < t < far, from either side.
///
/// Watertight (Woop, Benthin and Wald, "Watertight ray/triangle intersection", JCGT 2013): a ray that meets a closed
/// mesh on an edge or a corner meets at least one of the triangles there. Of hits at the same t the triangle with the
/// smallest number is taken.
/// - origins, directions: (count, 4) x, y, z and padding; finite, directions not zero and not normalised.
void ck_rays_nearest(const ck_tree *tree, const float *origins, const float *directions, size_t count, float near,
                     float far, ck_ray_hit *hits);

/// Whether each ray meets any triangle with near < t < far: 1 or 0.
void ck_rays_any(const ck_tree *tree, const float *origins, const float *directions, size_t count, float near,
                 float far, uint8_t *hits);

/// How many triangles each ray meets with t > 0; or UINT32_MAX where the ray meets an edge, a corner or a triangle seen
/// edge-on, so that a count would mean nothing.
void ck_rays_crossings(const ck_tree *tree, const float *origins, const float *directions, size_t count,
                       uint32_t *crossings);
