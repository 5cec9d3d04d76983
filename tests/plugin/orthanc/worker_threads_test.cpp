#include "plugin/orthanc/worker_threads.hpp"

#include <doctest/doctest.h>

#include <pthread.h>

#include <array>
#include <atomic>
#include <stdexcept>
#include <thread>
#include <vector>

using recog::orthanc::WorkerThreads;

namespace {

/// Touches `kilobytes` of stack.
int go_deep(int kilobytes) {
    std::array<volatile char, 1024> room{};
    room[0] = static_cast<char>(kilobytes);
    return kilobytes == 0 ? room[0] : go_deep(kilobytes - 1) + (room[0] != 0 ? 0 : 1);
}

void* run_from_small_stack(void* workers) {
    static_cast<WorkerThreads*>(workers)->run([] { go_deep(2000); });
    return nullptr;
}

} // namespace

TEST_CASE("a task has a stack of the usual size, whatever thread it comes from") {
    WorkerThreads workers;
    pthread_attr_t small;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 102'400); // civetweb's
    pthread_t thread{};
    REQUIRE(pthread_create(&thread, &small, run_from_small_stack, &workers) == 0);
    CHECK(pthread_join(thread, nullptr) == 0);
    pthread_attr_destroy(&small);
}

TEST_CASE("tasks of many callers all run, and what one throws reaches its caller") {
    WorkerThreads workers;
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
