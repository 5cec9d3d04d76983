#include "plugin/rest/picture_answer.hpp"

#include "core/render/gif_file.hpp"
#include "core/render/icc_profile.hpp"
#include "core/render/picture_file.hpp"

namespace recog::rest {

using dicomweb::IccProfileParameter;

namespace {

render::Window window_of(const dicomweb::WindowParameter& asked) {
    using Function = dicomweb::WindowParameter::Function;
    const auto function = asked.function == Function::Sigmoid       ? render::WindowFunction::Sigmoid
                          : asked.function == Function::LinearExact ? render::WindowFunction::LinearExact
                                                                    : render::WindowFunction::Linear;
    return render::Window{asked.center, asked.width, function};
}

render::Viewport viewport_of(const dicomweb::ViewportParameter& asked) {
    return render::Viewport{asked.width, asked.height,
                            render::Region{asked.x, asked.y, asked.source_width, asked.source_height,
                                           asked.flip_horizontally, asked.flip_vertically}};
}

render::RenderOptions options_for(const render::Image& image, const PictureForm& form) {
    render::RenderOptions options = form.options;
    if (form.region) {
        const double columns = image.attributes().format.columns;
        const double rows = image.attributes().format.rows;
        render::Viewport viewport = options.viewport.value_or(render::Viewport{});
        viewport.region.x = form.region->left * columns;
        viewport.region.y = form.region->top * rows;
        viewport.region.width = (form.region->right - form.region->left) * columns;
        viewport.region.height = (form.region->bottom - form.region->top) * rows;
        options.viewport = viewport;
    }
    return options;
}

render::ColorSpace color_space(IccProfileParameter parameter) {
    switch (parameter) {
    case IccProfileParameter::AdobeRgb:
        return render::ColorSpace::AdobeRgb;
    case IccProfileParameter::RommRgb:
        return render::ColorSpace::RommRgb;
    default:
        return render::ColorSpace::Srgb;
    }
}

Result<std::string> encoded(const render::Picture& picture, const PictureForm& form,
                            const std::string& profile) {
    if (form.media_type == "image/png") {
        return render::encode_png(picture, profile);
    }
    if (form.media_type == "image/gif") {
        return render::encode_gif(picture);
    }
    return render::encode_jpeg(picture, form.quality.value_or(render::kDefaultQuality), profile);
}

} // namespace

Result<PictureForm> picture_form(const dicomweb::RenderingParameters& parameters, std::string media_type) {
    const bool profile = parameters.icc_profile != IccProfileParameter::Unstated &&
                         parameters.icc_profile != IccProfileParameter::No;
    if (profile && media_type == "image/gif") {
        return error(ErrorKind::BadRequest, "image/gif holds no ICC profile");
    }
    PictureForm form;
    form.media_type = std::move(media_type);
    if (parameters.window) {
        form.options.window = window_of(*parameters.window);
    }
    if (parameters.viewport) {
        form.options.viewport = viewport_of(*parameters.viewport);
    }
    form.quality = parameters.quality;
    form.icc_profile = parameters.icc_profile;
    return form;
}

PictureForm picture_form(const dicomweb::WadoUriRequest& request, std::string media_type) {
    PictureForm form;
    form.media_type = std::move(media_type);
    if (request.window) {
        form.options.window = window_of(*request.window);
    }
    if (request.rows != 0 || request.columns != 0) {
        form.options.viewport = render::Viewport{request.columns, request.rows, {}};
    }
    form.region = request.region;
    form.quality = request.quality;
    return form;
}

Result<std::string> picture_file(render::Image& image, std::uint32_t frame, const PictureForm& form) {
    auto picture = image.render(frame, options_for(image, form));
    if (!picture) {
        return picture.failure();
    }
    switch (form.icc_profile) {
    case IccProfileParameter::Unstated:
    case IccProfileParameter::No:
        return encoded(*picture, form, {});
    case IccProfileParameter::Yes: {
        // PS3.18 8.3.5.1.5: the object's own profile first; it speaks of colours only.
        const std::string own = picture->channels == 3 ? image.header().icc_profile() : std::string();
        return encoded(render::in_color(*std::move(picture)), form,
                       own.empty() ? render::icc_profile(render::ColorSpace::Srgb) : own);
    }
    default:
        const render::ColorSpace space = color_space(form.icc_profile);
        return encoded(render::converted(*picture, space), form, render::icc_profile(space));
    }
}

Result<std::string> animation_file(render::Image& image, const std::vector<std::uint32_t>& frames,
                                   const PictureForm& form) {
    render::RenderOptions options = options_for(image, form);
    if (!options.window && !frames.empty()) {
        options.window = image.full_window(frames.front());
    }
    std::optional<render::GifFile> file;
    for (const std::uint32_t frame : frames) {
        const auto picture = image.render(frame, options);
        if (!picture) {
            return picture.failure();
        }
        if (!file) {
            auto begun = render::GifFile::begin(picture->width, picture->height, true);
            if (!begun) {
                return begun.failure();
            }
            file = *std::move(begun);
        }
        if (const Status added = file->add(*picture, image.attributes().frame_milliseconds); !added) {
            return added.failure();
        }
    }
    return file ? std::move(*file).finish() : error(ErrorKind::NotFound, "there are no frames to be shown");
}

Result<std::string> drawn_file(const render::Picture& picture, const std::string& media_type) {
    PictureForm form;
    form.media_type = media_type;
    return encoded(picture, form, {});
}

} // namespace recog::rest
