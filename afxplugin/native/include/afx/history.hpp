// The recent past of a stream, contiguous in memory, at a cost per frame that does not depend on the block size.
#pragma once
#include <algorithm>
#include <cstring>
#include <vector>

namespace afx {

class History {
 public:
  // past: how many frames before a block must stay readable; block: the most frames one open() may ask for.
  void prepare(int past, int block) {
    past_ = past;
    // Room for many small blocks between two moves of the past to the front.
    buffer_.assign(static_cast<std::size_t>(past + std::max(block, past + 256)), 0.0f);
    end_ = past;
  }

  // Where the next `frames` go; the caller writes them there. The past lies before the returned pointer.
  float* open(int frames) noexcept {
    if (end_ + frames > static_cast<int>(buffer_.size())) {
      std::memmove(buffer_.data(), buffer_.data() + end_ - past_, sizeof(float) * static_cast<std::size_t>(past_));
      end_ = past_;
    }
    float* start = buffer_.data() + end_;
    end_ += frames;
    return start;
  }

  const float* push(const float* x, int frames) noexcept {
    float* start = open(frames);
    std::memcpy(start, x, sizeof(float) * static_cast<std::size_t>(frames));
    return start;
  }

  void fill(float value) noexcept {
    std::fill(buffer_.begin(), buffer_.end(), value);
    end_ = past_;
  }

 private:
  std::vector<float> buffer_;
  int past_ = 0;
  int end_ = 0;
};

}  // namespace afx
