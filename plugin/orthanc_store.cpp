#include "plugin/orthanc_store.hpp"

#include <cstdint>
#include <limits>
#include <string_view>

namespace recog {

namespace {

Error failure_of(OrthancPluginErrorCode code) {
    switch (code) {
    case OrthancPluginErrorCode_BadFileFormat:
    case OrthancPluginErrorCode_BadRequest:
    case OrthancPluginErrorCode_CorruptedFile:
    case OrthancPluginErrorCode_InexistentTag:
        return error(ErrorKind::Malformed, "the archive cannot understand the data set");
    case OrthancPluginErrorCode_FullStorage:
    case OrthancPluginErrorCode_CannotWriteFile:
        return error(ErrorKind::Storage, "the archive is full or cannot write");
    default:
        return error(ErrorKind::Unavailable, "the archive did not store (code " + std::to_string(code) + ")");
    }
}

} // namespace

Status OrthancStore::store(std::span<const std::byte> file) {
    if (file.size() > std::numeric_limits<std::uint32_t>::max()) {
        return error(ErrorKind::Malformed, "the instance is longer than the archive can take");
    }
    OrthancPluginMemoryBuffer answer{};
    const auto code = OrthancPluginRestApiPost(sdk_.context(), &answer, "/instances", file.data(),
                                               static_cast<std::uint32_t>(file.size()));
    if (code != OrthancPluginErrorCode_Success) {
        return failure_of(code);
    }
    // Of the JSON only "Status" counts: Success, AlreadyStored, FilteredOut or Failure.
    const std::string_view text(static_cast<const char*>(answer.data), answer.size);
    const bool refused = text.find("\"FilteredOut\"") != std::string_view::npos;
    const bool stored = text.find("\"Success\"") != std::string_view::npos ||
                        text.find("\"AlreadyStored\"") != std::string_view::npos;
    OrthancPluginFreeMemoryBuffer(sdk_.context(), &answer);
    if (refused) {
        return error(ErrorKind::Malformed, "the instance was refused by a filter of the archive");
    }
    if (!stored) {
        return error(ErrorKind::Storage, "the archive did not store the instance");
    }
    return {};
}

} // namespace recog
