// A one-page A4 PDF with Chinese text, in the font STSong-Light that every PDF reader knows by name
// (ISO 32000-1 9.7.5.2, predefined CMap UniGB-UTF16-H): nothing is embedded.
#pragma once

#include <string>
#include <string_view>

namespace recog::generator {

class PdfPage {
public:
    /// Centred, large.
    void heading(std::string_view utf8);
    /// Breaks lines at the right margin. What does not fit on the page is not written.
    void paragraph(std::string_view utf8);
    /// A line across the page.
    void rule();
    /// The whole file.
    std::string finish() const;

private:
    void line(std::u16string_view text, double x, double size);

    std::string content_;
    double y_ = 780;
};

} // namespace recog::generator
