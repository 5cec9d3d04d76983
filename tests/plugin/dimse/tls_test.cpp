// DICOM TLS against DCMTK's own implementation, with certificates made on the spot.
#include "tests/plugin/dimse/one_operation.hpp"
#include "tests/plugin/dimse/store_scp.hpp"
#include "tests/plugin/dimse/stored_samples.hpp"
#include "tests/plugin/tls_identity.hpp"

#include <doctest/doctest.h>

using namespace recog;
using namespace recog::dimse;
using namespace recog::dimse::test;
using recog::test::Identity;

namespace {

/// With the kind of key that all of DCMTK's profiles take.
Identity rsa_identity() {
    return Identity(EVP_RSA_gen(2048));
}

std::unique_ptr<DcmTLSTransportLayer> server_layer(const Identity& own, const Identity& trusted) {
    auto layer = std::make_unique<DcmTLSTransportLayer>(NET_ACCEPTOR, nullptr, OFFalse);
    layer->setPrivateKeyFile(own.key().c_str(), DCF_Filetype_PEM);
#if PACKAGE_VERSION_NUMBER >= 368 // Debian 13
    layer->setCertificateFile(own.certificate().c_str(), DCF_Filetype_PEM, TSP_Profile_BCP195);
#else
    layer->setCertificateFile(own.certificate().c_str(), DCF_Filetype_PEM);
#endif
    layer->addTrustedCertificateFile(trusted.certificate().c_str(), DCF_Filetype_PEM);
    layer->setTLSProfile(TSP_Profile_BCP195);
    layer->activateCipherSuites();
    layer->setCertificateVerification(DCV_requireCertificate);
    return layer;
}

Destination secured(Destination destination, const Identity& own, const Identity& trusted) {
    destination.tls = true;
    destination.tls_certificate = own.certificate();
    destination.tls_private_key = own.key();
    destination.tls_trusted = trusted.certificate();
    return destination;
}

} // namespace

TEST_CASE("instances travel over TLS to a receiver that knows us and that we know") {
    const Identity node = rsa_identity();
    const Identity hospital = rsa_identity();
    const Identity stranger = rsa_identity();
    const auto layer = server_layer(hospital, node);
    Behaviour behaviour;
    behaviour.tls = layer.get();
    StoreScp scp(behaviour);
    Samples samples;
    SilentLogger logger;
    const std::vector<StoredInstance> instances{samples.add(CT, EXPLICIT, 2'000'000),
                                                samples.add(CT, EXPLICIT)};
    const auto start = [&](const Destination& destination) {
        return OneOperation::start(destination, instances, samples, logger);
    };
    SUBCASE("both sides trust each other") {
        auto operation = start(secured(scp.destination(), node, hospital));
        REQUIRE_MESSAGE(operation.ok(), (operation.ok() ? "" : operation.failure().text));
        CHECK((*operation)->results()[1].status == 0);
        CHECK((scp.received().at(0).bytes == samples.data_set(instances[0])));
    }
    SUBCASE("a receiver whose certificate we do not trust gets nothing") {
        const auto operation = start(secured(scp.destination(), node, stranger));
        REQUIRE_FALSE(operation.ok());
        CHECK(operation.failure().kind == ErrorKind::Unreachable);
    }
    SUBCASE("files that are not there are named as the reason") {
        auto destination = secured(scp.destination(), node, hospital);
        destination.tls_trusted = "/nowhere.pem";
        CHECK_FALSE(start(destination).ok());
        destination = secured(scp.destination(), node, hospital);
        destination.tls_private_key = "/nowhere.pem";
        const auto operation = start(destination);
        REQUIRE_FALSE(operation.ok());
        CHECK(operation.failure().text.find("private key") != std::string::npos);
    }
    CHECK(scp.received().size() <= 2);
}
