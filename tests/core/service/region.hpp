// A small region for the tests of the services: two hospitals, one catalogue.
#pragma once

#include "core/identity/domain_resolver.hpp"
#include "core/recognition/rules.hpp"
#include "tests/contract/store_under_test.hpp"

#include <string>

namespace recog::test {

inline recognition::Rules region_rules() {
    auto catalogue = recognition::Catalogue::parse(R"({"name": "c", "version": "1",
        "scopes": [{"code": "union", "mark": "HR", "rule": "union"}],
        "items": [{"code": "CT010", "name": "胸部CT平扫", "english_name": "CT chest", "category": "imaging",
                   "modalities": ["CT"], "body_parts": ["CHEST"], "contrast": "plain", "window_days": 30,
                   "scope": "union", "requires": "images", "fee": "200", "effective_from": "2020-01-01",
                   "procedure_codes": [{"code": "C1", "scheme": "T"}],
                   "keywords": {"chinese": ["胸部"], "english": ["chest"]}}]})");
    auto institutions = recognition::Institutions::parse(R"({"institutions": [
        {"code": "H001", "name": "一院", "tier": "2A", "union": "U", "aets": ["H001_CT"], "issuers": ["H001"],
         "quality": [{"items": ["*"], "from": "2020-01-01", "to": "2030-12-31"}]},
        {"code": "H002", "name": "二院", "tier": "1A", "union": "U", "aets": ["H002_CT"], "issuers": ["H002"],
         "default_character_set": "GB18030",
         "quality": [{"items": ["*"], "from": "2020-01-01", "to": "2030-12-31"}]}]})");
    return {expect_ok(std::move(catalogue)), expect_ok(std::move(institutions))};
}

inline identity::DomainResolver region_resolver(const recognition::Institutions& institutions) {
    std::vector<identity::InstitutionNames> names;
    for (const auto& institution : institutions.all()) {
        names.push_back({institution.code, institution.issuers, institution.aets});
    }
    return expect_ok(identity::DomainResolver::make(identity::CardDomains::built_in(), names));
}

} // namespace recog::test
