// How a rendered answer is to look: the query parameters of PS3.18 8.3.5 (2024e).
//
//   window     = center "," width "," ("linear" / "linear-exact" / "sigmoid")                       8.3.5.1.4
//   viewport   = vw "," vh ["," [sx] "," [sy] "," [sw] "," [sh]]                                    8.3.5.1.3
//   quality    = 1 to 100                                                                           8.3.5.1.2
//   annotation = 1#("patient" / "technique")                                                        8.3.5.1.1
//   iccprofile = "no" / "yes" / "srgb" / "adobergb" / "rommrgb"                                     8.3.5.1.5
#pragma once

#include "core/base/result.hpp"
#include "core/dicomweb/request.hpp"

#include <optional>

namespace recog::dicomweb {

/// What is asked for beyond this is 400: "not supported" (8.3.5.1.3).
inline constexpr std::uint32_t kMaxViewportSide = 8192;

struct WindowParameter {
    enum class Function { Linear, LinearExact, Sigmoid };
    double center = 0;
    double width = 1;
    Function function = Function::Linear;
    friend bool operator==(const WindowParameter&, const WindowParameter&) = default;
};

struct ViewportParameter {
    std::uint32_t width = 0;
    std::uint32_t height = 0;
    double x = 0; ///< of the region of the source, in pixels
    double y = 0;
    std::optional<double> source_width; ///< to the edge when absent
    std::optional<double> source_height;
    bool flip_horizontally = false;
    bool flip_vertically = false;
    friend bool operator==(const ViewportParameter&, const ViewportParameter&) = default;
};

enum class IccProfileParameter { Unstated, No, Yes, Srgb, AdobeRgb, RommRgb };

struct RenderingParameters {
    std::optional<WindowParameter> window;
    std::optional<ViewportParameter> viewport;
    std::optional<int> quality;
    IccProfileParameter icc_profile = IccProfileParameter::Unstated;
    std::vector<std::string> warnings; ///< for 299 Warning headers
};

/// Of a rendered resource. What the standard calls ill-formed is BadRequest, a parameter given twice too.
/// Annotations are well-formed but not supported: they are left out with the warning of 8.3.5.1.1. Parameters
/// of other names are ignored with a warning.
Result<RenderingParameters> parse_rendering(std::span<const Field> query);

/// Of a thumbnail: `viewport=vw,vh` alone (8.3.5.2). Errors: BadRequest.
Result<RenderingParameters> parse_thumbnail(std::span<const Field> query);

/// The pieces that WADO-URI shares. Errors: BadRequest.
Result<double> parse_decimal(std::string_view text);
Result<std::uint32_t> parse_positive(std::string_view text, std::uint32_t most);
/// Adds the warning of 8.3.5.1.1. Errors: BadRequest for what is no keyword.
Status take_annotation(std::string_view list, std::vector<std::string>& warnings);

} // namespace recog::dicomweb
