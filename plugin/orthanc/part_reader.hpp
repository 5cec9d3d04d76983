// Takes a multipart body apart again that this program has written (MultipartWriter), for a server that
// writes what stands between the parts itself.
//
//   body = [CRLF] *("--" boundary CRLF *(field CRLF) CRLF payload CRLF) "--" boundary "--" CRLF      (RFC
//   2046)
#pragma once

#include "core/dicomweb/request.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace recog::orthanc {

/// The value of a parameter of a media type such as `multipart/related; type="..."; boundary="..."`; empty
/// when there is none.
std::string media_parameter(std::string_view media_type, std::string_view name);

struct ReadPart {
    std::vector<dicomweb::Field> fields; ///< without Content-Length
    dicomweb::Bytes payload;
    std::vector<std::shared_ptr<const void>> owners; ///< keep the payload
};

/// One thread at a time.
class PartReader {
public:
    /// `next` gives the body's pieces one after the other, then nullopt.
    using NextPiece = std::function<Result<std::optional<dicomweb::OpenedPiece>>()>;
    PartReader(std::string boundary, NextPiece next);

    /// Nullopt behind the last part. A payload that stands in one place is not copied. Errors: Internal (it
    /// is not such a body), those of the pieces.
    Result<std::optional<ReadPart>> read();

private:
    struct Run {
        dicomweb::Bytes bytes;
        std::shared_ptr<const void> owner;
    };

    Result<bool> more();
    Result<bool> read_head(std::vector<dicomweb::Field>& fields, std::optional<std::uint64_t>& size);
    Status read_sized(std::uint64_t size, ReadPart& part);
    Status read_to_delimiter(ReadPart& part);

    std::string boundary_;
    NextPiece next_;
    std::vector<Run> runs_; ///< of the piece that is being read
    std::size_t run_ = 0;
};

} // namespace recog::orthanc
