#include "core/dicomweb/media_type.hpp"
#include "core/dicomweb/multipart_reader.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace recog;
using namespace recog::dicomweb;

namespace {

/// Writes down what it is told: "[header|header]data." for each part, '!' for '.' when it was cut, "BROKEN"
/// for headers that are.
class Notes final : public PartSink {
public:
    std::string text;
    std::size_t fail_at = 0; ///< the n-th call fails; 0: none

    Status begin_part(PartHeaders headers) override {
        text += headers.broken ? "BROKEN[" : "[";
        for (const Field& field : headers.fields) {
            text.append(field.name).append("=").append(field.value).append("|");
        }
        text += "]";
        return step();
    }
    Status part_data(Bytes bytes) override {
        text.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
        return step();
    }
    Status end_part(bool complete) override {
        text += complete ? "." : "!";
        return step();
    }

private:
    Status step() {
        ++calls_;
        return calls_ == fail_at ? Status(error(ErrorKind::Storage, "n-th")) : Status();
    }
    std::size_t calls_ = 0;
};

struct Read {
    std::string notes;
    bool ok = false;
    bool closed = false;
    friend bool operator==(const Read&, const Read&) = default;
};

Bytes bytes_of(std::string_view text) {
    return std::as_bytes(std::span(text));
}

Read read(std::string_view body, std::string_view boundary, std::size_t piece) {
    Notes notes;
    auto reader = MultipartReader::make(boundary, notes);
    REQUIRE(reader);
    for (std::size_t at = 0; at < body.size(); at += piece) {
        REQUIRE(reader->add(bytes_of(body.substr(at, piece))));
    }
    const bool ok = reader->finish().ok();
    return {notes.text, ok, reader->closed()};
}

/// Read as a whole, byte by byte, and cut in two at every byte: always the same.
Read read(std::string_view body, std::string_view boundary = "b") {
    const Read whole = read(body, boundary, std::max<std::size_t>(1, body.size()));
    for (const std::size_t piece : {1, 2, 3, 7}) {
        CHECK(read(body, boundary, piece) == whole);
    }
    for (std::size_t at = 1; at < body.size(); ++at) {
        Notes notes;
        auto reader = MultipartReader::make(boundary, notes);
        REQUIRE(reader->add(bytes_of(body.substr(0, at))));
        REQUIRE(reader->add(bytes_of(body.substr(at))));
        const bool ok = reader->finish().ok();
        CHECK(Read{notes.text, ok, reader->closed()} == whole);
    }
    return whole;
}

struct Case {
    const char* name;
    std::string body;
    Read expected;
};

const Case kCases[] = {
    {"two parts",
     "--b\r\nA: 1\r\n\r\none\r\n--b\r\nA: 2\r\nB:3\r\n\r\ntwo\r\n--b--\r\n",
     {"[A=1|]one.[A=2|B=3|]two.", true, true}},
    {"no headers", "--b\r\n\r\none\r\n--b--", {"[]one.", true, true}},
    {"preamble and epilogue",
     "hello\r\n--bad\r\nx --b\r\n--b\r\n\r\n1\r\n--b--\r\nbye\r\n--b\r\n\r\n2\r\n--b--",
     {"[]1.", true, true}},
    {"padding behind the boundary", "--b \t \r\n\r\n1\r\n--b\t\r\n\r\n2\r\n--b-- ", {"[]1.[]2.", true, true}},
    {"empty data", "--b\r\nA: 1\r\n\r\n\r\n--b--", {"[A=1|].", true, true}},
    {"empty data without its own line end", "--b\r\nA: 1\r\n\r\n--b--", {"[A=1|].", true, true}},
    {"line ends in data stay", "--b\r\n\r\n\r\n\n\r1\r\n\r\n--b--", {"[]\r\n\n\r1\r\n.", true, true}},
    {"the boundary inside a line is data", "--b\r\n\r\nx--b\r\ny\r\n--b--", {"[]x--b\r\ny.", true, true}},
    {"a longer boundary is data",
     "--b\r\n\r\n1\r\n--bc\r\n--b-\r\n--b x\r\n--b--",
     {"[]1\r\n--bc\r\n--b-\r\n--b x.", true, true}},
    {"a bare LF before the boundary is data",
     "--b\r\n\r\n1\n--b\r\n2\r\n--b--",
     {"[]1\n--b\r\n2.", true, true}},
    {"bare LFs throughout", "--b\nA: 1\n\none\r\n--b\n\ntwo\n--b--\n", {"[A=1|]one\r.[]two.", true, true}},
    {"folded header", "--b\r\nA: 1\r\n  2\r\n\r\nx\r\n--b--", {"[A=1 2|]x.", true, true}},
    {"Content-Length is not believed",
     "--b\r\nContent-Length: 1\r\n\r\nlong\r\n--b--",
     {"[Content-Length=1|]long.", true, true}},
    {"not closed", "--b\r\n\r\none\r\n--b\r\n", {"[]one.", true, false}},
    {"not closed, no line end", "--b\r\n\r\none\r\n--b", {"[]one.", true, false}},
    {"cut in data", "--b\r\n\r\none\r\n--b\r\n\r\ntw", {"[]one.[]tw!", true, false}},
    {"cut in a delimiter", "--b\r\n\r\none\r\n--", {"[]one\r\n--!", true, false}},
    {"cut in headers", "--b\r\n\r\none\r\n--b\r\nA: ", {"[]one.BROKEN[]!", true, false}},
    {"a header without colon",
     "--b\r\nnonsense\r\nA: 1\r\n\r\nx\r\n--b\r\n\r\n2\r\n--b--",
     {"BROKEN[A=1|]x.[]2.", true, true}},
    {"headers that end in a delimiter",
     "--b\r\nA: 1\r\n--b\r\n\r\n2\r\n--b--",
     {"BROKEN[A=1|].[]2.", true, true}},
    {"no boundary", "no multipart\r\nat all", {"", false, false}},
    {"nothing", "", {"", false, false}},
    {"closed at once", "--b--\r\n", {"", true, true}},
    {"only the first delimiter", "--b\r\n", {"", true, false}},
};

} // namespace

TEST_CASE("a multipart body is read the same however it is cut into pieces") {
    for (const Case& one : kCases) {
        CAPTURE(one.name);
        const Read got = read(one.body);
        CHECK(got.notes == one.expected.notes);
        CHECK(got.ok == one.expected.ok);
        CHECK(got.closed == one.expected.closed);
    }
}

TEST_CASE("limits of headers and padding break the part alone") {
    const std::string long_header =
        "--b\r\nA: " + std::string(kMaxPartHeaderBytes, 'x') + "\r\n\r\n1\r\n--b\r\n\r\n2\r\n--b--";
    const Read got = read(long_header, "b", 1000);
    CHECK(got.notes.starts_with("BROKEN["));
    CHECK(got.notes.ends_with(".[]2."));
    std::string many = "--b\r\n";
    for (std::size_t i = 0; i <= kMaxPartHeaders; ++i) {
        many += "A: 1\r\n";
    }
    CHECK(read(many + "\r\n1\r\n--b--", "b", 100).notes.starts_with("BROKEN["));
    const std::string padded =
        "--b\r\n\r\n1\r\n--b" + std::string(kMaxDelimiterPadding + 1, ' ') + "\r\n--b--";
    CHECK(read(padded, "b", 5).notes == "[]1\r\n--b" + std::string(kMaxDelimiterPadding + 1, ' ') + ".");
}

TEST_CASE("a boundary that cannot be one is refused") {
    Notes notes;
    for (const std::string& boundary : {std::string(), std::string("a "), std::string("a\r\nb"),
                                        std::string("\xC3\xA9"), std::string(kMaxBoundaryBytes + 1, 'x')}) {
        CHECK_FALSE(MultipartReader::make(boundary, notes));
    }
    CHECK(MultipartReader::make("a b'()+_,-./:=?", notes));
}

TEST_CASE("a failure of the sink ends the reading") {
    for (std::size_t n = 1; n <= 5; ++n) {
        Notes notes;
        notes.fail_at = n;
        auto reader = MultipartReader::make("b", notes);
        Status status = reader->add(bytes_of("--b\r\n\r\none\r\n--b\r\n\r\ntwo\r\n--b--"));
        CHECK(status.ok() == false);
    }
}

TEST_CASE("a media type is read with its parameters as meant") {
    const auto media = parse_media_type(
        " Multipart/Related ; type=\"application/dicom+json\"; Boundary=\"a;b=\\\"c\" ;; start=<x>");
    REQUIRE(media);
    CHECK(media->multipart());
    CHECK(media->parameter("type") == "application/dicom+json");
    CHECK(media->parameter("boundary") == "a;b=\"c");
    CHECK(media->parameter("start") == "<x>");
    CHECK(parse_media_type("multipart/related; type=application/dicom; boundary=x")->parameter("type") ==
          "application/dicom");
    CHECK(parse_media_type("")->type.empty());
}

TEST_CASE("a media type that breaks its syntax is refused") {
    for (const char* text :
         {"application", "/", "a/b/c", "a b/c", "a/b; c", "a/b; =d", "a/b; c d=e", "a/\xC3\xA9"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_media_type(text));
    }
    std::string many = "a/b";
    for (std::size_t i = 0; i <= kMaxMediaTypeParameters; ++i) {
        many += ";x=1";
    }
    CHECK_FALSE(parse_media_type(many));
    CHECK_FALSE(parse_media_type("a/b; c=" + std::string(kMaxMediaTypeBytes, 'x')));
}
