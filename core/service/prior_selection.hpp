// Which priors are worth preparing for an announced patient. Pure.
//
//   out    the exams announced as new, exams older than maximum_age_days, and exams whose modality or body
//   part
//          is known and other than the announced one (if same_modality, same_body_part)
//   order  exams that fit in all that is announced, before those whose modality or body part nobody stated;
//          within each the newest first; a study without a date is the oldest
//   then   the first maximum_studies
//
// What is not known excludes nothing: body parts are left out often, and a prior too many costs less than one
// that is missing. The verdict does not count: a doctor compares with an expired exam too, and the verdict is
// the asker's, who may not be the one who opens the images.
#pragma once

#include "core/base/date.hpp"
#include "core/service/settings.hpp"

#include <vector>

namespace recog::service {

/// A patient is at an institution, or about to be.
struct Announcement {
    std::string patient_id;                    ///< any number of the patient
    std::string issuer;                        ///< may be empty
    std::string institution;                   ///< code of the institution where the patient is
    std::string modality;                      ///< of the exam to come; empty when not known
    std::string body_part;                     ///< as Body Part Examined; empty when not known
    std::vector<std::string> excluded_studies; ///< Study Instance UIDs, such as that of the exam itself
};

struct CandidateStudy {
    std::string study_uid;
    std::string institution; ///< code of the institution that made it; empty when not known
    std::string study_date;  ///< DA; empty or anything else when not known
    std::vector<std::string> modalities;
    std::vector<std::string> body_parts;
};

struct ChosenPrior {
    std::string study_uid;
    /// Made elsewhere: the announcing institution does not have it. Its own exams are made warm only.
    bool push = false;
    friend bool operator==(const ChosenPrior&, const ChosenPrior&) = default;
};

/// A UID that comes several times is one study.
std::vector<ChosenPrior> choose_priors(const std::vector<CandidateStudy>& candidates,
                                       const Announcement& announcement, const PrefetchSettings& settings,
                                       Day today);

} // namespace recog::service
