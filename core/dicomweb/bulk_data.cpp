#include "core/dicomweb/bulk_data.hpp"

#include "core/dicomweb/byte_ranges.hpp"
#include "core/dicomweb/multipart_stream.hpp"
#include "core/dicomweb/preconditions.hpp"

#include <algorithm>
#include <charconv>

namespace recog::dicomweb {

namespace {

constexpr std::string_view kOctetStream = "application/octet-stream";
constexpr std::size_t kTurnedWindow = std::size_t{1} << 20U; // a multiple of every word

bool covers(std::string_view range, std::string_view type) {
    return range == "*/*" || range == type ||
           (range.ends_with("/*") && type.substr(0, type.find('/')) == range.substr(0, range.size() - 2));
}

bool is_item_number(std::string_view text) {
    std::uint32_t number = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
    return parsed.ec == std::errc() && parsed.ptr == text.data() + text.size() && number > 0 &&
           text[0] != '0';
}

/// Gives the pages of a window back once it has been sent.
class SentWindow {
public:
    SentWindow(OpenedFile file, std::size_t offset, std::size_t size)
        : file_(std::move(file)), offset_(offset), size_(size) {}
    SentWindow(const SentWindow&) = delete;
    SentWindow& operator=(const SentWindow&) = delete;
    ~SentWindow() { file_.release(offset_, size_); }

private:
    OpenedFile file_;
    std::size_t offset_;
    std::size_t size_;
};

struct Form {
    std::string type;
    bool multipart = false;
};

// The best quality wins, then the order of the header. The value's own type is what `*/*` means.
std::optional<Form> choose_form(const std::vector<MediaRange>& accepted, const BulkAnswer& answer) {
    std::optional<Form> chosen;
    int quality = 0;
    for (const MediaRange& range : accepted) {
        const std::string& wanted = range.transfer_syntax;
        const bool syntax_fits = wanted.empty() || wanted == "*" || answer.transfer_syntax.empty() ||
                                 wanted == answer.transfer_syntax;
        if (range.quality <= quality || !syntax_fits) {
            continue;
        }
        const auto shut_out = [&](std::string_view type) {
            return range.payload() != type &&
                   std::any_of(accepted.begin(), accepted.end(), [&](const MediaRange& other) {
                       return other.quality == 0 && other.payload() == type &&
                              (range.type == "*/*" || other.multipart() == range.multipart());
                   });
        };
        // Text that a browser might run is given as such only to who names its type.
        const bool own = !answer.own_type.empty() && !shut_out(answer.own_type) &&
                         (range.payload() == answer.own_type || (!answer.own_type.starts_with("text/") &&
                                                                 covers(range.payload(), answer.own_type)));
        // Compressed bytes mean pixels to who does not say that he takes any syntax.
        const bool octets = covers(range.payload(), kOctetStream) && !shut_out(kOctetStream) &&
                            (answer.transfer_syntax.empty() || !wanted.empty());
        if (own || octets) {
            chosen = Form{own ? answer.own_type : std::string(kOctetStream), range.multipart()};
            quality = range.quality;
        }
    }
    return chosen;
}

std::string content_type(const Form& form, const BulkAnswer& answer) {
    return answer.transfer_syntax.empty() ? form.type
                                          : form.type + "; transfer-syntax=" + answer.transfer_syntax;
}

Response in_one_part(const BulkAnswer& answer, const Form& form) {
    const MultipartStream multipart("related", form.type);
    const Field headers[] = {{"Content-Type", content_type(form, answer)},
                             {"Content-Location", answer.location}};
    Response response;
    response.set_header("Content-Type", multipart.content_type());
    response.body.append(multipart.part_head(headers, answer.content.size()));
    answer.content.append_to(response.body);
    response.body.append(std::string(MultipartStream::kPartEnd) + multipart.end());
    return response;
}

Response in_ranges(const BulkAnswer& answer, const std::string& type, const std::vector<ByteRange>& ranges) {
    const std::uint64_t size = answer.content.size();
    Response response;
    response.status = 206;
    if (ranges.size() == 1) {
        response.set_header("Content-Type", type);
        response.set_header("Content-Range", content_range(ranges[0], size));
        answer.content.append_to(response.body, ranges[0].begin, ranges[0].end);
        return response;
    }
    const MultipartStream multipart("byteranges");
    response.set_header("Content-Type", multipart.content_type());
    for (const ByteRange& range : ranges) {
        const Field headers[] = {{"Content-Type", type}, {"Content-Range", content_range(range, size)}};
        response.body.append(multipart.part_head(headers, std::nullopt));
        answer.content.append_to(response.body, range.begin, range.end);
        response.body.append(std::string(MultipartStream::kPartEnd));
    }
    response.body.append(multipart.end());
    return response;
}

// RFC 9110 13.1.5: only a strong validator that is still true lets a range count. We give no dates.
RangesAsked ranges_asked(const Request& request, const BulkAnswer& answer) {
    const std::string condition = request.header("If-Range");
    if (request.method != Method::Get ||
        (!condition.empty() && (answer.entity_tag.empty() || condition != answer.entity_tag))) {
        return {};
    }
    return read_ranges(request.header("Range"), answer.content.size());
}

Response refusal(int status, const std::string& sentence) {
    Response response;
    response.status = status;
    response.set_header("Content-Type", "text/plain");
    response.body.append(sentence + "\n");
    return response;
}

Response whole_or_ranges(const Request& request, const BulkAnswer& answer, const Form& form) {
    const RangesAsked asked = ranges_asked(request, answer);
    Response response;
    if (asked.outcome == RangesAsked::Outcome::Unsatisfiable) {
        response = refusal(416, "none of the byte ranges lies within the value");
        response.set_header("Content-Range", unsatisfied_range(answer.content.size()));
    } else if (asked.outcome == RangesAsked::Outcome::Partial) {
        response = in_ranges(answer, content_type(form, answer), asked.ranges);
    } else {
        response.set_header("Content-Type", content_type(form, answer));
        answer.content.append_to(response.body);
    }
    response.set_header("Accept-Ranges", "bytes");
    return response;
}

} // namespace

Result<std::string> parse_bulk_path(std::span<const std::string> segments) {
    std::string path;
    const bool shape = segments.size() % 2 == 1 && segments.size() <= kMaxBulkPathSteps;
    for (std::size_t i = 0; shape && i < segments.size(); ++i) {
        const auto tag = dicom::parse_hex_tag(segments[i]);
        if (i % 2 == 0 ? !tag : !is_item_number(segments[i])) {
            path.clear();
            break;
        }
        path.append("/").append(i % 2 == 0 ? dicom::to_hex(*tag) : segments[i]);
    }
    if (path.empty()) {
        return error(
            ErrorKind::BadRequest,
            "bulk data is named by a tag of eight hexadecimal digits, behind pairs of such a tag and "
            "an item's number");
    }
    return path;
}

BulkContent::BulkContent(const dicom::StoredBulkValue& value, OpenedFile file)
    : runs_(value.encapsulated ? dicom::fragments_of(value.value) : std::vector<Bytes>{value.value}),
      file_(std::move(file)), owner_(value.owner ? value.owner : file_.owner), word_(value.word) {
    if (value.owner) {
        file_ = {}; // an inflated data set has no pages of the file
    }
    for (const Bytes run : runs_) {
        size_ += run.size();
    }
}

void BulkContent::append_to(Body& body, std::uint64_t begin, std::uint64_t end) const {
    if (word_ > 1) {
        append_turned(body, static_cast<std::size_t>(begin), static_cast<std::size_t>(end));
        return;
    }
    std::uint64_t at = 0;
    for (const Bytes run : runs_) {
        const std::uint64_t from = std::max(begin, at);
        const std::uint64_t to = std::min(end, at + run.size());
        if (from < to) {
            append_run(body,
                       run.subspan(static_cast<std::size_t>(from - at), static_cast<std::size_t>(to - from)));
        }
        at += run.size();
    }
}

void BulkContent::append_run(Body& body, Bytes run) const {
    if (!file_.release || run.size() <= kWindowBytes) {
        body.append(run, owner_);
        return;
    }
    const auto first = static_cast<std::size_t>(run.data() - file_.bytes.data());
    for (std::size_t at = 0; at < run.size(); at += kWindowBytes) {
        const Bytes window = run.subspan(at, std::min<std::size_t>(kWindowBytes, run.size() - at));
        body.append_later(
            window.size(), [file = file_, window, offset = first + at]() -> Result<OpenedPiece> {
                return OpenedPiece{{window}, std::make_shared<SentWindow>(file, offset, window.size())};
            });
    }
}

// Window by window, when it is its turn: the value may be larger than the memory.
void BulkContent::append_turned(Body& body, std::size_t begin, std::size_t end) const {
    for (std::size_t at = begin - begin % kTurnedWindow; at < end; at += kTurnedWindow) {
        const std::size_t from = std::max(begin, at) - at;
        const std::size_t size = std::min(end, at + kTurnedWindow) - at - from;
        const Bytes window = runs_.front().subspan(at, std::min(runs_.front().size() - at, kTurnedWindow));
        body.append_later(size, [owner = owner_, window, word = word_, from, size]() -> Result<OpenedPiece> {
            auto turned = std::make_shared<std::vector<std::byte>>(window.begin(), window.end());
            for (auto number = turned->begin(); turned->end() - number >= static_cast<std::ptrdiff_t>(word);
                 number += static_cast<std::ptrdiff_t>(word)) {
                std::reverse(number, number + static_cast<std::ptrdiff_t>(word));
            }
            return OpenedPiece{{Bytes(*turned).subspan(from, size)}, turned};
        });
    }
}

Result<Response> respond_with_bulk(const Request& request, const BulkAnswer& answer) {
    const auto form = choose_form(accepted(request), answer);
    if (!form) {
        return error(ErrorKind::NotAcceptable,
                     "this value is given as application/octet-stream or in the media type of its content");
    }
    // The boundary of a multipart is another one each time.
    const std::string entity_tag =
        (form->multipart && !answer.entity_tag.empty() ? "W/" : "") + answer.entity_tag;
    Response response;
    switch (judge_preconditions(request, entity_tag)) {
    case Precondition::Failed:
        response = refusal(412, "the value is not the one that If-Match names");
        break;
    case Precondition::NotModified:
        response.status = 304;
        break;
    case Precondition::Holds:
        response = form->multipart ? in_one_part(answer, *form) : whole_or_ranges(request, answer, *form);
        break;
    }
    if (!form->multipart) {
        response.set_header("Content-Location", answer.location);
    }
    if (!entity_tag.empty()) {
        response.set_header("ETag", entity_tag);
    }
    return response;
}

std::string document_type(std::string_view stated) {
    static constexpr std::string_view kTypes[] = {"application/pdf", "text/xml", "model/stl", "model/obj",
                                                  "model/mtl"};
    std::string type(stated);
    std::transform(type.begin(), type.end(), type.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
    return std::find(std::begin(kTypes), std::end(kTypes), type) != std::end(kTypes) ? type : std::string();
}

bool takes_octet_parts(const std::vector<MediaRange>& accepted) {
    return std::any_of(accepted.begin(), accepted.end(), [](const MediaRange& range) {
        return range.quality > 0 && (range.multipart() || range.type == "*/*") &&
               covers(range.payload(), kOctetStream);
    });
}

} // namespace recog::dicomweb
