#include "core/dicomweb/bulk_data.hpp"

#include "core/dicomweb/byte_ranges.hpp"
#include "core/dicomweb/dataset_form.hpp"
#include "core/dicomweb/multipart_stream.hpp"
#include "core/dicomweb/preconditions.hpp"
#include "tests/core/dicom/dicom_samples.hpp"
#include "tests/core/dicomweb/case_table.hpp"

#include <doctest/doctest.h>

using namespace recog;
using namespace recog::dicomweb;
using namespace recog::test;

namespace {

const std::string kExplicit(dicom::transfer_syntax::ExplicitVRLittleEndian);
const std::string kBig(dicom::transfer_syntax::ExplicitVRBigEndian);

Request asking(std::vector<Field> headers) {
    Request request;
    request.headers = std::move(headers);
    return request;
}

BulkContent content_of(const std::string& file, std::string_view path) {
    const auto owner = std::make_shared<const std::string>(file);
    const auto value = dicom::find_bulk_value(bytes_of(*owner), path);
    REQUIRE(value.ok());
    return BulkContent(*value, {bytes_of(*owner), owner, {}});
}

std::string text_between(const BulkContent& content, std::uint64_t begin, std::uint64_t end) {
    Body body;
    content.append_to(body, begin, end);
    return *body.to_string();
}

std::string document(const std::string& bytes, const std::string& mime_type = "application/pdf ") {
    return part10(kExplicit, element(0x42, 0x11, "OB", bytes) + element(0x42, 0x12, "LO", mime_type));
}

BulkAnswer answer_of(const std::string& file) {
    const auto value = dicom::find_bulk_value(bytes_of(file), "/00420011");
    REQUIRE(value.ok());
    return {content_of(file, "/00420011"), document_type(value->mime_type), {}, "http://h/bulk", "\"tag\""};
}

std::string to_text(const Result<Response>& response) {
    REQUIRE(response.ok());
    return *response->body.to_string();
}

} // namespace

TEST_CASE("byte ranges") {
    for (const auto& row : read_table("ranges.tsv", 3)) {
        const RangesAsked asked = read_ranges(row[0], std::stoull(row[1]));
        std::string told;
        for (const ByteRange& range : asked.ranges) {
            told += (told.empty() ? "" : " ") + std::to_string(range.begin) + "-" + std::to_string(range.end);
        }
        if (asked.outcome != RangesAsked::Outcome::Partial) {
            CHECK(asked.ranges.empty());
            told = asked.outcome == RangesAsked::Outcome::Whole ? "whole" : "none";
        }
        CHECK_MESSAGE(told == row[2], row[0]);
    }
    CHECK(content_range({2, 5}, 10) == "bytes 2-4/10");
    CHECK(unsatisfied_range(10) == "bytes */10");
}

TEST_CASE("paths of bulk data") {
    const auto path = [](std::vector<std::string> segments) {
        const auto parsed = parse_bulk_path(segments);
        return parsed ? *parsed : "refused";
    };
    CHECK(path({"7fe00010"}) == "/7FE00010");
    CHECK(path({"0040A730", "12", "00420011"}) == "/0040A730/12/00420011");
    for (const auto& wrong : std::vector<std::vector<std::string>>{{},
                                                                   {"7FE0001"},
                                                                   {"7FE0001G"},
                                                                   {"7FE00010", "1"},
                                                                   {"0040A730", "0", "00420011"},
                                                                   {"0040A730", "01", "00420011"},
                                                                   {"0040A730", "-1", "00420011"},
                                                                   {"0040A730", "", "00420011"},
                                                                   {"0040A730", "99999999999", "00420011"},
                                                                   {"1", "0040A730", "1"}}) {
        CHECK(path(wrong) == "refused");
    }
    CHECK(path(std::vector<std::string>(999, "00420011")) == "refused");
}

TEST_CASE("values are found by their path, in items too, and in big endian turned round") {
    const std::string nested =
        part10(kExplicit, element(0x40, 0xA730, "SQ", item("") + item(element(0x42, 0x11, "OB", "abcd"))));
    CHECK(text_between(content_of(nested, "/0040A730/2/00420011"), 0, 4) == "abcd");
    CHECK(dicom::find_bulk_value(bytes_of(nested), "/0040A730/1/00420011").failure().kind ==
          ErrorKind::NotFound);
    CHECK(dicom::find_bulk_value(bytes_of(nested), "/0040A730").failure().kind == ErrorKind::NotFound);
    CHECK(dicom::find_bulk_value(bytes_of(nested), "").failure().kind == ErrorKind::NotFound);
    const std::string turned =
        part10(kBig, "\x7F\xE0" + std::string("\0\x10OW\0\0\0\0\0\x06", 10) + "badcfe");
    const BulkContent content = content_of(turned, "/7FE00010");
    CHECK(content.size() == 6);
    CHECK(text_between(content, 0, 6) == "abcdef");
    CHECK(text_between(content, 1, 4) == "bcd");
    CHECK(text_between(content, 5, 6) == "f");
}

TEST_CASE("fragments are joined without their headers") {
    const std::string file = part10(kExplicit, encapsulated(little(0, 4), {"abcd", "efgh"}));
    const BulkContent content = content_of(file, "/7FE00010");
    CHECK(content.size() == 8);
    CHECK(text_between(content, 0, 8) == "abcdefgh");
    CHECK(text_between(content, 3, 6) == "def");
    const std::size_t end = file.find("efgh") + 2;
    CHECK(text_between(content_of(file.substr(0, end), "/7FE00010"), 0, 8) == "abcdef");
}

TEST_CASE("a long value is sent in windows, whose pages are given back") {
    const std::string bytes(2 * kWindowBytes + 10, 'x');
    const auto file = std::make_shared<const std::string>(part10(
        kExplicit, little(0x00107FE0, 4) + "OB" + std::string(2, '\0') + little(bytes.size(), 4) + bytes));
    std::vector<std::size_t> released;
    const auto value = dicom::find_bulk_value(bytes_of(*file), "/7FE00010");
    REQUIRE(value.ok());
    const BulkContent content(*value, {bytes_of(*file), file, [&](std::size_t offset, std::size_t size) {
                                           released.push_back(offset);
                                           released.push_back(size);
                                       }});
    Body body;
    content.append_to(body);
    CHECK(body.size() == bytes.size());
    CHECK(*body.to_string() == bytes);
    const std::size_t begin = file->size() - bytes.size();
    CHECK(released == std::vector<std::size_t>{begin, kWindowBytes, begin + kWindowBytes, kWindowBytes,
                                               begin + 2 * kWindowBytes, 10});
}

TEST_CASE("a document is given in its own type, as bytes, and in one part of several") {
    const std::string file = document("%PDF12");
    const auto type_for = [&](const std::string& accept) {
        const auto response = respond_with_bulk(asking({{"Accept", accept}}), answer_of(file));
        return response ? *response->header("Content-Type") : std::string("406");
    };
    CHECK(type_for("*/*") == "application/pdf");
    CHECK(type_for("application/pdf") == "application/pdf");
    CHECK(type_for("application/octet-stream") == "application/octet-stream");
    CHECK(type_for("image/png, application/octet-stream;q=0.5") == "application/octet-stream");
    CHECK(type_for("image/png") == "406");
    CHECK(type_for("multipart/related; type=\"application/octet-stream\"").starts_with("multipart/related"));
    const auto whole = respond_with_bulk(asking({}), answer_of(file));
    CHECK(to_text(whole) == "%PDF12");
    CHECK(*whole->header("Accept-Ranges") == "bytes");
    CHECK(*whole->header("ETag") == "\"tag\"");
    CHECK(*whole->header("Content-Location") == "http://h/bulk");
    const std::string parts = to_text(respond_with_bulk(
        asking({{"Accept", "multipart/related; type=\"application/octet-stream\""}, {"Range", "bytes=0-1"}}),
        answer_of(file)));
    CHECK(parts.find("Content-Type: application/octet-stream\r\nContent-Location: http://h/bulk\r\n"
                     "Content-Length: 6\r\n\r\n%PDF12\r\n--") != std::string::npos);
}

TEST_CASE("a type that is shut out is not given to who takes any other") {
    const std::string file = document("%PDF12");
    const auto type_for = [&](const std::string& accept) {
        const auto response = respond_with_bulk(asking({{"Accept", accept}}), answer_of(file));
        return response ? *response->header("Content-Type") : std::string("406");
    };
    CHECK(type_for("application/pdf;q=0, */*") == "application/octet-stream");
    CHECK(type_for("application/octet-stream;q=0, */*") == "application/pdf");
    CHECK(type_for("application/pdf;q=0, application/octet-stream;q=0, */*") == "406");
    CHECK(type_for("multipart/*").starts_with("multipart/related"));
}

TEST_CASE("preconditions are judged before ranges, by the entity tag") {
    const std::string file = document("%PDF12");
    struct Case {
        std::vector<Field> fields;
        int status;
    };
    const std::vector<Case> cases{
        {{{"If-None-Match", "\"tag\""}}, 304},
        {{{"If-None-Match", "W/\"tag\""}}, 304},
        {{{"If-None-Match", "\"a,b\" , ,W/\"c\",\"tag\""}}, 304},
        {{{"If-None-Match", "*"}}, 304},
        {{{"If-None-Match", "\"other\""}}, 200},
        {{{"If-None-Match", "\"tag"}}, 200},
        {{{"If-None-Match", "tag"}}, 200},
        {{{"If-None-Match", "\"*\""}}, 200},
        {{{"If-None-Match", "\"tag\""}, {"Range", "bytes=2-4"}}, 304},
        {{{"If-None-Match", "\"x\""}, {"If-None-Match", "\"tag\""}}, 304},
        {{{"If-Match", "\"tag\""}}, 200},
        {{{"If-Match", " * "}}, 200},
        {{{"If-Match", "\"a\", \"tag\""}, {"Range", "bytes=2-4"}}, 206},
        {{{"If-Match", "W/\"tag\""}}, 412},
        {{{"If-Match", "\"nope\""}}, 412},
        {{{"If-Match", "nonsense"}}, 412},
        {{{"If-Match", "\"nope\""}, {"If-None-Match", "\"tag\""}}, 412},
        {{{"If-Match", "\"nope\""}, {"Range", "bytes=900-"}}, 412},
        {{{"If-Match", "\"tag\""}, {"If-None-Match", "\"tag\""}}, 304},
        {{{"If-None-Match", "\"tag\""}, {"Accept", "multipart/related"}}, 304},
        {{{"If-Match", "\"tag\""}, {"Accept", "multipart/related"}}, 412},
    };
    for (const Case& one : cases) {
        CAPTURE(one.fields.front().value);
        const auto response = respond_with_bulk(asking(one.fields), answer_of(file));
        REQUIRE(response);
        CHECK(response->status == one.status);
        CHECK(response->body.empty() == (one.status == 304));
        CHECK(response->header("ETag")->ends_with("\"tag\""));
    }
    // 13.2.1: what would not be answered with success has no preconditions.
    const auto refused =
        respond_with_bulk(asking({{"If-None-Match", "*"}, {"Accept", "image/png"}}), answer_of(file));
    CHECK(refused.failure().kind == ErrorKind::NotAcceptable);
    std::string many = "\"0\"";
    for (std::size_t i = 0; i < kMaxEntityTags; ++i) {
        many += ",\"0\"";
    }
    CHECK(respond_with_bulk(asking({{"If-None-Match", many + ",\"tag\""}}), answer_of(file))->status == 200);
}

TEST_CASE("a document whose type a browser could run is given as bytes") {
    CHECK(document_type("Application/PDF") == "application/pdf");
    CHECK(document_type("text/html").empty());
    CHECK(document_type("image/svg+xml").empty());
    CHECK(document_type("application/pdf\r\nX: y").empty());
    const std::string file = document("<a/>  ", "text/XML");
    const auto any = respond_with_bulk(asking({{"Accept", "*/*"}}), answer_of(file));
    CHECK(*any->header("Content-Type") == "application/octet-stream");
    const auto named = respond_with_bulk(asking({{"Accept", "text/xml"}}), answer_of(file));
    CHECK(*named->header("Content-Type") == "text/xml");
}

TEST_CASE("ranges of a value") {
    const std::string file = document("0123456789");
    const auto one = respond_with_bulk(asking({{"Range", "bytes=2-4"}}), answer_of(file));
    CHECK(one->status == 206);
    CHECK(to_text(one) == "234");
    CHECK(*one->header("Content-Range") == "bytes 2-4/10");
    const auto none = respond_with_bulk(asking({{"Range", "bytes=10-"}}), answer_of(file));
    CHECK(none->status == 416);
    CHECK(*none->header("Content-Range") == "bytes */10");
    const auto two = respond_with_bulk(asking({{"Range", "bytes=0-1,-2"}}), answer_of(file));
    CHECK(two->status == 206);
    CHECK(two->header("Content-Type")->starts_with("multipart/byteranges; boundary="));
    CHECK(to_text(two).find("Content-Type: application/pdf\r\nContent-Range: bytes 8-9/10\r\n\r\n89\r\n--") !=
          std::string::npos);
    for (const std::string condition :
         {"\"tag\"", "\"other\"", "W/\"tag\"", "Sun, 22 Nov 2026 00:00:00 GMT"}) {
        const auto conditional =
            respond_with_bulk(asking({{"Range", "bytes=2-4"}, {"If-Range", condition}}), answer_of(file));
        CHECK(conditional->status == (condition == "\"tag\"" ? 206 : 200));
    }
    Request head = asking({{"Range", "bytes=2-4"}});
    head.method = Method::Head;
    CHECK(respond_with_bulk(head, answer_of(file))->status == 200);
}

TEST_CASE("metadata and query answers take the form that is asked for") {
    const auto form = [](const std::string& accept) {
        const auto chosen = choose_dataset_form(accepted(asking({{"Accept", accept}})));
        return !chosen                             ? "406"
               : *chosen == DatasetForm::DicomJson ? "dicom+json"
               : *chosen == DatasetForm::Json      ? "json"
                                                   : "xml";
    };
    CHECK(form("*/*") == std::string("dicom+json"));
    CHECK(form("application/*") == std::string("dicom+json"));
    CHECK(form("application/dicom+json") == std::string("dicom+json"));
    CHECK(form("application/json") == std::string("json"));
    CHECK(form("multipart/related; type=\"application/dicom+xml\"") == std::string("xml"));
    CHECK(form("multipart/related") == std::string("xml"));
    CHECK(form("application/json;q=0.5, multipart/related;type=application/dicom+xml") == std::string("xml"));
    CHECK(form("application/json, multipart/related;type=application/dicom+xml;q=0.9") ==
          std::string("json"));
    CHECK(form("multipart/*") == std::string("xml"));
    // RFC 9110 12.5.1: for each form the most exact range decides.
    CHECK(form("*/*;q=0.1, application/dicom+json;q=0") == std::string("xml"));
    CHECK(form("application/dicom+json;q=0, */*") == std::string("xml"));
    CHECK(form("application/dicom+json;q=0, multipart/*;q=0, */*") == std::string("json"));
    CHECK(form("application/*;q=0, */*") == std::string("xml"));
    CHECK(form("application/*;q=0, multipart/related;q=0, */*") == std::string("406"));
    CHECK(form("application/dicom+json, */*;q=0.8") == std::string("dicom+json"));
    CHECK(form("*/*;q=0") == std::string("406"));
    CHECK(form("text/html") == std::string("406"));
    CHECK(form("multipart/related; type=\"application/dicom\"") == std::string("406"));
    CHECK(choose_dataset_form(accepted(asking({}))) == DatasetForm::DicomJson);
}
