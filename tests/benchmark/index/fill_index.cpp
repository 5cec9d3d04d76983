// fill_index --database FILE [--persons N] [--studies N] [--reports N]
// Makes an index of a region of that size (1,000,000 persons, 5,000,000 studies and 20,000,000 reports), in a
// file that must not exist yet. Progress goes to standard error.
#include "core/index/schema.hpp"
#include "core/index/sqlite/sqlite_database.hpp"
#include "tests/benchmark/index/bulk_filler.hpp"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

using namespace recog;

namespace {

constexpr int kCacheKib = 512 * 1024;

[[noreturn]] void stop(const std::string& sentence) {
    std::fprintf(stderr, "fill_index: %s\n", sentence.c_str());
    std::exit(1);
}

struct Options {
    std::string database;
    bench::Region region{1'000'000, 5'000'000, 20'000'000};
};

Options read_options(int count, char** arguments) {
    Options options;
    for (int i = 1; i + 1 < count; i += 2) {
        const std::string name = arguments[i];
        const std::string value = arguments[i + 1];
        const auto number = std::strtoull(value.c_str(), nullptr, 10);
        if (name == "--database") {
            options.database = value;
        } else if (name == "--persons") {
            options.region.persons = number;
        } else if (name == "--studies") {
            options.region.studies = number;
        } else if (name == "--reports") {
            options.region.reports = number;
        } else {
            stop("unknown option " + name);
        }
    }
    if (options.database.empty() || count % 2 == 0) {
        stop("usage: fill_index --database FILE [--persons N] [--studies N] [--reports N]");
    }
    if (options.region.persons == 0 || options.region.studies == 0) {
        stop("--persons and --studies want 1 or more");
    }
    if (std::filesystem::exists(options.database)) {
        stop("the database exists already");
    }
    return options;
}

Status fill(const Options& options, const bench::Progress& progress) {
    index::SqliteSettings settings{options.database};
    settings.cache_kib = kCacheKib;
    settings.bulk_load = true;
    const auto database = index::open_sqlite(settings);
    if (!database) {
        return database.failure();
    }
    auto connection = (*database)->connect();
    if (!connection) {
        return connection.failure();
    }
    if (const auto prepared = index::prepare_schema(**connection); !prepared) {
        return prepared.failure();
    }
    // What index_bench asks for.
    index::write_meta(**connection, "region_persons", std::to_string(options.region.persons));
    index::write_meta(**connection, "region_studies", std::to_string(options.region.studies));
    index::write_meta(**connection, "region_reports", std::to_string(options.region.reports));
    return bench::fill_index(**connection, options.region, progress);
}

} // namespace

int main(int count, char** arguments) {
    const Options options = read_options(count, arguments);
    const auto begin = std::chrono::steady_clock::now();
    const auto progress = [begin](const std::string& sentence) {
        const auto spent = std::chrono::steady_clock::now() - begin;
        std::fprintf(stderr, "%6.1f s  %s\n", std::chrono::duration<double>(spent).count(), sentence.c_str());
    };
    if (const Status filled = fill(options, progress); !filled) {
        stop(filled.failure().text);
    }
    progress("filled, " + std::to_string(std::filesystem::file_size(options.database) >> 20U) + " MiB");
    return 0;
}
