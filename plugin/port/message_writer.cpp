#include "plugin/port/message_writer.hpp"

#include <algorithm>

namespace recog::port {

namespace {

// Larger fragments gain nothing.
constexpr std::uint32_t kMostPdu = 131'072;

// A deflated data set may be odd, and the wire wants even fragments (PS3.5 A.5).
constexpr std::array<std::byte, 1> kPadding{};

} // namespace

std::size_t fragment_size(std::uint32_t max_pdu) {
    const std::uint32_t pdu = max_pdu == 0 ? kMostPdu : std::min(max_pdu, kMostPdu);
    // The header of the presentation data value counts as part of the PDU's body.
    return (pdu - dimse::PDV_HEADER) & ~std::size_t{1};
}

MessageParts::MessageParts(std::uint8_t context, const dimse::CommandSet& command,
                           std::span<const Bytes> data_set, std::size_t max_fragment)
    : command_(dimse::encode_command_set(command)) {
    split(context, true, command_, true, max_fragment);
    if (!command.has_data_set) {
        return;
    }
    for (std::size_t i = 0; i + 1 < data_set.size(); ++i) {
        split(context, false, data_set[i], false, max_fragment);
    }
    split(context, false, data_set.empty() ? Bytes() : data_set.back(), true, max_fragment);
}

void MessageParts::split(std::uint8_t context, bool command, Bytes data, bool ends,
                         std::size_t max_fragment) {
    do {
        const std::size_t size = std::min(data.size(), max_fragment);
        const bool last = ends && size == data.size();
        headers_.push_back(
            dimse::encode_data_header(context, command, last, static_cast<std::uint32_t>(size + size % 2)));
        parts_.emplace_back(headers_.back());
        parts_.push_back(data.first(size));
        if (size % 2 != 0) {
            parts_.emplace_back(kPadding);
        }
        data = data.subspan(size);
    } while (!data.empty());
}

std::vector<std::byte> encode_message(std::uint8_t context, const dimse::CommandSet& command, Bytes data_set,
                                      std::size_t max_fragment) {
    const MessageParts message(context, command, {&data_set, 1}, max_fragment);
    std::vector<std::byte> bytes;
    for (const Bytes part : message.parts()) {
        bytes.insert(bytes.end(), part.begin(), part.end());
    }
    return bytes;
}

} // namespace recog::port
