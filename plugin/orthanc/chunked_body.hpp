// The body of a request to Orthanc's port, as Orthanc hands it on: chunk by chunk when the client sends
// chunks, else all of it at once (Orthanc reads what has a Content-Length into memory first).
#pragma once

#include "core/base/task_threads.hpp"
#include "plugin/orthanc/callbacks.hpp"

#include <memory>
#include <optional>
#include <span>

namespace recog::orthanc {

/// One thread at a time. What it calls runs on the worker threads, whose stack is of the usual size.
class ChunkedBody {
public:
    /// Null when nobody takes the body: Events::on_http() is to answer.
    static std::unique_ptr<ChunkedBody> begin(Events& events, TaskThreads& workers,
                                              const dicomweb::Request& request);
    ~ChunkedBody();
    ChunkedBody(const ChunkedBody&) = delete;
    ChunkedBody& operator=(const ChunkedBody&) = delete;

    /// Does nothing after a failure.
    void add(std::span<const std::byte> bytes);
    /// The answer, once all has come.
    dicomweb::Response finish();

private:
    ChunkedBody(Events& events, TaskThreads& workers) : events_(events), workers_(workers) {}

    Events& events_;
    TaskThreads& workers_;
    std::unique_ptr<dicomweb::RequestBody> taker_;
    std::optional<Error> failure_;
};

} // namespace recog::orthanc
