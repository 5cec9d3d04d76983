#include "testdata/generator/image_objects.hpp"

#include "testdata/generator/determinism.hpp"

#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcuid.h>

namespace recog::generator {
namespace {

bool is_head(const Study& study) {
    return study.plan->kind == StudyKind::HeadCt || study.plan->kind == StudyKind::HeadMr;
}

/// Empty when only the description or the code may tell what was examined.
std::string_view body_part(const Study& study) {
    if (study.plan->found_by == FoundBy::Description || study.item == nullptr) {
        return "";
    }
    return study.item->body_part;
}

ObjectReference reference(const Study& study, const Series& series, const char* sop_class, int number) {
    return {sop_class,
            stable_uid(study.seed + "/image/" + std::to_string(series.number) + "/" + std::to_string(number)),
            series.uid};
}

void write_series(ItemWriter& writer, const Study& study, const Series& series, std::string_view modality) {
    writer.text(DCM_Modality, modality)
        .text(DCM_SeriesInstanceUID, series.uid)
        .text(DCM_SeriesNumber, std::to_string(series.number))
        .text(DCM_SeriesDate, study.date)
        .text(DCM_SeriesTime, study.time)
        .text_if_any(DCM_SeriesDescription, series.description);
}

/// PS3.3 C.7.3.1: without a body part nobody can tell that it is no paired one, so Laterality stands there
/// empty.
void write_body_part(ItemWriter& writer, const Study& study) {
    if (body_part(study).empty()) {
        writer.empty(DCM_Laterality);
    } else {
        writer.text(DCM_BodyPartExamined, body_part(study));
    }
}

void write_general_image(ItemWriter& writer, const Study& study, std::string_view image_type, int number) {
    writer.text(DCM_ImageType, image_type)
        .text(DCM_InstanceNumber, std::to_string(number))
        .text(DCM_AcquisitionNumber, "1")
        .text(DCM_AcquisitionDate, study.date)
        .text(DCM_AcquisitionTime, study.time)
        .text(DCM_ContentDate, study.date)
        .text(DCM_ContentTime, study.time)
        .text(DCM_LossyImageCompression, "00")
        .text(DCM_BurnedInAnnotation, "NO");
}

void write_pixels(ItemWriter& writer, const PixelPlane& plane) {
    writer.number(DCM_SamplesPerPixel, 1)
        .text(DCM_PhotometricInterpretation, "MONOCHROME2")
        .number(DCM_Rows, static_cast<std::uint16_t>(plane.rows))
        .number(DCM_Columns, static_cast<std::uint16_t>(plane.columns))
        .number(DCM_BitsAllocated, 16)
        .number(DCM_BitsStored, 12)
        .number(DCM_HighBit, 11)
        .number(DCM_PixelRepresentation, 0);
    require(writer.dcmtk().putAndInsertUint16Array(DCM_PixelData, plane.pixels.data(),
                                                   static_cast<unsigned long>(plane.pixels.size())),
            DCM_PixelData);
}

/// PS3.3 C.7.4.1 and C.7.6.2: axial planes of a patient who lies on the back, head first.
void write_plane(ItemWriter& writer, const Study& study, const CutPlace& place, const PixelPlane& plane) {
    const double corner_x = -(plane.columns - 1) / 2.0 * plane.spacing_mm;
    const double corner_y = -(plane.rows - 1) / 2.0 * plane.spacing_mm;
    writer.text(DCM_FrameOfReferenceUID, study.frame_of_reference_uid)
        .empty(DCM_PositionReferenceIndicator)
        .text(DCM_PatientPosition, "HFS")
        .decimals(DCM_PixelSpacing, {plane.spacing_mm, plane.spacing_mm})
        .decimals(DCM_ImageOrientationPatient, {1, 0, 0, 0, 1, 0})
        .decimals(DCM_ImagePositionPatient, {corner_x, corner_y, place.z})
        .decimals(DCM_SliceThickness, {place.thickness})
        .decimals(DCM_SliceLocation, {place.z});
}

void write_context(ItemWriter& writer, const Study& study, const ObjectReference& object,
                   std::string_view model) {
    write_sop_common(writer, study, object);
    write_patient(writer, study);
    write_study(writer, study);
    write_equipment(writer, study, model);
}

/// PS3.3 C.8.11.2 to C.8.11.5: what Digital X-Ray asks for beyond any radiograph.
void write_dx_modules(ItemWriter& writer, const Study& study, const PixelPlane& plane) {
    writer.text(DCM_PresentationIntentType, "FOR PRESENTATION")
        .text(DCM_PixelIntensityRelationship, "LOG")
        .text(DCM_PresentationLUTShape, "IDENTITY")
        .text(DCM_ImageLaterality, "U")
        .text(DCM_DetectorType, "SCINTILLATOR")
        .text(DCM_DetectorID, study.institution->code)
        .text(DCM_PositionerType, "NONE")
        .decimals(DCM_RescaleIntercept, {0})
        .decimals(DCM_RescaleSlope, {1})
        .text(DCM_RescaleType, "US")
        .decimals(DCM_ImagerPixelSpacing, {plane.spacing_mm, plane.spacing_mm})
        .empty(DCM_AcquisitionContextSequence);
    // PS3.3 C.8.11.3.1.2: -1, as a bright pixel is one that fewer X-rays reached.
    require(writer.dcmtk().putAndInsertSint16(DCM_PixelIntensityRelationshipSign, -1),
            DCM_PixelIntensityRelationshipSign);
    if (study.plan->found_by == FoundBy::Description) {
        writer.empty(DCM_AnatomicRegionSequence);
    } else {
        writer.code(DCM_AnatomicRegionSequence, {"51185008", "SCT", "Chest"});
    }
}

} // namespace

ObjectReference write_ct(DcmFileFormat& file, const Study& study, const Series& series, const CutPlace& place,
                         const PixelPlane& plane) {
    ItemWriter writer(*file.getDataset());
    const ObjectReference object = reference(study, series, UID_CTImageStorage, place.number);
    write_context(writer, study, object, "Phantom CT");
    write_series(writer, study, series, "CT");
    write_general_image(writer, study, "ORIGINAL\\PRIMARY\\AXIAL", place.number);
    write_plane(writer, study, place, plane);
    write_body_part(writer, study);
    writer.text(DCM_KVP, "120")
        .text(DCM_XRayTubeCurrent, "180")
        .text(DCM_ExposureTime, "500")
        .text(DCM_ConvolutionKernel, "STANDARD")
        .decimals(DCM_RescaleIntercept, {ct_rescale_intercept})
        .decimals(DCM_RescaleSlope, {1})
        .text(DCM_RescaleType, "HU");
    if (is_head(study)) {
        writer.decimals(DCM_WindowCenter, {40, 500}).decimals(DCM_WindowWidth, {80, 2500});
        writer.text(DCM_WindowCenterWidthExplanation, "BRAIN\\BONE");
    } else {
        writer.decimals(DCM_WindowCenter, {40, -600}).decimals(DCM_WindowWidth, {400, 1500});
        writer.text(DCM_WindowCenterWidthExplanation, "MEDIASTINUM\\LUNG");
    }
    if (study.plan->kind == StudyKind::ChestCtContrast) {
        writer.text(DCM_ContrastBolusAgent, "碘海醇").text(DCM_ContrastBolusRoute, "IV");
    }
    write_pixels(writer, plane);
    return object;
}

ObjectReference write_mr(DcmFileFormat& file, const Study& study, const Series& series, const CutPlace& place,
                         MrWeighting weighting, const PixelPlane& plane) {
    const bool t1 = weighting == MrWeighting::T1;
    ItemWriter writer(*file.getDataset());
    const ObjectReference object = reference(study, series, UID_MRImageStorage, place.number);
    write_context(writer, study, object, "Phantom MR");
    write_series(writer, study, series, "MR");
    write_general_image(writer, study, "ORIGINAL\\PRIMARY\\OTHER", place.number);
    write_plane(writer, study, place, plane);
    write_body_part(writer, study);
    writer.text(DCM_ScanningSequence, "SE")
        .text(DCM_SequenceVariant, "SK")
        .empty(DCM_ScanOptions)
        .text(DCM_MRAcquisitionType, "2D")
        .text(DCM_MagneticFieldStrength, "1.5")
        .text(DCM_RepetitionTime, t1 ? "500" : "4000")
        .text(DCM_EchoTime, t1 ? "12" : "100")
        .text(DCM_EchoTrainLength, t1 ? "1" : "15")
        .decimals(DCM_SpacingBetweenSlices, {place.thickness})
        .decimals(DCM_WindowCenter, {t1 ? 600.0 : 800.0})
        .decimals(DCM_WindowWidth, {t1 ? 1200.0 : 1600.0});
    write_pixels(writer, plane);
    return object;
}

ObjectReference write_dx(DcmFileFormat& file, const Study& study, const Series& series,
                         const PixelPlane& plane) {
    ItemWriter writer(*file.getDataset());
    const ObjectReference object = reference(study, series, UID_DigitalXRayImageStorageForPresentation, 1);
    write_context(writer, study, object, "Phantom DR");
    write_series(writer, study, series, "DX");
    write_general_image(writer, study, "ORIGINAL\\PRIMARY", 1);
    write_dx_modules(writer, study, plane);
    writer.text_if_any(DCM_BodyPartExamined, body_part(study))
        .text(DCM_PatientOrientation, "L\\F")
        .text(DCM_ViewPosition, "PA")
        .code(DCM_ViewCodeSequence, {"399348003", "SCT", "postero-anterior"})
        .decimals(DCM_WindowCenter, {2000})
        .decimals(DCM_WindowWidth, {3400});
    write_pixels(writer, plane);
    return object;
}

ObjectReference write_cr(DcmFileFormat& file, const Study& study, const Series& series,
                         const PixelPlane& plane) {
    ItemWriter writer(*file.getDataset());
    const ObjectReference object = reference(study, series, UID_ComputedRadiographyImageStorage, 1);
    write_context(writer, study, object, "Phantom CR");
    write_series(writer, study, series, "CR");
    write_general_image(writer, study, "ORIGINAL\\PRIMARY", 1);
    writer.text(DCM_BodyPartExamined, body_part(study))
        .text(DCM_ViewPosition, "PA")
        .text(DCM_Laterality, "L")
        .text(DCM_PatientOrientation, "L\\H")
        .decimals(DCM_ImagerPixelSpacing, {plane.spacing_mm, plane.spacing_mm})
        .decimals(DCM_WindowCenter, {1800})
        .decimals(DCM_WindowWidth, {3200});
    write_pixels(writer, plane);
    return object;
}

} // namespace recog::generator
