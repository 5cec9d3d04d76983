// What a data set is written into: the DICOM JSON Model (PS3.18 F) and the Native DICOM Model (PS3.19 A.1)
// hold the same things, so one traversal tells both of them, and whoever only looks for bulk data.
//
//   dataset = begin_item(0) element* end_item
//   element = begin_element [ text | numbers | inline_binary | bulk_data | items ] end_element
//   numbers = begin_values value* end_values
//   items   = begin_items (begin_item(n) element* end_item)+ end_items                          n = 1, 2, ...
#pragma once

#include "core/dicom/part10.hpp"
#include "core/dicom/tag.hpp"

#include <cstdint>
#include <memory>
#include <string_view>

namespace recog::dicom {

struct ElementHead {
    Tag tag;
    std::string_view vr;              ///< of PS3.5 6.2
    std::string_view private_creator; ///< UTF-8; empty for public elements and for creators themselves
};

/// A value too long to stand in a model.
struct BulkValue {
    std::string_view path; ///< "/0040A730/2/00420011": item numbers from 1
    Tag tag;
    std::string_view vr;
    Bytes value; ///< of the file or of the inflated data set; fragments with their headers
    bool encapsulated =
        false;            ///< `value` is made of fragments (PS3.5 A.4); it may go on behind what is there
    std::size_t word = 1; ///< bytes of a word that have to be turned round to be little endian; 1: none
    std::string_view mime_type;        ///< what an encapsulated document says it is; else empty
    std::shared_ptr<const void> owner; ///< of an inflated data set that `value` points into; else null
};

/// Elements come in the order of their tags, each once. Views hold during the call only.
class ModelSink {
public:
    virtual ~ModelSink() = default;

    virtual void begin_item(std::size_t number) = 0;
    virtual void end_item() = 0;
    virtual void begin_element(const ElementHead& element) = 0;
    virtual void end_element() = 0;
    virtual void begin_items() = 0;
    virtual void end_items() = 0;

    /// Never empty. Values split by '\' where the VR has several (splits_values).
    virtual void text(std::string_view vr, std::string_view utf8) = 0;
    virtual void begin_values() = 0;
    virtual void end_values() = 0;
    virtual void value(std::int64_t number) = 0;
    virtual void value(std::uint64_t number) = 0;
    virtual void value(float number) = 0;
    virtual void value(double number) = 0;
    virtual void value(Tag tag) = 0;
    /// Little endian.
    virtual void inline_binary(Bytes bytes) = 0;
    virtual void bulk_data(const BulkValue& bulk) = 0;
};

} // namespace recog::dicom
