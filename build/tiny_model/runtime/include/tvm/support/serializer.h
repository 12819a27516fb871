// How values cross a stream: scalars little-endian, everything countable as a uint64 count and then
// its items. This is what the compiler wrote into the library, so it is what must be read here.
#ifndef ASHAO_TVM_SUPPORT_SERIALIZER_H_
#define ASHAO_TVM_SUPPORT_SERIALIZER_H_

#include <tvm/ffi/container/array.h>
#include <tvm/ffi/container/map.h>
#include <tvm/ffi/endian.h>
#include <tvm/ffi/string.h>
#include <tvm/support/io.h>

#include <cstdint>
#include <string>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

static_assert(TVM_FFI_IO_NO_ENDIAN_SWAP, "wasm is little-endian, and so is the stream");

namespace tvm {
namespace support {

template <typename T>
struct Serializer<T, std::enable_if_t<std::is_arithmetic_v<T> || std::is_enum_v<T>>> {
  static void Write(Stream* stream, const T& value) {
    stream->Write(static_cast<const void*>(&value), sizeof(T));
  }
  static bool Read(Stream* stream, T* value) {
    return stream->Read(static_cast<void*>(value), sizeof(T)) == sizeof(T);
  }
};

template <>
struct Serializer<DLDataType> {
  static void Write(Stream* stream, const DLDataType& type) {
    stream->Write(type.code);
    stream->Write(type.bits);
    stream->Write(type.lanes);
  }
  static bool Read(Stream* stream, DLDataType* type) {
    return stream->Read(&type->code) && stream->Read(&type->bits) && stream->Read(&type->lanes);
  }
};

template <>
struct Serializer<DLDevice> {
  static_assert(sizeof(DLDeviceType) == sizeof(int32_t), "a device is two 32-bit numbers");
  static void Write(Stream* stream, const DLDevice& device) {
    stream->Write(device.device_type);
    stream->Write(device.device_id);
  }
  static bool Read(Stream* stream, DLDevice* device) {
    return stream->Read(&device->device_type) && stream->Read(&device->device_id);
  }
};

template <>
struct Serializer<std::string> {
  static void Write(Stream* stream, const std::string& text) {
    stream->Write(static_cast<uint64_t>(text.size()));
    stream->Write(static_cast<const void*>(text.data()), text.size());
  }
  static bool Read(Stream* stream, std::string* text) {
    uint64_t size;
    if (!stream->Read(&size)) return false;
    text->resize(size);
    return stream->Read(static_cast<void*>(text->data()), size) == size;
  }
};

template <>
struct Serializer<ffi::String> {
  static void Write(Stream* stream, const ffi::String& text) {
    Serializer<std::string>::Write(stream, text);
  }
  static bool Read(Stream* stream, ffi::String* text) {
    std::string read;
    if (!stream->Read(&read)) return false;
    *text = std::move(read);
    return true;
  }
};

template <typename Items>
void WriteItems(Stream* stream, const Items& items) {
  stream->Write(static_cast<uint64_t>(items.size()));
  for (const auto& item : items) stream->Write(item);
}

// Reads a count and then calls `read_one` that often, until one fails.
template <typename ReadOne>
bool ReadItems(Stream* stream, ReadOne read_one) {
  uint64_t count;
  if (!stream->Read(&count)) return false;
  for (uint64_t i = 0; i < count; ++i) {
    if (!read_one()) return false;
  }
  return true;
}

template <typename Sequence, typename Item>
struct SequenceSerializer {
  static void Write(Stream* stream, const Sequence& items) { WriteItems(stream, items); }
  static bool Read(Stream* stream, Sequence* items) {
    *items = Sequence();
    return ReadItems(stream, [&] {
      Item item{};
      if (!stream->Read(&item)) return false;
      items->push_back(std::move(item));
      return true;
    });
  }
};

template <typename T>
struct Serializer<std::vector<T>> : SequenceSerializer<std::vector<T>, T> {};
template <typename T>
struct Serializer<ffi::Array<T>> : SequenceSerializer<ffi::Array<T>, T> {};

template <typename K, typename V>
struct Serializer<std::pair<K, V>> {
  static void Write(Stream* stream, const std::pair<K, V>& pair) {
    stream->Write(pair.first);
    stream->Write(pair.second);
  }
  static bool Read(Stream* stream, std::pair<K, V>* pair) {
    return stream->Read(&pair->first) && stream->Read(&pair->second);
  }
};

template <typename K, typename V>
struct Serializer<std::unordered_map<K, V>> {
  static void Write(Stream* stream, const std::unordered_map<K, V>& map) {
    stream->Write(std::vector<std::pair<K, V>>(map.begin(), map.end()));
  }
  static bool Read(Stream* stream, std::unordered_map<K, V>* map) {
    std::vector<std::pair<K, V>> pairs;
    if (!stream->Read(&pairs)) return false;
    *map = std::unordered_map<K, V>(pairs.begin(), pairs.end());
    return true;
  }
};

template <typename K, typename V>
struct Serializer<ffi::Map<K, V>> {
  static void Write(Stream* stream, const ffi::Map<K, V>& map) { WriteItems(stream, map); }
  static bool Read(Stream* stream, ffi::Map<K, V>* map) {
    *map = ffi::Map<K, V>();
    return ReadItems(stream, [&] {
      K key{};
      V value{ffi::UnsafeInit()};
      if (!stream->Read(&key) || !stream->Read(&value)) return false;
      map->Set(std::move(key), std::move(value));
      return true;
    });
  }
};

}  // namespace support
}  // namespace tvm

#endif  // ASHAO_TVM_SUPPORT_SERIALIZER_H_
