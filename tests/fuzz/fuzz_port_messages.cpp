// Whatever a stranger may send to the query/retrieve port: the bytes of a connection, cut into pieces of the
// sizes that the input's first byte seeds; what parses as an association request is negotiated and answered.
#include "plugin/port/message_reader.hpp"
#include "plugin/port/message_writer.hpp"
#include "plugin/port/negotiation.hpp"
#include "tests/fuzz/expect.hpp"

#include <algorithm>
#include <string>

using namespace recog;
using namespace recog::port;
using fuzz::expect;

namespace {

constexpr std::uint32_t kMaxPdu = 4096;
constexpr std::size_t kMost = 10'000;

class Everybody final : public AccessPolicy {
public:
    bool is_called(const std::string&) const override { return true; }
    bool may_associate(const std::string&, const std::string&) const override { return true; }
    bool may_ask(Service, const std::string&, const std::string&) const override { return true; }
    bool accepts_storage(const std::string& sop_class, const std::string&) const override {
        return sop_class.size() % 2 != 0;
    }
};

void check_answer(const dimse::AssociationRequest& request) {
    const auto outcome = negotiate(request, "127.0.0.1", Everybody(), kMaxPdu);
    if (const auto* negotiated = std::get_if<Negotiated>(&outcome)) {
        const auto answer = dimse::encode_associate_accept(request, negotiated->acceptance);
        const auto read = dimse::parse_associate_accept(std::span(answer).subspan(dimse::PDU_HEADER));
        expect(read.ok(), "an answer can be read");
        expect(read->contexts.size() == request.contexts.size(), "each context is answered");
        expect(read->roles.size() == negotiated->acceptance.roles.size(), "roles are answered");
        expect(read->extensions.size() == negotiated->acceptance.extensions.size(),
               "extended negotiation is answered");
    }
}

/// Writes down what it is told.
class Record final : public MessageSink {
public:
    Status on_pdu(dimse::PduType type, Bytes body) override {
        note("pdu", static_cast<std::uint64_t>(type), body);
        if (type == dimse::PduType::AssociateRequest) {
            if (const auto request = dimse::parse_associate_request(body)) {
                check_answer(*request);
            }
        }
        return {};
    }
    Result<DataSetPlan> on_command(std::uint8_t context, const dimse::CommandSet& command) override {
        expect(command.has_data_set, "a data set follows");
        note("command", context, {});
        if (command.message_id == 0xFFFF) {
            return error(ErrorKind::Malformed, "refused");
        }
        keep_ = command.message_id % 2 == 0;
        return DataSetPlan{std::vector<std::byte>(command.message_id % 8), kMost, keep_};
    }
    Status on_message(std::uint8_t context, dimse::CommandSet command,
                      std::vector<std::byte> data_set) override {
        expect(data_set.size() <= kMost + 8, "a data set stays below its limit");
        expect(keep_ || data_set.empty(), "what is not wanted is not kept");
        note("message", context, data_set);
        check_writing(context, command, data_set);
        keep_ = true;
        return {};
    }

    std::string lines;

private:
    void note(const char* what, std::uint64_t number, Bytes bytes) {
        lines += what + std::to_string(number) + ":";
        for (const std::byte b : bytes) {
            lines.push_back(static_cast<char>(b));
        }
    }

    /// What we would send is read as it was written.
    static void check_writing(std::uint8_t context, const dimse::CommandSet& command, Bytes data_set) {
        class Reread final : public MessageSink {
        public:
            Status on_pdu(dimse::PduType, Bytes) override { return {}; }
            Result<DataSetPlan> on_command(std::uint8_t, const dimse::CommandSet&) override {
                return DataSetPlan{{}, kMost + 10};
            }
            Status on_message(std::uint8_t, dimse::CommandSet, std::vector<std::byte> bytes) override {
                size = bytes.size();
                return {};
            }
            std::size_t size = 0;
        } reread;
        MessageReader reader(reread, 4096);
        expect(reader.feed(encode_message(context, command, data_set, fragment_size(128))).ok(),
               "a message that is written can be read");
        expect(!command.has_data_set || reread.size == data_set.size() + data_set.size() % 2,
               "a data set is written whole");
    }

    bool keep_ = true;
};

std::string read(Bytes bytes, std::uint32_t seed) {
    Record record;
    MessageReader reader(record, kMaxPdu);
    bool ok = true;
    while (ok && !bytes.empty()) {
        seed = seed * 1'664'525U + 1'013'904'223U;
        const std::size_t size = (seed >> 16U) % 97 + 1;
        const Bytes piece = bytes.first(std::min(size, bytes.size()));
        ok = reader.feed(piece).ok();
        bytes = bytes.subspan(piece.size());
    }
    return record.lines + (ok ? (reader.in_the_middle() ? "more" : "whole") : "malformed");
}

std::string read_at_once(Bytes bytes) {
    Record record;
    MessageReader reader(record, kMaxPdu);
    const bool ok = reader.feed(bytes).ok();
    return record.lines + (ok ? (reader.in_the_middle() ? "more" : "whole") : "malformed");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    const Bytes bytes(reinterpret_cast<const std::byte*>(data + 1), size - 1);
    expect(read(bytes, data[0]) == read_at_once(bytes), "messages are the same however their bytes are cut");
    return 0;
}
