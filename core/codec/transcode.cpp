#include "core/codec/transcode.hpp"

#include "core/codec/dataset_reencoder.hpp"
#include "core/codec/pixel_element.hpp"
#include "core/codec/syntaxes.hpp"

#include "core/base/digest.hpp"
#include "core/dicom/dataset_bytes.hpp"
#include "core/dicom/deflated_dataset.hpp"
#include "core/dicom/element_encoder.hpp"
#include "core/dicom/top_level_elements.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <new>

namespace recog::codec {

using namespace dicom;

namespace {

constexpr Tag kImageType{0x0008, 0x0008};
constexpr Tag kPhotometricInterpretation{0x0028, 0x0004};
constexpr Tag kPlanarConfiguration{0x0028, 0x0006};
constexpr Tag kBitsStored{0x0028, 0x0101};
constexpr Tag kHighBit{0x0028, 0x0102};
constexpr Tag kLossyImageCompression{0x0028, 0x2110};
constexpr Tag kLossyRatio{0x0028, 0x2112};
constexpr Tag kLossyMethod{0x0028, 0x2114};
constexpr Tag kIconImageSequence{0x0088, 0x0200};
constexpr Tag kExtendedOffsets{0x7FE0, 0x0001};
constexpr Tag kExtendedLengths{0x7FE0, 0x0002};

/// PS3.3 C.7.6.1.1.5.2.
std::string_view method_of(std::string_view uid) {
    if (uid == syntax::JpegBaseline || uid == syntax::JpegExtended) {
        return "ISO_10918_1";
    }
    if (uid == syntax::JpegLsNear) {
        return "ISO_14495_1";
    }
    return uid == syntax::Htj2k ? "ISO_15444_15" : "ISO_15444_1";
}

bool is_always_lossy(std::string_view uid) {
    return uid == syntax::JpegBaseline || uid == syntax::JpegExtended;
}

std::string_view trimmed(std::string_view raw) {
    const std::size_t end = raw.find_last_not_of(std::string_view(" \0", 2));
    return raw.substr(0, end + 1); // npos + 1 is 0
}

/// A UUID of 128 bits as PS3.5 B.2 writes it: in decimals.
std::string uid_of(std::string digest) {
    std::array<unsigned, 16> bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        bytes[i] = static_cast<std::uint8_t>(digest[i]);
    }
    bytes[6] = (bytes[6] & 0x0FU) | 0x80U; // RFC 9562: version 8, of the maker's own choice
    bytes[8] = (bytes[8] & 0x3FU) | 0x80U;
    std::string decimals;
    while (std::any_of(bytes.begin(), bytes.end(), [](unsigned byte) { return byte != 0; })) {
        unsigned rest = 0;
        for (unsigned& byte : bytes) {
            const unsigned value = rest << 8U | byte;
            byte = value / 10;
            rest = value % 10;
        }
        decimals += static_cast<char>('0' + rest);
    }
    std::reverse(decimals.begin(), decimals.end());
    return "2.25." + decimals;
}

std::string ratio_text(std::uint64_t raw, std::uint64_t bytes) {
    std::array<char, 32> text{};
    const double ratio = bytes == 0 ? 1.0 : static_cast<double>(raw) / static_cast<double>(bytes);
    std::snprintf(text.data(), text.size(), "%.2f", ratio);
    return text.data();
}

std::string appended(std::string_view list, std::string_view value) {
    return list.empty() ? std::string(value) : std::string(list) + "\\" + std::string(value);
}

struct NewElement {
    std::string_view vr;
    std::string value; ///< in the byte order of the new data set
};

class Transcoder {
public:
    Transcoder(const DatasetBytes& dataset, std::string_view to, const TranscodeOptions& options)
        : dataset_(dataset), to_uid_(to), to_(encoding_of(to)), options_(options),
          top_(dataset.bytes, dataset.meta.encoding) {
        if (!is_native(to)) {
            to_ = Encoding{true, false, false}; // PS3.5 A.4, also for syntaxes that DCMTK does not know
        }
    }

    Result<Transcoded> run(Bytes file);

private:
    std::string_view value(Tag tag) const { return trimmed(top_.value(tag)); }
    void set(Tag tag, std::string_view vr, std::string value) { changed_[tag] = {vr, std::move(value)}; }
    void set_number(Tag tag, std::uint32_t number);
    void remove(Tag tag) { removed_.push_back(tag); }

    bool keeps_pixel_values() const;
    Status read_pixels();
    void describe(const PixelFormat& stated, const PixelFormat& now);
    void mark_lossy();
    Status check_nested();
    Status write_elements(std::vector<std::byte>& out);
    Status write_pixels(std::vector<std::byte>& out, const TopElement& top, DatasetReencoder& reencoder);
    void write_changed_before(std::vector<std::byte>& out, Tag tag);
    Status read_image(Bytes file);
    std::vector<std::byte> new_meta() const;
    Result<std::vector<std::byte>> written_file();

    const DatasetBytes& dataset_;
    const std::string_view to_uid_;
    Encoding to_;
    const TranscodeOptions& options_;
    TopLevelElements top_;
    std::map<Tag, NewElement> changed_;
    std::vector<Tag> removed_;
    std::string sop_instance_;
    std::optional<ImageFrames> image_;
    std::optional<CompressedFrames> compressed_;
    std::optional<NativeFrames> native_;
    PixelFormat stated_;
};

void Transcoder::set_number(Tag tag, std::uint32_t number) {
    std::vector<std::byte> bytes;
    DatasetReencoder::put_number(bytes, number, 2, to_.big_endian);
    set(tag, "US", std::string(text_of(bytes)));
}

/// Between native syntaxes pixels are an element like any other.
bool Transcoder::keeps_pixel_values() const {
    return is_native(dataset_.meta.transfer_syntax) && is_native(to_uid_);
}

Status Transcoder::read_pixels() {
    if (is_native(to_uid_)) {
        auto native = look_at(*image_);
        if (!native) {
            return native.failure();
        }
        native_ = *std::move(native);
        describe(stated_, native_->format);
        return {};
    }
    auto compressed = compress(*image_, to_uid_, options_.encode);
    if (!compressed) {
        return compressed.failure();
    }
    compressed_ = *std::move(compressed);
    describe(stated_, compressed_->format);
    if (compressed_->lossy) {
        mark_lossy();
    }
    return {};
}

void Transcoder::describe(const PixelFormat& stated, const PixelFormat& now) {
    if (now.photometric != stated.photometric) {
        set(kPhotometricInterpretation, "CS", now.photometric);
    }
    if (now.samples > 1 && (now.planar != stated.planar || !top_.has(kPlanarConfiguration))) {
        set_number(kPlanarConfiguration, now.planar ? 1 : 0);
    }
    if (now.bits_allocated != stated.bits_allocated) {
        set_number(tags::BitsAllocated, now.bits_allocated);
    }
    if (now.bits_stored != stated.bits_stored) {
        set_number(kBitsStored, now.bits_stored);
        set_number(kHighBit, now.bits_stored - 1);
    }
    if (is_always_lossy(dataset_.meta.transfer_syntax) && value(kLossyImageCompression) != "01") {
        set(kLossyImageCompression, "CS", "01");
    }
    remove(kExtendedOffsets);
    remove(kExtendedLengths);
}

void Transcoder::mark_lossy() {
    set(kLossyImageCompression, "CS", "01");
    set(kLossyRatio, "DS",
        appended(value(kLossyRatio), ratio_text(compressed_->raw_bytes, compressed_->bytes)));
    set(kLossyMethod, "CS", appended(value(kLossyMethod), method_of(to_uid_)));
    if (options_.keep_instance_uid) {
        return;
    }
    Digest digest;
    digest.add("lossy copy").add(sop_instance_).add(to_uid_);
    digest.add(std::to_string(options_.encode.quality)).add(std::to_string(options_.encode.near));
    sop_instance_ = uid_of(digest.finish());
    set(tags::SOPInstanceUID, "UI", sop_instance_);
    const std::string_view type = value(kImageType);
    if (type.starts_with("ORIGINAL")) {
        set(kImageType, "CS", "DERIVED" + std::string(type.substr(std::string_view("ORIGINAL").size())));
    }
}

Status Transcoder::check_nested() {
    const TopElement* const icon = top_.find(kIconImageSequence);
    if (icon == nullptr || is_native(dataset_.meta.transfer_syntax)) {
        return {};
    }
    // Re-encoding finds fragments inside; explicit VR into implicit is a way that says nothing else.
    DatasetReencoder probe(dataset_.bytes, dataset_.meta.encoding, Encoding{false, false, false}, false, 8,
                           options_.limits);
    std::vector<std::byte> unused;
    const Status read = probe.add(unused, icon->element, icon->next);
    if (!read && read.failure().kind == ErrorKind::NotAcceptable) {
        remove(kIconImageSequence);
        return {};
    }
    return read;
}

void Transcoder::write_changed_before(std::vector<std::byte>& out, Tag tag) {
    while (!changed_.empty() && changed_.begin()->first < tag) {
        const auto& [changed, element] = *changed_.begin();
        std::string value = element.value;
        if (value.size() % 2 != 0) {
            value += element.vr == "UI" ? '\0' : ' ';
        }
        DatasetReencoder::put_header(out, changed, element.vr, static_cast<std::uint32_t>(value.size()), to_);
        const auto bytes = std::as_bytes(std::span(value));
        out.insert(out.end(), bytes.begin(), bytes.end());
        changed_.erase(changed_.begin());
    }
}

Status Transcoder::write_elements(std::vector<std::byte>& out) {
    const Encoding from = dataset_.meta.encoding;
    const bool same = from.explicit_vr == to_.explicit_vr && from.big_endian == to_.big_endian;
    DatasetReencoder reencoder(dataset_.bytes, from, to_, stated_.is_signed, stated_.bits_allocated,
                               options_.limits);
    for (const TopElement& top : top_.all()) {
        const Tag tag = top.element.tag;
        const bool changes = changed_.contains(tag);
        write_changed_before(out, tag);
        // Meta elements within a data set would be taken for those of the new file, its syntax with them.
        const bool meta = tag.group == 0x0000 || tag.group == 0x0002;
        if (changes || meta || tag == tags::LengthToEnd || tag.element == 0 ||
            std::find(removed_.begin(), removed_.end(), tag) != removed_.end()) {
            continue;
        }
        if (is_pixel_data(tag)) {
            if (const Status written = write_pixels(out, top, reencoder); !written) {
                return written;
            }
        } else if (same) {
            const Bytes whole = top_.whole(top);
            out.insert(out.end(), whole.begin(), whole.end());
        } else if (const Status added = reencoder.add(out, top.element, top.next); !added) {
            return added;
        }
    }
    write_changed_before(out, Tag{0xFFFF, 0xFFFF});
    return {};
}

Status Transcoder::write_pixels(std::vector<std::byte>& out, const TopElement& top,
                                DatasetReencoder& reencoder) {
    if (compressed_) {
        append_fragments(out, *compressed_);
        return {};
    }
    if (native_) {
        return append_native(out, *image_, *std::move(native_), to_);
    }
    const std::size_t begin = out.size();
    const Status added = reencoder.add(out, top.element, top.next);
    if (added && dataset_.meta.transfer_syntax == transfer_syntax::ImplicitVRBigEndianPixels) {
        // GE's own: words in big endian within a little endian data set.
        const std::size_t word = word_bytes("OW", tags::PixelData, stated_.bits_allocated);
        for (std::size_t at = out.size() - top.element.length - top.element.length % 2;
             at + word <= out.size() && at >= begin; at += word) {
            std::reverse(out.begin() + static_cast<std::ptrdiff_t>(at),
                         out.begin() + static_cast<std::ptrdiff_t>(at + word));
        }
    }
    return added;
}

std::vector<std::byte> Transcoder::new_meta() const {
    const FileMeta& old = dataset_.meta;
    NewFileMeta meta;
    meta.sop_class = old.sop_class.empty() ? std::string(value(tags::SOPClassUID)) : old.sop_class;
    meta.sop_instance = sop_instance_;
    meta.transfer_syntax = to_uid_;
    meta.implementation_class = kImplementationClass;
    meta.sending_aet = old.sending_aet;
    meta.receiving_aet = old.receiving_aet;
    return encode_file_meta(meta);
}

Result<std::vector<std::byte>> Transcoder::written_file() {
    std::vector<std::byte> file = new_meta();
    if (!to_.deflated) {
        const Status written = write_elements(file);
        return written ? Result<std::vector<std::byte>>(std::move(file)) : written.failure();
    }
    std::vector<std::byte> elements;
    if (const Status written = write_elements(elements); !written) {
        return written.failure();
    }
    const auto deflated = deflate_dataset({Bytes(elements)});
    if (!deflated) {
        return deflated.failure();
    }
    const auto bytes = std::as_bytes(std::span(*deflated));
    file.insert(file.end(), bytes.begin(), bytes.end());
    return file;
}

Status Transcoder::read_image(Bytes file) {
    auto opened = ImageFrames::open(file, options_.limits);
    if (opened) {
        image_ = *std::move(opened);
        stated_ = image_->format();
        return {};
    }
    if (!keeps_pixel_values()) {
        return opened.failure();
    }
    // Pixels that contradict their attributes are copied as they are.
    const auto located = locate_pixel_data(file, options_.limits);
    if (!located) {
        return located.failure();
    }
    stated_ = pixel_format_of(located->shape);
    return {};
}

Result<Transcoded> Transcoder::run(Bytes file) {
    if (const Status scanned = top_.scan(dataset_.begin, options_.limits); !scanned) {
        return scanned.failure();
    }
    sop_instance_ = value(tags::SOPInstanceUID);
    const bool has_pixels = std::any_of(top_.all().begin(), top_.all().end(),
                                        [](const TopElement& top) { return is_pixel_data(top.element.tag); });
    if (!has_pixels && !is_native(to_uid_)) {
        return error(ErrorKind::NotAcceptable, "an object without pixels is not compressed");
    }
    const Status image = has_pixels ? read_image(file) : Status();
    const Status nested = image ? check_nested() : image;
    const Status read = nested && has_pixels && !keeps_pixel_values() ? read_pixels() : nested;
    if (!read) {
        return read.failure();
    }
    Transcoded result;
    result.lossy = compressed_ && compressed_->lossy;
    auto written = written_file();
    if (!written) {
        return written.failure();
    }
    result.file = *std::move(written);
    result.sop_instance = sop_instance_;
    return result;
}

} // namespace

bool can_transcode(std::string_view from, std::string_view to) {
    return from == to || is_special_case(from, to) || (can_decode(from) && can_encode(to));
}

Result<Transcoded> transcode(Bytes file, std::string_view to, const TranscodeOptions& options) {
    try {
        const auto dataset = open_dataset(file, options.limits);
        if (!dataset) {
            return dataset.failure();
        }
        const std::string_view from = dataset->meta.transfer_syntax;
        if (from == to) {
            return Transcoded{{file.begin(), file.end()}, dataset->meta.sop_instance, false};
        }
        if (!can_transcode(from, to) || to == transfer_syntax::ImplicitVRBigEndianPixels) {
            return error(ErrorKind::NotAcceptable,
                         "there is no way from the stored transfer syntax to this one");
        }
        return Transcoder(*dataset, to, options).run(file);
    } catch (const std::bad_alloc&) {
        return error(ErrorKind::Unavailable, "there is no memory for the object now");
    }
}

} // namespace recog::codec
