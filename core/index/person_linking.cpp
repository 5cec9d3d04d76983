#include "core/index/person_linking.hpp"

#include "core/identity/identifier.hpp"
#include "core/identity/linking.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <unordered_map>

namespace recog::index {

namespace {

using identity::PatientRecord;

/// Gathers whole connected components, as link_records() wants them.
class Component {
public:
    /// `seeds` hold every record that is new.
    Component(Connection& connection, const std::set<std::int64_t>& seeds)
        : connection_(connection), seeds_(seeds) {}

    void gather() {
        for (const std::int64_t record : seeds_) {
            reach(record);
        }
        while (!waiting_.empty()) {
            const std::int64_t record = waiting_.front();
            waiting_.pop_front();
            load(record);
        }
    }

    std::vector<PatientRecord> take_records() {
        std::vector<PatientRecord> records;
        for (auto& [id, record] : records_) {
            records.push_back(std::move(record));
        }
        return records;
    }
    const std::set<std::int64_t>& identifiers() const { return identifiers_; }
    std::int64_t person_before(std::int64_t record) const { return persons_.at(record); }

private:
    void reach(std::int64_t record) {
        if (reached_.insert(record).second) {
            waiting_.push_back(record);
        }
    }

    void load(std::int64_t id) {
        PatientRecord record;
        record.id = id;
        {
            Rows rows =
                connection_.query("SELECT demographics, person_id FROM patient_record WHERE id = ?", id);
            if (!rows.next()) {
                return;
            }
            record.demographics = rows.text(0);
            persons_[id] = rows.integer(1);
        }
        load_identifiers(record);
        load_studies(record);
        records_.emplace(id, std::move(record));
    }

    void load_identifiers(PatientRecord& record) {
        Rows rows = connection_.query("SELECT i.id, i.weak, i.value, d.name FROM record_identifier r"
                                      " JOIN identifier i ON i.id = r.identifier_id"
                                      " JOIN domain d ON d.id = i.domain_id WHERE r.record_id = ?",
                                      record.id);
        while (rows.next()) {
            const std::int64_t identifier = rows.integer(0);
            const bool weak = rows.integer(1) != 0;
            if (rows.text(3) == identity::kResidentIdDomain) {
                record.resident_ids.emplace_back(rows.text(2));
            }
            identifiers_.insert(identifier);
            if (weak) {
                if (reach_crowd(
                        records_sharing_weak(connection_, identifier, record.demographics, enough()))) {
                    record.weak.push_back(identifier);
                }
            } else if (rows.text(3) == identity::kResidentIdDomain) {
                record.strong.push_back(identifier);
                reach_some(records_sharing(connection_, identifier, identity::kMaxRecordsPerIdentifier + 1));
            } else if (follow(identifier)) {
                record.strong.push_back(identifier);
            }
        }
    }

    /// False when the identifier was overused already and stays so: it links nothing, and nothing changes for
    /// the crowd that holds it.
    bool follow(std::int64_t identifier) {
        const auto known = followed_.find(identifier);
        if (known != followed_.end()) {
            return known->second;
        }
        const bool links = reach_crowd(records_sharing(connection_, identifier, enough()));
        followed_.emplace(identifier, links);
        return links;
    }

    /// As many as tell that an identifier is overused even without the records that are new.
    std::size_t enough() const { return identity::kMaxRecordsPerIdentifier + 1 + seeds_.size(); }

    bool reach_crowd(const std::vector<std::int64_t>& records) {
        const auto old = std::count_if(records.begin(), records.end(),
                                       [this](std::int64_t record) { return !seeds_.contains(record); });
        if (static_cast<std::size_t>(old) > identity::kMaxRecordsPerIdentifier) {
            return false;
        }
        reach_some(records);
        return true;
    }

    void reach_some(const std::vector<std::int64_t>& records) {
        for (const std::int64_t record : records) {
            reach(record);
        }
    }

    void load_studies(PatientRecord& record) {
        Rows rows = connection_.query("SELECT h.study_id, o.record_id FROM study_header h"
                                      " JOIN study_header o ON o.study_id = h.study_id WHERE h.record_id = ?",
                                      record.id);
        while (rows.next()) {
            if (record.studies.empty() || record.studies.back() != rows.integer(0)) {
                record.studies.push_back(rows.integer(0));
            }
            reach(rows.integer(1));
        }
    }

    Connection& connection_;
    const std::set<std::int64_t>& seeds_;
    std::deque<std::int64_t> waiting_;
    std::set<std::int64_t> reached_;
    std::unordered_map<std::int64_t, bool> followed_;
    std::set<std::int64_t> identifiers_;
    std::map<std::int64_t, PatientRecord> records_;
    std::unordered_map<std::int64_t, std::int64_t> persons_;
};

void move_record(Connection& connection, std::int64_t record, std::int64_t person) {
    connection.run("UPDATE patient_record SET person_id = ? WHERE id = ?", person, record);
    connection.run("UPDATE study SET person_id = ? WHERE record_id = ?", person, record);
}

/// From the rows and not from the linker's list: an identifier may also be held by records outside of the
/// component, when it does not link.
void place_identifier(Connection& connection, std::int64_t identifier,
                      std::vector<std::string>& new_conflicts) {
    std::int64_t person = 0;
    {
        Rows rows = connection.query("SELECT p.person_id FROM record_identifier r"
                                     " JOIN patient_record p ON p.id = r.record_id WHERE r.identifier_id = ?",
                                     identifier);
        // Two persons are enough to know; a placeholder has thousands.
        for (bool first = true; rows.next(); first = false) {
            if (!first && person != rows.integer(0)) {
                person = 0;
                break;
            }
            person = rows.integer(0);
        }
    }
    Rows before = connection.query("SELECT i.person_id, i.weak, d.name FROM identifier i"
                                   " JOIN domain d ON d.id = i.domain_id WHERE i.id = ?",
                                   identifier);
    if (!before.next() || before.integer(0) == person) {
        return;
    }
    if (person == 0 && before.integer(1) == 0) {
        new_conflicts.emplace_back(before.text(2));
    }
    connection.run("UPDATE identifier SET person_id = ? WHERE id = ?", person, identifier);
}

std::vector<std::int64_t> ids_of(Rows rows) {
    std::vector<std::int64_t> ids;
    while (rows.next()) {
        ids.push_back(rows.integer(0));
    }
    return ids;
}

} // namespace

std::vector<std::int64_t> records_sharing(Connection& connection, std::int64_t identifier,
                                          std::size_t limit) {
    return ids_of(connection.query("SELECT record_id FROM record_identifier WHERE identifier_id = ?"
                                   " ORDER BY record_id LIMIT ?",
                                   identifier, static_cast<std::int64_t>(limit)));
}

std::vector<std::int64_t> records_sharing_weak(Connection& connection, std::int64_t identifier,
                                               std::string_view demographics, std::size_t limit) {
    if (demographics.empty()) {
        return {};
    }
    // CROSS JOIN keeps the order: a placeholder has many more records than a name with a birth date.
    return ids_of(connection.query("SELECT p.id FROM patient_record p CROSS JOIN record_identifier r"
                                   " WHERE p.demographics = ? AND r.identifier_id = ? AND r.record_id = p.id"
                                   " ORDER BY p.id LIMIT ?",
                                   demographics, identifier, static_cast<std::int64_t>(limit)));
}

void link_persons(Connection& connection, const std::set<std::int64_t>& records,
                  const std::set<std::int64_t>& identifiers, std::set<std::int64_t>& changed_persons,
                  std::vector<std::string>& new_conflicts) {
    if (records.empty() && identifiers.empty()) {
        return;
    }
    Component component(connection, records);
    component.gather();
    const identity::Linking linking = identity::link_records(component.take_records());
    for (const auto& person : linking.persons) {
        // Named by its smallest record, so that the name does not depend on history.
        for (const std::int64_t record : person) {
            if (component.person_before(record) != person.front()) {
                changed_persons.insert(component.person_before(record));
                changed_persons.insert(person.front());
                move_record(connection, record, person.front());
            }
        }
    }
    std::set<std::int64_t> touched = identifiers;
    touched.insert(component.identifiers().begin(), component.identifiers().end());
    for (const std::int64_t identifier : touched) {
        place_identifier(connection, identifier, new_conflicts);
    }
}

} // namespace recog::index
