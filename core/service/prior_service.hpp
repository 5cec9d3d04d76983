// Finds prior studies: resolves the patient, narrows by the index, matches exactly, gives verdicts.
#pragma once

#include "core/base/date.hpp"
#include "core/identity/domain_resolver.hpp"
#include "core/index/index_reader.hpp"
#include "core/recognition/rules.hpp"
#include "core/service/prior_query.hpp"
#include "core/service/readiness.hpp"

namespace recog::service {

/// What every question needs. All parts outlive the services and may be used from any thread.
struct ServiceContext {
    index::ReaderPool& readers;
    Readiness& readiness;
    const identity::DomainResolver& resolver;
    const recognition::Rules& rules;
    const Clock& clock;
    const Settings& settings;
};

/// The patient a question names.
struct PatientAsked {
    bool restricted = false; ///< a single Patient ID was given
    index::PersonFound found;
    std::string asked_value;
    std::string asked_issuer;
};

/// Any thread may call any function.
class PriorService {
public:
    explicit PriorService(const ServiceContext& context) : context_(context) {}

    /// Calls `sink` for each answer until it returns false. Errors: BadRequest (keys), Unavailable (index not
    /// complete), Storage.
    Result<PriorSummary> find(const PriorQuery& query, const std::function<bool(PriorAnswer&)>& sink) const;

    /// Reads Patient ID and Issuer of Patient ID of `keys` by the asker's reading order.
    Result<PatientAsked> resolve_patient(index::IndexReader& reader, const dicom::AttributeSet& keys,
                                         const Asker& asker) const;

    /// The verdict on one study for the asker today.
    recognition::Verdict judge(const index::StudyRow& study, const Asker& asker) const;

    /// Issuer of Patient ID under which numbers of a domain are given out.
    std::string issuer_of(std::string_view domain) const;

    const ServiceContext& context() const { return context_; }

private:
    ServiceContext context_;
};

} // namespace recog::service
