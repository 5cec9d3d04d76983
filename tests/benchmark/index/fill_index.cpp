// fill_index --database FILE [--persons N] [--studies N] [--reports N]
// Makes an index of a region of that size (1,000,000 persons, 5,000,000 studies and 20,000,000 reports), in a
// file that must not exist yet. Progress goes to standard error.
#include "core/index/schema.hpp"
#include "core/index/sqlite/sqlite_database.hpp"
#include "tests/benchmark/index/bulk_filler.hpp"
#include "tests/benchmark/index/program.hpp"

#include <chrono>
#include <cstdio>
#include <filesystem>

using namespace recog;
using recog::bench::stop;

namespace {

constexpr int kCacheKib = 512 * 1024;

struct Options {
    std::string database;
    bench::Region region{1'000'000, 5'000'000, 20'000'000};
};

Options read_options(int count, char** arguments) {
    Options options;
    const std::string usage = "fill_index --database FILE [--persons N] [--studies N] [--reports N]";
    bench::read_options(count, arguments,
                        {{"--database", &options.database},
                         {"--persons", &options.region.persons},
                         {"--studies", &options.region.studies},
                         {"--reports", &options.region.reports}},
                        usage);
    if (options.database.empty()) {
        stop("usage: " + usage);
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
