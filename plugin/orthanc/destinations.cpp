#include "plugin/orthanc/destinations.hpp"

#include <nlohmann/json.hpp>

namespace recog::orthanc {

using Json = nlohmann::json;

namespace {

/// Orthanc gives [aet, host, port, manufacturer] or an object, depending on what it has to say of it.
std::optional<Modality> read_modality(const Json& entry) {
    Modality modality;
    const auto port_of = [](const Json& value) {
        return value.is_number_integer() ? value.get<std::int64_t>()
               : value.is_string()       ? std::strtoll(value.get<std::string>().c_str(), nullptr, 10)
                                         : 0;
    };
    std::int64_t port = 0;
    if (entry.is_array() && entry.size() >= 3 && entry[0].is_string() && entry[1].is_string()) {
        modality.aet = entry[0].get<std::string>();
        modality.host = entry[1].get<std::string>();
        port = port_of(entry[2]);
    } else if (entry.is_object() && entry.contains("AET") && entry.contains("Host") &&
               entry.contains("Port") && entry["AET"].is_string() && entry["Host"].is_string()) {
        modality.aet = entry["AET"].get<std::string>();
        modality.host = entry["Host"].get<std::string>();
        port = port_of(entry["Port"]);
        modality.local_aet = entry.value("LocalAet", std::string());
        modality.timeout_seconds = entry.value("Timeout", 0);
        modality.tls = entry.value("UseDicomTls", false);
        modality.allow_transcoding = entry.value("AllowTranscoding", true);
        modality.allow_echo = entry.value("AllowEcho", true);
        modality.allow_find = entry.value("AllowFind", true);
        modality.allow_get = entry.value("AllowGet", true);
        modality.allow_move = entry.value("AllowMove", true);
        modality.allow_store = entry.value("AllowStore", true);
    }
    if (modality.aet.empty() || port < 1 || port > 65535) {
        return std::nullopt;
    }
    modality.port = static_cast<std::uint16_t>(port);
    return modality;
}

} // namespace

Result<std::vector<Modality>> list_modalities(const Sdk& sdk) {
    const auto answer = sdk.rest_get("/modalities?expand");
    if (!answer) {
        return answer.failure();
    }
    const Json json = Json::parse(*answer, nullptr, false);
    std::vector<Modality> modalities;
    if (!json.is_object()) {
        return error(ErrorKind::Unavailable, "the archive's table of modalities is none");
    }
    for (const auto& entry : json) {
        if (auto modality = read_modality(entry)) {
            modalities.push_back(*std::move(modality));
        }
    }
    return modalities;
}

const Modality* choose_modality(const std::vector<Modality>& modalities, const std::string& aet,
                                AetComparison comparison) {
    for (const AetComparison wanted : {AetComparison::Strict, comparison}) {
        for (const Modality& modality : modalities) {
            if (same_aet(modality.aet, aet, wanted)) {
                return &modality;
            }
        }
    }
    return nullptr;
}

Result<Modality> find_modality(const Sdk& sdk, const std::string& aet, AetComparison comparison) {
    const auto modalities = list_modalities(sdk);
    if (!modalities) {
        return modalities.failure();
    }
    if (const Modality* const found = choose_modality(*modalities, aet, comparison)) {
        return *found;
    }
    return error(ErrorKind::NotFound, "the move destination is not among the configured modalities");
}

} // namespace recog::orthanc
