#include "core/service/prior_query.hpp"

#include <algorithm>

namespace recog::service {

namespace tags = dicom::tags;

bool PriorQuery::wants(dicom::Tag tag) const {
    return everything || keys.contains(tag) || std::find(also.begin(), also.end(), tag) != also.end();
}

std::vector<dicom::AttributeSet> other_patient_id_items(const PriorAnswer& answer) {
    std::vector<dicom::AttributeSet> items;
    for (const PatientNumber& number : answer.other_patient_ids) {
        dicom::AttributeSet item;
        item.set(tags::PatientID, number.value);
        if (!number.issuer.empty()) {
            item.set(tags::IssuerOfPatientID, number.issuer);
        }
        item.set(tags::TypeOfPatientID, "TEXT");
        items.push_back(std::move(item));
    }
    return items;
}

} // namespace recog::service
