#include "core/dicom/instance_header.hpp"

#include "core/base/utf8.hpp"
#include "core/dicom/character_set.hpp"
#include "core/dicom/indexed_attributes.hpp"
#include "core/dicom/part10.hpp"
#include "core/dicom/report_text.hpp"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>

#include <array>
#include <optional>

namespace recog::dicom {

namespace {

DcmTagKey key_of(Tag tag) {
    return DcmTagKey(tag.group, tag.element);
}

std::string raw_value(DcmItem& item, Tag tag) {
    DcmElement* element = nullptr;
    if (item.findAndGetElement(key_of(tag), element).bad() || element == nullptr) {
        return {};
    }
    OFString text;
    const DcmEVR vr = element->ident();
    if (vr == EVR_UN || vr == EVR_UNKNOWN || vr == EVR_OB || vr == EVR_UNKNOWN2B) {
        // Text whose VR got lost on its way: the bytes are the text, and DCMTK would print them as numbers.
        Uint8* bytes = nullptr;
        if (element->getUint8Array(bytes).good() && bytes != nullptr) {
            text.assign(reinterpret_cast<const char*>(bytes), element->getLength());
        }
    } else if (element->getOFStringArray(text, OFFalse).bad()) {
        return {};
    }
    // A NUL is padding at the end and stands nowhere else (PS3.5 6.2). Orthanc, whose identifiers derive from
    // these values, ends them there; what is behind must not make another patient or study here.
    const std::size_t size = std::min({text.size(), text.find('\0'), kMaxValueBytes});
    return std::string(text.c_str(), size);
}

/// Reads the attributes of one item; every text goes through the item's own character set.
class ItemReader {
public:
    ItemReader(DcmItem& item, CharacterSetDecoder& decoder) : item_(item), decoder_(&decoder) {}
    ItemReader(ItemReader&&) = delete;
    ItemReader& operator=(ItemReader&&) = delete;

    std::string text(Tag tag, std::string_view vr) {
        std::string value = decoder_->decode(raw_value(item_, tag), vr);
        // Spaces in front mean nothing in these VRs (PS3.5 6.2), and would make two of one identifier.
        if (vr != "LT" && vr != "ST" && vr != "UT") {
            value.erase(0, value.find_first_not_of(' ') == std::string::npos ? value.size()
                                                                             : value.find_first_not_of(' '));
        }
        return std::string(utf8_prefix(value, kMaxValueBytes));
    }

    DcmSequenceOfItems* sequence(Tag tag) {
        DcmElement* element = nullptr;
        if (item_.findAndGetElement(key_of(tag), element).bad() || element == nullptr ||
            element->ident() != EVR_SQ) {
            return nullptr;
        }
        return static_cast<DcmSequenceOfItems*>(element);
    }

    bool has(Tag tag) { return item_.tagExists(key_of(tag)) == OFTrue; }

    ItemReader of(DcmItem& nested) { return ItemReader(nested, *decoder_, Nested()); }

private:
    struct Nested {};
    // PS3.5 7.5.3: an item without a Specific Character Set has that of what it stands in.
    ItemReader(DcmItem& item, CharacterSetDecoder& outer, Nested) : item_(item), decoder_(&outer) {
        if (const std::string terms = raw_value(item, tags::SpecificCharacterSet); !terms.empty()) {
            own_ = CharacterSetDecoder::for_terms(terms);
            decoder_ = &*own_;
        }
    }

    DcmItem& item_;
    std::optional<CharacterSetDecoder> own_;
    CharacterSetDecoder* decoder_;
};

constexpr unsigned long kMaxSequenceItems = 64;

template <typename Visit> void for_each_item(ItemReader& reader, Tag tag, const Visit& visit) {
    DcmSequenceOfItems* const sequence = reader.sequence(tag);
    if (sequence == nullptr) {
        return;
    }
    for (unsigned long i = 0; i < sequence->card() && i < kMaxSequenceItems; ++i) {
        ItemReader nested = reader.of(*sequence->getItem(i));
        visit(nested);
    }
}

struct NestedAttribute {
    Tag tag;
    std::string_view vr;
};

constexpr std::array kCodeAttributes{NestedAttribute{tags::CodeValue, "SH"},
                                     NestedAttribute{tags::CodingSchemeDesignator, "SH"},
                                     NestedAttribute{tags::CodeMeaning, "LO"}};
constexpr std::array kRequestAttributes{NestedAttribute{tags::ScheduledProcedureStepDescription, "LO"},
                                        NestedAttribute{tags::ScheduledProcedureStepID, "SH"},
                                        NestedAttribute{tags::RequestedProcedureID, "SH"}};

std::string read_items(ItemReader& reader, Tag tag, std::span<const NestedAttribute> wanted) {
    std::vector<AttributeSet> items;
    for_each_item(reader, tag, [&](ItemReader& nested) {
        AttributeSet item;
        for (const NestedAttribute& attribute : wanted) {
            if (nested.has(attribute.tag)) {
                item.set(attribute.tag, nested.text(attribute.tag, attribute.vr));
            }
        }
        items.push_back(std::move(item));
    });
    return encode_items(items);
}

PatientIdentifier read_identifier(ItemReader& reader) {
    PatientIdentifier identifier;
    identifier.value = reader.text(tags::PatientID, "LO");
    identifier.issuer = reader.text(tags::IssuerOfPatientID, "LO");
    for_each_item(reader, tags::IssuerOfPatientIDQualifiersSequence, [&](ItemReader& qualifiers) {
        identifier.universal_entity_id = qualifiers.text(tags::UniversalEntityID, "UT");
        identifier.type_code = qualifiers.text(tags::IdentifierTypeCode, "CS");
    });
    return identifier;
}

void read_identifiers(ItemReader& reader, InstanceHeader& header) {
    PatientIdentifier first = read_identifier(reader);
    header.has_patient_id = !first.value.empty();
    if (header.has_patient_id) {
        header.identifiers.push_back(std::move(first));
    }
    for_each_item(reader, tags::OtherPatientIDsSequence, [&](ItemReader& nested) {
        PatientIdentifier other = read_identifier(nested);
        if (!other.value.empty() && header.identifiers.size() < kMaxIdentifiersPerInstance) {
            header.identifiers.push_back(std::move(other));
        }
    });
}

AttributeSet& set_of(InstanceHeader& header, Level level) {
    switch (level) {
    case Level::Patient:
        return header.patient;
    case Level::Study:
        return header.study;
    case Level::Series:
        return header.series;
    case Level::Instance:
        break;
    }
    return header.instance;
}

void read_attributes(ItemReader& reader, InstanceHeader& header) {
    for (const IndexedAttribute& attribute : indexed_attributes()) {
        if (attribute.computed || !reader.has(attribute.tag)) {
            continue;
        }
        AttributeSet& set = set_of(header, attribute.level);
        if (attribute.tag == tags::ProcedureCodeSequence) {
            set.set(attribute.tag, read_items(reader, attribute.tag, kCodeAttributes));
        } else if (attribute.tag == tags::RequestAttributesSequence) {
            set.set(attribute.tag, read_items(reader, attribute.tag, kRequestAttributes));
        } else {
            set.set(attribute.tag, reader.text(attribute.tag, attribute.vr));
        }
    }
}

/// Issuers are plain ASCII nearly always; which set the rest is in may depend on them.
std::string raw_issuer(DcmDataset& dataset) {
    return CharacterSetDecoder::for_terms({}).decode(raw_value(dataset, tags::IssuerOfPatientID), "LO");
}

} // namespace

Result<InstanceHeader> read_instance_header(std::span<const std::byte> file,
                                            const DefaultCharacterSet& default_character_set) {
    auto parsed = read_header(file);
    if (!parsed) {
        return parsed.failure();
    }
    DcmDataset& dataset = *(*parsed)->getDataset();
    CharacterSetDecoder decoder = CharacterSetDecoder::for_terms(
        raw_value(dataset, tags::SpecificCharacterSet), default_character_set(raw_issuer(dataset)));
    ItemReader reader(dataset, decoder);
    InstanceHeader header;
    read_attributes(reader, header);
    read_identifiers(reader, header);
    for (const auto& [set, tag] : {std::pair{&header.study, tags::StudyInstanceUID},
                                   std::pair{&header.series, tags::SeriesInstanceUID},
                                   std::pair{&header.instance, tags::SOPInstanceUID},
                                   std::pair{&header.instance, tags::SOPClassUID}}) {
        if (set->get(tag).empty()) {
            return error(ErrorKind::Malformed, "a Study, Series, SOP Instance or SOP Class UID is missing");
        }
    }
    if (const auto meta = read_meta(file); meta) {
        header.instance.set(tags::AvailableTransferSyntaxUID, meta->transfer_syntax);
    }
    header.image = !header.instance.get(tags::Rows).empty() && !header.instance.get(tags::Columns).empty();
    header.report = read_report(
        dataset, [&decoder](std::string_view raw, std::string_view vr) { return decoder.decode(raw, vr); });
    return header;
}

} // namespace recog::dicom
