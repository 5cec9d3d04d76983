// Pixel for pixel against DCMTK (the code of dcm2pnm, called in this process) on real files. Skipped without
// them. RECOGNITION_PEER_LIST=1 prints a line for each frame.
#include "core/render/image.hpp"

#include <dcmtk/config/osconfig.h>

#include <dcmtk/dcmdata/dcrledrg.h>
#include <dcmtk/dcmdata/dctk.h>
#include <dcmtk/dcmimage/diregist.h>
#include <dcmtk/dcmimgle/dcmimage.h>
#include <dcmtk/dcmjpeg/djdecode.h>
#include <dcmtk/oflog/oflog.h>

#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

using namespace recog;
using namespace recog::render;

namespace {

namespace fs = std::filesystem;

std::vector<std::byte> read_file(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(file)), {});
    const auto view = std::as_bytes(std::span(bytes));
    return {view.begin(), view.end()};
}

struct Decoders {
    Decoders() {
        OFLog::configure(OFLogger::OFF_LOG_LEVEL);
        DJDecoderRegistration::registerCodecs();
        DcmRLEDecoderRegistration::registerCodecs();
    }
    ~Decoders() {
        DJDecoderRegistration::cleanup();
        DcmRLEDecoderRegistration::cleanup();
    }
};

/// DCMTK's own decoder for JPEG-LS is not asked: its library and CharLS 2 have functions of the same name,
/// and in one process the wrong ones are called.
bool decoded_by_dcmtk(std::string_view syntax) {
    return dicom::is_native(syntax) || syntax == "1.2.840.10008.1.2.5" ||
           syntax == "1.2.840.10008.1.2.4.70" || syntax.starts_with("1.2.840.10008.1.2.4.5");
}

/// For what DCMTK cannot decode: the frame as our codecs give it, so that the stages behind are compared.
bool feed_frame(DcmDataset& dataset, dicom::Bytes bytes, std::uint32_t frame,
                const codec::PixelFormat& format) {
    auto location = dicom::locate_pixel_data(bytes);
    if (!location) {
        return false;
    }
    const auto frames = dicom::FrameLocator::make(*std::move(location), bytes);
    const auto found = frames ? frames->frame(frame) : frames.failure();
    if (!found) {
        return false;
    }
    std::vector<std::byte> joined;
    for (const dicom::Bytes piece : found->pieces) {
        joined.insert(joined.end(), piece.begin(), piece.end());
    }
    auto raster = codec::decode(joined, frames->location().transfer_syntax, format);
    if (!raster) {
        return false;
    }
    raster->pixels.resize((raster->pixels.size() + 1) / 2 * 2);
    const auto& now = raster->format;
    dataset.putAndInsertUint16(DCM_BitsAllocated, static_cast<Uint16>(now.bits_allocated));
    dataset.putAndInsertUint16(DCM_BitsStored, static_cast<Uint16>(now.bits_stored));
    dataset.putAndInsertUint16(DCM_HighBit, static_cast<Uint16>(now.bits_stored - 1));
    dataset.putAndInsertUint16(DCM_PlanarConfiguration, now.planar ? 1 : 0);
    dataset.putAndInsertString(DCM_PhotometricInterpretation, now.photometric.c_str());
    dataset.putAndInsertString(DCM_NumberOfFrames, "1");
    dataset.remove(DcmTagKey(0x7FE0, 0x0010));
    auto* pixels = new DcmPixelData(DcmTag(DCM_PixelData, EVR_OW));
    pixels->putUint16Array(reinterpret_cast<const Uint16*>(raster->pixels.data()), raster->pixels.size() / 2);
    return dataset.insert(pixels).good();
}

/// How our own rules choose, told to DCMTK.
bool choose_window(DicomImage& peer, Image& image, std::uint32_t frame, const GrayTransformations& gray) {
    peer.hideAllOverlays();
    if (!peer.isMonochrome()) {
        return true;
    }
    if (gray.interest.window) {
        const Window& window = *gray.interest.window;
        peer.setVoiLutFunction(window.function == WindowFunction::Sigmoid ? EFV_Sigmoid : EFV_Linear);
        const double half = window.function == WindowFunction::LinearExact ? 0.5 : 0;
        return peer.setWindow(window.center + half, window.width + 2 * half) == 1;
    }
    if (gray.interest.table) {
        return peer.setVoiLut(0) == 1;
    }
    // Stored bits as they are: asked for no window at all, DCMTK shows the 1 of a one bit image as 128.
    if (image.attributes().format.bits_allocated > 16) {
        return peer.setMinMaxWindow(0) == 1;
    }
    const double mask = (1U << image.attributes().format.bits_stored) - 1U;
    const auto full = image.full_window(frame).value_or(Window{mask / 2, mask, WindowFunction::LinearExact});
    return peer.setWindow(full.center + 0.5, full.width + 1) == 1;
}

/// Where DCMTK is wrong, and what shows it.
struct PeerFault {
    const char* name;
    const char* reason;
};
constexpr PeerFault kPeerFaults[] = {
    // In big endian a pixel of 32 bits is turned round as a whole; the little endian twin of each of these
    // files, rtdose.dcm and rtdose_1frame.dcm, gives the same picture here, and DCMTK agrees with that one.
    {"rtdose_expb", "DCMTK swaps the halves of 32 bit pixels in big endian"},
    // PS3.3 C.7.6.3.1.2: DCMTK cuts off each term of the conversion, which adds up to 2.
    {"SC_ybr_full_uncompressed", "DCMTK cuts off each term of YBR to RGB"},
};

struct Tally {
    std::map<std::string, int> counts;
    std::map<std::string, std::string> first;
    void add(std::string what, const std::string& where) {
        for (const PeerFault& fault : kPeerFaults) {
            if (what.starts_with("unequal") && where.find(fault.name) != std::string::npos) {
                what = std::string("differs: ") + fault.reason;
            }
        }
        ++counts[what];
        first.try_emplace(what, where);
        if (std::getenv("RECOGNITION_PEER_LIST") != nullptr) {
            std::printf("%s\t%s\n", what.c_str(), where.c_str());
        }
    }
};

std::string verdict(const Picture& ours, const Uint8* theirs, bool color) {
    std::size_t down = 0;
    int most = 0;
    for (std::size_t i = 0; i < ours.pixels.size(); ++i) {
        const int difference = int{ours.pixels[i]} - int{theirs[i]};
        down += difference == -1 ? 1 : 0;
        most = std::max(most, std::abs(difference));
    }
    if (most == 0) {
        return "equal";
    }
    if (most == 1 && (color || down == 0)) {
        return color ? "colour off by one" : "off by one: rounded here, cut off there";
    }
    return most == 1 ? "off by one both ways" : "unequal: " + std::to_string(most);
}

void compare_frame(Image& image, DcmFileFormat& file, dicom::Bytes bytes, std::uint32_t frame,
                   const std::string& name, Tally& tally) {
    const auto ours = image.render(frame, {});
    if (!ours) {
        tally.add("not rendered here: " + ours.failure().text, name);
        return;
    }
    const auto meta = dicom::read_meta(bytes);
    const bool whole = meta && decoded_by_dcmtk(meta->transfer_syntax);
    DcmDataset copy(whole ? *file.getDataset() : dynamic_cast<DcmDataset&>(image.header().dataset()));
    E_TransferSyntax syntax = file.getDataset()->getOriginalXfer();
    std::uint32_t at = frame;
    if (!whole) {
        if (!feed_frame(copy, bytes, frame, image.attributes().format)) {
            tally.add("not decoded", name);
            return;
        }
        syntax = EXS_LittleEndianExplicit;
        at = 1;
    }
    DicomImage peer(static_cast<DcmObject*>(&copy), syntax, 0UL, at - 1UL, 1UL);
    if (peer.getStatus() != EIS_Normal) {
        tally.add(std::string("not rendered by DCMTK: ") + DicomImage::getString(peer.getStatus()), name);
        return;
    }
    const auto gray = image.header().gray(frame);
    if (!gray || !choose_window(peer, image, frame, *gray)) {
        tally.add("DCMTK does not take the window", name);
        return;
    }
    const void* data = peer.getOutputData(8, 0);
    if (data == nullptr || peer.getWidth() != ours->width || peer.getHeight() != ours->height ||
        peer.isMonochrome() != (ours->channels == 1)) {
        tally.add("DCMTK gives a picture of another shape", name);
        return;
    }
    tally.add(verdict(*ours, static_cast<const Uint8*>(data), ours->channels == 3), name);
}

void compare(const fs::path& path, const std::string& name, Tally& tally) {
    const auto bytes = read_file(path);
    auto image = Image::open(bytes);
    if (!image) {
        tally.add("not opened here: " + image.failure().text, name);
        return;
    }
    DcmFileFormat file;
    if (file.loadFile(path.c_str()).bad()) {
        tally.add("not read by DCMTK", name);
        return;
    }
    const std::uint32_t count = image->frame_count();
    for (const std::uint32_t frame : std::set<std::uint32_t>{1, (count + 1) / 2}) {
        compare_frame(*image, file, bytes, frame, name + " #" + std::to_string(frame), tally);
    }
}

} // namespace

TEST_CASE("a 32 bit image is the same in both byte orders") {
    const char* given = std::getenv("RECOGNITION_SHARED_TESTDATA");
    const fs::path folder = fs::path(given != nullptr ? given : SOURCE_DIR "/../shared/testdata") /
                            "pydicom+pydicom/src/pydicom/data/test_files";
    if (!fs::exists(folder)) {
        MESSAGE("skipped: no real files at hand");
        return;
    }
    const auto little = read_file(folder / "rtdose.dcm");
    const auto big = read_file(folder / "rtdose_expb.dcm");
    auto one = Image::open(little);
    auto other = Image::open(big);
    REQUIRE((one && other));
    CHECK(one->render(8, {})->pixels == other->render(8, {})->pixels);
}

TEST_CASE("pictures are those of DCMTK") {
    const char* given = std::getenv("RECOGNITION_SHARED_TESTDATA");
    const fs::path folder = given != nullptr ? given : SOURCE_DIR "/../shared/testdata";
    std::ifstream index(folder / "INDEX.tsv");
    if (!index) {
        MESSAGE("skipped: no real files at hand");
        return;
    }
    const Decoders decoders;
    Tally tally;
    std::string line;
    std::getline(index, line);
    while (std::getline(index, line)) {
        const std::string name = line.substr(0, line.find('\t'));
        if (name.find("fuzzing-corpus") == std::string::npos) {
            compare(folder / name, name, tally);
        }
    }
    for (const auto& [what, count] : tally.counts) {
        MESSAGE(count << " " << what << ", such as " << tally.first[what]);
    }
    CHECK(tally.counts["equal"] > 0);
    for (const auto& [what, count] : tally.counts) {
        CHECK_MESSAGE(!what.starts_with("unequal"),
                      count << " " << what << ", such as " << tally.first[what]);
    }
}
