#include "core/service/prior_service.hpp"

#include "core/index/study_summary.hpp"
#include "core/matching/matcher.hpp"
#include "core/service/answer_builder.hpp"
#include "core/service/time_zone.hpp"

#include <algorithm>
#include <map>

namespace recog::service {

namespace tags = dicom::tags;
using dicom::AttributeSet;
using dicom::Level;
using index::PersonFound;

namespace {

/// A longer list narrows nothing worth the look-ups.
constexpr std::size_t kMostModalities = 16;
/// Behind the last answer of a page, to say how many are left: rows that are matched, and index entries.
constexpr std::uint64_t kMostRowsCounted = 500;
constexpr std::uint64_t kMostEntriesCounted = 10'000;

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
                        const PatientAsked& patient, Level level) {
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
    selection.modalities = exact_values(matcher, tags::ModalitiesInStudy);
    if (selection.modalities.empty() && level >= Level::Series) {
        selection.modalities = exact_values(matcher, tags::Modality);
    }
    if (selection.modalities.size() > kMostModalities) {
        selection.modalities.clear();
    }
    selection.study_dates = matcher.date_range(tags::StudyDate);
    return selection;
}

/// Long unless a key that few rows can have narrows the search.
index::ReaderPool::Use use_of(const matching::Matcher& matcher, const PatientNumber& number) {
    const bool one_patient = !is_universal(number.value) && !has_wild_card(number.value);
    const bool narrow = one_patient || !exact_values(matcher, tags::StudyInstanceUID).empty() ||
                        !exact_values(matcher, tags::SeriesInstanceUID).empty() ||
                        !exact_values(matcher, tags::SOPInstanceUID).empty() ||
                        !exact_values(matcher, tags::AccessionNumber).empty();
    return narrow ? index::ReaderPool::Use::Short : index::ReaderPool::Use::Long;
}

/// The keys that are matched on, as one query wants them.
struct CompiledKeys {
    AttributeSet keys;
    matching::Matcher matcher;
    std::vector<dicom::Tag> unsupported;
};

/// `patient_known`: Patient ID and issuer have been read as a number and are not matched as text.
Result<CompiledKeys> compile(const PriorQuery& query, bool patient_known) {
    AttributeSet keys = query.keys;
    if (patient_known) {
        keys.erase(tags::PatientID);
        keys.erase(tags::IssuerOfPatientID);
    }
    if (number_asked_among_others(keys)) { // read as a number as well
        keys.erase(tags::OtherPatientIDsSequence);
    }
    const std::vector<dicom::Tag> dropped = drop_unmatchable(query.level, keys);
    auto matcher = matching::Matcher::compile(
        keys, {query.fuzzy_names, query.combined_datetime, query.utc_offset.value_or(0)});
    if (!matcher) {
        return matcher.failure();
    }
    std::vector<dicom::Tag> unsupported = matcher->unsupported();
    unsupported.insert(unsupported.end(), dropped.begin(), dropped.end());
    return CompiledKeys{std::move(keys), *std::move(matcher), std::move(unsupported)};
}

/// Whether each study that the selection gives is an answer: nothing else restricts.
bool is_exact(const PriorQuery& query, const CompiledKeys& compiled, const index::Selection& selection) {
    if (query.level != Level::Study || query.utc_offset || !index::walks(selection)) {
        return false;
    }
    const auto& entries = compiled.keys.entries();
    return std::all_of(entries.begin(), entries.end(), [&](const AttributeSet::Entry& key) {
        const bool one_range = key.tag == tags::StudyDate && key.value.find('\\') == std::string::npos;
        const bool one_modality = key.tag == tags::ModalitiesInStudy && selection.modalities.size() == 1;
        return !compiled.matcher.restricts(key.tag) || one_range || one_modality;
    });
}

/// The search of one question through the rows that the index gives.
class Search {
public:
    Search(const PriorService& service, const PriorQuery& query, const CompiledKeys& compiled,
           OpenQuestion& question, const std::function<bool(PriorAnswer&)>& sink)
        : query_(query), compiled_(compiled), question_(question), sink_(sink),
          builder_(service, question.reader(), query, question.patient) {
        const Settings& settings = service.context().settings;
        const std::size_t maximum = settings.maximum_answers_for(query.asker.policy);
        limit_ = maximum == 0 ? query.limit : std::min<std::uint64_t>(query.limit, maximum);
    }

    Result<PriorSummary> run() {
        summary_.unsupported_keys = compiled_.unsupported;
        const PatientAsked& patient = question_.patient;
        if (patient.restricted && patient.found.outcome != PersonFound::Outcome::One) {
            summary_.ambiguous_patient = patient.found.outcome == PersonFound::Outcome::Ambiguous;
            return summary_;
        }
        index::Selection selection = select(compiled_.matcher, compiled_.keys, patient, query_.level);
        if (query_.utc_offset && selection.study_dates) {
            selection.study_dates = widened(*selection.study_dates);
        }
        if (const Status one = check_owner(selection); !one) {
            return one.failure();
        }
        const Status read = query_.in_pages ? read_pages(selection) : read_rows(selection);
        summary_.stopped = query_.stop.stop_requested();
        if (!read && !summary_.stopped) {
            return read.failure();
        }
        if (looked_at_ > query_.most_rows && !summary_.more) {
            return error(ErrorKind::TooLarge, "the question is too broad: narrow it by a patient, a date, a"
                                              " modality or a smaller offset");
        }
        return summary_;
    }

private:
    using Place = std::optional<index::StudyPlace>;

    /// What lies below a study is told without its patient: whoever has found the study of one person must
    /// not be given the series of another's that has the same UID.
    Status check_owner(const index::Selection& selection) {
        const bool below = query_.level == Level::Series || query_.level == Level::Instance;
        if (!below || question_.patient.restricted || selection.study_uids.empty()) {
            return {};
        }
        index::Selection studies;
        studies.study_uids = selection.study_uids;
        std::map<std::string, std::int64_t> persons;
        bool several = false;
        const Status read = question_.reader().studies(studies, [&](const index::Row& row) {
            several =
                several || persons.emplace(row.study.uid, row.study.person).first->second != row.study.person;
            return !several;
        });
        return !read || !several
                   ? read
                   : Status(error(ErrorKind::Ambiguous,
                                  "the UID is held by studies of more than one person; name the "
                                  "patient"));
    }

    Status read_pages(index::Selection& selection) {
        summary_.newest = query_.newest.value_or(question_.reader().newest_id(query_.level));
        selection.newest_first = true;
        exact_ = is_exact(query_, compiled_, selection);
        if (exact_ && query_.offset > 0) {
            const auto passed = pass_over(selection, query_.offset);
            if (passed && passed->count < query_.offset) {
                return {};
            }
            if (passed) {
                passed_over_ = passed->count;
                selection.after = passed->last;
            }
        }
        const Status read = read_rows(selection);
        if (exact_ && summary_.more && read) {
            selection.after = first_left_out_;
            const auto passed = pass_over(selection, kMostEntriesCounted);
            if (passed && passed->count < kMostEntriesCounted) {
                summary_.remaining = 1 + passed->count;
            }
        } else if (summary_.more && looked_at_ <= rows_to_count_) {
            summary_.remaining = left_out_;
        }
        return read;
    }

    Result<index::PassedOver> pass_over(const index::Selection& selection, std::uint64_t most) {
        return question_.reader().pass_over(selection, most, summary_.newest,
                                            [this](std::int64_t person, const std::string& uid) {
                                                return builder_.is_repeated_study(person, uid);
                                            });
    }

    Status read_rows(const index::Selection& selection) {
        const auto on_row = [this](index::Row& row) { return take_row(row); };
        switch (query_.level) {
        case Level::Patient:
            return builder_.each_person(selection,
                                        [this](PriorAnswer& answer) { return take_record(answer); });
        case Level::Study:
            return question_.reader().studies(selection, on_row);
        case Level::Series:
            return question_.reader().series(selection, on_row);
        case Level::Instance:
            break;
        }
        return question_.reader().instances(selection, on_row);
    }

    bool take_row(index::Row& row) {
        const PatientAsked& patient = question_.patient;
        if (query_.stop.stop_requested() || ++looked_at_ > std::min(query_.most_rows, rows_to_count_)) {
            return false;
        }
        if (query_.in_pages && id_of(row) > summary_.newest) {
            return true;
        }
        if (patient.restricted && row.study.person != patient.found.person) {
            return true;
        }
        PriorAnswer answer = builder_.from_row(row);
        if (query_.utc_offset) {
            move_to_time_zone(answer.attributes, *query_.utc_offset);
        }
        return !compiled_.matcher.matches(answer.attributes) || builder_.is_repetition(row) ||
               give(answer, row);
    }

    std::int64_t id_of(const index::Row& row) const {
        return query_.level == Level::Study    ? row.study.id
               : query_.level == Level::Series ? row.series.id
                                               : row.instance.id;
    }

    bool give(PriorAnswer& answer, const index::Row& row) {
        if (summary_.answers < limit_ || passed_over_ < query_.offset) {
            return give(answer);
        }
        if (!summary_.more) {
            summary_.more = true;
            first_left_out_ =
                index::StudyPlace{index::date_column(answer.attributes.get(tags::StudyDate)), row.study.id};
            rows_to_count_ = looked_at_ + kMostRowsCounted;
        }
        ++left_out_;
        return query_.in_pages && !exact_;
    }

    AnswerBuilder::PersonStep take_record(PriorAnswer& answer) {
        using Step = AnswerBuilder::PersonStep;
        if (query_.stop.stop_requested()) {
            return Step::Stop;
        }
        return !compiled_.matcher.matches(answer.attributes) ? Step::TryNextRecord
               : give(answer)                                ? Step::Done
                                                             : Step::Stop;
    }

    /// Matches in front of the window are passed over; the first one behind it ends the search.
    bool give(PriorAnswer& answer) {
        if (passed_over_ < query_.offset) {
            ++passed_over_;
            return true;
        }
        if (summary_.answers >= limit_) {
            summary_.more = true;
            return false;
        }
        ++summary_.answers;
        builder_.finish(answer);
        return sink_(answer);
    }

    const PriorQuery& query_;
    const CompiledKeys& compiled_;
    OpenQuestion& question_;
    const std::function<bool(PriorAnswer&)>& sink_;
    AnswerBuilder builder_;
    PriorSummary summary_;
    std::uint64_t limit_ = 0;
    std::uint64_t passed_over_ = 0;
    std::uint64_t looked_at_ = 0;
    bool exact_ = false; ///< every study of the selection is an answer
    // Behind the page:
    std::uint64_t rows_to_count_ = std::numeric_limits<std::uint64_t>::max(); ///< looked_at_ stays below
    std::uint64_t left_out_ = 0;
    Place first_left_out_;
};

} // namespace

std::optional<PatientNumber> number_asked_among_others(const AttributeSet& keys) {
    const auto items = dicom::decode_items(keys.get(tags::OtherPatientIDsSequence));
    if (!items || items->size() != 1) {
        return std::nullopt;
    }
    const AttributeSet& item = items->front();
    const std::string_view value = item.get(tags::PatientID);
    const auto& entries = item.entries();
    const bool number_alone = std::all_of(entries.begin(), entries.end(), [](const auto& entry) {
        return entry.tag == tags::PatientID || entry.tag == tags::IssuerOfPatientID ||
               is_universal(entry.value);
    });
    if (!number_alone || value.empty() || has_wild_card(value)) {
        return std::nullopt;
    }
    return PatientNumber{std::string(value), std::string(item.get(tags::IssuerOfPatientID))};
}

Result<PatientAsked> OpenQuestion::read_number(const PatientNumber& number, const Asker& asker) {
    PatientAsked asked;
    if (is_universal(number.value) || has_wild_card(number.value)) {
        return asked;
    }
    asked.restricted = true;
    asked.asked_value = number.value;
    const bool no_issuer = is_universal(number.issuer) || has_wild_card(number.issuer);
    asked.asked_issuer = no_issuer ? std::string() : number.issuer;
    const auto order = context_.resolver.reading_order(number.value, asked.asked_issuer, asker.institution);
    auto found = reader_.find_person(order, asker.institution);
    if (!found) {
        return found.failure();
    }
    asked.found = *found;
    return asked;
}

Result<std::unique_ptr<OpenQuestion>> PriorService::open(const PatientNumber& number, const Asker& asker,
                                                         index::ReaderPool::Use use,
                                                         std::stop_token stop) const {
    if (const Status ready = context_.readiness.wait(); !ready) {
        return ready.failure();
    }
    auto lease = context_.readers.take(use, stop);
    if (!lease) {
        return lease.failure();
    }
    auto question = std::make_unique<OpenQuestion>(context_, *std::move(lease), std::move(stop));
    auto patient = question->read_number(number, asker);
    if (!patient) {
        return patient.failure();
    }
    question->patient = *std::move(patient);
    return question;
}

recognition::Verdict PriorService::judge(const index::StudyRow& study, const AttributeSet& attributes,
                                         const Asker& asker) const {
    return context_.rules.judge(exam_of(study, attributes), recognition::Asker{asker.institution},
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

namespace {

/// The person must hold both numbers when two are asked by.
Status add_other_number(OpenQuestion& question, const PatientNumber& other, const Asker& asker) {
    auto patient = question.read_number(other, asker);
    if (!patient) {
        return patient.failure();
    }
    if (!question.patient.restricted) {
        patient->asked_among_others = true;
        question.patient = *std::move(patient);
        return {};
    }
    if (patient->found.outcome != PersonFound::Outcome::One ||
        patient->found.person != question.patient.found.person) {
        question.patient.found = PersonFound{};
    }
    return {};
}

} // namespace

const std::string& PriorService::default_character_set(std::string_view institution) const {
    const auto* const known = context_.rules.institutions().find(institution);
    return known != nullptr && !known->default_character_set.empty()
               ? known->default_character_set
               : context_.settings.default_character_set;
}

Result<PriorSummary> PriorService::find(const PriorQuery& query,
                                        const std::function<bool(PriorAnswer&)>& sink) const {
    const PatientNumber number{std::string(query.keys.get(tags::PatientID)),
                               std::string(query.keys.get(tags::IssuerOfPatientID))};
    // A malformed key is the asker's fault whether or not the index is ready.
    auto compiled = compile(query, !number.value.empty() && !has_wild_card(number.value));
    if (!compiled) {
        return compiled.failure();
    }
    const bool one_person = number_asked_among_others(query.keys).has_value();
    auto question =
        open(number, query.asker,
             one_person ? index::ReaderPool::Use::Short : use_of(compiled->matcher, number), query.stop);
    if (!question) {
        PriorSummary summary;
        summary.stopped = query.stop.stop_requested();
        return summary.stopped ? Result<PriorSummary>(summary) : question.failure();
    }
    if (const std::string inner = wrapped_number(number.value); !inner.empty()) {
        auto patient = (*question)->read_number({inner, number.issuer}, query.asker);
        if (!patient) {
            return patient.failure();
        }
        if (patient->found.outcome == PersonFound::Outcome::One) {
            (*question)->patient = *std::move(patient);
            compiled = compile(query, true);
            if (!compiled) {
                return compiled.failure();
            }
        }
    }
    if (const auto other = number_asked_among_others(query.keys)) {
        if (const Status read = add_other_number(**question, *other, query.asker); !read) {
            return read.failure();
        }
    }
    return Search(*this, query, *compiled, **question, sink).run();
}

} // namespace recog::service
