#include "plugin/orthanc/sdk.hpp"

namespace recog::orthanc {

namespace {

constexpr const char* kLogPrefix = "recognition: ";

} // namespace

std::string Sdk::configuration() const {
    char* text = OrthancPluginGetConfiguration(context_);
    std::string copy = text != nullptr ? text : "";
    OrthancPluginFreeString(context_, text);
    return copy;
}

Result<std::string> Sdk::rest_get(const std::string& uri) const {
    OrthancPluginMemoryBuffer buffer{};
    const OrthancPluginErrorCode code = OrthancPluginRestApiGet(context_, &buffer, uri.c_str());
    if (code != OrthancPluginErrorCode_Success) {
        const bool absent =
            code == OrthancPluginErrorCode_UnknownResource || code == OrthancPluginErrorCode_InexistentItem;
        if (code == OrthancPluginErrorCode_RegularFileExpected ||
            code == OrthancPluginErrorCode_InexistentFile) {
            return recog::error(ErrorKind::Storage, "the archive does not find a file that it should hold");
        }
        return recog::error(absent ? ErrorKind::NotFound : ErrorKind::Unavailable,
                            absent ? "the archive does not hold it"
                                   : "the archive did not answer (code " + std::to_string(code) + ")");
    }
    std::string body(static_cast<const char*>(buffer.data), buffer.size);
    OrthancPluginFreeMemoryBuffer(context_, &buffer);
    return body;
}

void Sdk::info(const std::string& sentence) {
    OrthancPluginLogInfo(context_, (kLogPrefix + sentence).c_str());
}

void Sdk::warning(const std::string& sentence) {
    OrthancPluginLogWarning(context_, (kLogPrefix + sentence).c_str());
}

void Sdk::error(const std::string& sentence) {
    OrthancPluginLogError(context_, (kLogPrefix + sentence).c_str());
}

} // namespace recog::orthanc
