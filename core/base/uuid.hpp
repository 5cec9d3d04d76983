// Random UUIDs (RFC 4122 version 4), under which the archive keeps its files.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace recog {

/// A UUID is never given twice, so a remembered name of a file means the file that it meant or none any more:
/// at worst the name has to be asked for again.
struct Uuid {
    std::array<std::uint8_t, 16> bytes{}; ///< all zero: not known

    bool known() const { return bytes != std::array<std::uint8_t, 16>{}; }
    /// 36 characters in lower case.
    std::string text() const;
    /// As it stands in the index.
    std::string_view packed() const { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }
    friend bool operator==(const Uuid&, const Uuid&) = default;
};

/// Five groups of lower case hexadecimal digits; nullopt when it is something else.
std::optional<Uuid> parse_uuid(std::string_view text);
/// 16 bytes; whatever is not as long is "not known".
Uuid unpack_uuid(std::string_view bytes);

} // namespace recog
