// Orthanc as the archive: its log of changes, its instances, its files.
#pragma once

#include "core/service/archive.hpp"
#include "plugin/orthanc/sdk.hpp"

#include <atomic>
#include <functional>
#include <string>

namespace recog::orthanc {

/// Reads files in place when it may: attachments lie under StorageDirectory/ab/cd/uuid unless a storage
/// plugin keeps them, and as they are unless compressed. Otherwise, and when a file is not there, it asks
/// Orthanc. Where a file was last the index remembers: a uuid never names another file, it is at most gone.
class OrthancArchive final : public service::Archive {
public:
    /// Told of a file that is elsewhere than whoever opened it thought. Any thread; must not wait.
    using Moved = std::function<void(const std::string& orthanc_id, const Uuid& now)>;

    OrthancArchive(const Sdk& sdk, std::string storage_directory, Moved moved = {})
        : sdk_(sdk), storage_directory_(std::move(storage_directory)), moved_(std::move(moved)) {}

    /// To be called once REST answers: whether the files are where they should be.
    void look_at_storage();

    Result<service::ArchiveChanges> changes(std::int64_t since, std::size_t limit) override;
    Result<bool> holds(const std::string& orthanc_id) override;
    Result<std::int64_t> instance_count() override;
    Result<std::vector<std::string>> instance_ids(std::size_t offset, std::size_t limit) override;
    Result<std::unique_ptr<service::InstanceFile>> open(const std::string& orthanc_id,
                                                        service::Reading reading, const Uuid& uuid) override;
    Result<Uuid> locate(const std::string& orthanc_id) override;
    std::optional<std::uint64_t> size_in_place(const Uuid& uuid) override;
    Result<std::string> sending_aet(const std::string& orthanc_id) override;

private:
    /// The file in place; null when it is not where it should be.
    std::unique_ptr<service::InstanceFile> open_in_place(const std::string& orthanc_id,
                                                         service::Reading reading, const Uuid& uuid);
    std::string path_of(const Uuid& uuid) const;

    const Sdk& sdk_;
    std::string storage_directory_;
    Moved moved_;
    std::atomic<bool> files_in_place_ = false;
};

} // namespace recog::orthanc
