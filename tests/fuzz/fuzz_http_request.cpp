// Whatever a stranger may send to the web port: bytes that are read as requests, cut into pieces of the sizes
// that the input's first byte seeds, alone and by a whole connection with a service behind it.
#include "plugin/web/connection.hpp"
#include "tests/fuzz/expect.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>

#include <algorithm>
#include <future>
#include <string>

using namespace recog;
using namespace recog::web;
using fuzz::expect;

namespace {

std::vector<std::string> cut(std::string_view bytes, std::uint32_t seed) {
    std::vector<std::string> pieces;
    while (!bytes.empty()) {
        seed = seed * 1'664'525U + 1'013'904'223U;
        const std::size_t size = std::min<std::size_t>((seed >> 16U) % 97 + 1, bytes.size());
        pieces.emplace_back(bytes.substr(0, size));
        bytes.remove_prefix(size);
    }
    return pieces;
}

std::string read(const std::vector<std::string>& pieces) {
    RequestReader reader;
    std::string story;
    std::string held;
    for (const std::string& piece : pieces) {
        held += piece;
        while (true) {
            const auto step = reader.read(std::as_bytes(std::span(held)));
            expect(step.used <= held.size(), "no more is used than there is");
            story.append(reinterpret_cast<const char*>(step.body.data()), step.body.size());
            held.erase(0, step.used);
            if (step.event == RequestReader::Event::Refused) {
                expect(reader.refusal().status >= 400, "a refusal has a status");
                return story + "refused " + std::to_string(reader.refusal().status);
            }
            if (step.event == RequestReader::Event::Head) {
                const Head& head = reader.head();
                expect(head.fields.size() <= kMaxFields, "fields are few");
                expect(!head.chunked || head.content_length == 0, "a body has one length");
                story += "head " + head.target + "\n";
            } else if (step.event == RequestReader::Event::End) {
                story += "end\n";
                reader.next();
            } else if (step.event == RequestReader::Event::More && step.used == 0) {
                expect(held.size() <= kMaxHeadBytes + 100, "what waits is bounded");
                break;
            }
        }
    }
    return story;
}

class Taker final : public dicomweb::RequestBody {
public:
    Status add(dicomweb::Bytes chunk) override {
        size_ += chunk.size();
        return size_ > 5000 ? Status(error(ErrorKind::TooLarge, "too much")) : Status();
    }
    dicomweb::Response finish() override { return {}; }

private:
    std::size_t size_ = 0;
};

class Echo final : public dicomweb::Service {
public:
    dicomweb::Response answer(const dicomweb::Request& request) override {
        for (const auto& field : request.headers) {
            expect(!field.name.starts_with(':') || field.name == ":peer" || field.name == ":scheme",
                   "what the server says of a request is not said by its sender");
        }
        dicomweb::Response response;
        for (const std::string& segment : request.segments) {
            response.headers.push_back({"Location", segment});
            response.body.append(segment);
        }
        return response;
    }
    Result<std::unique_ptr<dicomweb::RequestBody>> begin_body(const dicomweb::Request& request) override {
        if (request.segments.empty()) {
            return error(ErrorKind::Forbidden, "no");
        }
        return std::unique_ptr<dicomweb::RequestBody>(request.segments.size() > 1 ? std::make_unique<Taker>()
                                                                                  : nullptr);
    }
    dicomweb::Response refusal(const Error&) override {
        dicomweb::Response response;
        response.status = 413;
        return response;
    }
};

/// Gives what the fuzzer says and keeps what is written.
class ScriptedTransport final : public net::Transport {
public:
    ScriptedTransport(boost::asio::any_io_executor strand, std::string& written)
        : strand_(std::move(strand)), written_(written) {}
    void handshake(Handler done) override {
        boost::asio::post(strand_, [done = std::move(done)] { done(true); });
    }
    void read(ReadHandler done) override {
        expect(!reader_, "one read at a time");
        reader_ = std::move(done);
    }
    void write(std::vector<net::Part> parts, Progress progress, Handler done) override {
        expect(!std::exchange(writing_, true), "one write at a time");
        for (const net::Part& part : parts) {
            written_.append(reinterpret_cast<const char*>(part.bytes.data()), part.bytes.size());
            progress(part.bytes.size());
        }
        boost::asio::post(strand_, [this, done = std::move(done)] {
            writing_ = false;
            done(!closed_);
        });
    }
    void end_of_writing() override {}
    void close() override {
        closed_ = true;
        if (reader_) {
            boost::asio::post(strand_, [reader = std::exchange(reader_, nullptr)] { reader({}); });
        }
    }
    bool give(std::string_view bytes) {
        if (!reader_) {
            return false;
        }
        std::exchange(reader_, nullptr)(std::as_bytes(std::span(bytes)));
        return true;
    }

private:
    boost::asio::any_io_executor strand_;
    std::string& written_;
    ReadHandler reader_;
    bool writing_ = false;
    bool closed_ = false;
};

void settle(boost::asio::io_context& context, std::initializer_list<TaskThreads*> pools) {
    for (int round = 0; round < 3; ++round) {
        for (TaskThreads* pool : pools) {
            auto done =
                std::make_shared<std::promise<void>>(); // each has one thread: what came before is done
            auto future = done->get_future();
            pool->post([done] { done->set_value(); });
            future.wait();
        }
        context.restart();
        context.poll();
    }
}

void serve(const std::vector<std::string>& pieces) {
    static Echo service;
    static const Authentication authentication({});
    static const CrossOrigin origins({"https://a.example"});
    static SilentLogger logger;
    static TaskThreads requests(1);
    static TaskThreads answers(1);
    static TaskThreads bodies(1);
    static const Surroundings surroundings{service, authentication, origins, logger, requests,
                                           answers, bodies,         {},      false};
    std::string written;
    boost::asio::io_context context;
    {
        const boost::asio::any_io_executor strand = boost::asio::make_strand(context);
        auto owned = std::make_unique<ScriptedTransport>(strand, written);
        ScriptedTransport& transport = *owned;
        const auto connection =
            std::make_shared<Connection>(strand, std::move(owned), "127.0.0.1", surroundings, false);
        boost::asio::post(strand, [connection] { connection->start(); });
        context.poll();
        for (const std::string& piece : pieces) {
            boost::asio::post(strand, [&] { transport.give(piece); });
            settle(context, {&requests, &answers, &bodies});
        }
        connection->close();
        settle(context, {&requests, &answers, &bodies});
    }
    expect(written.empty() || written.starts_with("HTTP/1.1 "), "what is written is answers");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    const std::string bytes(reinterpret_cast<const char*>(data + 1), size - 1);
    const auto pieces = cut(bytes, data[0]);
    expect(read(pieces) == read({bytes}), "requests are the same however their bytes are cut");
    if (pieces.size() < 20) {
        serve(pieces);
    }
    serve({bytes});
    return 0;
}
