#include "core/service/instance_check.hpp"

#include "core/dicom/dataset_bytes.hpp"
#include "core/dicom/element_scanner.hpp"
#include "core/dicomweb/uri.hpp"

namespace recog::service {

namespace {

using dicom::Bytes;
using dicomweb::StoreOutcome;
namespace reason = dicomweb::store_reason;

// A data set of a few hundred kilobytes that is deflated may grow to any size: three at once must not hurt.
constexpr std::size_t kInflatedBytes = 268'435'456;

// Orthanc would read this as an archive of many files, and answer for none of them.
bool is_zip(Bytes file) {
    constexpr std::string_view kZip("PK\x03\x04", 4);
    return file.size() >= kZip.size() &&
           std::string_view(reinterpret_cast<const char*>(file.data()), kZip.size()) == kZip;
}

std::string* place_of(StoreOutcome& outcome, dicom::Tag tag) {
    return tag == dicom::tags::SOPClassUID         ? &outcome.sop_class
           : tag == dicom::tags::SOPInstanceUID    ? &outcome.sop_instance
           : tag == dicom::tags::StudyInstanceUID  ? &outcome.study
           : tag == dicom::tags::SeriesInstanceUID ? &outcome.series
                                                   : nullptr;
}

std::string uid_of(Bytes bytes, const dicom::Element& element) {
    constexpr std::size_t kMost = 128; // longer ones are none, whatever they hold
    std::string uid(reinterpret_cast<const char*>(bytes.data()) + element.value,
                    std::min<std::size_t>(element.length, kMost));
    while (!uid.empty() && (uid.back() == '\0' || uid.back() == ' ')) {
        uid.pop_back();
    }
    return uid;
}

std::uint16_t reason_of(const Error& failure) {
    return failure.kind == ErrorKind::TooLarge ? reason::TooDeep : reason::CannotUnderstand;
}

/// Walks through the data set; the UIDs stand in the outcome afterwards, as far as they were read.
std::uint16_t walk(const dicom::DatasetBytes& dataset, const dicom::Part10Limits& limits,
                   StoreOutcome& outcome) {
    dicom::ElementScanner scanner(dataset.bytes, limits);
    const std::size_t end = dataset.bytes.size();
    bool behind_pixels = false;
    for (std::size_t at = dataset.begin; at < end;) {
        const auto element = scanner.read(at, end, dataset.meta.encoding);
        const auto next = element ? scanner.skip(*element, end, dataset.meta.encoding, true)
                                  : Result<std::size_t>(element.failure());
        if (!next) {
            const bool deep = next.failure().kind == ErrorKind::TooLarge;
            return behind_pixels && !deep ? std::uint16_t{0} : reason_of(next.failure());
        }
        std::string* place = element->undefined() ? nullptr : place_of(outcome, element->tag);
        if (place != nullptr && place->empty()) {
            *place = uid_of(dataset.bytes, *element);
        }
        behind_pixels = behind_pixels || dicom::is_pixel_data(element->tag);
        at = *next;
    }
    return 0;
}

bool has_all_uids(const StoreOutcome& outcome) {
    return dicomweb::is_lookup_uid(outcome.sop_class) && dicomweb::is_lookup_uid(outcome.sop_instance) &&
           dicomweb::is_lookup_uid(outcome.study) && dicomweb::is_lookup_uid(outcome.series);
}

/// What is no UID is not repeated in the answer.
void forget_broken_uids(StoreOutcome& outcome) {
    for (std::string* uid : {&outcome.sop_class, &outcome.sop_instance, &outcome.study, &outcome.series}) {
        if (!dicomweb::is_lookup_uid(*uid)) {
            uid->clear();
        }
    }
}

} // namespace

StoreOutcome check_instance(Bytes file, const std::string& study, std::size_t most_nesting) {
    StoreOutcome outcome;
    dicom::Part10Limits limits;
    limits.nesting = most_nesting;
    limits.inflated_bytes = kInflatedBytes;
    const auto dataset = is_zip(file)
                             ? Result<dicom::DatasetBytes>(error(ErrorKind::Malformed, "a ZIP archive"))
                             : dicom::open_dataset(file, limits);
    if (!dataset) {
        outcome.failure =
            dataset.failure().kind == ErrorKind::TooLarge ? reason::TooLarge : reason::CannotUnderstand;
        return outcome;
    }
    outcome.failure = walk(*dataset, limits, outcome);
    const bool complete = has_all_uids(outcome);
    const bool nothing = outcome.sop_class.empty() && outcome.sop_instance.empty() && outcome.study.empty();
    if (outcome.failure == 0 && !complete) {
        outcome.failure = nothing ? reason::CannotUnderstand : reason::BadUids;
    }
    if (outcome.failure == 0 && !study.empty() && outcome.study != study) {
        outcome.failure = reason::OtherStudy;
    }
    const std::string& stated = dataset->meta.sop_class;
    if (outcome.failure == 0 && !stated.empty() && stated != outcome.sop_class) {
        outcome.warning = reason::SopClassDiffers;
    }
    forget_broken_uids(outcome);
    return outcome;
}

} // namespace recog::service
