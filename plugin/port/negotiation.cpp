#include "plugin/port/negotiation.hpp"

#include "core/service/information_model.hpp"
#include "plugin/dimse/context_plan.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace recog::port {

namespace {

using dimse::AssociationRequest;
using dimse::ContextAnswer;
using dimse::ProposedContext;
using dimse::Rejection;
using service::query_sop_class;

constexpr std::string_view kVerification = "1.2.840.10008.1.1"; // PS3.4 A.4
constexpr std::array<std::string_view, 3> kPreferred{"1.2.840.10008.1.2.1", "1.2.840.10008.1.2",
                                                     "1.2.840.10008.1.2.2"};

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

/// PS3.8 9.3.3.2: of a refusal it has no meaning, but it must be there.
ContextAnswer refuse(const ProposedContext& context, std::uint8_t result) {
    const std::string& first = context.transfer_syntaxes.front();
    return {context.id, result, dimse::is_uid(first) ? first : std::string(kPreferred.back())};
}

ContextAnswer answer_to(const ProposedContext& context, const AccessPolicy& access) {
    const bool storage = !service_of(context.abstract_syntax);
    if (storage) {
        const bool known = dimse::is_uid(context.abstract_syntax) &&
                           (std::any_of(context.transfer_syntaxes.begin(), context.transfer_syntaxes.end(),
                                        [&](const std::string& syntax) {
                                            return access.accepts_storage(context.abstract_syntax, syntax);
                                        }) ||
                            access.accepts_storage(context.abstract_syntax, std::string(kPreferred.front())));
        if (!known) {
            return refuse(context, kAbstractSyntaxNotSupported);
        }
    }
    std::string syntax = choose_syntax(context, storage, access);
    if (syntax.empty()) {
        return refuse(context, kTransferSyntaxesNotSupported);
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
/// C.5.3.1 for C-MOVE and C-GET (relational). Everything that is asked for is supported. Of several items for
/// one class the first counts.
ExtendedNegotiation read_extension(const dimse::SopClassExtension& extension, bool find) {
    ExtendedNegotiation extended;
    extended.relational = flag(extension.information, 0);
    extended.combined_datetime = find && flag(extension.information, 1);
    extended.fuzzy_names = find && flag(extension.information, 2);
    extended.timezone = find && flag(extension.information, 3);
    return extended;
}

const dimse::SopClassExtension* extension_of(const AssociationRequest& request,
                                             const std::string& sop_class) {
    const auto found = std::find_if(
        request.extensions.begin(), request.extensions.end(),
        [&sop_class](const dimse::SopClassExtension& extension) { return extension.sop_class == sop_class; });
    return found == request.extensions.end() ? nullptr : &*found;
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

bool is_find(const std::string& sop_class) {
    return service_of(sop_class) == Service::Find;
}

/// PS3.7 D.3.3.4 and 5: once for each SOP class that was accepted, so that the answer cannot grow beyond its
/// 16-bit length however often the question names a class.
void answer_user_items(const AssociationRequest& request, Negotiated& negotiated) {
    std::set<std::string> answered;
    for (const Context& context : negotiated.caller.contexts) {
        const std::string& sop_class = context.abstract_syntax;
        if (!answered.insert(sop_class).second) {
            continue;
        }
        if (!service_of(sop_class)) {
            // As proposed: this node sends (C-GET) and receives every storage class it accepts.
            if (const auto* role = role_of(request, sop_class)) {
                negotiated.acceptance.roles.push_back(*role);
            }
        } else if (const auto* extension = extension_of(request, sop_class);
                   extension != nullptr && query_sop_class(sop_class)) {
            negotiated.acceptance.extensions.push_back(
                {sop_class, information_of(context.extended, extension->information.size())});
        }
    }
}

// PS3.5 6.2, AE; it stands in logs. Titles in a local character set are in use.
bool is_title(const std::string& text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return static_cast<unsigned char>(c) >= 0x20 && c != 0x7F && c != '\\';
    });
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
    if (!is_title(request.calling_aet) || !access.may_associate(request.calling_aet, host)) {
        return Rejection{1, 1, 3}; // calling AE title not recognised
    }
    return std::nullopt;
}

} // namespace

std::optional<Service> service_of(std::string_view abstract_syntax) {
    if (abstract_syntax == kVerification) {
        return Service::Echo;
    }
    const auto query = query_sop_class(abstract_syntax);
    if (!query) {
        return std::nullopt;
    }
    switch (query->service) {
    case service::QueryService::Find:
        return Service::Find;
    case service::QueryService::Move:
        return Service::Move;
    case service::QueryService::Get:
        return Service::Get;
    }
    return std::nullopt;
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
        if (query_sop_class(proposed.abstract_syntax)) {
            if (const auto* extension = extension_of(request, proposed.abstract_syntax)) {
                context.extended = read_extension(*extension, is_find(proposed.abstract_syntax));
            }
        } else if (const auto* role = role_of(request, proposed.abstract_syntax)) {
            context.requestor_is_scp = role->scp && !service_of(proposed.abstract_syntax);
        }
        negotiated.caller.contexts.push_back(std::move(context));
    }
    answer_user_items(request, negotiated);
    return negotiated;
}

} // namespace recog::port
