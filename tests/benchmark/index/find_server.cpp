// find_server --database FILE [--store N] [--cards FILE]: the query/retrieve port and the web port in front
// of an index of a generated region (fill_index), without Orthanc, for whoever asks. N instances a second are
// stored meanwhile through the ingest, in studies of 300 slices, and every question waits for what was pushed
// before it, as in the node; they are deleted at the end. --cards: writes 10,000 numbers to ask for, one a
// line. Prints "port NUMBER persons N studies N web NUMBER" when it listens, and, when it is terminated,
// "stored N".
#include "plugin/port/find_handler.hpp"
#include "plugin/port/port.hpp"
#include "tests/benchmark/index/ingesting.hpp"
#include "tests/benchmark/index/node_parts.hpp"
#include "tests/benchmark/index/region_filler.hpp"
#include "tests/benchmark/index/search_door.hpp"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>

using namespace recog;
using recog::bench::must;
using recog::bench::stop;
using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t kCards = 10'000;

struct Options {
    std::string database;
    std::string cards;
    std::uint64_t per_second = 0;
};

Options read_options(int count, char** arguments) {
    Options options;
    const std::string usage = "find_server --database FILE [--store N] [--cards FILE]";
    bench::read_options(
        count, arguments,
        {{"--database", &options.database}, {"--cards", &options.cards}, {"--store", &options.per_second}},
        usage);
    if (options.database.empty()) {
        stop("usage: " + usage);
    }
    return options;
}

class Everybody final : public port::AccessPolicy {
public:
    bool is_called(const std::string&) const override { return true; }
    bool may_associate(const std::string&, const std::string&) const override { return true; }
    bool may_ask(port::Service, const std::string&, const std::string&) const override { return true; }
    bool accepts_storage(const std::string&, const std::string&) const override { return false; }
};

void write_cards(const std::string& path, std::uint64_t persons) {
    std::ofstream file(path);
    for (std::uint64_t i = 0; i < kCards; ++i) {
        file << bench::citizen_card((i * 7919 * 104'729 + 13) % persons) << '\n';
    }
    if (!file.flush()) {
        stop("the cards cannot be written");
    }
}

void serve(const Options& options) {
    sigset_t ending;
    sigemptyset(&ending);
    sigaddset(&ending, SIGTERM);
    sigaddset(&ending, SIGINT);
    pthread_sigmask(SIG_BLOCK, &ending, nullptr); // before the first thread: all inherit it

    bench::NodeOverIndex node(options.database);
    if (!options.cards.empty()) {
        write_cards(options.cards, node.persons);
    }
    const auto asker_of = [&node](const std::string& aet) {
        service::Asker asker;
        asker.aet = aet;
        asker.institution = bench::hospital_code(0);
        asker.policy = node.settings.policy_for(aet);
        return asker;
    };
    port::FindHandler find({node.priors, asker_of, "RECOGNITION", node.logger});
    const Everybody access;
    const auto port = must(port::Port::open({}, access, {&find}, node.logger));
    bench::Ingesting storing(node.ingest, node.persons, options.per_second);
    port->start();
    const bench::SearchDoor web(node.priors, node.archive, asker_of("H000_WS"), node.logger);
    std::printf("port %u persons %lld studies %lld web %u\n", unsigned{port->number()},
                static_cast<long long>(node.counts.persons), static_cast<long long>(node.counts.studies),
                unsigned{web.number()});
    std::fflush(stdout);
    int signal = 0;
    sigwait(&ending, &signal);
    port->stop();
    std::printf("stored %zu\n", storing.finish());
}

} // namespace

int main(int count, char** arguments) {
    serve(read_options(count, arguments));
    return 0;
}
