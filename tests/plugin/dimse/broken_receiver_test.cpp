// Receivers that break the protocol: a raw socket plays back scripts.
#include "plugin/dimse/pdu.hpp"
#include "tests/plugin/dimse/one_operation.hpp"
#include "tests/plugin/dimse/store_scp.hpp"
#include "tests/plugin/dimse/stored_samples.hpp"

#include <array>
#include <doctest/doctest.h>

using namespace recog;
using namespace recog::dimse;
using namespace recog::dimse::test;

namespace {

using Script = std::vector<std::byte>;

// Answers the first PDU with one script, and the first data PDU of a request with another, then holds still
// or hangs up, for each connection anew.
class ScriptedReceiver {
public:
    ScriptedReceiver(Script negotiation, Script response, bool byte_by_byte = false)
        : negotiation_(std::move(negotiation)), response_(std::move(response)), byte_by_byte_(byte_by_byte),
          listener_(bind_loopback()) {
        ::listen(listener_, 8);
        thread_ = std::thread([this] { run(); });
    }
    ~ScriptedReceiver() {
        stop_ = true;
        ::close(connect_loopback(port_of(listener_)));
        thread_.join();
        ::close(listener_);
    }
    ScriptedReceiver(const ScriptedReceiver&) = delete;
    ScriptedReceiver& operator=(const ScriptedReceiver&) = delete;

    Destination destination() const {
        Destination destination;
        destination.host = "127.0.0.1";
        destination.port = port_of(listener_);
        destination.timeout_seconds = 2;
        return destination;
    }

private:
    void run() {
        while (!stop_) {
            const int socket = ::accept(listener_, nullptr, nullptr);
            if (socket >= 0 && !stop_) {
                serve(socket);
            }
            ::close(socket);
        }
    }

    void serve(int socket) {
        std::array<char, 65536> sink{};
        if (::recv(socket, sink.data(), sink.size(), 0) <= 0) {
            return;
        }
        play(socket, negotiation_);
        if (response_.empty() || ::recv(socket, sink.data(), sink.size(), 0) <= 0) {
            return;
        }
        play(socket, response_);
        // Until the sender has had enough.
        while (::recv(socket, sink.data(), sink.size(), 0) > 0) {
        }
    }

    void play(int socket, const Script& script) const {
        const std::size_t step = byte_by_byte_ ? 1 : script.size();
        for (std::size_t at = 0; at < script.size(); at += step) {
            ::send(socket, script.data() + at, step, MSG_NOSIGNAL);
        }
    }

    const Script negotiation_;
    const Script response_;
    const bool byte_by_byte_;
    const int listener_;
    std::atomic<bool> stop_{false};
    std::thread thread_;
};

Script pdu(unsigned type, const Script& body) {
    const auto size = static_cast<unsigned>(body.size());
    Script script{std::byte(type),
                  std::byte{0},
                  std::byte{0},
                  std::byte(size >> 16U),
                  std::byte((size >> 8U) & 0xFFU),
                  std::byte(size & 0xFFU)};
    script.insert(script.end(), body.begin(), body.end());
    return script;
}

Script accept(char max_pdu_third_byte = 0x40, char max_pdu_last_byte = 0) {
    Script body(68);
    std::string items("\x21\x00\x00\x1B\x01\x00\x00\x00\x40\x00\x00\x13", 12);
    items += EXPLICIT;
    items += std::string("\x50\x00\x00\x08\x51\x00\x00\x04\x00\x00", 10);
    items += max_pdu_third_byte;
    items += max_pdu_last_byte;
    const auto bytes = bytes_of(items);
    body.insert(body.end(), bytes.begin(), bytes.end());
    return pdu(2, body);
}

Script response(unsigned message_id, unsigned control = 3) {
    std::string command("\x00\x00\x00\x01\x02\x00\x00\x00\x01\x80\x00\x00\x20\x01\x02\x00\x00\x00", 18);
    command += static_cast<char>(message_id);
    command += '\0';
    command += std::string("\x00\x00\x00\x09\x02\x00\x00\x00\x00\x00", 10);
    std::string value("\x00\x00\x00", 3);
    value += static_cast<char>(command.size() + 2);
    value += '\x01';
    value += static_cast<char>(control);
    return pdu(4, bytes_of(value + command));
}

Result<std::unique_ptr<OneOperation>> start(const Destination& destination, Samples& samples, int count) {
    static SilentLogger logger;
    std::vector<StoredInstance> instances;
    for (int i = 0; i < count; ++i) {
        instances.push_back(samples.add(CT, EXPLICIT, 200));
    }
    return OneOperation::start(destination, instances, samples, logger);
}

} // namespace

TEST_CASE("a receiver that breaks negotiation makes start fail with a sentence") {
    struct Row {
        const char* what;
        Script script;
        const char* sentence;
    };
    const Script whole = accept();
    for (const Row& row :
         {Row{"closes at once", {}, "closed"},
          Row{"no DICOM", bytes_of("HTTP/1.1 400 Bad Request\r\n"), "unknown type"},
          Row{"half an answer", Script(whole.begin(), whole.begin() + 40), "closed"},
          Row{"abort", pdu(7, Script(4)), "aborted"}, Row{"release", pdu(5, Script(4)), "released"},
          Row{"data before negotiation", response(1), "something else"},
          Row{"rejection without reason", pdu(3, {}), "rejected"},
          Row{"endless PDU", bytes_of(std::string("\x02\x00\xFF\xFF\xFF\xFF", 6)), "longer than was agreed"},
          Row{"short answer", pdu(2, Script(67)), "cut off"},
          Row{"PDU limit of 32", accept(0, 32), "too small"}}) {
        CAPTURE(row.what);
        ScriptedReceiver receiver(row.script, {});
        Samples samples;
        const auto operation = start(receiver.destination(), samples, 1);
        REQUIRE_FALSE(operation.ok());
        CHECK(operation.failure().kind == ErrorKind::Unreachable);
        CHECK_MESSAGE(operation.failure().text.find(row.sentence) != std::string::npos,
                      operation.failure().text);
    }
}

TEST_CASE("a receiver that breaks the response fails the sub-operation with a sentence") {
    struct Row {
        const char* what;
        Script script;
        const char* sentence;
    };
    const Script whole = response(1);
    for (const Row& row :
         {Row{"another message", response(9), "another message"},
          Row{"a data set", response(1, 2), "something else"},
          Row{"abort", pdu(7, bytes_of(std::string("\x00\x00\x02\x00", 4))), "protocol error"},
          Row{"release", pdu(5, Script(4)), "released"},
          Row{"unknown PDU", pdu(9, Script(4)), "unknown type"},
          Row{"second acceptance", accept(), "something else"},
          Row{"empty command", pdu(4, bytes_of(std::string("\x00\x00\x00\x02\x01\x03", 6))),
              "something else"},
          Row{"lying fragment", pdu(4, bytes_of(std::string("\x00\x00\xFF\xFF\x01\x03", 6))),
              "longer than its PDU"}}) {
        CAPTURE(row.what);
        ScriptedReceiver receiver(accept(), row.script);
        Samples samples;
        auto operation = start(receiver.destination(), samples, 1);
        REQUIRE(operation.ok());
        CHECK((*operation)->step() == MoveCounters::Step::Failed);
        const auto results = (*operation)->results();
        CHECK(results[0].status == 0x0110);
        CHECK_MESSAGE(results[0].reason.find(row.sentence) != std::string::npos, results[0].reason);
    }
}

TEST_CASE("an endless command is cut off at its limit") {
    Script script;
    const Script fragment =
        pdu(4, bytes_of(std::string("\x00\x00\x04\x02\x01\x01", 6) + std::string(1024, 'x')));
    for (int i = 0; i < 80; ++i) {
        script.insert(script.end(), fragment.begin(), fragment.end());
    }
    ScriptedReceiver receiver(accept(), script);
    Samples samples;
    auto operation = start(receiver.destination(), samples, 1);
    REQUIRE(operation.ok());
    CHECK((*operation)->step() == MoveCounters::Step::Failed);
}

TEST_CASE("answers that come byte by byte are answers") {
    ScriptedReceiver receiver(accept(), response(1), true);
    Samples samples;
    auto operation = start(receiver.destination(), samples, 1);
    REQUIRE(operation.ok());
    CHECK((*operation)->step() == MoveCounters::Step::Continue);
    CHECK((*operation)->results()[0].status == 0);
}

TEST_CASE("a response in several fragments and PDUs is one response") {
    const Script whole = response(1);
    Script split;
    const std::size_t begin = 12;
    for (std::size_t at = begin; at < whole.size(); at += 7) {
        const std::size_t size = std::min<std::size_t>(7, whole.size() - at);
        const bool last = at + size == whole.size();
        Script body{std::byte{0},        std::byte{0}, std::byte{0},
                    std::byte(size + 2), std::byte{1}, std::byte{last ? std::uint8_t{3} : std::uint8_t{1}}};
        body.insert(body.end(), whole.begin() + static_cast<std::ptrdiff_t>(at),
                    whole.begin() + static_cast<std::ptrdiff_t>(at + size));
        const Script part = pdu(4, body);
        split.insert(split.end(), part.begin(), part.end());
    }
    ScriptedReceiver receiver(accept(), split);
    Samples samples;
    auto operation = start(receiver.destination(), samples, 1);
    REQUIRE(operation.ok());
    CHECK((*operation)->results()[0].status == 0);
}
