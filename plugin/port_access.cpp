#include "plugin/port_access.hpp"

#include "core/dicom/sop_class.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace recog {

using port::Service;

namespace {

bool allows(const orthanc::Modality& modality, Service service) {
    switch (service) {
    case Service::Echo:
        return modality.allow_echo;
    case Service::Find:
        return modality.allow_find;
    case Service::Move:
        return modality.allow_move;
    case Service::Get:
        return modality.allow_get;
    case Service::Store:
        return modality.allow_store;
    }
    return false;
}

bool always_allows(const orthanc::OrthancConfiguration& configuration, Service service) {
    switch (service) {
    case Service::Echo:
        return configuration.always_allow_echo;
    case Service::Find:
        return configuration.always_allow_find;
    case Service::Move:
        return configuration.always_allow_move;
    case Service::Get:
        return configuration.always_allow_get;
    case Service::Store:
        return configuration.always_allow_store;
    }
    return false;
}

} // namespace

void PortAccess::set_table(AccessTable table) {
    auto fresh = std::make_shared<const AccessTable>(std::move(table));
    const std::lock_guard lock(mutex_);
    table_ = std::move(fresh);
}

std::shared_ptr<const AccessTable> PortAccess::table() const {
    const std::lock_guard lock(mutex_);
    return table_;
}

bool PortAccess::same_title(const std::string& left, const std::string& right) const {
    return same_aet(left, right, configuration_.aet_comparison);
}

bool PortAccess::is_called(const std::string& called_aet) const {
    return !configuration_.check_called_aet || same_title(called_aet, configuration_.dicom_aet);
}

bool PortAccess::may_associate(const std::string& calling_aet, const std::string& host) const {
    if (configuration_.always_allow_echo || configuration_.always_allow_find ||
        configuration_.always_allow_find_worklist || configuration_.always_allow_get ||
        configuration_.always_allow_move || configuration_.always_allow_store) {
        return true;
    }
    const auto known = table();
    return std::any_of(known->modalities.begin(), known->modalities.end(),
                       [&](const orthanc::Modality& modality) {
                           return same_title(modality.aet, calling_aet) &&
                                  (!configuration_.check_modality_host || modality.host == host);
                       });
}

// Several modalities may share a title: with the check of hosts the one at this address decides, without it
// all of them together. (Orthanc lets an unknown address pass when all of them allow it; here the check of
// hosts means what it says.)
bool PortAccess::may_ask(Service service, const std::string& calling_aet, const std::string& host) const {
    if (always_allows(configuration_, service)) {
        return true;
    }
    const auto known = table();
    std::vector<const orthanc::Modality*> same;
    for (const orthanc::Modality& modality : known->modalities) {
        if (same_title(modality.aet, calling_aet)) {
            same.push_back(&modality);
        }
    }
    if (same.size() == 1) {
        return (!configuration_.check_modality_host || same.front()->host == host) &&
               allows(*same.front(), service);
    }
    const auto allowed = [service](const orthanc::Modality* modality) { return allows(*modality, service); };
    const bool by_host = configuration_.check_modality_host &&
                         std::any_of(same.begin(), same.end(), [&](const orthanc::Modality* modality) {
                             return modality->host == host && allowed(modality);
                         });
    return by_host || (!same.empty() && std::all_of(same.begin(), same.end(), allowed) &&
                       !configuration_.check_modality_host);
}

bool PortAccess::accepts_storage(const std::string& sop_class, const std::string& transfer_syntax) const {
    const auto known = table();
    return known->transfer_syntaxes.contains(transfer_syntax) &&
           (dicom::is_storage_sop_class(sop_class) ||
            (known->unknown_sop_classes && !dicom::is_registered_uid(sop_class)));
}

Result<AccessTable> read_access_table(const orthanc::Sdk& sdk) {
    AccessTable table;
    auto modalities = orthanc::list_modalities(sdk);
    if (!modalities) {
        return modalities.failure();
    }
    table.modalities = *std::move(modalities);
    const auto syntaxes = sdk.rest_get("/tools/accepted-transfer-syntaxes");
    if (!syntaxes) {
        return syntaxes.failure();
    }
    const auto json = nlohmann::json::parse(*syntaxes, nullptr, false);
    if (!json.is_array()) {
        return error(ErrorKind::Unavailable, "the archive's list of transfer syntaxes is none");
    }
    for (const auto& syntax : json) {
        if (syntax.is_string()) {
            table.transfer_syntaxes.insert(syntax.get<std::string>());
        }
    }
    const auto unknown = sdk.rest_get("/tools/unknown-sop-class-accepted");
    if (!unknown) {
        return unknown.failure();
    }
    table.unknown_sop_classes = unknown->starts_with("1");
    return table;
}

} // namespace recog
