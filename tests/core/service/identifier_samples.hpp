// Identifiers made and read with DCMTK, for the tests of our own reader and writer.
#pragma once

#include "core/dicom/tag.hpp"

#include <dcmtk/config/osconfig.h>

#include <dcmtk/dcmdata/dcistrmb.h>
#include <dcmtk/dcmdata/dcostrmb.h>
#include <dcmtk/dcmdata/dctk.h>

#include <array>
#include <cstddef>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace recog::test {

inline constexpr std::array kIdentifierSyntaxes{EXS_LittleEndianImplicit, EXS_LittleEndianExplicit,
                                                EXS_BigEndianExplicit, EXS_DeflatedLittleEndianExplicit};

inline std::string uid_of(E_TransferSyntax syntax) {
    return DcmXfer(syntax).getXferID();
}

inline void put(DcmItem& item, dicom::Tag tag, std::string_view value) {
    item.putAndInsertOFStringArray(DcmTag(tag.group, tag.element), OFString(value.data(), value.size()));
}

inline std::vector<std::byte> identifier_bytes(DcmDataset& dataset, E_TransferSyntax syntax,
                                               E_EncodingType lengths = EET_ExplicitLength) {
    std::vector<std::byte> bytes(dataset.calcElementLength(syntax, lengths) + 65536U);
    DcmOutputBufferStream out(bytes.data(), static_cast<offile_off_t>(bytes.size()));
    dataset.transferInit();
    const OFCondition written = dataset.write(out, syntax, lengths, nullptr);
    dataset.transferEnd();
    out.flush();
    void* begin = nullptr;
    offile_off_t length = 0;
    out.flushBuffer(begin, length);
    if (written.bad()) {
        throw std::runtime_error("DCMTK cannot write an identifier");
    }
    bytes.resize(static_cast<std::size_t>(length));
    return bytes;
}

/// Throws when DCMTK cannot read it, or when something is left over.
inline void read_identifier_bytes(DcmDataset& dataset, std::string_view bytes, E_TransferSyntax syntax) {
    DcmInputBufferStream in;
    in.setBuffer(bytes.data(), static_cast<offile_off_t>(bytes.size()));
    in.setEos();
    dataset.transferInit();
    const OFCondition read = dataset.read(in, syntax);
    dataset.transferEnd();
    if (read.bad()) {
        throw std::runtime_error(std::string("DCMTK cannot read an identifier: ") + read.text());
    }
}

inline std::string text_in(DcmItem& item, dicom::Tag tag) {
    OFString value;
    item.findAndGetOFStringArray(DcmTagKey(tag.group, tag.element), value);
    return std::string(value.c_str(), value.size());
}

inline bool has(DcmItem& item, dicom::Tag tag) {
    return item.tagExists(DcmTagKey(tag.group, tag.element)) == OFTrue;
}

} // namespace recog::test
