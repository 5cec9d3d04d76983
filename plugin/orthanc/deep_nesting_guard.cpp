#include "plugin/orthanc/deep_nesting_guard.hpp"

#include "core/dicom/part10.hpp"

#include <span>
#include <string_view>

namespace recog::orthanc {

namespace {

constexpr const char* kRefusal =
    "An object was refused: its sequences nest deeper than this server can read safely";

/// Frees with the SDK.
struct Buffer {
    OrthancPluginContext* context;
    OrthancPluginMemoryBuffer memory{};

    explicit Buffer(OrthancPluginContext* of) : context(of) {}
    Buffer(const Buffer&) = delete;
    Buffer& operator=(const Buffer&) = delete;
    ~Buffer() { OrthancPluginFreeMemoryBuffer(context, &memory); }
};

std::string query_of(const OrthancPluginHttpRequest& request) {
    std::string uri;
    for (std::uint32_t i = 0; i < request.getCount; ++i) {
        uri += i == 0 ? '?' : '&';
        uri += request.getKeys[i];
        uri += '=';
        uri += request.getValues[i];
    }
    return uri;
}

bool is_gzipped(const OrthancPluginHttpRequest& request) {
    for (std::uint32_t i = 0; i < request.headersCount; ++i) {
        if (std::string_view(request.headersKeys[i]) == "content-encoding") {
            return std::string_view(request.headersValues[i]) == "gzip";
        }
    }
    return false;
}

OrthancPluginErrorCode post(Sdk& sdk, OrthancPluginRestOutput* output, const void* body, std::uint32_t size) {
    OrthancPluginContext* const context = sdk.context();
    if (dicom::nests_deeper_than({static_cast<const std::byte*>(body), size}, kMostNesting)) {
        sdk.warning(kRefusal);
        const std::string sentence = std::string(kRefusal) + ".\n";
        OrthancPluginSendHttpStatus(context, output, 400, sentence.data(),
                                    static_cast<std::uint32_t>(sentence.size()));
        return OrthancPluginErrorCode_Success;
    }
    Buffer answer(context);
    const auto code = OrthancPluginRestApiPost(context, &answer.memory, "/instances", body, size);
    if (code == OrthancPluginErrorCode_Success) {
        OrthancPluginAnswerBuffer(context, output, answer.memory.data, answer.memory.size,
                                  "application/json");
    }
    return code;
}

} // namespace

bool nests_too_deep(Sdk& sdk, const OrthancPluginDicomInstance* instance) {
    const auto* bytes = static_cast<const std::byte*>(OrthancPluginGetInstanceData(sdk.context(), instance));
    const auto size = static_cast<std::size_t>(OrthancPluginGetInstanceSize(sdk.context(), instance));
    const bool deep = dicom::nests_deeper_than({bytes, size}, kMostNesting);
    if (deep) {
        sdk.warning(kRefusal);
    }
    return deep;
}

OrthancPluginErrorCode pass_on_instances(Sdk& sdk, TaskThreads& workers, OrthancPluginRestOutput* output,
                                         const OrthancPluginHttpRequest& request) {
    OrthancPluginContext* const context = sdk.context();
    OrthancPluginErrorCode code = OrthancPluginErrorCode_Success;
    if (request.method == OrthancPluginHttpMethod_Get) {
        Buffer answer(context);
        code = OrthancPluginRestApiGet(context, &answer.memory, ("/instances" + query_of(request)).c_str());
        if (code == OrthancPluginErrorCode_Success) {
            OrthancPluginAnswerBuffer(context, output, answer.memory.data, answer.memory.size,
                                      "application/json");
        }
    } else if (request.method == OrthancPluginHttpMethod_Post) {
        Buffer inflated(context);
        if (is_gzipped(request)) {
            // Orthanc would do so itself, but what it is handed here carries no headers.
            code = OrthancPluginBufferCompression(context, &inflated.memory, request.body, request.bodySize,
                                                  OrthancPluginCompressionType_Gzip, 1);
        }
        if (code == OrthancPluginErrorCode_Success) {
            const bool gzipped = inflated.memory.data != nullptr;
            workers.run([&] {
                code = post(sdk, output, gzipped ? inflated.memory.data : request.body,
                            gzipped ? inflated.memory.size : request.bodySize);
            });
        }
    } else {
        OrthancPluginSendMethodNotAllowed(context, output, "GET,POST");
    }
    return code;
}

} // namespace recog::orthanc
