// Pictures of one request as files: what was asked for by parameters, applied to one image.
#pragma once

#include "core/dicomweb/rendering_parameters.hpp"
#include "core/dicomweb/wado_uri.hpp"
#include "core/render/image.hpp"

namespace recog::rest {

/// PS3.18 table 8.7.4-1: image/jpeg is the default, the others are required of a RESTful service.
inline constexpr std::string_view kPictureTypes[] = {"image/jpeg", "image/png", "image/gif"};

struct PictureForm {
    std::string media_type = "image/jpeg";
    render::RenderOptions options;
    std::optional<dicomweb::NormalizedRegion> region; ///< of WADO-URI; goes into the viewport of the options
    std::optional<int> quality;
    dicomweb::IccProfileParameter icc_profile = dicomweb::IccProfileParameter::Unstated;
};

/// Errors: BadRequest (PS3.18 8.3.5.1.5: image/gif holds no profile).
Result<PictureForm> picture_form(const dicomweb::RenderingParameters& parameters, std::string media_type);
PictureForm picture_form(const dicomweb::WadoUriRequest& request, std::string media_type);

/// One frame as a file. Errors: those of Image::render.
Result<std::string> picture_file(render::Image& image, std::uint32_t frame, const PictureForm& form);
/// Several frames as a moving image/gif, at the speed that the object recommends.
Result<std::string> animation_file(render::Image& image, const std::vector<std::uint32_t>& frames,
                                   const PictureForm& form);
/// A picture that does not come from an image.
Result<std::string> drawn_file(const render::Picture& picture, const std::string& media_type);

} // namespace recog::rest
