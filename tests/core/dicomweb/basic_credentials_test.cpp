#include "core/dicomweb/basic_credentials.hpp"

#include "core/dicomweb/request.hpp"

#include <doctest/doctest.h>

using namespace recog::dicomweb;

namespace {

std::string stated(std::string_view authorization) {
    const auto credentials = basic_credentials(authorization);
    return credentials ? credentials->user + ":" + credentials->password : "none";
}

} // namespace

TEST_CASE("Basic credentials") {
    CHECK(stated("Basic dXNlcjpwYXNz") == "user:pass");
    CHECK(stated("bASIC dXNlcjpwYXNz") == "user:pass");
    CHECK(stated("Basic   dXNlcjpwYXNz") == "user:pass"); // RFC 9110 11.4: 1*SP
    CHECK(stated("Basic dXNlcjpwOmE=") == "user:p:a");
    CHECK(basic_credentials("Basic dXNlcjpwOmE=")->user == "user");
    CHECK(stated("Basic dXNlcjo=") == "user:");
    CHECK(stated("Basic OnBhc3M=") == ":pass");
    for (const char* malformed :
         {"", "Basic", "Basic ", "Bearer dXNlcjpwYXNz", "Basic dXNlcg==", "Basic dXNlcjpwYXNz=",
          "Basic dXNl cjpwYXNz", "Basic dXNlcjpwYXN", "Basic dXNlcjpwYX*z", "Basic dXNlcjpwYQ=v",
          "Basic ====", "Basic dXNlcjpwYR==", "Basicd XNlcjpwYXNz", "Basic\tdXNlcjpwYXNz"}) {
        CHECK_MESSAGE(stated(malformed) == "none", malformed);
    }
}

TEST_CASE("Basic credentials that are stated twice, or too long") {
    Request request;
    request.headers = {{"authorization", "Basic dXNlcjpwYXNz"}};
    CHECK(stated(request.header("Authorization")) == "user:pass");
    request.headers.push_back({"Authorization", "Basic b3RoZXI6cGFzcw=="});
    CHECK(stated(request.header("Authorization")) == "none");
    // Blanks in front, since base64 comes in groups of four.
    const std::string encoded = "dXNlcjpw" + std::string(kMaxCredentialBytes - 16, 'A');
    CHECK(basic_credentials("Basic   " + encoded)->user == "user");
    CHECK(stated("Basic    " + encoded) == "none");
}
