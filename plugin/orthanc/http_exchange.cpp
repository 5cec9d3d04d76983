#include "plugin/orthanc/http_exchange.hpp"

#include "core/dicomweb/multipart_stream.hpp"
#include "core/dicomweb/uri.hpp"
#include "plugin/orthanc/part_reader.hpp"

#include <algorithm>
#include <deque>
#include <optional>
#include <vector>

namespace recog::orthanc {

namespace {

using dicomweb::Method;

// The SDK counts bytes in 32 bits, and Orthanc 1.10.1 fails on writes of 2 GiB.
constexpr std::uint64_t kMaxBody = 0x7FFF0000;

Method method_of(OrthancPluginHttpMethod method) {
    switch (method) {
    case OrthancPluginHttpMethod_Get:
        return Method::Get;
    case OrthancPluginHttpMethod_Post:
        return Method::Post;
    case OrthancPluginHttpMethod_Put:
        return Method::Put;
    case OrthancPluginHttpMethod_Delete:
        return Method::Delete;
    default:
        return Method::Other;
    }
}

// Of Orthanc 1.12.6 and later, which the header of 1.10.1 does not know.
constexpr auto kStartStreamAnswer = static_cast<_OrthancPluginService>(2014);
constexpr auto kSendStreamChunk = static_cast<_OrthancPluginService>(2015);
constexpr std::size_t kChunk = std::size_t{1} << 20U;

struct StartStreamAnswer {
    OrthancPluginRestOutput* output;
    const char* content_type;
};

bool is_multipart(const std::string& type) {
    return type.starts_with("multipart/related");
}

void send_whole(const Sdk& sdk, OrthancPluginRestOutput* output, int status, const std::string& type,
                dicomweb::Bytes body) {
    OrthancPluginContext* const context = sdk.context();
    const auto size = static_cast<std::uint32_t>(body.size());
    const char* const bytes = reinterpret_cast<const char*>(body.data());
    // Before 1.11, AnswerBuffer compresses whatever the client takes gzipped, pixel data too; from then on it
    // does so for text only, and SendHttpStatus would add a Content-Type of its own.
    if (status == 200 && sdk.is_at_least(1, 11, 0)) {
        OrthancPluginAnswerBuffer(context, output, bytes, size, type.c_str());
    } else {
        if (!sdk.is_at_least(1, 11, 0) || type != "text/plain") {
            OrthancPluginSetHttpHeader(context, output, "Content-Type", type.c_str());
        }
        OrthancPluginSendHttpStatus(context, output, static_cast<std::uint16_t>(status), bytes, size);
    }
}

void send_sentence(const Sdk& sdk, OrthancPluginRestOutput* output, int status, const std::string& sentence) {
    const std::string line = sentence.ends_with('\n') ? sentence : sentence + "\n";
    send_whole(sdk, output, status, "text/plain", std::as_bytes(std::span(line)));
}

/// One answer on its way.
class Sender {
public:
    Sender(Sdk& sdk, TaskThreads& workers, OrthancPluginRestOutput* output, dicomweb::Response& response,
           std::string type, const Refusal& refusal)
        : sdk_(sdk), workers_(workers), output_(output), response_(response), type_(std::move(type)),
          refusal_(refusal) {}

    bool send() {
        if (response_.body.empty() || response_.status == 204) {
            set_headers(false);
            OrthancPluginSendHttpStatusCode(sdk_.context(), output_,
                                            static_cast<std::uint16_t>(response_.status));
            return true;
        }
        if (const Status begun = take_first(); !begun) {
            return refuse(begun.failure());
        }
        if (complete()) {
            const std::string body = joined();
            return send_one(std::as_bytes(std::span(body)));
        }
        if (response_.status == 200 && sdk_.is_at_least(1, 12, 6)) {
            return send_stream();
        }
        if (response_.status == 200 && is_multipart(type_)) {
            return send_parts();
        }
        return send_contiguous();
    }

private:
    using Piece = std::optional<dicomweb::OpenedPiece>;

    /// Nothing of the answer has been sent.
    bool refuse(const Error& failure) {
        const dicomweb::Response refusal = refusal_(failure);
        const auto sentence = refusal.body.to_string();
        send_sentence(sdk_, output_, refusal.status, sentence ? *sentence : failure.text);
        return true;
    }

    bool complete() const { return next_ == response_.body.piece_count(); }

    /// On a worker: making a piece may take more stack than Orthanc's threads have.
    Result<Piece> take() {
        if (complete()) {
            return Piece();
        }
        Result<Piece> taken = Piece();
        workers_.run([&] {
            auto piece = response_.body.take_piece(next_++);
            if (piece && piece->source.descriptor >= 0) { // Orthanc takes bytes, not files
                std::for_each(piece->bytes.begin(), piece->bytes.end(), map_pages);
            }
            taken = piece ? Result<Piece>(Piece(*std::move(piece))) : Result<Piece>(piece.failure());
        });
        return taken;
    }

    /// All pieces, or as many as make the answer a large one.
    Status take_first() {
        std::size_t size = 0;
        // What is known to be large need not wait for more than its first piece.
        const bool large = response_.body.size().value_or(0) > kMostAtOnce;
        while (!complete() && size <= kMostAtOnce && !(large && size > 0)) {
            auto piece = take();
            if (!piece) {
                return piece.failure();
            }
            size += (*piece)->size();
            first_.push_back(**std::move(piece));
        }
        return {};
    }

    Result<Piece> next_piece() {
        if (!first_.empty()) {
            Piece piece = std::move(first_.front());
            first_.pop_front();
            return piece;
        }
        return take();
    }

    std::string joined() const {
        std::string all;
        for (const dicomweb::OpenedPiece& piece : first_) {
            for (const dicomweb::Bytes run : piece.bytes) {
                all.append(reinterpret_cast<const char*>(run.data()), run.size());
            }
        }
        return all;
    }

    void set_headers(bool length) {
        for (const dicomweb::Field& header : response_.headers) {
            if (header.name != "Content-Type" && header.name != "Allow") {
                OrthancPluginSetHttpHeader(sdk_.context(), output_, header.name.c_str(),
                                           header.value.c_str());
            }
        }
        if (const auto size = response_.body.size(); length && size) {
            OrthancPluginSetHttpHeader(sdk_.context(), output_, "Content-Length",
                                       std::to_string(*size).c_str());
        }
    }

    bool send_stream() {
        set_headers(true);
        const StartStreamAnswer start{output_, type_.c_str()};
        if (invoke(kStartStreamAnswer, &start) != OrthancPluginErrorCode_Success) {
            return false;
        }
        while (true) {
            const auto piece = next_piece();
            if (!piece) {
                return cut(piece.failure());
            }
            if (!*piece) {
                return true;
            }
            for (dicomweb::Bytes run : (*piece)->bytes) {
                while (!run.empty()) {
                    const dicomweb::Bytes chunk = run.first(std::min(run.size(), kChunk));
                    const _OrthancPluginAnswerBuffer sent{output_,
                                                          reinterpret_cast<const char*>(chunk.data()),
                                                          static_cast<std::uint32_t>(chunk.size()), nullptr};
                    if (invoke(kSendStreamChunk, &sent) != OrthancPluginErrorCode_Success) {
                        return false; // the client has gone
                    }
                    run = run.subspan(chunk.size());
                }
            }
        }
    }

    // Orthanc writes the delimiters and the fields of the answer, and takes no field of ours.
    bool send_parts() {
        PartReader reader(media_parameter(type_, "boundary"), [this] { return next_piece(); });
        auto first = reader.read();
        auto second = first && *first ? reader.read() : Result<std::optional<ReadPart>>(std::nullopt);
        if (!first || !*first || !second) {
            return cut(first ? second.failure() : first.failure());
        }
        if (!*second) { // Orthanc would copy a single part three times, and compress it
            return send_single(**first);
        }
        OrthancPluginStartMultipartAnswer(sdk_.context(), output_, "related",
                                          media_parameter(type_, "type").c_str());
        for (auto* part = &*first; part->has_value();) {
            if (!send_part(**part)) {
                return false;
            }
            part->reset(); // what it keeps mapped
            if (part == &*first) {
                part = &*second;
                continue;
            }
            auto further = reader.read();
            if (!further) {
                return cut(further.failure());
            }
            *second = *std::move(further);
        }
        return true;
    }

    bool send_single(const ReadPart& part) {
        const std::string boundary = media_parameter(type_, "boundary");
        std::string body = dicomweb::multipart_part_head(boundary, part.fields, part.payload.size());
        body.append(reinterpret_cast<const char*>(part.payload.data()), part.payload.size());
        body.append(dicomweb::MultipartStream::kPartEnd).append(dicomweb::multipart_end(boundary));
        return send_one(std::as_bytes(std::span(body)));
    }

    // Windows of one mapped file lie behind one another, and are sent without a copy.
    bool send_contiguous() {
        std::vector<dicomweb::OpenedPiece> kept;
        dicomweb::Bytes all;
        std::string copy;
        while (true) {
            auto piece = next_piece();
            if (!piece) {
                return refuse(piece.failure());
            }
            if (!*piece) {
                return send_one(copy.empty() ? all : std::as_bytes(std::span(copy)));
            }
            for (const dicomweb::Bytes run : (*piece)->bytes) {
                if (all.empty()) {
                    all = run;
                } else if (copy.empty() && all.data() + all.size() == run.data()) {
                    all = {all.data(), all.size() + run.size()};
                } else {
                    if (copy.empty()) {
                        copy.reserve(static_cast<std::size_t>(response_.body.size().value_or(0)));
                        append(copy, all);
                    }
                    append(copy, run);
                }
            }
            if (copy.empty()) {
                kept.push_back(**std::move(piece));
            } else {
                kept.clear();
            }
            if (copy.size() > kMaxBody) {
                return send_one(std::as_bytes(std::span(copy)));
            }
        }
    }

    static void append(std::string& text, dicomweb::Bytes bytes) {
        text.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    }

    bool send_one(dicomweb::Bytes body) {
        if (body.size() > kMaxBody) {
            send_sentence(
                sdk_, output_, 413,
                "The answer is larger than 2 GiB, which this server cannot send at once; ask by series"
                " or instance");
            return true;
        }
        set_headers(false);
        send_whole(sdk_, output_, response_.status, type_, body);
        return true;
    }

    OrthancPluginErrorCode invoke(_OrthancPluginService service, const void* parameters) {
        return sdk_.context()->InvokeService(sdk_.context(), service, parameters);
    }

    bool cut(const Error& failure) {
        sdk_.warning("An answer over HTTP was cut off: " + failure.text);
        return false;
    }

    bool send_part(const ReadPart& part) {
        std::vector<const char*> names;
        std::vector<const char*> values;
        for (const dicomweb::Field& field : part.fields) {
            names.push_back(field.name.c_str());
            values.push_back(field.value.c_str());
        }
        return part.payload.size() <= kMaxBody &&
               OrthancPluginSendMultipartItem2(sdk_.context(), output_, part.payload.data(),
                                               static_cast<std::uint32_t>(part.payload.size()),
                                               static_cast<std::uint32_t>(names.size()), names.data(),
                                               values.data()) == OrthancPluginErrorCode_Success;
    }

    Sdk& sdk_;
    TaskThreads& workers_;
    OrthancPluginRestOutput* output_;
    dicomweb::Response& response_;
    const std::string type_;
    const Refusal& refusal_;
    std::deque<dicomweb::OpenedPiece> first_;
    std::size_t next_ = 0;
};

} // namespace

Result<dicomweb::Request> read_request(const char* url, const OrthancPluginHttpRequest& request) {
    dicomweb::Request read;
    read.method = method_of(request.method);
    std::string_view path(url);
    while (!path.empty()) {
        const std::size_t end = path.find('/');
        if (end != 0) {
            read.segments.emplace_back(path.substr(0, end));
        }
        path.remove_prefix(end == std::string_view::npos ? path.size() : end + 1);
    }
    for (std::uint32_t i = 0; i < request.headersCount; ++i) {
        // What a server itself says of a request is told so (core/dicomweb/service.hpp), never by its sender.
        if (request.headersKeys[i][0] != ':') {
            read.headers.push_back({request.headersKeys[i], request.headersValues[i]});
        }
    }
    for (std::uint32_t i = 0; i < request.getCount; ++i) {
        auto name = dicomweb::percent_decode(request.getKeys[i], dicomweb::Plus::Space);
        auto value = dicomweb::percent_decode(request.getValues[i], dicomweb::Plus::Space);
        if (!name || !value) {
            return name ? value.failure() : name.failure();
        }
        read.query.push_back({*std::move(name), *std::move(value)});
    }
    return read;
}

bool send_response(Sdk& sdk, TaskThreads& workers, OrthancPluginRestOutput* output,
                   dicomweb::Response response, const Refusal& refusal) {
    const std::string* type = response.header("Content-Type");
    if (response.status == 405) {
        const std::string* allow = response.header("Allow");
        OrthancPluginSendMethodNotAllowed(sdk.context(), output, allow != nullptr ? allow->c_str() : "");
        return true;
    }
    Sender sender(sdk, workers, output, response, type != nullptr ? *type : "text/plain", refusal);
    return sender.send();
}

} // namespace recog::orthanc
