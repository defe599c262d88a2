#pragma once

// Functions marked CK_CLONES are compiled once a processor level and chosen when the program starts. Arithmetic is
// contracted to fused multiply-adds by expression, so levels 3 and 4 (and NEON) give the same bits.
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
// The choice would be made by instrumented functions, before the sanitizer is there.
#define CK_CLONES
#endif
#endif
#ifndef CK_CLONES
#if defined(__x86_64__) && defined(__linux__)
#define CK_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define CK_CLONES
#endif
#endif
