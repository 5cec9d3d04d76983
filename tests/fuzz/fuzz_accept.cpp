// Any text as an Accept header: parsed within its limits, and a choice that really was offered. And as the
// other fields that hold lists: entity tags, and what proxies say.
#include "core/dicomweb/accept.hpp"
#include "core/dicomweb/dataset_form.hpp"
#include "core/dicomweb/origin.hpp"
#include "core/dicomweb/preconditions.hpp"

#include "tests/core/dicomweb/stand_in_transcoder.hpp"

#include <array>
#include <cstdlib>

using namespace recog::dicomweb;

namespace {

void read_other_fields(const std::string& text) {
    Request request;
    request.headers = {{"If-Match", text},
                       {"If-None-Match", text},
                       {"Forwarded", text},
                       {"X-Forwarded-Host", text},
                       {"Host", text}};
    (void)judge_preconditions(request, "\"tag\"");
    const std::string origin = origin_of(request, true);
    if (origin.find_first_of("\"'<>\\ \r\n") != std::string::npos) {
        std::abort();
    }
    if (with_literal_plus(text).size() != text.size()) {
        std::abort();
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    read_other_fields(std::string(text));
    const auto ranges = parse_accept(text);
    (void)choose_dataset_form(ranges);
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
