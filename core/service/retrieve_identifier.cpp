#include "core/service/retrieve_identifier.hpp"

#include "core/dicom/padding.hpp"
#include "core/service/find_identifier.hpp"

#include <algorithm>

namespace recog::service {

namespace tags = dicom::tags;
using dicom::Level;
using dicom::Tag;

namespace {

constexpr std::size_t kMaxUidBytes = 64; // PS3.5 9.1

/// Single value, or a list of UIDs (PS3.4 C.2.2.2.2). Empty values are passed over.
Result<std::vector<std::string>> read_uids(std::string_view value) {
    if (static_cast<std::size_t>(std::count(value.begin(), value.end(), '\\')) >= kMaxRetrieveUids) {
        return error(ErrorKind::TooLarge, "the retrieve request names more than 100000 UIDs");
    }
    std::vector<std::string> uids;
    for (const std::string_view part : dicom::split_values(value)) {
        const std::string_view uid = dicom::strip_padding(part);
        if (uid.size() > kMaxUidBytes || uid.find_first_not_of("0123456789.") != std::string_view::npos) {
            return error(ErrorKind::BadRequest, "a unique key is no UID");
        }
        if (!uid.empty()) {
            uids.emplace_back(uid);
        }
    }
    return uids;
}

Tag unique_key_of(Level level) {
    switch (level) {
    case Level::Patient:
        return tags::PatientID;
    case Level::Study:
        return tags::StudyInstanceUID;
    case Level::Series:
        return tags::SeriesInstanceUID;
    case Level::Instance:
        break;
    }
    return tags::SOPInstanceUID;
}

Status check_unique_key(const RetrieveQuery& query) {
    const bool named = query.level == Level::Patient  ? !query.patient_id.empty()
                       : query.level == Level::Study  ? !query.study_uids.empty() || !query.accession.empty()
                       : query.level == Level::Series ? !query.series_uids.empty()
                                                      : !query.sop_uids.empty();
    if (!named) {
        return error(ErrorKind::BadRequest, "the unique key of the level is missing");
    }
    if (query.level == Level::Patient && query.patient_id.find_first_of("*?\\") != std::string::npos) {
        return error(ErrorKind::BadRequest, "a retrieve request names one patient, without wild cards");
    }
    return {};
}

} // namespace

IdentifierResult<RetrieveQuery> read_retrieve_identifier(std::span<const std::byte> data_set,
                                                         std::string_view transfer_syntax,
                                                         InformationModel model, const Asker& asker,
                                                         std::string_view default_character_set) {
    const auto read = read_identifier(data_set, transfer_syntax, default_character_set, kRetrieveLimits);
    if (!read.result) {
        return {read.result.failure(), read.offending};
    }
    const dicom::AttributeSet& keys = read.result->keys;
    const auto level = read_level(keys, model);
    if (!level) {
        return {level.failure(), tags::QueryRetrieveLevel};
    }
    RetrieveQuery query;
    query.level = *level;
    query.asker = asker;
    query.patient_id = keys.get(tags::PatientID);
    query.issuer = keys.get(tags::IssuerOfPatientID);
    query.accession = keys.get(tags::AccessionNumber);
    for (const auto& [uids, tag] : {std::pair{&query.study_uids, tags::StudyInstanceUID},
                                    std::pair{&query.series_uids, tags::SeriesInstanceUID},
                                    std::pair{&query.sop_uids, tags::SOPInstanceUID}}) {
        auto list = read_uids(keys.get(tag));
        if (!list) {
            return {list.failure(), tag};
        }
        *uids = *std::move(list);
    }
    if (const Status named = check_unique_key(query); !named) {
        return {named.failure(), unique_key_of(query.level)};
    }
    return query;
}

} // namespace recog::service
