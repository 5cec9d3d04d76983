#include "core/service/find_identifier.hpp"

#include "core/dicom/private_dictionary.hpp"
#include "core/service/recognition_elements.hpp"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcostrmb.h>
#include <dcmtk/dcmdata/dctk.h>

namespace recog::service {

namespace tags = dicom::tags;
namespace dictionary = dicom::recognition_dictionary;
using dicom::AttributeSet;
using dicom::Level;
using dicom::Tag;

namespace {

DcmTagKey key_of(Tag tag) {
    return DcmTagKey(tag.group, tag.element);
}

std::string_view level_name(Level level) {
    switch (level) {
    case Level::Patient:
        return "PATIENT";
    case Level::Study:
        return "STUDY";
    case Level::Series:
        return "SERIES";
    case Level::Instance:
        break;
    }
    return "IMAGE";
}

void put(DcmItem& item, Tag tag, std::string_view value) {
    const OFString text(value.data(), value.size());
    item.putAndInsertOFStringArray(DcmTag(key_of(tag)), text);
}

void put_items(DcmItem& item, Tag tag, const std::vector<AttributeSet>& items) {
    item.insertEmptyElement(DcmTag(key_of(tag)));
    for (const AttributeSet& one : items) {
        DcmItem* nested = nullptr;
        if (item.findOrCreateSequenceItem(DcmTag(key_of(tag)), nested, -2).good()) {
            for (const AttributeSet::Entry& entry : one.entries()) {
                put(*nested, entry.tag, entry.value);
            }
        }
    }
}

void put_private(DcmItem& item, const PriorQuery& query, const PriorAnswer& answer) {
    if (!answer.verdict) {
        return;
    }
    put(item, dictionary::creator_tag, dictionary::creator);
    for (const RecognitionElement& element : recognition_elements(query, answer)) {
        DcmTag tag(key_of(element.tag), DcmVR(std::string(element.vr).c_str()));
        tag.setPrivateCreator(std::string(dictionary::creator).c_str());
        item.putAndInsertOFStringArray(tag, OFString(element.value.data(), element.value.size()));
    }
}

void put_key(DcmItem& item, Tag tag, const PriorQuery& query, const PriorAnswer& answer) {
    const dicom::IndexedAttribute* attribute = dicom::find_indexed(tag);
    if (attribute == nullptr || attribute->level > query.level) {
        return;
    }
    if (tag == tags::OtherPatientIDsSequence) {
        put_items(item, tag, other_patient_id_items(answer));
    } else if (attribute->vr == "SQ") {
        const auto items = dicom::decode_items(answer.attributes.get(tag));
        put_items(item, tag, items ? *items : std::vector<AttributeSet>());
    } else {
        put(item, tag, answer.attributes.get(tag));
    }
}

constexpr std::size_t kPreambleBytes = 128;

} // namespace

Status read_find_keys(const AttributeSet& keys, PriorQuery& query) {
    const std::string_view level = keys.get(tags::QueryRetrieveLevel);
    if (level == "PATIENT") {
        query.level = Level::Patient;
    } else if (level == "STUDY") {
        query.level = Level::Study;
    } else if (level == "SERIES") {
        query.level = Level::Series;
    } else if (level == "IMAGE") {
        query.level = Level::Instance;
    } else {
        return error(ErrorKind::BadRequest,
                     "Query/Retrieve Level (0008,0052) must be PATIENT, STUDY, SERIES or IMAGE");
    }
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

std::unique_ptr<DcmDataset> make_find_answer(const PriorQuery& query, const PriorAnswer& answer,
                                             const std::string& retrieve_aet) {
    auto dataset = std::make_unique<DcmDataset>();
    put(*dataset, tags::SpecificCharacterSet, "ISO_IR 192");
    put(*dataset, tags::QueryRetrieveLevel, level_name(query.level));
    put(*dataset, tags::RetrieveAETitle, retrieve_aet);
    for (const AttributeSet::Entry& key : query.keys.entries()) {
        put_key(*dataset, key.tag, query, answer);
    }
    if (!answer.other_patient_ids.empty()) {
        put_items(*dataset, tags::OtherPatientIDsSequence, other_patient_id_items(answer));
    }
    put_private(*dataset, query, answer);
    return dataset;
}

std::string to_part10(DcmDataset& dataset) {
    // Not through DcmFileFormat: it would invent a SOP class for an Identifier, which has none.
    static constexpr char kMeta[] = "DICM\x02\x00\x00\x00UL\x04\x00\x1C\x00\x00\x00"
                                    "\x02\x00\x10\x00UI\x14\x00"
                                    "1.2.840.10008.1.2.1\x00";
    std::string file(kPreambleBytes, '\0');
    file.append(kMeta, sizeof kMeta - 1);
    std::string body(dataset.calcElementLength(EXS_LittleEndianExplicit, EET_ExplicitLength) + 1024U, '\0');
    DcmOutputBufferStream out(body.data(), static_cast<offile_off_t>(body.size()));
    dataset.transferInit();
    dataset.write(out, EXS_LittleEndianExplicit, EET_ExplicitLength, nullptr);
    dataset.transferEnd();
    void* written = nullptr;
    offile_off_t length = 0;
    out.flushBuffer(written, length);
    file.append(static_cast<const char*>(written), static_cast<std::size_t>(length));
    return file;
}

} // namespace recog::service
