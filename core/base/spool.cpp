#include "core/base/spool.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <vector>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace recog {

namespace {

constexpr std::size_t kCopyBytes = 1U << 20U;
constexpr mode_t kOwnerOnly = S_IRUSR | S_IWUSR;

Error storage_failure(const char* text) {
    return error(ErrorKind::Storage, text);
}

struct Mapping {
    void* address;
    std::size_t length;

    Mapping(void* at, std::size_t bytes) : address(at), length(bytes) {}
    Mapping(const Mapping&) = delete;
    Mapping& operator=(const Mapping&) = delete;
    ~Mapping() { munmap(address, length); }
};

/// Maps `length` > 0 bytes of the file; offsets of mappings are whole pages.
Result<SpooledBytes> map_file(int file, std::uint64_t offset, std::uint64_t length) {
    const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
    const std::uint64_t before = offset % page;
    void* const address =
        mmap(nullptr, length + before, PROT_READ, MAP_SHARED, file, static_cast<off_t>(offset - before));
    if (address == MAP_FAILED) {
        return storage_failure("a temporary file cannot be mapped");
    }
    madvise(address, length + before, MADV_SEQUENTIAL);
    const auto mapping = std::make_shared<const Mapping>(address, length + before);
    return SpooledBytes{{static_cast<const std::byte*>(address) + before, length}, mapping};
}

// Where the file system has no files without names, the name is taken away at once.
int open_nameless(const std::string& directory) {
    const int nameless = open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, kOwnerOnly);
    if (nameless >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL)) {
        return nameless;
    }
    std::string name = directory + "/spool-XXXXXX";
    const int named = mkostemp(name.data(), O_CLOEXEC);
    if (named >= 0) {
        unlink(name.c_str());
    }
    return named;
}

} // namespace

Spool::Spool(std::string directory, std::size_t memory_bytes)
    : directory_(std::move(directory)), memory_bytes_(memory_bytes) {}

Spool::~Spool() {
    clear();
}

Spool::Spool(Spool&& other) noexcept
    : directory_(other.directory_), memory_bytes_(other.memory_bytes_), memory_(std::move(other.memory_)),
      file_(std::exchange(other.file_, -1)), size_(std::exchange(other.size_, 0)) {
    other.memory_.clear();
}

Spool& Spool::operator=(Spool&& other) noexcept {
    std::swap(directory_, other.directory_);
    std::swap(memory_bytes_, other.memory_bytes_);
    std::swap(memory_, other.memory_);
    std::swap(file_, other.file_);
    std::swap(size_, other.size_);
    return *this;
}

void Spool::clear() {
    memory_ = std::string();
    size_ = 0;
    if (file_ >= 0) {
        close(std::exchange(file_, -1));
    }
}

Status Spool::open_file() {
    file_ = open_nameless(directory_);
    if (file_ < 0) {
        return storage_failure("no temporary file can be made");
    }
    const std::string memory = std::exchange(memory_, std::string());
    size_ = 0;
    if (const Status written = write_out(std::as_bytes(std::span(memory))); !written) {
        close(std::exchange(file_, -1));
        memory_ = memory;
        size_ = memory.size();
        return written;
    }
    return {};
}

// At the known end: what a failed write left behind it is written over.
Status Spool::write_out(std::span<const std::byte> bytes) {
    std::uint64_t end = size_;
    while (!bytes.empty()) {
        const ssize_t written = pwrite(file_, bytes.data(), bytes.size(), static_cast<off_t>(end));
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            return storage_failure("a temporary file cannot be written: the disk may be full");
        }
        bytes = bytes.subspan(static_cast<std::size_t>(written));
        end += static_cast<std::uint64_t>(written);
    }
    size_ = end;
    return {};
}

Status Spool::append(std::span<const std::byte> bytes) {
    if (file_ < 0 && memory_.size() + bytes.size() > memory_bytes_) {
        if (const Status opened = open_file(); !opened) {
            return opened;
        }
    }
    if (file_ >= 0) {
        return write_out(bytes);
    }
    memory_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    size_ = memory_.size();
    return {};
}

Status Spool::append_from(const Spool& other, std::uint64_t offset, std::uint64_t length) {
    if (other.file_ < 0) {
        return append(std::as_bytes(std::span(other.memory_)).subspan(offset, length));
    }
    std::vector<std::byte> buffer(std::min<std::uint64_t>(length, kCopyBytes));
    while (length > 0) {
        const std::size_t asked = std::min<std::uint64_t>(length, buffer.size());
        const ssize_t got = pread(other.file_, buffer.data(), asked, static_cast<off_t>(offset));
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return storage_failure("a temporary file cannot be read");
        }
        const auto count = static_cast<std::size_t>(got);
        if (const Status appended = append(std::span(buffer).first(count)); !appended) {
            return appended;
        }
        offset += count;
        length -= count;
    }
    return {};
}

Result<SpooledBytes> Spool::view(std::uint64_t offset, std::uint64_t length) const {
    if (length == 0) {
        return SpooledBytes{};
    }
    if (file_ >= 0) {
        return map_file(file_, offset, length);
    }
    return SpooledBytes{std::as_bytes(std::span(memory_)).subspan(offset, length), nullptr};
}

Result<SpooledBytes> Spool::take() && {
    if (file_ >= 0) {
        auto mapped = view(0, size_);
        clear(); // a mapping outlives its file
        return mapped;
    }
    const auto kept = std::make_shared<const std::string>(std::move(memory_));
    clear();
    return SpooledBytes{std::as_bytes(std::span(*kept)), kept};
}

} // namespace recog
