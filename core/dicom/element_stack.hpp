// The elements of the items that a walk through a data set is in, found before they are told.
#pragma once

#include "core/dicom/dataset_walk.hpp"
#include "core/dicom/element_scanner.hpp"

#include <vector>

namespace recog::dicom {

struct ElementEntry {
    Element element;
    std::size_t next = 0; ///< where the element ends; where the bytes end when the element is cut
};

/// Where an item's elements stand; `end` of one of undefined length is where it must end at the latest.
struct ItemRange {
    std::size_t begin = 0;
    std::size_t end = 0;
    bool undefined = false;
};

/// A stack: an item's elements lie above those of the items that it is in. In the order of their tags, each
/// tag once (the first counts), without what no model shows: group lengths, groups 0000 and 0002, delimiters
/// and padding. Borrows everything. For one thread.
class ElementStack {
public:
    ElementStack(Bytes bytes, ElementScanner& scanner, const ModelOptions& options)
        : bytes_(bytes), scanner_(scanner), options_(options) {}

    /// The data set that begins at `at`, to the end of the bytes. Errors: Malformed, TooLarge, Unavailable
    /// (ModelOptions::file_size).
    Status collect_top(std::size_t at, Encoding encoding);
    /// Where the item ends. After an error the elements in front of it are there. Errors: Malformed,
    /// TooLarge.
    Result<std::size_t> collect_item(const ItemRange& range, Encoding encoding);
    void drop_from(std::size_t first) { entries_.resize(first); }

    std::size_t size() const { return entries_.size(); }
    const ElementEntry& operator[](std::size_t i) const { return entries_[i]; }

private:
    Status collect_whole(std::size_t at, Encoding encoding);
    Status collect_beginning(std::size_t at, Encoding encoding);
    Result<std::size_t> collect(const ItemRange& range, Encoding encoding);
    bool ends_the_file(const Element& pixel_data) const;
    std::size_t end_of_pixel_data(const Element& element, Encoding encoding, bool& walked);
    void keep(const Element& element, std::size_t next);
    void put_in_order(std::size_t first);

    Bytes bytes_;
    ElementScanner& scanner_;
    const ModelOptions& options_;
    std::vector<ElementEntry> entries_;
};

} // namespace recog::dicom
