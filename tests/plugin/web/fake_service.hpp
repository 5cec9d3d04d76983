// A service whose answers are named by the path, for tests of what carries them.
#pragma once

#include "core/dicomweb/service.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdio>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>

namespace recog::web {

/// Bytes that can be told apart: byte i of a body is i % 251.
inline std::shared_ptr<const std::string> counted_bytes(std::size_t size) {
    std::string made(size, '\0');
    for (std::size_t i = 0; i < size; ++i) {
        made[i] = static_cast<char>(i % 251);
    }
    return std::make_shared<const std::string>(std::move(made));
}

/// Holds up whoever waits until it is opened.
class Barrier {
public:
    void open() {
        const std::lock_guard lock(mutex_);
        open_ = true;
        changed_.notify_all();
    }
    void wait() {
        std::unique_lock lock(mutex_);
        ++waiting_;
        changed_.notify_all();
        changed_.wait(lock, [this] { return open_; });
    }
    void wait_for_waiters(int count) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return waiting_ >= count; });
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool open_ = false;
    int waiting_ = 0;
};

/// A mapped file of counted bytes, which has no name any more.
class TemporaryFile {
public:
    explicit TemporaryFile(std::size_t size) : size_(size), file_(std::tmpfile(), &std::fclose) {
        const auto bytes = counted_bytes(size);
        if (file_ == nullptr || std::fwrite(bytes->data(), 1, size, file_.get()) != size ||
            std::fflush(file_.get()) != 0) {
            throw std::runtime_error("no temporary file");
        }
        mapping_ = mmap(nullptr, size, PROT_READ, MAP_SHARED, descriptor(), 0);
        if (mapping_ == MAP_FAILED) {
            throw std::runtime_error("no mapping");
        }
    }
    ~TemporaryFile() { munmap(mapping_, size_); }
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;

    int descriptor() const { return fileno(file_.get()); }
    dicomweb::Bytes bytes() const { return {static_cast<const std::byte*>(mapping_), size_}; }

    static dicomweb::OpenedPiece piece(std::size_t size) {
        const auto file = std::make_shared<TemporaryFile>(size);
        return {{file->bytes()}, file, {file->descriptor(), file->bytes()}};
    }

private:
    std::size_t size_;
    std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
    void* mapping_ = nullptr;
};

class FakeService final : public dicomweb::Service {
public:
    dicomweb::Response answer(const dicomweb::Request& request) override {
        ++asked;
        const std::string what = request.segments.empty() ? "" : request.segments.front();
        const std::size_t size = request.segments.size() > 1 ? number(request.segments[1]) : 0;
        dicomweb::Response response;
        response.set_header("Content-Type", "application/octet-stream");
        if (what == "pieces") { // of 100,000 bytes, made when it is their turn, their size told before
            for (std::size_t i = 0; i < size; ++i) {
                response.body.append_later(100'000, [this] { return piece(100'000); });
            }
        } else if (what == "unsized") {
            for (std::size_t i = 0; i < size; ++i) {
                response.body.append_later(std::nullopt, [this] { return piece(100'000); });
            }
        } else if (what == "span") {
            const auto bytes = counted_bytes(size);
            response.body.append(std::as_bytes(std::span(*bytes)), bytes);
        } else if (what == "file") { // between two words of four bytes
            response.body.append("from");
            response.body.append_later(size, [size] { return TemporaryFile::piece(size); });
            response.body.append("file");
        } else if (what == "shrinks") { // as soon as its first piece has been handed out
            const auto file = std::make_shared<TemporaryFile>(size);
            response.body.append_later(size, [file]() -> Result<dicomweb::OpenedPiece> {
                if (ftruncate(file->descriptor(), 3'000'000) != 0) {
                    return error(ErrorKind::Internal, "not shortened");
                }
                return dicomweb::OpenedPiece{{file->bytes()}, file, {file->descriptor(), file->bytes()}};
            });
        } else if (what == "json") {
            response.set_header("Content-Type", "application/dicom+json");
            response.set_header("ETag", "\"v1\"");
            response.body.append("[\"" + std::string(size, 'x') + "\"]");
        } else if (what == "breaks") { // behind `size` good pieces
            for (std::size_t i = 0; i < size; ++i) {
                response.body.append_later(1'000'000, [this] { return piece(1'000'000); });
            }
            response.body.append_later(10, []() -> Result<dicomweb::OpenedPiece> {
                return error(ErrorKind::Storage, "it is gone");
            });
        } else if (what == "waits") {
            barrier.wait();
            response.body.append("waited");
        } else if (what == "throws") {
            throw std::runtime_error("Wang^Wei");
        } else if (what == "nothing") {
            response.status = 204;
        } else if (what == "request") {
            response.body.append(described(request));
        } else {
            response.status = 404;
            response.set_header("Content-Type", "text/plain");
            response.body.append("no such thing\n");
        }
        return response;
    }

    /// "store" takes everything and tells what it got; "stops" fails behind 200,000 bytes; "slow" waits at
    /// the barrier with its first piece; "never" refuses; others take no body.
    Result<std::unique_ptr<dicomweb::RequestBody>> begin_body(const dicomweb::Request& request) override {
        const std::string what = request.segments.empty() ? "" : request.segments.front();
        if (what == "never") {
            return error(ErrorKind::Forbidden, "nothing is stored here");
        }
        if (what != "store" && what != "stops" && what != "slow") {
            return std::unique_ptr<dicomweb::RequestBody>();
        }
        return std::unique_ptr<dicomweb::RequestBody>(std::make_unique<Taker>(*this, what));
    }

    dicomweb::Response refusal(const Error& failure) override {
        dicomweb::Response response;
        response.status = failure.kind == ErrorKind::Forbidden  ? 403
                          : failure.kind == ErrorKind::TooLarge ? 413
                                                                : 500;
        response.set_header("Content-Type", "text/plain");
        response.body.append(failure.text + "\n");
        return response;
    }

    Barrier barrier;
    std::atomic<int> asked = 0;
    std::atomic<int> finished = 0; ///< bodies that were complete
    std::atomic<int> dropped = 0;  ///< takers that are gone
    std::atomic<std::size_t> taken = 0;
    std::atomic<int> alive = 0; ///< pieces of answers in memory
    std::atomic<int> most_alive = 0;

private:
    class Taker final : public dicomweb::RequestBody {
    public:
        Taker(FakeService& service, std::string what) : service_(service), what_(std::move(what)) {}
        ~Taker() override { ++service_.dropped; }

        Status add(dicomweb::Bytes chunk) override {
            if (what_ == "slow" && got_ == 0) {
                service_.barrier.wait();
            }
            for (const std::byte byte : chunk) {
                right_ = right_ && byte == static_cast<std::byte>(got_++ % 251);
            }
            service_.taken += chunk.size();
            largest_ = std::max(largest_, chunk.size());
            if (what_ == "stops" && got_ > 200'000) {
                return error(ErrorKind::TooLarge, "too much");
            }
            return {};
        }

        dicomweb::Response finish() override {
            ++service_.finished;
            dicomweb::Response response;
            response.set_header("Content-Type", "text/plain");
            response.body.append(std::to_string(got_) + (right_ ? " right" : " wrong") +
                                 (largest_ <= (std::size_t{1} << 20U) ? "" : " in too large pieces"));
            return response;
        }

    private:
        FakeService& service_;
        std::string what_;
        std::size_t got_ = 0;
        std::size_t largest_ = 0;
        bool right_ = true;
    };

    static std::size_t number(const std::string& text) {
        return text.find_first_not_of("0123456789") == std::string::npos ? std::stoul(text) : 0;
    }

    static std::string described(const dicomweb::Request& request) {
        std::string text;
        for (const std::string& segment : request.segments) {
            text += "/" + segment;
        }
        for (const dicomweb::Field& parameter : request.query) {
            text += "|" + parameter.name + "=" + parameter.value;
        }
        for (const dicomweb::Field& field : request.headers) {
            text += "\n" + field.name + ": " + field.value;
        }
        return text;
    }

    Result<dicomweb::OpenedPiece> piece(std::size_t size) {
        const int now = ++alive;
        int most = most_alive.load();
        while (now > most && !most_alive.compare_exchange_weak(most, now)) {
        }
        const auto bytes = size == 100'000 ? hundred_thousand_ : million_;
        const std::shared_ptr<const void> owner(bytes.get(), [this, bytes](const void*) { --alive; });
        return dicomweb::OpenedPiece{{std::as_bytes(std::span(*bytes))}, owner};
    }

    const std::shared_ptr<const std::string> hundred_thousand_ = counted_bytes(100'000);
    const std::shared_ptr<const std::string> million_ = counted_bytes(1'000'000);
};

} // namespace recog::web
