// The one string question that the runtime's sources ask; they fix this file's name.
#ifndef ASHAO_SUPPORT_UTILS_H_
#define ASHAO_SUPPORT_UTILS_H_

#include <string>

namespace tvm {
namespace support {

inline bool StartsWith(const std::string& text, const std::string& start) {
  return text.compare(0, start.size(), start) == 0;
}

}  // namespace support
}  // namespace tvm

#endif  // ASHAO_SUPPORT_UTILS_H_
