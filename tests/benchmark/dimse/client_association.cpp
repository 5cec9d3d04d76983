#include "tests/benchmark/dimse/client_association.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace recog::bench {

namespace {

constexpr std::size_t kReadAhead = 65'536;
constexpr const char* kExplicitLittleEndian = "1.2.840.10008.1.2.1";

int connect_to(const Peer& peer) {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(peer.port);
    const int on = 1;
    if (::inet_pton(AF_INET, peer.host.c_str(), &address.sin_addr) != 1 ||
        ::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0) {
        give_up("the server cannot be reached");
    }
    return socket;
}

} // namespace

double monotonic_seconds() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

void give_up(const std::string& sentence) {
    std::fprintf(stderr, "%s\n", sentence.c_str());
    std::_Exit(1); // other threads may be in the middle of their questions
}

std::uint16_t port_number(const std::string& text) {
    const long number = std::strtol(text.c_str(), nullptr, 10);
    if (number < 1 || number > 65535) {
        give_up("a port is a number from 1 to 65535");
    }
    return static_cast<std::uint16_t>(number);
}

ClientAssociation::ClientAssociation(const Peer& peer, const std::string& abstract_syntax,
                                     const std::string& received_sop_class)
    : socket_(connect_to(peer)), buffer_(kReadAhead) {
    dimse::AssociationRequest request;
    request.called_aet = peer.called_aet;
    request.calling_aet = peer.calling_aet;
    request.contexts = {{kRequests, abstract_syntax, {kExplicitLittleEndian}}};
    if (!received_sop_class.empty()) {
        request.contexts.push_back({kInstances, received_sop_class, {kExplicitLittleEndian}});
        request.roles = {{received_sop_class, false, true}};
    }
    write(dimse::encode_associate_request(request));
    dimse::PduType type{};
    const auto body = read_pdu(type);
    if (type != dimse::PduType::AssociateAccept) {
        give_up("the association was rejected");
    }
    const auto accepted = dimse::parse_associate_accept(body);
    if (!accepted || accepted->contexts.size() != request.contexts.size() ||
        std::any_of(accepted->contexts.begin(), accepted->contexts.end(),
                    [](const auto& context) { return context.result != 0; })) {
        give_up("a presentation context was not accepted");
    }
}

ClientAssociation::~ClientAssociation() {
    ::close(socket_);
}

void ClientAssociation::send(dimse::CommandSet command, std::span<const std::byte> data_set,
                             std::uint8_t context) {
    command.has_data_set = !data_set.empty();
    const auto encoded = dimse::encode_command_set(command);
    std::vector<std::byte> bytes;
    const auto append = [&bytes, context](bool is_command, std::span<const std::byte> part) {
        const auto header =
            dimse::encode_data_header(context, is_command, true, static_cast<std::uint32_t>(part.size()));
        bytes.insert(bytes.end(), header.begin(), header.end());
        bytes.insert(bytes.end(), part.begin(), part.end());
    };
    append(true, encoded);
    if (command.has_data_set) {
        append(false, data_set);
    }
    write(bytes);
}

dimse::CommandSet ClientAssociation::receive() {
    std::vector<std::byte> command_bytes;
    dimse::CommandSet command;
    bool have_command = false;
    for (;;) {
        dimse::PduType type{};
        const auto body = read_pdu(type);
        const auto fragments = dimse::parse_data(body);
        if (type != dimse::PduType::Data || !fragments) {
            give_up("the server ended the association");
        }
        for (const dimse::Fragment& fragment : *fragments) {
            if (fragment.command) {
                command_bytes.insert(command_bytes.end(), fragment.bytes.begin(), fragment.bytes.end());
            }
            if (fragment.command && fragment.last) {
                auto parsed = dimse::parse_command_set(command_bytes);
                if (!parsed) {
                    give_up("the server's command set cannot be read");
                }
                command = *std::move(parsed);
                have_command = true;
            }
            if (have_command && fragment.last && fragment.command != command.has_data_set) {
                return command;
            }
        }
    }
}

void ClientAssociation::release() {
    write(dimse::encode_short_pdu(dimse::PduType::ReleaseRequest));
    dimse::PduType type{};
    read_pdu(type);
}

std::span<const std::byte> ClientAssociation::read_pdu(dimse::PduType& type) {
    std::array<std::byte, dimse::PDU_HEADER> bytes{};
    read_exactly(bytes.data(), bytes.size());
    const auto header = dimse::parse_pdu_header(bytes);
    if (!header) {
        give_up("the server's PDU cannot be read");
    }
    type = header->type;
    body_.resize(header->length);
    read_exactly(body_.data(), body_.size());
    return body_;
}

void ClientAssociation::read_exactly(std::byte* to, std::size_t size) {
    while (size > 0) {
        if (begin_ == end_) {
            const ssize_t got = ::recv(socket_, buffer_.data(), buffer_.size(), 0);
            if (got <= 0) {
                give_up("the server closed the connection");
            }
            begin_ = 0;
            end_ = static_cast<std::size_t>(got);
        }
        const std::size_t piece = std::min(size, end_ - begin_);
        std::memcpy(to, buffer_.data() + begin_, piece);
        begin_ += piece;
        to += piece;
        size -= piece;
    }
}

void ClientAssociation::write(std::span<const std::byte> bytes) const {
    while (!bytes.empty()) {
        const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) {
            give_up("the server closed the connection");
        }
        bytes = bytes.subspan(static_cast<std::size_t>(sent));
    }
}

} // namespace recog::bench
