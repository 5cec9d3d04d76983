// Which instances a C-MOVE, C-GET or WADO-RS request means.
#pragma once

#include "core/base/uuid.hpp"
#include "core/service/local_patient.hpp"

namespace recog::service {

struct RetrieveQuery {
    dicom::Level level = dicom::Level::Study;
    Asker asker;
    std::string patient_id; ///< any number of the patient; may be empty below patient level
    std::string issuer;
    std::string accession;
    std::vector<std::string> study_uids;
    std::vector<std::string> series_uids;
    std::vector<std::string> sop_uids;
    /// Code of the receiver's institution when its copies are to carry its own Patient ID; empty: as stored.
    std::string localise_for;
    std::stop_token stop; ///< ends the selection soon; what it gave then is no answer
};

struct RetrievedInstance {
    std::string orthanc_id;
    std::string study_uid;
    std::string series_uid;
    std::string sop_instance_uid;
    std::string sop_class_uid;
    std::string transfer_syntax;
    std::string institution; ///< code of the institution that made the exam
    std::uint64_t size = 0;  ///< bytes of the file
    Uuid file;               ///< where the file was last, for Archive::open(); may be unknown
    /// What a copy for RetrieveQuery::localise_for has to say; null: send it as it is stored.
    std::shared_ptr<const LocalPatient> local_patient;
};

inline constexpr std::size_t kMaxRetrievedInstances = 1'000'000;
inline constexpr std::size_t kMaxRetrieveUids = 100'000;

/// Any thread may call any function.
class RetrieveService {
public:
    explicit RetrieveService(const PriorService& priors) : priors_(priors) {}

    /// Ordered by study, series and instance number; each SOP Instance once. Empty when nothing matches.
    /// Errors: BadRequest (no unique key of the level), Ambiguous (the UIDs belong to several persons and no
    /// Patient ID says whose; the number belongs to several persons), TooLarge, Unavailable (also: stopped),
    /// Storage.
    Result<std::vector<RetrievedInstance>> select(const RetrieveQuery& query) const;

    /// Why a request for one study, series or instance by its UIDs from the study down gave nothing: Gone
    /// when it was here not too long ago, else NotFound; or what kept that from being looked up.
    Error why_nothing(const RetrieveQuery& query) const;

private:
    const PriorService& priors_;
};

} // namespace recog::service
