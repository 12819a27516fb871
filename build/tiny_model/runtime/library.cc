// TVM's runtime for one model in a browser: the parts of it that a model library needs, logging, and
// the functions that the JavaScript side looks up by name. No RPC, no sorting on the CPU, no tests.

#define TVM_LOG_DEBUG 0
#define TVM_LOG_CUSTOMIZE 1
#define TVM_FFI_USE_LIBBACKTRACE 0
#define TVM_FFI_ALWAYS_LOG_BEFORE_THROW 1

#include <tvm/ffi/any.h>
#include <tvm/ffi/extra/module.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/reflection/registry.h>
#include <tvm/runtime/logging.h>

#include <iostream>
#include <string>

#include "3rdparty/tvm-ffi/src/ffi/backtrace.cc"
#include "3rdparty/tvm-ffi/src/ffi/container.cc"
#include "3rdparty/tvm-ffi/src/ffi/custom_allocator.cc"
#include "3rdparty/tvm-ffi/src/ffi/dtype.cc"
#include "3rdparty/tvm-ffi/src/ffi/error.cc"
#include "3rdparty/tvm-ffi/src/ffi/extra/env_c_api.cc"
#include "3rdparty/tvm-ffi/src/ffi/extra/env_context.cc"
#include "3rdparty/tvm-ffi/src/ffi/extra/json_parser.cc"
#include "3rdparty/tvm-ffi/src/ffi/extra/json_writer.cc"
#include "3rdparty/tvm-ffi/src/ffi/extra/library_module.cc"
#include "3rdparty/tvm-ffi/src/ffi/extra/library_module_system_lib.cc"
#include "3rdparty/tvm-ffi/src/ffi/extra/module.cc"
#include "3rdparty/tvm-ffi/src/ffi/function.cc"
#include "3rdparty/tvm-ffi/src/ffi/init_once.cc"
#include "3rdparty/tvm-ffi/src/ffi/object.cc"
#include "3rdparty/tvm-ffi/src/ffi/tensor.cc"
#include "src/runtime/cpu_device_api.cc"
#include "src/runtime/device_api.cc"
#include "src/runtime/file_utils.cc"
#include "src/runtime/logging.cc"
#include "src/runtime/memory/memory_manager.cc"
#include "src/runtime/tensor.cc"
#include "src/runtime/timer.cc"
#include "src/runtime/vm/attn_backend.cc"
#include "src/runtime/vm/builtin.cc"
#include "src/runtime/vm/bytecode.cc"
#include "src/runtime/vm/executable.cc"
#include "src/runtime/vm/kv_state.cc"
#include "src/runtime/vm/lm_support.cc"
#include "src/runtime/vm/paged_kv_cache.cc"
#include "src/runtime/vm/rnn_state.cc"
#include "src/runtime/vm/tensor_cache_support.cc"
#include "src/runtime/vm/vm.cc"
#include "src/runtime/workspace_pool.cc"

// One thread: a parallel launch is one task.
int TVMBackendParallelLaunch(FTVMParallelLambda task, void* data, int) {
  TVMParallelGroupEnv group;
  group.num_task = 1;
  return task(0, &group, data);
}

int TVMBackendParallelBarrier(int, TVMParallelGroupEnv*) { return 0; }

// What the JavaScript side calls by symbol; it provides the two functions without a body.
extern "C" {

extern int TVMFFIWasmSafeCall(void* self, const TVMFFIAny* args, int32_t count, TVMFFIAny* result);
extern void TVMFFIWasmFunctionDeleter(void* self);

TVM_DLL void* TVMWasmAllocSpace(int size) { return new int64_t[(size + 7) / 8]; }

TVM_DLL void TVMWasmFreeSpace(void* space) { delete[] static_cast<int64_t*>(space); }

TVM_DLL int TVMFFIWasmFunctionCreate(void* self, TVMFFIObjectHandle* function) {
  return TVMFFIFunctionCreate(self, TVMFFIWasmSafeCall, TVMFFIWasmFunctionDeleter, function);
}

TVM_DLL const char* TVMFFIWasmGetLastError() {
  static std::string message;
  message = tvm::ffi::details::MoveFromSafeCallRaised().what();
  return message.c_str();
}

}  // extern "C"

namespace tvm {
namespace runtime {
namespace detail {

[[noreturn]] void LogFatalImpl(const std::string& file, int line, const std::string& message) {
  std::cerr << file << ":" << line << ": " << message << std::endl;
  abort();
}

void LogMessageImpl(const std::string& file, int line, int level, const std::string& message) {
  if (level >= TVM_LOG_LEVEL_ERROR) std::cerr << file << ":" << line << ": " << message << std::endl;
}

}  // namespace detail

namespace {

// Weights lie in their shards as they are used: every stored format is a plain copy.
void DecodeStorage(Tensor tensor, ffi::Bytes stored, ffi::String, ffi::String) {
  tensor.CopyFromBytes(stored.data(), stored.size());
}

void CopyFromBytes(Tensor tensor, ffi::Bytes bytes) {
  tensor.CopyFromBytes(bytes.data(), bytes.size());
}

ffi::Bytes CopyToBytes(Tensor tensor) {
  std::string bytes(ffi::GetDataSize(*tensor.operator->()), '\0');
  tensor.CopyToBytes(bytes.data(), bytes.size());
  return ffi::Bytes(std::move(bytes));
}

void ConcatArrays(ffi::PackedArgs arrays, ffi::Any* joined) {
  ffi::Array<ffi::Any> items;
  for (int i = 0; i < arrays.size(); ++i) {
    for (const ffi::Any& item : arrays[i].cast<ffi::Array<ffi::Any>>()) items.push_back(item);
  }
  *joined = items;
}

// Asked for when text and images are mixed, which this library's models do not take.
void RefuseEmbeddings(ffi::PackedArgs, ffi::Any*) {
  TVM_FFI_THROW(ValueError) << "This model reads text only.";
}

}  // namespace

TVM_FFI_STATIC_INIT_BLOCK() {
  ffi::reflection::GlobalDef()
      .def("tvmjs.array.decode_storage", DecodeStorage)
      .def("tvmjs.runtime.TensorCopyFromBytes", CopyFromBytes)
      .def("tvmjs.runtime.TensorCopyToBytes", CopyToBytes)
      .def_packed("tvmjs.runtime.ArrayConcat", ConcatArrays)
      .def_packed("tvmjs.runtime.ConcatEmbeddings", RefuseEmbeddings);
}

}  // namespace runtime
}  // namespace tvm
