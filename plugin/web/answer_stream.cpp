#include "plugin/web/answer_stream.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>
#include <new>

namespace recog::web {

namespace {

constexpr std::size_t kMostParts = 256;
// Below this a compressed answer is hardly shorter than its own head.
constexpr std::size_t kLeastCompressed = 1024;
constexpr std::size_t kCompressedAtOnce = 65'536;
constexpr int kCompressionLevel = 1;
constexpr int kGzip = 15 + 16; // zlib.h: window bits, and 16 for a gzip header

std::string_view phrase_of(int status) {
    switch (status) {
    case 200:
        return "OK";
    case 202:
        return "Accepted";
    case 204:
        return "No Content";
    case 206:
        return "Partial Content";
    case 304:
        return "Not Modified";
    case 400:
        return "Bad Request";
    case 401:
        return "Unauthorized";
    case 403:
        return "Forbidden";
    case 404:
        return "Not Found";
    case 405:
        return "Method Not Allowed";
    case 406:
        return "Not Acceptable";
    case 409:
        return "Conflict";
    case 408:
        return "Request Timeout";
    case 410:
        return "Gone";
    case 411:
        return "Length Required";
    case 412:
        return "Precondition Failed";
    case 413:
        return "Content Too Large";
    case 414:
        return "URI Too Long";
    case 415:
        return "Unsupported Media Type";
    case 416:
        return "Range Not Satisfiable";
    case 417:
        return "Expectation Failed";
    case 431:
        return "Request Header Fields Too Large";
    case 500:
        return "Internal Server Error";
    case 501:
        return "Not Implemented";
    case 502:
        return "Bad Gateway";
    case 503:
        return "Service Unavailable";
    case 505:
        return "HTTP Version Not Supported";
    default:
        return "Status"; // RFC 9112 4: the phrase says nothing
    }
}

bool has_no_body(int status) {
    return status == 204 || status == 304;
}

// RFC 9110 5.6.7
std::string http_date() {
    std::tm parts{};
    const std::time_t now = std::time(nullptr);
    gmtime_r(&now, &parts);
    static constexpr std::array<const char*, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr std::array<const char*, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    std::array<char, 32> rest{};
    std::strftime(rest.data(), rest.size(), " %Y %H:%M:%S GMT", &parts);
    const std::string day = std::to_string(parts.tm_mday);
    return std::string(kDays[static_cast<std::size_t>(parts.tm_wday)]) + ", " +
           (day.size() < 2 ? "0" + day : day) + " " + kMonths[static_cast<std::size_t>(parts.tm_mon)] +
           rest.data();
}

/// Nothing that comes from elsewhere can end a line of the head.
std::string in_one_line(std::string text) {
    std::replace_if(
        text.begin(), text.end(), [](char c) { return c == '\r' || c == '\n' || c == '\0'; }, ' ');
    return text;
}

bool is_text(const dicomweb::Response& response) {
    const std::string* type = response.header("Content-Type");
    return type != nullptr && response.header("Content-Encoding") == nullptr &&
           (type->starts_with("application/dicom+json") || type->starts_with("application/json") ||
            type->starts_with("application/dicom+xml") || type->starts_with("application/xml") ||
            type->starts_with("text/"));
}

void own(Window& window, std::string text, bool in_front) {
    const auto kept = std::make_shared<const std::string>(std::move(text));
    const Bytes bytes = std::as_bytes(std::span(*kept));
    window.parts.insert(in_front ? window.parts.begin() : window.parts.end(), bytes);
    window.owners.push_back(kept);
    window.size += bytes.size();
}

std::string_view trimmed(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t");
    const std::size_t last = text.find_last_not_of(" \t");
    return first == std::string_view::npos ? std::string_view() : text.substr(first, last - first + 1);
}

} // namespace

bool takes_gzip(std::string_view list) {
    while (!list.empty()) {
        const std::size_t comma = list.find(',');
        const std::string_view one = trimmed(list.substr(0, comma));
        const std::size_t semicolon = one.find(';');
        const std::string_view coding = trimmed(one.substr(0, semicolon));
        if (coding == "gzip" || coding == "*") {
            const std::string_view weight =
                semicolon == std::string_view::npos ? std::string_view() : trimmed(one.substr(semicolon + 1));
            return weight.find_first_not_of("q=0.") != std::string_view::npos || weight.empty();
        }
        list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
    }
    return false;
}

class AnswerStream::Compressor {
public:
    Compressor() {
        if (deflateInit2(&stream_, kCompressionLevel, Z_DEFLATED, kGzip, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
            throw std::bad_alloc();
        }
    }
    ~Compressor() { deflateEnd(&stream_); }
    Compressor(const Compressor&) = delete;
    Compressor& operator=(const Compressor&) = delete;

    std::string add(const std::vector<net::Part>& parts, bool last) {
        std::string out;
        for (const net::Part& part : parts) {
            // zlib.h takes what it only reads as not const.
            stream_.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(part.bytes.data())); // NOLINT
            stream_.avail_in = static_cast<uInt>(part.bytes.size());
            run(Z_NO_FLUSH, out);
        }
        if (last) {
            run(Z_FINISH, out);
        }
        return out;
    }

private:
    // zlib.h: called again as long as it fills all the room there is.
    void run(int flush, std::string& out) {
        do {
            const std::size_t before = out.size();
            out.resize(before + kCompressedAtOnce);
            stream_.next_out = reinterpret_cast<Bytef*>(out.data() + before);
            stream_.avail_out = static_cast<uInt>(kCompressedAtOnce);
            deflate(&stream_, flush);
            out.resize(out.size() - stream_.avail_out);
        } while (stream_.avail_out == 0);
    }

    z_stream stream_{};
};

AnswerStream::AnswerStream(dicomweb::Response response, AnswerOptions options)
    : response_(std::move(response)), options_(options), length_(response_.body.size()) {
    if (options_.gzip && !options_.head_only && !has_no_body(response_.status) && is_text(response_) &&
        length_.value_or(kLeastCompressed) >= kLeastCompressed) {
        compressor_ = std::make_unique<Compressor>();
        response_.set_header("Content-Encoding", "gzip");
        // What a validator names is the body as it is not compressed (RFC 9110 8.8.3).
        for (dicomweb::Field& field : response_.headers) {
            if (field.name == "ETag" && !field.value.starts_with("W/")) {
                field.value.insert(0, "W/");
            }
        }
    }
    if (is_text(response_) || compressor_) {
        response_.headers.push_back({"Vary", "Accept-Encoding"});
    }
}

AnswerStream::~AnswerStream() = default;

Result<Window> AnswerStream::next() {
    Window window;
    const bool bodiless = options_.head_only || has_no_body(response_.status);
    do {
        window.last = bodiless;
        if (!bodiless) {
            if (const Status filled = fill(window); !filled) {
                return filled.failure();
            }
        }
        if (compressor_) {
            if (const Status done = compress(window); !done) {
                return done.failure();
            }
        }
    } while (window.size == 0 && !window.last); // an empty chunk would be the last one
    if (!begun_) {
        choose_framing(window);
    }
    sent_ += window.size;
    if (framing_ == Framing::Length && (sent_ > *length_ || (window.last && sent_ < *length_))) {
        return error(ErrorKind::Storage, "a body is not as long as was said");
    }
    frame(window);
    begun_ = true;
    window.keep_alive = options_.keep_alive;
    return window;
}

Status AnswerStream::fill(Window& window) {
    while (window.size < kWindowBytes && window.parts.size() < kMostParts) {
        if (run_ == current_.bytes.size()) {
            current_ = {};
            run_ = 0;
            offset_ = 0;
            if (next_piece_ == response_.body.piece_count()) {
                window.last = true;
                return {};
            }
            auto piece = response_.body.take_piece(next_piece_++);
            if (!piece) {
                return piece.failure();
            }
            current_ = *std::move(piece);
            window.owners.push_back(current_.owner);
            continue;
        }
        const Bytes run = current_.bytes[run_].subspan(offset_);
        const Bytes part = run.first(std::min(run.size(), kWindowBytes - window.size));
        if (!part.empty()) {
            window.parts.push_back(fetched(part));
            window.size += part.size();
        }
        offset_ += part.size();
        if (part.size() == run.size()) {
            ++run_;
            offset_ = 0;
        }
        if (window.owners.empty() || window.owners.back() != current_.owner) {
            window.owners.push_back(current_.owner);
        }
    }
    window.last = run_ == current_.bytes.size() && next_piece_ == response_.body.piece_count();
    return {};
}

// What is not in memory yet is fetched here, on a thread that may wait.
net::Part AnswerStream::fetched(Bytes run) const {
    const auto offset = options_.files && !compressor_ ? current_.source.offset_of(run) : std::nullopt;
    if (offset && is_in_memory(run)) {
        return {run, current_.source.descriptor, *offset};
    }
    map_pages(run);
    return offset ? net::Part(run, current_.source.descriptor, *offset) : net::Part(run);
}

Status AnswerStream::compress(Window& window) {
    std::string made = compressor_->add(window.parts, window.last);
    window.parts.clear();
    window.owners.clear();
    window.size = 0;
    if (!made.empty()) {
        own(window, std::move(made), true);
    }
    return {};
}

void AnswerStream::choose_framing(const Window& first) {
    if (options_.head_only || has_no_body(response_.status)) {
        framing_ = Framing::None;
    } else if (first.last || (length_ && !compressor_)) {
        framing_ = Framing::Length;
        length_ = first.last ? first.size : *length_;
    } else if (options_.http11) {
        framing_ = Framing::Chunks;
    } else {
        framing_ = Framing::Close;
        options_.keep_alive = false;
    }
}

std::string AnswerStream::head(std::optional<std::uint64_t> length) const {
    std::string text = "HTTP/1.1 " + std::to_string(response_.status) + " ";
    text += phrase_of(response_.status);
    text += "\r\nDate: " + http_date() + "\r\n";
    for (const dicomweb::Field& field : response_.headers) {
        text += in_one_line(field.name) + ": " + in_one_line(field.value) + "\r\n";
    }
    if (length) {
        text += "Content-Length: " + std::to_string(*length) + "\r\n";
    } else if (framing_ == Framing::Chunks) {
        text += "Transfer-Encoding: chunked\r\n";
    }
    if (!options_.keep_alive) {
        text += "Connection: close\r\n";
    } else if (!options_.http11) {
        text += "Connection: keep-alive\r\n";
    }
    return text + "\r\n";
}

void AnswerStream::frame(Window& window) {
    std::string front;
    if (!begun_) {
        const bool told =
            framing_ == Framing::Length || (options_.head_only && !has_no_body(response_.status));
        front = head(told ? length_ : std::nullopt);
    }
    if (framing_ == Framing::Chunks) {
        std::array<char, 20> hex{};
        const auto written = std::to_chars(hex.data(), hex.data() + hex.size(), window.size, 16);
        if (window.size > 0) {
            front.append(hex.data(), written.ptr).append("\r\n");
            own(window, window.last ? "\r\n0\r\n\r\n" : "\r\n", false);
        } else {
            front += "0\r\n\r\n";
        }
    }
    if (!front.empty()) {
        own(window, std::move(front), true);
    }
}

} // namespace recog::web
