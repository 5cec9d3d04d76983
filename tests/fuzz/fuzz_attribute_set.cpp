// A stored attribute set: whatever decodes must encode to the same bytes.
#include "core/dicom/attribute_set.hpp"
#include "tests/fuzz/expect.hpp"

#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace recog;
    const std::string_view stored(reinterpret_cast<const char*>(data), size);
    const auto set = dicom::AttributeSet::decode(stored);
    if (set) {
        fuzz::expect(set->encode() == stored, "a set that was read is written the same");
        for (const auto& entry : set->entries()) {
            fuzz::expect(set->find(entry.tag) == &entry.value, "each entry is found by its tag");
            dicom::split_values(entry.value);
        }
    }
    return 0;
}
