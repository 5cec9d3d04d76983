#include "core/dicomweb/retrieve.hpp"

#include "core/dicomweb/multipart_stream.hpp"

#include <algorithm>
#include <optional>

namespace recog::dicomweb {

namespace {

constexpr std::string_view kJsonTypes[] = {"application/dicom+json", "application/json"};

Error not_acceptable() {
    return error(
        ErrorKind::NotAcceptable,
        "the object cannot be given in any transfer syntax and media type that is accepted: ask with "
        "transfer-syntax=* for the one it is stored in");
}

std::string content_type(std::string_view media_type, std::string_view transfer_syntax) {
    return std::string(media_type) + "; transfer-syntax=" + std::string(transfer_syntax);
}

std::string content_type(const Representation& representation) {
    return content_type(representation.media_type, representation.transfer_syntax);
}

Response single_part(std::string_view type, std::string_view location, Body payload) {
    Response response;
    response.set_header("Content-Type", std::string(type));
    if (!location.empty()) {
        response.set_header("Content-Location", std::string(location));
    }
    response.body = std::move(payload);
    return response;
}

constexpr std::string_view kDicom = "application/dicom";

Error changed_size() {
    return error(ErrorKind::Storage, "a stored object is not as long as the index says");
}

/// A file that is sent window by window: opened with the first, closed behind the last.
class WindowedFile : public std::enable_shared_from_this<WindowedFile> {
public:
    explicit WindowedFile(InstanceToSend instance) : instance_(std::move(instance)) {}

    Result<OpenedPiece> window(std::uint64_t offset, std::uint64_t size) {
        if (!file_) {
            auto opened = instance_.open();
            if (!opened) {
                return opened.failure();
            }
            file_ = *std::move(opened);
        }
        if (file_->bytes.size() != instance_.size) {
            return changed_size();
        }
        const auto first = static_cast<std::size_t>(offset);
        const auto count = static_cast<std::size_t>(size);
        const std::shared_ptr<const void> owner(file_->bytes.data() + first,
                                                [self = shared_from_this(), first, count](const void*) {
                                                    if (self->file_->release) {
                                                        self->file_->release(first, count);
                                                    }
                                                });
        return OpenedPiece{{file_->bytes.subspan(first, count)}, owner, file_->source};
    }

private:
    InstanceToSend instance_;
    std::optional<OpenedFile> file_;
};

Body body_of(InstanceToSend instance) {
    Body body;
    if (instance.size > kWindowBytes) {
        const std::uint64_t whole = instance.size;
        const auto file = std::make_shared<WindowedFile>(std::move(instance));
        for (std::uint64_t at = 0; at < whole; at += kWindowBytes) {
            const std::uint64_t size = std::min(kWindowBytes, whole - at);
            body.append_later(size, [file, at, size] { return file->window(at, size); });
        }
        return body;
    }
    body.append_later(instance.size, [open = std::move(instance.open)]() -> Result<OpenedPiece> {
        auto file = open();
        if (!file) {
            return file.failure();
        }
        return OpenedPiece{{file->bytes}, std::move(file->owner), file->source};
    });
    return body;
}

Body body_of(OpenedPiece piece) {
    Body body;
    for (const Bytes run : piece.bytes) {
        body.append(run, piece.owner);
    }
    return body;
}

struct FrameOwner {
    std::shared_ptr<const void> file;
    std::shared_ptr<const void> frame;
};

OpenedPiece piece_of(const dicom::Frame& frame, const OpenedFile& file) {
    return {frame.pieces, std::make_shared<FrameOwner>(FrameOwner{file.owner, frame.owner})};
}

std::string frame_location(const std::string& location, std::uint32_t number) {
    return location.empty() ? std::string() : location + "/frames/" + std::to_string(number);
}

Error too_many_parts() {
    return error(ErrorKind::NotAcceptable,
                 "the answer has several parts, and multipart/related is not among the accepted media types");
}

} // namespace

MultipartWriter::MultipartWriter(std::string type) : type_(std::move(type)) {}

void MultipartWriter::add(std::string_view content_type, std::string_view location, Body payload) {
    parts_.push_back(Part{std::string(content_type), std::string(location), std::move(payload), nullptr});
}

void MultipartWriter::add_late(std::string_view location, OpenPart open) {
    parts_.push_back(Part{{}, std::string(location), {}, std::move(open)});
}

namespace {

std::string head_of_part(const MultipartStream& multipart, const std::string& content_type,
                         const std::string& location, std::optional<std::uint64_t> size) {
    std::vector<Field> headers{{"Content-Type", content_type}};
    if (!location.empty()) {
        headers.push_back({"Content-Location", location});
    }
    return multipart.part_head(headers, size);
}

/// Head, payload and end of a part in one piece.
Result<OpenedPiece> whole_part(const MultipartStream& multipart, const std::string& location,
                               const OpenPart& open) {
    struct Owner {
        std::string head;
        std::shared_ptr<const void> payload;
    };
    auto part = open();
    if (!part) {
        return part.failure();
    }
    auto owner = std::make_shared<Owner>();
    owner->head = head_of_part(multipart, part->content_type, location, part->payload.size());
    owner->payload = std::move(part->payload.owner);
    OpenedPiece piece;
    piece.bytes.push_back(std::as_bytes(std::span(owner->head)));
    piece.bytes.insert(piece.bytes.end(), part->payload.bytes.begin(), part->payload.bytes.end());
    piece.bytes.push_back(std::as_bytes(std::span(MultipartStream::kPartEnd)));
    piece.owner = std::move(owner);
    return piece;
}

} // namespace

Response MultipartWriter::finish() && {
    const MultipartStream multipart("related", type_);
    Response response;
    response.set_header("Content-Type", multipart.content_type());
    for (Part& part : parts_) {
        if (part.open) {
            response.body.append_later(
                std::nullopt, [multipart, location = std::move(part.location), open = std::move(part.open)] {
                    return whole_part(multipart, location, open);
                });
            continue;
        }
        response.body.append(head_of_part(multipart, part.content_type, part.location, part.payload.size()));
        response.body.append(std::move(part.payload));
        response.body.append(std::string(MultipartStream::kPartEnd));
    }
    response.body.append(multipart.end());
    return response;
}

namespace {

/// The part of an instance in another syntax; Errors: of opening it and of transcoding it.
Result<LatePart> transcoded_part(const InstanceToSend& instance, const std::string& syntax,
                                 const Transcoder& transcoder) {
    const auto file = instance.open();
    if (!file) {
        return file.failure();
    }
    auto made = transcoder.instance(file->bytes, syntax);
    if (!made) {
        return made.failure();
    }
    return LatePart{content_type(kDicom, syntax), *std::move(made)};
}

// The status has been sent, and the others are still to come. The part says what it is.
Result<LatePart> transcoded_or_stored_part(const InstanceToSend& instance, const std::string& syntax,
                                           const Transcoder& transcoder) {
    auto part = transcoded_part(instance, syntax, transcoder);
    if (part) {
        return part;
    }
    auto file = instance.open();
    if (!file) {
        return file.failure();
    }
    return LatePart{content_type(kDicom, instance.transfer_syntax),
                    OpenedPiece{{file->bytes}, std::move(file->owner)}};
}

/// The answer of one instance. It is transcoded at once: so its status tells whether that was possible.
Result<Response> respond_with_one(InstanceToSend instance, const std::vector<MediaRange>& accepted,
                                  const Transcoder* transcoder) {
    auto chosen = choose_instance(accepted, instance.transfer_syntax, transcoder);
    const std::string location = instance.location;
    Body body;
    if (chosen && chosen->transcode) {
        auto part = transcoded_part(instance, chosen->transfer_syntax, *transcoder);
        if (part) {
            body = body_of(std::move(part->payload));
        } else {
            chosen = choose_instance(accepted, instance.transfer_syntax, nullptr);
            if (!chosen) {
                return part.failure();
            }
        }
    }
    if (!chosen) {
        return not_acceptable();
    }
    if (!chosen->transcode) {
        body = body_of(std::move(instance));
    }
    if (!chosen->multipart) {
        return single_part(content_type(*chosen), location, std::move(body));
    }
    MultipartWriter writer{std::string(kDicom)};
    writer.add(content_type(*chosen), location, std::move(body));
    return std::move(writer).finish();
}

void add_instance(MultipartWriter& writer, InstanceToSend instance, const Representation& chosen,
                  const Transcoder* transcoder) {
    const std::string location = instance.location;
    if (chosen.transcode) {
        writer.add_late(location,
                        [instance = std::move(instance), syntax = chosen.transfer_syntax, transcoder] {
                            return transcoded_or_stored_part(instance, syntax, *transcoder);
                        });
    } else {
        writer.add(content_type(chosen), location, body_of(std::move(instance)));
    }
}

} // namespace

Result<Response> respond_with_instances(std::vector<InstanceToSend> instances,
                                        const std::vector<MediaRange>& accepted,
                                        const Transcoder* transcoder) {
    if (instances.empty()) {
        return error(ErrorKind::NotFound, "no instance by these UIDs is here");
    }
    if (instances.size() == 1) {
        return respond_with_one(std::move(instances.front()), accepted, transcoder);
    }
    MultipartWriter writer{std::string(kDicom)};
    bool multipart = true;
    for (InstanceToSend& instance : instances) {
        if (const auto chosen = choose_instance(accepted, instance.transfer_syntax, transcoder)) {
            multipart = multipart && chosen->multipart;
            add_instance(writer, std::move(instance), *chosen, transcoder);
        }
    }
    if (writer.part_count() == 0) {
        return not_acceptable();
    }
    if (!multipart) {
        return too_many_parts();
    }
    const std::size_t left_out = instances.size() - writer.part_count();
    Response response = std::move(writer).finish();
    if (left_out > 0) {
        response.status = 206;
        response.warnings.push_back(std::to_string(left_out) +
                                    " instances cannot be given in a transfer syntax that is accepted and "
                                    "were left out.");
    }
    return response;
}

namespace {

/// Frames of one object in the form that was chosen.
class FrameParts {
public:
    FrameParts(FramesOfFile object, Representation chosen, const Transcoder* transcoder)
        : object_(std::move(object)), chosen_(std::move(chosen)), transcoder_(transcoder) {}

    const Representation& chosen() const { return chosen_; }
    std::string location(std::uint32_t number) const { return frame_location(object_.location, number); }

    Result<OpenedPiece> piece(std::uint32_t number) const {
        if (chosen_.transcode) {
            return transcoder_->frame(object_.file.bytes, object_.frames, number, chosen_.transfer_syntax);
        }
        const auto frame = object_.frames.frame(number);
        if (!frame) {
            return frame.failure();
        }
        return piece_of(*frame, object_.file);
    }

private:
    FramesOfFile object_;
    Representation chosen_;
    const Transcoder* transcoder_;
};

Status check_numbers(const dicom::FrameLocator& frames, std::span<const std::uint32_t> numbers) {
    for (const std::uint32_t number : numbers) {
        if (number == 0 || number > frames.count()) {
            return error(ErrorKind::NotFound, "the object has no frame of this number");
        }
    }
    return {};
}

/// As stored, all parts are views of the file, and the answer's length is known.
Result<Response> multipart_of(const std::shared_ptr<const FrameParts>& parts,
                              std::span<const std::uint32_t> numbers, OpenedPiece first) {
    const std::string type = content_type(parts->chosen());
    MultipartWriter writer(parts->chosen().media_type);
    writer.add(type, parts->location(numbers.front()), body_of(std::move(first)));
    for (const std::uint32_t number : numbers.subspan(1)) {
        if (parts->chosen().transcode) {
            writer.add_late(parts->location(number), [parts, number, type]() -> Result<LatePart> {
                auto piece = parts->piece(number);
                if (!piece) {
                    return piece.failure();
                }
                return LatePart{type, *std::move(piece)};
            });
            continue;
        }
        auto piece = parts->piece(number);
        if (!piece) {
            return piece.failure();
        }
        writer.add(type, parts->location(number), body_of(*std::move(piece)));
    }
    return std::move(writer).finish();
}

} // namespace

Result<Response> respond_with_frames(const FramesOfFile& object, std::span<const std::uint32_t> numbers,
                                     const std::vector<MediaRange>& accepted, const Transcoder* transcoder) {
    if (const Status there = check_numbers(object.frames, numbers); !there || numbers.empty()) {
        return there ? error(ErrorKind::BadRequest, "no frame is named") : there.failure();
    }
    auto chosen = choose_frame(accepted, object.frames.location().transfer_syntax, transcoder);
    if (!chosen) {
        return not_acceptable();
    }
    if (numbers.size() > 1 && !chosen->multipart) {
        return too_many_parts();
    }
    const auto parts = std::make_shared<const FrameParts>(object, *std::move(chosen), transcoder);
    // The first one at once: what cannot be decoded is told by the status.
    auto first = parts->piece(numbers.front());
    if (!first) {
        return first.failure();
    }
    if (!parts->chosen().multipart) {
        return single_part(content_type(parts->chosen()), parts->location(numbers.front()),
                           body_of(*std::move(first)));
    }
    return multipart_of(parts, numbers, *std::move(first));
}

Result<Response> respond_with_json(std::string json, const std::vector<MediaRange>& accepted) {
    const auto type = choose_media_type(accepted, kJsonTypes);
    if (!type) {
        return error(ErrorKind::NotAcceptable, "this resource is given as application/dicom+json only");
    }
    Response response;
    response.set_header("Content-Type", *type);
    response.body.append(std::move(json));
    return response;
}

} // namespace recog::dicomweb
