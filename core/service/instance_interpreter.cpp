#include "core/service/instance_interpreter.hpp"

#include "core/dicom/part10.hpp"

namespace recog::service {

InstanceInterpreter::InstanceInterpreter(const identity::DomainResolver& resolver,
                                         const recognition::Institutions& institutions,
                                         std::string default_character_set, std::string node_aet)
    : resolver_(resolver), institutions_(institutions),
      default_character_set_(std::move(default_character_set)), node_aet_(std::move(node_aet)) {}

// Orthanc takes what the port received as if it had come by HTTP. Anybody may write titles into a file that
// is posted, and another node's AE titles mean other machines: both the writer and the receiver must be us.
std::string InstanceInterpreter::sender_in(std::span<const std::byte> file) const {
    const auto meta = dicom::read_meta(file);
    const bool ours = meta && !node_aet_.empty() && meta->receiving_aet == node_aet_ &&
                      meta->implementation_class == dicom::kImplementationClass;
    return ours ? meta->sending_aet : std::string();
}

// Through the resolver: both have to agree on whose AE it is, and it compares titles without case.
const recognition::Institution* InstanceInterpreter::sender_of(const std::string& aet) const {
    const auto code = resolver_.institution_of(aet);
    return code ? institutions_.find(*code) : nullptr;
}

std::string InstanceInterpreter::character_set_for(std::string_view issuer,
                                                   const std::string& sending_aet) const {
    const recognition::Institution* institution = sender_of(sending_aet);
    if (institution == nullptr && !issuer.empty()) {
        institution = institutions_.by_issuer(issuer);
    }
    return institution != nullptr && !institution->default_character_set.empty()
               ? institution->default_character_set
               : default_character_set_;
}

// The sender made the exam. Only when it is unknown (a gateway, a CD import) does the issuer of the local
// number stand for it.
std::string InstanceInterpreter::institution_of(const dicom::InstanceHeader& header,
                                                const std::string& sending_aet) const {
    if (const auto* sender = sender_of(sending_aet)) {
        return sender->code;
    }
    if (header.has_patient_id) {
        const dicom::PatientIdentifier& first = header.identifiers.front();
        for (const std::string& name : {first.issuer, first.universal_entity_id}) {
            if (const auto* issuer = name.empty() ? nullptr : institutions_.by_issuer(name)) {
                return issuer->code;
            }
        }
    }
    return {};
}

index::IndexEvent InstanceInterpreter::interpret(const std::string& orthanc_id, const InstanceFile& file,
                                                 const std::string& stated_aet) const {
    index::IndexEvent event = interpret(orthanc_id, file.bytes(), stated_aet);
    if (auto* stored = std::get_if<index::StoredInstance>(&event)) {
        stored->file = file.uuid();
    }
    return event;
}

index::IndexEvent InstanceInterpreter::interpret(const std::string& orthanc_id,
                                                 std::span<const std::byte> file,
                                                 const std::string& stated_aet) const {
    const std::string sending_aet = stated_aet.empty() ? sender_in(file) : stated_aet;
    auto header = dicom::read_instance_header(
        file, [&](std::string_view issuer) { return character_set_for(issuer, sending_aet); });
    if (!header) {
        return index::UnreadableInstance{orthanc_id, header.failure().text};
    }
    index::StoredInstance instance;
    instance.orthanc_id = orthanc_id;
    instance.header = *std::move(header);
    instance.institution = institution_of(instance.header, sending_aet);
    instance.file_size = file.size();
    // Without a Patient ID the first identifier is already one of the others.
    bool first = instance.header.has_patient_id;
    for (const dicom::PatientIdentifier& identifier : instance.header.identifiers) {
        // The sender's institution vouches for its own Patient ID only: an item of Other Patient IDs Sequence
        // without an issuer may be anybody's number.
        const std::string_view sender = first ? std::string_view(sending_aet) : std::string_view();
        auto resolved = resolver_.resolve({identifier.value, identifier.issuer,
                                           identifier.universal_entity_id, identifier.type_code, sender});
        if (resolved.identifier) {
            instance.identifiers.push_back(*std::move(resolved.identifier));
        } else if (first) {
            instance.header.has_patient_id = false;
        }
        first = false;
    }
    return instance;
}

} // namespace recog::service
