// The elements of a data set that are not inside of others, as they lie in memory.
#pragma once

#include "core/dicom/element_scanner.hpp"

#include <map>
#include <string_view>
#include <vector>

namespace recog::dicom {

/// An element of the data set itself, and where it ends.
struct TopElement {
    Element element;
    std::size_t next = 0;
};

inline constexpr std::size_t kMaxTopLevelElements = 100'000;

/// Borrows the bytes.
class TopLevelElements {
public:
    TopLevelElements(Bytes bytes, Encoding encoding) : bytes_(bytes), encoding_(encoding) {}

    /// From `begin` on. What breaks in or behind the pixel data is left as it is: rest(). Errors: Malformed,
    /// TooLarge.
    Status scan(std::size_t begin, const Part10Limits& limits);

    const std::vector<TopElement>& all() const { return elements_; }
    Bytes rest() const { return rest_; }

    /// Of several with the same tag, which is against the rules, the first: so DCMTK reads them. May be null.
    const TopElement* find(Tag tag) const;
    bool has(Tag tag) const { return find(tag) != nullptr; }
    bool is_first(const TopElement& top) const { return find(top.element.tag) == &top; }
    std::size_t place(const TopElement& top) const {
        return static_cast<std::size_t>(&top - elements_.data());
    }
    /// With its header.
    Bytes whole(const TopElement& top) const;
    /// Raw; empty when absent or of undefined length.
    std::string_view value(Tag tag) const;

private:
    bool is_closed(const TopElement& top) const;

    Bytes bytes_;
    Encoding encoding_;
    std::vector<TopElement> elements_;
    std::map<Tag, std::size_t> first_;
    Bytes rest_;
};

} // namespace recog::dicom
