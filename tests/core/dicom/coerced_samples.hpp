// What the tests of coerced copies share.
#pragma once

#include "core/dicom/attribute_coercion.hpp"
#include "core/dicom/instance_header.hpp"
#include "core/dicom/top_level_elements.hpp"
#include "tests/core/dicom/sample_files.hpp"

#include <doctest/doctest.h>

#include <dcmtk/dcmdata/dcistrmb.h>
#include <dcmtk/dcmdata/dcostrmb.h>

#include <set>
#include <stdexcept>

namespace recog::test {

inline dicom::CoercedPatient local_patient() {
    return {"L-100", "H001", "", "", "Zhang^Wei"};
}

inline dicom::CoercionRecord record() {
    return {"NODE", "H002", "20240620101112", "GB18030"};
}

/// Made at H002, where the patient has the number F-200.
inline SampleFile foreign_file() {
    SampleFile file("1.2.1", "1.2.2", "1.2.3");
    file.patient("F-200", "Chang^Wei").set(0x0010, 0x0021, "LO", "H002");
    return file;
}

inline std::string joined(const dicom::CoercedFile& file) {
    std::string all;
    for (const dicom::Bytes part : file.parts) {
        all += text_of(part);
    }
    return all;
}

inline std::string coerced(const std::string& file, const dicom::CoercedPatient& patient) {
    const auto result = dicom::coerce_patient(bytes_of(file), patient, record());
    if (!result) {
        throw std::runtime_error("no copy: " + result.failure().text);
    }
    return joined(*result);
}

/// nullopt when DCMTK cannot read the whole file.
inline bool parse_into(DcmFileFormat& parsed, const std::string& file) {
    DcmInputBufferStream stream;
    stream.setBuffer(file.data(), static_cast<offile_off_t>(file.size()));
    stream.setEos();
    parsed.transferInit();
    const OFCondition condition = parsed.read(stream);
    parsed.transferEnd();
    return condition.good() && parsed.loadAllDataIntoMemory().good();
}

inline DcmFileFormat parse(const std::string& file) {
    DcmFileFormat parsed;
    REQUIRE(parse_into(parsed, file));
    return parsed;
}

inline std::string trimmed(std::string_view raw) {
    return std::string(raw.substr(0, raw.find_last_not_of(std::string_view(" \0", 2)) + 1));
}

inline std::string raw_at(DcmItem& item, const DcmTagKey& tag) {
    DcmElement* element = nullptr;
    Uint8* bytes = nullptr;
    if (item.findAndGetElement(tag, element).bad()) {
        return {};
    }
    const bool is_text = element->isaString() == OFTrue;
    if (is_text) {
        OFString text;
        element->getOFStringArray(text, OFFalse);
        return text.c_str();
    }
    if (element->getUint8Array(bytes).bad() || bytes == nullptr) {
        return {};
    }
    return std::string(reinterpret_cast<const char*>(bytes), element->getLength());
}

inline std::string text_at(DcmItem& item, const DcmTagKey& tag) {
    return trimmed(raw_at(item, tag));
}

inline unsigned long items_at(DcmItem& item, const DcmTagKey& tag) {
    DcmSequenceOfItems* sequence = nullptr;
    return item.findAndGetSequence(tag, sequence).good() ? sequence->card() : 0;
}

/// The item with the values that copy number `place` replaced.
inline bool modified_item(DcmItem& dataset, long place, DcmItem*& modified) {
    DcmItem* original = nullptr;
    return dataset.findAndGetSequenceItem(DCM_OriginalAttributesSequence, original, place).good() &&
           original->findAndGetSequenceItem(DCM_ModifiedAttributesSequence, modified, 0).good();
}

/// In explicit little endian.
inline std::vector<std::string> tags_of(const std::string& file) {
    dicom::TopLevelElements top(bytes_of(file), dicom::Encoding{});
    REQUIRE(top.scan(dicom::read_meta(bytes_of(file))->dataset_offset, dicom::Part10Limits()).ok());
    std::vector<std::string> tags;
    for (const auto& element : top.all()) {
        tags.push_back(dicom::to_hex(element.element.tag));
    }
    return tags;
}

/// What a copy may say otherwise than its original.
inline bool is_coerced(dicom::Tag tag) {
    static const std::set<dicom::Tag> kCoerced{dicom::tags::SpecificCharacterSet,
                                               dicom::tags::PatientName,
                                               dicom::tags::PatientID,
                                               dicom::tags::IssuerOfPatientID,
                                               dicom::tags::IssuerOfPatientIDQualifiersSequence,
                                               dicom::tags::OtherPatientIDsSequence,
                                               dicom::tags::OriginalAttributesSequence,
                                               dicom::tags::LengthToEnd};
    return tag.element == 0 || kCoerced.contains(tag);
}

/// All other elements have the same bytes, in explicit little endian.
inline void check_rest_is_the_same(const std::string& file, const std::string& copy) {
    const auto rest_of = [](const std::string& one) {
        dicom::TopLevelElements top(bytes_of(one), dicom::Encoding{});
        REQUIRE(top.scan(dicom::read_meta(bytes_of(one))->dataset_offset, dicom::Part10Limits()).ok());
        std::string rest;
        for (const auto& element : top.all()) {
            if (!is_coerced(element.element.tag)) {
                rest += text_of(top.whole(element));
            }
        }
        return rest;
    };
    CHECK(rest_of(file) == rest_of(copy));
}

inline void remove_coerced(DcmDataset& dataset) {
    std::vector<DcmTagKey> gone;
    for (unsigned long i = 0; i < dataset.card(); ++i) {
        const DcmTag& tag = dataset.getElement(i)->getTag();
        if (is_coerced({tag.getGTag(), tag.getETag()})) {
            gone.push_back(tag.getXTag());
        }
    }
    for (const DcmTagKey& tag : gone) {
        dataset.findAndDeleteElement(tag);
    }
}

/// All other elements are the same for DCMTK.
inline void check_same_for_dcmtk(const std::string& file, const std::string& copy) {
    DcmFileFormat before = parse(file);
    DcmFileFormat after = parse(copy);
    remove_coerced(*before.getDataset());
    remove_coerced(*after.getDataset());
    REQUIRE(before.getDataset()->card() == after.getDataset()->card());
    for (unsigned long i = 0; i < before.getDataset()->card(); ++i) {
        DcmElement* const was = before.getDataset()->getElement(i);
        DcmElement* const is = after.getDataset()->getElement(i);
        CHECK(was->getTag() == is->getTag());
        CHECK(was->getLength() == is->getLength());
        // DCMTK finds a few elements different from themselves.
        std::unique_ptr<DcmObject> clone(was->clone());
        if (was->compare(static_cast<DcmElement&>(*clone)) == 0) {
            CHECK(was->compare(*is) == 0);
        }
    }
}

inline std::string in_syntax(const std::string& file, E_TransferSyntax syntax) {
    DcmFileFormat parsed = parse(file);
    std::vector<char> buffer(2 * file.size() + 65536);
    DcmOutputBufferStream stream(buffer.data(), static_cast<offile_off_t>(buffer.size()));
    REQUIRE(parsed.getDataset()->chooseRepresentation(syntax, nullptr).good());
    parsed.transferInit();
    REQUIRE(parsed.write(stream, syntax, EET_UndefinedLength, nullptr).good());
    parsed.transferEnd();
    stream.flush();
    void* bytes = nullptr;
    offile_off_t length = 0;
    stream.flushBuffer(bytes, length);
    return std::string(static_cast<const char*>(bytes), static_cast<std::size_t>(length));
}

inline dicom::InstanceHeader header_of(const std::string& file) {
    auto header =
        dicom::read_instance_header(bytes_of(file), [](std::string_view) { return std::string("GB18030"); });
    if (!header) {
        throw std::runtime_error("no header: " + header.failure().text);
    }
    return *std::move(header);
}

} // namespace recog::test
