// The main header of a JPEG 2000 code stream (ISO/IEC 15444-1 A.5), read before a library is: sizes that the
// data set does not state must not be allocated.
#pragma once

#include "core/codec/codec.hpp"

namespace recog::codec {

inline constexpr std::uint64_t kMaxTiles =
    4096; ///< OpenJPEG holds some kilobytes for each before it reads one

struct Jpeg2000Header {
    Bytes stream; ///< from SOC on: without the boxes of a JP2 file that some put round it
    std::uint64_t columns = 0;
    std::uint64_t rows = 0;
    std::uint64_t tiles = 0;
    unsigned components = 0;
    unsigned precision = 0;   ///< the same for all components
    bool is_signed = false;   ///< as the stream says; DICOM's Pixel Representation counts
    bool transformed = false; ///< RCT or ICT is used
    bool reversible = false;
    bool high_throughput = false; ///< ISO/IEC 15444-15
};

/// Errors: Malformed, NotAcceptable (components of different precision or sampling).
Result<Jpeg2000Header> read_jpeg_2000_header(Bytes frame);

/// The same, and compared with what the data set says. Errors: also TooLarge (tiles).
Result<Jpeg2000Header> matching_jpeg_2000_header(Bytes frame, const PixelFormat& format);

/// Photometric Interpretation behind the decoder, which has undone RCT and ICT.
std::string decoded_photometric(const Jpeg2000Header& header, const PixelFormat& format);

/// Wanted ratio of signal to noise for a quality, in decibels of the range that the samples really have.
double decibels_of(int quality);

} // namespace recog::codec
