// From rows of the index to answers, within one question.
#pragma once

#include "core/service/prior_service.hpp"

#include <set>
#include <tuple>

namespace recog::service {

/// What the rules need to know of a study, from its row and its attributes.
recognition::Exam exam_of(const index::StudyRow& study, const dicom::AttributeSet& attributes);

/// Lives as long as one question; one thread.
class AnswerBuilder {
public:
    AnswerBuilder(const PriorService& service, index::IndexReader& reader, const PriorQuery& query,
                  const PatientAsked& patient);

    /// What matching looks at. Takes the attributes out of the row, which must live until finish().
    PriorAnswer from_row(index::Row& row);
    /// True when this study (series, instance) of this person has been given already: it is stored under
    /// several local Patient IDs.
    bool is_repetition(const index::Row& row);
    /// The same for a study that is passed over.
    bool is_repeated_study(std::int64_t person, const std::string& uid);
    /// Adds what only answers need: echo of the number asked, verdict, counts.
    void finish(PriorAnswer& answer);

    enum class PersonStep { TryNextRecord, Done, Stop };
    /// Persons one by one, their records in a stable order, the asker's own numbers first.
    Status each_person(const index::Selection& selection,
                       const std::function<PersonStep(PriorAnswer&)>& visit);

private:
    void add_study_counts(const index::StudyRow& study, dicom::AttributeSet& attributes);
    void add_series_count(const index::Row& row, dicom::AttributeSet& attributes);
    void echo_patient(PriorAnswer& answer);
    const std::vector<PatientNumber>& local_numbers(std::int64_t person);

    const PriorService& service_;
    index::IndexReader& reader_;
    const PriorQuery& query_;
    const PatientAsked& patient_;
    const index::StudyRow* current_study_ = nullptr;
    std::int64_t current_person_ = 0;
    std::set<std::tuple<std::int64_t, std::string, std::string>> given_;
    std::int64_t numbers_of_ = -1;
    std::vector<PatientNumber> numbers_;
};

} // namespace recog::service
