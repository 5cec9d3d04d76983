// One PN element: keys are bounded, and a name is found by its own keys.
#include "core/base/utf8.hpp"
#include "core/dicom/person_name.hpp"
#include "tests/fuzz/expect.hpp"

#include <algorithm>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace recog;
    const std::string value = replace_invalid_utf8({reinterpret_cast<const char*>(data), size});
    const auto keys = dicom::name_keys(value);
    fuzz::expect(keys.size() <= 75 * 16, "a name has a bounded number of keys");
    fuzz::expect(std::is_sorted(keys.begin(), keys.end()), "keys are sorted");
    for (const std::string& key : keys) {
        fuzz::expect(!key.empty() && key.size() <= dicom::kMaxNameKeyBytes && is_utf8(key),
                     "keys are short UTF-8");
    }
    const auto name = dicom::PersonName::parse(value);
    for (const std::string_view group : name.groups) {
        const std::string folded = dicom::fold_name_group(group);
        fuzz::expect(is_utf8(folded), "folded text is UTF-8");
        fuzz::expect(dicom::compact_name(folded) == dicom::compact_name(group),
                     "folding twice is folding once");
        fuzz::expect(dicom::spoken_parts(group).size() <= dicom::kMaxReadings, "a name has few readings");
    }
    return 0;
}
