#include "plugin/port/negotiation.hpp"

#include "tests/plugin/port/wire.hpp"

#include <doctest/doctest.h>
#include <functional>
#include <set>

using namespace recog;
using namespace recog::port;
using namespace recog::port::test;
using dimse::AssociationRequest;

namespace {

constexpr std::uint32_t MAX_PDU = 65'536;

class Access final : public AccessPolicy {
public:
    bool is_called(const std::string& called) const override { return called == "NODE"; }
    bool may_associate(const std::string& calling, const std::string& host) const override {
        return calling != "STRANGER" && host != "10.0.0.9";
    }
    bool may_ask(Service, const std::string&, const std::string&) const override { return true; }
    bool accepts_storage(const std::string& sop_class, const std::string& syntax) const override {
        return sop_class.starts_with("1.2.840.10008.5.1.4.1.1.") && !syntaxes_refused.contains(syntax);
    }
    std::set<std::string> syntaxes_refused;
};

Negotiated accepted(const AssociationRequest& request, const Access& access = {}) {
    auto outcome = negotiate(request, "10.0.0.1", access, MAX_PDU);
    REQUIRE(std::holds_alternative<Negotiated>(outcome));
    return std::get<Negotiated>(std::move(outcome));
}

AssociationRequest one_context(const std::string& abstract, const std::vector<std::string>& syntaxes) {
    AssociationRequest request{"NODE", "WORKSTATION", {}};
    request.contexts = {{1, abstract, syntaxes}};
    return request;
}

Wire body_of(const Wire& wire) {
    return {wire.begin() + dimse::PDU_HEADER, wire.end()};
}

Wire flags(std::initializer_list<int> values) {
    Wire information;
    for (const int value : values) {
        information.push_back(static_cast<std::byte>(value));
    }
    return information;
}

} // namespace

TEST_CASE("who may not associate is rejected with the reason of PS3.8 table 9-21") {
    struct Case {
        const char* what;
        std::function<void(AssociationRequest&)> change;
        std::string host;
        unsigned source;
        unsigned reason;
    };
    const std::string host = "10.0.0.1";
    const std::vector<Case> cases{
        {"another called title", [](auto& r) { r.called_aet = "OTHER"; }, host, 1, 7},
        {"no called title", [](auto& r) { r.called_aet = ""; }, host, 1, 7},
        {"an unknown calling title", [](auto& r) { r.calling_aet = "STRANGER"; }, host, 1, 3},
        {"no calling title", [](auto& r) { r.calling_aet = ""; }, host, 1, 3},
        {"a calling title that would break a log", [](auto& r) { r.calling_aet = "A\nB"; }, host, 1, 3},
        {"another host", [](auto&) {}, "10.0.0.9", 1, 3},
        {"another application context", [](auto& r) { r.application_context = "1.2.3"; }, host, 1, 2},
        {"no application context", [](auto& r) { r.application_context = ""; }, host, 1, 2},
        {"another protocol version", [](auto& r) { r.protocol_version = 2; }, host, 2, 2},
    };
    for (const Case& one : cases) {
        CAPTURE(one.what);
        AssociationRequest request = everything();
        one.change(request);
        const auto outcome = negotiate(request, one.host, Access(), MAX_PDU);
        REQUIRE(std::holds_alternative<dimse::Rejection>(outcome));
        const auto& rejection = std::get<dimse::Rejection>(outcome);
        CHECK(rejection.result == 1);
        CHECK(rejection.source == one.source);
        CHECK(rejection.reason == one.reason);
    }
    AssociationRequest request = everything();
    request.protocol_version = 3; // bit 0 among others
    CHECK(accepted(request).caller.contexts.size() == 5);
    request.calling_aet = "\xC2\xA7"; // a title in a local character set
    CHECK(accepted(request).caller.calling_aet == "\xC2\xA7");
}

TEST_CASE("each context gets its syntax, or the reason why not") {
    struct Case {
        std::string abstract;
        std::vector<std::string> syntaxes;
        unsigned result;
        std::string syntax;
    };
    const std::string deflated = "1.2.840.10008.1.2.1.99";
    const std::string patient_study_only = "1.2.840.10008.5.1.4.1.2.3.1";
    const std::vector<Case> cases{
        {VERIFICATION, {IMPLICIT}, 0, IMPLICIT},
        {VERIFICATION, {EXPLICIT_BIG, IMPLICIT, EXPLICIT}, 0, EXPLICIT},
        {FIND_STUDY_ROOT, {IMPLICIT, EXPLICIT}, 0, EXPLICIT},
        {FIND_STUDY_ROOT, {EXPLICIT_BIG, IMPLICIT}, 0, IMPLICIT},
        {FIND_STUDY_ROOT, {EXPLICIT_BIG}, 0, EXPLICIT_BIG},
        {FIND_STUDY_ROOT, {JPEG}, 4, JPEG},
        {FIND_STUDY_ROOT, {deflated}, 4, deflated},
        {MOVE_STUDY_ROOT, {EXPLICIT}, 0, EXPLICIT},
        {GET_STUDY_ROOT, {EXPLICIT}, 0, EXPLICIT},
        {"1.2.840.10008.5.1.4.1.2.1.1", {EXPLICIT}, 0, EXPLICIT},
        {"1.2.840.10008.5.1.4.1.2.1.2", {EXPLICIT}, 0, EXPLICIT},
        {"1.2.840.10008.5.1.4.1.2.1.3", {EXPLICIT}, 0, EXPLICIT},
        {patient_study_only, {EXPLICIT}, 0, EXPLICIT},
        {"1.2.840.10008.5.1.4.1.2.3.2", {EXPLICIT}, 0, EXPLICIT},
        {"1.2.840.10008.5.1.4.1.2.3.3", {EXPLICIT}, 0, EXPLICIT},
        {"1.2.840.10008.5.1.4.1.2.4.1", {EXPLICIT}, 3, EXPLICIT}, // Composite Instance Root
        {"1.2.840.10008.5.1.4.31", {EXPLICIT}, 3, EXPLICIT},      // Modality Worklist
        {"1.2.3", {EXPLICIT}, 3, EXPLICIT},
        {"no UID", {EXPLICIT}, 3, EXPLICIT},
        {std::string(5000, '1'), {std::string(5000, '1')}, 3, EXPLICIT_BIG},
        {CT_IMAGE, {IMPLICIT, EXPLICIT}, 0, EXPLICIT},
        {CT_IMAGE, {JPEG, IMPLICIT}, 0, IMPLICIT},
        {CT_IMAGE, {JPEG}, 0, JPEG},
        {CT_IMAGE, {"1.2.840.10008.1.2.4.50"}, 4, "1.2.840.10008.1.2.4.50"},
        {CT_IMAGE, {"1.2.840.10008.1.2.4.50", JPEG}, 0, JPEG},
    };
    Access access;
    access.syntaxes_refused = {"1.2.840.10008.1.2.4.50"};
    for (const Case& one : cases) {
        CAPTURE(one.abstract.substr(0, 64));
        const auto negotiated = accepted(one_context(one.abstract, one.syntaxes), access);
        REQUIRE(negotiated.acceptance.contexts.size() == 1);
        CHECK(negotiated.acceptance.contexts[0].id == 1);
        CHECK(negotiated.acceptance.contexts[0].result == one.result);
        CHECK(negotiated.acceptance.contexts[0].transfer_syntax == one.syntax);
        CHECK(negotiated.caller.contexts.size() == (one.result == 0 ? 1 : 0));
    }
    CHECK(accepted(everything()).acceptance.max_pdu == MAX_PDU);
}

TEST_CASE("the service of a context is that of its SOP class") {
    CHECK(service_of(VERIFICATION) == Service::Echo);
    CHECK(service_of("1.2.840.10008.5.1.4.1.2.1.1") == Service::Find);
    CHECK(service_of("1.2.840.10008.5.1.4.1.2.2.2") == Service::Move);
    CHECK(service_of("1.2.840.10008.5.1.4.1.2.3.3") == Service::Get);
    CHECK_FALSE(service_of(CT_IMAGE).has_value());
    CHECK_FALSE(service_of("").has_value());
}

TEST_CASE("roles are accepted for storage classes that are, once each") {
    AssociationRequest request = everything();
    request.roles = {{CT_IMAGE, false, true},
                     {CT_IMAGE, true, false},
                     {VERIFICATION, true, true},
                     {"1.2.3", true, true},
                     {"1.2.840.10008.5.1.4.1.1.4", true, true}}; // not proposed
    const auto negotiated = accepted(request);
    REQUIRE(negotiated.acceptance.roles.size() == 1);
    CHECK(negotiated.acceptance.roles[0].sop_class == CT_IMAGE);
    CHECK(negotiated.acceptance.roles[0].scp);
    CHECK_FALSE(negotiated.acceptance.roles[0].scu);
    CHECK(negotiated.caller.contexts[4].requestor_is_scp);
    CHECK_FALSE(negotiated.caller.contexts[0].requestor_is_scp);

    request.roles.clear(); // the default: the requestor is SCU
    CHECK_FALSE(accepted(request).caller.contexts[4].requestor_is_scp);
}

TEST_CASE("extended negotiation answers what was asked, in its length") {
    struct Case {
        std::string sop_class;
        Wire asked;
        Wire answered;
        ExtendedNegotiation meaning;
    };
    const std::vector<Case> cases{
        {FIND_STUDY_ROOT, flags({}), flags({}), {}},
        {FIND_STUDY_ROOT, flags({1}), flags({1}), {true, false, false, false}},
        {FIND_STUDY_ROOT, flags({0, 1}), flags({0, 1}), {false, true, false, false}},
        {FIND_STUDY_ROOT, flags({1, 1, 1}), flags({1, 1, 1}), {true, true, true, false}},
        {FIND_STUDY_ROOT, flags({0, 0, 1, 1}), flags({0, 0, 1, 1}), {false, false, true, true}},
        {FIND_STUDY_ROOT, flags({1, 1, 1, 1, 1, 1}), flags({1, 1, 1, 1}), {true, true, true, true}},
        {FIND_STUDY_ROOT, flags({2}), flags({1}), {true, false, false, false}},
        {MOVE_STUDY_ROOT, flags({1, 1}), flags({1, 0}), {true, false, false, false}},
        {GET_STUDY_ROOT, flags({1}), flags({1}), {true, false, false, false}},
    };
    for (const Case& one : cases) {
        AssociationRequest request = one_context(one.sop_class, {EXPLICIT});
        request.extensions = {{one.sop_class, one.asked}, {one.sop_class, flags({0, 0, 0, 0})}};
        const auto negotiated = accepted(request);
        REQUIRE(negotiated.acceptance.extensions.size() == 1);
        CHECK((negotiated.acceptance.extensions[0].information == one.answered));
        const ExtendedNegotiation& read = negotiated.caller.contexts[0].extended;
        CHECK(read.relational == one.meaning.relational);
        CHECK(read.combined_datetime == one.meaning.combined_datetime);
        CHECK(read.fuzzy_names == one.meaning.fuzzy_names);
        CHECK(read.timezone == one.meaning.timezone);
    }
    AssociationRequest request = everything();
    request.extensions = {{CT_IMAGE, flags({1})}, {VERIFICATION, flags({1})}, {"1.2.3", flags({1})}};
    CHECK(accepted(request).acceptance.extensions.empty());
}

TEST_CASE("all 128 contexts are answered, and an answer can always be encoded") {
    AssociationRequest request{"NODE", "WORKSTATION", {}};
    for (unsigned id = 1; id < 256; id += 2) {
        request.contexts.push_back({static_cast<std::uint8_t>(id), CT_IMAGE, {EXPLICIT, JPEG}});
    }
    // 65,535 bytes is all that the user information can hold.
    for (int i = 0; i < 1500; ++i) {
        request.roles.push_back({CT_IMAGE, true, true});
    }
    const auto read = dimse::parse_associate_request(body_of(dimse::encode_associate_request(request)));
    REQUIRE(read.ok());
    const auto negotiated = accepted(*read);
    CHECK(negotiated.acceptance.contexts.size() == 128);
    const auto answer = dimse::encode_associate_accept(*read, negotiated.acceptance);
    const auto again = dimse::parse_associate_accept(body_of(answer));
    REQUIRE(again.ok());
    CHECK(again->contexts.size() == 128);
    CHECK(again->contexts[127].id == 255);
    CHECK(again->roles.size() == 1);
    CHECK(again->max_pdu == MAX_PDU);
}

TEST_CASE("a request is read as it was written") {
    AssociationRequest request = everything();
    request.extensions = {{FIND_STUDY_ROOT, flags({1, 0, 1})}};
    request.max_pdu = 54'321;
    const auto read = dimse::parse_associate_request(body_of(dimse::encode_associate_request(request)));
    REQUIRE(read.ok());
    CHECK(read->called_aet == "NODE");
    CHECK(read->calling_aet == "WORKSTATION");
    CHECK(read->application_context == dimse::APPLICATION_CONTEXT);
    CHECK(read->protocol_version == 1);
    CHECK(read->max_pdu == 54'321);
    REQUIRE(read->contexts.size() == 5);
    CHECK(read->contexts[4].id == 9);
    CHECK(read->contexts[4].abstract_syntax == CT_IMAGE);
    CHECK(read->contexts[4].transfer_syntaxes == std::vector<std::string>{EXPLICIT});
    REQUIRE(read->roles.size() == 1);
    CHECK(read->roles[0].scp);
    REQUIRE(read->extensions.size() == 1);
    CHECK((read->extensions[0].information == flags({1, 0, 1})));
}

TEST_CASE("a request cut at any byte, or with any byte changed, is an error or a request") {
    const Wire body = body_of(dimse::encode_associate_request(everything()));
    for (std::size_t size = 0; size < body.size(); ++size) {
        const auto cut = dimse::parse_associate_request(Bytes(body).first(size));
        if (cut) { // between two items
            CHECK(cut->contexts.size() <= 5);
            static_cast<void>(negotiate(*cut, "10.0.0.1", Access(), MAX_PDU));
        }
    }
    for (std::size_t at = 0; at < body.size(); ++at) {
        for (const unsigned change : {0x00U, 0x01U, 0x7FU, 0xFFU}) {
            Wire changed = body;
            changed[at] = static_cast<std::byte>(change);
            if (const auto read = dimse::parse_associate_request(changed)) {
                static_cast<void>(negotiate(*read, "10.0.0.1", Access(), MAX_PDU));
            }
        }
    }
}

TEST_CASE("contexts with even, repeated or missing numbers or syntaxes are malformed") {
    const auto parses = [](std::vector<dimse::ProposedContext> contexts) {
        AssociationRequest request{"NODE", "WORKSTATION", std::move(contexts)};
        return dimse::parse_associate_request(body_of(dimse::encode_associate_request(request))).ok();
    };
    CHECK(parses({{1, CT_IMAGE, {EXPLICIT}}, {3, CT_IMAGE, {EXPLICIT}}}));
    CHECK(parses({{255, CT_IMAGE, {EXPLICIT}}, {1, CT_IMAGE, {EXPLICIT}}}));
    CHECK(parses({})); // nothing can be done on such an association, and no harm either
    CHECK_FALSE(parses({{2, CT_IMAGE, {EXPLICIT}}}));
    CHECK_FALSE(parses({{0, CT_IMAGE, {EXPLICIT}}}));
    CHECK_FALSE(parses({{1, CT_IMAGE, {EXPLICIT}}, {1, VERIFICATION, {EXPLICIT}}}));
    CHECK_FALSE(parses({{1, "", {EXPLICIT}}}));
    CHECK_FALSE(parses({{1, CT_IMAGE, {}}}));
}
