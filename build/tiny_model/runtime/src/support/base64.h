// Streams that turn bytes into base64 text and back, over another stream.
#ifndef ASHAO_SUPPORT_BASE64_H_
#define ASHAO_SUPPORT_BASE64_H_

#include <tvm/support/io.h>

#include <cstdint>
#include <cstring>

namespace tvm {
namespace support {

constexpr char kBase64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// Gathers 8-bit bytes, writes 6-bit letters; Finish() pads the last group.
class Base64OutStream : public Stream {
 public:
  explicit Base64OutStream(Stream* text) : text_(text) {}

  using Stream::Read;
  using Stream::Write;

  size_t Read(void*, size_t) override { return 0; }

  size_t Write(const void* from, size_t size) override {
    const auto* bytes = static_cast<const uint8_t*>(from);
    for (size_t i = 0; i < size; ++i) {
      pending_ = pending_ << 8 | bytes[i];
      bits_ += 8;
      while (bits_ >= 6) Letter(kBase64[pending_ >> (bits_ -= 6) & 63]);
    }
    return size;
  }

  void Finish() {
    if (bits_ > 0) Letter(kBase64[pending_ << (6 - bits_) & 63]);
    while (letters_ % 4 != 0) Letter('=');
    bits_ = 0;
  }

 private:
  void Letter(char letter) {
    text_->Write(static_cast<const void*>(&letter), 1);
    ++letters_;
  }

  Stream* text_;
  uint32_t pending_ = 0;
  int bits_ = 0;
  size_t letters_ = 0;
};

// Gathers 6-bit letters, reads 8-bit bytes; anything that is no letter ends the text.
class Base64InStream : public Stream {
 public:
  explicit Base64InStream(Stream* text) : text_(text) {}

  using Stream::Read;
  using Stream::Write;

  void InitPosition() { bits_ = 0; }

  size_t Read(void* into, size_t size) override {
    auto* bytes = static_cast<uint8_t*>(into);
    for (size_t i = 0; i < size; ++i) {
      while (bits_ < 8) {
        char letter;
        if (text_->Read(static_cast<void*>(&letter), 1) != 1) return i;
        const char* found = letter ? std::strchr(kBase64, letter) : nullptr;
        if (found == nullptr) return i;
        pending_ = pending_ << 6 | static_cast<uint32_t>(found - kBase64);
        bits_ += 6;
      }
      bytes[i] = static_cast<uint8_t>(pending_ >> (bits_ -= 8));
    }
    return size;
  }

  size_t Write(const void*, size_t) override { return 0; }

 private:
  Stream* text_;
  uint32_t pending_ = 0;
  int bits_ = 0;
};

}  // namespace support
}  // namespace tvm

#endif  // ASHAO_SUPPORT_BASE64_H_
