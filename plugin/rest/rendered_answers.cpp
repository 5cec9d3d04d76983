#include "plugin/rest/rendered_answers.hpp"

#include "plugin/rest/stored_instances.hpp"

#include "core/codec/codec.hpp"
#include "core/dicom/sop_class.hpp"
#include "core/dicomweb/accept.hpp"
#include "core/dicomweb/retrieve.hpp"
#include "core/render/thumbnail.hpp"
#include "plugin/rest/document_answer.hpp"
#include "plugin/rest/picture_answer.hpp"

#include <algorithm>
#include <mutex>
#include <numeric>

namespace recog::rest {

using dicomweb::Body;
using dicomweb::MediaRange;
using dicomweb::Response;
using service::RetrievedInstance;

namespace {

using Types = std::span<const std::string_view>;

/// An image and the file that it lies in. Parts of one answer share it.
struct OpenImage {
    std::unique_ptr<service::InstanceFile> file;
    std::optional<render::Image> image;
    std::mutex mutex; ///< the image is for one thread; an answer's pieces may be made on several
};

Error not_acceptable() {
    return error(ErrorKind::NotAcceptable,
                 "the object cannot be rendered in any of the accepted media types");
}

Result<std::shared_ptr<OpenImage>> open_image(service::Archive& archive, const std::string& id) {
    auto file = archive.open(id);
    if (!file) {
        return file.failure();
    }
    auto open = std::make_shared<OpenImage>();
    open->file = *std::move(file);
    auto image = render::Image::open(open->file->bytes());
    if (!image) {
        // An object without pixels is a thing that this resource does not show.
        const bool no_pixels = image.failure().kind == ErrorKind::NotFound;
        return no_pixels ? not_acceptable() : image.failure();
    }
    open->image.emplace(*std::move(image));
    return open;
}

/// As if the parts of a multipart were asked for alone.
std::vector<MediaRange> part_ranges(const std::vector<MediaRange>& accepted) {
    std::vector<MediaRange> parts;
    for (MediaRange range : accepted) {
        if (range.multipart() || range.type == "*/*") {
            range.type = range.payload();
            parts.push_back(std::move(range));
        }
    }
    return parts;
}

std::optional<std::string> single_type(const std::vector<MediaRange>& accepted, Types types) {
    return dicomweb::choose_media_type(accepted, types);
}

std::optional<std::string> part_type(const std::vector<MediaRange>& accepted, Types types) {
    return dicomweb::choose_media_type(part_ranges(accepted), types);
}

Body body_of(std::string bytes) {
    Body body;
    body.append(std::move(bytes));
    return body;
}

Response single_part(std::string_view media_type, const std::string& location, std::string bytes) {
    Response response;
    response.set_header("Content-Type", content_type_of(media_type));
    response.set_header("Content-Location", location);
    response.set_header("X-Content-Type-Options", "nosniff");
    if (media_type == "text/html") {
        response.set_header("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'");
    }
    response.body = body_of(std::move(bytes));
    return response;
}

dicomweb::OpenedPiece piece_of(std::string bytes) {
    auto owner = std::make_shared<const std::string>(std::move(bytes));
    return dicomweb::OpenedPiece{{std::as_bytes(std::span(*owner))}, owner};
}

/// What is sent in place of a part that could not be made.
Result<dicomweb::OpenedPiece> piece_or_cross(Result<std::string> made, const PictureForm& form) {
    if (made) {
        return piece_of(*std::move(made));
    }
    const auto viewport = form.options.viewport.value_or(render::Viewport{512, 512, {}});
    auto cross = drawn_file(render::stand_in(render::Stand::Unreadable, std::max(1U, viewport.width),
                                             std::max(1U, viewport.height)),
                            form.media_type);
    if (!cross) {
        return cross.failure();
    }
    return piece_of(*std::move(cross));
}

std::vector<std::uint32_t> all_frames(const render::Image& image) {
    std::vector<std::uint32_t> frames(image.frame_count());
    std::iota(frames.begin(), frames.end(), 1U);
    return frames;
}

/// What one request for renderings shares.
class Rendering {
public:
    Rendering(service::Archive& archive, const std::string& root_url,
              const RenderedAnswers::CharacterSetOf& character_set_of, std::vector<MediaRange> accepted,
              dicomweb::RenderingParameters parameters)
        : archive_(archive), root_url_(root_url), character_set_of_(character_set_of),
          accepted_(std::move(accepted)), parameters_(std::move(parameters)) {}

    Result<Response> many(const std::vector<RetrievedInstance>& instances) {
        std::optional<dicomweb::MultipartWriter> writer;
        std::size_t left_out = 0;
        for (const RetrievedInstance& instance : instances) {
            auto part = later(instance);
            if (!part) {
                return part.failure();
            }
            // A picture in its place might be taken for what it shows.
            if (part->first.empty() || !stored_size(archive_, instance)) {
                ++left_out;
                continue;
            }
            if (!writer) {
                writer.emplace(part->first);
            }
            writer->add(content_type_of(part->first), location(instance) + "/rendered",
                        std::move(part->second));
        }
        if (!writer) {
            return not_acceptable();
        }
        Response response = std::move(*writer).finish();
        if (left_out > 0) {
            response.status = 206;
            response.warnings.push_back(
                std::to_string(left_out) +
                " instances cannot be rendered in an accepted media type and were left out");
        }
        return response;
    }

    Result<Response> one(const RetrievedInstance& instance, const std::vector<std::uint32_t>& frames) {
        if (const Types types = document_types(instance.sop_class_uid); !types.empty()) {
            return frames.empty() ? document(instance, types) : not_acceptable();
        }
        const auto image = open_image(archive_, instance.orthanc_id);
        if (!image) {
            return image.failure();
        }
        for (const std::uint32_t frame : frames) {
            if (frame > (*image)->image->frame_count()) {
                return error(ErrorKind::NotFound, "the object has no frame of this number");
            }
        }
        const std::size_t count = frames.empty() ? (*image)->image->frame_count() : frames.size();
        const std::uint32_t first = frames.empty() ? 1 : frames.front();
        return count == 1 ? frame(instance, *image, first, !frames.empty())
                          : sequence(instance, *image, frames);
    }

private:
    std::string location(const RetrievedInstance& instance) const {
        return root_url_ + "/studies/" + instance.study_uid + "/series/" + instance.series_uid +
               "/instances/" + instance.sop_instance_uid;
    }

    std::string frame_location(const RetrievedInstance& instance, std::uint32_t frame) const {
        return location(instance) + "/frames/" + std::to_string(frame) + "/rendered";
    }

    Result<Response> document(const RetrievedInstance& instance, Types types) {
        const auto single = single_type(accepted_, types);
        const auto type = single ? single : part_type(accepted_, types);
        if (!type) {
            return not_acceptable();
        }
        const auto file = archive_.open(instance.orthanc_id);
        if (!file) {
            return file.failure();
        }
        auto bytes = document_bytes((*file)->bytes(), *type, character_set_of_(instance));
        if (!bytes) {
            return bytes.failure();
        }
        return wrapped(*type, single.has_value(), location(instance) + "/rendered", *std::move(bytes));
    }

    Result<Response> wrapped(const std::string& type, bool single, const std::string& at, std::string bytes) {
        if (single) {
            return single_part(type, at, std::move(bytes));
        }
        dicomweb::MultipartWriter writer(type);
        writer.add(content_type_of(type), at, body_of(std::move(bytes)));
        return std::move(writer).finish();
    }

    Result<Response> frame(const RetrievedInstance& instance, const std::shared_ptr<OpenImage>& image,
                           std::uint32_t number, bool named) {
        const auto single = single_type(accepted_, kPictureTypes);
        const auto type = single ? single : part_type(accepted_, kPictureTypes);
        if (!type) {
            return not_acceptable();
        }
        const auto form = picture_form(parameters_, *type);
        if (!form) {
            return form.failure();
        }
        auto bytes = picture_file(*image->image, number, *form);
        if (!bytes) {
            return bytes.failure();
        }
        return wrapped(*type, single.has_value(),
                       named ? frame_location(instance, number) : location(instance) + "/rendered",
                       *std::move(bytes));
    }

    /// Several frames: `frames`, or all when that is empty.
    Result<Response> sequence(const RetrievedInstance& instance, const std::shared_ptr<OpenImage>& image,
                              const std::vector<std::uint32_t>& frames) {
        const auto single = single_type(accepted_, kPictureTypes);
        const auto part = part_type(accepted_, kPictureTypes);
        const auto wanted = frames.empty() ? all_frames(*image->image) : frames;
        if (single && *single == "image/gif") {
            return animation(instance, *image, wanted);
        }
        if (part && (!single || !frames.empty())) {
            return parts(instance, image, wanted, *part);
        }
        if (single && frames.empty()) {
            const std::uint32_t shown = render::middle_frame(*image->image);
            auto response = frame(instance, image, shown, true);
            if (response) {
                response->warnings.push_back("The object has several frames, of which frame " +
                                             std::to_string(shown) +
                                             " is shown: ask for multipart/related or image/gif to get all");
            }
            return response;
        }
        return error(
            ErrorKind::NotAcceptable,
            "the answer has several parts, and multipart/related is not among the accepted media types");
    }

    Result<Response> animation(const RetrievedInstance& instance, OpenImage& image,
                               const std::vector<std::uint32_t>& frames) {
        const auto form = picture_form(parameters_, "image/gif");
        if (!form) {
            return form.failure();
        }
        auto bytes = animation_file(*image.image, frames, *form);
        if (!bytes) {
            return bytes.failure();
        }
        return single_part("image/gif", location(instance) + "/rendered", *std::move(bytes));
    }

    Result<Response> parts(const RetrievedInstance& instance, const std::shared_ptr<OpenImage>& image,
                           const std::vector<std::uint32_t>& frames, const std::string& type) {
        const auto form = picture_form(parameters_, type);
        if (!form) {
            return form.failure();
        }
        dicomweb::MultipartWriter writer(type);
        for (const std::uint32_t number : frames) {
            Body body;
            body.append_later(std::nullopt, [image, number, form = *form] {
                const std::lock_guard lock(image->mutex);
                return piece_or_cross(picture_file(*image->image, number, form), form);
            });
            writer.add(type, frame_location(instance, number), std::move(body));
        }
        return std::move(writer).finish();
    }

    /// Media type and body of one part of many; an empty type when the instance is left out. Opens nothing.
    Result<std::pair<std::string, Body>> later(const RetrievedInstance& instance) {
        const Types types = document_types(instance.sop_class_uid);
        const bool image = types.empty() && dicom::may_hold_image(instance.sop_class_uid) &&
                           codec::can_decode(instance.transfer_syntax);
        const auto type = part_type(accepted_, image ? Types(kPictureTypes) : types);
        if (!type) {
            return std::pair<std::string, Body>();
        }
        Body body;
        if (!image) {
            body.append_later(std::nullopt, document_maker(instance, *type));
            return std::pair(*type, std::move(body));
        }
        const auto form = picture_form(parameters_, *type);
        if (!form) {
            return form.failure();
        }
        body.append_later(std::nullopt, [&archive = archive_, id = instance.orthanc_id, form = *form] {
            return piece_or_cross(representative(archive, id, form), form);
        });
        return std::pair(*type, std::move(body));
    }

    dicomweb::OpenPiece document_maker(const RetrievedInstance& instance, const std::string& type) const {
        return [&archive = archive_, id = instance.orthanc_id, type,
                character_set = character_set_of_(instance)]() -> Result<dicomweb::OpenedPiece> {
            const auto file = archive.open(id);
            auto bytes = file ? document_bytes((*file)->bytes(), type, character_set) : file.failure();
            return piece_of(bytes ? *std::move(bytes) : std::string());
        };
    }

    static Result<std::string> representative(service::Archive& archive, const std::string& id,
                                              const PictureForm& form) {
        const auto open = open_image(archive, id);
        if (!open) {
            return open.failure();
        }
        render::Image& image = *(*open)->image;
        return form.media_type == "image/gif" && image.frame_count() > 1
                   ? animation_file(image, all_frames(image), form)
                   : picture_file(image, render::middle_frame(image), form);
    }

    service::Archive& archive_;
    const std::string& root_url_;
    const RenderedAnswers::CharacterSetOf& character_set_of_;
    std::vector<MediaRange> accepted_;
    dicomweb::RenderingParameters parameters_;
};

/// The middle one of the images that can be decoded; nullptr when there is none.
const RetrievedInstance* middle_image(const std::vector<RetrievedInstance>& instances) {
    std::vector<const RetrievedInstance*> images;
    for (const RetrievedInstance& instance : instances) {
        if (document_types(instance.sop_class_uid).empty() && dicom::may_hold_image(instance.sop_class_uid) &&
            codec::can_decode(instance.transfer_syntax)) {
            images.push_back(&instance);
        }
    }
    return images.empty() ? nullptr : images[images.size() / 2];
}

Result<render::Picture> thumbnail_of(service::Archive& archive, const RetrievedInstance& instance,
                                     const std::vector<std::uint32_t>& frames,
                                     const dicomweb::ViewportParameter& size) {
    const auto open = open_image(archive, instance.orthanc_id);
    if (!open) {
        return open.failure();
    }
    render::Image& image = *(*open)->image;
    return render::thumbnail(image, frames.empty() ? render::middle_frame(image) : frames.front(), size.width,
                             size.height);
}

} // namespace

Result<Response> RenderedAnswers::rendered(const std::vector<RetrievedInstance>& instances,
                                           const std::vector<std::uint32_t>& frames,
                                           const dicomweb::Request& request) const {
    auto parameters = dicomweb::parse_rendering(request.query);
    if (!parameters) {
        return parameters.failure();
    }
    const auto warnings = parameters->warnings;
    Rendering rendering(archive_, root_url_, character_set_of_, dicomweb::accepted(request),
                        *std::move(parameters));
    auto response =
        instances.size() == 1 ? rendering.one(instances.front(), frames) : rendering.many(instances);
    if (response) {
        response->warnings.insert(response->warnings.end(), warnings.begin(), warnings.end());
    }
    return response;
}

Result<Response> RenderedAnswers::thumbnail(const std::vector<RetrievedInstance>& instances,
                                            const std::vector<std::uint32_t>& frames,
                                            const dicomweb::Request& request) const {
    const auto parameters = dicomweb::parse_thumbnail(request.query);
    if (!parameters) {
        return parameters.failure();
    }
    const auto ranges = dicomweb::accepted(request);
    const auto single = single_type(ranges, kPictureTypes);
    const auto type = single ? single : part_type(ranges, kPictureTypes);
    if (!type) {
        return not_acceptable();
    }
    dicomweb::ViewportParameter size;
    size.width = render::kThumbnailSide;
    size.height = render::kThumbnailSide;
    size = parameters->viewport.value_or(size);
    const RetrievedInstance* shown = middle_image(instances);
    auto picture = shown != nullptr ? thumbnail_of(archive_, *shown, frames, size)
                                    : render::stand_in(render::Stand::Document, size.width, size.height);
    if (!picture && picture.failure().kind == ErrorKind::NotFound) {
        return picture.failure();
    }
    auto bytes = drawn_file(
        picture ? *picture : render::stand_in(render::Stand::Unreadable, size.width, size.height), *type);
    if (!bytes) {
        return bytes.failure();
    }
    Response response;
    response.set_header("Content-Type", *type);
    response.body = body_of(*std::move(bytes));
    response.warnings = parameters->warnings;
    return response;
}

Result<Response> RenderedAnswers::by_uri(const RetrievedInstance& instance,
                                         const dicomweb::WadoUriRequest& request) const {
    const std::string at = root_url_ + "/studies/" + instance.study_uid + "/series/" + instance.series_uid +
                           "/instances/" + instance.sop_instance_uid + "/rendered";
    if (const Types types = document_types(instance.sop_class_uid); !types.empty()) {
        const auto type = single_type(request.accepted, types);
        if (!type) {
            return not_acceptable();
        }
        const auto file = archive_.open(instance.orthanc_id);
        auto bytes =
            file ? document_bytes((*file)->bytes(), *type, character_set_of_(instance)) : file.failure();
        return bytes ? Result<Response>(single_part(*type, at, *std::move(bytes))) : bytes.failure();
    }
    const auto type = single_type(request.accepted, kPictureTypes);
    if (!type) {
        return not_acceptable();
    }
    const auto open = open_image(archive_, instance.orthanc_id);
    if (!open) {
        return open.failure();
    }
    render::Image& image = *(*open)->image;
    // 9.5.2.1: a frame that is not there is a bad request.
    if (request.frame && *request.frame > image.frame_count()) {
        return error(ErrorKind::BadRequest, "the object has no frame of this number");
    }
    const PictureForm form = picture_form(request, *type);
    const bool moving = *type == "image/gif" && !request.frame && image.frame_count() > 1;
    auto bytes = moving ? animation_file(image, all_frames(image), form)
                        : picture_file(image, request.frame.value_or(render::middle_frame(image)), form);
    return bytes ? Result<Response>(single_part(*type, at, *std::move(bytes))) : bytes.failure();
}

} // namespace recog::rest
