#include "testdata/generator/character_sets.hpp"

#include "testdata/generator/item_writer.hpp"

#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcelem.h>
#include <dcmtk/dcmdata/dcstack.h>

#include <unicode/ucnv.h>
#include <unicode/unistr.h>

#include <memory>
#include <stdexcept>

namespace recog::generator {
namespace {

struct CloseConverter {
    void operator()(UConverter* converter) const { ucnv_close(converter); }
};

/// Multibyte text in one of ICU's converters; a character that is missing there is an error, not a question
/// mark.
std::string convert(std::string_view utf8, const char* converter_name) {
    UErrorCode status = U_ZERO_ERROR;
    const std::unique_ptr<UConverter, CloseConverter> converter(ucnv_open(converter_name, &status));
    ucnv_setFromUCallBack(converter.get(), UCNV_FROM_U_CALLBACK_STOP, nullptr, nullptr, nullptr, &status);
    const icu::UnicodeString text =
        icu::UnicodeString::fromUTF8({utf8.data(), static_cast<std::int32_t>(utf8.size())});
    std::string bytes(utf8.size() * 2 + 4, '\0');
    const std::int32_t length =
        ucnv_fromUChars(converter.get(), bytes.data(), static_cast<std::int32_t>(bytes.size()),
                        text.getBuffer(), text.length(), &status);
    if (U_FAILURE(status)) {
        throw std::logic_error(std::string("a planned text cannot be written in ") + converter_name);
    }
    bytes.resize(static_cast<std::size_t>(length));
    return bytes;
}

bool ends_designation(char byte) {
    return byte == '\\' || byte == '^' || byte == '=' || byte == '\r' || byte == '\n' || byte == '\f' ||
           byte == '\t';
}

std::string with_escapes(const std::string& gb2312) {
    std::string out;
    bool designated = false;
    for (const char byte : gb2312) {
        const bool chinese = (static_cast<unsigned char>(byte) & 0x80U) != 0;
        if (chinese && !designated) {
            out += "\x1B$)A";
            designated = true;
        } else if (ends_designation(byte)) {
            designated = false;
        }
        out += byte;
    }
    return out;
}

bool depends_on_character_set(DcmEVR vr) {
    return vr == EVR_PN || vr == EVR_LO || vr == EVR_SH || vr == EVR_ST || vr == EVR_LT || vr == EVR_UT ||
           vr == EVR_UC;
}

} // namespace

std::string encode(std::string_view utf8, CharacterSet character_set) {
    switch (character_set) {
    case CharacterSet::Utf8:
        return std::string(utf8);
    case CharacterSet::Gb18030:
        return convert(utf8, "GB18030");
    case CharacterSet::Gbk:
        return convert(utf8, "GBK");
    case CharacterSet::Iso2022Ir58:
        break;
    }
    return with_escapes(convert(utf8, "GB2312"));
}

void declare_and_encode(DcmDataset& dataset, CharacterSet character_set) {
    DcmStack stack;
    while (dataset.nextObject(stack, OFTrue).good()) {
        if (!depends_on_character_set(stack.top()->ident())) {
            continue;
        }
        auto* element = static_cast<DcmElement*>(stack.top());
        char* text = nullptr;
        Uint32 length = 0;
        require(element->getString(text, length), element->getTag());
        if (text != nullptr && length != 0) {
            const std::string bytes = encode({text, length}, character_set);
            require(element->putString(bytes.data(), static_cast<Uint32>(bytes.size())), element->getTag());
        }
    }
    ItemWriter(dataset).text(DCM_SpecificCharacterSet, name_of(character_set));
}

} // namespace recog::generator
