#include "plugin/rest/bulk_data_answers.hpp"

#include "core/dicom/bulk_values.hpp"
#include "core/dicom/dataset_bytes.hpp"
#include "core/dicomweb/bulk_data.hpp"
#include "core/dicomweb/multipart_stream.hpp"

#include <algorithm>
#include <deque>
#include <numeric>

namespace recog::rest {

using dicomweb::Response;
using SharedFile = std::shared_ptr<const service::InstanceFile>;

namespace {

constexpr std::string_view kOctetStream = "application/octet-stream";

dicomweb::OpenedFile opened(const SharedFile& file) {
    return {file->bytes(), file,
            [file](std::size_t offset, std::size_t size) { file->release(offset, size); }};
}

bool is_video(std::string_view transfer_syntax) {
    return dicomweb::frame_media_type(transfer_syntax).starts_with("video/");
}

std::string bulk_uri(const std::string& instance_uri, const std::string& path) {
    return instance_uri + "/bulkdata" + path;
}

// RFC 9110 8.8.3: the archive never writes a file anew under the same name.
std::string entity_tag(const service::InstanceFile& file, const std::string& path) {
    const Uuid uuid = file.uuid();
    return uuid.known() ? "\"" + uuid.text() + path + "\"" : std::string();
}

// ---- All bulk data of many instances ----

/// Runs of bytes of one instance's parts, and all that they point into.
struct InstanceParts {
    std::deque<std::string> texts;
    std::deque<dicomweb::OpenedPiece> pieces;
    std::vector<dicomweb::Bytes> runs;
    std::size_t count = 0;

    void add_text(std::string text) {
        texts.push_back(std::move(text));
        runs.push_back(std::as_bytes(std::span(texts.back())));
    }
    void add_piece(dicomweb::OpenedPiece piece) {
        runs.insert(runs.end(), piece.bytes.begin(), piece.bytes.end());
        pieces.push_back(std::move(piece));
    }
};

class BulkParts {
public:
    BulkParts(std::shared_ptr<const StoredInstances> instances, bool pixels_only,
              std::vector<dicomweb::MediaRange> accepted)
        : instances_(std::move(instances)), pixels_only_(pixels_only), accepted_(std::move(accepted)),
          multipart_("related", kOctetStream) {}

    const dicomweb::MultipartStream& multipart() const { return multipart_; }

    bool takes(std::size_t i) const {
        const auto chosen = dicomweb::choose_frame(accepted_, (*instances_)[i].transfer_syntax);
        return (chosen && chosen->multipart) || (!pixels_only_ && dicomweb::takes_octet_parts(accepted_));
    }

    /// Of one instance; none when it has vanished or its file is lost. Errors: those of the archive.
    Result<std::shared_ptr<const InstanceParts>> parts_of(std::size_t i) const {
        auto parts = std::make_shared<InstanceParts>();
        const auto file = instances_->open(i, service::Reading::Header);
        if (!file && file.failure().kind != ErrorKind::NotFound &&
            file.failure().kind != ErrorKind::Storage) {
            return file.failure();
        }
        const auto values = file ? dicom::find_bulk_values((*file)->bytes())
                                 : Result<std::vector<dicom::StoredBulkValue>>(file.failure());
        if (!values) {
            return std::shared_ptr<const InstanceParts>(std::move(parts));
        }
        for (const dicom::StoredBulkValue& value : *values) {
            const bool pixels = value.path.size() == 9 && dicom::is_pixel_data(value.tag);
            if (pixels && value.encapsulated) {
                add_frames(*parts, i, *file, value);
            } else if ((pixels || !pixels_only_) && dicomweb::takes_octet_parts(accepted_)) {
                add_value(*parts, bulk_uri(instances_->uri(i), value.path), std::string(kOctetStream), *file,
                          value);
            }
        }
        return std::shared_ptr<const InstanceParts>(std::move(parts));
    }

private:
    void add_part(InstanceParts& parts, const std::string& type, const std::string& location,
                  std::vector<dicomweb::OpenedPiece> payload) const {
        const std::size_t size =
            std::accumulate(payload.begin(), payload.end(), std::size_t{0},
                            [](std::size_t sum, const auto& piece) { return sum + piece.size(); });
        const dicomweb::Field headers[] = {{"Content-Type", type}, {"Content-Location", location}};
        parts.add_text(multipart_.part_head(headers, size));
        for (dicomweb::OpenedPiece& piece : payload) {
            parts.add_piece(std::move(piece));
        }
        parts.add_text(std::string(dicomweb::MultipartStream::kPartEnd));
        ++parts.count;
    }

    void add_value(InstanceParts& parts, const std::string& location, const std::string& type,
                   const SharedFile& file, const dicom::StoredBulkValue& value) const {
        // No windows here: the whole instance goes, and then all of its pages with it.
        const dicomweb::BulkContent content(value, {file->bytes(), file, {}});
        dicomweb::Body body;
        content.append_to(body);
        std::vector<dicomweb::OpenedPiece> payload;
        for (std::size_t piece = 0; piece < body.piece_count(); ++piece) {
            if (auto taken = body.take_piece(piece)) {
                payload.push_back(*std::move(taken));
            }
        }
        add_part(parts, type, location, std::move(payload));
    }

    void add_frames(InstanceParts& parts, std::size_t i, const SharedFile& file,
                    const dicom::StoredBulkValue& value) const {
        const std::string& syntax = (*instances_)[i].transfer_syntax;
        const auto chosen = dicomweb::choose_frame(accepted_, syntax);
        if (!chosen) {
            return;
        }
        const std::string type = chosen->media_type + "; transfer-syntax=" + chosen->transfer_syntax;
        auto located = dicom::locate_pixel_data(file->bytes());
        const auto frames = located ? dicom::FrameLocator::make(*std::move(located), file->bytes())
                                    : Result<dicom::FrameLocator>(located.failure());
        if (!frames) {
            // What cannot be told apart into frames is given as it lies there.
            add_value(parts, bulk_uri(instances_->uri(i), value.path), type, file, value);
            return;
        }
        for (std::uint32_t number = 1; number <= frames->count(); ++number) {
            const auto frame = frames->frame(number);
            if (frame) {
                add_part(parts, type, instances_->uri(i) + "/frames/" + std::to_string(number),
                         {{frame->pieces, file}, {{}, frame->owner}});
            }
        }
    }

    const std::shared_ptr<const StoredInstances> instances_;
    const bool pixels_only_;
    const std::vector<dicomweb::MediaRange> accepted_;
    const dicomweb::MultipartStream multipart_;
};

Result<dicomweb::OpenedPiece> piece_of(const Result<std::shared_ptr<const InstanceParts>>& parts) {
    if (!parts) {
        return parts.failure();
    }
    return dicomweb::OpenedPiece{(*parts)->runs, *parts};
}

} // namespace

Result<Response> bulk_data_answer(std::shared_ptr<const StoredInstances> instances,
                                  const dicomweb::Route& route, const dicomweb::Request& request) {
    const std::size_t count = instances->size();
    const auto parts = std::make_shared<const BulkParts>(
        std::move(instances), route.resource == dicomweb::Resource::PixelData, dicomweb::accepted(request));
    Response response;
    std::size_t left_out = 0;
    bool any = false;
    for (std::size_t i = 0; i < count; ++i) {
        if (!parts->takes(i)) {
            ++left_out;
        } else if (any) {
            response.body.append_later(std::nullopt, [parts, i] { return piece_of(parts->parts_of(i)); });
        } else {
            // Until there is something, instances are looked at before the status is sent.
            auto first = parts->parts_of(i);
            if (!first) {
                return first.failure();
            }
            any = (*first)->count > 0;
            const std::size_t size = piece_of(first)->size();
            if (any) {
                response.body.append_later(size, [first] { return piece_of(first); });
            }
        }
    }
    if (!any) {
        return left_out > 0
                   ? error(ErrorKind::NotAcceptable,
                           "bulk data is given as multipart/related of application/octet-stream, and "
                           "compressed frames in the media type of their compression")
                   : error(ErrorKind::NotFound, "there is no bulk data");
    }
    response.body.append(parts->multipart().end());
    response.set_header("Content-Type", parts->multipart().content_type());
    if (left_out > 0) {
        response.status = 206;
        response.warnings.push_back(
            std::to_string(left_out) +
            " instances hold no bulk data in a form that is accepted and were left out");
    }
    return response;
}

Result<Response> bulk_value_answer(const std::shared_ptr<const StoredInstances>& instances,
                                   const InstanceAnswers& frames, const dicomweb::Route& route,
                                   const dicomweb::Request& request, const std::string& root_url) {
    const auto path = dicomweb::parse_bulk_path(route.bulk_path);
    if (!path) {
        return path.failure();
    }
    const auto file = instances->open(0, service::Reading::Header);
    if (!file) {
        return file.failure().kind == ErrorKind::NotFound ? error(ErrorKind::Gone, "it has just been removed")
                                                          : file.failure();
    }
    const auto value = dicom::find_bulk_value((*file)->bytes(), *path);
    if (!value) {
        return value.failure();
    }
    const std::string& syntax = (*instances)[0].transfer_syntax;
    const bool pixels =
        value->encapsulated && route.bulk_path.size() == 1 && dicom::is_pixel_data(value->tag);
    if (pixels && !is_video(syntax)) {
        auto located = dicom::locate_pixel_data((*file)->bytes());
        const auto locator = located ? dicom::FrameLocator::make(*std::move(located), (*file)->bytes())
                                     : Result<dicom::FrameLocator>(located.failure());
        if (!locator) {
            return locator.failure();
        }
        std::vector<std::uint32_t> numbers(locator->count());
        std::iota(numbers.begin(), numbers.end(), 1U);
        return frames.frames((*instances)[0], numbers, dicomweb::accepted(request), root_url);
    }
    dicomweb::BulkAnswer answer{dicomweb::BulkContent(*value, opened(*file)),
                                dicomweb::document_type(value->mime_type),
                                {},
                                bulk_uri(instances->uri(0), *path),
                                entity_tag(**file, *path)};
    if (value->encapsulated) {
        answer.own_type = dicomweb::frame_media_type(syntax);
        answer.transfer_syntax = syntax;
    }
    return dicomweb::respond_with_bulk(request, answer);
}

} // namespace recog::rest
