// store_sink PORT [--connections N] [--expect INSTANCES]: a minimal C-STORE SCP that accepts every context
// with the first syntax offered, reads in big pieces, discards the bytes and answers 0000 at once. More than
// N associations at once are rejected ("local limit exceeded"). After every INSTANCES (else when it is
// terminated) it prints one line, times in seconds of CLOCK_MONOTONIC (Python's time.monotonic()):
//   300 instances 157999200 bytes associations 2 accepted 1234.500001 first 1234.511222 last 1234.612345
// where `accepted` is the first association since the last line, or 0 when one was kept.
#include "plugin/dimse/command_set.hpp"
#include "plugin/dimse/pdu.hpp"

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

using namespace recog;
using namespace recog::dimse;

namespace {

using Bytes = std::span<const std::byte>;

double now() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

class Tally {
public:
    explicit Tally(std::size_t expected) : expected_(expected) {}

    void association() {
        const std::lock_guard lock(mutex_);
        accepted_ = associations_++ == 0 ? now() : accepted_;
    }
    void instance(std::size_t bytes) {
        const std::lock_guard lock(mutex_);
        last_ = now();
        first_ = instances_++ == 0 ? last_ : first_;
        bytes_ += bytes;
        if (instances_ == expected_) {
            print();
        }
    }
    void finish() {
        const std::lock_guard lock(mutex_);
        if (expected_ == 0) {
            print();
        }
    }

private:
    void print() {
        std::printf("%zu instances %zu bytes associations %zu accepted %.6f first %.6f last %.6f\n",
                    instances_, bytes_, associations_, accepted_, first_, last_);
        std::fflush(stdout);
        instances_ = bytes_ = associations_ = 0;
        accepted_ = first_ = last_ = 0;
    }

    const std::size_t expected_;
    std::mutex mutex_;
    std::size_t instances_ = 0;
    std::size_t bytes_ = 0;
    std::size_t associations_ = 0;
    double accepted_ = 0;
    double first_ = 0;
    double last_ = 0;
};

class Peer {
public:
    Peer(int socket, Tally& tally) : socket_(socket), tally_(tally), buffer_(READ) {
        const int on = 1;
        ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }
    ~Peer() { ::close(socket_); }
    Peer(const Peer&) = delete;
    Peer& operator=(const Peer&) = delete;

    void serve(bool reject) {
        for (;;) {
            const Bytes header = take(PDU_HEADER);
            if (header.empty()) {
                return;
            }
            const auto type = static_cast<PduType>(header[0]);
            const std::size_t length = number(header.subspan(2, 4));
            const bool goes_on = type == PduType::Data               ? data(length)
                                 : type == PduType::AssociateRequest ? associate(length, reject)
                                 : type == PduType::ReleaseRequest   ? release()
                                                                     : false;
            if (!goes_on) {
                return;
            }
        }
    }

private:
    static constexpr std::size_t READ = 1U << 20U;
    static constexpr std::uint32_t MAX_PDU = 131072;

    static std::size_t number(Bytes bytes) {
        std::size_t value = 0;
        for (const std::byte b : bytes) {
            value = (value << 8U) | std::to_integer<std::size_t>(b);
        }
        return value;
    }

    bool fill() {
        const ssize_t got = ::recv(socket_, buffer_.data() + end_, buffer_.size() - end_, 0);
        end_ += got > 0 ? static_cast<std::size_t>(got) : 0;
        return got > 0;
    }

    /// So many bytes in one piece, at most READ / 2; empty at the end of the connection.
    Bytes take(std::size_t size) {
        if (buffer_.size() - begin_ < size || begin_ == end_) {
            std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
            end_ -= begin_;
            begin_ = 0;
        }
        while (end_ - begin_ < size) {
            if (!fill()) {
                return {};
            }
        }
        begin_ += size;
        return {buffer_.data() + begin_ - size, size};
    }

    bool skip(std::size_t size) {
        while (size > 0) {
            if (begin_ == end_) {
                begin_ = end_ = 0;
                if (!fill()) {
                    return false;
                }
            }
            const std::size_t piece = std::min(size, end_ - begin_);
            begin_ += piece;
            size -= piece;
        }
        return true;
    }

    bool send(Bytes bytes) const {
        return ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
               static_cast<ssize_t>(bytes.size());
    }

    bool associate(std::size_t length, bool reject) {
        if (length > READ / 2) {
            return false;
        }
        const auto request = parse_associate_request(take(length));
        if (!request || reject) {
            send(encode_associate_reject({2, 3, 2}));
            return false;
        }
        tally_.association();
        AssociationAcceptance acceptance;
        acceptance.max_pdu = MAX_PDU;
        for (const ProposedContext& context : request->contexts) {
            acceptance.contexts.push_back({context.id, 0, context.transfer_syntaxes.front()});
        }
        return send(encode_associate_accept(*request, acceptance));
    }

    bool release() {
        skip(4);
        send(encode_short_pdu(PduType::ReleaseReply));
        return false;
    }

    bool data(std::size_t length) {
        while (length >= PDV_HEADER) {
            const Bytes header = take(PDV_HEADER);
            if (header.empty() || number(header.first(4)) + 4 > length || number(header.first(4)) < 2) {
                return false;
            }
            const std::size_t size = number(header.first(4)) - 2;
            const auto context = std::to_integer<std::uint8_t>(header[4]);
            const auto control = std::to_integer<unsigned>(header[5]);
            length -= PDV_HEADER + size;
            if (!((control & 1U) != 0 ? command(size) : skip(size))) {
                return false;
            }
            if ((control & 1U) == 0) {
                bytes_ += size;
            }
            if (control == 2 && !answer(context)) {
                return false;
            }
        }
        return length == 0;
    }

    bool command(std::size_t size) {
        if (size > READ / 2) {
            return false;
        }
        const Bytes bytes = take(size);
        command_.insert(command_.end(), bytes.begin(), bytes.end());
        return bytes.size() == size;
    }

    bool answer(std::uint8_t context) {
        const auto request = parse_command_set(command_);
        command_.clear();
        if (!request) {
            return false;
        }
        tally_.instance(std::exchange(bytes_, 0));
        CommandSet response;
        response.command = Command::StoreResponse;
        response.message_id_responded_to = request->message_id;
        response.sop_class_uid = request->sop_class_uid;
        response.sop_instance_uid = request->sop_instance_uid;
        const auto encoded = encode_command_set(response);
        const auto header =
            encode_data_header(context, true, true, static_cast<std::uint32_t>(encoded.size()));
        std::vector<std::byte> pdu(header.begin(), header.end());
        pdu.insert(pdu.end(), encoded.begin(), encoded.end());
        return send(pdu);
    }

    const int socket_;
    Tally& tally_;
    std::vector<std::byte> buffer_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    std::vector<std::byte> command_;
    std::size_t bytes_ = 0;
};

std::atomic<bool> terminated{false};
int listener = -1;

void on_terminate(int) {
    terminated = true;
    ::shutdown(listener, SHUT_RDWR);
}

} // namespace

int main(int argc, char** argv) {
    std::size_t most = 1000;
    std::size_t expected = 0;
    for (int i = 2; i + 1 < argc; i += 2) {
        (std::strcmp(argv[i], "--connections") == 0 ? most : expected) =
            static_cast<std::size_t>(std::atol(argv[i + 1]));
    }
    if (argc < 2) {
        std::fprintf(stderr, "store_sink PORT [--connections N] [--expect INSTANCES]\n");
        return 2;
    }
    listener = ::socket(AF_INET, SOCK_STREAM, 0);
    const int on = 1;
    ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(std::atoi(argv[1])));
    if (::bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(listener, 64) != 0) {
        std::perror("store_sink");
        return 1;
    }
    std::signal(SIGTERM, on_terminate);
    std::signal(SIGINT, on_terminate);
    Tally tally(expected);
    std::atomic<std::size_t> connections{0};
    while (!terminated) {
        const int socket = ::accept(listener, nullptr, nullptr);
        if (socket < 0) {
            continue;
        }
        const bool reject = ++connections > most;
        std::thread([socket, reject, &tally, &connections] {
            Peer(socket, tally).serve(reject);
            --connections;
        }).detach();
    }
    tally.finish();
    std::_Exit(0); // threads of open connections end with the process
}
