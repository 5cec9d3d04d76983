// Bytes of a mapped file that may also be taken from the file itself: the system sends them without mapping a
// page of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace recog {

/// Only borrowed: whoever keeps the mapping keeps the file open.
struct FileSource {
    int descriptor = -1; ///< negative: there is none
    std::span<const std::byte> mapping;

    /// Where in the file these bytes stand; nullopt when they are not of the mapping.
    std::optional<std::uint64_t> offset_of(std::span<const std::byte> run) const;
};

/// Whether all pages under the bytes of a mapping are in memory, so that nobody waits for the disk.
bool is_in_memory(std::span<const std::byte> run);

/// Fetches and maps all pages under the bytes, in one call. Waits for the disk. Does nothing on kernels
/// before 5.14: then whoever touches the bytes waits.
void map_pages(std::span<const std::byte> run);

} // namespace recog
