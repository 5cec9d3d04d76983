// Any text as an Accept header: parsed within its limits, and a choice that really was offered.
#include "core/dicomweb/accept.hpp"

#include "tests/core/dicomweb/stand_in_transcoder.hpp"

#include <array>
#include <cstdlib>

using namespace recog::dicomweb;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto ranges = parse_accept(text);
    if (ranges.size() > kMaxMediaRanges) {
        std::abort();
    }
    for (const MediaRange& range : ranges) {
        if (range.quality < 0 || range.quality > 1000) {
            std::abort();
        }
    }
    static constexpr std::array<std::string_view, 2> kOffered{"application/dicom+json", "application/json"};
    const auto json = choose_media_type(ranges, kOffered);
    if (json && *json != kOffered[0] && *json != kOffered[1]) {
        std::abort();
    }
    for (const char* stored : {"1.2.840.10008.1.2.1", "1.2.840.10008.1.2.4.80", ""}) {
        const auto instance = choose_instance(ranges, stored);
        if (instance && instance->transfer_syntax != stored) {
            std::abort();
        }
        (void)choose_frame(ranges, stored);
        const recog::test::StandInTranscoder codecs;
        for (const auto& made :
             {choose_instance(ranges, stored, &codecs), choose_frame(ranges, stored, &codecs)}) {
            if (made && made->transcode && !codecs.can(stored, made->transfer_syntax)) {
                std::abort();
            }
        }
    }
    return 0;
}
