// Any bytes as a Part 10 file: meta information, header by DCMTK, pixel data, every frame.
#include "core/dicom/part10.hpp"
#include "core/dicom/pixel_data.hpp"

#include <dcmtk/config/osconfig.h>

#include <dcmtk/dcmdata/dcfilefo.h>
#include <dcmtk/oflog/oflog.h>

#include <algorithm>
#include <cstdlib>

using namespace recog::dicom;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const bool quiet = (OFLog::configure(OFLogger::OFF_LOG_LEVEL), true);
    (void)quiet;
    const Bytes file = std::as_bytes(std::span(data, size));
    Part10Limits limits;
    limits.inflated_bytes = 1U << 24U;
    (void)read_meta(file);
    (void)read_header(file, limits);
    auto located = locate_pixel_data(file, limits);
    if (!located) {
        return 0;
    }
    const auto frames = FrameLocator::make(*std::move(located), file);
    if (!frames) {
        return 0;
    }
    for (std::uint32_t n = 1; n <= std::min<std::uint32_t>(frames->count(), 50); ++n) {
        const auto frame = frames->frame(n);
        unsigned sum = 0;
        for (const Bytes piece : frame->pieces) {
            for (const std::byte byte : piece) {
                sum += static_cast<unsigned>(byte);
            }
        }
        if (!frame || (sum == 1 && size == 0)) {
            std::abort();
        }
    }
    return 0;
}
