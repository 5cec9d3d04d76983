#include "plugin/orthanc/orthanc_configuration.hpp"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>

namespace recog::orthanc {

using Json = nlohmann::json;

namespace {

std::string text_option(const Json& json, const char* name, const std::string& otherwise) {
    const auto found = json.find(name);
    return found != json.end() && found->is_string() ? found->get<std::string>() : otherwise;
}

std::int64_t number_option(const Json& json, const char* name, std::int64_t otherwise) {
    const auto found = json.find(name);
    return found != json.end() && found->is_number_integer() ? found->get<std::int64_t>() : otherwise;
}

bool flag_option(const Json& json, const char* name, bool otherwise) {
    const auto found = json.find(name);
    return found != json.end() && found->is_boolean() ? found->get<bool>() : otherwise;
}

bool names_dicomweb(const std::filesystem::path& file) {
    return file.filename().string().find("OrthancDicomWeb") != std::string::npos;
}

/// Orthanc loads files as named, and every library of a folder.
bool loads_dicomweb(const Json& plugins) {
    std::error_code failed;
    for (const Json& entry : plugins.is_array() ? plugins : Json::array()) {
        if (!entry.is_string()) {
            continue;
        }
        const std::filesystem::path path(entry.get<std::string>());
        if (std::filesystem::is_directory(path, failed)) {
            for (const auto& file : std::filesystem::directory_iterator(path, failed)) {
                if (names_dicomweb(file.path())) {
                    return true;
                }
            }
        } else if (names_dicomweb(path)) {
            return true;
        }
    }
    return false;
}

/// Also when it was named in another way and came first.
bool is_dicomweb_mapped() {
    std::ifstream maps("/proc/self/maps");
    for (std::string line; std::getline(maps, line);) {
        if (line.find("OrthancDicomWeb") != std::string::npos) {
            return true;
        }
    }
    return false;
}

std::string dicomweb_root(const Json& json) {
    const bool loaded = loads_dicomweb(json.value("Plugins", Json::array())) || is_dicomweb_mapped();
    const Json section = json.value("DicomWeb", Json::object());
    if (!loaded || !section.is_object() || !flag_option(section, "Enable", true)) {
        return {};
    }
    std::string root = text_option(section, "Root", "/dicom-web/");
    if (root.empty() || root.front() != '/') {
        root.insert(root.begin(), '/');
    }
    if (root.back() != '/') {
        root += '/';
    }
    return root;
}

std::map<std::string, std::string> passwords_of(const Json& json) {
    std::map<std::string, std::string> users;
    const Json section = json.value("RegisteredUsers", Json::object());
    if (section.is_object()) {
        for (const auto& [user, password] : section.items()) {
            if (password.is_string()) {
                users.emplace(user, password.get<std::string>());
            }
        }
    }
    return users;
}

} // namespace

Result<OrthancConfiguration> OrthancConfiguration::parse(const std::string& text) {
    const Json json = Json::parse(text, nullptr, false, true);
    if (!json.is_object()) {
        return error(ErrorKind::Configuration, "Orthanc's configuration is not a JSON object");
    }
    OrthancConfiguration configuration;
    if (const auto section = json.find("Recognition"); section != json.end()) {
        configuration.recognition_section = section->dump();
    }
    configuration.storage_directory = text_option(json, "StorageDirectory", configuration.storage_directory);
    configuration.index_directory = text_option(json, "IndexDirectory", configuration.storage_directory);
    configuration.dicom_aet = text_option(json, "DicomAet", configuration.dicom_aet);
    const std::int64_t port = number_option(json, "DicomPort", configuration.dicom_port);
    if (port < 1 || port > 65535) {
        return error(ErrorKind::Configuration, "configuration option DicomPort must be from 1 to 65535");
    }
    configuration.dicom_port = static_cast<std::uint16_t>(port);
    configuration.dicom_server = flag_option(json, "DicomServerEnabled", true);
    configuration.default_encoding = text_option(json, "DefaultEncoding", configuration.default_encoding);
    configuration.scu_timeout_seconds = static_cast<int>(number_option(json, "DicomScuTimeout", 10));
    configuration.tls_certificate = text_option(json, "DicomTlsCertificate", "");
    configuration.tls_private_key = text_option(json, "DicomTlsPrivateKey", "");
    configuration.tls_trusted = text_option(json, "DicomTlsTrustedCertificates", "");
    configuration.tls_remote_certificate_required =
        flag_option(json, "DicomTlsRemoteCertificateRequired", true);
    configuration.check_called_aet = flag_option(json, "DicomCheckCalledAet", false);
    configuration.aet_comparison =
        flag_option(json, "StrictAetComparison", false) ? AetComparison::Strict : AetComparison::WithoutCase;
    configuration.check_modality_host = flag_option(json, "DicomCheckModalityHost", false);
    configuration.always_allow_echo = flag_option(json, "DicomAlwaysAllowEcho", true);
    configuration.always_allow_find = flag_option(json, "DicomAlwaysAllowFind", false);
    configuration.always_allow_find_worklist = flag_option(json, "DicomAlwaysAllowFindWorklist", false);
    configuration.always_allow_get = flag_option(json, "DicomAlwaysAllowGet", false);
    configuration.always_allow_move = flag_option(json, "DicomAlwaysAllowMove", false);
    configuration.always_allow_store = flag_option(json, "DicomAlwaysAllowStore", true);
    // Not stated, it is on as soon as others than this machine are let in.
    configuration.http_authentication =
        flag_option(json, "AuthenticationEnabled", flag_option(json, "RemoteAccessAllowed", false));
    configuration.registered_users = passwords_of(json);
    configuration.http_remote_access = flag_option(json, "RemoteAccessAllowed", false);
    configuration.http_tls = flag_option(json, "SslEnabled", false);
    configuration.http_certificate = text_option(json, "SslCertificate", "certificate.pem");
    configuration.http_verify_peers = flag_option(json, "SslVerifyPeers", false);
    configuration.http_trusted = text_option(json, "SslTrustedClientCertificates", "trustedCertificates.pem");
    configuration.other_dicomweb_root = dicomweb_root(json);
    return configuration;
}

} // namespace recog::orthanc
