// raw_copy FOLDER [TIMES]: what the wire can carry. The files of a folder, mapped and in memory, go over one
// loopback connection to a process that reads and discards. Prints, for each time, "SECONDS BYTES".
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <netinet/in.h>
#include <span>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace {

std::vector<std::span<const char>> map_folder(const char* folder) {
    std::vector<std::span<const char>> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        const int file = ::open(entry.path().c_str(), O_RDONLY | O_CLOEXEC);
        const auto size = static_cast<std::size_t>(entry.file_size());
        void* const data = ::mmap(nullptr, size, PROT_READ, MAP_SHARED | MAP_POPULATE, file, 0);
        ::close(file);
        if (data != MAP_FAILED) {
            files.emplace_back(static_cast<const char*>(data), size);
        }
    }
    return files;
}

void discard(int socket) {
    std::vector<char> buffer(1U << 20U);
    while (::recv(socket, buffer.data(), buffer.size(), 0) > 0) {
    }
    const char done = 1;
    [[maybe_unused]] const auto sent = ::send(socket, &done, 1, MSG_NOSIGNAL);
}

/// The two ends of a TCP connection over the loopback interface.
std::array<int, 2> connected_pair() {
    const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    const int client = ::socket(AF_INET, SOCK_STREAM, 0);
    if (::bind(listener, reinterpret_cast<sockaddr*>(&address), length) != 0 || ::listen(listener, 1) != 0 ||
        ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length) != 0 ||
        ::connect(client, reinterpret_cast<sockaddr*>(&address), length) != 0) {
        std::perror("raw_copy");
        std::exit(1);
    }
    const int server = ::accept(listener, nullptr, nullptr);
    ::close(listener);
    return {client, server};
}

bool send_all(int socket, std::span<const char> bytes) {
    while (!bytes.empty()) {
        const ssize_t sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) {
            return false;
        }
        bytes = bytes.subspan(static_cast<std::size_t>(sent));
    }
    return true;
}

} // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        std::fprintf(stderr, "raw_copy FOLDER [TIMES]\n");
        return 2;
    }
    const auto files = map_folder(argv[1]);
    for (int times = argc > 2 ? std::atoi(argv[2]) : 1; times > 0; --times) {
        const auto [client, server] = connected_pair();
        const pid_t reader = ::fork();
        if (reader == 0) {
            ::close(client);
            discard(server);
            std::_Exit(0);
        }
        ::close(server);
        const auto begin = std::chrono::steady_clock::now();
        std::size_t bytes = 0;
        for (const auto& file : files) {
            bytes += send_all(client, file) ? file.size() : 0;
        }
        ::shutdown(client, SHUT_WR);
        char done = 0;
        [[maybe_unused]] const auto got = ::recv(client, &done, 1, 0);
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
        std::printf("%.4f %zu\n", took.count(), bytes);
        ::close(client);
        ::waitpid(reader, nullptr, 0);
    }
    return 0;
}
