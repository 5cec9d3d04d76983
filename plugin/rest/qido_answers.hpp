// Which attributes a QIDO-RS answer holds (PS3.18 10.6.3.3), and the answer as JSON.
#pragma once

#include "core/dicomweb/qido.hpp"
#include "core/service/prior_query.hpp"

namespace recog::rest {

/// The question for the service; `asker` is who asks.
service::PriorQuery prior_query(const dicomweb::SearchRequest& search, const service::Asker& asker);

/// Appends one object of the DICOM JSON model. `root_url` is for Retrieve URL.
void append_answer(std::string& json, const dicomweb::SearchRequest& search, const service::PriorQuery& query,
                   const service::PriorAnswer& answer, const std::string& root_url);

} // namespace recog::rest
