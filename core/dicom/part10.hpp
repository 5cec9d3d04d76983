// Part 10 files (PS3.10 7) as they lie in memory or in a mapping: their meta information, and their data set
// without its pixel data.
//
//   file  = [preamble(128) "DICM"] [meta] data-set
//   meta  = (0002,xxxx)*, always Explicit VR Little Endian
//
// Files come from outside: whatever their bytes are, the answer is a value or an Error.
#pragma once

#include "core/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

class DcmFileFormat;

namespace recog::dicom {

using Bytes = std::span<const std::byte>;

/// How a data set is encoded (PS3.5 A), as far as a reader of its elements has to know.
struct Encoding {
    bool explicit_vr = true;
    bool big_endian = false;
    bool deflated = false;
};

namespace transfer_syntax {
inline constexpr std::string_view ImplicitVRLittleEndian = "1.2.840.10008.1.2";
inline constexpr std::string_view ExplicitVRLittleEndian = "1.2.840.10008.1.2.1";
inline constexpr std::string_view DeflatedExplicitVRLittleEndian = "1.2.840.10008.1.2.1.99";
inline constexpr std::string_view ExplicitVRBigEndian = "1.2.840.10008.1.2.2";
/// Private to GE: implicit little endian but for the pixel data.
inline constexpr std::string_view ImplicitVRBigEndianPixels = "1.2.840.113619.5.2";
} // namespace transfer_syntax

/// Unknown and empty UIDs read as explicit little endian, as all syntaxes since 1993 are.
Encoding encoding_of(std::string_view transfer_syntax_uid);

/// True for the syntaxes whose pixel data is neither compressed nor in fragments.
bool is_native(std::string_view transfer_syntax_uid);

struct FileMeta {
    bool has_preamble = false;
    /// Where the data set begins, in bytes from the start of the file.
    std::size_t dataset_offset = 0;
    /// As stated in (0002,0010); when there is no meta information, as the first element of the data set
    /// shows.
    std::string transfer_syntax;
    std::string sop_class;            ///< (0002,0002), empty when not stated
    std::string sop_instance;         ///< (0002,0003), empty when not stated
    Encoding encoding;                ///< of the data set as it really begins
    std::string implementation_class; ///< (0002,0012) of the writer, empty when not stated
    std::string sending_aet;          ///< (0002,0017), empty when not stated
    std::string receiving_aet;        ///< (0002,0018), empty when not stated
};

/// Implementation Class UID (PS3.5 B.2) of this project, on its associations and in the files it receives.
inline constexpr std::string_view kImplementationClass = "2.25.248001737122696809684822771689297083970";

/// File meta information to be written, PS3.10 table 7.1-1.
struct NewFileMeta {
    std::string sop_class;
    std::string sop_instance;
    std::string transfer_syntax;
    std::string implementation_class;
    std::string implementation_version;
    std::string sending_aet;   ///< (0002,0017), and Source AE Title (0002,0016)
    std::string receiving_aet; ///< (0002,0018)
};

/// Preamble, prefix and meta information; the data set follows. Empty titles are left out.
std::vector<std::byte> encode_file_meta(const NewFileMeta& meta);

/// Limits of the reader; a file beyond them is refused with ErrorKind::TooLarge.
struct Part10Limits {
    std::size_t nesting = 256;                  ///< sequences within sequences
    std::size_t elements = 4'000'000;           ///< over all levels
    std::size_t inflated_bytes = 1'073'741'824; ///< of a deflated data set
    std::size_t header_bytes = 536'870'912;     ///< data set before its pixel data, for read_header
    std::size_t fragments = 1'000'000;          ///< of encapsulated pixel data
};

/// Errors: Malformed. Reads nothing behind the first element of the data set.
Result<FileMeta> read_meta(Bytes file);

/// The data set up to and without Pixel Data (7FE0,0010), Float (7FE0,0008) or Double Float Pixel Data
/// (7FE0,0009) and all that follows. Nothing in the result points into `file`. Pixel data is neither copied
/// nor touched. Errors: Malformed, TooLarge.
Result<std::unique_ptr<DcmFileFormat>> read_header(Bytes file, const Part10Limits& limits = {});

/// Sequences within sequences that an object may hold to be taken in by any door of the node: what stands
/// behind the doors (Orthanc, DCMTK) recurses. The deepest objects in use nest about ten deep.
inline constexpr std::size_t kMostStoredNesting = 24;

/// Whether sequences stand within sequences more than `most` times, anywhere in the file. False for files
/// that break their own format before that shows.
bool nests_deeper_than(Bytes file, std::size_t most);

} // namespace recog::dicom
