// One native object serves one thread at a time: calls release the GIL, so Python does not keep threads apart.
#pragma once
#include <atomic>
#include <stdexcept>
#include <string>

class InUse {
 public:
  bool claim() noexcept { return !busy_.exchange(true, std::memory_order_acquire); }
  void release() noexcept { busy_.store(false, std::memory_order_release); }

 private:
  std::atomic<bool> busy_{false};
};

// Holds an object for the length of a call; RuntimeError where another thread has it. what: the object's name.
class Claim {
 public:
  Claim(InUse& object, const char* what) : object_(object) {
    if (!object_.claim()) {
      throw std::runtime_error("this " + std::string(what) + " is in use by another thread; give each thread one of its own");
    }
  }
  ~Claim() { object_.release(); }
  Claim(const Claim&) = delete;
  Claim& operator=(const Claim&) = delete;

 private:
  InUse& object_;
};
