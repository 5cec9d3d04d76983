#include "core/base/file_source.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace recog {

namespace {

struct Pages {
    std::uintptr_t begin = 0; ///< of the first page
    std::size_t bytes = 0;
};

std::uintptr_t page_size() {
    static const auto size = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
    return size;
}

Pages pages_under(std::span<const std::byte> run) {
    const auto address = reinterpret_cast<std::uintptr_t>(run.data());
    const std::uintptr_t begin = address / page_size() * page_size();
    return {begin, static_cast<std::size_t>(address + run.size() - begin)};
}

} // namespace

std::optional<std::uint64_t> FileSource::offset_of(std::span<const std::byte> run) const {
    const auto first = reinterpret_cast<std::uintptr_t>(mapping.data());
    const auto at = reinterpret_cast<std::uintptr_t>(run.data());
    if (descriptor < 0 || at < first || at - first > mapping.size() ||
        run.size() > mapping.size() - (at - first)) {
        return std::nullopt;
    }
    return at - first;
}

bool is_in_memory(std::span<const std::byte> run) {
    std::array<unsigned char, 512> resident{};
    Pages pages = pages_under(run);
    while (pages.bytes > 0) {
        const std::size_t some = std::min(pages.bytes, resident.size() * page_size());
        if (mincore(reinterpret_cast<void*>(pages.begin), some, resident.data()) != 0) { // NOLINT: an address
            return false;
        }
        const auto count = static_cast<std::ptrdiff_t>((some + page_size() - 1) / page_size());
        if (!std::all_of(resident.begin(), resident.begin() + count,
                         [](unsigned char page) { return (page & 1U) != 0; })) {
            return false;
        }
        pages.begin += some;
        pages.bytes -= some;
    }
    return true;
}

void map_pages(std::span<const std::byte> run) {
#ifdef MADV_POPULATE_READ
    const Pages pages = pages_under(run);
    madvise(reinterpret_cast<void*>(pages.begin), pages.bytes, MADV_POPULATE_READ); // NOLINT: an address
#else
    static_cast<void>(run);
#endif
}

} // namespace recog
