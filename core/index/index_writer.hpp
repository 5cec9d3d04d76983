// Keeps the index equal to the archive. The result depends on which instances the archive holds, never on
// the order or the number of times they were told.
//
// One thread at a time. Every call of apply() is one transaction.
#pragma once

#include "core/base/date.hpp"
#include "core/index/database.hpp"
#include "core/index/stored_instance.hpp"

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <unordered_map>

namespace recog::index {

struct ApplyOutcome {
    std::size_t stored = 0;
    std::size_t deleted = 0;
    /// Domains of identifiers that have just turned out to belong to more than one person, for the log.
    std::vector<std::string> new_conflicts;
};

class IndexWriter {
public:
    /// Reads an instance again from the archive. Error NotFound: it is not held any more.
    using ReadAgain = std::function<Result<IndexEvent>(const std::string& orthanc_id)>;

    /// `read_again` is asked when an instance that the index holds comes with other content: a resend from
    /// elsewhere, which the archive has not kept, or an overwritten one, which it has. Without it the newer
    /// wins.
    explicit IndexWriter(std::unique_ptr<Connection> connection, ReadAgain read_again = nullptr);

    /// All events or none. `today`: the day under which removed objects are remembered.
    Result<ApplyOutcome> apply(std::span<const IndexEvent> events, Day today = {});

    /// An instance of which nobody has asked yet where its file is.
    struct NotLocated {
        std::int64_t row = 0;
        std::string orthanc_id;
        std::string institution; ///< code of the institution that made the exam
    };
    /// In the order of rows, from behind `row` on.
    Result<std::vector<NotLocated>> not_located(std::int64_t row, std::size_t limit);

    Connection& connection() { return *connection_; }

private:
    struct StudyPlace {
        std::int64_t study = 0;
        std::int64_t header = 0;
    };

    void store(const StoredInstance& instance);
    void store_again(const StoredInstance& instance, const std::string& known_fingerprint);
    void insert(const StoredInstance& instance, const std::string& packed, const std::string& fingerprint);
    void locate(std::string_view packed_id, const Uuid& file);
    /// What the index knew may not be true any more.
    void relocate(std::string_view packed_id, const Uuid& file);
    void delete_instance(std::string_view packed_id, Day today);
    void store_unreadable(const UnreadableInstance& instance);
    void remove(std::string_view packed_id);
    StudyPlace place_study(const StoredInstance& instance);
    StudyPlace insert_study_header(const StoredInstance& instance, const std::string& fingerprint,
                                   std::int64_t record);
    std::int64_t place_record(const StoredInstance& instance);
    std::int64_t insert_record(const StoredInstance& instance, const std::string& fingerprint);
    void insert_record_identifiers(std::int64_t record, const StoredInstance& instance);
    std::int64_t place_identifier(const identity::Identifier& identifier);
    std::int64_t place_domain(const std::string& name);
    StudyPlace place_series(const StoredInstance& instance, std::int64_t study);
    void insert_report(std::int64_t instance, std::int64_t study, const dicom::InstanceHeader& header);
    void release_study_header(std::int64_t header, bool image);
    void release_series_header(std::int64_t header);
    struct Held {
        std::int64_t identifier = 0;
        bool weak = false;
    };
    void release_record(std::int64_t record);
    void release_identifier(const Held& held, const std::string& demographics);

    void settle();

    std::unique_ptr<Connection> connection_;
    ReadAgain read_again_;
    ApplyOutcome outcome_;
    bool removed_any_ = false; ///< in the running transaction
    // What the running transaction has touched and settle() has to bring up to date.
    std::set<std::int64_t> changed_records_;
    std::set<std::int64_t> changed_identifiers_;
    std::set<std::int64_t> changed_studies_; ///< what they say
    std::set<std::int64_t> touched_studies_; ///< only their numbers
    std::set<std::int64_t> changed_persons_;
    std::set<std::int64_t> changed_series_;
    // Fingerprint -> place: the slices of a study say the same of their study. Emptied whenever rows are
    // removed or a transaction fails.
    std::unordered_map<std::string, StudyPlace> study_places_;
    std::unordered_map<std::string, StudyPlace> series_places_;
    std::unordered_map<std::string, std::int64_t> domains_;
};

} // namespace recog::index
