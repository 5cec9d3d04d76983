#include "plugin/orthanc/http_exchange.hpp"

#include "core/dicomweb/uri.hpp"

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

void send_body(const Sdk& sdk, OrthancPluginRestOutput* output, int status, const std::string& type,
               const std::string& body) {
    OrthancPluginContext* const context = sdk.context();
    const auto size = static_cast<std::uint32_t>(body.size());
    // Before 1.11, AnswerBuffer compresses whatever the client takes gzipped, pixel data too; from then on it
    // does so for text only, and SendHttpStatus would add a Content-Type of its own.
    if (status == 200 && sdk.is_at_least(1, 11, 0)) {
        OrthancPluginAnswerBuffer(context, output, body.data(), size, type.c_str());
    } else {
        if (!sdk.is_at_least(1, 11, 0) || type != "text/plain") {
            OrthancPluginSetHttpHeader(context, output, "Content-Type", type.c_str());
        }
        OrthancPluginSendHttpStatus(context, output, static_cast<std::uint16_t>(status), body.data(), size);
    }
}

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
        // What begins with a colon is a server's own word (core/dicomweb/service.hpp): nobody may send it.
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

void send_response(const Sdk& sdk, OrthancPluginRestOutput* output, const dicomweb::Response& response) {
    OrthancPluginContext* const context = sdk.context();
    std::string type = "text/plain";
    std::string allow;
    for (const dicomweb::Field& header : response.headers) {
        if (header.name == "Content-Type") {
            type = header.value;
        } else if (header.name == "Allow") {
            allow = header.value;
        } else {
            OrthancPluginSetHttpHeader(context, output, header.name.c_str(), header.value.c_str());
        }
    }
    if (response.status == 405) {
        OrthancPluginSendMethodNotAllowed(context, output, allow.c_str());
        return;
    }
    if (response.body.empty() || response.status == 204) {
        OrthancPluginSendHttpStatusCode(context, output, static_cast<std::uint16_t>(response.status));
        return;
    }
    if (response.body.size().value_or(0) > kMaxBody) {
        send_body(sdk, output, 413, "text/plain",
                  "The answer is larger than 2 GiB, which this server cannot send at once; ask by series or "
                  "instance.\n");
        return;
    }
    const auto body = response.body.to_string();
    if (body && body->size() <= kMaxBody) {
        send_body(sdk, output, response.status, type, *body);
    } else {
        send_body(sdk, output, body ? 413 : 500, "text/plain",
                  body ? "The answer is larger than 2 GiB.\n" : body.failure().text + "\n");
    }
}

} // namespace recog::orthanc
