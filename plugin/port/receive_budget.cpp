#include "plugin/port/receive_budget.hpp"

#include <algorithm>

namespace recog::port {

std::size_t ReceiveBudget::used() const {
    const std::lock_guard lock(mutex_);
    return used_;
}

// What is woken takes its memory later, so all are woken when there is room: each takes no more than it reads
// at once before it asks again.
std::vector<ReceiveBudget::Resume> ReceiveBudget::wake() {
    std::vector<Resume> woken;
    while (!waiting_.empty() && (used_ <= limit_ || beyond_ == nullptr)) {
        if (used_ > limit_) {
            beyond_ = waiting_.front().first;
        }
        woken.push_back(std::move(waiting_.front().second));
        waiting_.pop_front();
    }
    return woken;
}

ReceiveBudget::Resume ReceiveBudget::stop_waiting(const Share& share) {
    const auto found = std::find_if(waiting_.begin(), waiting_.end(),
                                    [&share](const auto& waiting) { return waiting.first == &share; });
    if (found == waiting_.end()) {
        return {};
    }
    Resume dropped = std::move(found->second);
    waiting_.erase(found);
    return dropped;
}

void ReceiveBudget::Share::hold(std::size_t bytes) {
    std::vector<Resume> woken;
    Resume dropped; // may hold the last reference to whoever waited: not to be destroyed under the lock
    {
        const std::lock_guard lock(budget_.mutex_);
        dropped = budget_.stop_waiting(*this);
        if (bytes < held_ && budget_.beyond_ == this) {
            budget_.beyond_ = nullptr;
        }
        budget_.used_ = budget_.used_ - held_ + bytes;
        held_ = bytes;
        woken = budget_.wake();
    }
    for (const Resume& resume : woken) {
        resume();
    }
}

bool ReceiveBudget::Share::may_grow(std::size_t bytes, std::function<void()> resume) {
    hold(bytes);
    const std::lock_guard lock(budget_.mutex_);
    if (budget_.used_ <= budget_.limit_ || budget_.beyond_ == this) {
        return true;
    }
    if (budget_.beyond_ == nullptr) {
        budget_.beyond_ = this;
        return true;
    }
    budget_.waiting_.emplace_back(this, std::move(resume));
    return false;
}

} // namespace recog::port
