#include "core/dicomweb/frame_locators.hpp"
#include "core/dicomweb/retrieve.hpp"

#include "tests/core/dicom/dicom_samples.hpp"
#include "tests/core/dicomweb/stand_in_transcoder.hpp"

#include <doctest/doctest.h>

using namespace recog;
using namespace recog::dicomweb;
using namespace recog::test;

namespace {

const std::string kJls = "1.2.840.10008.1.2.4.80";
const std::string kExplicit(dicom::transfer_syntax::ExplicitVRLittleEndian);

/// A stored file; `opened` counts how often, and `alive` watches the bytes.
struct Stored {
    std::shared_ptr<const std::string> bytes;
    std::string syntax;
    std::string location;
    std::shared_ptr<int> opened = std::make_shared<int>(0);
    bool gone = false;

    InstanceToSend to_send() const {
        return {syntax, location, bytes->size(),
                [held = bytes, count = opened, is_gone = gone]() -> Result<OpenedFile> {
                    ++*count;
                    if (is_gone) {
                        return error(ErrorKind::NotFound, "it went");
                    }
                    return OpenedFile{bytes_of(*held), held, {}};
                }};
    }
};

Stored stored(std::string file, const std::string& syntax, std::string location = {}) {
    return {std::make_shared<const std::string>(std::move(file)), syntax, std::move(location)};
}

Result<Response> instances(const std::vector<Stored>& files, const std::string& accept,
                           const Transcoder* transcoder = nullptr) {
    std::vector<InstanceToSend> list;
    for (const Stored& file : files) {
        list.push_back(file.to_send());
    }
    return respond_with_instances(std::move(list), parse_accept(accept), transcoder);
}

Result<Response> frames(const Stored& file, const std::vector<std::uint32_t>& numbers,
                        const std::string& accept, const Transcoder* transcoder = nullptr) {
    FrameLocators locators;
    auto found = locators.of("", bytes_of(*file.bytes));
    if (!found) {
        return found.failure();
    }
    return respond_with_frames({{bytes_of(*file.bytes), file.bytes, {}}, *std::move(found), file.location},
                               numbers, parse_accept(accept), transcoder);
}

const std::string kDicomParts = "multipart/related; type=application/dicom";

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
    CHECK(body.size() == response.body.size().value_or(body.size()));
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
    const Stored first = stored("abc", kJls, "/studies/1/series/2/instances/3");
    const Stored second = stored(std::string(1000, 'x') + "\r\n--part-", kExplicit);
    auto response = instances({first, second}, "*/*");
    REQUIRE(response.ok());
    CHECK(response->status == 200);
    CHECK(response->body.size().has_value());
    CHECK(response->header("Content-Type")
              ->starts_with("multipart/related; type=\"application/dicom\"; boundary="));
    const auto parts = parts_of(*response);
    REQUIRE(parts.size() == 2);
    CHECK(parts[0].payload == "abc");
    CHECK(parts[0].head.find("Content-Type: application/dicom; transfer-syntax=" + kJls + "\r\n") == 0);
    CHECK(parts[0].head.find("Content-Location: /studies/1/series/2/instances/3\r\n") != std::string::npos);
    CHECK(parts[1].payload == *second.bytes);
    CHECK(parts[1].head.find("Content-Location") == std::string::npos);
    bool borrowed = false;
    for (std::size_t i = 0; i < response->body.piece_count(); ++i) {
        borrowed =
            borrowed || response->body.take_piece(i)->bytes.front().data() == bytes_of(*second.bytes).data();
    }
    CHECK(borrowed);
}

TEST_CASE("a file is opened when it is its turn and closed behind it") {
    const Stored first = stored("abc", kJls);
    const Stored second = stored("def", kJls);
    auto response = instances({first, second}, "*/*");
    REQUIRE(response.ok());
    CHECK(*first.opened + *second.opened == 0);
    const long unopened = first.bytes.use_count();
    for (std::size_t i = 0; i < response->body.piece_count(); ++i) {
        const auto piece = response->body.take_piece(i);
        REQUIRE(piece.ok());
        if (*second.opened > 0) {
            CHECK(first.bytes.use_count() < unopened);
        }
    }
    CHECK(*first.opened == 1);
    CHECK(*second.opened == 1);
}

TEST_CASE("a file that is gone, or has another length, at its turn ends the answer") {
    Stored gone = stored("abc", kJls);
    gone.gone = true;
    const auto response = instances({stored("abc", kJls), gone}, "*/*");
    REQUIRE(response.ok());
    CHECK(response->body.to_string().failure().kind == ErrorKind::NotFound);
    for (const std::uint64_t told : {std::uint64_t{2}, std::uint64_t{4}, kWindowBytes + 1}) {
        InstanceToSend longer = stored("abc", kJls).to_send();
        longer.size = told;
        const auto made = respond_with_instances({longer}, parse_accept("*/*"), nullptr);
        REQUIRE(made.ok());
        CHECK(made->body.to_string().failure().kind == ErrorKind::Storage);
    }
}

TEST_CASE("a large file comes in windows that are released one by one") {
    std::string content(2 * kWindowBytes + 5, '\0');
    for (std::size_t i = 0; i < content.size(); i += 4099) {
        content[i] = static_cast<char>(i / 4099);
    }
    const Stored file = stored(std::move(content), kJls);
    std::vector<std::size_t> released;
    InstanceToSend instance = file.to_send();
    instance.open = [&]() -> Result<OpenedFile> {
        ++*file.opened;
        return OpenedFile{bytes_of(*file.bytes), file.bytes,
                          [&released](std::size_t, std::size_t size) { released.push_back(size); }};
    };
    auto response = respond_with_instances({std::move(instance)}, parse_accept("application/dicom"), nullptr);
    REQUIRE(response.ok());
    CHECK(response->body.size() == file.bytes->size());
    REQUIRE(response->body.piece_count() == 3);
    std::string all;
    for (std::size_t i = 0; i < 3; ++i) {
        CHECK(released.size() == i);
        const auto piece = response->body.take_piece(i);
        REQUIRE(piece.ok());
        all += text_of(piece->bytes.front());
    }
    CHECK(all == *file.bytes);
    CHECK(released == std::vector<std::size_t>{kWindowBytes, kWindowBytes, 5});
    CHECK(*file.opened == 1);
    response = error(ErrorKind::Internal, "");
    CHECK(file.bytes.use_count() == 1);
}

TEST_CASE("instances that cannot be given as accepted are left out, or all refused") {
    const Stored jls = stored("abc", kJls);
    const Stored plain = stored("def", kExplicit);
    const std::string wanted = kDicomParts + "; transfer-syntax=" + kExplicit;
    const auto partial = instances({jls, plain}, wanted);
    REQUIRE(partial.ok());
    CHECK(partial->status == 206);
    CHECK(partial->warnings.size() == 1);
    CHECK(parts_of(*partial).size() == 1);
    CHECK(instances({jls}, wanted).failure().kind == ErrorKind::NotAcceptable);
    CHECK(instances({jls, jls}, wanted).failure().kind == ErrorKind::NotAcceptable);
    CHECK(instances({}, wanted).failure().kind == ErrorKind::NotFound);
}

TEST_CASE("instances are transcoded one by one, with their lengths in the parts") {
    const StandInTranscoder codecs;
    const Stored jls = stored("abc", kJls, "/i");
    const Stored plain = stored("def", kExplicit);
    const Stored video = stored("ghi", "1.2.840.10008.1.2.4.102");
    const auto response =
        instances({jls, plain, video}, kDicomParts + "; transfer-syntax=" + kExplicit, &codecs);
    REQUIRE(response.ok());
    CHECK(response->status == 206);
    CHECK_FALSE(response->body.size().has_value());
    CHECK(codecs.calls() == 0);
    const auto parts = parts_of(*response);
    REQUIRE(parts.size() == 2);
    CHECK(parts[0].payload == kExplicit + ":abc");
    CHECK(parts[0].head.find("Content-Type: application/dicom; transfer-syntax=" + kExplicit + "\r\n") == 0);
    CHECK(parts[0].head.find("Content-Location: /i\r\n") != std::string::npos);
    CHECK(parts[1].payload == "def");
}

TEST_CASE("what proves impossible to transcode under way comes as it is stored and says so") {
    const StandInTranscoder codecs;
    const auto response = instances({stored("broken", kJls), stored("abc", kJls)}, kDicomParts, &codecs);
    REQUIRE(response.ok());
    const auto parts = parts_of(*response);
    REQUIRE(parts.size() == 2);
    CHECK(parts[0].payload == "broken");
    CHECK(parts[0].head.find("transfer-syntax=" + kJls) != std::string::npos);
    CHECK(parts[1].payload == kExplicit + ":abc");
    CHECK(parts[1].head.find("transfer-syntax=" + kExplicit) != std::string::npos);
}

TEST_CASE("one instance is transcoded before the status is told") {
    const StandInTranscoder codecs;
    const auto made = instances({stored("abc", kJls, "/i")}, "application/dicom", &codecs);
    REQUIRE(made.ok());
    CHECK(*made->header("Content-Type") == "application/dicom; transfer-syntax=" + kExplicit);
    CHECK(made->body.to_string().value() == kExplicit + ":abc");
    CHECK(made->body.size() == kExplicit.size() + 4);
    // The default is no demand.
    const auto kept = instances({stored("broken", kJls)}, kDicomParts, &codecs);
    REQUIRE(kept.ok());
    CHECK(parts_of(*kept).at(0).payload == "broken");
    CHECK(parts_of(*kept).at(0).head.find("transfer-syntax=" + kJls) != std::string::npos);
    const auto refused =
        instances({stored("broken", kJls)}, "application/dicom; transfer-syntax=" + kExplicit, &codecs);
    CHECK(refused.failure().kind == ErrorKind::Malformed);
}

TEST_CASE("one instance can come alone, several cannot") {
    const Stored file = stored("abc", kJls, "/i");
    const auto alone = instances({file}, "application/dicom");
    REQUIRE(alone.ok());
    CHECK(*alone->header("Content-Type") == "application/dicom; transfer-syntax=" + kJls);
    CHECK(*alone->header("Content-Location") == "/i");
    CHECK(alone->body.to_string().value() == "abc");
    CHECK(instances({file, file}, "application/dicom").failure().kind == ErrorKind::NotAcceptable);
}

TEST_CASE("frames come in the order asked for, each as often as asked for") {
    const Stored file = stored(two_frames(), kJls, "/i");
    const auto response =
        frames(file, {2, 1, 2}, "multipart/related; type=application/octet-stream; transfer-syntax=*");
    REQUIRE(response.ok());
    CHECK(response->body.size().has_value());
    const auto parts = parts_of(*response);
    REQUIRE(parts.size() == 3);
    CHECK(parts[0].payload == "cdef");
    CHECK(parts[1].payload == "ab");
    CHECK(parts[2].payload == "cdef");
    CHECK(parts[0].head.find("Content-Type: application/octet-stream; transfer-syntax=" + kJls) == 0);
    CHECK(parts[0].head.find("Content-Location: /i/frames/2\r\n") != std::string::npos);
}

TEST_CASE("frames keep their media type, or come alone") {
    const Stored file = stored(two_frames(), kJls);
    const auto any = frames(file, {1}, "*/*");
    REQUIRE(any.ok());
    CHECK(any->header("Content-Type")->starts_with("multipart/related; type=\"image/jls\";"));
    const auto alone = frames(file, {1}, "image/jls");
    REQUIRE(alone.ok());
    CHECK(alone->body.to_string().value() == "ab");
    CHECK(frames(file, {1, 2}, "image/jls").failure().kind == ErrorKind::NotAcceptable);
}

TEST_CASE("frames are transcoded, the first one before the status is told") {
    const StandInTranscoder codecs;
    const Stored file = stored(two_frames(), kJls, "/i");
    const auto pixels = frames(file, {2, 1}, "multipart/related; type=application/octet-stream", &codecs);
    REQUIRE(pixels.ok());
    CHECK(codecs.calls() == 1);
    CHECK_FALSE(pixels->body.size().has_value());
    const auto parts = parts_of(*pixels);
    REQUIRE(parts.size() == 2);
    CHECK(parts[0].payload == kExplicit + ":cdef");
    CHECK(parts[1].payload == kExplicit + ":ab");
    CHECK(parts[1].head.find("Content-Location: /i/frames/1\r\n") != std::string::npos);
    const auto alone = frames(file, {1}, "image/jp2", &codecs);
    REQUIRE(alone.ok());
    CHECK(*alone->header("Content-Type") == "image/jp2; transfer-syntax=1.2.840.10008.1.2.4.90");
    const Stored broken = stored(
        part10(kJls, image_attributes({2, 2, 8, 1, "2"}) + encapsulated("", {"broken", "cdef"})), kJls);
    CHECK(frames(broken, {1}, "image/jp2", &codecs).failure().kind == ErrorKind::Malformed);
    const auto cut = frames(broken, {2, 1}, "multipart/related; type=image/jp2", &codecs);
    REQUIRE(cut.ok());
    CHECK(cut->body.to_string().failure().kind == ErrorKind::Malformed);
}

TEST_CASE("frames that are not there, not images, or not as wanted") {
    const Stored file = stored(two_frames(), kJls);
    CHECK(frames(file, {1, 3}, "*/*").failure().kind == ErrorKind::NotFound);
    const Stored report = stored(part10(kExplicit, element(0x08, 0x60, "CS", "SR")), kExplicit);
    CHECK(frames(report, {1}, "*/*").failure().kind == ErrorKind::NotFound);
    CHECK(frames(file, {1}, "multipart/related; type=application/octet-stream").failure().kind ==
          ErrorKind::NotAcceptable);
    CHECK_FALSE(frames(stored(two_frames().substr(0, 280), kJls), {1}, "*/*").ok());
}

TEST_CASE("where frames lie is remembered by name, within a bound") {
    std::vector<std::string> fragments;
    for (int i = 0; i < 40; ++i) {
        fragments.push_back("f" + std::to_string(i % 10));
    }
    const std::string file = part10(kJls, image_attributes({2, 2, 8, 1, "40"}) + encapsulated("", fragments));
    const auto frame = [](const dicom::FrameLocator& locator) {
        return std::string(text_of(locator.frame(13)->pieces.front()));
    };
    FrameLocators locators(20'000);
    REQUIRE(locators.of("a", bytes_of(file)).ok());
    const std::size_t one = locators.memory();
    CHECK(one > 0);
    // The same name: nothing is looked for in the bytes, which lie elsewhere now.
    const std::string moved(file.size(), 'f');
    CHECK(frame(*locators.of("a", bytes_of(moved))) == "ff");
    CHECK(frame(*locators.of("b", bytes_of(file))) == "f2");
    // Another length cannot be the same file.
    CHECK_FALSE(locators.of("a", bytes_of(file.substr(0, file.size() - 30))).ok());
    for (int i = 0; i < 50; ++i) {
        CHECK(frame(*locators.of("n" + std::to_string(i), bytes_of(file))) == "f2");
        CHECK(locators.memory() <= 20'000);
    }
    CHECK_FALSE(locators.of("a", bytes_of(moved)).ok()); // made room long ago
    FrameLocators small(100);
    REQUIRE(small.of("a", bytes_of(file)).ok());
    CHECK(small.memory() == 0);
    REQUIRE(locators.of("", bytes_of(file)).ok());
    REQUIRE(locators.of("few", bytes_of(*stored(two_frames(), kJls).bytes)).ok());
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
