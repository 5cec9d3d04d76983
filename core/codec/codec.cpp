#include "core/codec/codec.hpp"

#include "core/codec/htj2k.hpp"
#include "core/codec/jpeg.hpp"
#include "core/codec/jpeg_2000.hpp"
#include "core/codec/jpeg_ls.hpp"
#include "core/codec/rle.hpp"
#include "core/codec/samples.hpp"
#include "core/codec/syntaxes.hpp"

#include "core/dicom/dataset_bytes.hpp"
#include "core/dicom/part10.hpp"

#include <algorithm>
#include <array>
#include <new>

namespace recog::codec {

namespace {

using Decode = Result<Raster> (*)(Bytes, const PixelFormat&);
using Encode = Result<Encoded> (*)(const Raster&, const EncodeOptions&);

struct Codec {
    std::string_view syntax;
    Decode decode;
    Encode encode; ///< null: there is none
};

Result<Encoded> rle(const Raster& raster, const EncodeOptions&) {
    return encode_rle(raster);
}
Result<Encoded> jpeg_baseline(const Raster& raster, const EncodeOptions& options) {
    return encode_jpeg_lossy(raster, options.quality, false);
}
Result<Encoded> jpeg_extended(const Raster& raster, const EncodeOptions& options) {
    return encode_jpeg_lossy(raster, options.quality, true);
}
Result<Encoded> jpeg_lossless(const Raster& raster, const EncodeOptions&) {
    return encode_jpeg_lossless(raster);
}
Result<Encoded> jpeg_ls(const Raster& raster, const EncodeOptions&) {
    return encode_jpeg_ls(raster, 0);
}
Result<Encoded> jpeg_ls_near(const Raster& raster, const EncodeOptions& options) {
    return encode_jpeg_ls(raster, options.near);
}
Result<Encoded> jpeg_2000(const Raster& raster, const EncodeOptions&) {
    return encode_jpeg_2000(raster, false, 0);
}
Result<Encoded> jpeg_2000_lossy(const Raster& raster, const EncodeOptions& options) {
    return encode_jpeg_2000(raster, true, options.quality);
}
Result<Encoded> htj2k(const Raster& raster, const EncodeOptions&) {
    return encode_htj2k(raster, false, 0);
}
Result<Encoded> htj2k_lossy(const Raster& raster, const EncodeOptions& options) {
    return encode_htj2k(raster, true, options.quality);
}

Result<Raster> decode_deflated_frame(Bytes frame, const PixelFormat& format) {
    const auto size = frame_bytes(format);
    if (!size) {
        return error(ErrorKind::TooLarge, "the frame is beyond the limit of bytes");
    }
    // One byte of padding, and one more that tells a stream which goes on.
    const auto pixels = dicom::inflate_dataset(frame, *size + 2);
    if (!pixels) {
        return pixels.failure();
    }
    return interleaved(*pixels, format);
}

constexpr std::array kCodecs{
    Codec{syntax::DeflatedImageFrame, decode_deflated_frame, nullptr},
    Codec{syntax::Rle, decode_rle, rle},
    Codec{syntax::JpegBaseline, decode_jpeg, jpeg_baseline},
    Codec{syntax::JpegExtended, decode_jpeg, jpeg_extended},
    Codec{syntax::JpegLossless, decode_jpeg, jpeg_lossless},
    Codec{syntax::JpegLosslessFirstOrder, decode_jpeg, jpeg_lossless},
    Codec{syntax::JpegLs, decode_jpeg_ls, jpeg_ls},
    Codec{syntax::JpegLsNear, decode_jpeg_ls, jpeg_ls_near},
    Codec{syntax::Jpeg2000Lossless, decode_jpeg_2000, jpeg_2000},
    Codec{syntax::Jpeg2000, decode_jpeg_2000, jpeg_2000_lossy},
    Codec{syntax::Jpeg2000Part2Lossless, decode_jpeg_2000, nullptr},
    Codec{syntax::Jpeg2000Part2, decode_jpeg_2000, nullptr},
    Codec{syntax::Htj2kLossless, decode_jpeg_2000, htj2k},
    Codec{syntax::Htj2kLosslessRpcl, decode_jpeg_2000, htj2k},
    Codec{syntax::Htj2k, decode_jpeg_2000, htj2k_lossy},
};

const Codec* find(std::string_view uid) {
    const auto found =
        std::find_if(kCodecs.begin(), kCodecs.end(), [&](const Codec& codec) { return codec.syntax == uid; });
    return found == kCodecs.end() ? nullptr : &*found;
}

// A frame within the limits may still be more than there is memory for.
template <typename Value, typename Work> Result<Value> within_memory(const Work& work) {
    try {
        return work();
    } catch (const std::bad_alloc&) {
        return error(ErrorKind::Unavailable, "there is no memory for the frame now");
    }
}

} // namespace

bool can_decode(std::string_view uid) {
    return dicom::is_native(uid) || find(uid) != nullptr;
}

bool can_encode(std::string_view uid) {
    const Codec* const codec = find(uid);
    return dicom::is_native(uid) || (codec != nullptr && codec->encode != nullptr);
}

Result<Raster> decode(Bytes frame, std::string_view uid, const PixelFormat& format) {
    return within_memory<Raster>([&]() -> Result<Raster> {
        if (dicom::is_native(uid)) {
            return interleaved(frame, format);
        }
        const Codec* const codec = find(uid);
        if (codec == nullptr) {
            return error(ErrorKind::NotAcceptable, "there is no decoder for this transfer syntax");
        }
        return codec->decode(frame, format);
    });
}

Result<Encoded> encode(const Raster& raster, std::string_view uid, const EncodeOptions& options) {
    return within_memory<Encoded>([&]() -> Result<Encoded> {
        if (dicom::is_native(uid)) {
            auto whole = interleaved(raster.pixels, raster.format);
            if (!whole) {
                return whole.failure();
            }
            return Encoded{std::move(whole->format), std::move(whole->pixels), false};
        }
        const Codec* const codec = find(uid);
        if (codec == nullptr || codec->encode == nullptr) {
            return error(ErrorKind::NotAcceptable, "there is no encoder for this transfer syntax");
        }
        return codec->encode(raster, options);
    });
}

} // namespace recog::codec
