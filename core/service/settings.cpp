#include "core/service/settings.hpp"

#include "core/dicom/character_set.hpp"

#include <nlohmann/json.hpp>

#include <functional>

namespace recog::service {

namespace {

using Json = nlohmann::json;
using Reader = std::function<Status(const Json&)>;
using Readers = std::map<std::string, Reader, std::less<>>;

Error wrong(const std::string& place, const std::string& what) {
    return error(ErrorKind::Configuration, "configuration option " + place + " " + what);
}

Reader text_of(const std::string& place, std::string& target) {
    return [&target, place](const Json& value) -> Status {
        if (!value.is_string()) {
            return wrong(place, "must be a string");
        }
        target = value.get<std::string>();
        return {};
    };
}

Reader flag_of(const std::string& place, bool& target) {
    return [&target, place](const Json& value) -> Status {
        if (!value.is_boolean()) {
            return wrong(place, "must be true or false");
        }
        target = value.get<bool>();
        return {};
    };
}

Reader asked_or_always(const std::string& place, bool& always) {
    return [&always, place](const Json& value) -> Status {
        if (value != "Asked" && value != "Always") {
            return wrong(place, "must be \"Asked\" or \"Always\"");
        }
        always = value == "Always";
        return {};
    };
}

Status read_object(const std::string& place, const Json& json, const Readers& readers) {
    if (!json.is_object()) {
        return wrong(place, "must be an object");
    }
    for (const auto& [key, value] : json.items()) {
        const auto reader = readers.find(key);
        if (reader == readers.end()) {
            return wrong(place + "." + key, "is not known");
        }
        if (const Status read = reader->second(value); !read) {
            return read;
        }
    }
    return {};
}

Status read_policy(const std::string& place, const Json& json, AePolicy& policy) {
    return read_object(
        place, json,
        {{"EchoPatientID", flag_of(place + ".EchoPatientID", policy.echo_patient_id)},
         {"RecognitionElements", asked_or_always(place + ".RecognitionElements", policy.recognition_always)},
         {"VerdictInDescription", flag_of(place + ".VerdictInDescription", policy.verdict_in_description)}});
}

Reader policies_of(const std::string& place, Settings& settings) {
    return [&settings, place](const Json& value) -> Status {
        if (!value.is_object()) {
            return wrong(place, "must be an object");
        }
        for (const auto& [aet, policy] : value.items()) {
            if (aet.empty() || aet.size() > 16) {
                return wrong(place + "." + aet, "must be an AE title of 1 to 16 characters");
            }
            AePolicy read = settings.default_policy;
            if (const Status done = read_policy(place + "." + aet, policy, read); !done) {
                return done;
            }
            settings.policies.insert_or_assign(aet, read);
        }
        return {};
    };
}

Status check(const Settings& settings) {
    if (settings.dicomweb_root.size() < 2 || settings.dicomweb_root.front() != '/' ||
        settings.dicomweb_root.find("//") != std::string::npos ||
        settings.dicomweb_root.find_first_not_of(
            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_/") != std::string::npos) {
        return wrong("Recognition.DicomWebRoot", "must be a path such as \"/dicom-web/\"");
    }
    if (!dicom::is_known_character_set(settings.default_character_set)) {
        return wrong("Recognition.DefaultCharacterSet",
                     "must be a defined term of DICOM such as \"GB18030\"");
    }
    return {};
}

} // namespace

const AePolicy& Settings::policy_for(std::string_view aet) const {
    const auto found = policies.find(aet);
    return found != policies.end() ? found->second : default_policy;
}

Result<Settings> Settings::parse(std::string_view text) {
    const Json json = Json::parse(text, nullptr, false, true);
    if (json.is_discarded()) {
        return error(ErrorKind::Configuration, "the configuration section Recognition is not JSON");
    }
    Settings settings;
    const std::string place = "Recognition";
    const auto maximum = [&settings](const Json& value) -> Status {
        if (!value.is_number_unsigned() || value.get<std::uint64_t>() > 10'000'000) {
            return wrong("Recognition.MaximumAnswers", "must be a number from 0 to 10000000");
        }
        settings.maximum_answers = value.get<std::size_t>();
        return {};
    };
    // "Default" applies to the AEs read after it; JSON objects have no order, so it is read first.
    if (json.is_object() && json.contains("DefaultAet")) {
        if (const Status read =
                read_policy(place + ".DefaultAet", json["DefaultAet"], settings.default_policy);
            !read) {
            return read.failure();
        }
    }
    const Status read = read_object(
        place, json,
        {{"Enable", flag_of(place + ".Enable", settings.enabled)},
         {"DataDirectory", text_of(place + ".DataDirectory", settings.data_directory)},
         {"Catalogue", text_of(place + ".Catalogue", settings.catalogue_path)},
         {"Institutions", text_of(place + ".Institutions", settings.institutions_path)},
         {"Cards", text_of(place + ".Cards", settings.cards_path)},
         {"DicomWebRoot", text_of(place + ".DicomWebRoot", settings.dicomweb_root)},
         {"HttpInstitution", text_of(place + ".HttpInstitution", settings.http_institution)},
         {"DefaultCharacterSet", text_of(place + ".DefaultCharacterSet", settings.default_character_set)},
         {"MaximumAnswers", maximum},
         {"DefaultAet", [](const Json&) { return Status(); }},
         {"Aets", policies_of(place + ".Aets", settings)}});
    if (!read) {
        return read.failure();
    }
    if (settings.dicomweb_root.size() > 1 && settings.dicomweb_root.back() != '/') {
        settings.dicomweb_root += '/';
    }
    if (const Status checked = check(settings); !checked) {
        return checked.failure();
    }
    return settings;
}

} // namespace recog::service
