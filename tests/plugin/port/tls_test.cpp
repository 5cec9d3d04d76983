// The port with DICOM TLS (PS3.15 B.9), certificates made on the spot.
#include "tests/plugin/port/node_under_test.hpp"
#include "tests/plugin/tls_identity.hpp"

#include <doctest/doctest.h>
#include <malloc.h>

using namespace recog;
using namespace recog::port;
using namespace recog::port::test;
using recog::test::Identity;

namespace {

struct FreeContext {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
using ClientContext = std::unique_ptr<SSL_CTX, FreeContext>;

ClientContext client_context(const Identity* identity, int version) {
    ClientContext context(SSL_CTX_new(TLS_client_method()));
    SSL_CTX_set_min_proto_version(context.get(), version);
    SSL_CTX_set_max_proto_version(context.get(), version);
    if (identity != nullptr) {
        SSL_CTX_use_certificate_file(context.get(), identity->certificate().c_str(), SSL_FILETYPE_PEM);
        SSL_CTX_use_PrivateKey_file(context.get(), identity->key().c_str(), SSL_FILETYPE_PEM);
    }
    return context;
}

PortOptions secured(const Identity& node, const Identity& trusted, bool required = true) {
    PortOptions options;
    options.tls = net::TlsFiles{node.certificate(), node.key(), trusted.certificate(), required};
    return options;
}

/// With TLS 1.3 a client learns only from the first answer that it is not wanted.
bool is_served(const NodeUnderTest& node, SSL_CTX* context) {
    Client client = node.connect();
    return client.secure(context) && client.associate() && client.echoes();
}

} // namespace

TEST_CASE("only who shows a certificate that is trusted is served over TLS") {
    const Identity own;
    const Identity friendly;
    const Identity stranger;
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        CAPTURE(version);
        NodeUnderTest node(secured(own, friendly));
        CHECK(is_served(node, client_context(&friendly, version).get()));
        CHECK_FALSE(is_served(node, client_context(&stranger, version).get()));
        CHECK_FALSE(is_served(node, client_context(nullptr, version).get()));
        Client plain = node.connect();
        CHECK_FALSE(plain.associate());
        plain.close();
        node.wait_for_associations(0);
    }
    NodeUnderTest node(secured(own, friendly));
    CHECK_FALSE(is_served(node, client_context(&friendly, TLS1_1_VERSION).get()));
}

TEST_CASE("without the demand for certificates anybody may come over TLS") {
    const Identity own;
    NodeUnderTest node(secured(own, own, false));
    CHECK(is_served(node, client_context(nullptr, TLS1_3_VERSION).get()));
}

TEST_CASE("a client may take up its earlier session") {
    const Identity own;
    const Identity friendly;
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        CAPTURE(version);
        NodeUnderTest node(secured(own, friendly));
        const auto context = client_context(&friendly, version);
        Client first = node.connect();
        REQUIRE(first.secure(context.get()));
        REQUIRE(first.associate()); // the ticket of TLS 1.3 has come, too
        SSL_SESSION* session = SSL_get1_session(first.ssl());
        Client second = node.connect();
        CHECK(second.secure(context.get(), session));
        CHECK(second.associate());
        CHECK(second.echoes());
        CHECK(SSL_session_reused(second.ssl()) == 1);
        SSL_SESSION_free(session);
    }
}

TEST_CASE("messages of every size go both ways over TLS") {
    const Identity own;
    const Identity friendly;
    NodeUnderTest node(secured(own, friendly));
    std::size_t stored = 0;
    node.store.function = [&stored](const Request& request, Exchange& exchange) {
        stored = request.data_set.size();
        static_cast<void>(FunctionHandler::answer(exchange, 0));
    };
    const Wire much(3'000'000, std::byte{'x'});
    node.find.function = [&much](const Request&, Exchange& exchange) {
        static_cast<void>(FunctionHandler::answer(exchange, 0xFF00, much));
        static_cast<void>(FunctionHandler::answer(exchange, 0));
    };
    const auto context = client_context(&friendly, TLS1_3_VERSION);
    Client client = node.connect();
    REQUIRE(client.secure(context.get()));
    REQUIRE(client.associate());
    CHECK(client.send(store_request(9, 1, std::string(3'000'000, 'x'))));
    CHECK(client.receive_message().command.status == 0);
    CHECK(stored > 3'000'000);
    CHECK(client.send(find_request(3, 2)));
    CHECK(client.receive_message().data_set.size() == much.size());
    CHECK(client.receive_message().command.status == 0);
    CHECK(client.send(release()));
    CHECK(client.receive().type == 6);
}

TEST_CASE("over TLS, too, an association may end while answers are written or awaited") {
    const Identity own;
    const Identity friendly;
    NodeUnderTest node(secured(own, friendly));
    node.find.function = FunctionHandler::flood;
    node.get.function = FunctionHandler::until_stopped;
    const auto context = client_context(&friendly, TLS1_3_VERSION);
    const auto open = [&] {
        Client client = node.connect();
        REQUIRE(client.secure(context.get()));
        REQUIRE(client.associate());
        return client;
    };
    SUBCASE("closed while answers are written") {
        Client client = open();
        CHECK(client.send(find_request(3, 1)));
        CHECK(client.receive_message().command.status == 0xFF00);
    }
    SUBCASE("aborted while a request runs") {
        Client client = open();
        CHECK(client.send(message(7, command(dimse::Command::GetRequest, 1, GET_STUDY_ROOT), "AB")));
        node.get.started.wait();
        CHECK(client.send(abort_pdu()));
        CHECK(client.over());
    }
    SUBCASE("stopped while answers are written") {
        Client client = open();
        CHECK(client.send(find_request(3, 1)));
        CHECK(client.receive_message().command.status == 0xFF00);
        node.port().stop();
    }
    SUBCASE("stopped in the handshake") {
        Client client = node.connect();
        CHECK(client.send(Wire{std::byte{0x16}, std::byte{3}, std::byte{1}}));
        node.port().stop();
        CHECK(client.over());
    }
    node.wait_for_associations(0);
    CHECK(node.find.started.times() == node.find.ended.times());
}

TEST_CASE("who is silent in the TLS handshake is closed") {
    const Identity own;
    PortOptions options = secured(own, own);
    options.patience.first_pdu = std::chrono::milliseconds(10);
    NodeUnderTest node(options);
    CHECK(node.connect().over());
}

TEST_CASE("the cost of an idle association over TLS") {
    const Identity own;
    const Identity friendly;
    NodeUnderTest node(secured(own, friendly));
    const auto context = client_context(&friendly, TLS1_3_VERSION);
    CHECK(is_served(node, context.get()));
    std::vector<Client> idle;
    for (int i = 0; i < 50; ++i) {
        idle.push_back(node.connect());
        REQUIRE(idle.back().secure(context.get()));
        REQUIRE(idle.back().associate());
        REQUIRE(idle.back().echoes());
    }
    // The clients are in this process, too: what the end of the port gives back is its own.
    const std::size_t before = ::mallinfo2().uordblks;
    node.port().stop();
    const std::size_t each = (before - ::mallinfo2().uordblks) / idle.size();
    MESSAGE("memory of an idle association over TLS: ", each, " bytes");
    CHECK(each < 131'072); // 0 under the sanitizers
}

TEST_CASE("files of TLS that cannot be read are faults of the configuration and are named") {
    const Identity own;
    Access access;
    SilentLogger logger;
    struct Case {
        net::TlsFiles files;
        const char* named;
    };
    const std::vector<Case> cases{
        {{"/nowhere", own.key(), own.certificate()}, "DicomTlsCertificate"},
        {{own.certificate(), "/nowhere", own.certificate()}, "DicomTlsPrivateKey"},
        {{own.certificate(), own.key(), "/nowhere"}, "DicomTlsTrustedCertificates"},
        {{own.certificate(), own.certificate(), own.certificate()}, "DicomTlsPrivateKey"},
    };
    for (const Case& one : cases) {
        PortOptions options;
        options.tls = one.files;
        const auto port = Port::open(options, access, {}, logger);
        REQUIRE_FALSE(port.ok());
        CHECK(port.failure().kind == ErrorKind::Configuration);
        CHECK(port.failure().text.find(one.named) != std::string::npos);
    }
}
