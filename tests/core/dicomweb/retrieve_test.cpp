#include "core/dicomweb/retrieve.hpp"

#include "tests/core/dicom/dicom_samples.hpp"

#include <doctest/doctest.h>

using namespace recog;
using namespace recog::dicomweb;
using namespace recog::test;

namespace {

const std::string kJls = "1.2.840.10008.1.2.4.80";
const std::string kExplicit(dicom::transfer_syntax::ExplicitVRLittleEndian);

StoredFile stored(std::string file, const std::string& syntax, std::string location = {}) {
    auto owner = std::make_shared<const std::string>(std::move(file));
    return StoredFile{bytes_of(*owner), owner, syntax, std::move(location)};
}

struct Part {
    std::string head;
    std::string payload;
};

// Reads a multipart body by its Content-Length headers, and wants each delimiter where they say.
std::vector<Part> parts_of(const Response& response) {
    const std::string* type = response.header("content-type");
    REQUIRE(type != nullptr);
    const std::size_t at_boundary = type->find("boundary=\"");
    REQUIRE(at_boundary != std::string::npos);
    const std::string boundary = "--" + type->substr(at_boundary + 10, type->size() - at_boundary - 11);
    const std::string body = response.body.to_string().value();
    CHECK(body.size() == response.body.size());
    std::vector<Part> parts;
    std::size_t at = 0;
    while (body.compare(at, boundary.size() + 2, boundary + "\r\n") == 0) {
        at += boundary.size() + 2;
        const std::size_t end = body.find("\r\n\r\n", at);
        REQUIRE(end != std::string::npos);
        Part part{body.substr(at, end - at), {}};
        const std::size_t length_at = part.head.find("Content-Length: ");
        REQUIRE(length_at != std::string::npos);
        const std::size_t length = std::stoul(part.head.substr(length_at + 16));
        part.payload = body.substr(end + 4, length);
        at = end + 4 + length;
        REQUIRE(body.substr(at, 2) == "\r\n");
        at += 2;
        parts.push_back(std::move(part));
    }
    CHECK(body.substr(at) == boundary + "--\r\n");
    return parts;
}

std::string two_frames() {
    return part10(kJls, image_attributes({2, 2, 8, 1, "2"}) + encapsulated("", {"ab", "cdef"}));
}

} // namespace

TEST_CASE("instances come as parts with their length, type and place, and are not copied") {
    const StoredFile first = stored("abc", kJls, "/studies/1/series/2/instances/3");
    const StoredFile second = stored(std::string(1000, 'x') + "\r\n--part-", kExplicit);
    auto response = respond_with_instances({first, second}, parse_accept("*/*"));
    REQUIRE(response.ok());
    CHECK(response->status == 200);
    CHECK(response->header("Content-Type")
              ->starts_with("multipart/related; type=\"application/dicom\"; boundary="));
    const auto parts = parts_of(*response);
    REQUIRE(parts.size() == 2);
    CHECK(parts[0].payload == "abc");
    CHECK(parts[0].head.find("Content-Type: application/dicom; transfer-syntax=" + kJls + "\r\n") == 0);
    CHECK(parts[0].head.find("Content-Location: /studies/1/series/2/instances/3\r\n") != std::string::npos);
    CHECK(parts[1].payload == text_of(second.bytes));
    CHECK(parts[1].head.find("Content-Location") == std::string::npos);
    bool borrowed = false;
    for (std::size_t i = 0; i < response->body.piece_count(); ++i) {
        borrowed = borrowed || response->body.take_piece(i)->bytes.front().data() == second.bytes.data();
    }
    CHECK(borrowed);
}

TEST_CASE("the body keeps the files alive") {
    std::weak_ptr<const void> watched;
    {
        std::optional<Response> response;
        {
            StoredFile file = stored("abc", kJls);
            watched = file.owner;
            auto made = respond_with_instances({file}, parse_accept("*/*"));
            REQUIRE(made.ok());
            response = *std::move(made);
        }
        CHECK_FALSE(watched.expired());
        CHECK(parts_of(*response).at(0).payload == "abc");
    }
    CHECK(watched.expired());
}

TEST_CASE("instances that would need transcoding are left out, or all refused") {
    const StoredFile jls = stored("abc", kJls);
    const StoredFile plain = stored("def", kExplicit);
    const auto wanted =
        parse_accept("multipart/related; type=application/dicom; transfer-syntax=" + kExplicit);
    const auto partial = respond_with_instances({jls, plain}, wanted);
    REQUIRE(partial.ok());
    CHECK(partial->status == 206);
    CHECK(partial->warnings.size() == 1);
    CHECK(parts_of(*partial).size() == 1);
    CHECK(respond_with_instances({jls}, wanted).failure().kind == ErrorKind::NotAcceptable);
    CHECK(respond_with_instances({}, wanted).failure().kind == ErrorKind::NotFound);
}

TEST_CASE("one instance can come alone, several cannot") {
    const StoredFile file = stored("abc", kJls, "/i");
    const auto alone = respond_with_instances({file}, parse_accept("application/dicom"));
    REQUIRE(alone.ok());
    CHECK(*alone->header("Content-Type") == "application/dicom; transfer-syntax=" + kJls);
    CHECK(*alone->header("Content-Location") == "/i");
    CHECK(alone->body.to_string().value() == "abc");
    CHECK(respond_with_instances({file, file}, parse_accept("application/dicom")).failure().kind ==
          ErrorKind::NotAcceptable);
}

TEST_CASE("frames come in the order asked for, each as often as asked for") {
    const StoredFile file = stored(two_frames(), kJls, "/i");
    const std::vector<std::uint32_t> numbers{2, 1, 2};
    const auto response = respond_with_frames(
        file, numbers, parse_accept("multipart/related; type=application/octet-stream; transfer-syntax=*"));
    REQUIRE(response.ok());
    const auto parts = parts_of(*response);
    REQUIRE(parts.size() == 3);
    CHECK(parts[0].payload == "cdef");
    CHECK(parts[1].payload == "ab");
    CHECK(parts[2].payload == "cdef");
    CHECK(parts[0].head.find("Content-Type: application/octet-stream; transfer-syntax=" + kJls) == 0);
    CHECK(parts[0].head.find("Content-Location: /i/frames/2\r\n") != std::string::npos);
}

TEST_CASE("frames keep their media type, or come alone") {
    const StoredFile file = stored(two_frames(), kJls);
    const std::vector<std::uint32_t> one{1};
    const std::vector<std::uint32_t> both{1, 2};
    const auto any = respond_with_frames(file, one, parse_accept("*/*"));
    REQUIRE(any.ok());
    CHECK(any->header("Content-Type")->starts_with("multipart/related; type=\"image/jls\";"));
    const auto alone = respond_with_frames(file, one, parse_accept("image/jls"));
    REQUIRE(alone.ok());
    CHECK(alone->body.to_string().value() == "ab");
    CHECK(respond_with_frames(file, both, parse_accept("image/jls")).failure().kind ==
          ErrorKind::NotAcceptable);
}

TEST_CASE("frames that are not there, not images, or not as wanted") {
    const StoredFile file = stored(two_frames(), kJls);
    const auto any = parse_accept("*/*");
    const std::vector<std::uint32_t> beyond{1, 3};
    const std::vector<std::uint32_t> one{1};
    CHECK(respond_with_frames(file, beyond, any).failure().kind == ErrorKind::NotFound);
    const StoredFile report = stored(part10(kExplicit, element(0x08, 0x60, "CS", "SR")), kExplicit);
    CHECK(respond_with_frames(report, one, any).failure().kind == ErrorKind::NotFound);
    const auto pixels = parse_accept("multipart/related; type=application/octet-stream");
    CHECK(respond_with_frames(file, one, pixels).failure().kind == ErrorKind::NotAcceptable);
    const StoredFile broken = stored(two_frames().substr(0, 280), kJls);
    CHECK_FALSE(respond_with_frames(broken, one, any).ok());
}

TEST_CASE("JSON answers have the type asked for") {
    const auto plain = respond_with_json("[]", parse_accept("application/json"));
    REQUIRE(plain.ok());
    CHECK(*plain->header("Content-Type") == "application/json");
    CHECK(plain->body.to_string().value() == "[]");
    CHECK(respond_with_json("[]", parse_accept("image/png")).failure().kind == ErrorKind::NotAcceptable);
}

TEST_CASE("headers, warnings and bodies") {
    Request request;
    request.headers = {{"Accept", "a"}, {"accept", "b"}, {"Other", "c"}};
    CHECK(request.header("ACCEPT") == "a, b");
    CHECK(request.header("none").empty());
    CHECK(request.parameter("x") == nullptr);
    Response response;
    response.set_header("A", "1");
    response.set_header("a", "2");
    CHECK(response.headers.size() == 1);
    CHECK(*response.header("A") == "2");
    CHECK(warning_299("http://h/dicom-web", "say \"no\"\r\nX: y") ==
          "299 http://h/dicom-web: say \"no\"  X: y");
    Body body;
    body.append("ab");
    body.append("cd");
    body.append(Bytes(), nullptr);
    CHECK(body.piece_count() == 1);
    Body more;
    more.append("ef");
    body.append(std::move(more));
    CHECK(body.to_string().value() == "abcdef");
    CHECK(body.size() == 6);
    CHECK(more.empty());
}
