#include "plugin/dimse/command_set.hpp"

#include <cstdio>
#include <optional>
#include <string_view>

namespace recog::dimse {

namespace {

using Buffer = std::vector<std::byte>;

constexpr std::uint16_t C_STORE_RQ = 0x0001;
constexpr std::uint16_t C_STORE_RSP = 0x8001;
constexpr std::uint16_t MEDIUM_PRIORITY = 0x0000;
constexpr std::uint16_t DATA_SET_FOLLOWS = 0x0001; // anything but 0101

enum Element : std::uint16_t {
    GroupLength = 0x0000,
    AffectedSopClass = 0x0002,
    CommandField = 0x0100,
    MessageId = 0x0110,
    RespondedMessageId = 0x0120,
    Priority = 0x0700,
    DataSetType = 0x0800,
    StatusElement = 0x0900,
    AffectedSopInstance = 0x1000,
    OriginatorAet = 0x1030,
    OriginatorMessageId = 0x1031
};

void put(Buffer& out, std::uint32_t value, std::size_t bytes) {
    for (; bytes > 0; --bytes, value >>= 8U) {
        out.push_back(static_cast<std::byte>(value & 0xFFU));
    }
}

void put_header(Buffer& out, Element element, std::size_t length) {
    put(out, 0, 2);
    put(out, element, 2);
    put(out, static_cast<std::uint32_t>(length), 4);
}

void put_number(Buffer& out, Element element, std::uint16_t value) {
    put_header(out, element, 2);
    put(out, value, 2);
}

void put_text(Buffer& out, Element element, std::string_view text, char padding) {
    put_header(out, element, text.size() + text.size() % 2);
    for (const char c : text) {
        out.push_back(static_cast<std::byte>(c));
    }
    if (text.size() % 2 != 0) {
        out.push_back(static_cast<std::byte>(padding));
    }
}

std::uint32_t number(std::span<const std::byte> bytes) {
    std::uint32_t value = 0;
    for (std::size_t i = bytes.size(); i-- > 0;) {
        value = (value << 8U) | std::to_integer<std::uint32_t>(bytes[i]);
    }
    return value;
}

} // namespace

std::vector<std::byte> encode_store_request(const StoreRequest& request) {
    Buffer elements;
    put_text(elements, AffectedSopClass, request.sop_class_uid, '\0');
    put_number(elements, CommandField, C_STORE_RQ);
    put_number(elements, MessageId, request.message_id);
    put_number(elements, Priority, MEDIUM_PRIORITY);
    put_number(elements, DataSetType, DATA_SET_FOLLOWS);
    put_text(elements, AffectedSopInstance, request.sop_instance_uid, '\0');
    if (!request.originator_aet.empty()) {
        put_text(elements, OriginatorAet, std::string_view(request.originator_aet).substr(0, 16), ' ');
        put_number(elements, OriginatorMessageId, request.originator_message_id);
    }
    Buffer out;
    put_header(out, GroupLength, 4);
    put(out, static_cast<std::uint32_t>(elements.size()), 4);
    out.insert(out.end(), elements.begin(), elements.end());
    return out;
}

Result<StoreResponse> parse_store_response(std::span<const std::byte> bytes) {
    std::optional<std::uint32_t> field;
    std::optional<std::uint32_t> message_id;
    std::optional<std::uint32_t> status;
    while (!bytes.empty()) {
        if (bytes.size() < 8) {
            return error(ErrorKind::Malformed, "The receiver's response is cut off");
        }
        const std::uint32_t group = number(bytes.first(2));
        const std::uint32_t element = number(bytes.subspan(2, 2));
        const std::size_t length = number(bytes.subspan(4, 4));
        if (length > bytes.size() - 8) {
            return error(ErrorKind::Malformed, "An element of the receiver's response is cut off");
        }
        const auto value = bytes.subspan(8, length);
        if (group == 0 && length == 2) {
            if (element == CommandField) {
                field = number(value);
            } else if (element == RespondedMessageId) {
                message_id = number(value);
            } else if (element == StatusElement) {
                status = number(value);
            }
        }
        bytes = bytes.subspan(8 + length);
    }
    if (field != C_STORE_RSP || !message_id || !status) {
        return error(ErrorKind::Malformed,
                     "The receiver answered with something else than a C-STORE response");
    }
    return StoreResponse{static_cast<std::uint16_t>(*message_id), static_cast<std::uint16_t>(*status)};
}

std::string describe_store_status(std::uint16_t status) {
    if (status == 0) {
        return {};
    }
    const char* meaning = "unknown status";
    if ((status & 0xFF00U) == 0xA700U) {
        meaning = "out of resources";
    } else if ((status & 0xFF00U) == 0xA900U) {
        meaning = "the data set does not match its SOP class";
    } else if ((status & 0xF000U) == 0xC000U) {
        meaning = "it cannot understand the data set";
    } else if ((status & 0xF000U) == 0xB000U) {
        meaning = "stored with a warning";
    } else if (status == 0x0111U) {
        meaning = "duplicate SOP instance";
    } else if (status == 0x0110U) {
        meaning = "processing failure";
    } else if (status == 0x0122U) {
        meaning = "SOP class not supported";
    } else if (status == 0x0124U) {
        meaning = "not authorised";
    }
    char text[96];
    std::snprintf(text, sizeof text, "The receiver answered with status %04X (%s)", status, meaning);
    return text;
}

} // namespace recog::dimse
