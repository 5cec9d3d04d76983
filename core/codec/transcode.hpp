// A whole Part 10 file from one transfer syntax into another.
//
// What is copied: every element's value. What changes:
//   file meta information       written anew, by this implementation; source and receiving titles are kept
//   headers of elements         when VR encoding or byte order change; retired group lengths go,
//                               and elements of groups 0000 and 0002 within the data set
//   (0028,0004) (0028,0006)     Photometric Interpretation, Planar Configuration: as the new pixels are
//   (0028,0100..0102)           Bits Allocated, Bits Stored, High Bit: only when the new pixels have other
//   ones (0028,2110)                 "01" when this, or the stored syntax, is lossy (0028,2112) (0028,2114)
//   ratio and method of this lossy compression, behind those of earlier ones (0008,0008) (0008,0018)     of a
//   lossy copy: DERIVED and a SOP Instance UID of its own, see below (0088,0200)                 an icon
//   whose pixels are compressed goes: it could not be read in the new syntax (7FE0,0001) (7FE0,0002) extended
//   offset tables go, the basic offset table is filled instead (7FE0,0010)                 one fragment a
//   frame; OB when compressed
//
// SOP Instance UID: PS3.3 C.7.6.1.1.2 asks for a new one when the pixels differ from those of the source by
// what may alter the interpretation. Lossless transcoding keeps it. A lossy copy gets a new one by default,
// since two different images under one UID are told apart by nobody; it is computed from the old UID and the
// way of compression, so the same copy has the same UID each time. WADO-RS answers that a client asked for by
// UID may keep it (keep_instance_uid).
#pragma once

#include "core/codec/codec.hpp"
#include "core/dicom/part10.hpp"

namespace recog::codec {

/// Whether there are codecs for both; whether the pixels of an object fit is known when it is read.
bool can_transcode(std::string_view from, std::string_view to);

struct TranscodeOptions {
    EncodeOptions encode;
    bool keep_instance_uid = false; ///< of lossy copies
    dicom::Part10Limits limits;
};

struct Transcoded {
    std::vector<std::byte> file;
    std::string sop_instance;
    bool lossy = false; ///< pixels differ from those of the source
};

/// Frames are decoded one at a time; the result and, of a compressed one, its frames are held in memory. A
/// file that is in the syntax already is copied. Errors: Malformed, TooLarge, NotAcceptable (no codec, pixels
/// that the syntax cannot hold, no pixels to be compressed).
Result<Transcoded> transcode(Bytes file, std::string_view to, const TranscodeOptions& options = {});

} // namespace recog::codec
