// The private elements of an answer, in one place for C-FIND and QIDO-RS.
#pragma once

#include "core/service/prior_query.hpp"

namespace recog::service {

struct RecognitionElement {
    dicom::Tag tag; ///< (0B01,10xx)
    std::string_view vr;
    std::string value; ///< UTF-8, several values split by '\'
};

/// Those that the query wants, in tag order, without the creator. Empty when the answer has no verdict.
std::vector<RecognitionElement> recognition_elements(const PriorQuery& query, const PriorAnswer& answer);

} // namespace recog::service
