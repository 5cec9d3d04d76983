#include "core/dicomweb/multipart_reader.hpp"

#include "core/dicomweb/field_syntax.hpp"

#include <algorithm>

namespace recog::dicomweb {

namespace {

constexpr std::size_t kSliceBytes = 65'536;

bool is_padding(char c) {
    return c == ' ' || c == '\t';
}

/// Takes one line without its end off the text.
std::string_view take_line(std::string_view& text) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(text.size(), end + 1));
    if (!line.empty() && line.back() == '\r') {
        line.remove_suffix(1);
    }
    return line;
}

PartHeaders parse_headers(std::string_view block) {
    PartHeaders headers;
    while (!block.empty()) {
        const std::string_view line = take_line(block);
        const std::size_t colon = line.find(':');
        if (line.empty()) {
            continue;
        }
        if (is_padding(line.front()) && !headers.fields.empty()) {
            // RFC 5322 2.2.3: a folded line goes on.
            headers.fields.back().value.append(" ").append(trimmed(line));
        } else if (colon == std::string_view::npos || colon == 0 ||
                   headers.fields.size() == kMaxPartHeaders) {
            headers.broken = true;
        } else {
            headers.fields.push_back(
                {std::string(trimmed(line.substr(0, colon))), std::string(trimmed(line.substr(colon + 1)))});
        }
    }
    return headers;
}

} // namespace

std::string_view PartHeaders::find(std::string_view name) const {
    const std::string wanted = lower_case(name);
    const auto at = std::find_if(fields.begin(), fields.end(),
                                 [&](const Field& field) { return lower_case(field.name) == wanted; });
    return at != fields.end() ? std::string_view(at->value) : std::string_view();
}

MultipartReader::MultipartReader(std::string_view boundary, PartSink& sink)
    : sink_(&sink), dash_boundary_("--" + std::string(boundary)) {}

Result<MultipartReader> MultipartReader::make(std::string_view boundary, PartSink& sink) {
    const bool printable = std::all_of(boundary.begin(), boundary.end(), [](char c) {
        return static_cast<unsigned char>(c) >= 0x20 && static_cast<unsigned char>(c) < 0x7F;
    });
    if (boundary.empty() || boundary.size() > kMaxBoundaryBytes || !printable || boundary.back() == ' ') {
        return error(ErrorKind::BadRequest, "the Content-Type names no boundary that could be one");
    }
    return MultipartReader(boundary, sink);
}

Status MultipartReader::add(Bytes chunk) {
    while (!chunk.empty() && state_ != State::Epilogue) {
        const Bytes slice = chunk.first(std::min(chunk.size(), kSliceBytes));
        chunk = chunk.subspan(slice.size());
        kept_.append(reinterpret_cast<const char*>(slice.data()), slice.size());
        if (const Status consumed = consume(false); !consumed) {
            return consumed;
        }
    }
    return {};
}

Status MultipartReader::finish() {
    if (const Status consumed = consume(true); !consumed) {
        return consumed;
    }
    switch (state_) {
    case State::Preamble:
        return error(ErrorKind::BadRequest,
                     "the body does not hold the boundary that its Content-Type names");
    case State::Data: {
        const Status emitted = emit(kept_.size());
        return emitted ? sink_->end_part(false) : emitted;
    }
    case State::Headers: {
        // Nothing behind a delimiter is a body that was not closed, not a part.
        if (trimmed(rest()).empty()) {
            return {};
        }
        const Status begun = take_headers({}, true);
        return begun ? sink_->end_part(false) : begun;
    }
    case State::Epilogue:
        break;
    }
    return {};
}

Status MultipartReader::consume(bool last) {
    for (Step next = Step::Again; next == Step::Again;) {
        const auto stepped = step(last);
        if (!stepped) {
            return stepped.failure();
        }
        next = *stepped;
    }
    kept_.erase(0, at_);
    at_ = 0;
    return {};
}

Result<MultipartReader::Step> MultipartReader::step(bool last) {
    switch (state_) {
    case State::Preamble:
        return preamble(last);
    case State::Headers:
        return headers(last);
    case State::Data:
        return data(last);
    case State::Epilogue:
        break;
    }
    at_ = kept_.size();
    return Step::NeedsMore;
}

MultipartReader::After MultipartReader::look_behind_delimiter(std::size_t at, bool last,
                                                              std::size_t& next) const {
    const std::string_view text = std::string_view(kept_).substr(at);
    if (text.starts_with("--")) {
        next = at + 2;
        return After::Close;
    }
    std::size_t end = 0;
    while (end < text.size() && end <= kMaxDelimiterPadding && is_padding(text[end])) {
        ++end;
    }
    if (end > kMaxDelimiterPadding) {
        return After::Text;
    }
    const std::string_view behind = text.substr(end);
    if (behind.starts_with("\r\n") || behind.starts_with("\n")) {
        next = at + end + (behind.front() == '\r' ? 2 : 1);
        return After::Delimiter;
    }
    if (behind.empty() || behind == "\r" || (end == 0 && behind == "-")) {
        next = kept_.size();
        return !last ? After::NeedsMore : behind.empty() ? After::Delimiter : After::Text;
    }
    return After::Text;
}

MultipartReader::After MultipartReader::delimiter_at(std::size_t at, bool last, std::size_t& next) const {
    const std::string_view here = std::string_view(kept_).substr(at);
    if (!here.starts_with(dash_boundary_)) {
        return !last && dash_boundary_.starts_with(here) ? After::NeedsMore : After::Text;
    }
    return look_behind_delimiter(at + dash_boundary_.size(), last, next);
}

MultipartReader::Step MultipartReader::preamble(bool last) {
    for (;;) {
        if (line_start_) {
            std::size_t next = 0;
            const After after = delimiter_at(at_, last, next);
            if (after == After::NeedsMore) {
                return Step::NeedsMore;
            }
            if (after != After::Text) {
                line_end_ = next >= 2 && kept_[next - 1] == '\n' && kept_[next - 2] != '\r' ? "\n" : "\r\n";
                state_ = after == After::Close ? State::Epilogue : State::Headers;
                at_ = next;
                return Step::Again;
            }
            line_start_ = false;
        }
        const std::size_t end = kept_.find('\n', at_);
        if (end == std::string::npos) {
            at_ = kept_.size();
            return Step::NeedsMore;
        }
        at_ = end + 1;
        line_start_ = true;
    }
}

// Headers end with an empty line. A delimiter where a header should stand ends a part without data.
Result<MultipartReader::Step> MultipartReader::headers(bool last) {
    std::size_t line = at_;
    for (;;) {
        std::size_t next = 0;
        const After after = delimiter_at(line, last, next);
        const std::size_t end = kept_.find('\n', line);
        if (after == After::Delimiter || after == After::Close) {
            if (const Status begun = take_headers(rest().substr(0, line - at_), true); !begun) {
                return begun.failure();
            }
            if (const Status found = delimiter_found(after, next); !found) {
                return found.failure();
            }
            return Step::Again;
        }
        const bool too_long = (end == std::string::npos ? kept_.size() : end) - at_ > kMaxPartHeaderBytes;
        if (end == std::string::npos && !too_long) {
            return Step::NeedsMore;
        }
        const bool empty_line = !too_long && (end == line || (end == line + 1 && kept_[line] == '\r'));
        if (too_long || empty_line) {
            const Status begun = take_headers(rest().substr(0, line - at_), too_long);
            at_ = too_long ? line : end + 1;
            line_start_ = !too_long;
            return begun ? Result<Step>(Step::Again) : begun.failure();
        }
        line = end + 1;
    }
}

Result<MultipartReader::Step> MultipartReader::data(bool last) {
    const std::string delimiter = line_end_ + dash_boundary_;
    std::size_t search = at_;
    if (line_start_) {
        // The empty line behind the headers may be the one before the delimiter, too.
        std::size_t next = 0;
        const After after = delimiter_at(at_, last, next);
        if (after == After::NeedsMore) {
            return Step::NeedsMore;
        }
        if (after != After::Text) {
            const Status found = delimiter_found(after, next);
            return found ? Result<Step>(Step::Again) : found.failure();
        }
        line_start_ = false;
    }
    for (;;) {
        const std::size_t found = kept_.find(delimiter, search);
        if (found == std::string::npos) {
            const std::size_t may_begin = delimiter.size() - 1;
            const std::size_t end = kept_.size() - at_ > may_begin ? kept_.size() - may_begin : at_;
            const Status emitted = emit(last ? kept_.size() : end);
            return emitted ? Result<Step>(Step::NeedsMore) : emitted.failure();
        }
        std::size_t next = 0;
        const After after = look_behind_delimiter(found + delimiter.size(), last, next);
        if (after == After::Text) {
            search = found + 1;
            continue;
        }
        if (const Status emitted = emit(found); !emitted) {
            return emitted.failure();
        }
        if (after == After::NeedsMore) {
            return Step::NeedsMore;
        }
        const Status ended = delimiter_found(after, next);
        return ended ? Result<Step>(Step::Again) : ended.failure();
    }
}

Status MultipartReader::delimiter_found(After after, std::size_t next) {
    at_ = next;
    state_ = after == After::Close ? State::Epilogue : State::Headers;
    return sink_->end_part(true);
}

Status MultipartReader::take_headers(std::string_view block, bool broken) {
    PartHeaders headers = parse_headers(block);
    headers.broken = headers.broken || broken;
    state_ = State::Data;
    line_start_ = true;
    return sink_->begin_part(std::move(headers));
}

Status MultipartReader::emit(std::size_t end) {
    const std::string_view bytes = std::string_view(kept_).substr(at_, end - at_);
    at_ = end;
    return bytes.empty() ? Status() : sink_->part_data(std::as_bytes(std::span(bytes)));
}

} // namespace recog::dicomweb
