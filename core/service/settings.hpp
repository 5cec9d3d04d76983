// The "Recognition" section of Orthanc's configuration. dicom-conf/README.md documents every key.
#pragma once

#include "core/base/result.hpp"

#include <map>
#include <string>
#include <string_view>

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
    AePolicy default_policy;
    std::map<std::string, AePolicy, std::less<>> policies; ///< by calling AE title

    const AePolicy& policy_for(std::string_view aet) const;

    /// `json` is the section's text, "{}" when it is absent. Unknown keys and wrong types are Configuration
    /// errors that name the key.
    static Result<Settings> parse(std::string_view json);
};

} // namespace recog::service
