#include "core/dicomweb/bulk_data_type.hpp"

#include "core/dicom/part10.hpp"

#include <algorithm>

namespace recog::dicomweb {

namespace {

// Below this stand nearly all syntaxes of compressed pixel data; RLE alone is .5 of the common root.
constexpr std::string_view kCompressed = "1.2.840.10008.1.2.4.";
constexpr std::string_view kRle = "1.2.840.10008.1.2.5";
constexpr std::string_view kRoot = "1.2.840.10008.1.2.";

// PS3.18 tables 8.7.3-2, 8.7.3-4 and 8.7.3-5, and the names that are still met: the first syntax is the
// default. Endings of kCompressed.
struct Row {
    std::string_view type;
    std::string_view endings;
    bool video;
};

constexpr Row kRows[] = {
    {"image/jpeg", "70 50 51 57", false},
    {"image/jls", "80 81", false},
    {"image/x-jls", "80 81", false},
    {"image/jp2", "90 91", false},
    {"image/jpx", "92 93", false},
    {"image/jphc", "201 202 203", false},
    {"image/jxl", "110 111 112", false},
    {"video/mpeg", "100 101 100.1 101.1", true},
    {"video/mpeg2", "100 101 100.1 101.1", true},
    {"video/mp4", "102 103 104 105 106 102.1 103.1 104.1 105.1 106.1", true},
    {"video/h265", "107 108", true},
};

bool has_word(std::string_view words, std::string_view word) {
    while (!words.empty()) {
        const std::size_t end = std::min(words.find(' '), words.size());
        if (words.substr(0, end) == word) {
            return true;
        }
        words.remove_prefix(std::min(words.size(), end + 1));
    }
    return false;
}

bool may_hold(const Row& row, std::string_view syntax) {
    return syntax.starts_with(kCompressed) && has_word(row.endings, syntax.substr(kCompressed.size()));
}

Error unsupported() {
    return error(ErrorKind::UnsupportedMediaType,
                 "the media type of the pixel data and its transfer syntax do not go together");
}

bool is_video(std::string_view syntax) {
    return std::any_of(std::begin(kRows), std::end(kRows),
                       [syntax](const Row& row) { return row.video && may_hold(row, syntax); });
}

Result<PixelDataType> octets(std::string_view stated) {
    if (stated.empty() || dicom::is_native(stated)) {
        return PixelDataType{std::string(dicom::transfer_syntax::ExplicitVRLittleEndian), false};
    }
    return stated.starts_with(kRoot)
               ? Result<PixelDataType>(PixelDataType{std::string(stated), is_video(stated)})
               : unsupported();
}

} // namespace

Result<PixelDataType> pixel_data_type(const MediaType& type, std::string_view stated_elsewhere,
                                      std::string_view found) {
    const std::string_view stated = type.parameter("transfer-syntax");
    if (type.type.empty() || type.type == "application/octet-stream") {
        return octets(!stated.empty() ? stated : stated_elsewhere);
    }
    if (type.type == "image/dicom-rle" || type.type == "image/x-dicom-rle") {
        return stated.empty() || stated == kRle
                   ? Result<PixelDataType>(PixelDataType{std::string(kRle), false})
                   : unsupported();
    }
    const auto row = std::find_if(std::begin(kRows), std::end(kRows),
                                  [&](const Row& one) { return one.type == type.type; });
    if (row == std::end(kRows) || (!stated.empty() && !may_hold(*row, stated))) {
        return unsupported();
    }
    for (const std::string_view syntax : {stated, stated_elsewhere, found}) {
        if (may_hold(*row, syntax)) {
            return PixelDataType{std::string(syntax), row->video};
        }
    }
    const std::string_view first = row->endings.substr(0, row->endings.find(' '));
    return PixelDataType{std::string(kCompressed).append(first), row->video};
}

} // namespace recog::dicomweb
