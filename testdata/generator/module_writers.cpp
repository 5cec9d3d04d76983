#include "testdata/generator/module_writers.hpp"

#include "testdata/generator/character_sets.hpp"

#include <dcmtk/dcmdata/dcdeftag.h>

namespace recog::generator {

void write_patient(ItemWriter& writer, const Study& study) {
    const Person& person = *study.person;
    writer.text(DCM_PatientName, person.name)
        .text(DCM_PatientID, person.value_of(study.institution->code))
        .text(DCM_PatientBirthDate, person.birth_date)
        .text(DCM_PatientSex, person.sex);
    if (study.plan->issuer_given) {
        writer.text(DCM_IssuerOfPatientID, study.institution->code);
    }
    for (const std::string& card : study.plan->cards) {
        writer.item(DCM_OtherPatientIDsSequence)
            .text(DCM_PatientID, person.value_of(card))
            .text(DCM_IssuerOfPatientID, card)
            .text(DCM_TypeOfPatientID, "TEXT");
    }
}

void write_study(ItemWriter& writer, const Study& study) {
    writer.text(DCM_StudyInstanceUID, study.uid)
        .text(DCM_StudyDate, study.date)
        .text(DCM_StudyTime, study.time)
        .text(DCM_AccessionNumber, study.accession)
        .text(DCM_StudyID, study.study_id)
        .text(DCM_ReferringPhysicianName, "Chen^Guang=陈^光")
        .text_if_any(DCM_StudyDescription, study.plan->description);
    if (study.plan->found_by == FoundBy::ProcedureCode && study.item != nullptr) {
        writer.code(DCM_ProcedureCodeSequence,
                    {study.item->code, std::string(item_scheme), study.item->name});
    }
}

void write_equipment(ItemWriter& writer, const Study& study, std::string_view model) {
    writer.text(DCM_Manufacturer, "orthanc-recognition")
        .text(DCM_InstitutionName, study.institution->name)
        .text(DCM_ManufacturerModelName, model)
        .text(DCM_DeviceSerialNumber, study.institution->code)
        .text(DCM_SoftwareVersions, "1");
}

void write_sop_common(ItemWriter& writer, const Study& study, const ObjectReference& reference) {
    writer.text(DCM_SOPClassUID, reference.sop_class_uid)
        .text(DCM_SOPInstanceUID, reference.sop_instance_uid)
        .text(DCM_InstanceCreationDate, study.date)
        .text(DCM_InstanceCreationTime, study.time)
        .text(DCM_TimezoneOffsetFromUTC, "+0800");
}

Status save(DcmFileFormat& file, const Study& study, const std::filesystem::path& path) {
    declare_and_encode(*file.getDataset(), study.plan->character_set);
    const OFCondition condition = file.saveFile(path.c_str(), EXS_LittleEndianExplicit, EET_ExplicitLength,
                                                EGL_recalcGL, EPD_withoutPadding);
    if (condition.bad()) {
        return error(ErrorKind::Storage, "Cannot write " + path.string() + ": " + condition.text() + ".");
    }
    return {};
}

} // namespace recog::generator
