// Bytes that arrive before anybody can use them: in memory while they are few, then in a file without a name,
// which goes with the process whatever happens.
#pragma once

#include "core/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace recog {

/// Bytes and what keeps them: a string or a mapping of a file.
struct SpooledBytes {
    std::span<const std::byte> bytes;
    std::shared_ptr<const void> owner;
};

/// One thread at a time. What view() gave may be read by any thread.
class Spool {
public:
    /// `directory` takes the file once there are more than `memory_bytes`. It should lie on a disk: a file
    /// in a tmpfs is memory again.
    Spool(std::string directory, std::size_t memory_bytes);
    ~Spool();
    Spool(Spool&& other) noexcept;
    Spool& operator=(Spool&& other) noexcept;

    /// Errors: Storage (no file can be made, the disk is full); what was appended before is kept.
    Status append(std::span<const std::byte> bytes);
    /// Appends a part of another spool through a small buffer. Errors: Storage.
    Status append_from(const Spool& other, std::uint64_t offset, std::uint64_t length);

    std::uint64_t size() const { return size_; }
    bool in_file() const { return file_ >= 0; }
    /// Forgets everything, and the file.
    void clear();

    /// Bytes within size(). Views of memory end with the next append(), clear() or the spool; views of the
    /// file do not. Errors: Storage.
    Result<SpooledBytes> view(std::uint64_t offset, std::uint64_t length) const;
    /// Everything, kept by its owner alone. Errors: Storage.
    Result<SpooledBytes> take() &&;

private:
    Status open_file();
    Status write_out(std::span<const std::byte> bytes);

    std::string directory_;
    std::size_t memory_bytes_;
    std::string memory_;
    int file_ = -1;
    std::uint64_t size_ = 0;
};

} // namespace recog
