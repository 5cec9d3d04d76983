// As whom an institution knows a person: what a copy sent there has to say
// (core/dicom/attribute_coercion.hpp).
#pragma once

#include "core/service/prior_service.hpp"

#include <map>
#include <memory>

namespace recog::service {

/// As the institution itself wrote it into its own objects, UTF-8.
struct LocalPatient {
    std::string patient_id;
    std::string issuer; ///< empty when its objects state none
    std::string name;
    friend bool operator==(const LocalPatient&, const LocalPatient&) = default;
};

/// Looks up within one snapshot of the index, which the caller holds: persons are joined and separated while
/// instances come and go, so the number of a person means nothing in another snapshot. For one thread.
class LocalPatients {
public:
    /// `institution`: code of whoever receives. `asked_id`: the Patient ID of the request, preferred when it
    /// is one of several numbers that the person has there; may be empty.
    LocalPatients(index::IndexReader& reader, const identity::DomainResolver& resolver,
                  std::string institution, std::string asked_id);

    /// Null: the institution has no number of its own for this person, or none that names this person alone
    /// (a placeholder, a number in conflict); copies are sent as they are stored. Of several numbers that of
    /// the newest study. Errors: Storage, Malformed.
    Result<std::shared_ptr<const LocalPatient>> of(std::int64_t person);

private:
    Result<std::shared_ptr<const LocalPatient>> look_up(std::int64_t person);
    Result<bool> names_only(std::int64_t person, const std::string& patient_id);

    index::IndexReader& reader_;
    const identity::DomainResolver& resolver_;
    const std::string institution_;
    const std::string asked_id_;
    std::map<std::int64_t, std::shared_ptr<const LocalPatient>> known_;
};

} // namespace recog::service
