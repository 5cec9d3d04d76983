// index_bench --database FILE [--repeat N] [--seconds N] [--cold] [--json]
// Asks an index that fill_index has made, as the doors do, and prints microseconds a question: from one
// thread, from many, and while 100 instances a second are being stored. What it stores it removes again.
// --cold: first of all some questions after the kernel was told to forget the file.
#include "core/index/schema.hpp"
#include "core/index/sqlite/sqlite_database.hpp"
#include "tests/benchmark/index/asking.hpp"
#include "tests/benchmark/index/node_parts.hpp"
#include "tests/benchmark/index/storing.hpp"

#include <algorithm>
#include <chrono>
#include <fcntl.h>
#include <filesystem>
#include <span>
#include <unistd.h>

using namespace recog;
using namespace recog::bench;

namespace {

constexpr std::size_t kReaders = 16; // as plugin/node.cpp has them
constexpr int kStoredPerSecond = 100;

struct Options {
    std::string database;
    std::size_t repeat = 2000;
    double seconds = 5;
    bool cold = false;
    bool json = false;
};

Options read_options(int count, char** arguments) {
    Options options;
    for (int i = 1; i < count; ++i) {
        const std::string name = arguments[i];
        if (name == "--json") {
            options.json = true;
        } else if (name == "--cold") {
            options.cold = true;
        } else if (i + 1 < count && name == "--repeat") {
            options.repeat = std::strtoull(arguments[++i], nullptr, 10);
        } else if (i + 1 < count && name == "--seconds") {
            options.seconds = std::strtod(arguments[++i], nullptr);
        } else if (i + 1 < count && name == "--database") {
            options.database = arguments[++i];
        } else {
            stop("usage: index_bench --database FILE [--repeat N] [--seconds N] [--cold] [--json]");
        }
    }
    if (!std::filesystem::exists(options.database)) {
        stop("--database names no file; fill_index makes one");
    }
    if (options.repeat < 10 || options.seconds <= 0) {
        stop("--repeat wants 10 or more and --seconds more than 0");
    }
    return options;
}

/// Documents are not asked for here.
class NoArchive final : public service::Archive {
public:
    Result<service::ArchiveChanges> changes(std::int64_t, std::size_t) override { return none(); }
    Result<bool> holds(const std::string&) override { return none(); }
    Result<std::int64_t> instance_count() override { return none(); }
    Result<std::vector<std::string>> instance_ids(std::size_t, std::size_t) override { return none(); }
    Result<std::unique_ptr<service::InstanceFile>> open(const std::string&, service::Reading,
                                                        const Uuid&) override {
        return none();
    }
    Result<Uuid> locate(const std::string&) override { return none(); }
    std::optional<std::uint64_t> size_in_place(const Uuid&) override { return std::nullopt; }
    Result<std::string> sending_aet(const std::string&) override { return none(); }

private:
    static Error none() { return error(ErrorKind::NotFound, "there is no archive here"); }
};

struct Section {
    std::string title;
    std::vector<Timing> timings;
};

/// One database, opened as the node opens it.
class Bench {
public:
    explicit Bench(const Options& options)
        : options_(options), database_(must(index::open_sqlite({options.database}))),
          writer_(must(database_->connect())), readers_(*database_, kReaders),
          priors_({readers_, readiness_, resolver_, rules_, clock_, settings_}), region_(read_region()),
          asking_(priors_, archive_, region_, options.repeat) {}

    const Region& region() const { return region_; }

    std::vector<Section> run() {
        std::vector<Section> sections;
        if (options_.cold) {
            forget_file();
            sections.push_back({"nothing in memory", {asking_.cards("card, file forgotten", 200)}});
        }
        sections.push_back({"one thread, complete answers", asking_.narrow()});
        sections.push_back({"one thread, first answer", asking_.broad()});
        sections.push_back({"C-MOVE of a large study", large_studies()});
        stored_per_second_ = store_speed();
        sections.push_back({"many threads, by card", at_once(priors_, "")});
        Storing storing(writer_, region_, kStoredPerSecond);
        const service::PriorService waiting({readers_, storing, resolver_, rules_, clock_, settings_});
        sections.push_back(
            {"the same while 100 instances a second are stored", at_once(waiting, ", storing")});
        stored_ = storing.stop();
        storing.remove_all();
        return sections;
    }

    std::uint64_t stored() const { return stored_; }
    double stored_per_second() const { return stored_per_second_; }

private:
    Region read_region() {
        const auto number = [this](const char* key) {
            return std::strtoull(index::read_meta(writer_.connection(), key).c_str(), nullptr, 10);
        };
        const Region region{number("region_persons"), number("region_studies"), number("region_reports")};
        if (region.persons == 0 || region.studies == 0) {
            stop("the database has not been made by fill_index");
        }
        return region;
    }

    void forget_file() const {
        const int file = ::open(options_.database.c_str(), O_RDONLY | O_CLOEXEC);
        ::posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
        ::close(file);
    }

    std::vector<Timing> large_studies() {
        std::vector<Timing> timings;
        std::vector<index::IndexEvent> deletions;
        for (const std::uint64_t slices : {300U, 3000U}) {
            const std::uint64_t study = region_.studies + 1'000'000'000 + slices;
            std::vector<index::IndexEvent> events;
            for (std::uint64_t slice = 1; slice <= slices; ++slice) {
                auto instance = slice_of(study, region_.persons, slice);
                deletions.emplace_back(index::DeletedInstance{instance.orthanc_id});
                events.emplace_back(std::move(instance));
            }
            static_cast<void>(must(writer_.apply(events)));
            timings.push_back(asking_.selection(std::to_string(slices) + " instances", study_uid(study), 50));
        }
        static_cast<void>(must(writer_.apply(deletions)));
        return timings;
    }

    /// Instances a second of studies with 300 slices, none of which the index knows, in the batches of the
    /// ingest.
    double store_speed() {
        constexpr std::uint64_t kStudies = 20;
        constexpr std::uint64_t kSlices = 300;
        constexpr std::size_t kBatch = 256;
        std::vector<index::IndexEvent> events;
        std::vector<index::IndexEvent> deletions;
        for (std::uint64_t n = 0; n < kStudies * kSlices; ++n) {
            auto instance =
                slice_of(region_.studies + 3'000'000'000 + n / kSlices, region_.persons, n % kSlices + 1);
            deletions.emplace_back(index::DeletedInstance{instance.orthanc_id});
            events.emplace_back(std::move(instance));
        }
        const auto begin = std::chrono::steady_clock::now();
        for (std::size_t at = 0; at < events.size(); at += kBatch) {
            const std::size_t size = std::min(kBatch, events.size() - at);
            static_cast<void>(must(writer_.apply(std::span(events).subspan(at, size))));
        }
        const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - begin;
        static_cast<void>(must(writer_.apply(deletions)));
        return static_cast<double>(events.size()) / spent.count();
    }

    std::vector<Timing> at_once(const service::PriorService& priors, const std::string& suffix) const {
        std::vector<Timing> timings;
        for (const std::size_t threads : {1U, 8U, 64U}) {
            const std::string name = std::to_string(threads) + (threads == 1 ? " asks" : " ask") + suffix;
            timings.push_back(ask_at_once(priors, region_, name, threads, options_.seconds));
        }
        return timings;
    }

    const Options& options_;
    std::unique_ptr<index::Database> database_;
    index::IndexWriter writer_;
    index::ReaderPool readers_;
    AlwaysReady readiness_;
    FixedClock clock_;
    NoArchive archive_;
    service::Settings settings_;
    const recognition::Rules rules_ = make_rules();
    const identity::DomainResolver resolver_ = make_resolver(rules_.institutions());
    service::PriorService priors_;
    Region region_;
    Asking asking_;
    std::uint64_t stored_ = 0;
    double stored_per_second_ = 0;
};

void print_table(const std::vector<Section>& sections, const Bench& bench) {
    for (const Section& section : sections) {
        std::printf("%-48s %9s %9s %9s %9s %9s %9s\n", section.title.c_str(), "p50 us", "cpu us", "p99 us",
                    "most us", "answers", "a second");
        for (const Timing& one : section.timings) {
            std::printf("  %-46s %9.0f %9.0f %9.0f %9.0f %9.1f %9.0f\n", one.name.c_str(), one.p50, one.cpu,
                        one.p99, one.most, one.answers, one.per_second);
        }
    }
    std::printf(
        "resident memory %.0f MiB, at most %.0f MiB; %llu instances stored meanwhile, without askers %.0f"
        " a second\n",
        memory_mib("VmRSS"), memory_mib("VmHWM"), static_cast<unsigned long long>(bench.stored()),
        bench.stored_per_second());
}

void print_json(const std::vector<Section>& sections, const Bench& bench, const std::string& path) {
    std::printf(
        "{\"persons\": %llu, \"studies\": %llu, \"reports\": %llu, \"database_mib\": %llu,"
        " \"memory_mib\": %.0f, \"memory_most_mib\": %.0f, \"stored_per_second\": %.0f, \"questions\": [",
        static_cast<unsigned long long>(bench.region().persons),
        static_cast<unsigned long long>(bench.region().studies),
        static_cast<unsigned long long>(bench.region().reports),
        static_cast<unsigned long long>(std::filesystem::file_size(path) >> 20U), memory_mib("VmRSS"),
        memory_mib("VmHWM"), bench.stored_per_second());
    const char* separator = "";
    for (const Section& section : sections) {
        for (const Timing& one : section.timings) {
            std::printf("%s{\"section\": \"%s\", \"name\": \"%s\", \"p50_us\": %.1f, \"cpu_us\": %.1f, "
                        "\"p99_us\": %.1f,"
                        " \"mean_us\": %.1f, \"most_us\": %.1f, \"answers\": %.1f, \"per_second\": %.0f}",
                        separator, section.title.c_str(), one.name.c_str(), one.p50, one.cpu, one.p99,
                        one.mean, one.most, one.answers, one.per_second);
            separator = ", ";
        }
    }
    std::printf("]}\n");
}

} // namespace

int main(int count, char** arguments) {
    const Options options = read_options(count, arguments);
    Bench bench(options);
    const std::vector<Section> sections = bench.run();
    options.json ? print_json(sections, bench, options.database) : print_table(sections, bench);
    return 0;
}
