#include "plugin/port/outbox.hpp"

#include "tests/plugin/port/wire.hpp"

#include <atomic>
#include <doctest/doctest.h>
#include <future>
#include <thread>

using namespace recog::port;
using namespace recog::port::test;

namespace {

std::string text_of(const std::vector<Bytes>& parts) {
    std::string text;
    for (const Bytes part : parts) {
        for (const std::byte b : part) {
            text.push_back(static_cast<char>(b));
        }
    }
    return text;
}

struct Scheduled {
    std::atomic<int> times{0};
    Outbox outbox{[this] { ++times; }};

    /// As the strand would; "-" when there is nothing.
    std::string send(bool ok = true) {
        const auto parts = outbox.take();
        const std::string text = parts ? text_of(*parts) : "-";
        if (parts) {
            outbox.written(ok);
        }
        return text;
    }
    bool put_and_wait(std::vector<Bytes> parts) {
        Outbox::Ticket ticket;
        return outbox.put_parts(std::move(parts), ticket) && outbox.wait(ticket);
    }
    /// Waits for another thread's put_and_wait().
    std::string send_when_put() {
        std::string text = send();
        while (text == "-") {
            std::this_thread::yield();
            text = send();
        }
        return text;
    }
};

} // namespace

TEST_CASE("small puts become one write, in their order, and are scheduled once") {
    Scheduled scheduled;
    CHECK(scheduled.outbox.put(bytes_of("one ")));
    CHECK(scheduled.outbox.put(bytes_of("two")));
    CHECK(scheduled.times == 1);
    CHECK(scheduled.outbox.unsent() == 7);
    const auto parts = scheduled.outbox.take();
    REQUIRE(parts.has_value());
    CHECK(text_of(*parts) == "one two");
    CHECK(scheduled.outbox.put(bytes_of("three")));
    CHECK_FALSE(scheduled.outbox.take().has_value()); // one write at a time
    scheduled.outbox.written(true);
    CHECK(scheduled.times == 1); // whoever wrote takes again
    CHECK(scheduled.send() == "three");
    CHECK(scheduled.send() == "-");
    CHECK(scheduled.outbox.unsent() == 0);
    CHECK(scheduled.outbox.put(bytes_of("four")));
    CHECK(scheduled.times == 2);
}

TEST_CASE("parts go behind what was put before, and before what is put later") {
    Scheduled scheduled;
    CHECK(scheduled.outbox.put(bytes_of("before")));
    const Wire head = bytes_of("head ");
    const Wire tail = bytes_of("tail");
    auto waiting = std::async(std::launch::async, [&] {
        return scheduled.put_and_wait({Bytes(head), Bytes(tail)});
    });
    CHECK(scheduled.send_when_put() == "before");
    CHECK(scheduled.send_when_put() == "head tail");
    CHECK(waiting.get());
    CHECK(scheduled.outbox.put(bytes_of("after")));
    CHECK(scheduled.send() == "after");
}

TEST_CASE("who waits is told when its bytes will never be written") {
    Scheduled scheduled;
    const Wire bytes = bytes_of("bytes");
    auto waiting = std::async(std::launch::async, [&] { return scheduled.put_and_wait({Bytes(bytes)}); });
    while (scheduled.times == 0) {
        std::this_thread::yield();
    }
    SUBCASE("closed while they are queued") {
        scheduled.outbox.close();
    }
    SUBCASE("finished while they are queued") {
        scheduled.outbox.finish(bytes_of("last"), true);
        CHECK(scheduled.send() == "last");
    }
    SUBCASE("the write fails") {
        CHECK(scheduled.send(false) == "bytes");
    }
    SUBCASE("closed while they are written: the parts are in use until the write has ended") {
        REQUIRE(scheduled.outbox.take().has_value());
        scheduled.outbox.close();
        CHECK(waiting.wait_for(std::chrono::seconds(0)) == std::future_status::timeout);
        scheduled.outbox.written(false);
    }
    CHECK_FALSE(waiting.get());
}

TEST_CASE("much unsent makes a handler wait until it is written or the end has come") {
    for (const bool written : {true, false}) {
        Scheduled scheduled;
        CHECK(scheduled.outbox.put(Wire(Outbox::kMostUnsent)));
        CHECK(scheduled.outbox.put(bytes_of("!"), false)); // the strand must not wait
        auto waiting =
            std::async(std::launch::async, [&] { return scheduled.outbox.put(bytes_of("answer")); });
        CHECK(waiting.wait_for(std::chrono::milliseconds(0)) == std::future_status::timeout);
        if (written) {
            CHECK(scheduled.send().size() == Outbox::kMostUnsent + 1);
            CHECK(waiting.get());
            CHECK(scheduled.send() == "answer");
        } else {
            scheduled.outbox.close();
            CHECK_FALSE(waiting.get());
        }
    }
}

TEST_CASE("nothing goes behind the last") {
    Scheduled scheduled;
    CHECK(scheduled.outbox.put(bytes_of("answer ")));
    scheduled.outbox.finish(bytes_of("last"), false);
    CHECK(scheduled.outbox.closed());
    CHECK_FALSE(scheduled.outbox.put(bytes_of("late")));
    const Wire late = bytes_of("late");
    CHECK_FALSE(scheduled.put_and_wait({Bytes(late)}));
    scheduled.outbox.finish(bytes_of("a second last"), true);
    CHECK(scheduled.send() == "answer last");
    CHECK(scheduled.send() == "-");
}

TEST_CASE("an abort goes in front of what was queued") {
    Scheduled scheduled;
    CHECK(scheduled.outbox.put(bytes_of("answer")));
    scheduled.outbox.finish(bytes_of("abort"), true);
    CHECK(scheduled.outbox.unsent() == 5);
    CHECK(scheduled.send() == "abort");
}

TEST_CASE("a closed outbox gives and takes nothing") {
    Scheduled scheduled;
    CHECK(scheduled.outbox.put(bytes_of("answer")));
    scheduled.outbox.close();
    CHECK_FALSE(scheduled.outbox.put(bytes_of("answer"), false));
    CHECK(scheduled.send() == "-");
    CHECK(scheduled.outbox.unsent() == 0);
}
