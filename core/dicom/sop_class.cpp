#include "core/dicom/sop_class.hpp"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcuid.h>

namespace recog::dicom {

bool is_storage_sop_class(const std::string& uid) {
    return dcmIsaStorageSOPClassUID(uid.c_str());
}

bool is_registered_uid(const std::string& uid) {
    return dcmFindNameOfUID(uid.c_str()) != nullptr;
}

} // namespace recog::dicom
