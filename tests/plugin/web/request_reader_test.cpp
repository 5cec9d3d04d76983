#include "plugin/web/request_reader.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

using namespace recog;
using namespace recog::web;

namespace {

/// What a stream of requests reads as: heads, bodies and how it ends.
std::string told(std::string_view stream, std::size_t piece) {
    RequestReader reader;
    std::string story;
    std::string held;
    std::string body;
    const auto feed = [&] {
        while (true) {
            const auto step = reader.read(std::as_bytes(std::span(held)));
            for (const std::byte byte : step.body) {
                body += static_cast<char>(byte);
            }
            if (step.event == RequestReader::Event::Head) {
                story += std::to_string(static_cast<int>(reader.head().method)) + " " + reader.head().target;
                for (const auto& field : reader.head().fields) {
                    story += " " + field.name + "=" + field.value;
                }
                story += reader.head().keep_alive ? " keep" : " close";
            }
            held.erase(0, step.used);
            if (step.event == RequestReader::Event::End) {
                story += body.empty() ? "; " : " [" + body + "]; ";
                body.clear();
                reader.next();
            } else if (step.event == RequestReader::Event::Refused) {
                story += std::to_string(reader.refusal().status);
                return false;
            } else if (step.event == RequestReader::Event::More && step.used == 0) {
                return true;
            }
        }
    };
    while (!stream.empty()) {
        held += stream.substr(0, piece);
        stream.remove_prefix(std::min(piece, stream.size()));
        if (!feed()) {
            return story;
        }
    }
    return story + (reader.at_start() ? "" : "...");
}

struct Case {
    std::string stream;
    std::string story;
};

const std::string kHost = "Host: h\r\n";

std::string get(const std::string& fields) {
    return "GET / HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n";
}

std::string post(const std::string& fields, const std::string& body) {
    return "POST /s HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n" + body;
}

} // namespace

TEST_CASE("requests read the same however their bytes are cut") {
    const std::vector<Case> cases{
        {get(""), "0 / Host=h keep; "},
        {"\r\n" + get(""), "0 / Host=h keep; "},
        {get("Connection: close\r\n"), "0 / Host=h Connection=close close; "},
        {get("Connection: foo , Close\r\n"), "0 / Host=h Connection=foo , Close close; "},
        {"GET / HTTP/1.0\r\n\r\n", "0 / close; "},
        {"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", "0 / Connection=Keep-Alive keep; "},
        {"GET /a?b=c%20d HTTP/1.1\r\nhOST:h:80\t \r\n\r\n", "0 /a?b=c%20d hOST=h:80 keep; "},
        {"HEAD http://h/x HTTP/1.1\r\nHost:\r\n\r\n", "1 http://h/x Host= keep; "},
        {get("A: b:c \"d\"\r\n"), "0 / Host=h A=b:c \"d\" keep; "},
        {get("A:\r\n"), "0 / Host=h A= keep; "},
        {get("") + get(""), "0 / Host=h keep; 0 / Host=h keep; "},
        {post("Content-Length: 3\r\n", "abc") + get(""),
         "2 /s Host=h Content-Length=3 keep [abc]; 0 / Host=h keep; "},
        {post("Content-Length: 0\r\n", ""), "2 /s Host=h Content-Length=0 keep; "},
        {post("Content-Length: 5\r\n", "ab"), "2 /s Host=h Content-Length=5 keep..."},
        {post("Transfer-Encoding: chunked\r\n", "3\r\nabc\r\n2;x=\"y\"\r\nde\r\n0\r\n\r\n") + get(""),
         "2 /s Host=h Transfer-Encoding=chunked keep [abcde]; 0 / Host=h keep; "},
        {post("Transfer-Encoding: Chunked\r\n", "A \t\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n"),
         "2 /s Host=h Transfer-Encoding=Chunked keep [0123456789]; "},
        {post("Transfer-Encoding: chunked\r\n", "0\r\n\r\n"), "2 /s Host=h Transfer-Encoding=chunked keep; "},
    };
    for (const Case& one : cases) {
        CAPTURE(one.stream);
        CHECK(told(one.stream, one.stream.size()) == one.story);
        for (std::size_t piece = 1; piece < std::min<std::size_t>(one.stream.size(), 40); ++piece) {
            CHECK(told(one.stream, piece) == one.story);
        }
    }
}

TEST_CASE("what two readers could read differently is refused") {
    const std::string chunked = "2 /s Host=h Transfer-Encoding=chunked keep";
    const std::vector<Case> cases{
        // Both lengths, two lengths, lengths that are none.
        {post("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), "400"},
        {post("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", "0\r\n\r\n"), "400"},
        {post("Content-Length: 3\r\nContent-Length: 3\r\n", "abc"), "400"},
        {post("Content-Length: 3\r\nContent-Length: 4\r\n", "abc"), "400"},
        {post("Content-Length: 3, 3\r\n", "abc"), "400"},
        {post("Content-Length: +3\r\n", "abc"), "400"},
        {post("Content-Length: -3\r\n", "abc"), "400"},
        {post("Content-Length: 0x3\r\n", "abc"), "400"},
        {post("Content-Length: 3 4\r\n", "abc"), "400"},
        {post("Content-Length:\r\n", "abc"), "400"},
        {post("Content-Length: 99999999999999999999\r\n", ""), "413"},
        {post("Transfer-Encoding: gzip, chunked\r\n", ""), "501"},
        {post("Transfer-Encoding: chunked, chunked\r\n", ""), "501"},
        {post("Transfer-Encoding: identity\r\n", ""), "501"},
        {post("Transfer-Encoding: \x0b"
              "chunked\r\n",
              ""),
         "400"},
        {post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", ""), "400"},
        {"POST /s HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400"},
        {post("Transfer-Encoding : chunked\r\n", ""), "400"},
        // Lines.
        {"GET / HTTP/1.1\nHost: h\n\n", "400"},
        {"GET / HTTP/1.1\r\nHost: h\n\r\n", "400"},
        {get("A: b\r\n c\r\n"), "400"},
        {get(" A: b\r\n"), "400"},
        {get("A b\r\n"), "400"},
        {get(": b\r\n"), "400"},
        {get(":user: b\r\n"), "400"},
        {get("A\x01: b\r\n"), "400"},
        {get("A: b\rc\r\n"), "400"},
        {get(std::string("A: b\0c\r\n", 8)), "400"},
        // The request line.
        {"GET  / HTTP/1.1\r\nHost: h\r\n\r\n", "400"},
        {"GET / x HTTP/1.1\r\nHost: h\r\n\r\n", "400"},
        {"GET / HTTP/1.1 \r\nHost: h\r\n\r\n", "400"},
        {"GET /\x01 HTTP/1.1\r\nHost: h\r\n\r\n", "400"},
        {"GET /#x HTTP/1.1\r\nHost: h\r\n\r\n", "400"},
        {"GET /\r\nHost: h\r\n\r\n", "400"},
        {"GET / http/1.1\r\nHost: h\r\n\r\n", "400"},
        {"GET / HTTP/1.12\r\nHost: h\r\n\r\n", "400"},
        {"G(T / HTTP/1.1\r\nHost: h\r\n\r\n", "400"},
        {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "505"},
        {"BREW / HTTP/1.1\r\nHost: h\r\n\r\n", "501"},
        {"\x16\x03\x01\x02", "400"},
        // Hosts and expectations.
        {"GET / HTTP/1.1\r\n\r\n", "400"},
        {get("Host: h\r\n"), "400"},
        {"GET / HTTP/1.1\r\nHost: h/x\r\n\r\n", "400"},
        {"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", "400"},
        {get("Expect: 200-ok\r\n"), "417"},
        // Chunks.
        {post("Transfer-Encoding: chunked\r\n", "g\r\n"), chunked + "400"},
        {post("Transfer-Encoding: chunked\r\n", "\r\n"), chunked + "400"},
        {post("Transfer-Encoding: chunked\r\n", "-1\r\n"), chunked + "400"},
        {post("Transfer-Encoding: chunked\r\n", "+1\r\n"), chunked + "400"},
        {post("Transfer-Encoding: chunked\r\n", " 1\r\n"), chunked + "400"},
        {post("Transfer-Encoding: chunked\r\n", "0x1\r\na\r\n"), chunked + "400"},
        {post("Transfer-Encoding: chunked\r\n", "1 x\r\na\r\n"), chunked + "400"},
        {post("Transfer-Encoding: chunked\r\n", "1\na\r\n"), chunked + "400"},
        {post("Transfer-Encoding: chunked\r\n", "1\r\nab\r\n"), chunked + "400"},
        {post("Transfer-Encoding: chunked\r\n", "1\r\na\rx"), chunked + "400"},
        {post("Transfer-Encoding: chunked\r\n", "10000000000000000\r\n"), chunked + "400"},
        {post("Transfer-Encoding: chunked\r\n", "0000000000000000001\r\n"), chunked + "400"},
        {post("Transfer-Encoding: chunked\r\n", "0\r\nno field\r\n\r\n"), chunked + "400"},
        {post("Transfer-Encoding: chunked\r\n", "0\r\nA: b\n\r\n"), chunked + "400"},
    };
    for (const Case& one : cases) {
        CAPTURE(one.stream);
        for (const std::size_t piece : {one.stream.size(), std::size_t{1}, std::size_t{2}, std::size_t{7}}) {
            // Bodies of one byte may be told before the chunk is found to be wrong; only the end counts.
            const std::string story = told(one.stream, piece);
            CHECK(story.substr(0, story.find(" [")) == one.story);
        }
    }
}

TEST_CASE("a head has limits that hold before it is complete") {
    const std::string line(kMaxTargetBytes + 100, 'a');
    CHECK(told("GET /" + line, 4096) == "414");
    CHECK(told("GET /" + line + " HTTP/1.1\r\n", 4096) == "414");
    CHECK(told("GET / HTTP/1.1\r\nA: " + std::string(kMaxHeadBytes, 'b'), 4096) == "431");
    std::string fields;
    for (std::size_t i = 0; i < kMaxFields; ++i) {
        fields += "F: v\r\n";
    }
    CHECK(told(get(fields), 4096) == "431");
    const std::string begin = post("Transfer-Encoding: chunked\r\n", "");
    CHECK(told(begin + "1;" + std::string(kMaxChunkLine, 'x'), 100).ends_with("400"));
    std::string trailers;
    for (std::size_t i = 0; i < kMaxTrailerBytes / 6 + 1; ++i) {
        trailers += "F: v\r\n";
    }
    CHECK(told(begin + "0\r\n" + trailers, 4096).ends_with("431"));
    CHECK(told("GET /" + std::string(kMaxTargetBytes - 1, 'a') + " HTTP/1.1\r\nHost: h\r\n\r\n", 4096)
              .ends_with("keep; "));
}
