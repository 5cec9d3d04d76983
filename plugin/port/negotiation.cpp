#include "plugin/port/negotiation.hpp"

#include <algorithm>
#include <array>

namespace recog::port {

namespace {

using dimse::AssociationRequest;
using dimse::ContextAnswer;
using dimse::ProposedContext;
using dimse::Rejection;

struct Model {
    std::string_view uid;
    Service service;
    bool patient_root;
};

// PS3.4 B.5, C.6 and A.4.
constexpr std::array kModels{
    Model{"1.2.840.10008.1.1", Service::Echo, false},
    Model{"1.2.840.10008.5.1.4.1.2.1.1", Service::Find, true},
    Model{"1.2.840.10008.5.1.4.1.2.1.2", Service::Move, true},
    Model{"1.2.840.10008.5.1.4.1.2.1.3", Service::Get, true},
    Model{"1.2.840.10008.5.1.4.1.2.2.1", Service::Find, false},
    Model{"1.2.840.10008.5.1.4.1.2.2.2", Service::Move, false},
    Model{"1.2.840.10008.5.1.4.1.2.2.3", Service::Get, false},
};

constexpr std::array<std::string_view, 3> kPreferred{"1.2.840.10008.1.2.1", "1.2.840.10008.1.2",
                                                     "1.2.840.10008.1.2.2"};

const Model* find_model(std::string_view uid) {
    const auto found =
        std::find_if(kModels.begin(), kModels.end(), [uid](const Model& model) { return model.uid == uid; });
    return found == kModels.end() ? nullptr : &*found;
}

bool proposes(const ProposedContext& context, std::string_view syntax) {
    return std::find(context.transfer_syntaxes.begin(), context.transfer_syntaxes.end(), syntax) !=
           context.transfer_syntaxes.end();
}

/// Empty when none of the proposed syntaxes will do.
std::string choose_syntax(const ProposedContext& context, bool storage, const AccessPolicy& access) {
    for (const std::string_view syntax : kPreferred) {
        const bool taken = !storage || access.accepts_storage(context.abstract_syntax, std::string(syntax));
        if (taken && proposes(context, syntax)) {
            return std::string(syntax);
        }
    }
    for (const std::string& syntax : storage ? context.transfer_syntaxes : std::vector<std::string>()) {
        if (access.accepts_storage(context.abstract_syntax, syntax)) {
            return syntax;
        }
    }
    return {};
}

ContextAnswer answer_to(const ProposedContext& context, const AccessPolicy& access) {
    const bool storage = find_model(context.abstract_syntax) == nullptr;
    if (storage) {
        const bool known = std::any_of(context.transfer_syntaxes.begin(), context.transfer_syntaxes.end(),
                                       [&](const std::string& syntax) {
                                           return access.accepts_storage(context.abstract_syntax, syntax);
                                       }) ||
                           access.accepts_storage(context.abstract_syntax, std::string(kPreferred.front()));
        if (!known) {
            return {context.id, kAbstractSyntaxNotSupported, context.transfer_syntaxes.front()};
        }
    }
    std::string syntax = choose_syntax(context, storage, access);
    if (syntax.empty()) {
        return {context.id, kTransferSyntaxesNotSupported, context.transfer_syntaxes.front()};
    }
    return {context.id, 0, std::move(syntax)};
}

const dimse::RoleSelection* role_of(const AssociationRequest& request, const std::string& sop_class) {
    const auto found =
        std::find_if(request.roles.begin(), request.roles.end(),
                     [&sop_class](const dimse::RoleSelection& role) { return role.sop_class == sop_class; });
    return found == request.roles.end() ? nullptr : &*found;
}

bool flag(const std::vector<std::byte>& information, std::size_t at) {
    return at < information.size() && information[at] != std::byte{0};
}

/// PS3.4 C.5.1.1.1 for C-FIND (relational, combined date and time, fuzzy names, timezone), C.5.2.1 and
/// C.5.3.1 for C-MOVE and C-GET (relational). Everything that is asked for is supported.
ExtendedNegotiation extended_of(const AssociationRequest& request, const Model& model) {
    ExtendedNegotiation extended;
    for (const dimse::SopClassExtension& extension : request.extensions) {
        if (extension.sop_class == model.uid && model.service != Service::Echo) {
            const bool find = model.service == Service::Find;
            extended.relational = flag(extension.information, 0);
            extended.combined_datetime = find && flag(extension.information, 1);
            extended.fuzzy_names = find && flag(extension.information, 2);
            extended.timezone = find && flag(extension.information, 3);
        }
    }
    return extended;
}

std::vector<std::byte> information_of(const ExtendedNegotiation& extended, std::size_t size) {
    const std::array flags{extended.relational, extended.combined_datetime, extended.fuzzy_names,
                           extended.timezone};
    std::vector<std::byte> information;
    for (std::size_t i = 0; i < std::min(size, flags.size()); ++i) {
        information.push_back(flags[i] ? std::byte{1} : std::byte{0});
    }
    return information;
}

void accept_extensions(const AssociationRequest& request, dimse::AssociationAcceptance& acceptance) {
    for (const dimse::SopClassExtension& extension : request.extensions) {
        const Model* model = find_model(extension.sop_class);
        if (model != nullptr && model->service != Service::Echo) {
            acceptance.extensions.push_back(
                {extension.sop_class,
                 information_of(extended_of(request, *model), extension.information.size())});
        }
    }
}

std::optional<Rejection> reject(const AssociationRequest& request, const std::string& host,
                                const AccessPolicy& access) {
    if ((request.protocol_version & 1U) == 0) {
        return Rejection{1, 2, 2}; // protocol version not supported
    }
    if (request.application_context != dimse::APPLICATION_CONTEXT) {
        return Rejection{1, 1, 2}; // application context name not supported
    }
    if (!access.is_called(request.called_aet)) {
        return Rejection{1, 1, 7}; // called AE title not recognised
    }
    if (request.calling_aet.empty() || !access.may_associate(request.calling_aet, host)) {
        return Rejection{1, 1, 3}; // calling AE title not recognised
    }
    return std::nullopt;
}

} // namespace

std::optional<Service> service_of(std::string_view abstract_syntax) {
    const Model* model = find_model(abstract_syntax);
    return model != nullptr ? std::optional(model->service) : std::nullopt;
}

bool is_patient_root(std::string_view abstract_syntax) {
    const Model* model = find_model(abstract_syntax);
    return model != nullptr && model->patient_root;
}

std::variant<Negotiated, Rejection> negotiate(const AssociationRequest& request, const std::string& host,
                                              const AccessPolicy& access, std::uint32_t max_pdu) {
    if (const auto rejection = reject(request, host, access)) {
        return *rejection;
    }
    Negotiated negotiated;
    negotiated.caller = {request.calling_aet, request.called_aet, host, {}};
    negotiated.acceptance.max_pdu = max_pdu;
    for (const ProposedContext& proposed : request.contexts) {
        const ContextAnswer answer = answer_to(proposed, access);
        negotiated.acceptance.contexts.push_back(answer);
        if (answer.result != 0) {
            continue;
        }
        Context context{answer.id, proposed.abstract_syntax, answer.transfer_syntax, false, {}};
        if (const Model* model = find_model(proposed.abstract_syntax)) {
            context.extended = extended_of(request, *model);
        } else if (const auto* role = role_of(request, proposed.abstract_syntax)) {
            context.requestor_is_scp = role->scp;
        }
        negotiated.caller.contexts.push_back(std::move(context));
    }
    // As proposed: this node sends (C-GET) and receives every storage class it accepts.
    for (const dimse::RoleSelection& role : request.roles) {
        const bool accepted = std::any_of(
            negotiated.caller.contexts.begin(), negotiated.caller.contexts.end(),
            [&role](const Context& context) { return context.abstract_syntax == role.sop_class; });
        if (accepted && find_model(role.sop_class) == nullptr) {
            negotiated.acceptance.roles.push_back(role);
        }
    }
    accept_extensions(request, negotiated.acceptance);
    return negotiated;
}

} // namespace recog::port
