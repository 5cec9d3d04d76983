// Which attributes a QIDO-RS answer holds (PS3.18 10.6.3.3), and the question.
#pragma once

#include "core/dicom/answer_model.hpp"
#include "core/dicomweb/qido.hpp"
#include "core/service/prior_query.hpp"

namespace recog::rest {

/// The question for the service; `asker` is who asks.
service::PriorQuery prior_query(const dicomweb::SearchRequest& search, const service::Asker& asker);

/// What one answer holds.
struct AnswerParts {
    dicom::AttributeSet attributes;
    std::vector<dicom::SequenceItems> sequences;
    std::vector<dicom::PrivateElement> private_elements;
    std::string url; ///< Retrieve URL
    dicom::AnswerView view() const { return {attributes, sequences, private_elements}; }
};

/// `root_url` is for Retrieve URL.
AnswerParts answer_parts(const dicomweb::SearchRequest& search, const service::PriorQuery& query,
                         const service::PriorAnswer& answer, const std::string& root_url);

} // namespace recog::rest
