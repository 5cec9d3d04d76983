#include "core/dicomweb/store_response.hpp"

#include "core/dicom/dictionary.hpp"
#include "core/dicom/json_model.hpp"
#include "core/dicom/xml_model.hpp"

#include <algorithm>

namespace recog::dicomweb {

namespace {

using dicom::AttributeSet;
using dicom::SequenceItems;
using dicom::Tag;

constexpr Tag kReferencedSopClass{0x0008, 0x1150};
constexpr Tag kReferencedSopInstance{0x0008, 0x1155};
constexpr Tag kWarningReason{0x0008, 0x1196};
constexpr Tag kFailureReason{0x0008, 0x1197};
constexpr Tag kFailedSopSequence{0x0008, 0x1198};
constexpr Tag kReferencedSopSequence{0x0008, 0x1199};
constexpr Tag kOtherFailuresSequence{0x0008, 0x119A};

AttributeSet references(const StoreOutcome& outcome) {
    AttributeSet item;
    item.set(kReferencedSopClass, outcome.sop_class);
    item.set(kReferencedSopInstance, outcome.sop_instance);
    return item;
}

AttributeSet stored_item(const StoreOutcome& outcome, const std::string& root_url) {
    AttributeSet item = references(outcome);
    item.set(dicom::tags::RetrieveURL, root_url + "/studies/" + outcome.study + "/series/" + outcome.series +
                                           "/instances/" + outcome.sop_instance);
    if (outcome.warning != 0) {
        item.set(kWarningReason, std::to_string(outcome.warning));
    }
    return item;
}

/// The module: of several studies none is named.
struct Module {
    AttributeSet attributes;
    std::vector<SequenceItems> sequences;
};

Module module_of(const std::vector<StoreOutcome>& outcomes, const std::string& root_url) {
    SequenceItems failed{kFailedSopSequence, {}};
    SequenceItems stored{kReferencedSopSequence, {}};
    SequenceItems other{kOtherFailuresSequence, {}};
    const std::string* study = nullptr;
    bool one_study = true;
    for (const StoreOutcome& outcome : outcomes) {
        if (outcome.failure == 0) {
            stored.items.push_back(stored_item(outcome, root_url));
            one_study = one_study && (study == nullptr || *study == outcome.study);
            study = &outcome.study;
            continue;
        }
        const bool known = !outcome.sop_class.empty() && !outcome.sop_instance.empty();
        AttributeSet item = known ? references(outcome) : AttributeSet();
        item.set(kFailureReason, std::to_string(outcome.failure));
        (known ? failed : other).items.push_back(std::move(item));
    }
    Module module;
    module.attributes.set(dicom::tags::RetrieveURL,
                          study != nullptr && one_study ? root_url + "/studies/" + *study : std::string());
    for (SequenceItems* sequence : {&failed, &stored, &other}) {
        if (!sequence->items.empty()) {
            module.sequences.push_back(std::move(*sequence));
        }
    }
    return module;
}

std::string json_of(const Module& module) {
    std::string json;
    JsonWriter writer(json);
    dicom::write_answer(writer, {module.attributes, module.sequences, {}});
    return json;
}

void open_attribute(std::string& xml, Tag tag, std::string_view vr) {
    xml.append("<DicomAttribute tag=\"").append(dicom::to_hex(tag)).append("\" vr=\"").append(vr);
    xml.append("\">");
}

void append_xml(std::string& xml, const AttributeSet& attributes) {
    for (const AttributeSet::Entry& entry : attributes.entries()) {
        open_attribute(xml, entry.tag, dicom::vr_of(entry.tag));
        if (!entry.value.empty()) {
            xml.append("<Value number=\"1\">");
            dicom::append_xml_text(xml, entry.value);
            xml.append("</Value>");
        }
        xml.append("</DicomAttribute>");
    }
}

// PS3.19 A.1. The attributes of this module all stand before its sequences.
std::string xml_of(const Module& module) {
    std::string xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<NativeDicomModel "
                      "xmlns=\"http://dicom.nema.org/PS3.19/models/NativeDICOM\">";
    append_xml(xml, module.attributes);
    for (const SequenceItems& sequence : module.sequences) {
        open_attribute(xml, sequence.tag, "SQ");
        for (std::size_t i = 0; i < sequence.items.size(); ++i) {
            xml.append("<Item number=\"").append(std::to_string(i + 1)).append("\">");
            append_xml(xml, sequence.items[i]);
            xml.append("</Item>");
        }
        xml.append("</DicomAttribute>");
    }
    return xml.append("</NativeDicomModel>\n");
}

} // namespace

int store_status(const std::vector<StoreOutcome>& outcomes) {
    const auto all = [&](auto condition) { return std::all_of(outcomes.begin(), outcomes.end(), condition); };
    if (outcomes.empty() || all([](const StoreOutcome& one) { return one.bad_syntax; })) {
        return 400;
    }
    if (all([](const StoreOutcome& one) { return one.failure == 0 && one.warning == 0; })) {
        return 200;
    }
    if (all([](const StoreOutcome& one) { return one.failure == store_reason::OutOfResources; })) {
        return 503;
    }
    return all([](const StoreOutcome& one) { return one.failure != 0; }) ? 409 : 202;
}

Response store_response(const std::vector<StoreOutcome>& outcomes, const std::string& root_url,
                        const std::string& media_type) {
    const Module module = module_of(outcomes, root_url);
    Response response;
    response.status = store_status(outcomes);
    response.set_header("Content-Type", media_type);
    if (response.status == 503) {
        response.set_header("Retry-After", "5");
    }
    response.body.append(media_type == "application/dicom+xml" ? xml_of(module) : json_of(module));
    return response;
}

} // namespace recog::dicomweb
