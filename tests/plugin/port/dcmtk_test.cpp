// DCMTK as the requestor: its encoder and parser of association PDUs against ours.
#include "tests/plugin/port/node_under_test.hpp"

#include <dcmtk/dcmnet/assoc.h>
#include <dcmtk/dcmnet/dimse.h>
#include <dcmtk/dcmnet/extneg.h>
#include <doctest/doctest.h>

using namespace recog;
using namespace recog::port;
using namespace recog::port::test;

namespace {

class Requestor {
public:
    explicit Requestor(std::uint16_t port) {
        REQUIRE(ASC_initializeNetwork(NET_REQUESTOR, 0, 30, &network_).good());
        REQUIRE(ASC_createAssociationParameters(&parameters_, 16'384).good());
        ASC_setPresentationAddresses(parameters_, "localhost", ("127.0.0.1:" + std::to_string(port)).c_str());
        ASC_setAPTitles(parameters_, "WORKSTATION", "NODE", nullptr);
    }
    ~Requestor() {
        if (association_ != nullptr) {
            ASC_releaseAssociation(association_);
            ASC_destroyAssociation(&association_);
        }
        ASC_dropNetwork(&network_);
    }
    Requestor(const Requestor&) = delete;
    Requestor& operator=(const Requestor&) = delete;

    void propose(std::uint8_t id, const char* abstract, std::vector<const char*> syntaxes,
                 T_ASC_SC_ROLE role = ASC_SC_ROLE_DEFAULT) {
        REQUIRE(ASC_addPresentationContext(parameters_, id, abstract, syntaxes.data(),
                                           static_cast<int>(syntaxes.size()), role)
                    .good());
    }
    void extend(const char* sop_class, std::vector<unsigned char> information) {
        auto* list = new SOPClassExtendedNegotiationSubItemList; // DCMTK's to delete
        auto* item = new SOPClassExtendedNegotiationSubItem;
        item->sopClassUID = sop_class;
        item->serviceClassAppInfoLength = static_cast<unsigned short>(information.size());
        item->serviceClassAppInfo = new unsigned char[information.size()];
        std::copy(information.begin(), information.end(), item->serviceClassAppInfo);
        list->push_back(item);
        ASC_setRequestedExtNegList(parameters_, list);
    }
    OFCondition request() { return ASC_requestAssociation(network_, parameters_, &association_); }
    T_ASC_PresentationContext context(std::uint8_t id) const {
        T_ASC_PresentationContext found{};
        REQUIRE(ASC_findAcceptedPresentationContext(parameters_, id, &found).good());
        return found;
    }
    T_ASC_Parameters* parameters() const { return parameters_; }
    T_ASC_Association* association() const { return association_; }

private:
    T_ASC_Network* network_ = nullptr;
    T_ASC_Parameters* parameters_ = nullptr;
    T_ASC_Association* association_ = nullptr;
};

} // namespace

TEST_CASE("DCMTK reads our acceptance as it is meant, and echoes") {
    NodeUnderTest node;
    Requestor requestor(node.port().number());
    requestor.propose(1, VERIFICATION, {IMPLICIT});
    requestor.propose(3, FIND_STUDY_ROOT, {EXPLICIT_BIG, IMPLICIT, EXPLICIT});
    requestor.propose(5, CT_IMAGE, {JPEG, EXPLICIT}, ASC_SC_ROLE_SCP);
    requestor.propose(7, "1.2.3", {IMPLICIT});
    requestor.propose(9, CT_IMAGE, {JPEG}, ASC_SC_ROLE_SCP);
    requestor.extend(FIND_STUDY_ROOT, {1, 0, 1});
    REQUIRE(requestor.request().good());

    CHECK(std::string(requestor.context(1).acceptedTransferSyntax) == IMPLICIT);
    CHECK(std::string(requestor.context(3).acceptedTransferSyntax) == EXPLICIT);
    CHECK(std::string(requestor.context(5).acceptedTransferSyntax) == EXPLICIT);
    CHECK(requestor.context(5).acceptedRole == ASC_SC_ROLE_SCP);
    T_ASC_PresentationContext refused{};
    REQUIRE(ASC_getPresentationContext(requestor.parameters(), 3, &refused).good());
    CHECK(refused.resultReason == ASC_P_ABSTRACTSYNTAXNOTSUPPORTED);
    REQUIRE(ASC_getPresentationContext(requestor.parameters(), 4, &refused).good());
    CHECK(refused.resultReason == ASC_P_TRANSFERSYNTAXESNOTSUPPORTED);

    SOPClassExtendedNegotiationSubItemList* accepted = nullptr;
    ASC_getAcceptedExtNegList(requestor.parameters(), &accepted);
    REQUIRE(accepted != nullptr);
    REQUIRE(accepted->size() == 1);
    const SOPClassExtendedNegotiationSubItem& item = *accepted->front();
    CHECK(std::string(item.sopClassUID.c_str()) == FIND_STUDY_ROOT);
    REQUIRE(item.serviceClassAppInfoLength == 3);
    CHECK(item.serviceClassAppInfo[0] == 1);
    CHECK(item.serviceClassAppInfo[1] == 0);
    CHECK(item.serviceClassAppInfo[2] == 1);

    DIC_US status = 1;
    DcmDataset* detail = nullptr;
    CHECK(DIMSE_echoUser(requestor.association(), 1, DIMSE_NONBLOCKING, 30, &status, &detail).good());
    CHECK(status == 0);
    delete detail;
}

TEST_CASE("DCMTK reads our rejection as it is meant") {
    NodeUnderTest node;
    Requestor requestor(node.port().number());
    requestor.propose(1, VERIFICATION, {IMPLICIT});
    ASC_setAPTitles(requestor.parameters(), "STRANGER", nullptr, nullptr);
    CHECK(requestor.request() == DUL_ASSOCIATIONREJECTED);
    T_ASC_RejectParameters why{};
    ASC_getRejectParameters(requestor.parameters(), &why);
    CHECK(why.result == ASC_RESULT_REJECTEDPERMANENT);
    CHECK(why.reason == ASC_REASON_SU_CALLINGAETITLENOTRECOGNIZED);
}
