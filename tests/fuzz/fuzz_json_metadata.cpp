// Any bytes as metadata in JSON: read under limits, and what is encoded of it must be read again.
#include "core/dicom/json_model_reader.hpp"

#include "tests/fuzz/model_input.hpp"

#include <cstdint>

using namespace recog;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const dicom::ModelLimits limits{8, 2000};
    const auto take = [](Result<dicom::ModelDataset> dataset) {
        if (dataset) {
            fuzz::encode_and_read(*dataset);
        }
        return true;
    };
    static_cast<void>(dicom::read_json_model({reinterpret_cast<const char*>(data), size}, limits, take));
    return 0;
}
