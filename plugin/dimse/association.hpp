// One association as a C-STORE SCU: negotiation, C-STORE straight from the bytes of a data set, release.
#pragma once

#include "plugin/dimse/byte_stream.hpp"
#include "plugin/dimse/command_set.hpp"
#include "plugin/dimse/pdu.hpp"

#include <array>
#include <memory>
#include <vector>

namespace recog::dimse {

/// Belongs to one thread at a time. The destructor aborts (PS3.8 A-ABORT) unless release() was called.
class Association {
public:
    /// `limit` is for each step: connecting, negotiating. Unavailable when the receiver says that it has too
    /// many associations, or rejects transiently; Unreachable when there is no connection, no answer in time,
    /// another rejection, or a broken answer.
    static Result<std::unique_ptr<Association>> open(const Destination& destination,
                                                     const std::vector<ProposedContext>& contexts,
                                                     const CancelSignal& cancel,
                                                     std::chrono::milliseconds limit);
    ~Association();
    Association(const Association&) = delete;
    Association& operator=(const Association&) = delete;

    /// The answer to each proposed context, refusals too.
    const std::vector<ContextAnswer>& answers() const { return answers_; }

    /// Sends a C-STORE-RQ and the parts of a data set as they are, in an accepted context, and waits for the
    /// status. After an error the association is of no more use.
    Result<std::uint16_t> store(std::uint8_t context, CommandSet request, std::span<const Bytes> data_set);

    /// Whether it can be used once more after a rest: the receiver has neither closed nor said anything.
    bool quiet();

    /// Ends in peace; waits for the other side at most `limit`.
    void release(std::chrono::milliseconds limit);

private:
    Association(std::unique_ptr<ByteStream> stream, std::chrono::milliseconds limit);

    Status negotiate(const Destination& destination, const std::vector<ProposedContext>& contexts,
                     std::chrono::milliseconds limit);
    Status send_message(std::uint8_t context, Bytes command, std::span<const Bytes> data_set);
    class Batch;
    Result<std::vector<std::byte>> receive_command();
    /// The body stands in body_ afterwards.
    Result<PduHeader> receive_pdu(SteadyTime deadline);
    Status receive_exactly(std::span<std::byte> into, SteadyTime deadline);
    Error unexpected(const PduHeader& header);

    std::unique_ptr<ByteStream> stream_;
    std::chrono::milliseconds limit_;
    std::vector<ContextAnswer> answers_;
    std::size_t max_fragment_ = 0;
    std::uint16_t next_message_id_ = 1;
    bool can_abort_ = true; ///< between PDUs of ours, and not yet released or closed
    std::vector<std::byte> body_;
    std::array<std::byte, OUR_MAX_PDU> buffer_{};
    std::size_t buffer_begin_ = 0;
    std::size_t buffer_end_ = 0;
};

} // namespace recog::dimse
