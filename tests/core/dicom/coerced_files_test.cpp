// Copies of real files, where they are there: whatever DCMTK reads, it reads in the copy, and finds the same.
#include "core/dicom/pixel_data.hpp"
#include "tests/core/dicom/coerced_samples.hpp"

using namespace recog;
using namespace recog::test;

namespace {

/// The values of the pixel data, joined; empty when there is none.
std::string pixels_of(const std::string& file) {
    const auto found = dicom::locate_pixel_data(bytes_of(file));
    if (!found) {
        return {};
    }
    const dicom::Bytes bytes = found->inflated ? dicom::Bytes(*found->inflated) : bytes_of(file);
    std::string all(text_of(bytes.subspan(found->native.offset, found->native.length)));
    for (const dicom::Extent& fragment : found->fragments) {
        all += text_of(bytes.subspan(fragment.offset, fragment.length));
    }
    return all;
}

/// Everything that the index knows is the same in the words of both, but the patient's number and name.
void check_same_words(const std::string& file, const std::string& copy) {
    const auto reading = [](const std::string& one) {
        return dicom::read_instance_header(bytes_of(one),
                                           [](std::string_view) { return std::string("GB18030"); });
    };
    const auto before = reading(file);
    const auto after = reading(copy);
    REQUIRE(before.ok() == after.ok());
    if (!before) {
        return;
    }
    CHECK(before->study == after->study);
    CHECK(before->series == after->series);
    CHECK(before->instance == after->instance);
    REQUIRE(after->has_patient_id);
    CHECK(after->identifiers.front().value == "L-100");
    for (const auto& identifier : before->identifiers) {
        const auto same = [&identifier](const dicom::PatientIdentifier& other) {
            return other.value == identifier.value && other.issuer == identifier.issuer;
        };
        CHECK(std::any_of(after->identifiers.begin(), after->identifiers.end(), same));
    }
    CHECK(before->report.has_value() == after->report.has_value());
    if (before->report && after->report) {
        CHECK(before->report->text == after->report->text);
    }
}

void check_copies(const std::string& file) {
    DcmFileFormat parsed;
    // Meta information in the middle of a data set is no longer in the middle when what stands before it
    // goes.
    const bool readable = parse_into(parsed, file) && parsed.getDataset()->card() > 0 &&
                          parsed.getDataset()->getElement(0)->getGTag() >= 0x0008;
    for (const char* name : {"Zhang^Wei", "Zhang^Wei=张^伟"}) {
        dicom::CoercedPatient patient = local_patient();
        patient.name = name;
        const auto result = dicom::coerce_patient(bytes_of(file), patient, record());
        if (readable) {
            REQUIRE_MESSAGE(result.ok(), result.failure().text);
        }
        if (!result) {
            continue;
        }
        const std::string copy = joined(*result);
        CHECK(pixels_of(file) == pixels_of(copy));
        // Said once, it need not be said again.
        const auto again = dicom::coerce_patient(bytes_of(copy), patient, record());
        REQUIRE(again.ok());
        CHECK_FALSE(again->changed);
        check_same_words(file, copy);
        if (readable && patient.name == "Zhang^Wei") {
            check_same_for_dcmtk(file, copy);
        } else if (readable) {
            parse(copy);
        }
    }
}

} // namespace

TEST_CASE("real files come out readable, with the same words, elements and pixels") {
    std::size_t files = 0;
    for (const auto& path : shared_files("")) {
        const std::string file = read_file(path);
        const auto meta = dicom::read_meta(bytes_of(file));
        // A DICOMDIR points into itself, and is never sent.
        if (!meta.ok() || meta->sop_class == "1.2.840.10008.1.3.10" || file.size() > 64U << 20U) {
            continue;
        }
        CAPTURE(path.string());
        ++files;
        check_copies(file);
    }
    MESSAGE("copies of ", files, " files");
}
