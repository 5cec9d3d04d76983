// Any bytes as a Part 10 file, written as JSON and as XML: what comes out must be JSON, and markup that
// closes what it opens. Any text as a value too.
#include "core/dicom/json_model.hpp"
#include "core/dicom/xml_model.hpp"
#include "tests/fuzz/expect.hpp"

#include <dcmtk/config/osconfig.h>

#include <dcmtk/oflog/oflog.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <string>
#include <vector>

using namespace recog;
using namespace recog::dicom;

namespace {

void write_values_of(std::string_view text) {
    static constexpr std::string_view kVrs[] = {"PN", "DS", "IS", "LT", "UI", "LO", "US", "SQ", "FD"};
    std::string out;
    JsonWriter writer(out);
    writer.begin_object();
    for (std::uint16_t i = 0; i < std::size(kVrs); ++i) {
        write_element(writer, Tag{0x0010, i}, kVrs[i], text);
    }
    writer.end_object();
    fuzz::expect(nlohmann::json::accept(out), "an element is not JSON");
}

/// Every tag is closed by its name, and no character stands there that XML cannot hold.
bool is_closed_markup(std::string_view xml) {
    std::vector<std::string_view> open;
    xml.remove_prefix(std::min(xml.size(), xml.find("?>") + 2));
    for (std::size_t at = xml.find('<'); at != std::string_view::npos; at = xml.find('<', at)) {
        const std::size_t end = xml.find('>', at);
        if (end == std::string_view::npos) {
            return false;
        }
        const std::string_view tag = xml.substr(at + 1, end - at - 1);
        at = end;
        if (tag.starts_with('/')) {
            if (open.empty() || open.back() != tag.substr(1)) {
                return false;
            }
            open.pop_back();
        } else if (!tag.ends_with('/')) {
            open.push_back(tag.substr(0, tag.find(' ')));
        }
    }
    return open.empty() && std::none_of(xml.begin(), xml.end(), [](char c) {
               return static_cast<unsigned char>(c) < 0x20 && c != '\n';
           });
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const bool quiet = (OFLog::configure(OFLogger::OFF_LOG_LEVEL), true);
    (void)quiet;
    write_values_of(std::string_view(reinterpret_cast<const char*>(data), std::min<std::size_t>(size, 4096)));
    const Bytes file = std::as_bytes(std::span(data, size));
    ModelOptions options;
    options.inline_bytes = 16;
    options.inline_number_bytes = 64;
    Part10Limits limits;
    limits.inflated_bytes = 1U << 22U;
    for (const char* uri : {"", "b"}) {
        options.bulk_data = *uri != '\0';
        std::string out;
        JsonWriter writer(out);
        JsonModel json(writer, uri);
        if (tell_dataset(json, file, options, limits)) {
            fuzz::expect(nlohmann::json::accept(out), "a data set is not JSON");
        }
        std::string xml;
        XmlModel native(xml, uri);
        if (tell_dataset(native, file, options, limits)) {
            fuzz::expect(is_closed_markup(xml), "a data set is not XML");
        }
    }
    return 0;
}
