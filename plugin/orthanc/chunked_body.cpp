#include "plugin/orthanc/chunked_body.hpp"

#include <algorithm>

namespace recog::orthanc {

namespace {

constexpr std::size_t kMostAtATime = std::size_t{1} << 20U;

} // namespace

std::unique_ptr<ChunkedBody> ChunkedBody::begin(Events& events, TaskThreads& workers,
                                                const dicomweb::Request& request) {
    std::unique_ptr<ChunkedBody> body(new ChunkedBody(events, workers));
    workers.run([&] {
        auto begun = events.begin_body(request);
        if (begun) {
            body->taker_ = *std::move(begun);
        } else {
            body->failure_ = begun.failure();
        }
    });
    return body->taker_ || body->failure_ ? std::move(body) : nullptr;
}

ChunkedBody::~ChunkedBody() {
    if (taker_) {
        workers_.run([this] { taker_ = nullptr; });
    }
}

void ChunkedBody::add(std::span<const std::byte> bytes) {
    if (failure_ || bytes.empty()) {
        return;
    }
    workers_.run([&] {
        while (!bytes.empty() && !failure_) {
            const auto piece = bytes.first(std::min(bytes.size(), kMostAtATime));
            if (const Status added = taker_->add(piece); !added) {
                failure_ = added.failure();
                taker_ = nullptr;
            }
            bytes = bytes.subspan(piece.size());
        }
    });
}

dicomweb::Response ChunkedBody::finish() {
    dicomweb::Response response;
    workers_.run([&] { response = failure_ ? events_.refusal(*failure_) : taker_->finish(); });
    return response;
}

} // namespace recog::orthanc
