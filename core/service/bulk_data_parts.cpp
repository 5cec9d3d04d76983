#include "core/service/bulk_data_parts.hpp"

#include <charconv>
#include <optional>

namespace recog::service {

namespace {

constexpr std::string_view kFrames = "/frames/";

/// The number behind "/frames/" at the end of the location.
std::optional<std::uint32_t> frame_number(std::string_view location) {
    const std::size_t at = location.rfind(kFrames);
    if (at == std::string_view::npos) {
        return std::nullopt;
    }
    const std::string_view digits = location.substr(at + kFrames.size());
    std::uint32_t number = 0;
    const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    const bool whole = parsed.ec == std::errc() && parsed.ptr == digits.data() + digits.size();
    return whole && number > 0 ? std::optional<std::uint32_t>(number) : std::nullopt;
}

} // namespace

void BulkDataParts::end_part(const std::string& location, dicomweb::MediaType type) {
    Part part{{begin_, spool_.size() - begin_}, std::move(type)};
    begin_ = spool_.size();
    ++count_;
    if (const auto number = frame_number(location)) {
        const std::string image = location.substr(0, location.rfind(kFrames));
        frames_[image].emplace(*number, part);
    }
    parts_[location].push_back(std::move(part));
}

std::vector<dicom::BulkRun> BulkDataParts::find(std::string_view uri) const {
    std::vector<dicom::BulkRun> runs;
    if (const auto whole = parts_.find(uri); whole != parts_.end()) {
        for (const Part& part : whole->second) {
            runs.push_back(part.run);
        }
        return runs;
    }
    if (const auto frames = frames_.find(uri); frames != frames_.end()) {
        // All of them, or none: a frame that is missing must not make the others move up.
        if (frames->second.rbegin()->first == frames->second.size()) {
            for (const auto& [number, part] : frames->second) {
                runs.push_back(part.run);
            }
        }
    }
    return runs;
}

const dicomweb::MediaType* BulkDataParts::type_of(std::string_view uri) const {
    if (const auto whole = parts_.find(uri); whole != parts_.end()) {
        return &whole->second.front().type;
    }
    const auto frames = frames_.find(uri);
    return frames != frames_.end() ? &frames->second.begin()->second.type : nullptr;
}

} // namespace recog::service
