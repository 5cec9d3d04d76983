// Any bytes as a data set, written as DICOM JSON: what comes out must be JSON. Any text as a value too.
#include "core/dicom/json_model.hpp"

#include <dcmtk/config/osconfig.h>

#include <dcmtk/dcmdata/dcfilefo.h>
#include <dcmtk/oflog/oflog.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdlib>

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
    if (!nlohmann::json::accept(out)) {
        std::abort();
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const bool quiet = (OFLog::configure(OFLogger::OFF_LOG_LEVEL), true);
    (void)quiet;
    write_values_of(std::string_view(reinterpret_cast<const char*>(data), std::min<std::size_t>(size, 4096)));
    Part10Limits limits;
    limits.inflated_bytes = 1U << 22U;
    const auto header = read_header(std::as_bytes(std::span(data, size)), limits);
    if (!header) {
        return 0;
    }
    for (const char* uri : {"", "b"}) {
        JsonModelOptions options;
        options.bulk_data_uri = uri;
        options.inline_bytes = 16;
        std::string out;
        JsonWriter writer(out);
        if (write_dataset(writer, *(*header)->getDataset(), options) && !nlohmann::json::accept(out)) {
            std::abort();
        }
    }
    return 0;
}
