// Lossless JPEG and JPEG of 12 bits through the classes that DCMTK's own codecs are made of. The codecs
// themselves are registered in a list of the process, which belongs to Orthanc: it registers them at its
// start and takes them out at its end. So nothing is registered here, and nothing depends on what is.
#include "core/codec/jpeg.hpp"

#include <dcmtk/config/osconfig.h>

#include <dcmtk/dcmjpeg/djcparam.h>
#include <dcmtk/dcmjpeg/djdijg12.h>
#include <dcmtk/dcmjpeg/djdijg16.h>
#include <dcmtk/dcmjpeg/djdijg8.h>
#include <dcmtk/dcmjpeg/djeijg12.h>
#include <dcmtk/dcmjpeg/djeijg16.h>
#include <dcmtk/dcmjpeg/djeijg8.h>

#include <algorithm>
#include <memory>

namespace recog::codec {

namespace {

// The messages of DCMTK's classes go to the log of the process; here a warning means corrupt data.
template <typename Decoder> class Quiet final : public Decoder {
public:
    using Decoder::Decoder;
    void emitMessage(int level) const override { warnings += level < 0 ? 1U : 0U; }
    mutable unsigned warnings = 0;
};

template <typename Encoder> class QuietEncoder final : public Encoder {
public:
    using Encoder::Encoder;
    void emitMessage(void*, int) const override {}
};

// The decoders below change nothing of colours; the encoders neither.
const DJCodecParameter& parameters() {
    static const DJCodecParameter unchanged(ECC_lossyRGB, EDC_photometricInterpretation, EUC_never,
                                            EPC_default);
    return unchanged;
}

struct Decoded {
    std::vector<std::byte> samples;
    bool whole = false;
};

template <typename Decoder>
Decoded run(Bytes frame, std::size_t samples, bool to_rgb, unsigned allowed_warnings) {
    Quiet<Decoder> decoder(parameters(), to_rgb);
    Decoded decoded{std::vector<std::byte>(samples * decoder.bytesPerSample()), false};
    if (decoder.init().bad()) {
        return decoded;
    }
    // DCMTK takes the stream as not const, and reads only.
    auto* stream = const_cast<Uint8*>(reinterpret_cast<const Uint8*>(frame.data()));
    const OFCondition done = decoder.decode(stream, static_cast<Uint32>(frame.size()),
                                            reinterpret_cast<Uint8*>(decoded.samples.data()),
                                            static_cast<Uint32>(decoded.samples.size()), OFFalse);
    decoded.whole = done.good() && decoder.warnings <= allowed_warnings;
    return decoded;
}

EP_Interpretation interpretation_of(const PixelFormat& format) {
    if (!is_colour(format)) {
        return EPI_Monochrome2;
    }
    return format.photometric == "RGB" ? EPI_RGB : EPI_YBR_Full;
}

Result<std::vector<std::byte>> run(DJEncoder& encoder, const Samples& samples) {
    Uint8* bytes = nullptr;
    Uint32 length = 0;
    const auto columns = static_cast<Uint16>(samples.format.columns);
    const auto rows = static_cast<Uint16>(samples.format.rows);
    const auto components = static_cast<Uint16>(samples.format.samples);
    const EP_Interpretation colours = interpretation_of(samples.format);
    auto* from = const_cast<std::byte*>(samples.bytes.data());
    const OFCondition done = samples.width == 1
                                 ? encoder.encode(columns, rows, colours, components,
                                                  reinterpret_cast<Uint8*>(from), bytes, length)
                                 : encoder.encode(columns, rows, colours, components,
                                                  reinterpret_cast<Uint16*>(from), bytes, length);
    const std::unique_ptr<Uint8[]> owner(bytes);
    if (done.bad() || bytes == nullptr) {
        return error(ErrorKind::Internal, "the frame could not be encoded as JPEG");
    }
    const auto made = std::as_bytes(std::span(bytes, length));
    return std::vector<std::byte>(made.begin(), made.end());
}

} // namespace

Result<Raster> decode_jpeg_ijg(Bytes frame, const JpegHeader& header, const PixelFormat& format) {
    const bool lossy = header.process == JpegProcess::Lossy;
    if (frame.size() > kMaxFrameBytes) {
        return error(ErrorKind::TooLarge, "the JPEG stream is beyond the limit of bytes");
    }
    const bool to_rgb = lossy && is_ycbcr(header, format.photometric);
    const std::size_t count = sample_count(format);
    const unsigned width = header.precision <= 8 ? 1 : 2;
    // Some encoders of 12 bits state no spectral selection, which is warned of for each scan and harmless.
    const unsigned allowed = lossy && header.odd_scan ? header.components : 0;
    Decoded decoded = header.precision <= 8    ? run<DJDecompressIJG8Bit>(frame, count, to_rgb, allowed)
                      : header.precision <= 12 ? run<DJDecompressIJG12Bit>(frame, count, to_rgb, allowed)
                                               : run<DJDecompressIJG16Bit>(frame, count, to_rgb, allowed);
    if (!decoded.whole) {
        return error(ErrorKind::Malformed, "the JPEG stream is corrupt or cut short");
    }
    std::string photometric = format.photometric;
    if (header.components == 3) {
        photometric = to_rgb || !photometric.starts_with("YBR") ? "RGB" : "YBR_FULL";
    }
    return raster_of(std::move(decoded.samples), width, header.precision, format, std::move(photometric));
}

Result<Encoded> encode_jpeg_12(const Samples& samples, int quality) {
    QuietEncoder<DJCompressIJG12Bit> encoder(parameters(), EJM_sequential,
                                             static_cast<Uint8>(std::clamp(quality, 1, 100)));
    auto bytes = run(encoder, samples);
    if (!bytes) {
        return bytes.failure();
    }
    Encoded encoded{samples.format, *std::move(bytes), true};
    encoded.format.bits_allocated = 16;
    encoded.format.bits_stored = 12;
    return encoded;
}

Result<Encoded> encode_jpeg_lossless(const Samples& narrow) {
    constexpr int kLeftNeighbour = 1; // selection value, H.1.2.1
    // The stream states 8, 12 or 16 bits, and its reader extends the sign from there.
    const Samples samples = with_precision(narrow, narrow.width == 1 ? 8 : narrow.precision <= 12 ? 12 : 16);
    std::unique_ptr<DJEncoder> encoder;
    if (samples.width == 1) {
        encoder =
            std::make_unique<QuietEncoder<DJCompressIJG8Bit>>(parameters(), EJM_lossless, kLeftNeighbour, 0);
    } else if (samples.precision <= 12) {
        encoder =
            std::make_unique<QuietEncoder<DJCompressIJG12Bit>>(parameters(), EJM_lossless, kLeftNeighbour, 0);
    } else {
        encoder =
            std::make_unique<QuietEncoder<DJCompressIJG16Bit>>(parameters(), EJM_lossless, kLeftNeighbour, 0);
    }
    auto bytes = run(*encoder, samples);
    if (!bytes) {
        return bytes.failure();
    }
    return Encoded{narrow.format, *std::move(bytes), false};
}

} // namespace recog::codec
