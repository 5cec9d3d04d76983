#include "plugin/orthanc/orthanc_archive.hpp"

#include <nlohmann/json.hpp>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <utility>
#include <vector>

namespace recog::orthanc {

using Json = nlohmann::json;

namespace {

// A shorter file is sent as well from its mapping.
constexpr std::size_t kLeastSent = 65'536;
// Answers that nobody takes keep their files open: Orthanc, its database and the sockets need descriptors
// too.
constexpr int kMostDescriptors = 128;
constexpr rlim_t kShareOfDescriptors = 8;

/// A file that stays open; closes it. The process keeps a few at most.
class KeptDescriptor {
public:
    KeptDescriptor() = default;
    /// Takes the file if there is room for one more; else it stays with the caller, and get() is negative.
    static KeptDescriptor take(int file) {
        KeptDescriptor kept;
        if (count.fetch_add(1) < most()) {
            kept.file_ = file;
        } else {
            --count;
        }
        return kept;
    }
    ~KeptDescriptor() {
        if (file_ >= 0) {
            ::close(file_);
            --count;
        }
    }
    KeptDescriptor(KeptDescriptor&& other) noexcept : file_(std::exchange(other.file_, -1)) {}
    KeptDescriptor(const KeptDescriptor&) = delete;
    KeptDescriptor& operator=(const KeptDescriptor&) = delete;
    KeptDescriptor& operator=(KeptDescriptor&&) = delete;
    int get() const { return file_; }

private:
    static int most() {
        static const int number = [] {
            rlimit limit{};
            const bool known = getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
            return known ? static_cast<int>(
                               std::min<rlim_t>(kMostDescriptors, limit.rlim_cur / kShareOfDescriptors))
                         : kMostDescriptors;
        }();
        return number;
    }
    static inline std::atomic<int> count = 0;

    int file_ = -1;
};

class MappedFile final : public service::InstanceFile {
public:
    MappedFile(void* address, std::size_t size, const Uuid& uuid, KeptDescriptor descriptor)
        : address_(address), size_(size), uuid_(uuid), descriptor_(std::move(descriptor)) {}
    MappedFile(const MappedFile&) = delete;
    MappedFile& operator=(const MappedFile&) = delete;
    ~MappedFile() override { munmap(address_, size_); }
    std::span<const std::byte> bytes() const override {
        return {static_cast<const std::byte*>(address_), size_};
    }
    void release(std::size_t offset, std::size_t size) const override {
        constexpr std::size_t kPage = 4096;
        // Of pages that lie across the ends others may still be reading; reading them again is only slower.
        const std::size_t begin = offset / kPage * kPage;
        madvise(static_cast<char*>(address_) + begin, offset + size - begin, MADV_DONTNEED);
    }
    Uuid uuid() const override { return uuid_; }
    FileSource source() const override { return {descriptor_.get(), bytes()}; }

private:
    void* address_;
    std::size_t size_;
    Uuid uuid_;
    KeptDescriptor descriptor_;
};

/// The beginning of a file, in memory.
class BeginningOfFile final : public service::InstanceFile {
public:
    BeginningOfFile(std::size_t size, const Uuid& uuid)
        : bytes_(std::min(size, service::kBeginning)), size_(size), uuid_(uuid) {}
    std::span<const std::byte> bytes() const override { return bytes_; }
    std::size_t size() const override { return size_; }
    Uuid uuid() const override { return uuid_; }

    bool read(int file) {
        std::size_t done = 0;
        while (done < bytes_.size()) {
            const ssize_t got =
                pread(file, bytes_.data() + done, bytes_.size() - done, static_cast<off_t>(done));
            if (got <= 0) {
                return false;
            }
            done += static_cast<std::size_t>(got);
        }
        return true;
    }

private:
    std::vector<std::byte> bytes_;
    std::size_t size_;
    Uuid uuid_;
};

class CopiedFile final : public service::InstanceFile {
public:
    explicit CopiedFile(std::string bytes) : bytes_(std::move(bytes)) {}
    std::span<const std::byte> bytes() const override { return std::as_bytes(std::span(bytes_)); }

private:
    std::string bytes_;
};

std::unique_ptr<service::InstanceFile> read_beginning(int file, std::size_t size, const Uuid& uuid) {
    auto beginning = std::make_unique<BeginningOfFile>(size, uuid);
    return beginning->read(file) ? std::move(beginning) : nullptr;
}

/// Closes the file unless the result keeps it.
class FileCloser {
public:
    explicit FileCloser(int file) : file_(file) {}
    ~FileCloser() {
        if (file_ >= 0) {
            ::close(file_);
        }
    }
    FileCloser(const FileCloser&) = delete;
    FileCloser& operator=(const FileCloser&) = delete;
    int get() const { return file_; }
    int release() { return std::exchange(file_, -1); }

private:
    int file_;
};

std::unique_ptr<service::InstanceFile> map_file(FileCloser& file, std::size_t size, service::Reading reading,
                                                const Uuid& uuid) {
    const int populate = reading == service::Reading::Whole ? MAP_POPULATE : 0;
    void* const address = mmap(nullptr, size, PROT_READ, MAP_PRIVATE | populate, file.get(), 0);
    if (address == MAP_FAILED) {
        return nullptr;
    }
    KeptDescriptor kept = reading == service::Reading::Sent && size >= kLeastSent
                              ? KeptDescriptor::take(file.get())
                              : KeptDescriptor();
    if (kept.get() >= 0) {
        file.release();
    }
    return std::make_unique<MappedFile>(address, size, uuid, std::move(kept));
}

/// nullptr when it cannot be read. Orthanc never rewrites a stored file, it removes it; a mapping survives
/// that.
std::unique_ptr<service::InstanceFile> open_file(const std::string& path, service::Reading reading,
                                                 const Uuid& uuid) {
    FileCloser file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat status {};
    if (file.get() < 0 || fstat(file.get(), &status) != 0 || status.st_size <= 0) {
        return nullptr;
    }
    const auto size = static_cast<std::size_t>(status.st_size);
    return reading == service::Reading::Beginning ? read_beginning(file.get(), size, uuid)
                                                  : map_file(file, size, reading, uuid);
}

Result<Json> json_of(const Result<std::string>& answer) {
    if (!answer) {
        return answer.failure();
    }
    Json json = Json::parse(*answer, nullptr, false);
    if (json.is_discarded()) {
        return recog::error(ErrorKind::Unavailable, "the archive's answer is not JSON");
    }
    return json;
}

Error not_understood() {
    return recog::error(ErrorKind::Unavailable, "the archive's answer was not understood");
}

} // namespace

void OrthancArchive::look_at_storage() {
    const auto system = json_of(sdk_.rest_get("/system"));
    files_in_place_ = system && system->is_object() && system->contains("StorageAreaPlugin") &&
                      (*system)["StorageAreaPlugin"].is_null();
}

Result<service::ArchiveChanges> OrthancArchive::changes(std::int64_t since, std::size_t limit) {
    const auto json =
        json_of(sdk_.rest_get("/changes?since=" + std::to_string(since) + "&limit=" + std::to_string(limit)));
    if (!json) {
        return json.failure();
    }
    if (!json->is_object() || !(*json)["Changes"].is_array() || !(*json)["Last"].is_number() ||
        !(*json)["Done"].is_boolean()) {
        return not_understood();
    }
    service::ArchiveChanges page;
    page.last = (*json)["Last"].get<std::int64_t>();
    page.done = (*json)["Done"].get<bool>();
    for (const Json& change : (*json)["Changes"]) {
        if (!change.is_object() || !change["Seq"].is_number() || !change["ChangeType"].is_string() ||
            !change["ID"].is_string()) {
            return not_understood();
        }
        page.changes.push_back({change["Seq"].get<std::int64_t>(), change["ChangeType"] == "NewInstance",
                                change["ID"].get<std::string>()});
    }
    return page;
}

Result<bool> OrthancArchive::holds(const std::string& orthanc_id) {
    const auto answer = sdk_.rest_get("/instances/" + orthanc_id + "/metadata");
    if (answer) {
        return true;
    }
    if (answer.failure().kind == ErrorKind::NotFound) {
        return false;
    }
    return answer.failure();
}

Result<std::int64_t> OrthancArchive::instance_count() {
    const auto json = json_of(sdk_.rest_get("/statistics"));
    if (!json) {
        return json.failure();
    }
    if (!json->is_object() || !(*json)["CountInstances"].is_number()) {
        return not_understood();
    }
    return (*json)["CountInstances"].get<std::int64_t>();
}

Result<std::vector<std::string>> OrthancArchive::instance_ids(std::size_t offset, std::size_t limit) {
    const auto json = json_of(
        sdk_.rest_get("/instances?since=" + std::to_string(offset) + "&limit=" + std::to_string(limit)));
    if (!json) {
        return json.failure();
    }
    std::vector<std::string> ids;
    if (!json->is_array()) {
        return not_understood();
    }
    for (const Json& id : *json) {
        if (!id.is_string()) {
            return not_understood();
        }
        ids.push_back(id.get<std::string>());
    }
    return ids;
}

Result<Uuid> OrthancArchive::locate(const std::string& orthanc_id) {
    if (!files_in_place_) {
        return recog::error(ErrorKind::Unavailable, "the archive's files are not to be read in place");
    }
    const auto info = json_of(sdk_.rest_get("/instances/" + orthanc_id + "/attachments/dicom/info"));
    if (!info) {
        return info.failure();
    }
    if (!info->is_object() || !(*info)["Uuid"].is_string()) {
        return not_understood();
    }
    const auto uuid = parse_uuid((*info)["Uuid"].get<std::string>());
    const bool as_is = (*info)["CompressedSize"] == (*info)["UncompressedSize"] &&
                       (*info)["CompressedMD5"] == (*info)["UncompressedMD5"];
    return uuid && as_is ? *uuid : Uuid();
}

std::string OrthancArchive::path_of(const Uuid& uuid) const {
    const std::string name = uuid.text();
    return storage_directory_ + "/" + name.substr(0, 2) + "/" + name.substr(2, 2) + "/" + name;
}

std::optional<std::uint64_t> OrthancArchive::size_in_place(const Uuid& uuid) {
    struct stat status {};
    if (!files_in_place_ || !uuid.known() || ::stat(path_of(uuid).c_str(), &status) != 0) {
        return std::nullopt;
    }
    return static_cast<std::uint64_t>(status.st_size);
}

std::unique_ptr<service::InstanceFile>
OrthancArchive::open_in_place(const std::string& orthanc_id, service::Reading reading, const Uuid& known) {
    if (known.known()) {
        if (auto file = open_file(path_of(known), reading, known)) {
            return file;
        }
    }
    std::unique_ptr<service::InstanceFile> file;
    // The uuid changes when a file is overwritten or reconstructed, perhaps just now: ask once more.
    for (int tries = 0; tries < 2 && !file; ++tries) {
        const auto uuid = locate(orthanc_id);
        if (!uuid) {
            return nullptr;
        }
        if (known.known() && moved_) {
            moved_(orthanc_id, *uuid);
        }
        if (!uuid->known()) {
            return nullptr;
        }
        file = open_file(path_of(*uuid), reading, *uuid);
    }
    return file;
}

Result<std::unique_ptr<service::InstanceFile>>
OrthancArchive::open(const std::string& orthanc_id, service::Reading reading, const Uuid& uuid) {
    if (files_in_place_) {
        if (auto file = open_in_place(orthanc_id, reading, uuid)) {
            return file;
        }
    }
    auto bytes = sdk_.rest_get("/instances/" + orthanc_id + "/file");
    if (!bytes) {
        return bytes.failure();
    }
    return std::unique_ptr<service::InstanceFile>(std::make_unique<CopiedFile>(*std::move(bytes)));
}

Result<std::string> OrthancArchive::sending_aet(const std::string& orthanc_id) {
    auto aet = sdk_.rest_get("/instances/" + orthanc_id + "/metadata/RemoteAET");
    if (!aet && aet.failure().kind == ErrorKind::NotFound) {
        const auto held = holds(orthanc_id);
        if (!held) {
            return held.failure();
        }
        if (*held) {
            return std::string(); // it came by HTTP
        }
    }
    return aet;
}

} // namespace recog::orthanc
