// The bulk data parts of one request (PS3.18 8.6.1), put aside until the metadata is read.
#pragma once

#include "core/base/spool.hpp"
#include "core/dicom/model_encoder.hpp"
#include "core/dicomweb/media_type.hpp"

#include <map>
#include <string>
#include <vector>

namespace recog::service {

inline constexpr std::size_t kMaxBulkDataParts = 1'000'000;

/// One thread; find() may be called by several once nothing is added any more.
class BulkDataParts final : public dicom::BulkDataSource {
public:
    explicit BulkDataParts(Spool spool) : spool_(std::move(spool)) {}

    /// Errors: Storage.
    Status append(std::span<const std::byte> bytes) { return spool_.append(bytes); }
    /// What was appended since the last call becomes a part. Several of one location are frames; so are
    /// LOCATION/frames/1, LOCATION/frames/2 and so on.
    void end_part(const std::string& location, dicomweb::MediaType type);
    /// What was appended since the last end_part() is nobody's.
    void drop_part() { begin_ = spool_.size(); }
    std::size_t count() const { return count_; }

    const Spool& spool() const override { return spool_; }
    std::vector<dicom::BulkRun> find(std::string_view uri) const override;
    /// Of the first part under this URI; nullptr when there is none.
    const dicomweb::MediaType* type_of(std::string_view uri) const;

private:
    struct Part {
        dicom::BulkRun run;
        dicomweb::MediaType type;
    };
    using Frames = std::map<std::uint32_t, Part>;

    Spool spool_;
    std::uint64_t begin_ = 0;
    std::size_t count_ = 0;
    std::map<std::string, std::vector<Part>, std::less<>> parts_;
    std::map<std::string, Frames, std::less<>> frames_; ///< by number
};

} // namespace recog::service
