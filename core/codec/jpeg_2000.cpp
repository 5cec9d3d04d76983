#include "core/codec/jpeg_2000.hpp"

#include "core/codec/htj2k_data.hpp"
#include "core/codec/jpeg_2000_header.hpp"
#include "core/codec/samples.hpp"

#include <openjpeg.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>

namespace recog::codec {

namespace {

constexpr std::size_t kBlockBytes = 1U << 16U; // of the stream's own buffer

// OpenJPEG says nothing unless it is given handlers for its messages.
using Codec = std::unique_ptr<opj_codec_t, decltype(&opj_destroy_codec)>;
using Stream = std::unique_ptr<opj_stream_t, decltype(&opj_stream_destroy)>;
using Image = std::unique_ptr<opj_image_t, decltype(&opj_image_destroy)>;

struct Source {
    Bytes bytes;
    std::size_t at = 0;
};

OPJ_SIZE_T read_some(void* buffer, OPJ_SIZE_T size, void* user) {
    auto& source = *static_cast<Source*>(user);
    const std::size_t taken = std::min<std::size_t>(size, source.bytes.size() - source.at);
    if (taken == 0) {
        return static_cast<OPJ_SIZE_T>(-1);
    }
    std::memcpy(buffer, source.bytes.data() + source.at, taken);
    source.at += taken;
    return taken;
}

OPJ_OFF_T skip_some(OPJ_OFF_T size, void* user) {
    auto& source = *static_cast<Source*>(user);
    const std::size_t taken =
        std::min(static_cast<std::size_t>(std::max<OPJ_OFF_T>(size, 0)), source.bytes.size() - source.at);
    source.at += taken;
    return static_cast<OPJ_OFF_T>(taken);
}

OPJ_BOOL seek_to(OPJ_OFF_T position, void* user) {
    auto& source = *static_cast<Source*>(user);
    if (position < 0 || static_cast<std::size_t>(position) > source.bytes.size()) {
        return OPJ_FALSE;
    }
    source.at = static_cast<std::size_t>(position);
    return OPJ_TRUE;
}

struct Sink {
    std::vector<std::byte> bytes;
    std::size_t at = 0;
};

OPJ_SIZE_T write_some(void* buffer, OPJ_SIZE_T size, void* user) {
    auto& sink = *static_cast<Sink*>(user);
    sink.bytes.resize(std::max(sink.bytes.size(), sink.at + size));
    std::memcpy(sink.bytes.data() + sink.at, buffer, size);
    sink.at += size;
    return size;
}

OPJ_OFF_T skip_written(OPJ_OFF_T size, void* user) {
    auto& sink = *static_cast<Sink*>(user);
    sink.at += static_cast<std::size_t>(std::max<OPJ_OFF_T>(size, 0));
    return size;
}

OPJ_BOOL seek_written(OPJ_OFF_T position, void* user) {
    static_cast<Sink*>(user)->at = static_cast<std::size_t>(std::max<OPJ_OFF_T>(position, 0));
    return OPJ_TRUE;
}

Stream stream_over(Source& source) {
    Stream stream(opj_stream_create(kBlockBytes, OPJ_TRUE), &opj_stream_destroy);
    opj_stream_set_user_data(stream.get(), &source, nullptr);
    opj_stream_set_user_data_length(stream.get(), source.bytes.size());
    opj_stream_set_read_function(stream.get(), read_some);
    opj_stream_set_skip_function(stream.get(), skip_some);
    opj_stream_set_seek_function(stream.get(), seek_to);
    return stream;
}

Stream stream_into(Sink& sink) {
    Stream stream(opj_stream_create(kBlockBytes, OPJ_FALSE), &opj_stream_destroy);
    opj_stream_set_user_data(stream.get(), &sink, nullptr);
    opj_stream_set_write_function(stream.get(), write_some);
    opj_stream_set_skip_function(stream.get(), skip_written);
    opj_stream_set_seek_function(stream.get(), seek_written);
    return stream;
}

/// Null when OpenJPEG gives up.
Image decoded_image(Bytes bytes) {
    Source source{bytes, 0};
    const Stream stream = stream_over(source);
    const Codec codec(opj_create_decompress(OPJ_CODEC_J2K), &opj_destroy_codec);
    opj_dparameters_t parameters;
    opj_set_default_decoder_parameters(&parameters);
    opj_image_t* read = nullptr;
    if (!opj_setup_decoder(codec.get(), &parameters) || !opj_decoder_set_strict_mode(codec.get(), OPJ_TRUE) ||
        !opj_read_header(stream.get(), codec.get(), &read)) {
        opj_image_destroy(read);
        return Image(nullptr, &opj_image_destroy);
    }
    Image image(read, &opj_image_destroy);
    if (!opj_decode(codec.get(), stream.get(), image.get()) ||
        !opj_end_decompress(codec.get(), stream.get())) {
        image.reset();
    }
    return image;
}

bool is_whole(const opj_image_t& image, const PixelFormat& format, unsigned precision) {
    if (image.numcomps != format.samples) {
        return false;
    }
    return std::all_of(image.comps, image.comps + image.numcomps, [&](const opj_image_comp_t& component) {
        return component.data != nullptr && component.w == format.columns && component.h == format.rows &&
               component.prec == precision;
    });
}

Image image_of(const Samples& samples) {
    std::vector<opj_image_cmptparm_t> components(samples.format.samples);
    for (auto& component : components) {
        component = {};
        component.dx = 1;
        component.dy = 1;
        component.w = samples.format.columns;
        component.h = samples.format.rows;
        component.prec = samples.precision;
        component.sgnd = samples.format.is_signed ? 1 : 0;
    }
    Image image(opj_image_create(samples.format.samples, components.data(),
                                 is_colour(samples.format) ? OPJ_CLRSPC_SRGB : OPJ_CLRSPC_GRAY),
                &opj_image_destroy);
    if (image == nullptr) {
        return image;
    }
    image->x1 = samples.format.columns;
    image->y1 = samples.format.rows;
    const std::size_t pixels = std::size_t{samples.format.rows} * samples.format.columns;
    for (std::size_t c = 0; c < samples.format.samples; ++c) {
        for (std::size_t i = 0; i < pixels; ++i) {
            image->comps[c].data[i] = extended(samples.at(i * samples.format.samples + c), samples.precision,
                                               samples.format.is_signed);
        }
    }
    return image;
}

opj_cparameters_t parameters_of(const Samples& samples, bool lossy, int quality) {
    opj_cparameters_t parameters;
    opj_set_default_encoder_parameters(&parameters);
    parameters.tcp_numlayers = 1;
    parameters.tcp_mct = is_colour(samples.format) && samples.format.photometric == "RGB" ? 1 : 0;
    std::uint32_t shortest = std::min(samples.format.rows, samples.format.columns);
    int resolutions = 1;
    while (shortest > 1 && resolutions < 6) {
        shortest /= 2;
        ++resolutions;
    }
    parameters.numresolution = resolutions;
    if (lossy) {
        parameters.irreversible = 1;
        parameters.cp_fixed_quality = 1;
        parameters.tcp_distoratio[0] = static_cast<float>(decibels_of(quality) + unused_range(samples));
    } else {
        parameters.cp_disto_alloc = 1;
        parameters.tcp_rates[0] = 0; // everything
    }
    return parameters;
}

} // namespace

Result<Raster> decode_jpeg_2000(Bytes frame, const PixelFormat& format) {
    const auto header = matching_jpeg_2000_header(frame, format);
    if (!header) {
        return header.failure();
    }
    if (!keeps_htj2k_rules(header->stream)) {
        return error(ErrorKind::Malformed, "the data of the HTJ2K stream are corrupt or of several layers");
    }
    const Image image = decoded_image(header->stream);
    if (image == nullptr || !is_whole(*image, format, header->precision)) {
        return error(ErrorKind::Malformed, "the JPEG 2000 stream is corrupt or cut short");
    }
    std::vector<const std::int32_t*> planes;
    for (std::uint32_t c = 0; c < image->numcomps; ++c) {
        planes.push_back(image->comps[c].data);
    }
    return raster_of_planes(planes, header->precision, format, decoded_photometric(*header, format));
}

Result<Encoded> encode_jpeg_2000(const Raster& raster, bool lossy, int quality) {
    if (lossy && (raster.format.photometric == "PALETTE COLOR" || raster.format.bits_allocated == 1)) {
        return error(ErrorKind::NotAcceptable, "an index into a palette and single bits must not be altered");
    }
    const auto samples = samples_of(raster);
    if (!samples) {
        return samples.failure();
    }
    const Image image = image_of(*samples);
    const Codec codec(opj_create_compress(OPJ_CODEC_J2K), &opj_destroy_codec);
    auto parameters = parameters_of(*samples, lossy, quality);
    Encoded encoded{samples->format, {}, lossy};
    if (parameters.tcp_mct != 0) {
        encoded.format.photometric = lossy ? "YBR_ICT" : "YBR_RCT";
    }
    Sink sink;
    {
        const Stream stream = stream_into(sink);
        if (image == nullptr || !opj_setup_encoder(codec.get(), &parameters, image.get()) ||
            !opj_start_compress(codec.get(), image.get(), stream.get()) ||
            !opj_encode(codec.get(), stream.get()) || !opj_end_compress(codec.get(), stream.get())) {
            return error(ErrorKind::Internal, "the frame could not be encoded as JPEG 2000");
        }
    }
    encoded.bytes = std::move(sink.bytes);
    return encoded;
}

} // namespace recog::codec
