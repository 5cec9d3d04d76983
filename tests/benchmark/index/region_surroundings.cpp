#include "tests/benchmark/index/region_surroundings.hpp"

#include "tests/benchmark/index/region_filler.hpp"

#include <fstream>
#include <iterator>

namespace recog::bench {

Result<recognition::Rules> region_rules(const std::string& source) {
    std::string text = "{\"institutions\": [";
    for (std::uint64_t i = 0; i < kHospitals; ++i) {
        const std::string code = hospital_code(i);
        text +=
            (i == 0 ? "" : ",") +
            ("{\"code\": \"" + code + "\", \"name\": \"" + code +
             "\", \"tier\": \"2A\", \"area\": \"330199\", \"aets\": [\"" + code + "_CT\"], \"issuers\": [\"" +
             code +
             "\"], \"quality\": [{\"items\": [\"*\"], \"from\": \"2015-01-01\", \"to\": \"2030-12-31\"}]}");
    }
    auto institutions = recognition::Institutions::parse(text + "]}");
    if (!institutions) {
        return institutions.failure();
    }
    std::ifstream file(source + "/dicom-conf/catalogue.json");
    auto catalogue = recognition::Catalogue::parse(std::string(std::istreambuf_iterator<char>(file), {}));
    if (!catalogue) {
        return catalogue.failure();
    }
    return recognition::Rules(*std::move(catalogue), *std::move(institutions));
}

Result<identity::DomainResolver> region_resolver(const recognition::Institutions& institutions) {
    std::vector<identity::InstitutionNames> names;
    for (const auto& institution : institutions.all()) {
        names.push_back({institution.code, institution.issuers, institution.aets});
    }
    return identity::DomainResolver::make(identity::CardDomains::built_in(), names);
}

} // namespace recog::bench
