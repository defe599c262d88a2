#pragma once
#include "ck_tree.h"

/// The generalised winding number of the tree's triangles at each of `count` points: 1 inside a closed surface whose
/// triangles are counter-clockwise from outside, 0 outside.
///
/// A child whose expansion centre is farther away than `accuracy` times its radius is taken by its multipole expansion
/// to the octupole (order 2 of Barill, Dickson, Schmidt, Levin and Jacobson, "Fast winding numbers for soups and
/// clouds", SIGGRAPH 2018, section 4), others by their children; triangles by their exact solid angle.
/// - points: (count, 4) x, y, z and padding; finite.
/// - numbers: (count).
void ck_winding(const ck_tree *tree, const float *points, size_t count, float accuracy, float *numbers);
