#include "core/dicom/text_converter.hpp"

#include "core/base/utf8.hpp"

#include <array>
#include <unicode/ucnv.h>
#include <unicode/ucnv_cb.h>
#include <unicode/ucnv_err.h>
#include <unicode/unistr.h>

namespace recog::dicom {

namespace {

// PS3.5 limits no text VR that we read below this; more is cut by the reader of headers.
constexpr std::size_t kChunk = 512;

// Called by ICU for bytes that are no character. A character cut off at the end of the value is left out:
// values of 64 bytes are cut by old senders in the middle of a hanzi, and a U+FFFD in a name helps nobody.
void replace_or_drop(const void* context, UConverterToUnicodeArgs* arguments, const char*, int32_t,
                     UConverterCallbackReason reason, UErrorCode* status) {
    if (reason > UCNV_IRREGULAR) {
        return; // reset, close, clone
    }
    *static_cast<bool*>(const_cast<void*>(context)) = true;
    const bool cut = *status == U_TRUNCATED_CHAR_FOUND;
    *status = U_ZERO_ERROR;
    if (!cut) {
        const UChar replacement = 0xFFFD;
        ucnv_cbToUWriteUChars(arguments, &replacement, 1, 0, status);
    }
}

} // namespace

void TextConverter::Close::operator()(UConverter* converter) const {
    ucnv_close(converter);
}

std::optional<TextConverter> TextConverter::open(const char* name) {
    UErrorCode status = U_ZERO_ERROR;
    UConverter* converter = ucnv_open(name, &status);
    if (U_FAILURE(status) != 0) {
        return std::nullopt;
    }
    return TextConverter(converter);
}

bool TextConverter::append_utf8(std::string_view bytes, std::string& out) {
    bool damaged = false;
    UErrorCode status = U_ZERO_ERROR;
    ucnv_resetToUnicode(converter_.get());
    ucnv_setToUCallBack(converter_.get(), replace_or_drop, &damaged, nullptr, nullptr, &status);
    const char* source = bytes.data();
    const char* const end = source + bytes.size();
    icu::UnicodeString text;
    std::array<UChar, kChunk> chunk{};
    do {
        status = U_ZERO_ERROR;
        UChar* target = chunk.data();
        ucnv_toUnicode(converter_.get(), &target, chunk.data() + chunk.size(), &source, end, nullptr, 1,
                       &status);
        text.append(chunk.data(), static_cast<int32_t>(target - chunk.data()));
    } while (status == U_BUFFER_OVERFLOW_ERROR);
    text.toUTF8String(out);
    return !damaged && U_SUCCESS(status) != 0;
}

std::optional<std::string> TextConverter::from_utf8(std::string_view utf8) {
    const icu::UnicodeString text =
        icu::UnicodeString::fromUTF8(icu::StringPiece(utf8.data(), static_cast<int32_t>(utf8.size())));
    UErrorCode status = U_ZERO_ERROR;
    ucnv_setFromUCallBack(converter_.get(), UCNV_FROM_U_CALLBACK_STOP, nullptr, nullptr, nullptr, &status);
    std::string out(static_cast<std::size_t>(text.length()) * 4 + 16, '\0');
    const int32_t length = ucnv_fromUChars(converter_.get(), out.data(), static_cast<int32_t>(out.size()),
                                           text.getBuffer(), text.length(), &status);
    if (U_FAILURE(status) != 0) {
        return std::nullopt;
    }
    out.resize(static_cast<std::size_t>(length));
    return out;
}

namespace {

bool append_katakana(std::string_view bytes, std::string& out) {
    bool whole = true;
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= 0xA1 && byte <= 0xDF) {
            const unsigned code = 0xFF61U + (byte - 0xA1U); // halfwidth forms, in the same order
            out += static_cast<char>(0xE0U | (code >> 12U));
            out += static_cast<char>(0x80U | ((code >> 6U) & 0x3FU));
            out += static_cast<char>(0x80U | (code & 0x3FU));
        } else {
            out += "\xEF\xBF\xBD";
            whole = false;
        }
    }
    return whole;
}

} // namespace

bool SetConverters::append_utf8(CodedSet set, std::string_view bytes, std::string& out) {
    if (set == CodedSet::Katakana) {
        return append_katakana(bytes, out);
    }
    auto& converter = converters_[static_cast<std::size_t>(set)];
    if (!converter) {
        const char* name = converter_name(set);
        converter = name != nullptr ? TextConverter::open(name) : std::nullopt;
    }
    if (!converter) {
        out += replace_invalid_utf8(bytes);
        return is_utf8(bytes);
    }
    return converter->append_utf8(bytes, out);
}

} // namespace recog::dicom
