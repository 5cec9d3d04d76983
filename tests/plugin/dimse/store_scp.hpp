// A C-STORE SCP made of DCMTK, in this process, that behaves as badly as a test asks.
#pragma once

#include "core/base/result.hpp"
#include "plugin/dimse/stored_instance.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <dcmtk/dcmnet/assoc.h>
#include <dcmtk/dcmnet/dimse.h>
#include <dcmtk/dcmtls/tlslayer.h>
#include <functional>
#include <map>
#include <mutex>
#include <netinet/in.h>
#include <set>
#include <stdexcept>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace recog::dimse::test {

inline std::uint16_t port_of(int socket) {
    sockaddr_in address{};
    socklen_t length = sizeof address;
    ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &length);
    return ntohs(address.sin_port);
}

inline int bind_loopback() {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::bind(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
        throw std::runtime_error("no loopback");
    }
    return socket;
}

inline int connect_loopback(std::uint16_t port) {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address);
    return socket;
}

inline std::uint16_t free_port() {
    const int socket = bind_loopback();
    const std::uint16_t port = port_of(socket);
    ::close(socket);
    return port;
}

struct Received {
    std::string sop_instance_uid;
    std::string transfer_syntax;
    std::string originator_aet;
    std::uint16_t originator_message_id = 0;
    std::vector<std::byte> bytes;
};

enum class Act { Store, Abort, Close, Stall };

struct Behaviour {
    std::set<std::string> refused_syntaxes;
    std::set<std::string> refused_classes;
    bool reject = false;
    long max_pdu = 16384;
    /// By the number of the request (from 1, over all associations) and its instance.
    std::function<Act(int, const std::string&)> act = [](int, const std::string&) { return Act::Store; };
    std::function<std::uint16_t(int)> status = [](int) { return std::uint16_t{0}; };
    DcmTransportLayer* tls = nullptr;
};

class StoreScp {
public:
    explicit StoreScp(Behaviour behaviour) : behaviour_(std::move(behaviour)), port_(free_port()) {
        if (ASC_initializeNetwork(NET_ACCEPTOR, port_, 5, &network_).bad()) {
            throw std::runtime_error("no network");
        }
        if (behaviour_.tls != nullptr) {
            ASC_setTransportLayer(network_, behaviour_.tls, 0);
        }
        thread_ = std::thread([this] { run(); });
    }
    ~StoreScp() {
        stop_ = true;
        ::close(connect_loopback(port_));
        thread_.join();
        ASC_dropNetwork(&network_);
    }
    StoreScp(const StoreScp&) = delete;
    StoreScp& operator=(const StoreScp&) = delete;

    Destination destination(int timeout_seconds = 20) const {
        Destination destination;
        destination.aet = "SINK";
        destination.local_aet = "NODE";
        destination.host = "127.0.0.1";
        destination.port = port_;
        destination.timeout_seconds = timeout_seconds;
        return destination;
    }

    std::vector<Received> received() const {
        const std::lock_guard lock(mutex_);
        return received_;
    }
    int associations() const { return associations_; }
    int releases() const { return releases_; }
    int most_contexts() const { return most_contexts_; }
    int requests() const { return requests_; }
    void wait_for_requests(int count) const {
        while (requests_ < count) {
            std::this_thread::sleep_for(std::chrono::milliseconds(2));
        }
    }
    /// The counters of an association are final once the SCP has seen its end.
    void wait_for_releases(int count) const {
        while (releases_ < count) {
            std::this_thread::sleep_for(std::chrono::milliseconds(2));
        }
    }

private:
    void run() {
        while (!stop_) {
            if (!ASC_associationWaiting(network_, 1) || stop_) {
                continue;
            }
            T_ASC_Association* association = nullptr;
            if (ASC_receiveAssociation(network_, &association, behaviour_.max_pdu, nullptr, nullptr,
                                       behaviour_.tls != nullptr)
                    .good()) {
                ++associations_;
                serve(association);
            }
            if (association != nullptr) {
                ASC_dropAssociation(association);
                ASC_destroyAssociation(&association);
            }
        }
    }

    void serve(T_ASC_Association* association) {
        if (behaviour_.reject) {
            const T_ASC_RejectParameters why{ASC_RESULT_REJECTEDPERMANENT, ASC_SOURCE_SERVICEUSER,
                                             ASC_REASON_SU_CALLINGAETITLENOTRECOGNIZED};
            ASC_rejectAssociation(association, &why);
            return;
        }
        negotiate(association->params);
        if (ASC_acknowledgeAssociation(association).bad()) {
            return;
        }
        while (receive(association)) {
        }
    }

    void negotiate(T_ASC_Parameters* parameters) {
        const int count = ASC_countPresentationContexts(parameters);
        most_contexts_ = std::max(most_contexts_.load(), count);
        for (int i = 0; i < count; ++i) {
            T_ASC_PresentationContext context{};
            ASC_getPresentationContext(parameters, i, &context);
            std::string chosen;
            for (int k = 0; k < context.transferSyntaxCount && chosen.empty(); ++k) {
                if (!behaviour_.refused_syntaxes.contains(context.proposedTransferSyntaxes[k])) {
                    chosen = context.proposedTransferSyntaxes[k];
                }
            }
            const bool refused = behaviour_.refused_classes.contains(context.abstractSyntax);
            if (refused || chosen.empty()) {
                ASC_refusePresentationContext(parameters, context.presentationContextID,
                                              refused ? ASC_P_ABSTRACTSYNTAXNOTSUPPORTED
                                                      : ASC_P_TRANSFERSYNTAXESNOTSUPPORTED);
            } else {
                ASC_acceptPresentationContext(parameters, context.presentationContextID, chosen.c_str());
            }
        }
    }

    bool receive(T_ASC_Association* association) {
        T_ASC_PresentationContextID id = 0;
        T_DIMSE_Message message{};
        OFCondition condition;
        do {
            condition = DIMSE_receiveCommand(association, DIMSE_NONBLOCKING, 1, &id, &message, nullptr);
        } while (condition == DIMSE_NODATAAVAILABLE && !stop_);
        if (condition == DUL_PEERREQUESTEDRELEASE) {
            ASC_acknowledgeRelease(association);
            ++releases_;
            return false;
        }
        if (condition.bad() || message.CommandField != DIMSE_C_STORE_RQ) {
            return false;
        }
        return answer(association, id, message.msg.CStoreRQ);
    }

    bool answer(T_ASC_Association* association, T_ASC_PresentationContextID id,
                const T_DIMSE_C_StoreRQ& request) {
        const int number = ++requests_;
        switch (behaviour_.act(number, request.AffectedSOPInstanceUID)) {
        case Act::Abort:
            ASC_abortAssociation(association);
            return false;
        case Act::Close:
            return false;
        case Act::Stall:
            while (!stop_) {
                std::this_thread::sleep_for(std::chrono::milliseconds(5));
            }
            return false;
        case Act::Store:
            break;
        }
        Received received;
        received.sop_instance_uid = request.AffectedSOPInstanceUID;
        received.originator_aet = request.MoveOriginatorApplicationEntityTitle;
        received.originator_message_id = request.MoveOriginatorID;
        T_ASC_PresentationContext context{};
        ASC_findAcceptedPresentationContext(association->params, id, &context);
        received.transfer_syntax = context.acceptedTransferSyntax;
        if (!read_data_set(association, received.bytes)) {
            return false;
        }
        {
            const std::lock_guard lock(mutex_);
            received_.push_back(std::move(received));
        }
        T_DIMSE_C_StoreRSP response{};
        response.DimseStatus = behaviour_.status(number);
        response.MessageIDBeingRespondedTo = request.MessageID;
        response.DataSetType = DIMSE_DATASET_NULL;
        OFStandard::strlcpy(response.AffectedSOPClassUID, request.AffectedSOPClassUID,
                            sizeof response.AffectedSOPClassUID);
        OFStandard::strlcpy(response.AffectedSOPInstanceUID, request.AffectedSOPInstanceUID,
                            sizeof response.AffectedSOPInstanceUID);
        response.opts = O_STORE_AFFECTEDSOPCLASSUID | O_STORE_AFFECTEDSOPINSTANCEUID;
        return DIMSE_sendStoreResponse(association, id, &request, &response, nullptr).good();
    }

    // The fragments as they came, so that a test compares bytes and not what a parser made of them.
    static bool read_data_set(T_ASC_Association* association, std::vector<std::byte>& bytes) {
        for (;;) {
            DUL_PDV fragment{};
            if (DUL_NextPDV(&association->DULassociation, &fragment).bad()) {
                const auto condition = DUL_ReadPDVs(&association->DULassociation, nullptr, DUL_NOBLOCK, 5);
                if (condition != DUL_PDATAPDUARRIVED ||
                    DUL_NextPDV(&association->DULassociation, &fragment).bad()) {
                    return false;
                }
            }
            const auto* data = static_cast<const std::byte*>(fragment.data);
            bytes.insert(bytes.end(), data, data + fragment.fragmentLength);
            if (fragment.lastPDV) {
                return true;
            }
        }
    }

    const Behaviour behaviour_;
    const std::uint16_t port_;
    T_ASC_Network* network_ = nullptr;
    mutable std::mutex mutex_;
    std::vector<Received> received_;
    std::atomic<bool> stop_{false};
    std::atomic<int> associations_{0};
    std::atomic<int> releases_{0};
    std::atomic<int> most_contexts_{0};
    std::atomic<int> requests_{0};
    std::thread thread_;
};

} // namespace recog::dimse::test
