#include "plugin/web/authentication.hpp"
#include "plugin/web/cross_origin.hpp"

#include <doctest/doctest.h>

using namespace recog;
using namespace recog::web;

TEST_CASE("who may ask follows Orthanc's rules") {
    using Verdict = Authentication::Verdict;
    const std::map<std::string, std::string> users{{"alice", "secret"}, {"bob", ""}, {"li", "a:b"}};
    struct Case {
        const char* name;
        bool remote_allowed;
        bool authenticate;
        const char* peer;
        const char* authorization;
        Verdict verdict;
        const char* user;
    };
    const Case cases[] = {
        {"nobody need show who they are", false, false, "127.0.0.1", "", Verdict::Allowed, ""},
        {"the other loopback addresses are this machine too", false, false, "127.3.2.1", "", Verdict::Allowed,
         ""},
        {"and that of IPv6", false, false, "::1", "", Verdict::Allowed, ""},
        {"others may not ask", false, false, "10.0.0.1", "", Verdict::Remote, ""},
        {"nor with a password", false, true, "10.0.0.1", "Basic YWxpY2U6c2VjcmV0", Verdict::Remote, ""},
        {"nor from what is no address", false, false, "", "", Verdict::Remote, ""},
        {"unless it is allowed", true, false, "10.0.0.1", "", Verdict::Allowed, ""},
        {"a name that nobody had to show is not taken", true, false, "10.0.0.1", "Basic YWxpY2U6c2VjcmV0",
         Verdict::Allowed, ""},
        {"alice:secret", true, true, "10.0.0.1", "Basic YWxpY2U6c2VjcmV0", Verdict::Allowed, "alice"},
        {"in any case", true, true, "10.0.0.1", "bASIC YWxpY2U6c2VjcmV0", Verdict::Allowed, "alice"},
        {"bob:", true, true, "10.0.0.1", "Basic Ym9iOg==", Verdict::Allowed, "bob"},
        {"li:a:b", true, true, "10.0.0.1", "Basic bGk6YTpi", Verdict::Allowed, "li"},
        {"alice:wrong", true, true, "10.0.0.1", "Basic YWxpY2U6d3Jvbmc=", Verdict::Unknown, ""},
        {"alice: the password's beginning", true, true, "10.0.0.1",
         "Basic YWxpY2U6c2VjcmU=", Verdict::Unknown, ""},
        {"bob without a colon", true, true, "10.0.0.1", "Basic Ym9i", Verdict::Unknown, ""},
        {"no field", true, true, "10.0.0.1", "", Verdict::Unknown, ""},
        {"no credentials", true, true, "10.0.0.1", "Basic ", Verdict::Unknown, ""},
        {"another scheme", true, true, "10.0.0.1", "Bearer YWxpY2U6c2VjcmV0", Verdict::Unknown, ""},
        {"not base64", true, true, "10.0.0.1", "Basic YWxpY2U6c2VjcmV*", Verdict::Unknown, ""},
        {"cut short", true, true, "10.0.0.1", "Basic YWxpY2U6c2Vjcm", Verdict::Unknown, ""},
        {"blanks inside", true, true, "10.0.0.1", "Basic YWxp Y2U6c2VjcmV0", Verdict::Unknown, ""},
        {"this machine is asked too", true, true, "127.0.0.1", "", Verdict::Unknown, ""},
    };
    for (const Case& one : cases) {
        CAPTURE(one.name);
        const Authentication authentication({one.remote_allowed, one.authenticate, users});
        const auto outcome = authentication.judge(one.peer, one.authorization);
        CHECK(outcome.verdict == one.verdict);
        CHECK(outcome.user == one.user);
    }
}

TEST_CASE("without registered users nobody is authenticated") {
    const Authentication authentication({true, true, {}});
    for (const char* shown : {"", "Basic ", "Basic Og==", "Basic b3J0aGFuYzpvcnRoYW5j"}) {
        CHECK(authentication.judge("127.0.0.1", shown).verdict == Authentication::Verdict::Unknown);
    }
}

TEST_CASE("pages of configured origins may ask") {
    Head ask;
    ask.method = dicomweb::Method::Options;
    ask.fields = {{"Origin", "https://a.example"},
                  {"Access-Control-Request-Method", "GET"},
                  {"Access-Control-Request-Headers", "authorization"}};
    Head other = ask;
    other.fields[0].value = "https://b.example";
    Head plain;
    plain.method = dicomweb::Method::Get;
    plain.fields = {{"Origin", "https://a.example"}};

    const CrossOrigin none({});
    CHECK(none.preflight(ask)->status == 403);
    dicomweb::Response answer;
    none.mark(plain, answer);
    CHECK(answer.headers.empty());

    const CrossOrigin one({"https://a.example"});
    auto preflight = one.preflight(ask);
    REQUIRE(preflight);
    one.mark(ask, *preflight);
    CHECK(preflight->status == 204);
    CHECK(*preflight->header("Access-Control-Allow-Origin") == "https://a.example");
    CHECK(*preflight->header("Access-Control-Allow-Headers") == "authorization");
    CHECK(*preflight->header("Access-Control-Allow-Credentials") == "true");
    CHECK(one.preflight(other)->status == 403);
    CHECK_FALSE(one.preflight(plain).has_value());
    one.mark(plain, answer);
    CHECK(*answer.header("Access-Control-Allow-Origin") == "https://a.example");
    CHECK(*answer.header("Vary") == "Origin");
    CHECK(answer.header("Access-Control-Expose-Headers") != nullptr);
    dicomweb::Response refused;
    one.mark(other, refused);
    CHECK(refused.header("Access-Control-Allow-Origin") == nullptr);

    const CrossOrigin all({"*"});
    dicomweb::Response open;
    all.mark(plain, open);
    CHECK(*open.header("Access-Control-Allow-Origin") == "*");
    CHECK(open.header("Access-Control-Allow-Credentials") == nullptr);
}
