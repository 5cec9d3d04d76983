// index_bench [--studies N] [--database FILE] [--repeat N] [--json]
// Fills an index with N studies of one slice (100000), unless FILE holds them already, then asks it from one
// thread as the doors do, and prints microseconds a question. Afterwards it stores studies of 300 slices.
#include "core/index/schema.hpp"
#include "core/index/sqlite/sqlite_database.hpp"
#include "core/service/prior_service.hpp"
#include "tests/benchmark/index/region_filler.hpp"
#include "tests/benchmark/index/region_surroundings.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <numeric>
#include <unistd.h>

using namespace recog;
namespace tags = dicom::tags;

namespace {

struct Options {
    std::uint64_t studies = 100'000;
    std::string database;
    std::size_t repeat = 2000;
    bool json = false;
    std::uint64_t persons() const { return std::max<std::uint64_t>(1, studies / bench::kStudiesPerPerson); }
};

[[noreturn]] void stop(const std::string& sentence) {
    std::fprintf(stderr, "index_bench: %s\n", sentence.c_str());
    std::exit(1);
}

template <typename T> T must(Result<T> result) {
    if (!result) {
        stop(result.failure().text);
    }
    return std::move(result).value();
}

void must(const Status& status) {
    if (!status) {
        stop(status.failure().text);
    }
}

Options read_options(int count, char** arguments) {
    Options options;
    for (int i = 1; i < count; ++i) {
        const std::string name = arguments[i];
        if (name == "--json") {
            options.json = true;
        } else if (i + 1 < count && name == "--studies") {
            options.studies = std::strtoull(arguments[++i], nullptr, 10);
        } else if (i + 1 < count && name == "--repeat") {
            options.repeat = std::strtoull(arguments[++i], nullptr, 10);
        } else if (i + 1 < count && name == "--database") {
            options.database = arguments[++i];
        } else {
            stop("usage: index_bench [--studies N] [--database FILE] [--repeat N] [--json]");
        }
    }
    if (options.studies == 0 || options.repeat == 0) {
        stop("--studies and --repeat want 1 or more");
    }
    return options;
}

double seconds_since(std::chrono::steady_clock::time_point begin) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

/// Studies of one slice each, in transactions as large as the ingest's.
void fill(index::IndexWriter& writer, const Options& options) {
    const auto begin = std::chrono::steady_clock::now();
    std::vector<index::IndexEvent> batch;
    for (std::uint64_t study = 0; study < options.studies; ++study) {
        batch.push_back(bench::slice_of(study, options.persons(), 1));
        if (batch.size() == 256 || study + 1 == options.studies) {
            must(writer.apply(batch));
            batch.clear();
        }
        if ((study + 1) % 20'000 == 0) {
            std::fprintf(stderr, "%llu studies, %.0f/s\n", static_cast<unsigned long long>(study + 1),
                         static_cast<double>(study + 1) / seconds_since(begin));
        }
    }
    std::fprintf(stderr, "filled in %.1f s\n", seconds_since(begin));
}

/// Instances a second of studies with 300 slices, none of which the index knows.
double store_speed(index::IndexWriter& writer, const Options& options) {
    constexpr std::uint64_t kStudies = 20;
    constexpr std::uint64_t kSlices = 300;
    const std::uint64_t first = options.studies + 1'000'000'000;
    std::vector<std::vector<index::IndexEvent>> batches;
    std::vector<index::IndexEvent> deletions;
    for (std::uint64_t study = 0; study < kStudies; ++study) {
        for (std::uint64_t slice = 0; slice < kSlices; ++slice) {
            if (slice % 256 == 0) {
                batches.emplace_back();
            }
            auto instance = bench::slice_of(first + study, options.persons(), slice + 1);
            deletions.push_back(index::DeletedInstance{instance.orthanc_id});
            batches.back().push_back(std::move(instance));
        }
    }
    const auto begin = std::chrono::steady_clock::now();
    for (const auto& batch : batches) {
        must(writer.apply(batch));
    }
    const double spent = seconds_since(begin);
    must(writer.apply(deletions));
    return static_cast<double>(kStudies * kSlices) / spent;
}

struct Timing {
    std::string name;
    double p50 = 0;
    double p99 = 0;
    double mean = 0;
    double answers = 0;
};

class Asking {
public:
    Asking(const service::PriorService& priors, const Options& options)
        : priors_(priors), options_(options) {}

    /// `make` makes the n-th question; after `most` answers the asker has enough.
    Timing measure(const std::string& name, std::size_t repeat, std::uint64_t most,
                   const std::function<service::PriorQuery(std::uint64_t)>& make) const {
        std::vector<double> times;
        std::uint64_t answers = 0;
        for (std::size_t i = 0; i < repeat + repeat / 10; ++i) {
            const service::PriorQuery query = make(i * 7919 + 13);
            std::uint64_t given = 0;
            const auto begin = std::chrono::steady_clock::now();
            must(priors_.find(query, [&](service::PriorAnswer&) { return ++given < most; }));
            const double spent = seconds_since(begin) * 1e6;
            if (i >= repeat / 10) { // the first are for warming up
                times.push_back(spent);
                answers += given;
            }
        }
        std::sort(times.begin(), times.end());
        const auto count = static_cast<double>(times.size());
        return {name, times[times.size() / 2], times[times.size() * 99 / 100],
                std::accumulate(times.begin(), times.end(), 0.0) / count,
                static_cast<double>(answers) / count};
    }

    std::vector<Timing> all() const {
        const std::uint64_t persons = options_.persons();
        const auto most = std::numeric_limits<std::uint64_t>::max();
        std::vector<Timing> table;
        table.push_back(measure("card, with verdict", options_.repeat, most, [&](std::uint64_t n) {
            auto query = base(true);
            query.keys.set(tags::PatientID, bench::citizen_card(n % persons));
            return query;
        }));
        table.push_back(measure("card, no verdict", options_.repeat, most, [&](std::uint64_t n) {
            auto query = base(false);
            query.keys.set(tags::PatientID, bench::citizen_card(n % persons));
            return query;
        }));
        table.push_back(measure("card nobody has", options_.repeat, most, [&](std::uint64_t n) {
            auto query = base(true);
            query.keys.set(tags::PatientID, "X" + bench::citizen_card(n));
            return query;
        }));
        table.push_back(measure("own local ID", options_.repeat, most, [&](std::uint64_t n) {
            const auto instance = bench::slice_of(n % options_.studies, persons, 1);
            auto query = base(true);
            query.asker.institution = instance.institution;
            query.keys.set(tags::PatientID, std::string(instance.header.patient.get(tags::PatientID)));
            return query;
        }));
        table.push_back(measure("study UID", options_.repeat, most, [&](std::uint64_t n) {
            auto query = base(true);
            query.keys.set(tags::StudyInstanceUID, bench::study_uid(n % options_.studies));
            return query;
        }));
        table.push_back(measure("date range, first answer", options_.repeat, 1, [&](std::uint64_t n) {
            auto query = base(true);
            const std::string date = bench::study_date(n);
            query.keys.set(tags::StudyDate, date.substr(0, 6) + "01-" + date.substr(0, 6) + "28");
            return query;
        }));
        table.push_back(measure("name prefix, first 100", std::max<std::size_t>(20, options_.repeat / 20),
                                100, [&](std::uint64_t n) {
                                    auto query = base(true);
                                    query.keys.set(tags::PatientName, bench::person_name(n % persons) + "*");
                                    return query;
                                }));
        return table;
    }

private:
    static service::PriorQuery base(bool recognition) {
        service::PriorQuery query;
        query.asker.aet = "H000_CT";
        query.asker.institution = bench::hospital_code(0);
        query.recognition = recognition;
        for (const dicom::Tag tag :
             {tags::PatientName, tags::PatientBirthDate, tags::StudyDate, tags::StudyTime,
              tags::StudyInstanceUID, tags::StudyDescription, tags::ModalitiesInStudy, tags::AccessionNumber,
              tags::NumberOfStudyRelatedInstances}) {
            query.keys.set(tag, "");
        }
        return query;
    }

    const service::PriorService& priors_;
    const Options& options_;
};

/// VmRSS, in MiB.
double resident_memory() {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with("VmRSS:")) {
            return std::strtod(line.c_str() + 6, nullptr) / 1024;
        }
    }
    return 0;
}

struct Figures {
    std::vector<Timing> questions;
    index::IndexCounts counts;
    double stored_per_second = 0;
    double database_mib = 0;
    double memory_mib = 0;
};

void print_table(const Figures& figures) {
    std::printf("%-26s %9s %9s %9s %9s\n", "question", "p50 us", "p99 us", "mean us", "answers");
    for (const Timing& one : figures.questions) {
        std::printf("%-26s %9.0f %9.0f %9.0f %9.1f\n", one.name.c_str(), one.p50, one.p99, one.mean,
                    one.answers);
    }
    std::printf(
        "\nstudies %lld, persons %lld, records %lld, identifiers %lld, instances %lld\n",
        static_cast<long long>(figures.counts.studies), static_cast<long long>(figures.counts.persons),
        static_cast<long long>(figures.counts.records), static_cast<long long>(figures.counts.identifiers),
        static_cast<long long>(figures.counts.instances));
    std::printf("database %.1f MiB, resident memory %.1f MiB, stored %.0f instances/s (studies of 300)\n",
                figures.database_mib, figures.memory_mib, figures.stored_per_second);
}

void print_json(const Figures& figures) {
    std::printf("{\"questions\": [");
    for (std::size_t i = 0; i < figures.questions.size(); ++i) {
        const Timing& one = figures.questions[i];
        std::printf(
            "%s{\"name\": \"%s\", \"p50_us\": %.1f, \"p99_us\": %.1f, \"mean_us\": %.1f, \"answers\": %.1f}",
            i == 0 ? "" : ", ", one.name.c_str(), one.p50, one.p99, one.mean, one.answers);
    }
    std::printf("], \"studies\": %lld, \"persons\": %lld, \"identifiers\": %lld, \"stored_per_second\": %.0f,"
                " \"database_mib\": %.1f, \"memory_mib\": %.1f}\n",
                static_cast<long long>(figures.counts.studies),
                static_cast<long long>(figures.counts.persons),
                static_cast<long long>(figures.counts.identifiers), figures.stored_per_second,
                figures.database_mib, figures.memory_mib);
}

void run(const Options& options, const std::string& path) {
    const auto database = must(index::open_sqlite({path}));
    auto writing = must(database->connect());
    static_cast<void>(must(index::prepare_schema(*writing)));
    index::IndexWriter writer(std::move(writing));
    Figures figures;
    figures.counts = must(index::IndexReader(writer.connection()).counts());
    if (figures.counts.studies == 0) {
        fill(writer, options);
    } else if (figures.counts.studies != static_cast<std::int64_t>(options.studies)) {
        stop("the database holds another number of studies than --studies");
    }
    figures.counts = must(index::IndexReader(writer.connection()).counts());
    figures.stored_per_second = store_speed(writer, options);

    index::ReaderPool readers(*database, 1);
    bench::AlwaysReady readiness;
    bench::FixedClock clock;
    service::Settings settings;
    const recognition::Rules rules = must(bench::region_rules(SOURCE_DIR));
    const identity::DomainResolver resolver = must(bench::region_resolver(rules.institutions()));
    const service::PriorService priors({readers, readiness, resolver, rules, clock, settings});
    figures.questions = Asking(priors, options).all();
    figures.memory_mib = resident_memory();
    figures.database_mib = static_cast<double>(std::filesystem::file_size(path)) / (1024 * 1024);
    options.json ? print_json(figures) : print_table(figures);
}

} // namespace

int main(int count, char** arguments) {
    const Options options = read_options(count, arguments);
    if (!options.database.empty()) {
        run(options, options.database);
        return 0;
    }
    std::string folder = (std::filesystem::temp_directory_path() / "index_bench-XXXXXX").string();
    if (mkdtemp(folder.data()) == nullptr) {
        stop("no temporary folder can be made");
    }
    run(options, folder + "/index.db");
    std::filesystem::remove_all(folder);
    return 0;
}
