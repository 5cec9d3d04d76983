#include "core/identity/domain_resolver.hpp"
#include "tests/core/identity/text_table.hpp"

#include <set>

using namespace recog;
using namespace recog::identity;

namespace {

DomainResolver region() {
    return *DomainResolver::make(CardDomains::built_in(),
                                 {{"H1", {"县人民医院", "1.2.156.112.1"}, {"COUNTY_CT", "COUNTY_PACS"}},
                                  {"H2", {"TOWN2"}, {"TOWN2_DR"}}});
}

std::string written(const ReadingOrder& order) {
    std::string text;
    for (const auto& stage : order) {
        text += text.empty() ? "" : " | ";
        bool first = true;
        for (const auto& identifier : stage.identifiers) {
            text += first ? "" : ",";
            text += identifier.domain + "=" + identifier.value + (identifier.weak ? "~" : "");
            first = false;
        }
        if (stage.elsewhere) {
            text += (first ? "*" : ",*") + stage.value;
        }
    }
    return text;
}

} // namespace

TEST_CASE("a received number stands where the table says") {
    const auto resolver = region();
    for (const auto& row : test::read_table("domains.tsv", 9)) {
        CAPTURE(row[0]);
        CAPTURE(row[1]);
        CAPTURE(row[8]);
        const auto resolution = resolver.resolve({row[0], row[1], row[2], row[3], row[4]});
        CHECK(std::string(to_text(resolution.remark)) == row[7]);
        REQUIRE(resolution.identifier.has_value() == !row[5].empty());
        if (resolution.identifier) {
            CHECK(resolution.identifier->domain == row[5]);
            CHECK(resolution.identifier->value == row[6]);
            CHECK(resolution.identifier->weak == (row[7] != "usable"));
        }
    }
}

TEST_CASE("an asked number is read in the order the table says") {
    const auto resolver = region();
    for (const auto& row : test::read_table("reading_order.tsv", 5)) {
        CAPTURE(row[0]);
        CAPTURE(row[4]);
        CHECK(written(resolver.reading_order(row[0], row[1], row[2])) == row[3]);
    }
}

TEST_CASE("whatever was stored is found again by the words it came with, and by its value alone") {
    const auto resolver = region();
    for (const auto& row : test::read_table("domains.tsv", 9)) {
        CAPTURE(row[0]);
        CAPTURE(row[8]);
        const auto stored = resolver.resolve({row[0], row[1], row[2], row[3], row[4]}).identifier;
        if (!stored) {
            continue;
        }
        const auto finds = [&](const ReadingOrder& order, const std::string& own) {
            for (const auto& stage : order) {
                for (const auto& identifier : stage.identifiers) {
                    if (identifier == *stored) {
                        return true;
                    }
                }
                if (stage.elsewhere && stage.value == stored->value && stored->domain != local_domain(own) &&
                    resolver.cards().find(stored->domain) == nullptr) {
                    return true;
                }
            }
            return false;
        };
        const bool placeholder = resolver.cards().is_placeholder(stored->value);
        CHECK(finds(resolver.reading_order(row[0], "", "H1"), "H1") !=
              (placeholder && stored->domain != "LOCAL:H1"));
        // A type code cannot be asked for, so words that needed one find nothing by their issuer.
        const bool by_type = resolver.cards().by_type_code(row[3]) != nullptr;
        if (!row[1].empty() && !by_type) {
            const auto own = resolver.institution_of(row[4]).value_or("");
            CHECK(finds(resolver.reading_order(row[0], row[1], own), own) !=
                  (own.empty() && placeholder && row[1] == "UNKNOWN"));
        }
    }
}

TEST_CASE(
    "institutions that contradict each other or the cards are refused without a number in the sentence") {
    const auto cards = CardDomains::built_in();
    struct Row {
        const char* why;
        std::vector<InstitutionNames> institutions;
    };
    for (const auto& row : {
             Row{"code twice", {{"H1", {}, {}}, {"H1", {}, {}}}},
             Row{"empty code", {{"", {}, {}}}},
             Row{"long code", {{std::string(65, 'H'), {}, {}}}},
             Row{"empty issuer", {{"H1", {" "}, {}}}},
             Row{"long issuer", {{"H1", {std::string(257, 'I')}, {}}}},
             Row{"issuer of a card", {{"H1", {" 医保 "}, {}}}},
             Row{"entity of a card", {{"H1", {"2.16.156.10011.1.3"}, {}}}},
             Row{"issuer of another", {{"H1", {"Town"}, {}}, {"H2", {"TOWN "}, {}}}},
             Row{"AE of another", {{"H1", {}, {"CT"}}, {"H2", {}, {"ct"}}}},
             Row{"empty AE", {{"H1", {}, {""}}}},
         }) {
        CAPTURE(row.why);
        const auto resolver = DomainResolver::make(cards, row.institutions);
        REQUIRE_FALSE(resolver.ok());
        CHECK(resolver.failure().kind == ErrorKind::Configuration);
    }
    CHECK(DomainResolver::make(cards, {{"H1", {"A", "a"}, {"CT", "CT "}}}).ok());
    CHECK(DomainResolver::make(cards, {}).ok());
}

TEST_CASE("an AE belongs to its institution in the words of Orthanc's comparison") {
    const auto cards = CardDomains::built_in();
    const std::vector<InstitutionNames> two = {{"H1", {}, {"CT "}}, {"H2", {}, {"ct"}}};
    CHECK_FALSE(DomainResolver::make(cards, two).ok());
    const auto strict = DomainResolver::make(cards, two, AetComparison::Strict);
    REQUIRE(strict.ok());
    CHECK(strict->institution_of(" CT") == "H1");
    CHECK(strict->institution_of("ct ") == "H2");
    CHECK_FALSE(strict->institution_of("Ct").has_value());
    const auto usual = DomainResolver::make(cards, {two[0]});
    REQUIRE(usual.ok());
    CHECK(usual->institution_of(" ct ") == "H1");
}

TEST_CASE("a resolver that was moved still answers") {
    auto first = region();
    const auto second = std::move(first);
    CHECK(second.resolve({"P1", "", "", "", "TOWN2_DR"}).identifier->domain == "LOCAL:H2");
    CHECK(second.resolve({"A12345678", "社保", "", "", ""}).identifier->domain == "SOCIAL_SECURITY");
    CHECK_FALSE(second.institution_of("NOBODY").has_value());
}
