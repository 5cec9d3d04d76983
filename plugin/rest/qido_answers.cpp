#include "plugin/rest/qido_answers.hpp"

#include "core/dicom/private_dictionary.hpp"
#include "core/service/recognition_elements.hpp"

#include <algorithm>

namespace recog::rest {

namespace tags = dicom::tags;
namespace dictionary = dicom::recognition_dictionary;
using dicom::AttributeSet;
using dicom::Level;
using dicom::Tag;

namespace {

// PS3.18 tables 10.6.3-3, 10.6.3-4 and 10.6.3-5, as far as the node indexes them.
constexpr Tag kStudyDefaults[] = {tags::StudyDate,
                                  tags::StudyTime,
                                  tags::AccessionNumber,
                                  tags::InstanceAvailability,
                                  tags::ModalitiesInStudy,
                                  tags::ReferringPhysicianName,
                                  tags::TimezoneOffsetFromUTC,
                                  tags::PatientName,
                                  tags::PatientID,
                                  tags::PatientBirthDate,
                                  tags::PatientSex,
                                  tags::StudyInstanceUID,
                                  tags::StudyID,
                                  tags::StudyDescription,
                                  tags::NumberOfStudyRelatedSeries,
                                  tags::NumberOfStudyRelatedInstances};
constexpr Tag kSeriesDefaults[] = {tags::Modality,
                                   tags::TimezoneOffsetFromUTC,
                                   tags::SeriesDescription,
                                   tags::SeriesInstanceUID,
                                   tags::SeriesNumber,
                                   tags::NumberOfSeriesRelatedInstances,
                                   tags::PerformedProcedureStepStartDate,
                                   tags::PerformedProcedureStepStartTime,
                                   tags::RequestAttributesSequence,
                                   tags::StudyInstanceUID};
constexpr Tag kInstanceDefaults[] = {tags::SOPClassUID,
                                     tags::SOPInstanceUID,
                                     tags::InstanceAvailability,
                                     tags::TimezoneOffsetFromUTC,
                                     tags::InstanceNumber,
                                     tags::Rows,
                                     tags::Columns,
                                     tags::BitsAllocated,
                                     tags::NumberOfFrames,
                                     tags::AvailableTransferSyntaxUID,
                                     tags::SeriesInstanceUID,
                                     tags::StudyInstanceUID};

/// PS3.18 10.6.3.3: the level's own, and those of the levels above that the path does not name.
std::vector<Tag> defaults_of(const dicomweb::SearchRequest& search) {
    std::vector<Tag> tags;
    const auto add = [&tags](std::span<const Tag> more) {
        tags.insert(tags.end(), more.begin(), more.end());
    };
    if (search.level == Level::Study || !search.study_in_path) {
        add(kStudyDefaults);
    }
    if (search.level == Level::Series || (search.level == Level::Instance && !search.series_in_path)) {
        add(kSeriesDefaults);
    }
    if (search.level == Level::Instance) {
        add(kInstanceDefaults);
    }
    return tags;
}

// Type R of the same tables: given without a value when there is none (PS3.4 C.2.2.1.2).
constexpr Tag kStudyRequired[] = {tags::StudyDate,
                                  tags::StudyTime,
                                  tags::AccessionNumber,
                                  tags::ModalitiesInStudy,
                                  tags::ReferringPhysicianName,
                                  tags::PatientName,
                                  tags::PatientID,
                                  tags::PatientBirthDate,
                                  tags::PatientSex,
                                  tags::StudyID};
constexpr Tag kSeriesRequired[] = {tags::Modality, tags::SeriesNumber};
constexpr Tag kInstanceRequired[] = {tags::InstanceNumber};

void add_empty(AttributeSet& attributes, Tag tag) {
    if (!attributes.contains(tag)) {
        attributes.set(tag, "");
    }
}

void add_what_has_no_value(const dicomweb::SearchRequest& search, AttributeSet& attributes) {
    const auto add = [&attributes](std::span<const Tag> required) {
        for (const Tag tag : required) {
            add_empty(attributes, tag);
        }
    };
    if (search.level == Level::Study || !search.study_in_path) {
        add(kStudyRequired);
    }
    if (search.level == Level::Series || (search.level == Level::Instance && !search.series_in_path)) {
        add(kSeriesRequired);
    }
    if (search.level == Level::Instance) {
        add(kInstanceRequired);
    }
    const auto add_asked = [&](Tag tag) {
        const dicom::IndexedAttribute* const attribute = dicom::find_indexed(tag);
        if (attribute != nullptr && attribute->level <= search.level) {
            add_empty(attributes, tag);
        }
    };
    std::for_each(search.include.begin(), search.include.end(), add_asked);
    for (const AttributeSet::Entry& key : search.keys.entries()) {
        add_asked(key.tag);
    }
}

bool is_wanted(const dicomweb::SearchRequest& search, const service::PriorQuery& query, Tag tag) {
    const dicom::IndexedAttribute* attribute = dicom::find_indexed(tag);
    const bool level_fits = attribute == nullptr || attribute->level <= search.level;
    return level_fits && (search.include_all || query.wants(tag));
}

std::string url_of(const service::PriorAnswer& answer, const std::string& root_url) {
    std::string url = root_url + "/studies/" + std::string(answer.attributes.get(tags::StudyInstanceUID));
    if (answer.level == Level::Series || answer.level == Level::Instance) {
        url += "/series/" + std::string(answer.attributes.get(tags::SeriesInstanceUID));
    }
    if (answer.level == Level::Instance) {
        url += "/instances/" + std::string(answer.attributes.get(tags::SOPInstanceUID));
    }
    return url;
}

std::vector<dicom::SequenceItems> sequences_of(const dicomweb::SearchRequest& search,
                                               const service::PriorQuery& query,
                                               const service::PriorAnswer& answer) {
    std::vector<dicom::SequenceItems> sequences;
    for (const Tag tag : {tags::ProcedureCodeSequence, tags::RequestAttributesSequence}) {
        const auto items = is_wanted(search, query, tag)
                               ? dicom::decode_items(answer.attributes.get(tag))
                               : Result<std::vector<AttributeSet>>(std::vector<AttributeSet>());
        if (items && !items->empty()) {
            sequences.push_back({tag, *items});
        }
    }
    if (!answer.other_patient_ids.empty()) {
        sequences.push_back({tags::OtherPatientIDsSequence, service::other_patient_id_items(answer)});
    }
    std::sort(sequences.begin(), sequences.end(),
              [](const auto& left, const auto& right) { return left.tag < right.tag; });
    return sequences;
}

} // namespace

service::PriorQuery prior_query(const dicomweb::SearchRequest& search, const service::Asker& asker) {
    service::PriorQuery query;
    query.level = search.level;
    query.asker = asker;
    query.fuzzy_names = search.fuzzy_matching;
    query.everything = search.include_all;
    query.offset = search.offset;
    if (search.limit) {
        query.limit = *search.limit;
    }
    for (const AttributeSet::Entry& entry : search.keys.entries()) {
        if (!entry.tag.is_private()) {
            query.keys.set(entry.tag, entry.value);
        }
    }
    query.also = defaults_of(search);
    query.recognition = asker.policy.recognition_always;
    for (const auto& [tag, creator] : search.private_creators) {
        query.recognition =
            query.recognition || (tag.group == dictionary::group && creator == dictionary::creator);
    }
    for (const Tag tag : search.include) {
        query.also.push_back(tag);
        if (tag.group == dictionary::group && tag.element > 0x00FF) {
            query.recognition = true;
            query.recognition_elements.insert(static_cast<std::uint16_t>(tag.element & 0x00FFU));
        }
    }
    query.recognition = query.recognition && search.level == Level::Study;
    return query;
}

AnswerParts answer_parts(const dicomweb::SearchRequest& search, const service::PriorQuery& query,
                         const service::PriorAnswer& answer, const std::string& root_url) {
    AnswerParts parts;
    for (const AttributeSet::Entry& entry : answer.attributes.entries()) {
        const bool has_value = !entry.value.empty() || search.keys.contains(entry.tag);
        if (has_value && is_wanted(search, query, entry.tag)) {
            parts.attributes.set(entry.tag, entry.value);
        }
    }
    add_what_has_no_value(search, parts.attributes);
    parts.url = url_of(answer, root_url);
    parts.attributes.set(tags::RetrieveURL, parts.url);
    parts.sequences = sequences_of(search, query, answer);
    if (answer.verdict && query.recognition) {
        parts.private_elements.push_back({dictionary::creator_tag, "LO", std::string(dictionary::creator)});
        for (service::RecognitionElement& element : service::recognition_elements(query, answer)) {
            parts.private_elements.push_back(
                {element.tag, std::string(element.vr), std::move(element.value)});
        }
    }
    return parts;
}

} // namespace recog::rest
