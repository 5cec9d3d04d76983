// A C-STORE SCP in this process that serves many associations at once, each on a thread, over the project's
// own PDU functions (tested for themselves in upper_layer_test.cpp), and behaves as badly as a test asks.
#pragma once

#include "plugin/dimse/command_set.hpp"
#include "plugin/dimse/pdu.hpp"
#include "tests/plugin/dimse/store_scp.hpp"

#include <list>

namespace recog::dimse::test {

struct ManyConduct {
    enum class Beyond { Reject, Wait };
    enum class Reply { Status, Abort, Close, Never, WrongId, Release };
    struct Request {
        int association = 0;    ///< from 1, in the order of acceptance
        int in_association = 0; ///< from 1
        int number = 0;         ///< from 1, over all
        int tries = 0;          ///< how often this instance has come, from 1
        std::string uid;
    };
    struct Answer {
        Reply reply = Reply::Status;
        std::uint16_t status = 0;
    };

    int most = 100; ///< associations at once
    Beyond beyond = Beyond::Reject;
    std::set<std::string> refused_syntaxes = {};
    std::function<Answer(const Request&)> answer = [](const Request&) { return Answer{}; };
};

class ManyScp {
public:
    struct Stored {
        int association = 0;
        std::string uid;
        std::string transfer_syntax;
        std::vector<std::byte> bytes;
    };

    explicit ManyScp(ManyConduct conduct = {}) : conduct_(std::move(conduct)), listener_(bind_loopback()) {
        ::listen(listener_, 64);
        thread_ = std::thread([this] { run(); });
    }
    ~ManyScp() {
        stop_ = true;
        open_gate();
        ::shutdown(listener_, SHUT_RDWR);
        thread_.join();
        close_all();
        for (Peer& peer : peers_) {
            peer.thread.join();
            ::close(peer.socket);
        }
        ::close(listener_);
    }
    ManyScp(const ManyScp&) = delete;
    ManyScp& operator=(const ManyScp&) = delete;

    Destination destination(int timeout_seconds = 20) const {
        Destination destination;
        destination.aet = "SINK";
        destination.local_aet = "NODE";
        destination.host = "127.0.0.1";
        destination.port = port_of(listener_);
        destination.timeout_seconds = timeout_seconds;
        return destination;
    }

    /// No request is answered until the gate is open again.
    void close_gate() {
        const std::lock_guard lock(mutex_);
        gate_ = false;
    }
    void open_gate() {
        const std::lock_guard lock(mutex_);
        gate_ = true;
        changed_.notify_all();
    }
    /// Ends all connections, as a receiver does that has been idle too long.
    void close_all() {
        const std::lock_guard lock(mutex_);
        for (const Peer& peer : peers_) {
            ::shutdown(peer.socket, SHUT_RDWR);
        }
    }

    struct Counts {
        int associations = 0; ///< accepted
        int rejected = 0;     ///< or left without an answer
        int open = 0;
        int most_open = 0; ///< those too that the other side has just closed
        int busy = 0;      ///< requests at hand, from their arrival until just before the answer
        int most_busy = 0;
        int requests = 0;
        int releases = 0;
    };
    Counts counts() const {
        const std::lock_guard lock(mutex_);
        return counts_;
    }
    std::vector<Stored> stored() const {
        const std::lock_guard lock(mutex_);
        return stored_;
    }
    template <typename Condition> void wait_until(const Condition& condition) const {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return condition(counts_); });
    }

private:
    struct Peer {
        int socket = -1;
        int number = 0;
        int requests = 0;
        bool released = false;
        std::map<std::uint8_t, std::string> syntaxes;
        std::thread thread;
    };

    void run() {
        while (!stop_) {
            const int socket = ::accept(listener_, nullptr, nullptr);
            if (socket < 0) {
                continue;
            }
            const std::lock_guard lock(mutex_);
            Peer& peer = peers_.emplace_back();
            peer.socket = socket;
            peer.thread = std::thread([this, &peer] {
                if (associate(peer)) {
                    while (serve(peer)) {
                    }
                    change([&peer](Counts& counts) { counts.open -= peer.released ? 0 : 1; });
                }
                ::shutdown(peer.socket, SHUT_RDWR);
            });
        }
    }

    template <typename Change> void change(const Change& make) {
        const std::lock_guard lock(mutex_);
        make(counts_);
        changed_.notify_all();
    }

    static bool receive(int socket, std::span<std::byte> into) {
        return into.empty() ||
               ::recv(socket, into.data(), into.size(), MSG_WAITALL) == static_cast<ssize_t>(into.size());
    }

    static void send(int socket, std::span<const std::byte> bytes) {
        [[maybe_unused]] const auto sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    }

    static bool receive_pdu(int socket, PduType& type, std::vector<std::byte>& body) {
        std::array<std::byte, PDU_HEADER> header{};
        if (!receive(socket, header)) {
            return false;
        }
        std::size_t length = 0;
        for (std::size_t i = 2; i < header.size(); ++i) {
            length = (length << 8U) | std::to_integer<std::size_t>(header[i]);
        }
        type = static_cast<PduType>(header[0]);
        body.resize(length);
        return receive(socket, body);
    }

    bool associate(Peer& peer) {
        PduType type{};
        std::vector<std::byte> body;
        if (!receive_pdu(peer.socket, type, body) || type != PduType::AssociateRequest) {
            return false;
        }
        const auto request = parse_associate_request(body);
        if (!request || !take_place(peer)) {
            return false;
        }
        AssociationAcceptance acceptance;
        acceptance.max_pdu = 16384;
        for (const ProposedContext& context : request->contexts) {
            ContextAnswer answer{context.id, 4, {}};
            for (const std::string& syntax : context.transfer_syntaxes) {
                if (answer.result != 0 && !conduct_.refused_syntaxes.contains(syntax)) {
                    answer = {context.id, 0, syntax};
                    peer.syntaxes[context.id] = syntax;
                }
            }
            acceptance.contexts.push_back(answer);
        }
        send(peer.socket, encode_associate_accept(*request, acceptance));
        return true;
    }

    bool take_place(Peer& peer) {
        std::unique_lock lock(mutex_);
        if (counts_.open >= conduct_.most) {
            ++counts_.rejected;
            changed_.notify_all();
            if (conduct_.beyond == ManyConduct::Beyond::Reject) {
                send(peer.socket, encode_associate_reject({2, 3, 2}));
                return false;
            }
            // As in the backlog of a receiver that serves one at a time.
            changed_.wait(lock, [this] { return stop_ || counts_.open < conduct_.most; });
            std::byte unwanted{};
            if (stop_ || ::recv(peer.socket, &unwanted, 1, MSG_PEEK | MSG_DONTWAIT) == 0) {
                return false;
            }
        }
        peer.number = ++counts_.associations;
        counts_.most_open = std::max(counts_.most_open, ++counts_.open);
        changed_.notify_all();
        return true;
    }

    /// One message.
    bool serve(Peer& peer) {
        std::vector<std::byte> command;
        std::vector<std::byte> data_set;
        std::uint8_t context = 0;
        for (bool whole = false; !whole;) {
            PduType type{};
            std::vector<std::byte> body;
            if (!receive_pdu(peer.socket, type, body)) {
                return false;
            }
            if (type == PduType::ReleaseRequest) {
                peer.released = true;
                change([](Counts& counts) {
                    --counts.open; // before the other side knows
                    ++counts.releases;
                });
                send(peer.socket, encode_short_pdu(PduType::ReleaseReply));
                return false;
            }
            const auto fragments = parse_data(body);
            if (type != PduType::Data || !fragments) {
                return false;
            }
            for (const Fragment& fragment : *fragments) {
                auto& to = fragment.command ? command : data_set;
                to.insert(to.end(), fragment.bytes.begin(), fragment.bytes.end());
                context = fragment.context;
                whole = whole || (fragment.last && !fragment.command);
            }
        }
        const auto request = parse_command_set(command);
        return request && answer(peer, context, *request, std::move(data_set));
    }

    bool answer(Peer& peer, std::uint8_t context, const CommandSet& request,
                std::vector<std::byte> data_set) {
        ManyConduct::Request asked;
        {
            std::unique_lock lock(mutex_);
            asked = {peer.number, ++peer.requests, ++counts_.requests, ++tries_[request.sop_instance_uid],
                     request.sop_instance_uid};
            counts_.most_busy = std::max(counts_.most_busy, ++counts_.busy);
            changed_.notify_all();
            changed_.wait(lock, [this] { return gate_; });
        }
        const ManyConduct::Answer answer = conduct_.answer(asked);
        change([](Counts& counts) { --counts.busy; });
        using Reply = ManyConduct::Reply;
        switch (answer.reply) {
        case Reply::Abort:
            send(peer.socket, encode_short_pdu(PduType::Abort));
            return false;
        case Reply::Close:
            return false;
        case Reply::Release:
            send(peer.socket, encode_short_pdu(PduType::ReleaseRequest));
            return false;
        case Reply::Never: {
            std::byte unwanted{};
            receive(peer.socket, {&unwanted, 1});
            return false;
        }
        case Reply::Status:
        case Reply::WrongId:
            break;
        }
        if ((answer.status & 0xF000U) == 0xB000U || answer.status == 0) {
            const std::lock_guard lock(mutex_);
            stored_.push_back(
                {peer.number, request.sop_instance_uid, peer.syntaxes[context], std::move(data_set)});
        }
        CommandSet response;
        response.command = Command::StoreResponse;
        response.message_id_responded_to =
            static_cast<std::uint16_t>(request.message_id + (answer.reply == Reply::WrongId ? 1 : 0));
        response.sop_class_uid = request.sop_class_uid;
        response.sop_instance_uid = request.sop_instance_uid;
        response.status = answer.status;
        const auto encoded = encode_command_set(response);
        const auto header =
            encode_data_header(context, true, true, static_cast<std::uint32_t>(encoded.size()));
        std::vector<std::byte> pdu(header.begin(), header.end());
        pdu.insert(pdu.end(), encoded.begin(), encoded.end());
        send(peer.socket, pdu);
        return true;
    }

    const ManyConduct conduct_;
    const int listener_;
    mutable std::mutex mutex_;
    mutable std::condition_variable changed_;
    std::list<Peer> peers_;
    std::map<std::string, int> tries_;
    std::vector<Stored> stored_;
    Counts counts_;
    bool gate_ = true;
    std::atomic<bool> stop_{false};
    std::thread thread_;
};

} // namespace recog::dimse::test
