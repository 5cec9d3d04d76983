#include "core/dicom/part10.hpp"
#include "core/dicom/pixel_data.hpp"

#include "tests/core/dicom/dicom_samples.hpp"

#include <doctest/doctest.h>
#include <zlib.h>

#include <chrono>

using namespace recog;
using namespace recog::dicom;
using namespace recog::test;

namespace {

const std::string kExplicit(transfer_syntax::ExplicitVRLittleEndian);
const std::string kJpeg = "1.2.840.10008.1.2.4.50";
const std::string kPatient = element(0x10, 0x10, "PN", "Li^Na ") + element(0x10, 0x20, "LO", "77");

std::string name_in(DcmFileFormat& file) {
    OFString name;
    file.getDataset()->findAndGetOFString(DCM_PatientName, name);
    return name.c_str();
}

std::string deflated(const std::string& text) {
    z_stream stream{};
    deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 9, Z_DEFAULT_STRATEGY);
    std::string out(deflateBound(&stream, text.size()), '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    deflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

std::string nested(unsigned depth) {
    std::string inner = element(0x08, 0x0100, "SH", "A ");
    for (unsigned i = 0; i < depth; ++i) {
        inner = element(0x40, 0xA730, "SQ", item(inner));
    }
    return inner;
}

} // namespace

TEST_CASE("meta information is read as it was written, and DCMTK reads the same") {
    const auto meta =
        encode_file_meta({"1.2.840.10008.5.1.4.1.1.7", "1.2.3.45", kJpeg, std::string(kImplementationClass),
                          "RECOGNITION_1", "H001_CT", "NODE"});
    std::string file(reinterpret_cast<const char*>(meta.data()), meta.size());
    file += kPatient;
    const auto read = read_meta(bytes_of(file));
    REQUIRE(read.ok());
    CHECK(read->has_preamble);
    CHECK(read->dataset_offset == meta.size());
    CHECK(read->transfer_syntax == kJpeg);
    CHECK(read->sop_class == "1.2.840.10008.5.1.4.1.1.7");
    CHECK(read->sop_instance == "1.2.3.45");
    CHECK(read->implementation_class == kImplementationClass);
    CHECK(read->sending_aet == "H001_CT");
    CHECK(read->receiving_aet == "NODE");
    const auto parsed = read_header(bytes_of(file));
    REQUIRE(parsed.ok());
    OFString text;
    CHECK((*parsed)->getMetaInfo()->findAndGetOFString(DCM_SourceApplicationEntityTitle, text).good());
    CHECK(text == "H001_CT");
    CHECK(name_in(**parsed) == "Li^Na");
}

TEST_CASE("meta information is read with and without preamble, and its absence is seen") {
    const std::string file = part10(kJpeg, kPatient);
    const auto meta = read_meta(bytes_of(file));
    REQUIRE(meta.ok());
    CHECK(meta->has_preamble);
    CHECK(meta->transfer_syntax == kJpeg);
    CHECK(meta->sop_class == "1.2.840.10008.5.1.4.1.1.7");
    CHECK(meta->sop_instance == "1.2.3.4");
    CHECK(meta->dataset_offset == file.size() - kPatient.size());

    const std::string without_preamble = file.substr(132);
    REQUIRE(read_meta(bytes_of(without_preamble)).ok());
    CHECK_FALSE(read_meta(bytes_of(without_preamble))->has_preamble);
    CHECK(read_meta(bytes_of(without_preamble))->transfer_syntax == kJpeg);

    REQUIRE(read_meta(bytes_of(kPatient)).ok());
    CHECK(read_meta(bytes_of(kPatient))->transfer_syntax == kExplicit);
    const std::string implicit = little(0x00200010, 4) + little(2, 4) + "77";
    CHECK(read_meta(bytes_of(implicit))->transfer_syntax == transfer_syntax::ImplicitVRLittleEndian);
}

TEST_CASE("a header is read without its pixel data") {
    const std::string file = part10(kExplicit, kPatient + element(0x7FE0, 0x10, "OW", std::string(64, 'x')));
    const auto header = read_header(bytes_of(file));
    REQUIRE(header.ok());
    CHECK(name_in(**header) == "Li^Na");
    CHECK_FALSE((*header)->getDataset()->tagExists(DCM_PixelData));
    OFString syntax;
    CHECK((*header)->getMetaInfo()->findAndGetOFString(DCM_TransferSyntaxUID, syntax).good());
    CHECK(std::string(syntax.c_str()) == kExplicit);
    CHECK(read_header(bytes_of(file.substr(132))).ok());
    CHECK(read_header(bytes_of(kPatient)).ok());
}

TEST_CASE("a header cut short by its pixel data is still a header") {
    const std::string file = part10(kExplicit, kPatient + element(0x7FE0, 0x10, "OW", std::string(64, 'x')));
    const std::string cut = file.substr(0, file.size() - 10);
    CHECK(read_header(bytes_of(cut)).ok());
    REQUIRE_FALSE(locate_pixel_data(bytes_of(cut)).ok());
    CHECK(locate_pixel_data(bytes_of(cut)).failure().kind == ErrorKind::Malformed);
}

TEST_CASE("a deflated data set is read, and one that grows too far is refused") {
    const std::string dataset =
        kPatient + image_attributes({2, 2, 8, 1, ""}) + element(0x7FE0, 0x10, "OB", "wxyz");
    const std::string file =
        part10(std::string(transfer_syntax::DeflatedExplicitVRLittleEndian), deflated(dataset));
    const auto header = read_header(bytes_of(file));
    REQUIRE(header.ok());
    CHECK(name_in(**header) == "Li^Na");
    auto located = locate_pixel_data(bytes_of(file));
    REQUIRE(located.ok());
    const auto frames = FrameLocator::make(*located, bytes_of(file));
    REQUIRE(frames.ok());
    CHECK(text_of(frames->frame(1)->pieces.at(0)) == "wxyz");
    Part10Limits limits;
    limits.inflated_bytes = 32;
    CHECK(read_header(bytes_of(file), limits).failure().kind == ErrorKind::TooLarge);
    const std::string broken =
        part10(std::string(transfer_syntax::DeflatedExplicitVRLittleEndian), std::string(40, '\x07'));
    CHECK(read_header(bytes_of(broken)).failure().kind == ErrorKind::Malformed);
}

TEST_CASE("nesting beyond its limit is refused before DCMTK sees it") {
    const std::string deep = part10(kExplicit, nested(200));
    const std::string too_deep = part10(kExplicit, nested(300));
    CHECK(read_header(bytes_of(deep)).ok());
    REQUIRE_FALSE(read_header(bytes_of(too_deep)).ok());
    CHECK(read_header(bytes_of(too_deep)).failure().kind == ErrorKind::TooLarge);
    std::string endless;
    for (int i = 0; i < 100'000; ++i) {
        endless += little(0xA7300040, 4) + "SQ" + std::string(2, '\0') + little(0xFFFFFFFF, 4) +
                   little(0xE000FFFE, 4) + little(0xFFFFFFFF, 4);
    }
    CHECK_FALSE(read_header(bytes_of(part10(kExplicit, endless))).ok());
    CHECK_FALSE(locate_pixel_data(bytes_of(part10(kExplicit, endless))).ok());
}

TEST_CASE("limits on elements, fragments and header are kept") {
    const std::string file = part10(kExplicit, kPatient + encapsulated("", {"ab", "cd", "ef"}));
    Part10Limits limits;
    limits.elements = 1;
    CHECK(read_header(bytes_of(file), limits).failure().kind == ErrorKind::TooLarge);
    limits = {};
    limits.fragments = 2;
    CHECK(locate_pixel_data(bytes_of(file), limits).failure().kind == ErrorKind::TooLarge);
    limits = {};
    limits.header_bytes = 4;
    CHECK(read_header(bytes_of(file), limits).failure().kind == ErrorKind::TooLarge);
}

TEST_CASE("every cut of a file is read or refused") {
    const std::string file = part10(kJpeg, kPatient + nested(3) + image_attributes({2, 2, 8, 1, "2"}) +
                                               encapsulated(little(0, 4) + little(10, 4), {"ab", "cd"}));
    for (std::size_t length = 0; length < file.size(); ++length) {
        const std::string cut = file.substr(0, length);
        CHECK_NOTHROW((void)read_header(bytes_of(cut)));
        const auto located = locate_pixel_data(bytes_of(cut));
        if (located) {
            CHECK_NOTHROW((void)FrameLocator::make(*located, bytes_of(cut)));
        }
    }
    CHECK_FALSE(read_header({}).ok());
}

TEST_CASE("what DCMTK reads of the fuzzing corpus is read here too, and quickly") {
    for (const auto& path : shared_files("pwnlabmx+dicom-fuzzing-corpus")) {
        const std::string file = read_file(path);
        const auto start = std::chrono::steady_clock::now();
        const bool read = read_header(bytes_of(file)).ok();
        const auto located = locate_pixel_data(bytes_of(file));
        if (located) {
            (void)FrameLocator::make(*located, bytes_of(file));
        }
        CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(2));
        DcmFileFormat whole;
        if (whole.loadFile(path.c_str()).good()) {
            CHECK_MESSAGE(read, path.filename().string());
        }
    }
}
