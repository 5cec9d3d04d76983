#include "core/service/settings.hpp"

#include "core/dicom/character_set.hpp"
#include "core/service/http_askers.hpp"

#include <nlohmann/json.hpp>

#include <functional>

namespace recog::service {

namespace {

constexpr std::uint64_t kMostAnswers = 10'000'000;
constexpr std::uint64_t kMostAssociations = 64;
constexpr std::size_t kLeastSecret = 16;

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

template <typename Number>
Reader number_of(const std::string& place, Number& target, std::uint64_t least, std::uint64_t most) {
    return [&target, place, least, most](const Json& value) -> Status {
        const bool whole = value.is_number_unsigned();
        if (!whole || value.get<std::uint64_t>() < least || value.get<std::uint64_t>() > most) {
            return wrong(place,
                         "must be a number from " + std::to_string(least) + " to " + std::to_string(most));
        }
        target = static_cast<Number>(value.get<std::uint64_t>());
        return {};
    };
}

Reader number_of(const std::string& place, std::optional<std::size_t>& target, std::uint64_t least,
                 std::uint64_t most) {
    return [&target, place, least, most](const Json& value) -> Status {
        return number_of(place, target.emplace(), least, most)(value);
    };
}

Reader character_set_of(const std::string& place, std::string& target) {
    return [&target, place](const Json& value) -> Status {
        if (!value.is_string() || !dicom::is_known_character_set(value.get<std::string>())) {
            return wrong(place, "must be a defined term of DICOM such as \"GB18030\"");
        }
        target = value.get<std::string>();
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
         {"VerdictInDescription", flag_of(place + ".VerdictInDescription", policy.verdict_in_description)},
         {"CharacterSet", character_set_of(place + ".CharacterSet", policy.character_set)},
         {"MaximumAnswers", number_of(place + ".MaximumAnswers", policy.maximum_answers, 0, kMostAnswers)},
         {"LocalPatientID", flag_of(place + ".LocalPatientID", policy.local_patient_id)},
         {"AnyOrder", flag_of(place + ".AnyOrder", policy.any_order)},
         {"Associations", number_of(place + ".Associations", policy.associations, 1, kMostAssociations)}});
}

Reader policies_of(const std::string& place, Settings& settings) {
    return [&settings, place](const Json& value) -> Status {
        if (!value.is_object()) {
            return wrong(place, "must be an object");
        }
        for (const auto& [aet, policy] : value.items()) {
            const std::string key = aet_key(aet, settings.aet_comparison);
            if (key.empty() || aet.size() > 16) {
                return wrong(place + "." + aet, "must be an AE title of 1 to 16 characters");
            }
            if (settings.policies.contains(key)) {
                return wrong(place + "." + aet, "names an AE title that another key names too");
            }
            if (const Status done = read_policy(place + "." + aet, policy, settings.own_policy(aet)); !done) {
                return done;
            }
        }
        return {};
    };
}

Reader section(const std::string& place, Readers readers) {
    return [place, readers = std::move(readers)](const Json& value) {
        return read_object(place, value, readers);
    };
}

Reader query_retrieve_of(const std::string& place, QueryRetrieveSettings& port) {
    return section(place, {{"Port", number_of(place + ".Port", port.port, 0, 65'535)},
                           {"Tls", flag_of(place + ".Tls", port.tls)},
                           {"MaximumAssociations",
                            number_of(place + ".MaximumAssociations", port.maximum_associations, 1, 100'000)},
                           {"MaximumOperations",
                            number_of(place + ".MaximumOperations", port.maximum_operations, 1, 1024)},
                           {"IdleSeconds", number_of(place + ".IdleSeconds", port.idle_seconds, 1, 86'400)},
                           {"MaximumPduLength", number_of(place + ".MaximumPduLength",
                                                          port.maximum_pdu_length, 4'096, 1'048'576)}});
}

Reader texts_of(const std::string& place, std::vector<std::string>& texts) {
    return [&texts, place](const Json& value) -> Status {
        if (!value.is_array()) {
            return wrong(place, "must be a list of strings");
        }
        for (const Json& text : value) {
            if (!text.is_string()) {
                return wrong(place, "must be a list of strings");
            }
            texts.push_back(text.get<std::string>());
        }
        return {};
    };
}

Reader optional_flag_of(const std::string& place, std::optional<bool>& target) {
    return [&target, place](const Json& value) -> Status { return flag_of(place, target.emplace())(value); };
}

Reader http_of(const std::string& place, HttpSettings& http) {
    return section(place, {{"Port", number_of(place + ".Port", http.port, 0, 65'535)},
                           {"Tls", optional_flag_of(place + ".Tls", http.tls)},
                           {"MaximumConnections",
                            number_of(place + ".MaximumConnections", http.maximum_connections, 1, 100'000)},
                           {"IdleSeconds", number_of(place + ".IdleSeconds", http.idle_seconds, 1, 86'400)},
                           {"AllowedOrigins", texts_of(place + ".AllowedOrigins", http.allowed_origins)}});
}

Reader fetch_of(const std::string& place, FetchSettings& fetch) {
    return section(
        place,
        {{"AssociationsPerDestination", number_of(place + ".AssociationsPerDestination",
                                                  fetch.associations_per_destination, 1, kMostAssociations)},
         {"AssociationsPerRequest",
          number_of(place + ".AssociationsPerRequest", fetch.associations_per_request, 1, kMostAssociations)},
         {"KeepSeconds", number_of(place + ".KeepSeconds", fetch.keep_seconds, 0, 3600)}});
}

Reader push_of(const std::string& place, PrefetchSettings& prefetch) {
    return [&prefetch, place](const Json& value) -> Status {
        if (!value.is_object()) {
            return wrong(place, "must be an object of institution codes with AE titles");
        }
        for (const auto& [institution, aet] : value.items()) {
            if (!aet.is_string() || aet.get<std::string>().empty() || aet.get<std::string>().size() > 16) {
                return wrong(place + "." + institution, "must be an AE title of 1 to 16 characters");
            }
            prefetch.push.insert_or_assign(institution, aet.get<std::string>());
        }
        return {};
    };
}

Reader prefetch_of(const std::string& place, PrefetchSettings& prefetch) {
    return section(
        place,
        {{"Enable", flag_of(place + ".Enable", prefetch.enabled)},
         {"MaximumStudies", number_of(place + ".MaximumStudies", prefetch.maximum_studies, 1, 1000)},
         {"MaximumAgeDays", number_of(place + ".MaximumAgeDays", prefetch.maximum_age_days, 1, 36'500)},
         {"SameModality", flag_of(place + ".SameModality", prefetch.same_modality)},
         {"SameBodyPart", flag_of(place + ".SameBodyPart", prefetch.same_body_part)},
         {"WarmMegabytes", number_of(place + ".WarmMegabytes", prefetch.warm_megabytes, 0, 1'000'000)},
         {"RepeatMinutes", number_of(place + ".RepeatMinutes", prefetch.repeat_minutes, 0, 10'080)},
         {"Push", push_of(place + ".Push", prefetch)}});
}

Reader users_of(const std::string& place, HttpAskerSettings& askers) {
    return [&askers, place](const Json& value) -> Status {
        if (!value.is_object()) {
            return wrong(place, "must be an object of user names with institution codes");
        }
        for (const auto& [user, institution] : value.items()) {
            if (user.empty() || !institution.is_string() || institution.get<std::string>().empty()) {
                return wrong(place + "." + user, "must be the code of an institution");
            }
            askers.users.insert_or_assign(user, institution.get<std::string>());
        }
        return {};
    };
}

Reader http_askers_of(const std::string& place, HttpAskerSettings& askers) {
    return section(place,
                   {{"Users", users_of(place + ".Users", askers)},
                    {"ProxyHeader", text_of(place + ".ProxyHeader", askers.proxy_header)},
                    {"ProxyAddresses", texts_of(place + ".ProxyAddresses", askers.proxy_addresses)},
                    {"ProxySecretHeader", text_of(place + ".ProxySecretHeader", askers.proxy_secret_header)},
                    {"ProxySecret", text_of(place + ".ProxySecret", askers.proxy_secret)}});
}

Reader empty_search_of(const std::string& place, int& status) {
    return [&status, place](const Json& value) -> Status {
        if (value != 200 && value != 204) {
            return wrong(place, "must be 200 or 204");
        }
        status = value.get<int>();
        return {};
    };
}

/// A header that anybody could set would make anybody anyone.
Status check(const HttpAskerSettings& askers) {
    const std::string place = "Recognition.HttpAskers";
    if (askers.proxy_secret.empty() != askers.proxy_secret_header.empty()) {
        return wrong(place + ".ProxySecret", "and ProxySecretHeader must be given together");
    }
    if (!askers.proxy_secret.empty() && askers.proxy_secret.size() < kLeastSecret) {
        return wrong(place + ".ProxySecret", "must have at least 16 characters");
    }
    for (const std::string& address : askers.proxy_addresses) {
        if (!binary_address(address)) {
            return wrong(place + ".ProxyAddresses", "must hold numeric addresses such as \"10.0.0.5\"");
        }
    }
    const bool trusted = !askers.proxy_addresses.empty() || !askers.proxy_secret.empty();
    if (!askers.proxy_header.empty() && !trusted) {
        return wrong(place + ".ProxyHeader", "needs ProxyAddresses or ProxySecret: anybody can set a header");
    }
    return {};
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
    return check(settings.http_askers);
}

} // namespace

const AePolicy& Settings::policy_for(std::string_view aet) const {
    const auto found = policies.find(aet_key(aet, aet_comparison));
    return found != policies.end() ? found->second : default_policy;
}

AePolicy& Settings::own_policy(std::string_view aet) {
    return policies.try_emplace(aet_key(aet, aet_comparison), default_policy).first->second;
}

Result<Settings> Settings::parse(std::string_view text, AetComparison comparison) {
    const Json json = Json::parse(text, nullptr, false, true);
    if (json.is_discarded()) {
        return error(ErrorKind::Configuration, "the configuration section Recognition is not JSON");
    }
    Settings settings;
    settings.aet_comparison = comparison;
    const std::string place = "Recognition";
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
         {"MaximumAnswers", number_of(place + ".MaximumAnswers", settings.maximum_answers, 0, kMostAnswers)},
         {"QueryRetrieve", query_retrieve_of(place + ".QueryRetrieve", settings.query_retrieve)},
         {"Http", http_of(place + ".Http", settings.http)},
         {"Fetch", fetch_of(place + ".Fetch", settings.fetch)},
         {"Prefetch", prefetch_of(place + ".Prefetch", settings.prefetch)},
         {"HttpAskers", http_askers_of(place + ".HttpAskers", settings.http_askers)},
         {"DicomWeb",
          section(place + ".DicomWeb", {{"EmptySearch", empty_search_of(place + ".DicomWeb.EmptySearch",
                                                                        settings.dicomweb.empty_search)}})},
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
