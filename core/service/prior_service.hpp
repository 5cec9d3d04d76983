// Finds prior studies: resolves the patient, narrows by the index, matches exactly, gives verdicts.
#pragma once

#include "core/base/date.hpp"
#include "core/identity/domain_resolver.hpp"
#include "core/index/index_reader.hpp"
#include "core/index/reader_pool.hpp"
#include "core/recognition/rules.hpp"
#include "core/service/prior_query.hpp"
#include "core/service/readiness.hpp"

#include <functional>
#include <memory>
#include <stop_token>

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
    bool asked_among_others = false; ///< by Other Patient IDs Sequence instead of Patient ID
};

/// The number that a key Other Patient IDs Sequence asks by (PS3.4 C.2.2.2.6): its one item names a whole
/// Patient ID, with an issuer or without. nullopt when it asks for something else.
std::optional<PatientNumber> number_asked_among_others(const dicom::AttributeSet& keys);

class OpenQuestion;

/// Any thread may call any function.
class PriorService {
public:
    explicit PriorService(const ServiceContext& context) : context_(context) {}

    /// Calls `sink` for each answer until it returns false. Answers come as they are found. Errors:
    /// BadRequest (keys), TooLarge (PriorQuery::most_rows), Unavailable (index not complete), Storage.
    Result<PriorSummary> find(const PriorQuery& query, const std::function<bool(PriorAnswer&)>& sink) const;

    /// Begins a question: waits for the index and for a connection, and reads the patient's number (empty: of
    /// no patient in particular) by the asker's reading order. Errors: Unavailable, Storage.
    Result<std::unique_ptr<OpenQuestion>> open(const PatientNumber& number, const Asker& asker,
                                               index::ReaderPool::Use use, std::stop_token stop = {}) const;

    /// The verdict on one study for the asker today. `attributes`: those of the study, others do no harm.
    recognition::Verdict judge(const index::StudyRow& study, const dicom::AttributeSet& attributes,
                               const Asker& asker) const;

    /// Issuer of Patient ID under which numbers of a domain are given out.
    std::string issuer_of(std::string_view domain) const;

    const ServiceContext& context() const { return context_; }
    /// The character set that data sets of this institution (its code) have when they declare none.
    const std::string& default_character_set(std::string_view institution) const;

private:
    ServiceContext context_;
};

/// One question while it is asked: the index was complete when it began and shows one state until it ends.
/// Holds a connection, so it ends soon. One thread; `stop` from any.
class OpenQuestion {
public:
    OpenQuestion(const ServiceContext& context, index::ReaderPool::Lease lease, std::stop_token stop)
        : context_(context), lease_(std::move(lease)), snapshot_(*lease_), reader_(*lease_),
          on_stop_(std::move(stop), Interrupt{*lease_}) {}

    index::IndexReader& reader() { return reader_; }
    /// Whom the question is about.
    PatientAsked patient;

    /// Whom a number means. A wild card in it means nobody in particular.
    Result<PatientAsked> read_number(const PatientNumber& number, const Asker& asker);

private:
    struct Interrupt {
        index::Connection& connection;
        void operator()() const { connection.interrupt(); }
    };

    const ServiceContext& context_;
    index::ReaderPool::Lease lease_;
    index::Snapshot snapshot_;
    index::IndexReader reader_;
    std::stop_callback<Interrupt> on_stop_;
};

} // namespace recog::service
