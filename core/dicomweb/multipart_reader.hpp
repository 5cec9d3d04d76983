// Reads a multipart body (RFC 2046 5.1, RFC 2387) as it arrives, in pieces of any size.
//
//   body      = [preamble line-end] delimiter part* close [epilogue]
//   delimiter = "--" boundary padding line-end          at the start of a line
//   part      = header* line-end data line-end delimiter
//   close     = "--" boundary "--"
//
// The line end before a delimiter belongs to the delimiter. Lines end with CRLF. A body whose first delimiter
// ends with a bare LF is read with bare LFs throughout: which of the two holds must be known, since data that
// ends with a CR would otherwise lose it. The bytes of a delimiter anywhere but at the start of a line, or
// followed by anything but padding, are data. Content-Length of a part is not looked at: the delimiter
// counts.
#pragma once

#include "core/base/result.hpp"
#include "core/dicomweb/request.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace recog::dicomweb {

inline constexpr std::size_t kMaxBoundaryBytes = 200; ///< RFC 2046 says 70
inline constexpr std::size_t kMaxPartHeaderBytes = 16'384;
inline constexpr std::size_t kMaxPartHeaders = 64;
inline constexpr std::size_t kMaxDelimiterPadding = 256;

struct PartHeaders {
    std::vector<Field> fields;
    /// The part's headers break their syntax or a limit; its data follows all the same.
    bool broken = false;

    /// The first of this name (insensitive to case); empty when absent.
    std::string_view find(std::string_view name) const;
};

/// Told of the parts in their order. A failure ends the reading of the body.
class PartSink {
public:
    virtual ~PartSink() = default;
    virtual Status begin_part(PartHeaders headers) = 0;
    virtual Status part_data(Bytes bytes) = 0;
    /// `complete`: a delimiter followed.
    virtual Status end_part(bool complete) = 0;
};

/// One thread. Keeps at most what may be a delimiter or a header, and one slice of the input.
class MultipartReader {
public:
    /// Errors: BadRequest for a boundary that RFC 2046 does not allow (kMaxBoundaryBytes apart).
    static Result<MultipartReader> make(std::string_view boundary, PartSink& sink);

    /// Errors: those of the sink.
    Status add(Bytes chunk);
    /// No more comes. Errors: BadRequest when no delimiter was found at all; those of the sink.
    Status finish();

    /// Whether the closing delimiter has been read.
    bool closed() const { return state_ == State::Epilogue; }

private:
    enum class State { Preamble, Headers, Data, Epilogue };
    enum class Step { Again, NeedsMore };
    enum class After { Delimiter, Close, Text, NeedsMore };

    MultipartReader(std::string_view boundary, PartSink& sink);

    Status consume(bool last);
    Result<Step> step(bool last);
    Step preamble(bool last);
    Result<Step> headers(bool last);
    Result<Step> data(bool last);
    /// What follows the delimiter's text that ends at `at`; `next` becomes where reading goes on.
    After look_behind_delimiter(std::size_t at, bool last, std::size_t& next) const;
    /// Whether a delimiter stands at `at`, the start of a line; `next` as above.
    After delimiter_at(std::size_t at, bool last, std::size_t& next) const;
    Status delimiter_found(After after, std::size_t next);
    Status take_headers(std::string_view block, bool broken);
    Status emit(std::size_t end);
    std::string_view rest() const { return std::string_view(kept_).substr(at_); }

    PartSink* sink_;
    std::string dash_boundary_; ///< "--" boundary
    std::string line_end_;      ///< "\r\n" or "\n", from the first delimiter on
    State state_ = State::Preamble;
    bool line_start_ = true; ///< of the body or of a part's data: a delimiter may stand right here
    std::string kept_;
    std::size_t at_ = 0; ///< how much of kept_ has been dealt with
};

} // namespace recog::dicomweb
