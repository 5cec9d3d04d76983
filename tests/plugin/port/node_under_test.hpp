// A port with handlers that are functions of the test.
#pragma once

#include "plugin/port/port.hpp"
#include "tests/plugin/port/client.hpp"

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <thread>

namespace recog::port::test {

/// Happens a number of times.
class Event {
public:
    void happen() {
        const std::lock_guard lock(mutex_);
        ++times_;
        changed_.notify_all();
    }
    void wait(int times = 1) {
        std::unique_lock lock(mutex_);
        if (!changed_.wait_for(lock, std::chrono::minutes(1), [&] { return times_ >= times; })) {
            throw std::runtime_error("it did not happen");
        }
    }
    int times() const {
        const std::lock_guard lock(mutex_);
        return times_;
    }

private:
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    int times_ = 0;
};

class Access final : public AccessPolicy {
public:
    bool is_called(const std::string& called) const override { return called == "NODE"; }
    bool may_associate(const std::string& calling, const std::string&) const override {
        return calling != "STRANGER";
    }
    bool may_ask(Service service, const std::string&, const std::string&) const override {
        return !forbidden.contains(service);
    }
    bool accepts_storage(const std::string& sop_class, const std::string& syntax) const override {
        return sop_class == CT_IMAGE && syntax != JPEG;
    }
    std::set<Service> forbidden;
};

class FunctionHandler final : public Handler {
public:
    using Function = std::function<void(const Request&, Exchange&)>;
    void handle(const Request& request, Exchange& exchange) override {
        started.happen();
        function(request, exchange);
        ended.happen();
    }
    Function function = [](const Request&, Exchange& exchange) { static_cast<void>(answer(exchange, 0)); };
    Event started;
    Event ended;

    static Status answer(Exchange& exchange, std::uint16_t status, Bytes data_set = {}) {
        dimse::CommandSet response;
        response.status = status;
        return exchange.respond(response, data_set);
    }
    /// Runs until it is stopped, then says so.
    static void until_stopped(const Request&, Exchange& exchange) {
        std::mutex mutex;
        std::condition_variable_any changed;
        std::unique_lock lock(mutex);
        changed.wait(lock, exchange.stop(), [] { return false; });
        static_cast<void>(answer(exchange, 0xFE00));
    }
    /// Answers until nobody takes it.
    static void flood(const Request&, Exchange& exchange) {
        const Wire much(65'536);
        while (answer(exchange, 0xFF00, much)) {
        }
    }
};

/// Its requests wait until they are stopped, or until the test has them woken.
class WaitingHandler final : public Handler {
public:
    void handle(const Request&, Exchange&) override { throw std::logic_error("waits for somebody"); }
    std::unique_ptr<Waiting> begin(const Request&, Exchange& exchange) override {
        begun.happen();
        return std::make_unique<One>(*this, exchange);
    }
    /// All that wait.
    void wake() {
        std::vector<std::function<void()>> all;
        {
            const std::lock_guard lock(mutex_);
            done_ = true;
            all.swap(wakes_);
        }
        for (const auto& one : all) {
            one();
        }
    }
    Event begun;
    Event ended;

private:
    class One final : public Waiting {
    public:
        One(WaitingHandler& handler, Exchange& exchange) : handler_(handler), exchange_(exchange) {}
        bool go_on() override {
            const bool stopped = exchange_.stop().stop_requested();
            if (!stopped && !handler_.is_done()) {
                return !FunctionHandler::answer(exchange_, 0xFF00);
            }
            static_cast<void>(FunctionHandler::answer(exchange_, stopped ? 0xFE00 : 0));
            handler_.ended.happen();
            return true;
        }
        void wake_once(std::function<void()> wake) override { handler_.keep(std::move(wake)); }

    private:
        WaitingHandler& handler_;
        Exchange& exchange_;
    };

    bool is_done() const {
        const std::lock_guard lock(mutex_);
        return done_;
    }
    void keep(std::function<void()> wake) {
        {
            const std::lock_guard lock(mutex_);
            if (!done_) {
                wakes_.push_back(std::move(wake));
                return;
            }
        }
        wake();
    }

    mutable std::mutex mutex_;
    bool done_ = false;
    std::vector<std::function<void()>> wakes_;
};

class NodeUnderTest {
public:
    explicit NodeUnderTest(PortOptions options = {}, Handler* mover = nullptr) {
        options.node_aet = "NODE";
        auto opened =
            Port::open(options, access, {&find, mover != nullptr ? mover : &move, &get, &store}, logger);
        if (!opened) {
            throw std::runtime_error(opened.failure().text);
        }
        port_ = *std::move(opened);
        port_->start();
    }

    Port& port() { return *port_; }
    Client connect(int receive_buffer = 0) const { return Client(port_->number(), receive_buffer); }
    Client associate(const dimse::AssociationRequest& request = everything()) const {
        Client client = connect();
        if (!client.associate(request)) {
            throw std::runtime_error("no association");
        }
        return client;
    }
    // The port notices bytes and the end of connections on its own threads.
    void wait_for_associations(std::size_t count) const {
        wait_until([&] { return port_->associations() == count; });
    }
    void wait_for_received(std::size_t bytes) const {
        wait_until([&] { return port_->received() >= bytes; });
    }

    Access access;
    SilentLogger logger;
    FunctionHandler find;
    FunctionHandler move;
    FunctionHandler get;
    FunctionHandler store;

private:
    static void wait_until(const std::function<bool()>& condition) {
        for (int i = 0; !condition(); ++i) {
            if (i == 60'000) {
                throw std::runtime_error("it does not come about");
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
    }

    std::unique_ptr<Port> port_; // last: its threads use the rest
};

} // namespace recog::port::test
