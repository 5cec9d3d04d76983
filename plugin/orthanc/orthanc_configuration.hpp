// What the plugin needs of Orthanc's own configuration, and what would stand in its way.
#pragma once

#include "core/base/ae_title.hpp"
#include "core/base/result.hpp"

#include <cstdint>
#include <map>
#include <string>

namespace recog::orthanc {

/// Defaults are Orthanc's.
struct OrthancConfiguration {
    std::string recognition_section = "{}"; ///< JSON text
    std::string storage_directory = "OrthancStorage";
    std::string index_directory; ///< the storage directory when not stated
    std::string dicom_aet = "ORTHANC";
    std::uint16_t dicom_port = 4242;
    bool dicom_server = true;
    std::string default_encoding = "Latin1";
    int scu_timeout_seconds = 10;
    std::string tls_certificate;
    std::string tls_private_key;
    std::string tls_trusted;
    bool tls_remote_certificate_required = true;
    // Who may do what on the DICOM port, as Orthanc decides it.
    bool check_called_aet = false;
    AetComparison aet_comparison = AetComparison::WithoutCase;
    bool check_modality_host = false;
    bool always_allow_echo = true;
    bool always_allow_find = false;
    bool always_allow_find_worklist = false;
    bool always_allow_get = false;
    bool always_allow_move = false;
    bool always_allow_store = true;
    /// Whether Orthanc lets nobody in over HTTP without a password, and whose it takes.
    bool http_authentication = false;
    std::map<std::string, std::string> registered_users; ///< name: password
    bool http_remote_access = false;                     ///< else from this machine only
    bool http_tls = false;
    std::string http_certificate; ///< PEM, with its key
    bool http_verify_peers = false;
    std::string http_trusted; ///< PEM, of the clients' authorities
    /// Root of Orthanc's own DICOMweb plugin when it is going to be loaded and is enabled; else empty.
    std::string other_dicomweb_root;

    /// `json`: the whole configuration. Configuration errors name the option.
    static Result<OrthancConfiguration> parse(const std::string& json);
};

} // namespace recog::orthanc
