#include "plugin/dimse/association.hpp"

#include <algorithm>
#include <cstring>
#include <numeric>

namespace recog::dimse {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// A receiver without a limit, or with a huge one, gets PDUs of this size: larger ones gain nothing.
constexpr std::uint32_t MAX_PDU_SENT = 131072;
// PS3.8 D.1 names no minimum; below this a receiver is not in its right mind.
constexpr std::uint32_t MIN_PDU_SENT = 128;
// So many PDUs go into one system call.
constexpr std::size_t PDUS_A_BATCH = 64;

// PS3.8 table 9-21: rejected transiently, or by the provider because it is congested or at its limit.
bool is_busy(Bytes body) {
    return body.size() >= 4 &&
           (body[1] == std::byte{2} ||
            (body[2] == std::byte{3} && (body[3] == std::byte{1} || body[3] == std::byte{2})));
}

Error protocol_error(const char* sentence) {
    return error(ErrorKind::Unreachable, sentence);
}

} // namespace

Association::Association(std::unique_ptr<ByteStream> stream, milliseconds limit)
    : stream_(std::move(stream)), limit_(limit) {}

Association::~Association() {
    if (can_abort_) {
        stream_->write_if_possible(encode_short_pdu(PduType::Abort));
    }
}

Result<std::unique_ptr<Association>> Association::open(const Destination& destination,
                                                       const std::vector<ProposedContext>& contexts,
                                                       const CancelSignal& cancel, milliseconds limit) {
    auto stream = connect_stream(destination, cancel, limit);
    if (!stream) {
        return stream.failure();
    }
    std::unique_ptr<Association> association(new Association(std::move(*stream), time_limit(destination)));
    if (auto agreed = association->negotiate(destination, contexts, limit); !agreed) {
        return agreed.failure();
    }
    return association;
}

Status Association::negotiate(const Destination& destination, const std::vector<ProposedContext>& contexts,
                              milliseconds limit) {
    const auto request = encode_associate_request({destination.aet, destination.local_aet, contexts});
    const Bytes part(request);
    if (auto sent = stream_->write({&part, 1}, limit); !sent) {
        return sent;
    }
    const auto header = receive_pdu(steady_clock::now() + limit);
    if (!header) {
        return header.failure();
    }
    if (header->type != PduType::AssociateAccept) {
        return unexpected(*header);
    }
    auto acceptance = parse_associate_accept(body_);
    if (!acceptance) {
        return error(ErrorKind::Unreachable, acceptance.failure().text);
    }
    std::uint32_t pdu = acceptance->max_pdu == 0 ? MAX_PDU_SENT : std::min(acceptance->max_pdu, MAX_PDU_SENT);
    if (pdu < MIN_PDU_SENT) {
        return protocol_error("The receiver's limit for PDUs is too small to be used");
    }
    // Fragments are even (PS3.8 E.2); the PDV header counts as part of the PDU's body.
    max_fragment_ = (pdu - PDV_HEADER) & ~std::size_t{1};
    answers_ = std::move(acceptance->contexts);
    return {};
}

Result<std::uint16_t> Association::store(std::uint8_t context, CommandSet request,
                                         std::span<const Bytes> data_set) {
    request.message_id = next_message_id_;
    next_message_id_ = next_message_id_ == 0xFFFFU ? std::uint16_t{1} : std::uint16_t(next_message_id_ + 1);
    const auto command = encode_command_set(request);
    if (auto sent = send_message(context, command, data_set); !sent) {
        return sent.failure();
    }
    const auto answer = receive_command();
    if (!answer) {
        return answer.failure();
    }
    const auto response = parse_command_set(*answer);
    if (!response || response->command != Command::StoreResponse) {
        return protocol_error("The receiver answered with something else than a C-STORE response");
    }
    if (response->message_id_responded_to != request.message_id) {
        return protocol_error("The receiver answered to another message than ours");
    }
    return response->status;
}

/// PDUs gathered for one system call.
class Association::Batch {
public:
    Batch(ByteStream& stream, milliseconds limit, std::uint8_t context)
        : stream_(stream), limit_(limit), context_(context) {}

    bool full() const { return pdus_ == PDUS_A_BATCH; }

    /// Begins a PDU; the pieces of its `length` bytes follow by add().
    void begin(bool is_command, bool last, std::size_t length) {
        headers_[pdus_] = encode_data_header(context_, is_command, last, static_cast<std::uint32_t>(length));
        pieces_.emplace_back(headers_[pdus_++]);
    }
    void add(Bytes piece) { pieces_.push_back(piece); }

    Status flush() {
        auto sent = stream_.write(pieces_, limit_);
        pieces_.clear();
        pdus_ = 0;
        return sent;
    }

private:
    using Header = decltype(encode_data_header(0, false, false, 0));

    ByteStream& stream_;
    const milliseconds limit_;
    const std::uint8_t context_;
    std::array<Header, PDUS_A_BATCH> headers_;
    std::size_t pdus_ = 0;
    std::vector<Bytes> pieces_;
};

Status Association::send_message(std::uint8_t context, Bytes command, std::span<const Bytes> data_set) {
    // A deflated stream may be odd; the wire wants even fragments (PS3.8 9.3.5.1, PS3.5 A.5).
    static constexpr std::array<std::byte, 1> PADDING{};
    std::size_t left = std::accumulate(data_set.begin(), data_set.end(), std::size_t{0},
                                       [](std::size_t sum, Bytes part) { return sum + part.size(); });
    const std::size_t padding = left % 2;
    Batch batch(*stream_, limit_, context);
    can_abort_ = false;
    while (!command.empty()) {
        const std::size_t size = std::min(command.size(), max_fragment_);
        batch.begin(true, size == command.size(), size);
        batch.add(command.first(size));
        command = command.subspan(size);
    }
    Bytes part;
    do {
        std::size_t wanted = std::min(left, max_fragment_);
        left -= wanted;
        batch.begin(false, left == 0, wanted + (left == 0 ? padding : 0));
        while (wanted > 0) {
            if (part.empty()) {
                part = data_set.front();
                data_set = data_set.subspan(1);
            }
            const std::size_t size = std::min(wanted, part.size());
            if (size > 0) {
                batch.add(part.first(size));
            }
            part = part.subspan(size);
            wanted -= size;
        }
        if (left == 0 && padding != 0) {
            batch.add(PADDING);
        }
        if (batch.full() || left == 0) {
            if (auto sent = batch.flush(); !sent) {
                return sent;
            }
        }
    } while (left > 0);
    can_abort_ = true;
    return {};
}

bool Association::quiet() {
    return buffer_begin_ == buffer_end_ && stream_->quiet();
}

Result<std::vector<std::byte>> Association::receive_command() {
    const SteadyTime deadline = steady_clock::now() + limit_;
    std::vector<std::byte> command;
    for (;;) {
        const auto header = receive_pdu(deadline);
        if (!header) {
            return header.failure();
        }
        if (header->type != PduType::Data) {
            return unexpected(*header);
        }
        const auto fragments = parse_data(body_);
        if (!fragments) {
            return error(ErrorKind::Unreachable, fragments.failure().text);
        }
        for (const Fragment& fragment : *fragments) {
            if (!fragment.command || command.size() + fragment.bytes.size() > MAX_COMMAND_SET) {
                return protocol_error("The receiver answered with something else than a response");
            }
            command.insert(command.end(), fragment.bytes.begin(), fragment.bytes.end());
            if (fragment.last) {
                return command;
            }
        }
    }
}

Status Association::receive_exactly(std::span<std::byte> into, SteadyTime deadline) {
    while (!into.empty()) {
        if (buffer_begin_ == buffer_end_) {
            const auto got = stream_->read_some(buffer_, deadline);
            if (!got) {
                return got.failure();
            }
            buffer_begin_ = 0;
            buffer_end_ = *got;
        }
        const std::size_t size = std::min(into.size(), buffer_end_ - buffer_begin_);
        std::memcpy(into.data(), buffer_.data() + buffer_begin_, size);
        buffer_begin_ += size;
        into = into.subspan(size);
    }
    return {};
}

Result<PduHeader> Association::receive_pdu(SteadyTime deadline) {
    std::array<std::byte, PDU_HEADER> bytes{};
    if (auto received = receive_exactly(bytes, deadline); !received) {
        return received.failure();
    }
    auto header = parse_pdu_header(bytes);
    if (!header) {
        return error(ErrorKind::Unreachable, header.failure().text);
    }
    body_.resize(header->length);
    if (auto received = receive_exactly(body_, deadline); !received) {
        return received.failure();
    }
    return header;
}

Error Association::unexpected(const PduHeader& header) {
    switch (header.type) {
    case PduType::AssociateReject:
        can_abort_ = false;
        return error(is_busy(body_) ? ErrorKind::Unavailable : ErrorKind::Unreachable,
                     describe_rejection(body_));
    case PduType::Abort:
        can_abort_ = false;
        return error(ErrorKind::Unreachable, describe_abort(body_));
    case PduType::ReleaseRequest:
        can_abort_ = false;
        stream_->write_if_possible(encode_short_pdu(PduType::ReleaseReply));
        return protocol_error("The receiver released the association before the transfer was over");
    default:
        return protocol_error("The receiver answered with something else than a response");
    }
}

void Association::release(milliseconds limit) {
    const auto request = encode_short_pdu(PduType::ReleaseRequest);
    const Bytes part(request);
    if (!stream_->write({&part, 1}, limit)) {
        return;
    }
    const auto reply = receive_pdu(steady_clock::now() + limit);
    can_abort_ = !reply || reply->type != PduType::ReleaseReply;
}

} // namespace recog::dimse
