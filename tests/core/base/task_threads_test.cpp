#include "core/base/task_threads.hpp"

#include <doctest/doctest.h>

#include <pthread.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <latch>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using recog::TaskThreads;

namespace {

/// Touches `kilobytes` of stack.
int go_deep(int kilobytes) {
    std::array<volatile char, 1024> room{};
    room[0] = static_cast<char>(kilobytes);
    return kilobytes == 0 ? room[0] : go_deep(kilobytes - 1) + (room[0] != 0 ? 0 : 1);
}

void* run_from_small_stack(void* workers) {
    static_cast<TaskThreads*>(workers)->run([] { go_deep(2000); });
    return nullptr;
}

} // namespace

TEST_CASE("a task has a stack of the usual size, whatever thread it comes from") {
    TaskThreads workers(64);
    pthread_attr_t small;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 102'400); // civetweb's
    pthread_t thread{};
    REQUIRE(pthread_create(&thread, &small, run_from_small_stack, &workers) == 0);
    CHECK(pthread_join(thread, nullptr) == 0);
    pthread_attr_destroy(&small);
}

TEST_CASE("tasks of many callers all run, and what one throws reaches its caller") {
    TaskThreads workers(64);
    std::atomic<int> done = 0;
    std::vector<std::thread> callers;
    for (int i = 0; i < 100; ++i) {
        callers.emplace_back([&] {
            for (int k = 0; k < 20; ++k) {
                workers.run([&] { ++done; });
            }
        });
    }
    for (std::thread& caller : callers) {
        caller.join();
    }
    CHECK(done == 2000);
    CHECK_THROWS_AS(workers.run([] { throw std::runtime_error("no"); }), std::runtime_error);
    workers.run([&] { ++done; });
    CHECK(done == 2001);
}

TEST_CASE("no more threads than their bound, and what waits is run in its order, before the end too") {
    std::latch begin(1);
    std::mutex mutex;
    std::vector<int> order;
    std::atomic<int> at_once = 0;
    std::atomic<int> most = 0;
    {
        TaskThreads one(1);
        TaskThreads three(3);
        one.post([&] { begin.wait(); });
        for (int i = 0; i < 50; ++i) {
            one.post([&, i] {
                const std::lock_guard lock(mutex);
                order.push_back(i);
            });
            three.post([&] {
                const int now = ++at_once;
                for (int seen = most; seen < now && !most.compare_exchange_weak(seen, now);) {
                }
                begin.wait();
                --at_once;
            });
        }
        CHECK(order.empty());
        begin.count_down();
    }
    CHECK(order.size() == 50);
    CHECK(std::is_sorted(order.begin(), order.end()));
    CHECK(most <= 3);
}

TEST_CASE("what a task keeps alive is let go before the next one") {
    TaskThreads threads(1);
    auto kept = std::make_shared<int>(0);
    const std::weak_ptr<int> alive = kept;
    threads.post([kept = std::move(kept)] {});
    bool gone = false;
    threads.run([&] { gone = alive.expired(); });
    CHECK(gone);
}

TEST_CASE("threads bear the name of their purpose") {
    TaskThreads threads(1, "recog-a-name-that-is-too-long");
    std::array<char, 64> name{};
    threads.run([&] { pthread_getname_np(pthread_self(), name.data(), name.size()); });
    CHECK(std::string(name.data()) == "recog-a-name-th");
}
