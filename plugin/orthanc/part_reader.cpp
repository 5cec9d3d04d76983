#include "plugin/orthanc/part_reader.hpp"

#include <algorithm>
#include <charconv>

namespace recog::orthanc {

using dicomweb::Bytes;

namespace {

constexpr std::size_t kMaxHead = 16'384;

Error not_multipart() {
    return error(ErrorKind::Internal, "an answer is not made of the parts that its media type tells of");
}

std::string_view text_of(Bytes bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

void keep(ReadPart& part, const std::shared_ptr<const void>& owner) {
    if (owner && (part.owners.empty() || part.owners.back() != owner)) {
        part.owners.push_back(owner);
    }
}

} // namespace

std::string media_parameter(std::string_view media_type, std::string_view name) {
    const std::string wanted = std::string(name) + "=";
    while (true) {
        const std::size_t semicolon = media_type.find(';');
        if (semicolon == std::string_view::npos) {
            return {};
        }
        media_type.remove_prefix(semicolon + 1);
        media_type.remove_prefix(std::min(media_type.find_first_not_of(' '), media_type.size()));
        if (media_type.starts_with(wanted)) {
            std::string_view value = media_type.substr(wanted.size());
            const bool quoted = value.starts_with('"');
            value.remove_prefix(quoted ? 1 : 0);
            return std::string(value.substr(0, value.find(quoted ? '"' : ';')));
        }
    }
}

PartReader::PartReader(std::string boundary, NextPiece next)
    : boundary_("--" + std::move(boundary)), next_(std::move(next)) {}

/// Whether there are bytes in runs_[run_].
Result<bool> PartReader::more() {
    while (run_ == runs_.size() || runs_[run_].bytes.empty()) {
        if (run_ < runs_.size()) {
            ++run_;
            continue;
        }
        auto piece = next_();
        if (!piece) {
            return piece.failure();
        }
        if (!*piece) {
            return false;
        }
        runs_.clear();
        run_ = 0;
        for (const Bytes bytes : (*piece)->bytes) {
            runs_.push_back({bytes, (*piece)->owner});
        }
    }
    return true;
}

/// False: that was the last delimiter.
Result<bool> PartReader::read_head(std::vector<dicomweb::Field>& fields, std::optional<std::uint64_t>& size) {
    std::string head;
    while (!head.ends_with("\r\n\r\n") && !head.ends_with(boundary_ + "--\r\n")) {
        const auto there = more();
        if (!there) {
            return there.failure();
        }
        if (!*there || head.size() == kMaxHead) {
            return not_multipart();
        }
        Bytes& bytes = runs_[run_].bytes;
        head += text_of(bytes).front();
        bytes = bytes.subspan(1);
    }
    std::string_view text = head;
    if (text.starts_with("\r\n")) {
        text.remove_prefix(2);
    }
    if (!text.starts_with(boundary_)) {
        return not_multipart();
    }
    if (text.ends_with("--\r\n")) {
        return false;
    }
    text.remove_prefix(text.find("\r\n") + 2);
    while (text != "\r\n") {
        const std::string_view line = text.substr(0, text.find("\r\n"));
        const std::size_t colon = line.find(": ");
        if (colon == std::string_view::npos) {
            return not_multipart();
        }
        const std::string_view value = line.substr(colon + 2);
        if (line.substr(0, colon) == "Content-Length") {
            std::from_chars(value.data(), value.data() + value.size(), size.emplace());
        } else {
            fields.push_back({std::string(line.substr(0, colon)), std::string(value)});
        }
        text.remove_prefix(line.size() + 2);
    }
    return true;
}

Status PartReader::read_sized(std::uint64_t size, ReadPart& part) {
    std::shared_ptr<std::string> copy;
    while (part.payload.size() < size) {
        const auto there = more();
        if (!there || !*there) {
            return there ? not_multipart() : there.failure();
        }
        Run& run = runs_[run_];
        const auto count =
            static_cast<std::size_t>(std::min<std::uint64_t>(size - part.payload.size(), run.bytes.size()));
        const Bytes bytes = run.bytes.first(count);
        if (part.payload.empty()) {
            part.payload = bytes;
        } else if (!copy && part.payload.data() + part.payload.size() == bytes.data()) {
            part.payload = {part.payload.data(), part.payload.size() + count}; // windows of one file
        } else {
            if (!copy) {
                copy = std::make_shared<std::string>();
                copy->reserve(static_cast<std::size_t>(size));
                copy->append(text_of(part.payload));
                part.owners.clear();
            }
            copy->append(text_of(bytes));
            part.payload = std::as_bytes(std::span(*copy));
        }
        if (!copy) {
            keep(part, run.owner);
        }
        run.bytes = run.bytes.subspan(count);
    }
    keep(part, copy);
    return {};
}

Status PartReader::read_to_delimiter(ReadPart& part) {
    const auto copy = std::make_shared<std::string>();
    const std::string delimiter = "\r\n" + boundary_;
    std::size_t found = std::string::npos;
    while (found == std::string::npos) {
        const auto there = more();
        if (!there || !*there) {
            return there ? not_multipart() : there.failure();
        }
        Run& run = runs_[run_];
        const std::size_t before = copy->size();
        copy->append(text_of(run.bytes));
        found = copy->find(delimiter, before > delimiter.size() ? before - delimiter.size() : 0);
        run.bytes = {};
    }
    // What stands behind the payload is read again.
    const auto rest = std::make_shared<const std::string>(copy->substr(found));
    runs_[run_] = {std::as_bytes(std::span(*rest)), rest};
    copy->resize(found);
    part.payload = std::as_bytes(std::span(*copy));
    keep(part, copy);
    return {};
}

Result<std::optional<ReadPart>> PartReader::read() {
    ReadPart part;
    std::optional<std::uint64_t> size;
    const auto head = read_head(part.fields, size);
    if (!head) {
        return head.failure();
    }
    if (!*head) {
        return std::optional<ReadPart>();
    }
    const Status payload = size ? read_sized(*size, part) : read_to_delimiter(part);
    if (!payload) {
        return payload.failure();
    }
    return std::optional<ReadPart>(std::move(part));
}

} // namespace recog::orthanc
