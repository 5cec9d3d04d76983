// A transcoder that compresses nothing: what it makes says what was asked of it.
#pragma once

#include "core/dicomweb/transcoder.hpp"

#include <atomic>
#include <set>
#include <string>

namespace recog::test {

class StandInTranscoder final : public dicomweb::Transcoder {
public:
    /// Objects whose bytes begin so cannot be transcoded.
    static constexpr std::string_view kBroken = "broken";

    bool can(std::string_view from, std::string_view to) const override {
        static const std::set<std::string_view> kDecoded{
            "1.2.840.10008.1.2",       "1.2.840.10008.1.2.1",    "1.2.840.10008.1.2.1.99",
            "1.2.840.10008.1.2.2",     "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.70",
            "1.2.840.10008.1.2.4.80",  "1.2.840.10008.1.2.4.81", "1.2.840.10008.1.2.4.90",
            "1.2.840.10008.1.2.4.201", "1.2.840.10008.1.2.5"};
        return kDecoded.contains(from) && kDecoded.contains(to) && to != "1.2.840.10008.1.2.2";
    }
    Result<dicomweb::OpenedPiece> instance(dicomweb::Bytes file, std::string_view to) const override {
        const std::string text(reinterpret_cast<const char*>(file.data()), file.size());
        return made(text, std::string(to) + ":" + text);
    }
    Result<dicomweb::OpenedPiece> frame(dicomweb::Bytes, const dicom::FrameLocator& frames,
                                        std::uint32_t number, std::string_view to) const override {
        const auto frame = frames.frame(number);
        if (!frame) {
            return frame.failure();
        }
        std::string text;
        for (const dicom::Bytes run : frame->pieces) {
            text.append(reinterpret_cast<const char*>(run.data()), run.size());
        }
        return made(text, std::string(to) + ":" + text);
    }
    int calls() const { return calls_; }

private:
    Result<dicomweb::OpenedPiece> made(const std::string& from, std::string to) const {
        ++calls_;
        if (from.starts_with(kBroken)) {
            return error(ErrorKind::Malformed, "the stand-in refuses these bytes");
        }
        const auto owner = std::make_shared<const std::string>(std::move(to));
        const auto bytes = std::as_bytes(std::span(*owner));
        // In two runs: nobody may count on one.
        return dicomweb::OpenedPiece{{bytes.first(1), bytes.subspan(1)}, owner};
    }

    mutable std::atomic<int> calls_ = 0;
};

} // namespace recog::test
