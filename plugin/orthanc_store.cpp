#include "plugin/orthanc_store.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <limits>

namespace recog {

namespace {

Error failure_of(OrthancPluginErrorCode code) {
    switch (code) {
    case OrthancPluginErrorCode_BadFileFormat:
    case OrthancPluginErrorCode_BadRequest:
    case OrthancPluginErrorCode_CorruptedFile:
    case OrthancPluginErrorCode_InexistentTag:
    case OrthancPluginErrorCode_ParameterOutOfRange: // a value that its database does not take
    case OrthancPluginErrorCode_BadParameterType:
        return error(ErrorKind::Malformed, "the archive cannot understand the data set");
    case OrthancPluginErrorCode_FullStorage:
    case OrthancPluginErrorCode_CannotWriteFile:
        return error(ErrorKind::Storage, "the archive is full or cannot write");
    default:
        return error(ErrorKind::Unavailable, "the archive did not store (code " + std::to_string(code) + ")");
    }
}

/// Of Orthanc's answer. Its "Status" is Success, AlreadyStored, FilteredOut or Failure.
Result<service::TakenFile> taken_of(const std::string& text) {
    const auto json = nlohmann::json::parse(text, nullptr, false);
    const std::string status = json.is_object() ? json.value("Status", "") : std::string();
    if (status == "Success") {
        return service::TakenFile{};
    }
    if (status == "AlreadyStored") {
        return service::TakenFile{true, json.value("ID", "")};
    }
    return status == "FilteredOut"
               ? error(ErrorKind::Malformed, "the instance was refused by a filter of the archive")
               : error(ErrorKind::Storage, "the archive did not store the instance");
}

} // namespace

Result<service::TakenFile> OrthancStore::store(std::span<const std::byte> file) {
    if (file.size() > std::numeric_limits<std::uint32_t>::max()) {
        return error(ErrorKind::Malformed, "the instance is longer than the archive can take");
    }
    OrthancPluginMemoryBuffer answer{};
    const auto code = OrthancPluginRestApiPost(sdk_.context(), &answer, "/instances", file.data(),
                                               static_cast<std::uint32_t>(file.size()));
    if (code != OrthancPluginErrorCode_Success) {
        return failure_of(code);
    }
    const std::string text(static_cast<const char*>(answer.data), answer.size);
    OrthancPluginFreeMemoryBuffer(sdk_.context(), &answer);
    return taken_of(text);
}

Result<std::unique_ptr<service::InstanceFile>> OrthancStore::open(const std::string& orthanc_id) {
    return archive_.open(orthanc_id);
}

} // namespace recog
