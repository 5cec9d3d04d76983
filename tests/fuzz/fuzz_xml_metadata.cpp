// Any bytes as metadata in XML: read under limits, and what is encoded of it must be read again.
#include "core/dicom/xml_model_reader.hpp"

#include "tests/fuzz/model_input.hpp"

#include <cstdint>

using namespace recog;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto dataset =
        dicom::read_xml_model({reinterpret_cast<const char*>(data), size}, dicom::ModelLimits{8, 2000});
    if (dataset) {
        fuzz::encode_and_read(*dataset);
    }
    return 0;
}
