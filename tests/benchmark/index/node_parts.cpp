#include "tests/benchmark/index/node_parts.hpp"

#include "tests/benchmark/index/region_filler.hpp"

#include <fstream>
#include <iterator>

namespace recog::bench {

namespace {

std::string read_whole(const std::string& path) {
    std::ifstream file(path);
    if (!file) {
        stop("cannot read " + path);
    }
    return std::string(std::istreambuf_iterator<char>(file), {});
}

} // namespace

recognition::Rules make_rules() {
    std::string institutions = "{\"institutions\": [";
    for (std::uint64_t i = 0; i < kHospitals; ++i) {
        const std::string code = hospital_code(i);
        institutions +=
            (i == 0 ? "" : ",") + ("{\"code\": \"" + code + "\", \"name\": \"" + code +
                                   "\", \"tier\": \"2A\", \"area\": \"330199\", \"aets\": [\"" + code +
                                   "_CT\"], \"issuers\": [\"" + code +
                                   "\"], \"quality\": [{\"items\": [\"*\"], \"from\": \"2015-01-01\", \"to\":"
                                   " \"2030-12-31\"}]}");
    }
    return {must(recognition::Catalogue::parse(
                read_whole(std::string(SOURCE_DIR) + "/dicom-conf/catalogue.json"))),
            must(recognition::Institutions::parse(institutions + "]}"))};
}

identity::DomainResolver make_resolver(const recognition::Institutions& institutions) {
    std::vector<identity::InstitutionNames> names;
    for (const auto& institution : institutions.all()) {
        names.push_back({institution.code, institution.issuers, institution.aets});
    }
    return must(identity::DomainResolver::make(identity::CardDomains::built_in(), names));
}

double memory_mib(const std::string& key) {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with(key + ":")) {
            return std::strtod(line.c_str() + key.size() + 1, nullptr) / 1024;
        }
    }
    return 0;
}

} // namespace recog::bench
