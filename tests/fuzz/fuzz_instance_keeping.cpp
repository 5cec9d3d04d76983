// Any bytes as two files of one UID: a file is never another one than itself, whichever came first, and what
// differs in a value is never the same.
#include "core/dicom/dataset_bytes.hpp"
#include "core/service/instance_keeping.hpp"
#include "tests/fuzz/expect.hpp"

#include <cstdint>
#include <vector>

using namespace recog;
using namespace recog::service;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::vector<std::byte> file(reinterpret_cast<const std::byte*>(data),
                                      reinterpret_cast<const std::byte*>(data) + size);
    if (dicom::open_dataset(file, {})) {
        fuzz::expect(compare_content(file, file) == Keeping::SameHeld, "a file is the same as itself");
    }
    const std::span<const std::byte> whole(file);
    const auto shorter = whole.first(size - size / 3);
    fuzz::expect(compare_content(whole, shorter) == compare_content(shorter, whole), "order does not matter");
    std::vector<std::byte> changed = file;
    if (!changed.empty()) {
        changed[changed.size() - changed.size() / 4 - 1] ^= std::byte{0x20};
        fuzz::expect(compare_content(file, changed) == compare_content(changed, file),
                     "order does not matter");
    }
    return 0;
}
