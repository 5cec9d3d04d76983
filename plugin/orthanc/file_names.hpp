// Remembers under which name Orthanc keeps the file of an instance, so that it need not be asked again.
//
// Set-associative: an Orthanc id is a SHA-1, its first bytes choose a bucket of eight places, and in a full
// bucket the name that was used longest ago makes room. 40 bytes an instance, in buckets made when needed.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace recog::orthanc {

/// Any thread may call any method.
class FileNames {
public:
    /// For about so many instances.
    explicit FileNames(std::size_t capacity = 200'000);
    ~FileNames();
    FileNames(const FileNames&) = delete;
    FileNames& operator=(const FileNames&) = delete;

    /// The uuid as text; nothing when it is not remembered.
    std::optional<std::string> find(std::string_view orthanc_id);
    /// What is no Orthanc id or no uuid is not remembered.
    void remember(std::string_view orthanc_id, std::string_view uuid);
    void forget(std::string_view orthanc_id);

private:
    using Id = std::array<std::uint8_t, 20>;
    using Uuid = std::array<std::uint8_t, 16>;
    struct Place {
        Id id{};
        Uuid uuid{};
        std::uint32_t used = 0; ///< 0: empty
    };
    struct Bucket {
        std::array<Place, 8> places;
    };

    static std::optional<Id> read_id(std::string_view text);
    /// With mutex_ held.
    Place* place_of(const Id& id);

    std::mutex mutex_;
    std::vector<std::unique_ptr<Bucket>> buckets_;
    std::uint32_t clock_ = 0; ///< of uses; where it wraps round, an old name may live a little longer
};

} // namespace recog::orthanc
