// The URI service (PS3.18 9, 2024e): one instance by query parameters.
//
//   GET /wado?requestType=WADO&studyUID=..&seriesUID=..&objectUID=..[&contentType=..][&frameNumber=..] ...
#pragma once

#include "core/dicomweb/accept.hpp"
#include "core/dicomweb/rendering_parameters.hpp"

namespace recog::dicomweb {

/// Shares of the image's width and height: 0 <= left < right <= 1, 0 <= top < bottom <= 1 (9.5.1.2.5).
struct NormalizedRegion {
    double left = 0;
    double top = 0;
    double right = 1;
    double bottom = 1;
    friend bool operator==(const NormalizedRegion&, const NormalizedRegion&) = default;
};

struct WadoUriRequest {
    std::string study;
    std::string series;
    std::string instance;
    std::vector<MediaRange> accepted; ///< contentType, else the Accept header
    bool dicom = false;               ///< the object itself is asked for (9.4), not a rendering (9.5)
    std::string transfer_syntax;      ///< of the object; empty when not stated
    std::optional<std::uint32_t> frame;
    std::uint32_t rows = 0;    ///< at most; 0 when not stated
    std::uint32_t columns = 0; ///< at most; 0 when not stated
    std::optional<NormalizedRegion> region;
    std::optional<WindowParameter> window;
    std::optional<int> quality;
    std::vector<std::string> warnings; ///< for 299 Warning headers
};

/// Errors: BadRequest (9.4.2, 9.5.1.2, 9.5.2), NotAcceptable (anonymize=yes: 9.4.2.3 lets a server refuse,
/// and to answer with the identity would be worse).
Result<WadoUriRequest> parse_wado_uri(const Request& request);

} // namespace recog::dicomweb
