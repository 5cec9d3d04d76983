#include "plugin/port/receive_budget.hpp"

#include <doctest/doctest.h>
#include <memory>

using recog::port::ReceiveBudget;

namespace {

/// One association that receives.
struct Receiver {
    explicit Receiver(ReceiveBudget& budget) : share(budget) {}
    bool grow(std::size_t bytes) {
        return share.may_grow(bytes, [this] { ++woken; });
    }
    int woken = 0;
    ReceiveBudget::Share share;
};

} // namespace

TEST_CASE("within the budget everybody goes on") {
    ReceiveBudget budget(100);
    Receiver first(budget);
    Receiver second(budget);
    CHECK(first.grow(40));
    CHECK(second.grow(60));
    CHECK(budget.used() == 100);
    first.share.hold(10);
    CHECK(budget.used() == 70);
    CHECK(first.woken + second.woken == 0);
}

TEST_CASE("beyond the budget one goes on, the others wait in their order until there is room") {
    ReceiveBudget budget(100);
    Receiver first(budget);
    Receiver second(budget);
    Receiver third(budget);
    CHECK(first.grow(60));
    CHECK(second.grow(60)); // it found the budget full first
    CHECK_FALSE(third.grow(10));
    CHECK_FALSE(first.grow(61));
    CHECK(second.grow(500));
    second.share.hold(0); // its message has been handled
    CHECK(third.woken == 1);
    CHECK(first.woken == 1);
    CHECK(budget.used() == 71);
}

TEST_CASE("when the budget stays full the next in line goes on beyond it") {
    ReceiveBudget budget(100);
    Receiver first(budget);
    Receiver second(budget);
    Receiver third(budget);
    CHECK(first.grow(200));
    CHECK_FALSE(second.grow(150));
    CHECK_FALSE(third.grow(150));
    first.share.hold(190);
    CHECK(second.woken == 1);
    CHECK(third.woken == 0);
    CHECK(second.grow(160));
    CHECK_FALSE(first.grow(191));
    second.share.hold(0);
    CHECK(third.woken == 1);
    CHECK(first.woken == 0);
}

TEST_CASE("who is gone gives back what it held, and waits no more") {
    ReceiveBudget budget(100);
    auto first = std::make_unique<Receiver>(budget);
    auto second = std::make_unique<Receiver>(budget);
    Receiver third(budget);
    CHECK(first->grow(150));
    CHECK_FALSE(second->grow(50));
    CHECK_FALSE(third.grow(50));
    second.reset();
    CHECK(budget.used() == 200);
    first.reset();
    CHECK(third.woken == 1);
    CHECK(budget.used() == 50);
}

TEST_CASE("a share that gives back while it waits is not woken for it") {
    ReceiveBudget budget(100);
    Receiver first(budget);
    Receiver second(budget);
    CHECK(first.grow(150));
    CHECK_FALSE(second.grow(50));
    second.share.hold(20);
    first.share.hold(0);
    CHECK(second.woken == 0);
    CHECK(budget.used() == 20);
}
