// The "Recognition" section of Orthanc's configuration. dicom-conf/README.md documents every key.
#pragma once

#include "core/base/ae_title.hpp"
#include "core/base/result.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace recog::service {

/// How one calling AE wants its answers.
struct AePolicy {
    /// Answer with the Patient ID that was asked, the stored ones in Other Patient IDs Sequence. Off: answer
    /// with the stored one.
    bool echo_patient_id = true;
    /// Give the recognition elements even when they were not asked for.
    bool recognition_always = false;
    /// Put the verdict in front of Study Description, for stations that show no private elements.
    bool verdict_in_description = false;
    /// Defined term in which answers on the query/retrieve port are written. Empty: the request's own
    /// Specific Character Set where it can hold the answer, else ISO_IR 192.
    std::string character_set;
    /// Of one query; 0: no limit. Not stated: Settings::maximum_answers.
    std::optional<std::size_t> maximum_answers;

    // The rest is for an AE as a destination of retrieved instances.

    /// Copies carry the Patient ID, issuer and name that the destination's institution knows the person by.
    bool local_patient_id = false;
    /// The middle slice of each series may come first.
    bool any_order = false;
    /// Associations at once to this destination. Not stated: FetchSettings::associations_per_destination.
    std::optional<std::size_t> associations;
};

/// The query/retrieve port of the plugin's own, beside Orthanc's DICOM port.
struct QueryRetrieveSettings {
    std::uint16_t port = 0; ///< 0: no such port
    bool tls = false;       ///< with Orthanc's DICOM TLS certificate, key and trusted authorities
    std::size_t maximum_associations = 1000;
    std::size_t maximum_operations = 64; ///< running at once; further ones wait
    int idle_seconds = 600;              ///< an association without a request is ended after this
    std::uint32_t maximum_pdu_length = 131'072;
};

/// The web port of the plugin's own, beside Orthanc's HTTP port.
struct HttpSettings {
    std::uint16_t port = 0;  ///< 0: no such port
    std::optional<bool> tls; ///< with Orthanc's certificate; not stated: as Orthanc's HTTP port
    std::size_t maximum_connections = 1000;
    int idle_seconds = 60; ///< a connection without a request is ended after this
    /// Of pages that may ask from a browser, such as "https://viewer.example.org"; "*" for all.
    std::vector<std::string> allowed_origins;
};

/// How instances are sent to destinations of C-MOVE and pre-fetch.
struct FetchSettings {
    std::size_t associations_per_destination = 4;
    std::size_t associations_per_request = 2;
    int keep_seconds = 5; ///< an association that is done stays open this long for the next request
};

/// Which priors are made ready when a patient is announced at an institution.
struct PrefetchSettings {
    bool enabled = false;
    std::size_t maximum_studies = 10;
    int maximum_age_days = 3650;
    bool same_modality = true;        ///< as the announced exam, when it has one
    bool same_body_part = true;       ///< as the announced exam, when it has one
    std::size_t warm_megabytes = 512; ///< read into memory for one announcement at most
    int repeat_minutes = 30; ///< the same person at the same institution is not prepared again sooner
    std::map<std::string, std::string, std::less<>> push; ///< institution code: AE title of its PACS
};

/// To which institution users of HTTP belong (http_askers.hpp), and which proxies are trusted: to name the
/// user, and to say under which scheme and host the asker sees this server (Forwarded, X-Forwarded-Host and
/// -Proto).
struct HttpAskerSettings {
    std::map<std::string, std::string, std::less<>> users; ///< name: institution code
    std::string proxy_header;                 ///< in which a trusted proxy names its user; empty: none is
    std::vector<std::string> proxy_addresses; ///< numeric
    std::string proxy_secret_header;          ///< in which it proves itself
    std::string proxy_secret;
};

struct DicomWebSettings {
    int empty_search = 200; ///< status of a search that found nothing: 200 with [], or 204 (PS3.18 10.6.3)
};

struct Settings {
    bool enabled = true;
    std::string data_directory;    ///< empty: "recognition" in Orthanc's IndexDirectory
    std::string catalogue_path;    ///< empty: no item is listed
    std::string institutions_path; ///< empty: no institution is known
    std::string cards_path;        ///< empty: the built-in domains
    std::string dicomweb_root = "/dicom-web/";
    std::string http_institution; ///< code of the institution that HTTP askers belong to
    std::string default_character_set = "GB18030";
    std::size_t maximum_answers = 10'000; ///< of one query; 0: no limit
    QueryRetrieveSettings query_retrieve;
    HttpSettings http;
    FetchSettings fetch;
    PrefetchSettings prefetch;
    HttpAskerSettings http_askers;
    DicomWebSettings dicomweb;
    AePolicy default_policy;
    AetComparison aet_comparison = AetComparison::WithoutCase;
    std::map<std::string, AePolicy, std::less<>> policies; ///< by aet_key() of the AE title

    const AePolicy& policy_for(std::string_view aet) const;
    /// The AE's own, which begins as the default one.
    AePolicy& own_policy(std::string_view aet);
    std::size_t maximum_answers_for(const AePolicy& policy) const {
        return policy.maximum_answers.value_or(maximum_answers);
    }

    /// `json` is the section's text, "{}" when it is absent. Unknown keys and wrong types are Configuration
    /// errors that name the key. `comparison` is how Orthanc compares AE titles.
    static Result<Settings> parse(std::string_view json,
                                  AetComparison comparison = AetComparison::WithoutCase);
};

} // namespace recog::service
