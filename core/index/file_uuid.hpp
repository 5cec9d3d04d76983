// The name under which the archive keeps a file: a random UUID (RFC 4122 version 4), made anew for each file.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace recog::index {

/// A UUID is never given twice, so a remembered one names the file that it named, or none any more: at worst
/// it has to be asked for again.
struct FileUuid {
    std::array<std::uint8_t, 16> bytes{}; ///< all zero: not known

    bool known() const { return bytes != std::array<std::uint8_t, 16>{}; }
    /// 36 characters in lower case.
    std::string text() const;
    /// As it stands in the index.
    std::string_view packed() const { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }
    friend bool operator==(const FileUuid&, const FileUuid&) = default;
};

/// Five groups of lower case hexadecimal digits; nullopt when it is something else.
std::optional<FileUuid> parse_uuid(std::string_view text);
/// 16 bytes; whatever is not as long is "not known".
FileUuid unpack_uuid(std::string_view bytes);

} // namespace recog::index
