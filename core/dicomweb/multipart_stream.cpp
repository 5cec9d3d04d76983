#include "core/dicomweb/multipart_stream.hpp"

#include <random>

namespace recog::dicomweb {

std::string random_boundary() {
    static constexpr char kDigits[] = "0123456789abcdef";
    std::random_device random;
    std::string boundary = "part-";
    for (int word = 0; word < 5; ++word) {
        for (std::uint32_t bits = random(), digit = 0; digit < 8; ++digit, bits >>= 4U) {
            boundary += kDigits[bits & 15U];
        }
    }
    return boundary;
}

MultipartStream::MultipartStream(std::string_view subtype, std::string_view type)
    : boundary_(random_boundary()), content_type_("multipart/" + std::string(subtype) + "; ") {
    if (!type.empty()) {
        content_type_ += "type=\"" + std::string(type) + "\"; ";
    }
    content_type_ += "boundary=\"" + boundary_ + "\"";
}

std::string multipart_part_head(std::string_view boundary, std::span<const Field> headers,
                                std::optional<std::uint64_t> size) {
    std::string head = "--" + std::string(boundary) + "\r\n";
    for (const Field& header : headers) {
        head += header.name + ": " + header.value + "\r\n";
    }
    if (size) {
        head += "Content-Length: " + std::to_string(*size) + "\r\n";
    }
    return head + "\r\n";
}

std::string multipart_end(std::string_view boundary) {
    return "--" + std::string(boundary) + "--\r\n";
}

} // namespace recog::dicomweb
