#include "core/service/prior_service.hpp"

#include "core/base/utf8.hpp"
#include "core/matching/matcher.hpp"
#include "core/service/answer_builder.hpp"

#include <algorithm>
#include <set>

namespace recog::service {

namespace tags = dicom::tags;
using dicom::AttributeSet;
using dicom::Level;
using index::PersonFound;

namespace {

bool is_universal(std::string_view value) {
    return value.find_first_not_of('*') == std::string_view::npos;
}

bool has_wild_card(std::string_view value) {
    return value.find_first_of("*?") != std::string_view::npos;
}

/// Browser viewers put stars round whatever is typed ("*330...22*"). A whole number between them that is one
/// person's means that person; anything else stays a pattern on the stored Patient IDs. Empty when there is
/// no such number.
std::string wrapped_number(std::string_view patient_id) {
    if (patient_id.size() < 3 || patient_id.front() != '*' || patient_id.back() != '*') {
        return {};
    }
    const std::string_view inner = patient_id.substr(1, patient_id.size() - 2);
    return has_wild_card(inner) ? std::string() : std::string(inner);
}

/// Keys of lower levels, and counts over a patient (made for the answer only), do not match; the asker is
/// told.
std::vector<dicom::Tag> drop_unmatchable(Level level, AttributeSet& keys) {
    std::vector<dicom::Tag> dropped;
    const AttributeSet asked = keys;
    for (const AttributeSet::Entry& entry : asked.entries()) {
        const dicom::IndexedAttribute* attribute = dicom::find_indexed(entry.tag);
        const bool below = attribute != nullptr && attribute->level > level;
        const bool count = attribute != nullptr && attribute->computed && attribute->level == Level::Patient;
        if ((below || count) && !is_universal(entry.value)) {
            keys.erase(entry.tag);
            dropped.push_back(entry.tag);
        }
    }
    return dropped;
}

std::vector<std::string> exact_values(const matching::Matcher& matcher, dicom::Tag tag) {
    return matcher.narrowing(tag).values;
}

index::Selection select(const matching::Matcher& matcher, const AttributeSet& keys,
                        const PatientAsked& patient) {
    index::Selection selection;
    selection.sop_uids = exact_values(matcher, tags::SOPInstanceUID);
    selection.series_uids = exact_values(matcher, tags::SeriesInstanceUID);
    selection.study_uids = exact_values(matcher, tags::StudyInstanceUID);
    if (patient.restricted) {
        selection.person = patient.found.person;
    }
    if (const auto accession = exact_values(matcher, tags::AccessionNumber); accession.size() == 1) {
        selection.accession = accession.front();
    }
    selection.names = matcher.narrowing(tags::PatientName).name_lookups;
    const std::string_view patient_id = keys.get(tags::PatientID);
    selection.patient_id_prefix = patient_id.substr(0, patient_id.find_first_of("*?"));
    selection.study_dates = matcher.date_range(tags::StudyDate);
    return selection;
}

/// Takes answers until limit or maximum, and counts the rest.
class AnswerWindow {
public:
    AnswerWindow(const PriorQuery& query, std::size_t maximum, PriorSummary& summary)
        : offset_(query.offset),
          limit_(maximum == 0 ? query.limit : std::min<std::uint64_t>(query.limit, maximum)),
          summary_(summary) {}

    /// Whether the next match is inside.
    bool take() {
        if (matched_++ < offset_) {
            return false;
        }
        if (summary_.answers >= limit_) {
            ++summary_.withheld;
            return false;
        }
        ++summary_.answers;
        return true;
    }

private:
    std::uint64_t offset_;
    std::uint64_t limit_;
    std::uint64_t matched_ = 0;
    PriorSummary& summary_;
};

} // namespace

Result<PatientAsked> PriorService::resolve_patient(index::IndexReader& reader, const AttributeSet& keys,
                                                   const Asker& asker) const {
    PatientAsked patient;
    const std::string value(keys.get(tags::PatientID));
    const std::string issuer(keys.get(tags::IssuerOfPatientID));
    if (is_universal(value) || has_wild_card(value)) {
        return patient;
    }
    patient.restricted = true;
    patient.asked_value = value;
    patient.asked_issuer = is_universal(issuer) || has_wild_card(issuer) ? std::string() : issuer;
    const auto order = context_.resolver.reading_order(value, patient.asked_issuer, asker.institution);
    auto found = reader.find_person(order, asker.institution);
    if (!found) {
        return found.failure();
    }
    patient.found = *found;
    return patient;
}

recognition::Verdict PriorService::judge(const index::StudyRow& study, const Asker& asker) const {
    return context_.rules.judge(exam_of(study), recognition::Asker{asker.institution},
                                context_.clock.today());
}

std::string PriorService::issuer_of(std::string_view domain) const {
    if (domain.starts_with(identity::kLocalPrefix)) {
        const std::string code(domain.substr(identity::kLocalPrefix.size()));
        const auto* institution = context_.rules.institutions().find(code);
        return institution != nullptr && !institution->issuers.empty() ? institution->issuers.front() : code;
    }
    if (domain.starts_with(identity::kIssuerPrefix)) {
        return std::string(domain.substr(identity::kIssuerPrefix.size()));
    }
    if (domain == identity::kUnassignedDomain) {
        return {};
    }
    if (domain.ends_with(identity::kUnverifiedSuffix)) {
        domain.remove_suffix(identity::kUnverifiedSuffix.size());
    }
    return std::string(domain);
}

Result<PriorSummary> PriorService::find(const PriorQuery& query,
                                        const std::function<bool(PriorAnswer&)>& sink) const {
    // A malformed key is the asker's fault whether or not the index is ready.
    AttributeSet keys = query.keys;
    const std::string patient_id(keys.get(tags::PatientID));
    if (!patient_id.empty() && !has_wild_card(patient_id)) {
        keys.erase(tags::PatientID);
        keys.erase(tags::IssuerOfPatientID);
    }
    std::vector<dicom::Tag> unsupported = drop_unmatchable(query.level, keys);
    auto matcher = matching::Matcher::compile(keys, {query.fuzzy_names, query.combined_datetime});
    if (!matcher) {
        return matcher.failure();
    }
    if (const Status ready = context_.readiness.wait(); !ready) {
        return ready.failure();
    }
    auto connection = context_.readers.take();
    if (!connection) {
        return connection.failure();
    }
    const index::Snapshot snapshot(**connection);
    index::IndexReader reader(**connection);
    auto patient = resolve_patient(reader, query.keys, query.asker);
    if (!patient) {
        return patient.failure();
    }
    if (const std::string number = wrapped_number(patient_id); !number.empty()) {
        AttributeSet whole = query.keys;
        whole.set(tags::PatientID, number);
        const auto person = resolve_patient(reader, whole, query.asker);
        if (!person) {
            return person.failure();
        }
        if (person->found.outcome == PersonFound::Outcome::One) {
            patient = *person;
            keys.erase(tags::PatientID);
            keys.erase(tags::IssuerOfPatientID);
            matcher = matching::Matcher::compile(keys, {query.fuzzy_names, query.combined_datetime});
            if (!matcher) {
                return matcher.failure();
            }
        }
    }
    PriorSummary summary;
    summary.unsupported_keys = matcher->unsupported();
    summary.unsupported_keys.insert(summary.unsupported_keys.end(), unsupported.begin(), unsupported.end());
    if (patient->restricted && patient->found.outcome != PersonFound::Outcome::One) {
        summary.ambiguous_patient = patient->found.outcome == PersonFound::Outcome::Ambiguous;
        return summary;
    }
    AnswerBuilder builder(*this, reader, query, *patient);
    AnswerWindow window(query, context_.settings.maximum_answers, summary);
    const index::Selection selection = select(*matcher, keys, *patient);
    const auto give = [&](PriorAnswer& answer) {
        if (!window.take()) {
            return true;
        }
        builder.finish(answer);
        return sink(answer);
    };
    const auto on_row = [&](index::Row& row) {
        if (patient->restricted && row.study.person != patient->found.person) {
            return true;
        }
        PriorAnswer answer = builder.from_row(row);
        return !matcher->matches(answer.attributes) || builder.is_repetition(row) || give(answer);
    };
    Status read;
    if (query.level == Level::Patient) {
        read = builder.each_person(selection, [&](PriorAnswer& answer) {
            return !matcher->matches(answer.attributes) ? AnswerBuilder::PersonStep::TryNextRecord
                   : give(answer)                       ? AnswerBuilder::PersonStep::Done
                                                        : AnswerBuilder::PersonStep::Stop;
        });
    } else if (query.level == Level::Study) {
        read = reader.studies(selection, on_row);
    } else if (query.level == Level::Series) {
        read = reader.series(selection, on_row);
    } else {
        read = reader.instances(selection, on_row);
    }
    if (!read) {
        return read.failure();
    }
    return summary;
}

} // namespace recog::service
