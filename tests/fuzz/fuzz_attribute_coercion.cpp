// Any bytes as a file to be coerced. The first byte chooses the new name and the default set. What comes out
// says the new patient to whoever reads as the index does, and keeps its pixel data.
#include "core/dicom/attribute_coercion.hpp"
#include "core/dicom/instance_header.hpp"
#include "core/dicom/pixel_data.hpp"
#include "core/dicom/text_reencoder.hpp"
#include "core/dicom/top_level_elements.hpp"
#include "tests/fuzz/expect.hpp"

#include <dcmtk/config/osconfig.h>

#include <dcmtk/dcmdata/dcfilefo.h>
#include <dcmtk/oflog/oflog.h>

#include <array>
#include <string>

using namespace recog;
using namespace recog::dicom;

namespace {

constexpr std::array kNames{"Zhang^Wei", "\xE5\xBC\xA0^\xE4\xBC\x9F", "J\xC3\xB6rg^Gro\xC3\x9F", ""};
constexpr std::array kSets{"GB18030", "ISO_IR 100", ""};

std::string joined(const CoercedFile& file) {
    std::string all;
    for (const Bytes part : file.parts) {
        all.append(reinterpret_cast<const char*>(part.data()), part.size());
    }
    return all;
}

std::string pixels_of(Bytes file, const Part10Limits& limits) {
    const auto found = locate_pixel_data(file, limits);
    if (!found) {
        return {};
    }
    const Bytes bytes = found->inflated ? Bytes(*found->inflated) : file;
    std::string all;
    const auto add = [&](const Extent& extent) {
        const Bytes run = bytes.subspan(extent.offset, extent.length);
        all.append(reinterpret_cast<const char*>(run.data()), run.size());
    };
    add(found->native);
    for (const Extent& fragment : found->fragments) {
        add(fragment);
    }
    return all;
}

/// Whether every length holds what it says, at all depths: DCMTK asks for the memory that a length names
/// before it looks whether the bytes are there.
bool lengths_hold(Bytes file) {
    const auto meta = read_meta(file);
    if (!meta || meta->encoding.deflated) {
        return false;
    }
    const Part10Limits limits;
    TopLevelElements top(file, meta->encoding);
    if (!top.scan(meta->dataset_offset, limits) || !top.rest().empty()) {
        return false;
    }
    TextReencoder walker(file, {}, {}, "ISO_IR 192", limits);
    for (const TopElement& element : top.all()) {
        if (!walker.element(element.element, element.next, meta->encoding)) {
            return false;
        }
    }
    return true;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const bool quiet = (OFLog::configure(OFLogger::OFF_LOG_LEVEL), true);
    (void)quiet;
    if (size == 0) {
        return 0;
    }
    const Bytes file = std::as_bytes(std::span(data + 1, size - 1));
    Part10Limits limits = coercion_limits();
    limits.inflated_bytes = 1U << 22U;
    limits.elements = 20'000;
    const CoercedPatient patient{"L-100", "H001", (data[0] & 0x40U) != 0 ? "1.2.3" : "", "ISO",
                                 kNames[data[0] % kNames.size()]};
    const CoercionRecord record{"NODE", "H002", "20240620101112", kSets[(data[0] >> 2U) % kSets.size()]};
    const auto coerced = coerce_patient(file, patient, record, limits);
    if (!coerced) {
        return 0;
    }
    const std::string copy = joined(*coerced);
    const Bytes bytes = std::as_bytes(std::span(copy));
    fuzz::expect(copy.size() == coerced->size(), "the size is that of the parts");
    const auto again = coerce_patient(bytes, patient, record, coercion_limits());
    fuzz::expect(again.ok() && !again->changed, "a copy speaks of the new patient");
    if (lengths_hold(file)) {
        const bool before = read_header(file, limits).ok();
        fuzz::expect(!before || read_header(bytes, coercion_limits()).ok(),
                     "what DCMTK reads, it reads in the copy");
    }
    if (const std::string pixels = pixels_of(file, limits); !pixels.empty()) {
        fuzz::expect(pixels == pixels_of(bytes, coercion_limits()), "pixel data stays what it is");
    }
    return 0;
}
