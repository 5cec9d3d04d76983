#include "plugin/port/message_reader.hpp"

#include <algorithm>
#include <utility>

namespace recog::port {

using dimse::PDU_HEADER;
using dimse::PduType;
using dimse::PDV_HEADER;

namespace {

Error malformed(const char* sentence) {
    return error(ErrorKind::Malformed, sentence);
}

std::uint32_t number(Bytes bytes) {
    std::uint32_t value = 0;
    for (const std::byte b : bytes) {
        value = (value << 8U) | std::to_integer<std::uint32_t>(b);
    }
    return value;
}

} // namespace

void MessageReader::drop() {
    body_ = {};
    command_bytes_ = {};
    data_set_ = {};
}

Status MessageReader::feed(Bytes bytes) {
    while (!bytes.empty()) {
        auto rest = !in_body_                ? read_header(bytes)
                    : type_ == PduType::Data ? read_data_body(bytes)
                                             : read_association_body(bytes);
        if (!rest) {
            return rest.failure();
        }
        bytes = *rest;
    }
    return {};
}

Result<Bytes> MessageReader::read_header(Bytes bytes) {
    const std::size_t size = std::min(bytes.size(), PDU_HEADER - header_size_);
    std::copy_n(bytes.begin(), size, header_.begin() + static_cast<std::ptrdiff_t>(header_size_));
    header_size_ += size;
    if (header_size_ == PDU_HEADER) {
        if (const Status begun = begin_body(); !begun) {
            return begun.failure();
        }
    }
    return bytes.subspan(size);
}

Status MessageReader::begin_body() {
    header_size_ = 0;
    body_left_ = number(Bytes(header_).subspan(2, 4));
    switch (std::to_integer<unsigned>(header_[0])) {
    case static_cast<unsigned>(PduType::AssociateRequest):
        type_ = PduType::AssociateRequest;
        break;
    case static_cast<unsigned>(PduType::Data):
        type_ = PduType::Data;
        break;
    case static_cast<unsigned>(PduType::ReleaseRequest):
        type_ = PduType::ReleaseRequest;
        break;
    case static_cast<unsigned>(PduType::ReleaseReply):
        type_ = PduType::ReleaseReply;
        break;
    case static_cast<unsigned>(PduType::Abort):
        type_ = PduType::Abort;
        break;
    default:
        return malformed("a PDU of a type that no requestor sends");
    }
    const std::uint32_t most = type_ == PduType::AssociateRequest ? dimse::MAX_NEGOTIATION_PDU
                               : type_ == PduType::Data           ? max_pdu_
                                                                  : 4;
    if (body_left_ > most || (type_ != PduType::Data && body_left_ < 4)) {
        return malformed("a PDU of a length that it cannot have");
    }
    in_body_ = body_left_ > 0;
    return type_ == PduType::Data ? sink_.on_pdu(type_, {}) : Status();
}

Result<Bytes> MessageReader::read_association_body(Bytes bytes) {
    const std::size_t size = std::min<std::size_t>(bytes.size(), body_left_);
    body_.insert(body_.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
    body_left_ -= static_cast<std::uint32_t>(size);
    if (body_left_ == 0) {
        in_body_ = false;
        const std::vector<std::byte> body = std::exchange(body_, {});
        if (const Status taken = sink_.on_pdu(type_, body); !taken) {
            return taken.failure();
        }
    }
    return bytes.subspan(size);
}

Result<Bytes> MessageReader::read_data_body(Bytes bytes) {
    std::size_t size = 0;
    if (fragment_header_size_ < PDV_HEADER) {
        size = std::min({bytes.size(), PDV_HEADER - fragment_header_size_, std::size_t{body_left_}});
        std::copy_n(bytes.begin(), size,
                    fragment_header_.begin() + static_cast<std::ptrdiff_t>(fragment_header_size_));
        fragment_header_size_ += size;
        body_left_ -= static_cast<std::uint32_t>(size);
        if (fragment_header_size_ == PDV_HEADER) {
            if (const Status begun = begin_fragment(); !begun) {
                return begun.failure();
            }
        }
    } else {
        size = std::min<std::size_t>(bytes.size(), fragment_left_);
        if (const Status taken = take_fragment(bytes.first(size)); !taken) {
            return taken.failure();
        }
        fragment_left_ -= static_cast<std::uint32_t>(size);
        body_left_ -= static_cast<std::uint32_t>(size);
    }
    if (fragment_header_size_ == PDV_HEADER && fragment_left_ == 0) {
        fragment_header_size_ = 0;
        if (const Status ended = end_fragment(); !ended) {
            return ended.failure();
        }
    }
    if (body_left_ == 0) {
        if (fragment_header_size_ != 0) {
            return malformed("a presentation data value that is cut off by the end of its PDU");
        }
        in_body_ = false;
    }
    return bytes.subspan(size);
}

Status MessageReader::begin_fragment() {
    const std::uint32_t length = number(Bytes(fragment_header_).first(4));
    if (length < 2 || length - 2 > body_left_) {
        return malformed("a presentation data value that is longer than its PDU");
    }
    fragment_left_ = length - 2;
    fragment_context_ = std::to_integer<std::uint8_t>(fragment_header_[4]);
    const auto control = std::to_integer<unsigned>(fragment_header_[5]);
    fragment_is_command_ = (control & 1U) != 0;
    fragment_is_last_ = (control & 2U) != 0;
    if (in_message_ && fragment_context_ != context_) {
        return malformed("a message that changes its presentation context");
    }
    if (fragment_is_command_ == command_complete_) {
        return malformed("a data set without a command, or a second command");
    }
    in_message_ = true;
    context_ = fragment_context_;
    return {};
}

Status MessageReader::take_fragment(Bytes part) {
    const std::size_t most = fragment_is_command_ ? dimse::MAX_COMMAND_SET - command_bytes_.size() : left_;
    if (part.size() > most) {
        return malformed("a command or data set that is longer than this service takes");
    }
    if (fragment_is_command_) {
        command_bytes_.insert(command_bytes_.end(), part.begin(), part.end());
        return {};
    }
    left_ -= part.size();
    if (keep_) {
        data_set_.insert(data_set_.end(), part.begin(), part.end());
    }
    return {};
}

Status MessageReader::end_fragment() {
    if (!fragment_is_last_) {
        return {};
    }
    return fragment_is_command_ ? end_command() : end_message();
}

Status MessageReader::end_command() {
    const std::vector<std::byte> bytes = std::exchange(command_bytes_, {});
    auto command = dimse::parse_command_set(bytes);
    if (!command) {
        return command.failure();
    }
    command_ = *std::move(command);
    if (!command_.has_data_set) {
        return end_message();
    }
    auto plan = sink_.on_command(context_, command_);
    if (!plan) {
        return plan.failure();
    }
    command_complete_ = true;
    keep_ = plan->keep;
    data_set_ = keep_ ? std::move(plan->prefix) : std::vector<std::byte>();
    left_ = plan->most;
    return {};
}

Status MessageReader::end_message() {
    in_message_ = false;
    command_complete_ = false;
    return sink_.on_message(context_, std::exchange(command_, {}), std::exchange(data_set_, {}));
}

} // namespace recog::port
