#include "core/dicomweb/retrieve.hpp"

#include <random>

namespace recog::dicomweb {

namespace {

constexpr std::string_view kJsonTypes[] = {"application/dicom+json", "application/json"};

Error cannot_transcode() {
    return error(
        ErrorKind::NotAcceptable,
        "the object is stored in another transfer syntax or media type than the ones accepted, and is given "
        "as stored only: ask with transfer-syntax=*");
}

std::string content_type(const Representation& representation) {
    return representation.media_type + "; transfer-syntax=" + representation.transfer_syntax;
}

// 160 random bits, made anew for each answer: no stored byte can hold them but by a chance of 2^-120 in an
// exabyte, and nobody can store an object that does. Looking through 2 GB for it would cost more than sending
// them.
std::string make_boundary() {
    static constexpr char kDigits[] = "0123456789abcdef";
    std::random_device random;
    std::string boundary = "part-";
    for (int word = 0; word < 5; ++word) {
        for (std::uint32_t bits = random(), digit = 0; digit < 8; ++digit, bits >>= 4U) {
            boundary += kDigits[bits & 15U];
        }
    }
    return boundary;
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

Body body_of(const StoredFile& file) {
    Body body;
    body.append(file.bytes, file.owner);
    return body;
}

struct FrameOwner {
    std::shared_ptr<const void> file;
    std::shared_ptr<const void> frame;
};

Body body_of(const dicom::Frame& frame, const StoredFile& file) {
    const auto owner = std::make_shared<FrameOwner>(FrameOwner{file.owner, frame.owner});
    Body body;
    for (const Bytes piece : frame.pieces) {
        body.append(piece, owner);
    }
    return body;
}

std::string frame_location(const StoredFile& file, std::uint32_t number) {
    return file.location.empty() ? std::string() : file.location + "/frames/" + std::to_string(number);
}

Error too_many_parts() {
    return error(ErrorKind::NotAcceptable,
                 "the answer has several parts, and multipart/related is not among the accepted media types");
}

} // namespace

MultipartWriter::MultipartWriter(std::string type) : type_(std::move(type)) {}

void MultipartWriter::add(std::string_view content_type, std::string_view location, Body payload) {
    parts_.push_back(Part{std::string(content_type), std::string(location), std::move(payload)});
}

Response MultipartWriter::finish() && {
    const std::string boundary = make_boundary();
    Response response;
    response.set_header("Content-Type",
                        "multipart/related; type=\"" + type_ + "\"; boundary=\"" + boundary + "\"");
    for (Part& part : parts_) {
        std::string head = "--" + boundary + "\r\nContent-Type: " + part.content_type + "\r\n";
        if (!part.location.empty()) {
            head += "Content-Location: " + part.location + "\r\n";
        }
        if (const auto size = part.payload.size()) {
            head += "Content-Length: " + std::to_string(*size) + "\r\n";
        }
        head += "\r\n";
        response.body.append(std::move(head));
        response.body.append(std::move(part.payload));
        response.body.append("\r\n");
    }
    response.body.append("--" + boundary + "--\r\n");
    return response;
}

Result<Response> respond_with_instances(std::vector<StoredFile> files,
                                        const std::vector<MediaRange>& accepted) {
    if (files.empty()) {
        return error(ErrorKind::NotFound, "no instance by these UIDs is here");
    }
    MultipartWriter writer("application/dicom");
    std::size_t left_out = 0;
    bool multipart = true;
    for (const StoredFile& file : files) {
        const auto chosen = choose_instance(accepted, file.transfer_syntax);
        if (!chosen) {
            ++left_out;
            continue;
        }
        if (files.size() == 1 && !chosen->multipart) {
            return single_part(content_type(*chosen), file.location, body_of(file));
        }
        multipart = multipart && chosen->multipart;
        writer.add(content_type(*chosen), file.location, body_of(file));
    }
    if (writer.part_count() == 0) {
        return cannot_transcode();
    }
    if (!multipart) {
        return too_many_parts();
    }
    Response response = std::move(writer).finish();
    if (left_out > 0) {
        response.status = 206;
        response.warnings.push_back(
            std::to_string(left_out) +
            " instances are stored in a transfer syntax that is not accepted and were "
            "left out.");
    }
    return response;
}

Result<Response> respond_with_frames(const StoredFile& file, std::span<const std::uint32_t> frames,
                                     const std::vector<MediaRange>& accepted) {
    auto located = dicom::locate_pixel_data(file.bytes);
    if (!located) {
        return located.failure();
    }
    const auto chosen = choose_frame(accepted, located->transfer_syntax);
    if (!chosen) {
        return cannot_transcode();
    }
    const auto locator = dicom::FrameLocator::make(*std::move(located), file.bytes);
    if (!locator) {
        return locator.failure();
    }
    if (frames.size() > 1 && !chosen->multipart) {
        return too_many_parts();
    }
    MultipartWriter writer(chosen->media_type);
    for (const std::uint32_t number : frames) {
        const auto frame = locator->frame(number);
        if (!frame) {
            return frame.failure();
        }
        if (!chosen->multipart) {
            return single_part(content_type(*chosen), frame_location(file, number), body_of(*frame, file));
        }
        writer.add(content_type(*chosen), frame_location(file, number), body_of(*frame, file));
    }
    return std::move(writer).finish();
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
