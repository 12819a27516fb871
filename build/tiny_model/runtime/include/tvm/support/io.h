// The byte stream that the runtime's own sources read and write through.
#ifndef ASHAO_TVM_SUPPORT_IO_H_
#define ASHAO_TVM_SUPPORT_IO_H_

#include <cstddef>

namespace tvm {
namespace support {

// How one type crosses a stream; specialised in serializer.h and beside the types themselves.
template <typename T, typename Enable = void>
struct Serializer;

class Stream {
 public:
  virtual ~Stream() = default;
  // Both return how many bytes were moved.
  virtual size_t Read(void* into, size_t size) = 0;
  virtual size_t Write(const void* from, size_t size) = 0;

  template <typename T>
  void Write(const T& value) {
    Serializer<T>::Write(this, value);
  }

  template <typename T>
  bool Read(T* value) {
    return Serializer<T>::Read(this, value);
  }

  template <typename T>
  void WriteArray(const T* values, size_t count) {
    for (size_t i = 0; i < count; ++i) Write(values[i]);
  }

  template <typename T>
  bool ReadArray(T* values, size_t count) {
    for (size_t i = 0; i < count; ++i) {
      if (!Read(values + i)) return false;
    }
    return true;
  }
};

}  // namespace support
}  // namespace tvm

#endif  // ASHAO_TVM_SUPPORT_IO_H_
