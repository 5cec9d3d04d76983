#include "core/base/json_writer.hpp"
#include "core/dicom/json_model.hpp"
#include "core/dicom/pixel_data.hpp"
#include "core/dicomweb/accept.hpp"
#include "core/dicomweb/bulk_data_type.hpp"
#include "tests/core/service/store_samples.hpp"

#include <fstream>

using namespace recog;
using namespace recog::test;
using nlohmann::json;

namespace {

constexpr const char* kFailed = "00081198";

json value(const char* vr, json content) {
    return {{"vr", vr}, {"Value", json::array({std::move(content)})}};
}

json metadata(const std::string& number) {
    return {
        {"00080016", value("UI", "1.2.840.10008.5.1.4.1.1.7")},
        {"00080018", value("UI", "1.5.1." + number)},
        {"00100010", value("PN", {{"Alphabetic", "Wang^Wu"}, {"Ideographic", "\xE7\x8E\x8B^\xE4\xBA\x94"}})},
        {"0020000D", value("UI", "1.5")},
        {"0020000E", value("UI", "1.5.1")},
        {"00280010", value("US", 2)},
        {"00280011", value("US", 2)},
        {"00280100", value("US", 8)},
        {"7FE00010", {{"vr", "OB"}, {"BulkDataURI", "bulk/" + number}}}};
}

/// A JPEG baseline frame: header of 16 rows, 32 columns, and nothing behind.
std::string jpeg(char sof = '\xC0', char selection = 0) {
    return std::string("\xFF\xD8\xFF", 3) + sof +
           std::string("\x00\x0B\x08\x00\x10\x00\x20\x01\x01\x11\x00", 11) +
           std::string("\xFF\xDA\x00\x08\x01\x01\x00", 7) + selection + std::string("\x3F\x00", 2) + "data";
}

dicomweb::Response stored_json(KeptFiles& kept, const json& instances_of_request,
                               const std::vector<PartOf>& bulk) {
    std::vector<PartOf> parts{{"application/dicom+json", "", instances_of_request.dump()}};
    parts.insert(parts.end(), bulk.begin(), bulk.end());
    return stored(kept, order(kJsonParts), multipart(parts));
}

/// The model that we give of a file, everything binary but pixel data inlined.
json model_of(dicom::Bytes file) {
    std::string text;
    JsonWriter writer(text);
    if (!dicom::write_dataset(writer, file)) {
        return nullptr;
    }
    return json::parse(text, nullptr, false);
}

} // namespace

TEST_CASE("metadata in JSON and its bulk data become instances") {
    KeptFiles kept;
    const auto response = stored_json(
        kept, json::array({metadata("1"), metadata("2")}),
        {{"application/octet-stream", "bulk/2", "efg"}, {"application/octet-stream", "bulk/1", "abcd"}});
    CHECK(response.status == 200);
    CHECK(instances(json_of(response), "00081199") == "1 2");
    const std::string& file = kept.files.at("1.5.1.1");
    const auto pixels = dicom::locate_pixel_data(bytes_of(file));
    REQUIRE(pixels);
    CHECK(file.substr(pixels->native.offset, pixels->native.length) == "abcd");
    CHECK(kept.files.at("1.5.1.2").ends_with(std::string("efg\0", 4)));
    const json model = model_of(bytes_of(file));
    CHECK(model["00080005"]["Value"][0] == "ISO_IR 192");
    CHECK(model["00100010"]["Value"][0]["Ideographic"] == "\xE7\x8E\x8B^\xE4\xBA\x94");
}

TEST_CASE("compressed frames become fragments behind an offset table") {
    KeptFiles kept;
    json one = metadata("1");
    one["00280008"] = value("IS", 2);
    const std::vector<PartOf> repeated{
        {"image/jpeg; transfer-syntax=1.2.840.10008.1.2.4.50", "bulk/1", "abc"},
        {"image/jpeg; transfer-syntax=1.2.840.10008.1.2.4.50", "bulk/1", "defg"}};
    const std::vector<PartOf> numbered{
        {"image/jpeg; transfer-syntax=1.2.840.10008.1.2.4.50", "bulk/1/frames/2", "defg"},
        {"image/jpeg; transfer-syntax=1.2.840.10008.1.2.4.50", "bulk/1/frames/1", "abc"}};
    for (const auto& bulk : {repeated, numbered}) {
        const auto response = stored_json(kept, json::array({one}), bulk);
        CHECK(response.status == 200);
        const std::string& file = kept.files.at("1.5.1.1");
        auto pixels = dicom::locate_pixel_data(bytes_of(file));
        REQUIRE(pixels);
        CHECK(pixels->transfer_syntax == "1.2.840.10008.1.2.4.50");
        CHECK(pixels->basic_offsets == std::vector<std::uint32_t>{0, 12});
        const auto frames = dicom::FrameLocator::make(*pixels, bytes_of(file));
        REQUIRE(frames);
        CHECK(text_of(frames->frame(2)->pieces.at(0)) == "defg");
    }
    one["00280008"] = value("IS", 3);
    const auto missing = stored_json(kept, json::array({one}), repeated);
    CHECK(missing.status == 409);
    CHECK(reasons(json_of(missing), kFailed) == "49154");
}

TEST_CASE("what the metadata leaves out of the image is taken from its frame") {
    KeptFiles kept;
    json one = metadata("1");
    one.erase("00280010");
    one.erase("00280011");
    CHECK(stored_json(kept, json::array({one}), {{"image/jpeg", "bulk/1", jpeg()}}).status == 200);
    const json model = model_of(bytes_of(kept.files.at("1.5.1.1")));
    CHECK(model["00280010"]["Value"][0] == 16);
    CHECK(model["00280011"]["Value"][0] == 32);
    CHECK(model["00280004"]["Value"][0] == "MONOCHROME2");
    CHECK(model["00280101"]["Value"][0] == 8);
    CHECK(dicom::read_meta(bytes_of(kept.files.at("1.5.1.1")))->transfer_syntax == "1.2.840.10008.1.2.4.50");
}

TEST_CASE("the transfer syntax is what is stated, then what the frame shows, then the type's own") {
    const auto chosen = [](const char* type, const char* elsewhere, const char* found) {
        const auto media = dicomweb::parse_media_type(type);
        const auto result = dicomweb::pixel_data_type(*media, elsewhere, found);
        return result ? result->transfer_syntax.substr(15) + (result->video ? "v" : "") : std::string("no");
    };
    CHECK(chosen("image/jpeg; transfer-syntax=1.2.840.10008.1.2.4.51", "1.2.840.10008.1.2.4.57",
                 "1.2.840.10008.1.2.4.50") == ".2.4.51");
    CHECK(chosen("image/jpeg", "1.2.840.10008.1.2.4.57", "1.2.840.10008.1.2.4.50") == ".2.4.57");
    CHECK(chosen("image/jpeg", "1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.50") == ".2.4.50");
    CHECK(chosen("image/jpeg", "", "") == ".2.4.70");
    CHECK(chosen("image/jphc", "", "") == ".2.4.201");
    CHECK(chosen("video/mp4", "", "") == ".2.4.102v");
    CHECK(chosen("image/x-dicom-rle", "", "") == ".2.5");
    CHECK(chosen("application/octet-stream", "", "") == ".2.1");
    CHECK(chosen("application/octet-stream; transfer-syntax=1.2.840.10008.1.2.2", "", "") == ".2.1");
    CHECK(chosen("application/octet-stream; transfer-syntax=1.2.840.10008.1.2.4.90", "", "") == ".2.4.90");
    CHECK(chosen("image/jpeg; transfer-syntax=1.2.840.10008.1.2.4.90", "", "") == "no");
    CHECK(chosen("image/jpeg; transfer-syntax=1.2.840.10008.1.2.4.5", "", "") == "no");
    CHECK(chosen("image/png", "", "") == "no");
    CHECK(chosen("application/octet-stream; transfer-syntax=1.2.3", "", "") == "no");
}

TEST_CASE("an instance whose metadata or bulk data is wrong fails alone") {
    KeptFiles kept;
    json no_uid = metadata("2");
    no_uid.erase("0020000E");
    json no_bulk = metadata("3");
    json bad_number = metadata("4");
    bad_number["00280010"] = value("US", 70000);
    json no_model = metadata("5");
    no_model["00100010"] = "x";
    json bad_type = metadata("6");
    const auto response =
        stored_json(kept, json::array({metadata("1"), no_uid, no_bulk, bad_number, no_model, bad_type}),
                    {{"application/octet-stream", "bulk/1", "abcd"},
                     {"application/octet-stream", "bulk/2", "abcd"},
                     {"application/octet-stream", "bulk/4", "abcd"},
                     {"image/png", "bulk/6", "abcd"},
                     {"application/octet-stream", "", "nobody's"}});
    CHECK(response.status == 202);
    const json answer = json_of(response);
    CHECK(instances(answer, "00081199") == "1");
    CHECK(instances(answer, kFailed) == "2 3 4 6");
    CHECK(reasons(answer, kFailed) == "43264 49154 49152 49442");
    CHECK(reasons(answer, "0008119A") == "49152 49152");
}

TEST_CASE("metadata that is no JSON is bad syntax") {
    KeptFiles kept;
    CHECK(stored(kept, order("application/dicom+json"), "[{").status == 400);
    CHECK(stored(kept, order(kJsonParts), multipart({{"application/dicom+json", "", "nonsense"}})).status ==
          400);
    CHECK(stored(kept, order(kXmlParts), multipart({{"application/dicom+xml", "", "<a/>"}})).status == 400);
}

TEST_CASE("metadata in XML and its bulk data become instances") {
    KeptFiles kept;
    const auto attribute = [](const std::string& tag, const std::string& vr, const std::string& content) {
        return "<DicomAttribute tag=\"" + tag + "\" vr=\"" + vr + "\"><Value number=\"1\">" + content +
               "</Value></DicomAttribute>";
    };
    const auto document = [&](const std::string& number) {
        return "<?xml version=\"1.0\"?><NativeDicomModel>" +
               attribute("00080016", "UI", "1.2.840.10008.5.1.4.1.1.7") +
               attribute("00080018", "UI", "1.5.1." + number) + attribute("0020000D", "UI", "1.5") +
               attribute("0020000E", "UI", "1.5.1") +
               "<DicomAttribute tag=\"7FE00010\" vr=\"OB\"><BulkData uri=\"cid:" + number +
               "\"/></DicomAttribute></NativeDicomModel>";
    };
    const std::string body = multipart({{"application/dicom+xml", "", document("1")},
                                        {"application/dicom+xml", "", document("2")},
                                        {"application/octet-stream\r\nContent-ID: <2>", "", "two!"},
                                        {"application/octet-stream\r\nContent-ID: <1>", "", "one!"}});
    const auto response = stored(kept, order(kXmlParts), body);
    CHECK(response.status == 200);
    CHECK(kept.files.at("1.5.1.2").ends_with("two!"));
}

namespace {

/// The frames of a file; empty when it has none that can be told apart.
std::vector<std::string> frames_of(const std::string& file, std::string* syntax = nullptr) {
    auto pixels = dicom::locate_pixel_data(bytes_of(file));
    if (!pixels || pixels->tag != dicom::tags::PixelData || pixels->inflated) {
        return {};
    }
    if (syntax != nullptr) {
        *syntax = pixels->transfer_syntax;
    }
    if (!pixels->encapsulated && !pixels->encoding.big_endian) {
        return {file.substr(pixels->native.offset, pixels->native.length)}; // frames of bits share bytes
    }
    const auto locator = dicom::FrameLocator::make(*pixels, bytes_of(file));
    std::vector<std::string> frames(locator ? locator->count() : 0);
    for (std::uint32_t i = 0; i < frames.size(); ++i) {
        const auto frame = locator->frame(i + 1);
        for (const dicom::Bytes piece : frame ? frame->pieces : std::vector<dicom::Bytes>()) {
            frames[i] += text_of(piece);
        }
    }
    return frames;
}

/// The request that stores the file again: its model, and its frames as bulk data.
std::string request_of(json model, const std::vector<std::string>& frames, const std::string& syntax) {
    if (frames.empty()) {
        return multipart({{"application/dicom+json", "", json::array({model}).dump()}});
    }
    model["7FE00010"] = {{"vr", "OW"}, {"BulkDataURI", "pixels"}};
    std::vector<PartOf> parts{{"application/dicom+json", "", json::array({model}).dump()}};
    std::string type(dicomweb::frame_media_type(syntax));
    type += type == "application/octet-stream" ? "" : "; transfer-syntax=" + syntax;
    for (const std::string& frame : frames) {
        parts.push_back({type, "pixels", frame});
    }
    return multipart(parts);
}

} // namespace

// Real files, where they are: what we give as JSON and frames and take again is the same data set.
TEST_CASE("metadata that we give can be stored again") {
    const char* named = std::getenv("RECOGNITION_SHARED_TESTDATA");
    const std::filesystem::path root =
        named != nullptr ? std::filesystem::path(named)
                         : std::filesystem::path(SOURCE_DIR).parent_path() / "shared" / "testdata";
    if (!std::filesystem::is_directory(root)) {
        return;
    }
    std::size_t compared = 0;
    std::size_t frame_count = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
        if (!entry.is_regular_file() || entry.path().string().find("fuzzing-corpus") != std::string::npos) {
            continue;
        }
        std::ifstream in(entry.path(), std::ios::binary);
        const std::string file((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
        const json model = model_of(bytes_of(file));
        if (!model.is_object() || !model.contains("0020000E") || !model.contains("00080016") ||
            !model.contains("00080018") || !model["00080018"].contains("Value")) {
            continue;
        }
        std::string syntax;
        const std::vector<std::string> frames = frames_of(file, &syntax);
        KeptFiles kept;
        const auto response =
            stored(kept, order(kJsonParts), request_of(model, frames, syntax), small_settings(), 65'536);
        CAPTURE(entry.path().string());
        CHECK(response.status == 200);
        if (kept.files.empty()) {
            MESSAGE(response.body.to_string().value());
            continue;
        }
        const std::string& again = kept.files.begin()->second;
        const bool same_model = model_of(bytes_of(again)) == model;
        CHECK(same_model);
        if (!same_model) {
            MESSAGE(json::diff(model, model_of(bytes_of(again))).dump().substr(0, 600));
        }
        const bool same_frames = frames_of(again) == frames;
        CHECK(same_frames);
        frame_count += frames.size();
        ++compared;
    }
    MESSAGE("compared " << compared << " data sets and " << frame_count << " frames");
    CHECK(compared > 500);
}
