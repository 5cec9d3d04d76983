// Whose institution a request over HTTP is asked for: nothing that is merely written into it may decide that.
#include "core/service/http_askers.hpp"

#include <doctest/doctest.h>

using namespace recog;
using namespace recog::service;

namespace {

constexpr const char* kSecret = "0123456789abcdef";

Settings settings_of(const std::string& askers) {
    const auto settings = Settings::parse(R"({"HttpInstitution": "H000", "HttpAskers": )" + askers + "}");
    REQUIRE(settings);
    return *settings;
}

dicomweb::Request with(std::vector<dicomweb::Field> headers) {
    dicomweb::Request request;
    request.headers = std::move(headers);
    return request;
}

std::string asked_for(const Settings& settings, const dicomweb::Request& request, const HttpCaller& caller) {
    return HttpAskers(settings).asker_of(request, caller).institution;
}

const dicomweb::Field kForged{"x-user", "bob"};

} // namespace

TEST_CASE("a user whom the door has authenticated belongs to the institution of the table") {
    const Settings settings = settings_of(R"({"Users": {"alice": "H001", "bob": "H002"}})");
    CHECK(asked_for(settings, {}, {}) == "H000");
    CHECK(asked_for(settings, {}, {"alice", ""}) == "H001");
    CHECK(asked_for(settings, {}, {"carol", ""}) == "H000");
    CHECK(asked_for(settings, with({kForged}), {"alice", "127.0.0.1"}) == "H001");
    CHECK(HttpAskers(settings).asker_of({}, {"alice", ""}).user == "alice");
}

TEST_CASE("a header counts only from an address of a proxy") {
    const Settings settings = settings_of(
        R"({"Users": {"alice": "H001", "bob": "H002"}, "ProxyHeader": "X-User", "ProxyAddresses": ["10.0.0.5", "fe80::1"]})");
    const auto request = with({kForged});
    CHECK(asked_for(settings, request, {"", "10.0.0.5"}) == "H002");
    CHECK(asked_for(settings, request, {"", "::ffff:10.0.0.5"}) == "H002");
    CHECK(asked_for(settings, request, {"", "fe80:0::1"}) == "H002");
    CHECK(asked_for(settings, request, {"alice", "10.0.0.5"}) == "H002");
    CHECK(asked_for(settings, request, {"", "10.0.0.50"}) == "H000");
    CHECK(asked_for(settings, request, {"", "10.0.0.6"}) == "H000");
    CHECK(asked_for(settings, request, {"", "nonsense"}) == "H000");
    CHECK(asked_for(settings, request, {"", ""}) == "H000"); // the door does not know: no proof
    CHECK(asked_for(settings, {}, {"alice", "10.0.0.5"}) == "H001");
    CHECK(asked_for(settings, with({kForged, {"X-User", "alice"}}), {"", "10.0.0.5"}) == "H000");
}

TEST_CASE("a proxy is trusted without a header in which it names users, and nobody is by default") {
    const auto trusted = [](const std::string& askers, const dicomweb::Request& request,
                            const HttpCaller& caller) {
        const Settings settings = settings_of(askers);
        return HttpAskers(settings).from_proxy(request, caller);
    };
    const auto secret = with({{"X-Secret", kSecret}});
    const std::string by_secret =
        std::string(R"("ProxySecretHeader": "X-Secret", "ProxySecret": ")") + kSecret + "\"";
    const std::string by_address = R"("ProxyAddresses": ["10.0.0.5"])";
    CHECK_FALSE(trusted("{}", {}, {}));
    CHECK_FALSE(trusted("{}", secret, {"", "127.0.0.1"}));
    CHECK(trusted("{" + by_address + "}", {}, {"", "10.0.0.5"}));
    CHECK_FALSE(trusted("{" + by_address + "}", {}, {"", "10.0.0.6"}));
    CHECK_FALSE(trusted("{" + by_address + "}", {}, {}));
    CHECK(trusted("{" + by_secret + "}", secret, {}));
    CHECK_FALSE(trusted("{" + by_secret + "}", {}, {}));
    // No address is named, so none is wanted, on whichever port.
    CHECK(trusted("{" + by_secret + "}", secret, {"", "10.0.0.5"}));
    CHECK_FALSE(trusted("{" + by_secret + "}", with({{"X-Secret", "0123456789abcdeg"}}), {"", "10.0.0.5"}));
    CHECK_FALSE(trusted("{" + by_secret + "}", {}, {"", "10.0.0.5"}));
    CHECK(trusted("{" + by_secret + ", " + by_address + "}", secret, {"", "10.0.0.5"}));
    CHECK_FALSE(trusted("{" + by_secret + ", " + by_address + "}", {}, {"", "10.0.0.5"}));
}

TEST_CASE("where no address is known a header counts with the secret only, and elsewhere with both") {
    const Settings settings = settings_of(
        std::string(
            R"({"Users": {"bob": "H002"}, "ProxyHeader": "X-User", "ProxyAddresses": ["10.0.0.5"],)") +
        R"("ProxySecretHeader": "X-Proxy", "ProxySecret": ")" + kSecret + "\"}");
    const auto proven = with({kForged, {"x-proxy", kSecret}});
    CHECK(asked_for(settings, proven, {"", ""}) == "H002");
    CHECK(asked_for(settings, proven, {"", "10.0.0.5"}) == "H002");
    CHECK(asked_for(settings, proven, {"", "10.0.0.6"}) == "H000");
    for (const std::string wrong : {"", "0123456789abcde", "0123456789abcdefg", "0123456789ABCDEF"}) {
        CHECK(asked_for(settings, with({kForged, {"x-proxy", wrong}}), {"", ""}) == "H000");
        CHECK(asked_for(settings, with({kForged, {"x-proxy", wrong}}), {"", "10.0.0.5"}) == "H000");
    }
    CHECK(asked_for(settings, with({kForged, {"x-proxy", kSecret}, {"x-proxy", kSecret}}), {"", ""}) ==
          "H000");
}

TEST_CASE("passwords are checked against the registered users") {
    const RegisteredUsers users(true, {{"user", "pass"}, {"empty", ""}});
    const auto basic = [](const std::string& value) { return with({{"authorization", "Basic " + value}}); };
    CHECK(users.user_of(basic("dXNlcjpwYXNz")) == "user");
    CHECK(users.user_of(basic("dXNlcjpwYXNzMg==")).empty());
    CHECK(users.user_of(basic("dXNlcjo=")).empty());
    CHECK(users.user_of(basic("b3RoZXI6cGFzcw==")).empty());
    CHECK(users.user_of({}).empty());
    // Without authentication Orthanc lets everybody in, and a header says nothing.
    CHECK(RegisteredUsers(false, {{"user", "pass"}}).user_of(basic("dXNlcjpwYXNz")).empty());
}

TEST_CASE("addresses") {
    CHECK(binary_address("127.0.0.1") == binary_address("::ffff:127.0.0.1"));
    CHECK(binary_address("::1") != binary_address("127.0.0.1"));
    CHECK(binary_address("fe80::1%eth0") == binary_address("fe80::1"));
    for (const char* wrong : {"", "localhost", "127.0.0", "127.0.0.1.1", "10.0.0.0/8", "::g"}) {
        CHECK_FALSE(binary_address(wrong));
    }
}
