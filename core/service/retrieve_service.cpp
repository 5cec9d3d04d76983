#include "core/service/retrieve_service.hpp"

#include <algorithm>
#include <charconv>
#include <map>
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

Found found_of(const index::Row& row) {
    Found found;
    found.instance.orthanc_id = row.instance.orthanc_id;
    found.instance.study_uid = row.study.uid;
    found.instance.series_uid = row.series.uid;
    found.instance.sop_instance_uid = row.instance.uid;
    found.instance.sop_class_uid = row.instance.attributes.get(tags::SOPClassUID);
    found.instance.transfer_syntax = row.instance.attributes.get(tags::AvailableTransferSyntaxUID);
    found.instance.institution = row.study.institution;
    found.instance.size = row.instance.size;
    found.person = row.study.person;
    found.series_number = number_of(row.series.attributes.get(tags::SeriesNumber));
    found.instance_number = number_of(row.instance.attributes.get(tags::InstanceNumber));
    return found;
}

/// UIDs that a request lists; none listed means all.
class Wanted {
public:
    explicit Wanted(const std::vector<std::string>& uids) : uids_(uids.begin(), uids.end()) {}
    bool operator()(const std::string& uid) const { return uids_.empty() || uids_.contains(uid); }

private:
    std::unordered_set<std::string> uids_;
};

/// What a request names, and whose: one name that stands for objects of two persons is ambiguous.
const std::string& name_of(const RetrieveQuery& query, const index::Row& row) {
    if (query.level == Level::Instance) {
        return row.instance.uid;
    }
    if (query.level == Level::Series) {
        return row.series.uid;
    }
    // An accession number is given out by each hospital for itself.
    return query.study_uids.empty() ? query.accession : row.study.uid;
}

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

/// Within the snapshot that found the instances: whose they are must not change between the two. What the
/// receiver's institution made itself is under a number of its own already.
Status localise(std::vector<Found>& found, LocalPatients patients, const std::string& receiver) {
    for (Found& one : found) {
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

std::vector<RetrievedInstance> ordered(std::vector<Found> found) {
    std::sort(found.begin(), found.end(), [](const Found& left, const Found& right) {
        return std::tie(left.instance.study_uid, left.series_number, left.instance.series_uid,
                        left.instance_number, left.instance.sop_instance_uid) <
               std::tie(right.instance.study_uid, right.series_number, right.instance.series_uid,
                        right.instance_number, right.instance.sop_instance_uid);
    });
    std::vector<RetrievedInstance> instances;
    std::unordered_set<std::string> seen;
    for (Found& one : found) {
        if (seen.insert(one.instance.sop_instance_uid).second) {
            instances.push_back(std::move(one.instance));
        }
    }
    return instances;
}

} // namespace

Result<std::vector<RetrievedInstance>> RetrieveService::select(const RetrieveQuery& query) const {
    if (const Status named = check(query); !named) {
        return named.failure();
    }
    const ServiceContext& context = priors_.context();
    if (const Status ready = context.readiness.wait(); !ready) {
        return ready.failure();
    }
    auto connection = context.readers.take();
    if (!connection) {
        return connection.failure();
    }
    const index::Snapshot snapshot(**connection);
    index::IndexReader reader(**connection);
    dicom::AttributeSet keys;
    keys.set(tags::PatientID, query.patient_id);
    keys.set(tags::IssuerOfPatientID, query.issuer);
    const auto patient = priors_.resolve_patient(reader, keys, query.asker);
    if (!patient) {
        return patient.failure();
    }
    if (patient->restricted && patient->found.outcome == index::PersonFound::Outcome::Ambiguous) {
        return error(ErrorKind::Ambiguous,
                     "the patient number belongs to more than one person; name its issuer");
    }
    if (patient->restricted && patient->found.outcome == index::PersonFound::Outcome::Nobody) {
        return std::vector<RetrievedInstance>();
    }
    if (query.level == Level::Patient && !patient->restricted) {
        return error(ErrorKind::BadRequest, "a retrieve request names one patient, without wild cards");
    }
    std::vector<Found> found;
    const Wanted wants_study(query.study_uids);
    const Wanted wants_series(query.series_uids);
    std::map<std::string, std::int64_t> person_of_name;
    bool several_persons = false;
    bool too_many = false;
    const Status read = reader.instances(selection_of(query, *patient), [&](index::Row& row) {
        const bool wanted = (!patient->restricted || row.study.person == patient->found.person) &&
                            (query.level == Level::Patient || wants_study(row.study.uid)) &&
                            (query.level != Level::Instance || wants_series(row.series.uid)) &&
                            (query.level == Level::Patient || query.accession.empty() ||
                             row.study.attributes.get(tags::AccessionNumber) == query.accession);
        if (wanted) {
            found.push_back(found_of(row));
            const auto [known, fresh] = person_of_name.emplace(name_of(query, row), row.study.person);
            several_persons = several_persons || known->second != row.study.person;
        }
        too_many = found.size() > kMaxRetrievedInstances;
        return !too_many;
    });
    if (!read) {
        return read.failure();
    }
    if (too_many) {
        return error(ErrorKind::TooLarge, "the retrieve request means more than a million instances");
    }
    if (several_persons) {
        return error(ErrorKind::Ambiguous,
                     "the UID is held by studies of more than one person; name the patient");
    }
    if (!query.localise_for.empty()) {
        const Status localised =
            localise(found, LocalPatients(reader, context.resolver, query.localise_for, query.patient_id),
                     query.localise_for);
        if (!localised) {
            return localised.failure();
        }
    }
    return ordered(std::move(found));
}

} // namespace recog::service
