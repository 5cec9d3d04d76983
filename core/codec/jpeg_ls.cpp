#include "core/codec/jpeg_ls.hpp"

#include "core/codec/jpeg_header.hpp"
#include "core/codec/samples.hpp"

#include <charls/charls.h>

#include <algorithm>
#include <memory>

namespace recog::codec {

namespace {

// The C interface throws nothing.
using Decoder = std::unique_ptr<charls_jpegls_decoder, decltype(&charls_jpegls_decoder_destroy)>;
using Encoder = std::unique_ptr<charls_jpegls_encoder, decltype(&charls_jpegls_encoder_destroy)>;

bool good(charls_jpegls_errc code) {
    return code == charls_jpegls_errc::success;
}

Error malformed() {
    return error(ErrorKind::Malformed, "the JPEG-LS stream is corrupt or cut short");
}

// Components that CharLS gives one after the other.
std::vector<std::byte> pixels_of_planes(const std::vector<std::byte>& planes, std::size_t samples,
                                        std::size_t width) {
    std::vector<std::byte> out(planes.size());
    const std::size_t pixels = planes.size() / samples / width;
    for (std::size_t s = 0; s < samples; ++s) {
        for (std::size_t i = 0; i < pixels; ++i) {
            std::copy_n(planes.data() + (s * pixels + i) * width, width,
                        out.data() + (i * samples + s) * width);
        }
    }
    return out;
}

// CharLS 2.4.1 runs for ever on a scan that ends without a marker: such a stream gets one.
bool has_end(Bytes frame) {
    std::size_t size = frame.size();
    while (size > 2 && frame[size - 1] == std::byte{0} && frame.size() - size < 2) {
        --size; // padding
    }
    return size >= 2 && frame[size - 2] == std::byte{0xFF} && frame[size - 1] == std::byte{0xD9};
}

std::vector<std::byte> with_end(Bytes frame) {
    std::vector<std::byte> ended(frame.begin(), frame.end());
    ended.push_back(std::byte{0xFF});
    ended.push_back(std::byte{0xD9});
    return ended;
}

struct Stream {
    charls_frame_info info{};
    charls_interleave_mode mode{};
    std::vector<std::byte> samples;
};

Result<Stream> read(Bytes frame, const PixelFormat& format) {
    const Decoder decoder(charls_jpegls_decoder_create(), &charls_jpegls_decoder_destroy);
    Stream stream;
    if (decoder == nullptr ||
        !good(charls_jpegls_decoder_set_source_buffer(decoder.get(), frame.data(), frame.size())) ||
        !good(charls_jpegls_decoder_read_header(decoder.get())) ||
        !good(charls_jpegls_decoder_get_frame_info(decoder.get(), &stream.info)) ||
        !good(charls_jpegls_decoder_get_interleave_mode(decoder.get(), &stream.mode))) {
        return malformed();
    }
    const auto components = static_cast<unsigned>(stream.info.component_count);
    if (const Status same = check_stream(format, stream.info.width, stream.info.height, components); !same) {
        return same.failure();
    }
    const std::size_t width = stream.info.bits_per_sample <= 8 ? 1 : 2;
    std::size_t wanted = 0;
    stream.samples.resize(sample_count(format) * width);
    if (!good(charls_jpegls_decoder_get_destination_size(decoder.get(), 0, &wanted)) ||
        wanted != stream.samples.size() ||
        !good(charls_jpegls_decoder_decode_to_buffer(decoder.get(), stream.samples.data(),
                                                     stream.samples.size(), 0))) {
        return malformed();
    }
    return stream;
}

Status write(std::vector<std::byte>& out, const Samples& samples, int near) {
    const Encoder encoder(charls_jpegls_encoder_create(), &charls_jpegls_encoder_destroy);
    const charls_frame_info info{samples.format.columns, samples.format.rows,
                                 static_cast<std::int32_t>(samples.precision),
                                 static_cast<std::int32_t>(samples.format.samples)};
    std::size_t size = 0;
    const bool ready =
        encoder != nullptr && good(charls_jpegls_encoder_set_frame_info(encoder.get(), &info)) &&
        good(charls_jpegls_encoder_set_near_lossless(encoder.get(), near)) &&
        good(charls_jpegls_encoder_set_interleave_mode(encoder.get(), samples.format.samples == 1
                                                                          ? charls_interleave_mode::none
                                                                          : charls_interleave_mode::line)) &&
        good(charls_jpegls_encoder_get_estimated_destination_size(encoder.get(), &size));
    if (!ready) {
        return error(ErrorKind::NotAcceptable, "JPEG-LS holds no such pixels");
    }
    // The estimate is that of the pixels; noise can grow by a part of it.
    out.resize(size + size / 2 + 1024);
    if (!good(charls_jpegls_encoder_set_destination_buffer(encoder.get(), out.data(), out.size())) ||
        !good(charls_jpegls_encoder_encode_from_buffer(encoder.get(), samples.bytes.data(),
                                                       samples.bytes.size(), 0)) ||
        !good(charls_jpegls_encoder_get_bytes_written(encoder.get(), &size))) {
        return error(ErrorKind::Internal, "the frame could not be encoded as JPEG-LS");
    }
    out.resize(size);
    return {};
}

} // namespace

Result<Raster> decode_jpeg_ls(Bytes frame, const PixelFormat& format) {
    if (const Status known = check_format(format); !known) {
        return known.failure();
    }
    const auto header = read_jpeg_header(frame);
    if (!header) {
        return header.failure();
    }
    if (header->process != JpegProcess::Ls) {
        return error(ErrorKind::Malformed, "the frame is no JPEG-LS stream");
    }
    if (const Status same = check_stream(format, header->columns, header->rows, header->components); !same) {
        return same.failure();
    }
    auto stream = has_end(frame) ? read(frame, format) : read(with_end(frame), format);
    if (!stream) {
        return stream.failure();
    }
    const auto precision = static_cast<unsigned>(stream->info.bits_per_sample);
    const unsigned width = precision <= 8 ? 1 : 2;
    if (stream->mode == charls_interleave_mode::none && format.samples > 1) {
        stream->samples = pixels_of_planes(stream->samples, format.samples, width);
    }
    const bool half = format.photometric == "YBR_FULL_422"; // mislabelled: all components are whole here
    return raster_of(std::move(stream->samples), width, precision, format,
                     half ? "YBR_FULL" : format.photometric);
}

Result<Encoded> encode_jpeg_ls(const Raster& raster, int near) {
    constexpr int kMostNear = 255;
    if (raster.format.bits_allocated == 1) {
        return error(ErrorKind::NotAcceptable, "JPEG-LS holds no pixels of one bit");
    }
    auto samples = samples_of(raster);
    if (!samples) {
        return samples.failure();
    }
    // Few bits have nothing to lose, and what is near the greatest of them would leave their range.
    const bool exact =
        samples->format.is_signed || samples->format.photometric == "PALETTE COLOR" || samples->precision < 8;
    const int most = std::min(kMostNear, (1 << (samples->precision - 1)) - 1);
    const int used = exact ? 0 : std::clamp(near, 0, most);
    // Of less than 8 bits DCMTK has other default thresholds than ISO/IEC 14495-1 C.2.4.1.1.1, and fails.
    samples = with_precision(*std::move(samples), 8);
    Encoded encoded{samples->format, {}, used > 0};
    if (const Status written = write(encoded.bytes, *samples, used); !written) {
        return written.failure();
    }
    return encoded;
}

} // namespace recog::codec
