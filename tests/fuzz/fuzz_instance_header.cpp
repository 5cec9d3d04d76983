// Any bytes as an instance: what was read is UTF-8, inside its limits, and can be stored and read back.
#include "core/base/utf8.hpp"
#include "core/dicom/indexed_attributes.hpp"
#include "core/dicom/instance_header.hpp"
#include "core/dicom/report_document.hpp"
#include "tests/fuzz/expect.hpp"

#include <dcmtk/config/osconfig.h>

#include <cstdint>
#include <dcmtk/oflog/oflog.h>

using namespace recog;
using namespace recog::dicom;

namespace {

void check(const AttributeSet& set) {
    for (const auto& entry : set.entries()) {
        const IndexedAttribute* attribute = find_indexed(entry.tag);
        if (attribute == nullptr || attribute->vr != "SQ") {
            fuzz::expect(is_utf8(entry.value), "values are UTF-8");
            fuzz::expect(entry.value.size() <= kMaxValueBytes, "values are cut");
        } else {
            fuzz::expect(decode_items(entry.value).ok(), "items can be read back");
        }
    }
    const auto again = AttributeSet::decode(set.encode());
    fuzz::expect(again.ok() && *again == set, "a set can be read back");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const bool quiet = (OFLog::configure(OFLogger::OFF_LOG_LEVEL), true);
    (void)quiet;
    const auto file = std::as_bytes(std::span(data, size));
    const auto header = read_instance_header(file, [](std::string_view) { return std::string("GB18030"); });
    (void)read_encapsulated_document(file);
    if (!header) {
        return 0;
    }
    check(header->patient);
    check(header->study);
    check(header->series);
    check(header->instance);
    fuzz::expect(header->identifiers.size() <= kMaxIdentifiersPerInstance, "identifiers are limited");
    fuzz::expect(!header->has_patient_id || !header->identifiers.empty(),
                 "Patient ID is the first identifier");
    for (const auto& identifier : header->identifiers) {
        fuzz::expect(!identifier.value.empty() && is_utf8(identifier.value), "identifiers have values");
    }
    if (header->report) {
        fuzz::expect(is_utf8(header->report->text), "report text is UTF-8");
        fuzz::expect(header->report->text.size() <= kMaxReportTextBytes, "report text is cut");
        (void)report_page(*header->report);
    }
    return 0;
}
