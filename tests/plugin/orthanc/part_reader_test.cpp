#include "plugin/orthanc/part_reader.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace recog;
using namespace recog::orthanc;

namespace {

const std::string kBody =
    "--B\r\nContent-Type: application/dicom\r\nContent-Location: /a\r\nContent-Length: 5\r\n\r\n"
    "one\r\n\r\n"
    "--B\r\nContent-Type: text/xml\r\n\r\n<x>--B</x>\r\n"
    "--B\r\nContent-Type: image/jls\r\nContent-Length: 0\r\n\r\n\r\n"
    "--B--\r\n";
const std::string kStory = "Content-Type=application/dicom Content-Location=/a [one\r\n]"
                           "Content-Type=text/xml [<x>--B</x>]Content-Type=image/jls []";

/// The text in pieces of a size, each a run of its own in one owner or in several.
std::string told(const std::string& text, std::size_t size, bool contiguous) {
    const auto whole = std::make_shared<const std::string>(text);
    std::size_t at = 0;
    PartReader reader("B", [&]() -> Result<std::optional<dicomweb::OpenedPiece>> {
        if (at >= whole->size()) {
            return std::optional<dicomweb::OpenedPiece>();
        }
        const std::size_t count = std::min(size, whole->size() - at);
        std::shared_ptr<const std::string> owner = whole;
        std::string_view bytes = std::string_view(*whole).substr(at, count);
        if (!contiguous) {
            owner = std::make_shared<const std::string>(bytes);
            bytes = *owner;
        }
        at += count;
        return std::optional(dicomweb::OpenedPiece{{std::as_bytes(std::span(bytes))}, owner});
    });
    std::string story;
    while (true) {
        const auto part = reader.read();
        if (!part) {
            return story + "refused";
        }
        if (!*part) {
            return story;
        }
        for (const auto& field : (*part)->fields) {
            story += field.name + "=" + field.value + " ";
        }
        story +=
            "[" +
            std::string(reinterpret_cast<const char*>((*part)->payload.data()), (*part)->payload.size()) +
            "]";
    }
}

} // namespace

TEST_CASE("the parts of a body are the same however its pieces are cut") {
    for (std::size_t size = 1; size <= kBody.size(); ++size) {
        CAPTURE(size);
        CHECK(told(kBody, size, true) == kStory);
        CHECK(told(kBody, size, false) == kStory);
    }
}

TEST_CASE("what is not made of the parts it tells of is refused") {
    CHECK(told("", 10, true) == "refused");
    CHECK(told("--C\r\n\r\n\r\n--C--\r\n", 10, true) == "refused");
    CHECK(told("--B\r\nno field\r\n\r\n\r\n--B--\r\n", 10, true) == "refused");
    CHECK(told(kBody.substr(0, kBody.size() - 8), 10, true).ends_with("refused"));
    CHECK(told("--B\r\nContent-Length: 100\r\n\r\nabc\r\n--B--\r\n", 10, true) == "refused");
    CHECK(told("--B\r\nA: b\r\n\r\nabc", 10, true) == "refused");
    CHECK(told("--B\r\nContent-Length: 1\r\n\r\nabc\r\n--B--\r\n", 10, true) == "[a]refused");
    CHECK(told("--B\r\nA: " + std::string(20'000, 'x'), 100, true) == "refused");
    CHECK(told("--B--\r\n", 3, true) == "");
}

TEST_CASE("a payload in windows of one file is not copied") {
    const auto file = std::make_shared<const std::string>(std::string(1000, 'f'));
    const std::string head = "--B\r\nContent-Length: 1000\r\n\r\n";
    int piece = 0;
    PartReader reader("B", [&]() -> Result<std::optional<dicomweb::OpenedPiece>> {
        if (piece == 0) {
            ++piece;
            return std::optional(dicomweb::OpenedPiece{{std::as_bytes(std::span(head))}, nullptr});
        }
        const std::string_view window =
            std::string_view(*file).substr(static_cast<std::size_t>(piece++ - 1) * 100, 100);
        return std::optional(dicomweb::OpenedPiece{{std::as_bytes(std::span(window))}, file});
    });
    const auto part = reader.read();
    REQUIRE(part);
    REQUIRE(*part);
    CHECK((*part)->payload.data() == reinterpret_cast<const std::byte*>(file->data()));
    CHECK((*part)->payload.size() == 1000);
}

TEST_CASE("parameters of a media type are found") {
    const std::string type = "multipart/related; type=\"application/dicom\"; boundary=\"a b\"; x=y";
    CHECK(media_parameter(type, "type") == "application/dicom");
    CHECK(media_parameter(type, "boundary") == "a b");
    CHECK(media_parameter(type, "x") == "y");
    CHECK(media_parameter(type, "z").empty());
    CHECK(media_parameter("multipart/related", "boundary").empty());
}
