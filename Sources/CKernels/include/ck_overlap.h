#pragma once
#include "ck_tree.h"

/// Pairs of triangles that may meet, of one block with itself and with the blocks after it.
///
/// Left out are pairs whose boxes do not overlap, pairs that share two vertices, and pairs of which one lies strictly on
/// one side of the other's plane (Möller, "A fast triangle-triangle intersection test", JGT 1997), apart from a vertex
/// that they share: by more than single precision can be wrong.
///
/// - triangles: (triangles, 4) the vertices of each triangle and padding, by number.
/// - pairs: (capacity, 2), triangles by number; nothing is written beyond the capacity.
/// - returns: how many pairs there are, which may be more than the capacity.
size_t ck_overlaps(const ck_tree *tree, const uint32_t *triangles, uint32_t block, uint32_t *pairs, size_t capacity);
