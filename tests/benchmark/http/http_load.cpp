// http_load: asks an HTTP server for a list of paths over kept-alive connections, reads every byte, and says
// how long it took. One thread a connection; each takes the next path of the list. Prints one JSON object.
// Exit codes: 0 asked; 1 a reply was not whole or not of the status that was wanted; 2 the command line is
// wrong.
#include "tests/benchmark/http/http_connection.hpp"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace recog::benchmark;
using Clock = std::chrono::steady_clock;

constexpr const char* help_text =
    R"(Usage: http_load PORT [options] [PATH ...]

  --host ADDRESS         an IPv4 address (127.0.0.1)
  --connections N        kept-alive connections, each with a thread (1)
  --repeat N             times that the list is asked for (1)
  --seconds N            begins no further request after so long (no limit)
  --paths FILE           more paths, one a line
  --header "Name: value" as often as wanted
  --post FILE            sends the file as the body, by POST
  --save FILE            writes the body of the last reply of the first connection
  --status N             the status that every reply must have (200)
)";

struct Options {
    std::string host = "127.0.0.1";
    int port = 0;
    int connections = 1;
    int repeat = 1;
    int seconds = 0;
    int status = 200;
    std::vector<std::string> paths;
    std::string headers;
    std::optional<std::string> post;
    std::string save;
};

bool read_number(const std::string& text, int& number) {
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    return failure == std::errc{} && end == text.data() + text.size() && number >= 0;
}

bool read_file(const std::string& path, std::string& bytes) {
    std::ifstream file(path, std::ios::binary);
    bytes.assign(std::istreambuf_iterator<char>(file), {});
    return file.good() || file.eof();
}

bool read_paths(const std::string& path, std::vector<std::string>& paths) {
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
        if (!line.empty()) {
            paths.push_back(line);
        }
    }
    return !paths.empty();
}

bool set_option(Options& options, const std::string& name, const std::string& value) {
    if (name == "--host") {
        options.host = value;
    } else if (name == "--header") {
        options.headers += value + "\r\n";
    } else if (name == "--save") {
        options.save = value;
    } else if (name == "--post") {
        return read_file(value, options.post.emplace());
    } else if (name == "--paths") {
        return read_paths(value, options.paths);
    } else if (name == "--connections") {
        return read_number(value, options.connections) && options.connections > 0;
    } else if (name == "--repeat") {
        return read_number(value, options.repeat);
    } else if (name == "--seconds") {
        return read_number(value, options.seconds);
    } else if (name == "--status") {
        return read_number(value, options.status);
    } else {
        return false;
    }
    return true;
}

std::optional<Options> read_options(const std::vector<std::string>& words) {
    Options options;
    if (words.empty() || !read_number(words.front(), options.port) || options.port > 65535) {
        return std::nullopt;
    }
    for (std::size_t at = 1; at < words.size(); ++at) {
        if (!words[at].starts_with("--")) {
            options.paths.push_back(words[at]);
        } else if (at + 1 == words.size() || !set_option(options, words[at], words[at + 1])) {
            return std::nullopt;
        } else {
            ++at;
        }
    }
    return options.paths.empty() ? std::nullopt : std::optional(std::move(options));
}

std::string request_head(const Options& options, const std::string& path) {
    std::string head = (options.post ? "POST " : "GET ") + path + " HTTP/1.1\r\nHost: " + options.host + ":" +
                       std::to_string(options.port) + "\r\n" + options.headers;
    if (options.post) {
        head += "Content-Length: " + std::to_string(options.post->size()) + "\r\n";
    }
    return head + "\r\n";
}

/// What one connection has seen.
struct Seen {
    std::vector<double> microseconds;
    std::uint64_t body = 0;
    std::uint64_t received = 0;
    std::uint64_t connects = 0;
    std::string failure;
    std::string last_body;
};

class Load {
public:
    explicit Load(const Options& options) : options_(options) {
        for (const std::string& path : options.paths) {
            heads_.push_back(request_head(options, path));
        }
    }

    void run(Seen& seen, bool keep) {
        HttpConnection connection(options_.host, static_cast<std::uint16_t>(options_.port));
        const std::size_t total = heads_.size() * static_cast<std::size_t>(options_.repeat);
        for (std::size_t at = next_++; at < total && !stopped_; at = next_++) {
            const auto before = Clock::now();
            if (options_.seconds > 0 && before - begin_ > std::chrono::seconds(options_.seconds)) {
                break;
            }
            seen.last_body.clear();
            const Reply reply =
                connection.exchange(heads_[at % heads_.size()], body_, keep ? &seen.last_body : nullptr);
            const std::chrono::duration<double, std::micro> took = Clock::now() - before;
            if (!reply.failure.empty() || reply.status != options_.status) {
                seen.failure = reply.failure.empty() ? "a reply has status " + std::to_string(reply.status)
                                                     : reply.failure;
                stopped_ = true;
                break;
            }
            seen.microseconds.push_back(took.count());
            seen.body += reply.body;
        }
        seen.connects = connection.connects();
        seen.received = connection.received();
    }

private:
    const Options& options_;
    std::span<const char> body_ =
        options_.post ? std::span<const char>(*options_.post) : std::span<const char>();
    std::vector<std::string> heads_;
    std::atomic<std::size_t> next_ = 0;
    std::atomic<bool> stopped_ = false;
    Clock::time_point begin_ = Clock::now();
};

double percentile(const std::vector<double>& sorted, double part) {
    return sorted.empty() ? 0
                          : sorted[static_cast<std::size_t>(part * static_cast<double>(sorted.size() - 1))];
}

void print(const std::vector<Seen>& all, double seconds) {
    Seen sum;
    for (const Seen& seen : all) {
        sum.microseconds.insert(sum.microseconds.end(), seen.microseconds.begin(), seen.microseconds.end());
        sum.body += seen.body;
        sum.received += seen.received;
        sum.connects += seen.connects;
    }
    std::sort(sum.microseconds.begin(), sum.microseconds.end());
    std::printf(
        "{\"requests\": %zu, \"seconds\": %.6f, \"body\": %llu, \"received\": %llu, \"connects\": %llu, "
        "\"p50\": %.1f, \"p90\": %.1f, \"p99\": %.1f, \"most\": %.1f}\n",
        sum.microseconds.size(), seconds, static_cast<unsigned long long>(sum.body),
        static_cast<unsigned long long>(sum.received), static_cast<unsigned long long>(sum.connects),
        percentile(sum.microseconds, 0.5), percentile(sum.microseconds, 0.9),
        percentile(sum.microseconds, 0.99), percentile(sum.microseconds, 1));
}

int load(const Options& options) {
    Load load(options);
    std::vector<Seen> seen(static_cast<std::size_t>(options.connections));
    const auto begin = Clock::now();
    std::vector<std::thread> threads;
    for (Seen& one : seen) {
        threads.emplace_back(
            [&load, &one, keep = !options.save.empty() && &one == &seen.front()] { load.run(one, keep); });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    const std::chrono::duration<double> took = Clock::now() - begin;
    for (const Seen& one : seen) {
        if (!one.failure.empty()) {
            std::cerr << "http_load: " << one.failure << "\n";
            return 1;
        }
    }
    if (!options.save.empty()) {
        std::ofstream(options.save, std::ios::binary) << seen.front().last_body;
    }
    print(seen, took.count());
    return 0;
}

} // namespace

int main(int argc, char** argv) {
    const auto options = read_options({argv + 1, argv + argc});
    if (!options) {
        std::cerr << help_text;
        return 2;
    }
    return load(*options);
}
