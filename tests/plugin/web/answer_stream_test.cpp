#include "plugin/web/answer_stream.hpp"
#include "tests/plugin/web/fake_service.hpp"

#include <doctest/doctest.h>
#include <zlib.h>

using namespace recog;
using namespace recog::web;

namespace {

struct Sent {
    std::string bytes;
    std::size_t windows = 0;
    std::size_t largest = 0;
    std::size_t from_files = 0;
    bool keep_alive = false;
    std::string failure;

    std::string head() const { return bytes.substr(0, bytes.find("\r\n\r\n") + 2); }
    std::string body() const { return bytes.substr(bytes.find("\r\n\r\n") + 4); }
    bool has(const std::string& line) const {
        return head().find("\r\n" + line + "\r\n") != std::string::npos;
    }
};

Sent send(dicomweb::Response response, AnswerOptions options = {}) {
    AnswerStream stream(std::move(response), options);
    Sent sent;
    while (true) {
        const auto window = stream.next();
        if (!window) {
            sent.failure = window.failure().text;
            return sent;
        }
        std::size_t size = 0;
        for (const net::Part& part : window->parts) {
            sent.bytes.append(reinterpret_cast<const char*>(part.bytes.data()), part.bytes.size());
            size += part.bytes.size();
            sent.from_files += part.descriptor >= 0 ? part.bytes.size() : 0;
        }
        CHECK(size == window->size);
        ++sent.windows;
        sent.largest = std::max(sent.largest, size);
        if (window->last) {
            sent.keep_alive = window->keep_alive;
            return sent;
        }
    }
}

dicomweb::Response ask(FakeService& service, const std::string& what, std::size_t size = 0) {
    dicomweb::Request request;
    request.segments = {what, std::to_string(size)};
    return service.answer(request);
}

std::string unchunked(std::string text) {
    std::string body;
    while (true) {
        const std::size_t end = text.find("\r\n");
        const std::size_t size = std::stoul(text.substr(0, end), nullptr, 16);
        body += text.substr(end + 2, size);
        CHECK(text.substr(end + 2 + size, 2) == "\r\n");
        text.erase(0, end + 4 + size);
        if (size == 0) {
            CHECK(text.empty());
            return body;
        }
    }
}

std::string unzipped(const std::string& text) {
    z_stream stream{};
    REQUIRE(inflateInit2(&stream, 15 + 16) == Z_OK);
    std::string out(20'000'000, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    CHECK(inflate(&stream, Z_FINISH) == Z_STREAM_END);
    out.resize(stream.total_out);
    inflateEnd(&stream);
    return out;
}

std::string pieces(std::size_t count) {
    std::string all;
    for (std::size_t i = 0; i < count; ++i) {
        all += *counted_bytes(100'000);
    }
    return all;
}

} // namespace

TEST_CASE("an answer tells its length when it is known, else it comes in chunks or ends the connection") {
    FakeService service;
    SUBCASE("known before") {
        const Sent sent = send(ask(service, "pieces", 50));
        CHECK(sent.bytes.starts_with("HTTP/1.1 200 OK\r\nDate: "));
        CHECK(sent.has("Content-Length: 5000000"));
        CHECK(sent.body() == pieces(50));
        CHECK(sent.keep_alive);
        CHECK(sent.windows == 5);
        CHECK(sent.largest <= kWindowBytes + 1000);
        CHECK(service.most_alive <= 12); // of a window
    }
    SUBCASE("known once all of it is there") {
        const Sent sent = send(ask(service, "unsized", 3));
        CHECK(sent.has("Content-Length: 300000"));
        CHECK(sent.body() == pieces(3));
    }
    SUBCASE("unknown") {
        const Sent sent = send(ask(service, "unsized", 50));
        CHECK(sent.has("Transfer-Encoding: chunked"));
        CHECK(sent.keep_alive);
        CHECK(unchunked(sent.body()) == pieces(50));
    }
    SUBCASE("unknown, and the asker knows no chunks") {
        AnswerOptions options;
        options.http11 = false;
        const Sent sent = send(ask(service, "unsized", 50), options);
        CHECK(sent.has("Connection: close"));
        CHECK_FALSE(sent.keep_alive);
        CHECK(sent.body() == pieces(50));
    }
    SUBCASE("one large run is sent window by window") {
        const Sent sent = send(ask(service, "span", 10'000'000));
        CHECK(sent.body() == *counted_bytes(10'000'000));
        CHECK(sent.windows == 10);
    }
    SUBCASE("empty") {
        const Sent sent = send(ask(service, "span", 0));
        CHECK(sent.has("Content-Length: 0"));
        CHECK(sent.body().empty());
    }
}

TEST_CASE("an answer to HEAD, and one without content, have a head only") {
    FakeService service;
    AnswerOptions options;
    options.head_only = true;
    const Sent known = send(ask(service, "pieces", 50), options);
    CHECK(known.has("Content-Length: 5000000"));
    CHECK(known.body().empty());
    const Sent unknown = send(ask(service, "unsized", 50), options);
    CHECK(unknown.head().find("Content-Length") == std::string::npos);
    CHECK(unknown.body().empty());
    CHECK(service.most_alive == 0);
    const Sent nothing = send(ask(service, "nothing"));
    CHECK(nothing.bytes.starts_with("HTTP/1.1 204 No Content\r\n"));
    CHECK(nothing.head().find("Content-Length") == std::string::npos);
    CHECK(nothing.keep_alive);
}

TEST_CASE("text is compressed for those who take it") {
    FakeService service;
    AnswerOptions options;
    options.gzip = true;
    const Sent small = send(ask(service, "json", 100), options);
    CHECK(small.head().find("Content-Encoding") == std::string::npos);
    const Sent medium = send(ask(service, "json", 100'000), options);
    CHECK(medium.has("Content-Encoding: gzip"));
    CHECK(medium.has("Vary: Accept-Encoding"));
    CHECK(medium.has("ETag: W/\"v1\""));
    CHECK(medium.has("Content-Length: " + std::to_string(medium.body().size())));
    CHECK(unzipped(medium.body()) == "[\"" + std::string(100'000, 'x') + "\"]");
    const Sent large = send(ask(service, "json", 10'000'000), options);
    CHECK(large.has("Transfer-Encoding: chunked"));
    CHECK(unzipped(unchunked(large.body())) == "[\"" + std::string(10'000'000, 'x') + "\"]");
    const Sent pixels = send(ask(service, "span", 100'000), options);
    CHECK(pixels.body() == *counted_bytes(100'000));
}

TEST_CASE("a body that breaks ends the answer, before its head when nothing has been sent") {
    FakeService service;
    const Sent at_once = send(ask(service, "breaks", 0));
    CHECK(at_once.failure == "it is gone");
    CHECK(at_once.bytes.empty());
    const Sent later = send(ask(service, "breaks", 5));
    CHECK(later.failure == "it is gone");
    CHECK(later.has("Content-Length: 5000010"));
    CHECK(later.body().size() < 5'000'010);
}

TEST_CASE("fields cannot hold the end of a line") {
    dicomweb::Response response;
    response.set_header("Warning", "299 a\r\nSet-Cookie: x");
    const Sent sent = send(std::move(response));
    CHECK(sent.has("Warning: 299 a  Set-Cookie: x"));
}

TEST_CASE("who takes gzip says so") {
    for (const char* yes : {"gzip", "gzip, deflate, br", "deflate;q=1, gzip;q=0.5", "*", "br , gzip ; q=1"}) {
        CAPTURE(yes);
        CHECK(takes_gzip(yes));
    }
    for (const char* no : {"", "deflate", "gzip;q=0", "gzip; q=0.000", "identity", "*;q=0"}) {
        CAPTURE(no);
        CHECK_FALSE(takes_gzip(no));
    }
}

TEST_CASE("bytes of files are left to the system where the connection takes them") {
    FakeService service;
    AnswerOptions options;
    const std::string in_memory = send(ask(service, "file", 2'500'000), options).body();
    CHECK(in_memory.size() == 2'500'000 + 8);
    options.files = true;
    const Sent sent = send(ask(service, "file", 2'500'000), options);
    CHECK(sent.body() == in_memory);
    CHECK(sent.from_files == 2'500'000);
    options.gzip = true;
    dicomweb::Response text = ask(service, "file", 100'000);
    text.set_header("Content-Type", "application/dicom+json");
    CHECK(send(std::move(text), options).from_files == 0);
}
