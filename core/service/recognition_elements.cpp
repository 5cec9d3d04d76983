#include "core/service/recognition_elements.hpp"

#include "core/dicom/private_dictionary.hpp"

namespace recog::service {

std::vector<RecognitionElement> recognition_elements(const PriorQuery& query, const PriorAnswer& answer) {
    std::vector<RecognitionElement> elements;
    if (!answer.verdict) {
        return elements;
    }
    const recognition::Verdict& verdict = *answer.verdict;
    const auto report_status = static_cast<recognition::ReportStatus>(answer.report_status);
    const std::string values[] = {std::string(recognition::to_string(verdict.code)),
                                  verdict.item_code,
                                  verdict.item_name,
                                  verdict.mark,
                                  verdict.last_day ? format_day(*verdict.last_day) : std::string(),
                                  verdict.institution_code,
                                  verdict.institution_name,
                                  verdict.why,
                                  verdict.fee,
                                  answer.report_ids,
                                  std::string(recognition::to_string(report_status)),
                                  std::to_string(verdict.recognised_count)};
    static_assert(std::size(values) == std::size(dicom::recognition_dictionary::elements));
    for (std::size_t i = 0; i < std::size(values); ++i) {
        const auto& element = dicom::recognition_dictionary::elements[i];
        if (query.recognition_elements.empty() || query.recognition_elements.contains(element.number)) {
            elements.push_back({element.tag(), element.vr, values[i]});
        }
    }
    return elements;
}

} // namespace recog::service
