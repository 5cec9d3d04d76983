#include "tests/benchmark/index/storing.hpp"

#include "tests/benchmark/index/node_parts.hpp"

#include <chrono>

namespace recog::bench {

namespace {

constexpr std::uint64_t kSlices = 300;
constexpr std::size_t kMaxBatch = 256;

} // namespace

Storing::Storing(index::IndexWriter& writer, const Region& region, int per_second)
    : writer_(writer), region_(region), telling_([this, per_second] { tell(per_second); }),
      writing_([this] { write(); }) {}

Storing::~Storing() {
    stop();
}

Status Storing::wait() {
    std::unique_lock lock(mutex_);
    const std::uint64_t wanted = pushed_;
    written_.wait(lock, [&] { return done_ >= wanted; });
    return {};
}

std::uint64_t Storing::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    work_.notify_all();
    for (std::thread* thread : {&telling_, &writing_}) {
        if (thread->joinable()) {
            thread->join();
        }
    }
    return done_;
}

void Storing::remove_all() {
    std::vector<index::IndexEvent> batch;
    for (std::size_t i = 0; i < told_.size(); ++i) {
        batch.emplace_back(index::DeletedInstance{told_[i]});
        if (batch.size() == kMaxBatch || i + 1 == told_.size()) {
            static_cast<void>(must(writer_.apply(batch)));
            batch.clear();
        }
    }
}

void Storing::tell(int per_second) {
    const auto begin = std::chrono::steady_clock::now();
    const auto pause = std::chrono::microseconds(1'000'000 / per_second);
    std::unique_lock lock(mutex_);
    for (std::uint64_t n = 0; !stopping_; ++n) {
        lock.unlock();
        auto instance =
            slice_of(region_.studies + 2'000'000'000 + n / kSlices, region_.persons, n % kSlices + 1);
        lock.lock();
        told_.push_back(instance.orthanc_id);
        queue_.emplace_back(std::move(instance));
        ++pushed_;
        work_.notify_all();
        work_.wait_until(lock, begin + (n + 1) * pause, [this] { return stopping_; });
    }
}

void Storing::write() {
    std::unique_lock lock(mutex_);
    while (true) {
        work_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
        if (queue_.empty()) {
            return;
        }
        std::vector<index::IndexEvent> batch;
        while (!queue_.empty() && batch.size() < kMaxBatch) {
            batch.push_back(std::move(queue_.front()));
            queue_.pop_front();
        }
        lock.unlock();
        static_cast<void>(must(writer_.apply(batch)));
        lock.lock();
        done_ += batch.size();
        written_.notify_all();
    }
}

} // namespace recog::bench
