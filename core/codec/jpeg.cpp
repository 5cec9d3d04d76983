#include "core/codec/jpeg.hpp"

namespace recog::codec {

namespace {

Error not_acceptable(const char* text) {
    return error(ErrorKind::NotAcceptable, text);
}

} // namespace

Result<Raster> decode_jpeg(Bytes frame, const PixelFormat& format) {
    if (const Status known = check_format(format); !known) {
        return known.failure();
    }
    const auto header = read_jpeg_header(frame);
    if (!header) {
        return header.failure();
    }
    if (const Status same = check_stream(format, header->columns, header->rows, header->components); !same) {
        return same.failure();
    }
    if (header->process != JpegProcess::Lossy && header->process != JpegProcess::Lossless) {
        return not_acceptable("no decoder knows this process of JPEG");
    }
    const bool lossy = header->process == JpegProcess::Lossy;
    return lossy && header->precision == 8 ? decode_jpeg_8(frame, *header, format)
                                           : decode_jpeg_ijg(frame, *header, format);
}

Result<Encoded> encode_jpeg_lossy(const Raster& raster, int quality, bool extended) {
    // PS3.5 8.2.1: lossy processes hold unsigned samples; an index into a palette must not be altered.
    if (raster.format.is_signed || raster.format.photometric == "PALETTE COLOR" ||
        raster.format.bits_allocated == 1) {
        return not_acceptable("lossy JPEG holds no signed pixels, no palette and no pixels of one bit");
    }
    const auto samples = samples_of(raster);
    if (!samples) {
        return samples.failure();
    }
    if (samples->precision <= 8) {
        return encode_jpeg_8(*samples, quality);
    }
    if (extended && samples->precision <= 12 && samples->format.samples == 1) {
        return encode_jpeg_12(*samples, quality);
    }
    return not_acceptable("lossy JPEG does not hold so many bits");
}

Result<Encoded> encode_jpeg_lossless(const Raster& raster) {
    if (raster.format.bits_allocated == 1) {
        return not_acceptable("JPEG holds no pixels of one bit");
    }
    const auto samples = samples_of(raster);
    if (!samples) {
        return samples.failure();
    }
    return encode_jpeg_lossless(*samples);
}

} // namespace recog::codec
