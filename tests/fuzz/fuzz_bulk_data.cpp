// The first line is a Range header, the rest a Part 10 file: every bulk value is found again by its path, and
// every range of it is as long as it says.
#include "core/dicomweb/bulk_data.hpp"
#include "core/dicomweb/byte_ranges.hpp"
#include "tests/fuzz/expect.hpp"

#include <algorithm>
#include <string_view>

using namespace recog;
using namespace recog::dicomweb;

namespace {

void check_value(const dicom::StoredBulkValue& value, Bytes file, std::string_view header) {
    const auto again = dicom::find_bulk_value(file, value.path);
    fuzz::expect(again.ok() && again->value.data() == value.value.data(), "a path leads to its value");
    const BulkContent content(value, {file, std::make_shared<int>(0), {}});
    const RangesAsked asked = read_ranges(header, content.size());
    for (const ByteRange& range : asked.ranges) {
        fuzz::expect(range.begin < range.end && range.end <= content.size(), "a range lies within");
        Body body;
        content.append_to(body, range.begin, range.end);
        const auto text = body.to_string();
        fuzz::expect(text.ok() && text->size() == range.end - range.begin, "a range is as long as it says");
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view all(reinterpret_cast<const char*>(data), size);
    const std::size_t end = std::min(all.find('\n'), all.size());
    const std::string_view header = all.substr(0, end);
    const std::string_view rest = all.substr(std::min(end + 1, all.size()));
    const Bytes file = std::as_bytes(std::span(rest));
    dicom::ModelOptions options;
    options.inline_bytes = 4;
    const auto values = dicom::find_bulk_values(file, options);
    if (!values) {
        return 0;
    }
    for (std::size_t i = 0; i < std::min<std::size_t>(values->size(), 20); ++i) {
        const auto& value = (*values)[i];
        if (!value.owner) { // inflating again gives another address
            check_value(value, file, header);
        }
    }
    return 0;
}
