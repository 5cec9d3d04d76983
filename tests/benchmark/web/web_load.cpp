// Fetches URLs over kept connections and drops what comes, as fast as the other side gives it.
//
//   web_load PORT CONNECTIONS ACCEPT < list of paths, one a line
//
// Prints a JSON object: seconds, bytes of bodies, connections that were made.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace {

constexpr std::size_t kBuffer = std::size_t{1} << 20U;

std::atomic<std::size_t> next_path = 0;
std::atomic<std::uint64_t> bytes_got = 0;
std::atomic<int> connections_made = 0;

int connect_to(std::uint16_t port) {
    const int made = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int on = 1;
    ::setsockopt(made, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (::connect(made, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
        std::fprintf(stderr, "web_load: nobody listens on port %d\n", port);
        std::_Exit(1);
    }
    ++connections_made;
    return made;
}

std::string field(const std::string& head, const char* name) {
    const std::size_t at = head.find(name);
    if (at == std::string::npos) {
        return {};
    }
    const std::size_t begin = at + std::char_traits<char>::length(name);
    return head.substr(begin, head.find("\r\n", begin) - begin);
}

/// Whether the connection can be used again. Without a length the body ends with the connection.
bool fetch(int socket, const std::string& request, std::vector<char>& buffer) {
    if (::send(socket, request.data(), request.size(), MSG_NOSIGNAL) < 0) {
        std::fprintf(stderr, "web_load: the connection is gone\n");
        std::_Exit(1);
    }
    std::string head;
    std::size_t end = 0;
    while ((end = head.find("\r\n\r\n")) == std::string::npos) {
        const auto got = ::recv(socket, buffer.data(), buffer.size(), 0);
        if (got <= 0) {
            std::fprintf(stderr, "web_load: no answer\n");
            std::_Exit(1);
        }
        head.append(buffer.data(), static_cast<std::size_t>(got));
    }
    std::uint64_t body = head.size() - end - 4;
    head.resize(end + 2);
    if (head.compare(9, 3, "200") != 0) {
        std::fprintf(stderr, "web_load: %s", head.c_str());
        std::_Exit(1);
    }
    const std::string length = field(head, "Content-Length: ");
    const std::uint64_t size = length.empty() ? UINT64_MAX : std::stoull(length);
    while (body < size) {
        const auto got = ::recv(socket, buffer.data(), buffer.size(), 0);
        if (got <= 0) {
            break;
        }
        body += static_cast<std::uint64_t>(got);
    }
    bytes_got += body;
    return body == size && field(head, "Connection: ") != "close";
}

void work(std::uint16_t port, const std::vector<std::string>& paths, const std::string& accept) {
    std::vector<char> buffer(kBuffer);
    int socket = -1;
    while (true) {
        const std::size_t index = next_path++;
        if (index >= paths.size()) {
            break;
        }
        if (socket < 0) {
            socket = connect_to(port);
        }
        const std::string request = "GET " + paths[index] +
                                    " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(port) +
                                    "\r\nAccept: " + accept + "\r\n\r\n";
        if (!fetch(socket, request, buffer)) {
            ::close(socket);
            socket = -1;
        }
    }
    if (socket >= 0) {
        ::close(socket);
    }
}

} // namespace

int main(int count, char** arguments) {
    if (count != 4) {
        std::fprintf(stderr, "usage: web_load PORT CONNECTIONS ACCEPT < paths\n");
        return 2;
    }
    const auto port = static_cast<std::uint16_t>(std::stoi(arguments[1]));
    std::vector<std::string> paths;
    for (std::string line; std::getline(std::cin, line);) {
        paths.push_back(line);
    }
    const auto begin = std::chrono::steady_clock::now();
    std::vector<std::thread> threads;
    for (int i = 0; i < std::stoi(arguments[2]); ++i) {
        threads.emplace_back([&] { work(port, paths, arguments[3]); });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    std::printf("{\"seconds\": %.6f, \"bytes\": %llu, \"connections\": %d}\n", took.count(),
                static_cast<unsigned long long>(bytes_got.load()), connections_made.load());
    return 0;
}
