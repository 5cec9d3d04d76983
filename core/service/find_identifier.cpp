#include "core/service/find_identifier.hpp"

#include "core/dicom/private_dictionary.hpp"
#include "core/matching/matcher.hpp"
#include "core/service/prior_service.hpp"

#include <algorithm>

namespace recog::service {

namespace tags = dicom::tags;
namespace dictionary = dicom::recognition_dictionary;
using dicom::AttributeSet;
using dicom::Level;
using dicom::Tag;

namespace {

/// Neither keys nor answers: they steer the query (PS3.4 C.4.1.1.3).
bool steers(Tag tag) {
    return tag == Tag{0x0008, 0x0001} || tag == Tag{0x0008, 0x0053} || tag == tags::TimezoneOffsetFromUTC;
}

bool is_universal(std::string_view value) {
    return value.find_first_not_of('*') == std::string_view::npos;
}

/// Whether the node neither matches by the key nor returns it at this level.
bool is_unsupported(const AttributeSet::Entry& key, Level level) {
    if (steers(key.tag)) {
        return false;
    }
    const dicom::IndexedAttribute* attribute = dicom::find_indexed(key.tag);
    if (attribute == nullptr || attribute->level > level) {
        return true;
    }
    if (is_universal(key.value)) {
        return false;
    }
    if (attribute->vr == "SQ") {
        AttributeSet alone;
        alone.set(key.tag, key.value);
        if (number_asked_among_others(alone)) {
            return false;
        }
        const auto matcher = matching::Matcher::compile(alone);
        return matcher && !matcher->unsupported().empty();
    }
    return attribute->computed && attribute->level == Level::Patient; // counts, made for answers only
}

std::vector<Tag> unsupported_keys(const IdentifierKeys& read, const PriorQuery& query) {
    std::vector<Tag> unsupported = read.unsupported;
    for (const AttributeSet::Entry& key : query.keys.entries()) {
        if (is_unsupported(key, query.level)) {
            unsupported.push_back(key.tag);
        }
    }
    for (const AttributeSet::Entry& key : read.keys.entries()) {
        const bool element = key.tag.group == dictionary::group && key.tag != dictionary::creator_tag;
        if (element && (!query.recognition || !is_universal(key.value))) {
            unsupported.push_back(key.tag); // verdicts are of studies, and are not matched by
        }
    }
    std::sort(unsupported.begin(), unsupported.end());
    unsupported.erase(std::unique(unsupported.begin(), unsupported.end()), unsupported.end());
    return unsupported;
}

Result<Level> level_of(const AttributeSet& keys) {
    const std::string_view level = keys.get(tags::QueryRetrieveLevel);
    if (level == "PATIENT") {
        return Level::Patient;
    }
    if (level == "STUDY") {
        return Level::Study;
    }
    if (level == "SERIES") {
        return Level::Series;
    }
    if (level == "IMAGE") {
        return Level::Instance;
    }
    return error(ErrorKind::BadRequest,
                 "Query/Retrieve Level (0008,0052) must be PATIENT, STUDY, SERIES or IMAGE");
}

} // namespace

Result<Level> read_level(const AttributeSet& keys, InformationModel model) {
    const auto level = level_of(keys);
    if (level && !has_level(model, *level)) {
        return error(ErrorKind::BadRequest,
                     "Query/Retrieve Level (0008,0052) is not in the information model");
    }
    return level;
}

Status read_find_keys(const AttributeSet& keys, PriorQuery& query) {
    const auto level = level_of(keys);
    if (!level) {
        return level.failure();
    }
    query.level = *level;
    query.recognition = query.asker.policy.recognition_always;
    for (const AttributeSet::Entry& entry : keys.entries()) {
        if (entry.tag.group == dictionary::group) {
            // The asker's block need not be ours: the low byte names the element (PS3.5 7.8.1).
            query.recognition = true;
            if (entry.tag.element > 0x00FF) {
                query.recognition_elements.insert(static_cast<std::uint16_t>(entry.tag.element & 0x00FFU));
            }
        } else if (entry.tag != tags::QueryRetrieveLevel && entry.tag != tags::SpecificCharacterSet &&
                   entry.tag != tags::RetrieveAETitle && !entry.tag.is_private()) {
            query.keys.set(entry.tag, entry.value);
        }
    }
    query.recognition = query.recognition && query.level == Level::Study;
    return {};
}

IdentifierResult<FindRequest> read_find_request(std::span<const std::byte> data_set,
                                                std::string_view transfer_syntax, InformationModel model,
                                                const Asker& asker, std::string_view default_character_set) {
    auto read = read_identifier(data_set, transfer_syntax, default_character_set);
    if (!read.result) {
        return {read.result.failure(), read.offending};
    }
    const IdentifierKeys& found = *read.result;
    if (const auto level = read_level(found.keys, model); !level) {
        return {level.failure(), tags::QueryRetrieveLevel};
    }
    FindRequest request;
    request.query.asker = asker;
    if (const Status keys = read_find_keys(found.keys, request.query); !keys) {
        return {keys.failure(), tags::QueryRetrieveLevel};
    }
    request.unsupported = unsupported_keys(found, request.query);
    request.character_set = found.character_set;
    return request;
}

} // namespace recog::service
