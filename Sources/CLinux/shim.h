#pragma once
// Calls that Swift cannot write itself: variadic ones, and constants that are casts. Everything here is static inline.
// This header must not include sys/resource.h: its rusage constants clash with Glibc's overlay.
