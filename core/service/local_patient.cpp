#include "core/service/local_patient.hpp"

#include <algorithm>
#include <tuple>

namespace recog::service {

namespace tags = dicom::tags;
using dicom::AttributeSet;

namespace {

/// Whether a value can be written into other objects: neither several values nor what was not readable here.
bool is_writable(std::string_view value) {
    return value.find_first_of("\\") == std::string_view::npos &&
           value.find("\xEF\xBF\xBD") == std::string_view::npos &&
           std::none_of(value.begin(), value.end(),
                        [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '\x7F'; });
}

struct Candidate {
    AttributeSet patient;
    std::string patient_id;
    std::string newest; ///< Study Date; empty when no study shows this record
};

LocalPatient local_of(const Candidate& candidate) {
    LocalPatient local{candidate.patient_id, std::string(candidate.patient.get(tags::IssuerOfPatientID)),
                       std::string(candidate.patient.get(tags::PatientName))};
    if (!is_writable(local.name)) {
        local.name.clear(); // the copy keeps the name it has
    }
    return local;
}

} // namespace

LocalPatients::LocalPatients(index::IndexReader& reader, const identity::DomainResolver& resolver,
                             std::string institution, std::string asked_id)
    : reader_(reader), resolver_(resolver), institution_(std::move(institution)),
      asked_id_(identity::normal_text(asked_id)) {}

Result<std::shared_ptr<const LocalPatient>> LocalPatients::of(std::int64_t person) {
    if (const auto known = known_.find(person); known != known_.end()) {
        return known->second;
    }
    auto found = look_up(person);
    if (found) {
        known_.emplace(person, *found);
    }
    return found;
}

/// A number that two persons have at the institution would file the copy with either of them.
Result<bool> LocalPatients::names_only(std::int64_t person, const std::string& patient_id) {
    const std::string value = identity::normal_text(patient_id);
    if (value.empty() || resolver_.cards().is_placeholder(value)) {
        return false;
    }
    const identity::ReadingOrder own{
        {{identity::Identifier{identity::local_domain(institution_), value, false}}, false, value}};
    const auto found = reader_.find_person(own, institution_);
    if (!found) {
        return found.failure();
    }
    return found->outcome == index::PersonFound::Outcome::One && found->person == person;
}

Result<std::shared_ptr<const LocalPatient>> LocalPatients::look_up(std::int64_t person) {
    const std::string own_domain = identity::local_domain(institution_);
    index::Selection selection;
    selection.person = person;
    std::vector<Candidate> candidates;
    const Status records = reader_.persons(selection, [&](index::PersonRow& row) {
        const std::string id(row.patient.get(tags::PatientID));
        if (row.primary_domain == own_domain && is_writable(id) &&
            is_writable(row.patient.get(tags::IssuerOfPatientID))) {
            candidates.push_back({std::move(row.patient), id, {}});
        }
        return true;
    });
    if (!records) {
        return records.failure();
    }
    if (candidates.empty()) {
        return std::shared_ptr<const LocalPatient>();
    }
    const Status studies = reader_.studies(selection, [&](index::Row& row) {
        for (Candidate& candidate : candidates) {
            if (candidate.patient == row.study.patient) {
                candidate.newest =
                    std::max(candidate.newest, std::string(row.study.attributes.get(tags::StudyDate)));
            }
        }
        return true;
    });
    if (!studies) {
        return studies.failure();
    }
    // The last two keep the choice apart from the order of arrival.
    const auto rank = [&](const Candidate& one) {
        return std::tuple(identity::normal_text(one.patient_id) == asked_id_, one.newest, one.patient_id,
                          one.patient.encode());
    };
    std::sort(candidates.begin(), candidates.end(),
              [&](const Candidate& left, const Candidate& right) { return rank(left) > rank(right); });
    for (const Candidate& candidate : candidates) {
        const auto only = names_only(person, candidate.patient_id);
        if (!only) {
            return only.failure();
        }
        if (*only) {
            return std::make_shared<const LocalPatient>(local_of(candidate));
        }
    }
    return std::shared_ptr<const LocalPatient>();
}

} // namespace recog::service
