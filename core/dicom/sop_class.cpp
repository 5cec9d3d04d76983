#include "core/dicom/sop_class.hpp"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcuid.h>

#include <algorithm>
#include <iterator>
#include <string_view>

namespace recog::dicom {

bool is_storage_sop_class(const std::string& uid) {
    return dcmIsaStorageSOPClassUID(uid.c_str());
}

bool may_hold_image(const std::string& uid) {
    // DCMTK counts RT Image, RT Dose, Segmentation and Parametric Map among other objects.
    constexpr std::string_view kWithPixels[] = {
        "1.2.840.10008.5.1.4.1.1.481.1", "1.2.840.10008.5.1.4.1.1.481.2", "1.2.840.10008.5.1.4.1.1.66.4",
        "1.2.840.10008.5.1.4.1.1.66.7",  "1.2.840.10008.5.1.4.1.1.30",
    };
    return dcmIsImageStorageSOPClassUID(uid.c_str()) || dcmFindNameOfUID(uid.c_str()) == nullptr ||
           std::find(std::begin(kWithPixels), std::end(kWithPixels), uid) != std::end(kWithPixels);
}

bool is_registered_uid(const std::string& uid) {
    return dcmFindNameOfUID(uid.c_str()) != nullptr;
}

} // namespace recog::dicom
