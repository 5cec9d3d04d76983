// What a large Store request costs in memory: streams one into the service and prints the most that the
// process held, as Linux counts it.
//
//   benchmark_store [--gigabytes N] [--part-megabytes N] [--metadata] [--directory D] [--quick]
//
// --metadata: one JSON part for each gigabyte, each with one bulk data part of a gigabyte. Anonymous memory
// is what nobody can take back; VmHWM counts the pages of mapped temporary files too, which the system may
// drop. Ends with 1 when more than 64 MiB of anonymous memory was held.
#include "core/service/store_service.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>

using namespace recog;

namespace {

constexpr std::size_t kMegabyte = 1U << 20U;
constexpr std::size_t kMostAnonymous = 64 * kMegabyte;

/// A line of /proc/self/status in bytes.
std::size_t status_line(const std::string& name) {
    std::ifstream in("/proc/self/status");
    for (std::string line; std::getline(in, line);) {
        if (line.starts_with(name + ":")) {
            return std::strtoull(line.c_str() + name.size() + 1, nullptr, 10) * 1024;
        }
    }
    return 0;
}

/// Reads every byte, as an archive would.
class ReadingTarget final : public service::StoreTarget {
public:
    std::atomic<std::uint64_t> bytes{0};
    std::atomic<std::uint64_t> sum{0};
    std::atomic<std::size_t> anonymous{0};

    Result<service::TakenFile> store(std::span<const std::byte> file) override {
        std::uint64_t own = 0;
        for (std::size_t at = 0; at + 8 <= file.size(); at += 8) {
            std::uint64_t word = 0;
            std::memcpy(&word, file.data() + at, sizeof(word));
            own += word;
        }
        sum += own;
        bytes += file.size();
        look();
        return service::TakenFile{};
    }
    Result<std::unique_ptr<service::InstanceFile>> open(const std::string& /*id*/) override {
        return error(ErrorKind::NotFound, "nothing is held");
    }
    void look() { anonymous = std::max(anonymous.load(), status_line("RssAnon")); }
};

std::string le(std::uint64_t number, unsigned bytes) {
    std::string out;
    for (unsigned i = 0; i < bytes; ++i) {
        out += static_cast<char>((number >> (8U * i)) & 0xFFU);
    }
    return out;
}

std::string uid(std::uint16_t group, std::uint16_t element, std::string value) {
    value += value.size() % 2 != 0 ? std::string(1, '\0') : std::string();
    return le(group, 2) + le(element, 2) + "UI" + le(value.size(), 2) + value;
}

std::string instance_head(std::size_t number, std::size_t pixels) {
    const std::string sop = "1.2.826.0.1.3680043.10.1999.8." + std::to_string(number);
    return std::string(128, '\0') + "DICM" + uid(2, 2, "1.2.840.10008.5.1.4.1.1.7") + uid(2, 3, sop) +
           uid(2, 16, "1.2.840.10008.1.2.1") + uid(8, 0x16, "1.2.840.10008.5.1.4.1.1.7") + uid(8, 0x18, sop) +
           uid(0x20, 0x0D, "1.2.826.0.1.3680043.10.1999.8") +
           uid(0x20, 0x0E, "1.2.826.0.1.3680043.10.1999.8.0") + le(0x7FE0, 2) + le(0x10, 2) + "OW" +
           le(0, 2) + le(pixels, 4);
}

std::string metadata(std::size_t number) {
    const auto row = [](const char* tag, const std::string& value) {
        return std::string("\"") + tag + "\":{\"vr\":\"UI\",\"Value\":[\"" + value + "\"]},";
    };
    return "[{" + row("00080016", "1.2.840.10008.5.1.4.1.1.7") +
           row("00080018", "1.2.826.0.1.3680043.10.1999.8." + std::to_string(number)) +
           row("0020000D", "1.2.826.0.1.3680043.10.1999.8") +
           row("0020000E", "1.2.826.0.1.3680043.10.1999.8.0") +
           "\"7FE00010\":{\"vr\":\"OW\",\"BulkDataURI\":\"bulk/" + std::to_string(number) + "\"}}]";
}

struct Options {
    std::size_t bytes = 4096 * kMegabyte;
    std::size_t part = 64 * kMegabyte;
    bool metadata = false;
    std::string directory = "/var/tmp";
};

Options read_options(int count, char** words) {
    Options options;
    for (int i = 1; i < count; ++i) {
        const std::string word = words[i];
        const auto number = [&] { return i + 1 < count ? std::strtoull(words[++i], nullptr, 10) : 0; };
        if (word == "--gigabytes") {
            options.bytes = number() * 1024 * kMegabyte;
        } else if (word == "--part-megabytes") {
            options.part = number() * kMegabyte;
        } else if (word == "--metadata") {
            options.metadata = true;
        } else if (word == "--directory" && i + 1 < count) {
            options.directory = words[++i];
        } else if (word == "--quick") {
            options.bytes = 192 * kMegabyte;
            options.part = 48 * kMegabyte;
        }
    }
    return options;
}

class Sender {
public:
    Sender(dicomweb::RequestBody& body, ReadingTarget& target) : body_(body), target_(target) {}

    void send(const std::string& text) { check(body_.add(std::as_bytes(std::span(text)))); }
    void send_noise(std::size_t bytes) {
        while (bytes > 0) {
            const std::size_t piece = std::min(bytes, noise_.size());
            check(body_.add(std::as_bytes(std::span(noise_)).first(piece)));
            bytes -= piece;
            target_.look();
        }
    }

private:
    static void check(const Status& status) {
        if (!status) {
            std::fprintf(stderr, "%s\n", status.failure().text.c_str());
            std::exit(2);
        }
    }
    static std::string make_noise() {
        std::string noise(kMegabyte, '\0');
        std::uint32_t state = 1;
        for (char& c : noise) {
            state = state * 1664525U + 1013904223U;
            c = static_cast<char>(state >> 24U);
        }
        return noise;
    }
    dicomweb::RequestBody& body_;
    ReadingTarget& target_;
    const std::string noise_ = make_noise();
};

void send_all(Sender& sender, const Options& options) {
    const std::size_t parts = std::max<std::size_t>(1, options.bytes / options.part);
    for (std::size_t n = 1; n <= parts && options.metadata; ++n) {
        sender.send("--b\r\nContent-Type: application/dicom+json\r\n\r\n" + metadata(n) + "\r\n");
    }
    for (std::size_t n = 1; n <= parts; ++n) {
        sender.send(options.metadata
                        ? "--b\r\nContent-Type: application/octet-stream\r\nContent-Location: bulk/" +
                              std::to_string(n) + "\r\n\r\n"
                        : "--b\r\nContent-Type: application/dicom\r\n\r\n" + instance_head(n, options.part));
        sender.send_noise(options.part);
        sender.send("\r\n");
    }
    sender.send("--b--\r\n");
}

} // namespace

int main(int count, char** words) {
    const Options options = read_options(count, words);
    ReadingTarget target;
    service::StoreSettings settings;
    settings.directory = options.directory;
    SilentLogger logger;
    service::StoreService service(target, settings, logger);
    const std::string type = options.metadata ? "application/dicom+json" : "application/dicom";
    auto body =
        service.begin({*dicomweb::parse_media_type("multipart/related; type=\"" + type + "\"; boundary=b"),
                       "", "http://node/dicom-web", "application/dicom+json"});
    const auto begin = std::chrono::steady_clock::now();
    Sender sender(**body, target);
    send_all(sender, options);
    const dicomweb::Response response = (*body)->finish();
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    std::printf(
        "status %d, %.2f GiB in %.1f s (%.0f MB/s), anonymous memory at most %.1f MiB, VmHWM %.1f MiB\n",
        response.status, static_cast<double>(target.bytes) / (1024.0 * kMegabyte), seconds,
        static_cast<double>(target.bytes) / 1e6 / seconds, static_cast<double>(target.anonymous) / kMegabyte,
        static_cast<double>(status_line("VmHWM")) / kMegabyte);
    const bool complete = response.status == 200 && target.bytes >= options.bytes;
    return complete && target.anonymous <= kMostAnonymous ? 0 : 1;
}
