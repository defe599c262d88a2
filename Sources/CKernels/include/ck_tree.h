// A bounding volume hierarchy over triangles, eight children a node, as the kernels read it.
#pragma once
#include <stddef.h>
#include <stdint.h>

enum {
    /// Children of a node, and triangles of a block.
    CK_LANES = 8,
    /// Floats a node: minimum x of its eight children, then y, z, then maximum x, y, z, then eight child words.
    CK_NODE_STRIDE = 56,
    /// Where a node's child words (uint32_t) begin.
    CK_NODE_CHILDREN = 48,
    /// Floats a block of eight triangles: corner a's x, y, z, corner b's, corner c's (eight lanes each), then the eight
    /// triangles' numbers (uint32_t). Lanes beyond a block's triangles repeat the last one, shrunk to its corner a.
    CK_BLOCK_STRIDE = 80,
    CK_BLOCK_TRIANGLES = 72,
    /// Floats a node of multipole moments, eight lanes each, one a child: centre (3), radius (1), dipole (3),
    /// quadrupole (5), octupole (7).
    CK_MOMENT_STRIDE = 152,
    /// Entries of a traversal stack: seven for each level that a build may make, and the root's.
    CK_STACK_SIZE = 512,
};

/// A child word: a node's number, or a block's with the top bit set, or no child.
#define CK_CHILD_LEAF 0x80000000u
#define CK_CHILD_NONE 0xFFFFFFFFu

typedef struct {
    const float *nodes;
    const float *blocks;
    /// May be null when no winding number is asked for.
    const float *moments;
    /// By how much a distance computed in single precision may be wrong: 1e-6 of the mesh's diagonal.
    float slack;
} ck_tree;
