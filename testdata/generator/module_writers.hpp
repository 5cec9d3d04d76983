// The modules that images and reports share: patient, study, equipment, SOP common; and the file itself.
#pragma once

#include "testdata/generator/item_writer.hpp"
#include "testdata/generator/study_plan.hpp"

#include "core/base/result.hpp"

#include <dcmtk/dcmdata/dcfilefo.h>

#include <filesystem>
#include <string>
#include <string_view>

namespace recog::generator {

/// What one written object is called by the others (manifest, evidence sequences).
struct ObjectReference {
    std::string sop_class_uid;
    std::string sop_instance_uid;
    std::string series_uid;
};

/// PS3.3 C.7.1.1: the local ID, its issuer if given, and the cards that travel with this study.
void write_patient(ItemWriter& writer, const Study& study);
/// PS3.3 C.7.2.1, and Procedure Code Sequence when the item is found by it.
void write_study(ItemWriter& writer, const Study& study);
/// PS3.3 C.7.5.1
void write_equipment(ItemWriter& writer, const Study& study, std::string_view model);
/// PS3.3 C.12.1
void write_sop_common(ItemWriter& writer, const Study& study, const ObjectReference& reference);

/// Encodes the text as the study declares and writes Explicit VR Little Endian.
/// Errors: Storage, when the file cannot be written.
Status save(DcmFileFormat& file, const Study& study, const std::filesystem::path& path);

} // namespace recog::generator
