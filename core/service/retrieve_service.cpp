#include "core/service/retrieve_service.hpp"

#include "core/index/stored_instance.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <tuple>
#include <unordered_set>

namespace recog::service {

namespace tags = dicom::tags;
using dicom::Level;

namespace {

struct Found {
    RetrievedInstance instance;
    std::int64_t person = 0;
    std::int64_t series_number = 0;
    std::int64_t instance_number = 0;
};

std::int64_t number_of(std::string_view text) {
    std::int64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

Found found_of(const index::SelectedInstance& row) {
    Found found;
    found.instance.orthanc_id = index::unpack_orthanc_id(row.orthanc_id);
    found.instance.study_uid = row.study_uid;
    found.instance.series_uid = row.series_uid;
    found.instance.sop_instance_uid = row.sop_instance_uid;
    found.instance.sop_class_uid = row.sop_class_uid;
    found.instance.transfer_syntax = row.transfer_syntax;
    found.instance.institution = row.institution;
    found.instance.size = row.size;
    found.instance.file = row.file;
    found.person = row.person;
    found.series_number = number_of(row.series_number);
    found.instance_number = number_of(row.instance_number);
    return found;
}

/// UIDs that a request lists; none listed means all.
class Wanted {
public:
    explicit Wanted(const std::vector<std::string>& uids) : uids_(uids.begin(), uids.end()) {}
    bool operator()(std::string_view uid) const { return uids_.empty() || uids_.contains(uid); }

private:
    std::unordered_set<std::string_view> uids_; ///< of the query
};

/// The unique key of the level (PS3.4 C.4.2.2.1), or one above it, must be there: a retrieve never means
/// "everything". An accession number stands for a study's UID, as Orthanc allows.
Status check(const RetrieveQuery& query) {
    const bool study = !query.study_uids.empty() || !query.accession.empty();
    const bool series = !query.series_uids.empty();
    const bool instance = !query.sop_uids.empty();
    const bool named = query.level == Level::Patient  ? !query.patient_id.empty()
                       : query.level == Level::Study  ? study
                       : query.level == Level::Series ? series
                                                      : instance;
    if (!named) {
        return error(ErrorKind::BadRequest,
                     "the retrieve request does not name what is to be retrieved at its level");
    }
    if (query.study_uids.size() > kMaxRetrieveUids || query.series_uids.size() > kMaxRetrieveUids ||
        query.sop_uids.size() > kMaxRetrieveUids) {
        return error(ErrorKind::TooLarge, "the retrieve request names more than 100000 UIDs");
    }
    return {};
}

/// Keys below the level of the request do not narrow it.
index::Selection selection_of(const RetrieveQuery& query, const PatientAsked& patient) {
    index::Selection selection;
    if (query.level == Level::Instance) {
        selection.sop_uids = query.sop_uids;
    }
    if (query.level == Level::Series || query.level == Level::Instance) {
        selection.series_uids = query.series_uids;
    }
    if (query.level != Level::Patient) {
        selection.study_uids = query.study_uids;
        selection.accession = query.accession;
    }
    if (patient.restricted) {
        selection.person = patient.found.person;
    }
    return selection;
}

/// Gathers what a request means.
class Selecting {
public:
    Selecting(const RetrieveQuery& query, const PatientAsked& patient)
        : query_(query), patient_(patient), wants_study_(query.study_uids), wants_series_(query.series_uids) {
    }

    /// False when there are too many.
    bool take(const index::SelectedInstance& row) {
        if (is_wanted(row)) {
            found_.push_back(found_of(row));
            remember_person(row);
        }
        return found_.size() <= kMaxRetrievedInstances;
    }

    bool too_many() const { return found_.size() > kMaxRetrievedInstances; }
    bool several_persons() const { return several_persons_; }

    /// Within the snapshot that found the instances: whose they are must not change between the two. What the
    /// receiver's institution made itself is under a number of its own already.
    Status localise(LocalPatients patients, const std::string& receiver) {
        for (Found& one : found_) {
            if (one.instance.institution == receiver) {
                continue;
            }
            auto local = patients.of(one.person);
            if (!local) {
                return local.failure();
            }
            one.instance.local_patient = *std::move(local);
        }
        return {};
    }

    std::vector<RetrievedInstance> take_ordered() {
        std::vector<Found*> order;
        order.reserve(found_.size());
        for (Found& one : found_) {
            order.push_back(&one);
        }
        std::sort(order.begin(), order.end(), [](const Found* left, const Found* right) {
            return std::tie(left->instance.study_uid, left->series_number, left->instance.series_uid,
                            left->instance_number, left->instance.sop_instance_uid) <
                   std::tie(right->instance.study_uid, right->series_number, right->instance.series_uid,
                            right->instance_number, right->instance.sop_instance_uid);
        });
        std::vector<RetrievedInstance> instances;
        instances.reserve(found_.size()); // the names in `seen` stay where they are
        std::unordered_set<std::string_view> seen;
        for (Found* one : order) {
            if (!seen.contains(one->instance.sop_instance_uid)) {
                instances.push_back(std::move(one->instance));
                seen.insert(instances.back().sop_instance_uid);
            }
        }
        return instances;
    }

private:
    bool is_wanted(const index::SelectedInstance& row) const {
        if (patient_.restricted && row.person != patient_.found.person) {
            return false;
        }
        return query_.level == Level::Patient ||
               (wants_study_(row.study_uid) &&
                (query_.level != Level::Instance || wants_series_(row.series_uid)) &&
                (query_.accession.empty() || row.accession == query_.accession));
    }

    /// What a request names, and whose: one name that stands for objects of two persons is ambiguous.
    void remember_person(const index::SelectedInstance& row) {
        // An accession number is given out by each hospital for itself.
        const std::string_view name = query_.level == Level::Instance ? row.sop_instance_uid
                                      : query_.level == Level::Series ? row.series_uid
                                      : query_.study_uids.empty()     ? query_.accession
                                                                      : row.study_uid;
        const auto known = person_of_name_.find(name);
        if (known == person_of_name_.end()) {
            person_of_name_.emplace(name, row.person);
        } else {
            several_persons_ = several_persons_ || known->second != row.person;
        }
    }

    const RetrieveQuery& query_;
    const PatientAsked& patient_;
    Wanted wants_study_;
    Wanted wants_series_;
    std::vector<Found> found_;
    std::map<std::string, std::int64_t, std::less<>> person_of_name_;
    bool several_persons_ = false;
};

/// Whether the patient can be retrieved from; true also when the request names none.
Result<bool> check_patient(const RetrieveQuery& query, const PatientAsked& patient) {
    using Outcome = index::PersonFound::Outcome;
    if (patient.restricted && patient.found.outcome == Outcome::Ambiguous) {
        return error(ErrorKind::Ambiguous,
                     "the patient number belongs to more than one person; name its issuer");
    }
    if (query.level == Level::Patient && !patient.restricted) {
        return error(ErrorKind::BadRequest, "a retrieve request names one patient, without wild cards");
    }
    return !patient.restricted || patient.found.outcome == Outcome::One;
}

} // namespace

Result<std::vector<RetrievedInstance>> RetrieveService::select(const RetrieveQuery& query) const {
    if (const Status named = check(query); !named) {
        return named.failure();
    }
    auto question = priors_.open({query.patient_id, query.issuer}, query.asker, index::ReaderPool::Use::Short,
                                 query.stop);
    if (!question) {
        return question.failure();
    }
    const PatientAsked& patient = (*question)->patient;
    const auto somebody = check_patient(query, patient);
    if (!somebody) {
        return somebody.failure();
    }
    if (!*somebody) {
        return std::vector<RetrievedInstance>();
    }
    Selecting selecting(query, patient);
    const Status read = (*question)->reader().selected_instances(
        selection_of(query, patient), [&](const auto& row) { return selecting.take(row); });
    if (!read) {
        return read.failure();
    }
    if (selecting.too_many()) {
        return error(ErrorKind::TooLarge, "the retrieve request means more than a million instances");
    }
    if (selecting.several_persons()) {
        return error(ErrorKind::Ambiguous,
                     "the UID is held by studies of more than one person; name the patient");
    }
    if (!query.localise_for.empty()) {
        const Status localised =
            selecting.localise(LocalPatients((*question)->reader(), priors_.context().resolver,
                                             query.localise_for, query.patient_id),
                               query.localise_for);
        if (!localised) {
            return localised.failure();
        }
    }
    return selecting.take_ordered();
}

Error RetrieveService::why_nothing(const RetrieveQuery& query) const {
    const auto first = [](const std::vector<std::string>& uids) {
        return uids.empty() ? std::string() : uids.front();
    };
    auto question = priors_.open({}, query.asker, index::ReaderPool::Use::Short, query.stop);
    if (!question) {
        return question.failure();
    }
    const auto removed = (*question)->reader().was_removed(
        {first(query.study_uids), first(query.series_uids), first(query.sop_uids)});
    if (!removed) {
        return removed.failure();
    }
    return *removed ? error(ErrorKind::Gone, "it was here and has been removed")
                    : error(ErrorKind::NotFound, "there is no such study, series or instance");
}

} // namespace recog::service
