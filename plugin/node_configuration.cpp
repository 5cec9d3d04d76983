#include "core/base/digest.hpp"
#include "plugin/node.hpp"

#include <fstream>

namespace recog {

namespace {

constexpr std::size_t kMaxConfigurationFile = 64U << 20U;
constexpr const char* kNoCatalogue = R"({"name": "none", "version": "0", "scopes": [], "items": []})";

Result<std::string> read_file(const std::string& option, const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        return error(ErrorKind::Configuration,
                     "the file of configuration option Recognition." + option + " cannot be read: " + path);
    }
    std::string text;
    text.resize(kMaxConfigurationFile + 1);
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(file.gcount()));
    if (file.bad() || text.size() > kMaxConfigurationFile) {
        return error(ErrorKind::Configuration,
                     "the file of configuration option Recognition." + option + " is too large: " + path);
    }
    return text;
}

/// Parses the file, or `otherwise` when no file is configured; errors name the file.
template <typename Parsed>
Result<Parsed> parse_file(const std::string& option, const std::string& path, const std::string& otherwise,
                          Result<Parsed> (*parse)(std::string_view)) {
    const auto text = path.empty() ? Result<std::string>(otherwise) : read_file(option, path);
    if (!text) {
        return text.failure();
    }
    auto parsed = parse(*text);
    if (!parsed) {
        return error(ErrorKind::Configuration, (path.empty() ? option : path) + ": " + parsed.failure().text);
    }
    return parsed;
}

std::vector<identity::InstitutionNames> names_of(const recognition::Institutions& institutions) {
    std::vector<identity::InstitutionNames> names;
    for (const recognition::Institution& institution : institutions.all()) {
        names.push_back({institution.code, institution.issuers, institution.aets});
    }
    return names;
}

/// Everything that decides how an instance is read; grows by one when the code changes what it makes of it.
std::string interpretation_of(const service::Settings& settings, const std::string& node_aet,
                              const std::string& cards, const recognition::Institutions& institutions) {
    constexpr std::string_view kInterpreterVersion = "2";
    Digest digest;
    digest.add(kInterpreterVersion).add(node_aet).add(settings.default_character_set).add(cards);
    if (settings.aet_comparison == AetComparison::Strict) { // whose numbers are whose hangs on it
        digest.add("strict");
    }
    for (const recognition::Institution& institution : institutions.all()) {
        digest.add(institution.code).add(institution.default_character_set);
        for (const std::string& aet : institution.aets) {
            digest.add("aet").add(aet);
        }
        for (const std::string& issuer : institution.issuers) {
            digest.add("issuer").add(issuer);
        }
    }
    std::string hex;
    for (const char c : digest.finish()) {
        static constexpr char digits[] = "0123456789abcdef";
        hex += digits[static_cast<unsigned char>(c) >> 4U];
        hex += digits[static_cast<unsigned char>(c) & 15U];
    }
    return hex;
}

} // namespace

Result<NodeConfiguration> NodeConfiguration::read(const std::string& orthanc_json) {
    NodeConfiguration configuration;
    auto orthanc = orthanc::OrthancConfiguration::parse(orthanc_json);
    if (!orthanc) {
        return orthanc.failure();
    }
    configuration.orthanc = *std::move(orthanc);
    auto settings = service::Settings::parse(configuration.orthanc.recognition_section,
                                             configuration.orthanc.aet_comparison);
    if (!settings) {
        return settings.failure();
    }
    configuration.settings = *std::move(settings);
    const service::Settings& set = configuration.settings;
    if (!set.enabled) {
        return configuration;
    }
    if (configuration.orthanc.other_dicomweb_root == set.dicomweb_root) {
        return error(ErrorKind::Configuration,
                     "Orthanc's own DICOMweb plugin is loaded and serves the same root " + set.dicomweb_root +
                         ": take it out of \"Plugins\", or give one of the two another root (DicomWeb.Root or"
                         " Recognition.DicomWebRoot)");
    }
    auto institutions = parse_file("Institutions", set.institutions_path, R"({"institutions": []})",
                                   recognition::Institutions::parse);
    if (!institutions) {
        return institutions.failure();
    }
    auto catalogue = parse_file("Catalogue", set.catalogue_path, kNoCatalogue, recognition::Catalogue::parse);
    if (!catalogue) {
        return catalogue.failure();
    }
    if (const Status known = recognition::check_quality_items(*catalogue, *institutions); !known) {
        return error(ErrorKind::Configuration, set.institutions_path + ": " + known.failure().text);
    }
    std::string cards_text;
    identity::CardDomains cards = identity::CardDomains::built_in();
    if (!set.cards_path.empty()) {
        auto read = read_file("Cards", set.cards_path);
        if (!read) {
            return read.failure();
        }
        cards_text = *std::move(read);
        auto parsed = identity::CardDomains::parse(cards_text);
        if (!parsed) {
            return error(ErrorKind::Configuration, set.cards_path + ": " + parsed.failure().text);
        }
        cards = *std::move(parsed);
    }
    if (!set.http_institution.empty() && institutions->find(set.http_institution) == nullptr) {
        return error(
            ErrorKind::Configuration,
            "configuration option Recognition.HttpInstitution names no institution of the institutions file");
    }
    for (const auto& [user, institution] : set.http_askers.users) {
        if (institutions->find(institution) == nullptr) {
            return error(ErrorKind::Configuration,
                         "configuration option Recognition.HttpAskers.Users names an"
                         " institution that the institutions file does not have");
        }
    }
    auto resolver = identity::DomainResolver::make(std::move(cards), names_of(*institutions),
                                                   configuration.orthanc.aet_comparison);
    if (!resolver) {
        return resolver.failure();
    }
    configuration.interpretation =
        interpretation_of(set, configuration.orthanc.dicom_aet, cards_text, *institutions);
    configuration.resolver = std::make_unique<identity::DomainResolver>(*std::move(resolver));
    configuration.rules =
        std::make_unique<recognition::Rules>(*std::move(catalogue), *std::move(institutions));
    return configuration;
}

} // namespace recog
