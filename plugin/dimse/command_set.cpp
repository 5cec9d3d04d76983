#include "plugin/dimse/command_set.hpp"

#include <algorithm>
#include <cstdio>
#include <string_view>

namespace recog::dimse {

namespace {

using Buffer = std::vector<std::byte>;
using Bytes = std::span<const std::byte>;

constexpr std::uint16_t kNoDataSet = 0x0101;
constexpr std::uint16_t kDataSetFollows = 0x0001; // anything but 0101
constexpr std::size_t kMostTitle = 16;
constexpr std::size_t kMostComment = 64;
constexpr std::size_t kElementHeader = 8;
constexpr std::uint16_t kResponse = 0x8000;

enum Element : std::uint16_t {
    GroupLength = 0x0000,
    AffectedSopClass = 0x0002,
    CommandField = 0x0100,
    MessageId = 0x0110,
    RespondedMessageId = 0x0120,
    MoveDestination = 0x0600,
    Priority = 0x0700,
    DataSetType = 0x0800,
    StatusElement = 0x0900,
    OffendingElement = 0x0901,
    ErrorComment = 0x0902,
    AffectedSopInstance = 0x1000,
    Remaining = 0x1020,
    Completed = 0x1021,
    Failed = 0x1022,
    Warning = 0x1023,
    OriginatorAet = 0x1030,
    OriginatorMessageId = 0x1031
};

bool is_response(Command command) {
    return (static_cast<std::uint16_t>(command) & kResponse) != 0;
}

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

void put_number(Buffer& out, Element element, const std::optional<std::uint16_t>& value) {
    if (value) {
        put_number(out, element, *value);
    }
}

void put_text(Buffer& out, Element element, std::string_view text, char padding) {
    if (text.empty()) {
        return;
    }
    put_header(out, element, text.size() + text.size() % 2);
    for (const char c : text) {
        out.push_back(static_cast<std::byte>(c));
    }
    if (text.size() % 2 != 0) {
        out.push_back(static_cast<std::byte>(padding));
    }
}

void put_offending(Buffer& out, const std::vector<std::uint32_t>& elements) {
    if (elements.empty()) {
        return;
    }
    put_header(out, OffendingElement, elements.size() * 4);
    for (const std::uint32_t element : elements) {
        put(out, element >> 16U, 2);
        put(out, element & 0xFFFFU, 2);
    }
}

std::uint32_t number(Bytes bytes) {
    std::uint32_t value = 0;
    for (std::size_t i = bytes.size(); i-- > 0;) {
        value = (value << 8U) | std::to_integer<std::uint32_t>(bytes[i]);
    }
    return value;
}

/// Without padding at either end: titles may be padded in front, too (PS3.5 6.2, AE).
std::string text(Bytes bytes) {
    std::string value;
    for (const std::byte b : bytes) {
        value.push_back(static_cast<char>(b));
    }
    value.erase(std::min(value.find('\0'), value.size()));
    value.erase(value.find_last_not_of(' ') + 1);
    value.erase(0, std::min(value.find_first_not_of(' '), value.size()));
    return value;
}

bool is_known(std::uint32_t field) {
    switch (static_cast<Command>(field)) {
    case Command::StoreRequest:
    case Command::StoreResponse:
    case Command::GetRequest:
    case Command::GetResponse:
    case Command::FindRequest:
    case Command::FindResponse:
    case Command::MoveRequest:
    case Command::MoveResponse:
    case Command::EchoRequest:
    case Command::EchoResponse:
    case Command::CancelRequest:
        return true;
    }
    return false;
}

/// What has been seen of the elements that a message must have.
struct Seen {
    bool field = false;
    bool message_id = false;
    bool responded = false;
    bool status = false;
    bool data_set_type = false;
};

void read_text(CommandSet& command, std::uint32_t element, Bytes value) {
    switch (element) {
    case AffectedSopClass:
        command.sop_class_uid = text(value);
        break;
    case AffectedSopInstance:
        command.sop_instance_uid = text(value);
        break;
    case MoveDestination:
        command.move_destination = text(value);
        break;
    case OriginatorAet:
        command.originator_aet = text(value);
        break;
    case ErrorComment:
        command.error_comment = text(value);
        break;
    default:
        break;
    }
}

void read_number(CommandSet& command, Seen& seen, std::uint32_t element, std::uint16_t value) {
    switch (element) {
    case MessageId:
        command.message_id = value;
        seen.message_id = true;
        break;
    case RespondedMessageId:
        command.message_id_responded_to = value;
        seen.responded = true;
        break;
    case Priority:
        command.priority = value;
        break;
    case DataSetType:
        command.has_data_set = value != kNoDataSet;
        seen.data_set_type = true;
        break;
    case StatusElement:
        command.status = value;
        seen.status = true;
        break;
    case OriginatorMessageId:
        command.originator_message_id = value;
        break;
    case Remaining:
        command.remaining = value;
        break;
    case Completed:
        command.completed = value;
        break;
    case Failed:
        command.failed = value;
        break;
    case Warning:
        command.warning = value;
        break;
    default:
        break;
    }
}

Status check(const CommandSet& command, const Seen& seen) {
    if (!seen.field) {
        return error(ErrorKind::Malformed, "A command set has no Command Field that is known here");
    }
    // Some receivers leave it out of their responses, which have no data set here.
    if (!is_response(command.command) && !seen.data_set_type) {
        return error(ErrorKind::Malformed, "A command set has no Command Data Set Type");
    }
    if (is_response(command.command)                ? !seen.responded || !seen.status
        : command.command == Command::CancelRequest ? !seen.responded
                                                    : !seen.message_id) {
        return error(ErrorKind::Malformed, "A command set has no Message ID, or no Status");
    }
    return {};
}

} // namespace

std::vector<std::byte> encode_command_set(const CommandSet& command) {
    Buffer elements;
    const bool response = is_response(command.command);
    const bool cancel = command.command == Command::CancelRequest;
    put_text(elements, AffectedSopClass, command.sop_class_uid, '\0');
    put_number(elements, CommandField, static_cast<std::uint16_t>(command.command));
    if (!response && !cancel) {
        put_number(elements, MessageId, command.message_id);
    } else {
        put_number(elements, RespondedMessageId, command.message_id_responded_to);
    }
    put_text(elements, MoveDestination, std::string_view(command.move_destination).substr(0, kMostTitle),
             ' ');
    if (!response && !cancel && command.command != Command::EchoRequest) {
        put_number(elements, Priority, command.priority);
    }
    put_number(elements, DataSetType, command.has_data_set ? kDataSetFollows : kNoDataSet);
    if (response) {
        put_number(elements, StatusElement, command.status);
    }
    put_offending(elements, command.offending_elements);
    put_text(elements, ErrorComment, std::string_view(command.error_comment).substr(0, kMostComment), ' ');
    put_text(elements, AffectedSopInstance, command.sop_instance_uid, '\0');
    put_number(elements, Remaining, command.remaining);
    put_number(elements, Completed, command.completed);
    put_number(elements, Failed, command.failed);
    put_number(elements, Warning, command.warning);
    if (!command.originator_aet.empty()) {
        put_text(elements, OriginatorAet, std::string_view(command.originator_aet).substr(0, kMostTitle),
                 ' ');
        put_number(elements, OriginatorMessageId, command.originator_message_id);
    }
    Buffer out;
    out.reserve(elements.size() + kElementHeader + 4);
    put_header(out, GroupLength, 4);
    put(out, static_cast<std::uint32_t>(elements.size()), 4);
    out.insert(out.end(), elements.begin(), elements.end());
    return out;
}

Result<CommandSet> parse_command_set(Bytes bytes) {
    CommandSet command;
    Seen seen;
    if (bytes.size() > MAX_COMMAND_SET) {
        return error(ErrorKind::Malformed, "A command set is too long");
    }
    while (!bytes.empty()) {
        if (bytes.size() < kElementHeader) {
            return error(ErrorKind::Malformed, "A command set is cut off");
        }
        const std::uint32_t group = number(bytes.first(2));
        const std::uint32_t element = number(bytes.subspan(2, 2));
        const std::size_t length = number(bytes.subspan(4, 4));
        if (group != 0) {
            return error(ErrorKind::Malformed, "A command set holds an element that is none of a command");
        }
        if (length > bytes.size() - kElementHeader) {
            return error(ErrorKind::Malformed, "An element of a command set is cut off");
        }
        const Bytes value = bytes.subspan(kElementHeader, length);
        if (element == CommandField && length == 2 && is_known(number(value))) {
            command.command = static_cast<Command>(number(value));
            seen.field = true;
        } else if (length == 2) {
            read_number(command, seen, element, static_cast<std::uint16_t>(number(value)));
        }
        read_text(command, element, value);
        if (element == OffendingElement) {
            for (std::size_t at = 0; at + 4 <= length; at += 4) {
                command.offending_elements.push_back((number(value.subspan(at, 2)) << 16U) |
                                                     number(value.subspan(at + 2, 2)));
            }
        }
        bytes = bytes.subspan(kElementHeader + length);
    }
    if (const Status checked = check(command, seen); !checked) {
        return checked.failure();
    }
    return command;
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
