// Reads the Native DICOM Model (PS3.19 A.1): one data set in XML.
//
//   NativeDicomModel = DicomAttribute*
//   DicomAttribute   = Value* | Item* | PersonName* | BulkData | InlineBinary     attributes: tag, vr,
//   Item             = DicomAttribute*                                           privateCreator
//   PersonName       = Alphabetic? Ideographic? Phonetic?
//   group of a name  = FamilyName? GivenName? MiddleName? NamePrefix? NameSuffix?
//
// Prefixes of names are passed over, and so are elements that the model does not know. A document with a type
// declaration is refused: so there are no entities but the five of XML itself.
#pragma once

#include "core/dicom/dataset_model.hpp"

#include <string_view>

namespace recog::dicom {

/// Values whose numbers leave out more than this many before them are refused.
inline constexpr std::size_t kMaxSkippedValues = 256;

/// A private element with a creator and an element number below 1000 (PS3.19 A.1.5: the block is left out) is
/// put into the creator's block, and the creator into the data set when it is missing.
/// Errors: Malformed, TooLarge.
Result<ModelDataset> read_xml_model(std::string_view xml, const ModelLimits& limits);

} // namespace recog::dicom
