#include "testdata/generator/pdf_page.hpp"

#include <unicode/unistr.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <vector>

namespace recog::generator {
namespace {

constexpr double page_width = 595;
constexpr double margin = 60;
constexpr double bottom = 60;
constexpr double text_size = 12;
constexpr double heading_size = 18;

icu::UnicodeString utf16(std::string_view utf8) {
    return icu::UnicodeString::fromUTF8({utf8.data(), static_cast<std::int32_t>(utf8.size())});
}

std::u16string_view view(const icu::UnicodeString& text) {
    return {text.getBuffer(), static_cast<std::size_t>(text.length())};
}

/// In ems: the font's Latin letters are half as wide as its ideographs.
double width_of(char16_t unit) {
    return unit < 0x80 ? 0.5 : 1.0;
}

double width_of(std::u16string_view text) {
    double width = 0;
    for (const char16_t unit : text) {
        width += width_of(unit);
    }
    return width;
}

std::string number(double value) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.1f", value);
    return text.data();
}

std::string hexadecimal(std::u16string_view text) {
    std::string digits;
    for (const char16_t unit : text) {
        std::array<char, 8> four{};
        std::snprintf(four.data(), four.size(), "%04X", static_cast<unsigned>(unit));
        digits += four.data();
    }
    return digits;
}

} // namespace

void PdfPage::line(std::u16string_view text, double x, double size) {
    if (y_ >= bottom) {
        content_ += "BT /F1 " + number(size) + " Tf " + number(x) + " " + number(y_) + " Td <" +
                    hexadecimal(text) + "> Tj ET\n";
    }
    y_ -= size * 1.7;
}

void PdfPage::heading(std::string_view utf8) {
    const icu::UnicodeString text = utf16(utf8);
    line(view(text), (page_width - width_of(view(text)) * heading_size) / 2, heading_size);
}

void PdfPage::paragraph(std::string_view utf8) {
    const icu::UnicodeString text = utf16(utf8);
    const std::u16string_view units = view(text);
    std::size_t begin = 0;
    while (begin < units.size()) {
        std::size_t end = begin;
        double room = (page_width - 2 * margin) / text_size;
        while (end < units.size() && room >= width_of(units[end])) {
            room -= width_of(units[end]);
            ++end;
        }
        line(units.substr(begin, end - begin), margin, text_size);
        begin = end;
    }
}

void PdfPage::rule() {
    const std::string height = number(y_ + text_size / 2);
    content_ += "0.5 w " + number(margin) + " " + height + " m " + number(page_width - margin) + " " +
                height + " l S\n";
    y_ -= text_size;
}

std::string PdfPage::finish() const {
    const std::vector<std::string> objects{
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        "/Resources << /Font << /F1 5 0 R >> >> >>",
        "<< /Length " + std::to_string(content_.size()) + " >>\nstream\n" + content_ + "endstream",
        "<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light-UniGB-UTF16-H /Encoding /UniGB-UTF16-H "
        "/DescendantFonts [6 0 R] >>",
        "<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /FontDescriptor 7 0 R /DW 1000 "
        "/W [1 95 500 814 939 500] /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 4 >> >>",
        "<< /Type /FontDescriptor /FontName /STSong-Light /Flags 6 /FontBBox [-25 -254 1000 880] "
        "/ItalicAngle 0 /Ascent 880 /Descent -120 /CapHeight 880 /StemV 93 >>"};
    std::string file = "%PDF-1.5\n%\xE2\xE3\xCF\xD3\n";
    std::string table = "xref\n0 " + std::to_string(objects.size() + 1) + "\n0000000000 65535 f \n";
    for (std::size_t i = 0; i < objects.size(); ++i) {
        std::array<char, 32> entry{};
        std::snprintf(entry.data(), entry.size(), "%010zu 00000 n \n", file.size());
        table += entry.data();
        file += std::to_string(i + 1) + " 0 obj\n" + objects[i] + "\nendobj\n";
    }
    const std::size_t start = file.size();
    return file + table + "trailer\n<< /Size " + std::to_string(objects.size() + 1) +
           " /Root 1 0 R >>\nstartxref\n" + std::to_string(start) + "\n%%EOF\n";
}

} // namespace recog::generator
