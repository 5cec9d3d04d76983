// Lossy JPEG of 8 bits through libjpeg-turbo. Its errors jump: so every function that may be jumped out of
// keeps its objects in the caller.
#include "core/codec/jpeg.hpp"

#include <csetjmp>
#include <cstdio>
#include <cstdlib>

#include <jerror.h>
#include <jpeglib.h>

#include <algorithm>

namespace recog::codec {

namespace {

constexpr int kMaxScans = 100; // of a progressive stream: each costs a pass over the whole frame

struct ErrorHandler {
    jpeg_error_mgr base{};
    std::jmp_buf target{};
    bool corrupt = false;
    bool exhausted = false; ///< the source had to invent an end
};

ErrorHandler& handler_of(j_common_ptr common) {
    return *reinterpret_cast<ErrorHandler*>(common->err);
}

[[noreturn]] void jump(j_common_ptr common) {
    std::longjmp(handler_of(common).target, 1);
}

// Warnings have a negative level. Only bytes too many are harmless.
void note(j_common_ptr common, int level) {
    if (level < 0 && common->err->msg_code != JWRN_EXTRANEOUS_DATA &&
        common->err->msg_code != JWRN_JPEG_EOF && common->err->msg_code != JWRN_ADOBE_XFORM &&
        common->err->msg_code != JWRN_NOT_SEQUENTIAL) {
        handler_of(common).corrupt = true;
    }
}

void say_nothing(j_common_ptr) {}

void limit_scans(j_common_ptr common) {
    const auto* decompress = reinterpret_cast<j_decompress_ptr>(common);
    if (common->is_decompressor && decompress->input_scan_number > kMaxScans) {
        jump(common);
    }
}

void prepare(ErrorHandler& handler) {
    jpeg_std_error(&handler.base);
    handler.base.error_exit = jump;
    handler.base.emit_message = note;
    handler.base.output_message = say_nothing;
}

class Decompressor {
public:
    Decompressor() {
        prepare(handler_);
        info_.err = &handler_.base;
        progress_.progress_monitor = limit_scans;
    }
    Decompressor(const Decompressor&) = delete;
    Decompressor& operator=(const Decompressor&) = delete;
    ~Decompressor() {
        if (created_) {
            jpeg_destroy_decompress(&info_);
        }
    }

    /// `out` has room for the frame that the header told of.
    bool decode(Bytes frame, J_COLOR_SPACE stored, J_COLOR_SPACE wanted, std::span<std::byte> out) {
        if (setjmp(handler_.target) != 0) {
            return false;
        }
        jpeg_create_decompress(&info_);
        created_ = true;
        info_.progress = &progress_;
        jpeg_mem_src(&info_, reinterpret_cast<const unsigned char*>(frame.data()),
                     static_cast<unsigned long>(frame.size()));
        jpeg_read_header(&info_, TRUE);
        info_.jpeg_color_space = stored;
        info_.out_color_space = wanted;
        info_.dct_method = JDCT_ISLOW;
        jpeg_start_decompress(&info_);
        const std::size_t row =
            std::size_t{info_.output_width} * static_cast<std::size_t>(info_.output_components);
        if (row * info_.output_height != out.size()) {
            return false;
        }
        while (info_.output_scanline < info_.output_height) {
            JSAMPROW line = reinterpret_cast<JSAMPROW>(out.data() + row * info_.output_scanline);
            jpeg_read_scanlines(&info_, &line, 1);
        }
        // What stands behind the last row, an end marker or not, is not asked for.
        return !handler_.corrupt;
    }

private:
    jpeg_decompress_struct info_{};
    jpeg_progress_mgr progress_{};
    ErrorHandler handler_;
    bool created_ = false;
};

class Compressor {
public:
    Compressor() {
        prepare(handler_);
        info_.err = &handler_.base;
    }
    Compressor(const Compressor&) = delete;
    Compressor& operator=(const Compressor&) = delete;
    ~Compressor() {
        if (created_) {
            jpeg_destroy_compress(&info_);
        }
        std::free(bytes_);
    }

    bool encode(const Samples& samples, J_COLOR_SPACE space, int quality) {
        if (setjmp(handler_.target) != 0) {
            return false;
        }
        jpeg_create_compress(&info_);
        created_ = true;
        jpeg_mem_dest(&info_, &bytes_, &size_);
        info_.image_width = samples.format.columns;
        info_.image_height = samples.format.rows;
        info_.input_components = static_cast<int>(samples.format.samples);
        info_.in_color_space = space;
        jpeg_set_defaults(&info_);
        jpeg_set_quality(&info_, std::clamp(quality, 1, 100), TRUE);
        info_.dct_method = JDCT_ISLOW;
        if (samples.format.samples == 3) { // PS3.5 8.2.1: YBR_FULL_422 is chroma of half width
            info_.comp_info[0].h_samp_factor = 2;
            info_.comp_info[0].v_samp_factor = 1;
        }
        jpeg_start_compress(&info_, TRUE);
        const std::size_t row = std::size_t{samples.format.columns} * samples.format.samples;
        while (info_.next_scanline < info_.image_height) {
            auto* line = const_cast<std::byte*>(samples.bytes.data() + row * info_.next_scanline);
            JSAMPROW rows = reinterpret_cast<JSAMPROW>(line);
            jpeg_write_scanlines(&info_, &rows, 1);
        }
        jpeg_finish_compress(&info_);
        return true;
    }

    Bytes bytes() const { return std::as_bytes(std::span(bytes_, size_)); }

private:
    jpeg_compress_struct info_{};
    ErrorHandler handler_;
    unsigned char* bytes_ = nullptr;
    unsigned long size_ = 0;
    bool created_ = false;
};

} // namespace

Result<Raster> decode_jpeg_8(Bytes frame, const JpegHeader& header, const PixelFormat& format) {
    const bool colour = header.components == 3;
    const J_COLOR_SPACE stored = !colour                                ? JCS_GRAYSCALE
                                 : is_ycbcr(header, format.photometric) ? JCS_YCbCr
                                                                        : JCS_RGB;
    std::vector<std::byte> samples(sample_count(format));
    Decompressor decompressor;
    if (!decompressor.decode(frame, stored, colour ? JCS_RGB : JCS_GRAYSCALE, samples)) {
        return error(ErrorKind::Malformed, "the JPEG stream is corrupt or cut short");
    }
    return raster_of(std::move(samples), 1, 8, format, colour ? "RGB" : format.photometric);
}

Result<Encoded> encode_jpeg_8(const Samples& samples, int quality) {
    const bool colour = is_colour(samples.format);
    const bool rgb = samples.format.photometric == "RGB";
    if (colour && !rgb && samples.format.photometric != "YBR_FULL") {
        return error(ErrorKind::NotAcceptable, "JPEG holds no such colours");
    }
    Compressor compressor;
    if (!compressor.encode(samples, !colour ? JCS_GRAYSCALE : rgb ? JCS_RGB : JCS_YCbCr, quality)) {
        return error(ErrorKind::Internal, "the frame could not be encoded as JPEG");
    }
    Encoded encoded{samples.format, {}, true};
    encoded.bytes.assign(compressor.bytes().begin(), compressor.bytes().end());
    encoded.format.bits_allocated = 8;
    encoded.format.bits_stored = 8;
    if (colour) {
        encoded.format.photometric = "YBR_FULL_422";
    }
    return encoded;
}

} // namespace recog::codec
