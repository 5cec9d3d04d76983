// An index of a generated region (fill_index) as a node has it open, with instances that come meanwhile.
#pragma once

#include "core/dicom/person_name.hpp"
#include "core/index/schema.hpp"
#include "core/index/sqlite/sqlite_database.hpp"
#include "core/service/ingest.hpp"
#include "core/service/readiness.hpp"
#include "tests/benchmark/index/node_parts.hpp"
#include "tests/benchmark/index/region_filler.hpp"

#include <cstdlib>
#include <filesystem>
#include <thread>

namespace recog::bench {

inline constexpr std::size_t kReaders = 16; // as plugin/node.cpp has them
inline constexpr std::uint64_t kSlices = 300;
/// Beyond every study of the region.
inline constexpr std::uint64_t kFirstNewStudy = 2'000'000'000;

/// An archive that holds nothing: what is deleted was deleted there too.
class EmptyArchive final : public service::Archive {
public:
    Result<service::ArchiveChanges> changes(std::int64_t, std::size_t) override {
        return service::ArchiveChanges();
    }
    Result<bool> holds(const std::string&) override { return false; }
    Result<std::int64_t> instance_count() override { return 0; }
    Result<std::vector<std::string>> instance_ids(std::size_t, std::size_t) override {
        return std::vector<std::string>();
    }
    Result<std::unique_ptr<service::InstanceFile>> open(const std::string&, service::Reading,
                                                        const Uuid&) override {
        return error(ErrorKind::NotFound, "the archive is empty");
    }
    Result<Uuid> locate(const std::string&) override { return Uuid(); }
    std::optional<std::uint64_t> size_in_place(const Uuid&) override { return std::nullopt; }
    Result<std::string> sending_aet(const std::string&) override { return std::string(); }
};

class WrittenFirst final : public service::Readiness {
public:
    explicit WrittenFirst(service::Ingest& ingest) : ingest_(ingest) {}
    Status wait() override { return ingest_.wait_until_written(std::chrono::seconds(5)); }

private:
    service::Ingest& ingest_;
};

/// Stores at an even pace until it is stopped, then takes it all out again.
class Ingesting {
public:
    Ingesting(service::Ingest& ingest, std::uint64_t persons, unsigned long per_second)
        : ingest_(ingest), persons_(persons), thread_([this, per_second](const std::stop_token& stop) {
              for (auto next = std::chrono::steady_clock::now(); per_second > 0 && !stop.stop_requested();) {
                  store();
                  next += std::chrono::nanoseconds(std::chrono::seconds(1)) / per_second;
                  std::this_thread::sleep_until(next);
              }
          }) {}

    /// How many instances came.
    std::size_t finish() {
        thread_.request_stop();
        thread_.join();
        for (const std::string& id : stored_) {
            ingest_.push_when_room(index::DeletedInstance{id});
        }
        static_cast<void>(ingest_.wait_until_queue_written(std::chrono::seconds(600)));
        return stored_.size();
    }

private:
    void store() {
        const std::uint64_t number = stored_.size();
        auto instance = slice_of(kFirstNewStudy + number / kSlices, persons_, number % kSlices + 1);
        stored_.push_back(instance.orthanc_id);
        ingest_.push(std::move(instance));
    }

    service::Ingest& ingest_;
    const std::uint64_t persons_;
    std::vector<std::string> stored_;
    std::jthread thread_;
};

/// prepare_schema() would empty an index of another version; this one may have taken long to fill.
inline std::string current_schema() {
    std::string folder = (std::filesystem::temp_directory_path() / "find_server-XXXXXX").string();
    if (mkdtemp(folder.data()) == nullptr) {
        stop("no temporary folder can be made");
    }
    std::string version;
    {
        const auto database = must(index::open_sqlite({folder + "/index.db"}));
        const auto connection = must(database->connect());
        static_cast<void>(must(index::prepare_schema(*connection)));
        version = index::read_meta(*connection, "schema");
    }
    std::filesystem::remove_all(folder);
    return version;
}

/// A connection to an index of this program's version.
inline std::unique_ptr<index::Connection> open_current(index::Database& database) {
    auto connection = must(database.connect());
    if (index::read_meta(*connection, "schema") != current_schema()) {
        stop("the database is no index, or of another version than this program's");
    }
    return connection;
}

/// What questions need of a node, over such an index.
struct NodeOverIndex {
    explicit NodeOverIndex(const std::string& path)
        : database(must(index::open_sqlite({path}))), writing(open_current(*database)),
          counts(must(index::IndexReader(*writing).counts())),
          persons(static_cast<std::uint64_t>(std::max<std::int64_t>(1, counts.persons))) {
        static_cast<void>(
            dicom::name_keys("\xE7\x8E\x8B")); // builds its tables, as the node does at its start
    }

    const std::unique_ptr<index::Database> database;
    std::unique_ptr<index::Connection> writing; ///< until `ingest` has it
    const index::IndexCounts counts;
    const std::uint64_t persons; ///< at least 1
    index::ReaderPool readers{*database, kReaders};
    const recognition::Rules rules = make_rules();
    const identity::DomainResolver resolver = make_resolver(rules.institutions());
    const service::InstanceInterpreter interpreter{resolver, rules.institutions(), "GB18030"};
    SilentLogger logger;
    EmptyArchive archive;
    const FixedClock clock;
    service::Ingest ingest{std::move(writing), archive, interpreter, clock, logger};
    WrittenFirst readiness{ingest};
    const service::Settings settings;
    const service::PriorService priors{{readers, readiness, resolver, rules, clock, settings}};
};

} // namespace recog::bench
