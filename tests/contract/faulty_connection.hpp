// A connection that fails at the n-th statement (counted from the last call of fail_at), as a full disk or a
// lost server would: that statement and everything after it does nothing until the transaction ends.
#pragma once

#include "core/index/database.hpp"

#include <atomic>
#include <limits>
#include <memory>

namespace recog::test {

class FaultyConnection final : public index::Connection {
public:
    static constexpr std::size_t kNever = std::numeric_limits<std::size_t>::max();

    explicit FaultyConnection(std::unique_ptr<index::Connection> inner) : inner_(std::move(inner)) {}

    /// 1 is the next statement; a commit counts as one.
    void fail_at(std::size_t n) {
        fail_at_ = n;
        count_ = 0;
    }
    /// Every transaction fails from now on, this many times. From any thread.
    void fail_transactions(std::size_t times) { failing_transactions_ = times; }

    index::Statement* prepare(const std::string& sql) override {
        return strikes() ? nullptr : inner_->prepare(sql);
    }
    void begin() override { inner_->begin(); }
    void begin_snapshot() override { inner_->begin_snapshot(); }
    Status commit() override {
        const bool fails = failing_transactions_ > 0;
        if (strikes() || fails) {
            failing_transactions_ -= fails ? 1U : 0U;
            inner_->rollback();
            static_cast<void>(inner_->take_failure());
            failed_ = false;
            return error(ErrorKind::Storage, "a fault of the test");
        }
        return inner_->commit();
    }
    void rollback() override { inner_->rollback(); }
    void interrupt() override { inner_->interrupt(); }
    Status take_failure() override {
        if (std::exchange(failed_, false)) {
            static_cast<void>(inner_->take_failure());
            return error(ErrorKind::Storage, "a fault of the test");
        }
        return inner_->take_failure();
    }
    std::int64_t changes() override { return failed_ ? 0 : inner_->changes(); }
    std::int64_t last_insert_id() override { return failed_ ? 0 : inner_->last_insert_id(); }

private:
    bool strikes() {
        failed_ = failed_ || ++count_ == fail_at_;
        return failed_;
    }

    std::unique_ptr<index::Connection> inner_;
    std::size_t fail_at_ = kNever;
    std::atomic<std::size_t> failing_transactions_ = 0;
    std::size_t count_ = 0;
    bool failed_ = false;
};

} // namespace recog::test
