// Whether a result is recognised: computed when asked, for the asker, on that day.
#pragma once

#include "core/recognition/catalogue.hpp"
#include "core/recognition/exam.hpp"
#include "core/recognition/institutions.hpp"
#include "core/recognition/verdict.hpp"

namespace recog::recognition {

/// Every item code that a quality period names must be in the catalogue, at whatever dates: a mistyped one
/// would silently name nothing. Error kind Configuration, naming the place in the institutions' file.
Status check_quality_items(const Catalogue& catalogue, const Institutions& institutions);

/// Immutable: any thread may call any function.
class Rules {
public:
    Rules(Catalogue catalogue, Institutions institutions);

    /// The first that applies decides: NOT_LISTED (no item), INCOMPLETE (no study date or one to come, or
    /// images missing), REPORT_PENDING, QUALITY_LAPSED (institution not listed, or quality control not passed
    /// on the study date and today), OUT_OF_SCOPE, EXPIRED, CONSENT_NEEDED, RECOGNISED.
    /// `today` is the local day of this node (Clock::today).
    Verdict judge(const Exam& exam, const Asker& asker, Day today) const;

    const Catalogue& catalogue() const { return catalogue_; }
    const Institutions& institutions() const { return institutions_; }

private:
    Catalogue catalogue_;
    Institutions institutions_;
};

} // namespace recog::recognition
