// An association as a handler sees it, without sockets.
#pragma once

#include "plugin/port/exchange.hpp"

#include <atomic>
#include <functional>
#include <string>
#include <vector>

namespace recog::test {

/// Keeps all responses. `before_response` is called in front of each one, in the handler's thread, with its
/// number from 0 on.
class FakeExchange final : public port::Exchange {
public:
    struct Sent {
        dimse::CommandSet command;
        std::string data_set;
    };

    const port::Caller& caller() const override { return caller_; }
    std::stop_token stop() const override { return stop_.get_token(); }
    bool gone() const override { return gone_; }
    Status respond(dimse::CommandSet response, port::Bytes data_set) override {
        if (before_response) {
            before_response(sent.size());
        }
        if (gone_) {
            return error(ErrorKind::Unreachable, "gone");
        }
        sent.push_back({std::move(response),
                        std::string(reinterpret_cast<const char*>(data_set.data()), data_set.size())});
        return {};
    }
    Result<std::uint16_t> store(std::uint8_t, const dimse::CommandSet&,
                                std::span<const port::Bytes>) override {
        return error(ErrorKind::Internal, "no C-STORE is expected here");
    }

    void cancel() { stop_.request_stop(); }
    /// As a broken association looks: it stops the request, too.
    void break_off() {
        gone_ = true;
        stop_.request_stop();
    }

    port::Caller caller_{.calling_aet = "H001_CT", .called_aet = "NODE", .host = "127.0.0.1", .contexts = {}};
    std::function<void(std::size_t)> before_response;
    std::vector<Sent> sent;

private:
    std::stop_source stop_;
    std::atomic<bool> gone_ = false;
};

} // namespace recog::test
