// Counts the allocations of the thread while its `counting` is set, by standing in for glibc's own functions.
#pragma once
#include <cstddef>
#include <cstdlib>

extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);

static thread_local volatile bool counting = false;  // of this thread
static volatile long count = 0;

void* malloc(std::size_t n) {
  if (counting) count = count + 1;
  return __libc_malloc(n);
}
void* calloc(std::size_t n, std::size_t size) {
  if (counting) count = count + 1;
  return __libc_calloc(n, size);
}
void* realloc(void* p, std::size_t n) {
  if (counting) count = count + 1;
  return __libc_realloc(p, n);
}
void* aligned_alloc(std::size_t alignment, std::size_t n) {
  if (counting) count = count + 1;
  return __libc_memalign(alignment, n);
}
}

inline bool counter_counts() {
  counting = true;
  delete[] new int[3];
  counting = false;
  return count > 0;
}
