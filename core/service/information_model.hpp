// The query/retrieve information models (PS3.4 C.3, C.6) and their SOP classes.
#pragma once

#include "core/dicom/indexed_attributes.hpp"

#include <optional>
#include <string_view>

namespace recog::service {

enum class InformationModel { PatientRoot, StudyRoot, PatientStudyOnly };

enum class QueryService { Find, Move, Get };

struct QuerySopClass {
    InformationModel model = InformationModel::PatientRoot;
    QueryService service = QueryService::Find;
};

/// 1.2.840.10008.5.1.4.1.2.{1,2,3}.{1,2,3}; nullopt for every other UID.
constexpr std::optional<QuerySopClass> query_sop_class(std::string_view uid) {
    constexpr std::string_view kRoot = "1.2.840.10008.5.1.4.1.2.";
    if (uid.size() != kRoot.size() + 3 || !uid.starts_with(kRoot) || uid[kRoot.size() + 1] != '.') {
        return std::nullopt;
    }
    const char model = uid[kRoot.size()];
    const char service = uid[kRoot.size() + 2];
    if (model < '1' || model > '3' || service < '1' || service > '3') {
        return std::nullopt;
    }
    return QuerySopClass{static_cast<InformationModel>(model - '1'),
                         static_cast<QueryService>(service - '1')};
}

/// Whether the model has the level: study root begins at STUDY, patient/study only ends there.
constexpr bool has_level(InformationModel model, dicom::Level level) {
    switch (model) {
    case InformationModel::PatientRoot:
        return true;
    case InformationModel::StudyRoot:
        return level != dicom::Level::Patient;
    case InformationModel::PatientStudyOnly:
        break;
    }
    return level <= dicom::Level::Study;
}

} // namespace recog::service
