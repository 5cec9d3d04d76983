// Any bytes as the start of a compressed frame.
#include "core/dicom/codestream_header.hpp"

#include "tests/fuzz/expect.hpp"

#include <cstdint>

using namespace recog;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto header = dicom::read_codestream_header(std::as_bytes(std::span(data, size)));
    fuzz::expect(!header || !header->transfer_syntax.empty(), "a header names its transfer syntax");
    return 0;
}
