// From the bytes that an association's requestor sends to whole DIMSE messages and association PDUs, however
// the bytes are cut (PS3.8 9.3, PS3.7 6.3.1). Holds nothing between messages but a few numbers, so that idle
// associations cost little. No sockets.
#pragma once

#include "core/base/result.hpp"
#include "plugin/dimse/command_set.hpp"
#include "plugin/dimse/pdu.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace recog::port {

using Bytes = std::span<const std::byte>;

/// Told of what has arrived, in order. A failure ends the reading.
class MessageSink {
public:
    virtual ~MessageSink() = default;

    /// A-ASSOCIATE-RQ, A-RELEASE-RQ, A-RELEASE-RP or A-ABORT, whole; P-DATA-TF when it begins, without its
    /// body.
    virtual Status on_pdu(dimse::PduType type, Bytes body) = 0;

    struct DataSetPlan {
        std::vector<std::byte> prefix; ///< put in front of the data set
        std::size_t most = 0;          ///< bytes of a longer data set are Malformed
        bool keep = true;              ///< off: on_message() is given an empty one
    };
    /// A command set is complete and a data set follows it.
    virtual Result<DataSetPlan> on_command(std::uint8_t context, const dimse::CommandSet& command) = 0;

    /// A message is complete. `data_set` begins with the planned prefix; empty when there is none.
    virtual Status on_message(std::uint8_t context, dimse::CommandSet command,
                              std::vector<std::byte> data_set) = 0;
};

/// One thread at a time.
class MessageReader {
public:
    /// `max_pdu`: bytes of a P-DATA-TF body, as negotiated.
    MessageReader(MessageSink& sink, std::uint32_t max_pdu) : sink_(sink), max_pdu_(max_pdu) {}

    /// Malformed: anything that breaks the protocol; after that the reader is of no more use.
    Status feed(Bytes bytes);

    /// Whether a PDU or a message has begun and is not complete.
    bool in_the_middle() const { return header_size_ > 0 || in_body_ || in_message_; }
    /// Bytes of the data set that has begun.
    std::size_t held() const { return data_set_.size(); }
    /// Gives the memory back; the reader is of no more use.
    void drop();

private:
    Status begin_body();
    Result<Bytes> read_header(Bytes bytes);
    Result<Bytes> read_association_body(Bytes bytes);
    Result<Bytes> read_data_body(Bytes bytes);
    Status begin_fragment();
    Status take_fragment(Bytes part);
    Status end_fragment();
    Status end_command();
    Status end_message();

    MessageSink& sink_;
    const std::uint32_t max_pdu_;

    std::array<std::byte, dimse::PDU_HEADER> header_{};
    std::size_t header_size_ = 0;
    bool in_body_ = false;
    dimse::PduType type_ = dimse::PduType::Abort;
    std::uint32_t body_left_ = 0;
    std::vector<std::byte> body_; ///< of association PDUs

    std::array<std::byte, dimse::PDV_HEADER> fragment_header_{};
    std::size_t fragment_header_size_ = 0;
    std::uint32_t fragment_left_ = 0;
    std::uint8_t fragment_context_ = 0;
    bool fragment_is_command_ = false;
    bool fragment_is_last_ = false;

    bool in_message_ = false;
    bool command_complete_ = false;
    std::uint8_t context_ = 0;
    std::vector<std::byte> command_bytes_;
    dimse::CommandSet command_;
    std::vector<std::byte> data_set_;
    bool keep_ = true;
    std::size_t left_ = 0; ///< bytes that the data set may still have
};

} // namespace recog::port
