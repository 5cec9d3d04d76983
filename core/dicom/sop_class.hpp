// What is known of SOP classes (PS3.4 B.5, PS3.6 annex A): DCMTK's tables.
#pragma once

#include <string>

namespace recog::dicom {

/// A storage SOP class that DCMTK knows, retired ones included.
bool is_storage_sop_class(const std::string& uid);

/// False for storage classes that DCMTK knows to hold no pixels (reports, waveforms, presentation states,
/// plans); true for images and for classes that nobody here knows.
bool may_hold_image(const std::string& uid);

/// Whether the UID is registered for anything that DCMTK knows.
bool is_registered_uid(const std::string& uid);

} // namespace recog::dicom
