#include "core/codec/pixel_element.hpp"

#include "core/codec/dataset_reencoder.hpp"

#include <algorithm>

namespace recog::codec {

namespace {

constexpr dicom::Encoding kLittle{true, false, false};

Error changing() {
    return error(ErrorKind::NotAcceptable, "the frames of the object come out in different formats");
}

void append(std::vector<std::byte>& out, Bytes bytes) {
    out.insert(out.end(), bytes.begin(), bytes.end());
}

void turn_round(std::span<std::byte> bytes, std::size_t word) {
    for (std::size_t at = 0; at + word <= bytes.size(); at += word) {
        std::reverse(bytes.begin() + static_cast<std::ptrdiff_t>(at),
                     bytes.begin() + static_cast<std::ptrdiff_t>(at + word));
    }
}

// PS3.5 8.1.1: frames of one bit pixels follow each other without padding.
void append_bits(std::vector<std::byte>& out, std::size_t begin, std::uint64_t first, Bytes frame,
                 std::uint64_t bits) {
    for (std::uint64_t i = 0; i < bits; ++i) {
        const auto bit = (frame[i / 8] >> (i % 8)) & std::byte{1};
        out[begin + (first + i) / 8] |= bit << ((first + i) % 8);
    }
}

} // namespace

Result<CompressedFrames> compress(const ImageFrames& image, std::string_view syntax,
                                  const EncodeOptions& options) {
    CompressedFrames compressed;
    for (std::uint32_t n = 1; n <= image.count(); ++n) {
        auto frame = image.frame(n, syntax, options);
        if (!frame) {
            return frame.failure();
        }
        if (n == 1) {
            compressed.format = frame->format;
        } else if (frame->format != compressed.format) {
            return changing();
        }
        compressed.lossy = compressed.lossy || frame->lossy;
        compressed.bytes += frame->bytes.size();
        compressed.frames.push_back(std::move(frame->bytes));
    }
    PixelFormat raw = image.format();
    if (raw.samples == 3) {
        raw.photometric = "RGB"; // the ratio is that to whole chroma
    }
    compressed.raw_bytes = std::uint64_t{frame_bytes(raw).value_or(0)} * image.count();
    return compressed;
}

void append_fragments(std::vector<std::byte>& out, CompressedFrames& compressed) {
    std::vector<std::byte> table;
    std::uint64_t offset = 0;
    for (const auto& frame : compressed.frames) {
        DatasetReencoder::put_number(table, offset, 4, false);
        offset += 8 + frame.size() + frame.size() % 2;
    }
    if (offset > 0xFFFFFFFFU) {
        table.clear();
    }
    out.reserve(out.size() + offset + table.size() + 64);
    DatasetReencoder::put_header(out, dicom::tags::PixelData, "OB", dicom::kUndefinedLength, kLittle);
    DatasetReencoder::put_header(out, dicom::kItem, {}, static_cast<std::uint32_t>(table.size()), kLittle);
    append(out, table);
    for (auto& frame : compressed.frames) {
        frame.resize(frame.size() + frame.size() % 2);
        DatasetReencoder::put_header(out, dicom::kItem, {}, static_cast<std::uint32_t>(frame.size()),
                                     kLittle);
        append(out, frame);
        std::vector<std::byte>().swap(frame);
    }
    DatasetReencoder::put_header(out, dicom::kSequenceDelimitation, {}, 0, kLittle);
}

Result<NativeFrames> look_at(const ImageFrames& image) {
    auto first = image.raster(1);
    if (!first) {
        return first.failure();
    }
    NativeFrames native{first->format, 0, *std::move(first)};
    const PixelFormat& format = native.format;
    const std::uint64_t bits =
        std::uint64_t{format.rows} * format.columns * format.samples * format.bits_allocated;
    native.bytes = (bits * image.count() + 7) / 8;
    if (native.bytes > 0xFFFFFFFEU - 1) {
        return error(ErrorKind::TooLarge, "the pixels are longer than an element can be");
    }
    return native;
}

Status append_native(std::vector<std::byte>& out, const ImageFrames& image, NativeFrames native,
                     dicom::Encoding encoding) {
    const PixelFormat format = native.format;
    const std::string_view vr = format.bits_allocated <= 8 ? "OB" : "OW";
    const std::uint64_t whole = native.bytes + native.bytes % 2;
    DatasetReencoder::put_header(out, dicom::tags::PixelData, vr, static_cast<std::uint32_t>(whole),
                                 encoding);
    const std::size_t begin = out.size();
    out.reserve(begin + whole);
    const std::uint64_t bits = std::uint64_t{format.rows} * format.columns * format.samples;
    const bool single_bits = format.bits_allocated == 1;
    if (single_bits) {
        out.resize(begin + whole);
    }
    const std::size_t word =
        encoding.big_endian ? word_bytes(vr, dicom::tags::PixelData, format.bits_allocated) : 1;
    for (std::uint32_t n = 1; n <= image.count(); ++n) {
        auto raster = n == 1 ? Result<Raster>(std::move(native.first)) : image.raster(n);
        if (!raster) {
            return raster.failure();
        }
        if (raster->format != format) {
            return changing();
        }
        if (single_bits) {
            append_bits(out, begin, bits * (n - 1), raster->pixels, bits);
            continue;
        }
        if (word > 1) {
            turn_round(raster->pixels, word);
        }
        append(out, raster->pixels);
    }
    out.resize(begin + whole);
    return {};
}

} // namespace recog::codec
