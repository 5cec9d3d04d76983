#include "plugin/dimse/move_counters.hpp"

#include <doctest/doctest.h>
#include <string>
#include <thread>

using recog::dimse::MoveCounters;

namespace {

// What Orthanc 1.10.1 makes of the plugin's answers: MoveScp.cpp counts calls, and the first failure ends it.
struct Shown {
    std::size_t completed = 0;
    std::size_t failed = 0;
    std::size_t remaining = 0;
};

Shown ask_as_orthanc_does(MoveCounters& counters, std::size_t total) {
    Shown shown;
    for (std::size_t call = 1; call <= total; ++call) {
        shown.completed = call;
        shown.remaining = total - call;
        if (counters.step() == MoveCounters::Step::Failed) {
            shown.failed = 1;
            break;
        }
    }
    return shown;
}

struct Row {
    const char* course; ///< s stored, f failed, x broken off: the rest has no result
    Shown expected;
};

} // namespace

TEST_CASE("Orthanc shows the true number of completed sub-operations whenever there is one") {
    for (const Row& row :
         {Row{"s", {1, 0, 0}}, Row{"ssss", {4, 0, 0}}, Row{"f", {1, 1, 0}}, Row{"fff", {1, 1, 2}},
          Row{"sf", {1, 1, 1}}, Row{"fs", {1, 1, 1}}, Row{"ssf", {2, 1, 1}}, Row{"sfs", {2, 1, 1}},
          Row{"fss", {2, 1, 1}}, Row{"sffff", {1, 1, 4}}, Row{"ffffs", {1, 1, 4}}, Row{"sfsfs", {3, 1, 2}},
          Row{"x", {1, 1, 0}}, Row{"ssx.", {2, 1, 2}}, Row{"fsx..", {1, 1, 4}}}) {
        CAPTURE(row.course);
        const std::string course = row.course;
        MoveCounters counters(course.size());
        std::thread sender([&] {
            for (const char result : course) {
                if (result == 'x') {
                    break;
                }
                counters.record(result == 's');
                std::this_thread::yield();
            }
            counters.finish();
        });
        const Shown shown = ask_as_orthanc_does(counters, course.size());
        sender.join();
        CHECK(shown.completed == row.expected.completed);
        CHECK(shown.failed == row.expected.failed);
        CHECK(shown.remaining == row.expected.remaining);
        CHECK(counters.over());
    }
}

TEST_CASE("a step is answered as soon as one more success is known, not at the end") {
    MoveCounters counters(1000);
    counters.record(true);
    counters.record(false);
    counters.record(true);
    CHECK(counters.step() == MoveCounters::Step::Continue); // would hang if it waited for the end
    CHECK_FALSE(counters.over());
}
