// find_load HOST PORT CALLING_AET CALLED_AET [OPTION]... KEY...: study-level C-FIND from many workstations at
// once, each on an association of its own that is open before the measuring begins. When all is over, prints
// one line of JSON: questions, answers, seconds, and microseconds from the request to the final response and
// to the first answer (p50, p99, greatest), over all workstations.
//   KEY              GGGG,EEEE or GGGG,EEEE=VALUE; "@" as the value takes the next line of --values
//   --values FILE    one value a line, taken in turn; each workstation begins elsewhere
//   --stations N     (1)
//   --seconds S      how long they ask (5)
//   --questions N    instead of --seconds: this many for each workstation
//   --first          each question is cancelled (C-CANCEL) after its first answer
#include "core/dicom/dictionary.hpp"
#include "core/dicom/element_writer.hpp"
#include "tests/benchmark/dimse/client_association.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>
#include <thread>

using namespace recog;
using namespace recog::bench;

namespace {

constexpr const char* kStudyRootFind = "1.2.840.10008.5.1.4.1.2.2.1";
constexpr const char* kExplicitLittleEndian = "1.2.840.10008.1.2.1";
constexpr std::uint16_t kPending = 0xFF00;
constexpr std::uint16_t kPendingWithWarning = 0xFF01;
constexpr std::uint16_t kCancelled = 0xFE00;

struct Options {
    Peer peer;
    std::vector<std::string> values;
    std::size_t stations = 1;
    double seconds = 5;
    std::size_t questions = 0; ///< 0: as many as go into `seconds`
    bool first = false;
    std::map<dicom::Tag, std::string> keys;
};

struct Measured {
    std::vector<double> whole; ///< microseconds
    std::vector<double> first;
    std::size_t answers = 0;
};

std::vector<std::string> read_lines(const std::string& path) {
    std::ifstream file(path);
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);) {
        lines.push_back(line);
    }
    if (lines.empty()) {
        give_up("there are no values to ask for");
    }
    return lines;
}

void read_key(const std::string& word, Options& options) {
    unsigned group = 0;
    unsigned element = 0;
    if (std::sscanf(word.c_str(), "%4x,%4x", &group, &element) != 2) {
        give_up("a key is GGGG,EEEE or GGGG,EEEE=VALUE");
    }
    const std::size_t equals = word.find('=');
    options.keys[{static_cast<std::uint16_t>(group), static_cast<std::uint16_t>(element)}] =
        equals == std::string::npos ? std::string() : word.substr(equals + 1);
}

Options read_options(const std::vector<std::string>& words) {
    if (words.size() < 5) {
        give_up("find_load HOST PORT CALLING_AET CALLED_AET [OPTION]... KEY...");
    }
    Options options;
    options.peer = {words[0], port_number(words[1]), words[2], words[3]};
    for (std::size_t i = 4; i < words.size(); ++i) {
        const bool more = i + 1 < words.size();
        if (words[i] == "--first") {
            options.first = true;
        } else if (more && words[i] == "--values") {
            options.values = read_lines(words[++i]);
        } else if (more && words[i] == "--stations") {
            options.stations = std::strtoul(words[++i].c_str(), nullptr, 10);
        } else if (more && words[i] == "--seconds") {
            options.seconds = std::strtod(words[++i].c_str(), nullptr);
        } else if (more && words[i] == "--questions") {
            options.questions = std::strtoul(words[++i].c_str(), nullptr, 10);
        } else {
            read_key(words[i], options);
        }
    }
    options.keys[{0x0008, 0x0052}] = "STUDY";
    return options;
}

class Station {
public:
    Station(const Options& options, std::size_t number)
        : options_(options),
          next_(options.values.empty() ? 0 : number * options.values.size() / options.stations),
          association_(options.peer, kStudyRootFind) {}

    void ask_until(double end) {
        std::size_t asked = 0;
        while (options_.questions > 0 ? asked < options_.questions : monotonic_seconds() < end) {
            ask();
            ++asked;
        }
        association_.release();
    }

    Measured measured;

private:
    std::string identifier() {
        dicom::ElementWriter writer(dicom::encoding_of(kExplicitLittleEndian));
        for (const auto& [tag, value] : options_.keys) {
            const bool taken = value == "@" && !options_.values.empty();
            writer.text(tag, dicom::vr_of(tag),
                        taken ? options_.values[next_++ % options_.values.size()] : value);
        }
        return std::string(writer.bytes());
    }

    void ask() {
        const std::string keys = identifier();
        dimse::CommandSet request;
        request.command = dimse::Command::FindRequest;
        request.message_id = ++message_;
        request.sop_class_uid = kStudyRootFind;
        const double begin = monotonic_seconds();
        association_.send(request, std::as_bytes(std::span(keys)));
        bool cancelled = false;
        for (std::size_t answers = 0;; ++answers) {
            const dimse::CommandSet response = association_.receive();
            const double spent = 1e6 * (monotonic_seconds() - begin);
            if (answers == 0) {
                measured.first.push_back(spent);
            }
            if (response.status != kPending && response.status != kPendingWithWarning) {
                if (response.status != 0 && !(cancelled && response.status == kCancelled)) {
                    give_up("a C-FIND ended with a failure: " + response.error_comment);
                }
                measured.whole.push_back(spent);
                measured.answers += answers;
                return;
            }
            if (options_.first && !cancelled) {
                dimse::CommandSet cancel;
                cancel.command = dimse::Command::CancelRequest;
                cancel.message_id_responded_to = message_;
                association_.send(cancel, {});
                cancelled = true;
            }
        }
    }

    const Options& options_;
    std::size_t next_;
    std::uint16_t message_ = 0;
    ClientAssociation association_;
};

void print_times(const char* name, std::vector<double>& times) {
    std::sort(times.begin(), times.end());
    std::printf(", \"%s_p50\": %.0f, \"%s_p99\": %.0f, \"%s_most\": %.0f", name, times[times.size() / 2],
                name, times[times.size() * 99 / 100], name, times.back());
}

} // namespace

int main(int argc, char** argv) {
    const Options options = read_options({argv + 1, argv + argc});
    static_cast<void>(dicom::vr_of({0x0010, 0x0020})); // the dictionary is loaded before the clock runs
    std::vector<std::unique_ptr<Station>> stations;
    for (std::size_t i = 0; i < options.stations; ++i) {
        stations.push_back(std::make_unique<Station>(options, i));
    }
    const double begin = monotonic_seconds();
    {
        std::vector<std::jthread> threads;
        for (const auto& station : stations) {
            threads.emplace_back([&station, end = begin + options.seconds] { station->ask_until(end); });
        }
    }
    const double seconds = monotonic_seconds() - begin;
    Measured all;
    for (const auto& station : stations) {
        all.answers += station->measured.answers;
        all.whole.insert(all.whole.end(), station->measured.whole.begin(), station->measured.whole.end());
        all.first.insert(all.first.end(), station->measured.first.begin(), station->measured.first.end());
    }
    if (all.whole.empty()) {
        give_up("nothing was asked");
    }
    std::printf("{\"questions\": %zu, \"answers\": %zu, \"seconds\": %.4f", all.whole.size(), all.answers,
                seconds);
    print_times("whole", all.whole);
    print_times("first", all.first);
    std::printf("}\n");
    return 0;
}
