// Serves the files of a folder over HTTP on a free port of the loopback interface, in one of several ways:
//
//   web_serve WAY FOLDER     memory    bytes that stand in memory, one thread a connection, nothing but
//   writev()
//                            map       each file mapped and written by writev()
//                            populate  mapped with MAP_POPULATE
//                            sendfile  sendfile()
//                            listener  the web port of the plugin, files mapped
//
// GET /N is the N-th file by name, GET /all all of them in one body. The port is told on standard output; the
// end of standard input ends it.
#include "plugin/web/listener.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <thread>

using namespace recog;

namespace {

struct File {
    std::string path;
    std::size_t size = 0;
    std::string bytes; ///< for "memory"
};

class Mapping {
public:
    Mapping(const File& file, bool populate) : size_(file.size) {
        const int descriptor = ::open(file.path.c_str(), O_RDONLY | O_CLOEXEC);
        address_ =
            ::mmap(nullptr, size_, PROT_READ, MAP_SHARED | (populate ? MAP_POPULATE : 0), descriptor, 0);
        ::close(descriptor);
    }
    ~Mapping() { ::munmap(address_, size_); }
    Mapping(const Mapping&) = delete;
    Mapping& operator=(const Mapping&) = delete;
    dicomweb::Bytes bytes() const { return {static_cast<const std::byte*>(address_), size_}; }

private:
    void* address_ = nullptr;
    std::size_t size_;
};

bool write_all(int socket, const void* bytes, std::size_t size) {
    const char* at = static_cast<const char*>(bytes);
    while (size > 0) {
        iovec part{const_cast<char*>(at), size};
        const auto sent = ::writev(socket, &part, 1);
        if (sent <= 0) {
            return false;
        }
        at += sent;
        size -= static_cast<std::size_t>(sent);
    }
    return true;
}

bool send_file(int socket, const File& file, const std::string& way) {
    if (way == "memory") {
        return write_all(socket, file.bytes.data(), file.bytes.size());
    }
    if (way != "sendfile") {
        const Mapping mapping(file, way == "populate");
        return write_all(socket, mapping.bytes().data(), file.size);
    }
    const int descriptor = ::open(file.path.c_str(), O_RDONLY | O_CLOEXEC);
    off_t at = 0;
    while (static_cast<std::size_t>(at) < file.size && ::sendfile(socket, descriptor, &at, file.size) > 0) {
    }
    ::close(descriptor);
    return static_cast<std::size_t>(at) == file.size;
}

void serve_connection(int socket, const std::vector<File>& files, const std::string& way) {
    const int on = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    char request[4096];
    while (true) {
        const auto got = ::recv(socket, request, sizeof request, 0);
        if (got <= 0) {
            break;
        }
        const std::string name(request + 5, static_cast<std::size_t>(got) - 5);
        std::size_t first = 0;
        std::size_t last = files.size();
        if (!name.starts_with("all")) {
            first = std::stoul(name);
            last = first + 1;
        }
        std::size_t size = 0;
        for (std::size_t i = first; i < last; ++i) {
            size += files[i].size;
        }
        const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n";
        bool ok = ::send(socket, head.data(), head.size(), MSG_MORE | MSG_NOSIGNAL) > 0;
        for (std::size_t i = first; i < last && ok; ++i) {
            ok = send_file(socket, files[i], way);
        }
        if (!ok) {
            break;
        }
    }
    ::close(socket);
}

int serve_by_hand(const std::vector<File>& files, const std::string& way) {
    const int listening = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    ::bind(listening, reinterpret_cast<sockaddr*>(&address), size);
    ::listen(listening, 64);
    ::getsockname(listening, reinterpret_cast<sockaddr*>(&address), &size);
    std::printf("%d\n", ntohs(address.sin_port));
    std::fflush(stdout);
    std::thread([&] {
        while (true) {
            const int socket = ::accept(listening, nullptr, nullptr);
            std::thread([&files, &way, socket] { serve_connection(socket, files, way); }).detach();
        }
    }).detach();
    std::cin.get();
    std::_Exit(0);
}

class Folder final : public dicomweb::Service {
public:
    explicit Folder(const std::vector<File>& files) : files_(files) {}
    dicomweb::Response answer(const dicomweb::Request& request) override {
        dicomweb::Response response;
        response.set_header("Content-Type", "application/dicom");
        const bool all = request.segments.front() == "all";
        const std::size_t first = all ? 0 : std::stoul(request.segments.front());
        for (std::size_t i = first; i < (all ? files_.size() : first + 1); ++i) {
            response.body.append_later(files_[i].size,
                                       [&file = files_[i]]() -> Result<dicomweb::OpenedPiece> {
                                           const auto mapping = std::make_shared<const Mapping>(file, false);
                                           return dicomweb::OpenedPiece{{mapping->bytes()}, mapping};
                                       });
        }
        return response;
    }
    Result<std::unique_ptr<dicomweb::RequestBody>> begin_body(const dicomweb::Request&) override {
        return std::unique_ptr<dicomweb::RequestBody>();
    }
    dicomweb::Response refusal(const Error&) override { return {}; }

private:
    const std::vector<File>& files_;
};

int serve_by_listener(const std::vector<File>& files) {
    Folder service(files);
    SilentLogger logger;
    auto listener = web::Listener::open({}, service, logger);
    if (!listener) {
        return 1;
    }
    (*listener)->start();
    std::printf("%d\n", (*listener)->number());
    std::fflush(stdout);
    std::cin.get();
    return 0;
}

} // namespace

int main(int count, char** arguments) {
    if (count != 3) {
        std::fprintf(stderr, "usage: web_serve memory|map|populate|sendfile|listener FOLDER\n");
        return 2;
    }
    const std::string way = arguments[1];
    std::vector<File> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(arguments[2])) {
        if (entry.is_regular_file()) {
            files.push_back({entry.path().string(), entry.file_size(), {}});
        }
    }
    std::sort(files.begin(), files.end(), [](const File& a, const File& b) { return a.path < b.path; });
    if (way == "memory") {
        for (File& file : files) {
            std::ifstream stream(file.path, std::ios::binary);
            file.bytes.assign(std::istreambuf_iterator<char>(stream), {});
        }
    }
    return way == "listener" ? serve_by_listener(files) : serve_by_hand(files, way);
}
