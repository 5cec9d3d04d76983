#include "plugin/dimse/pdu.hpp"

#include <algorithm>
#include <string_view>

namespace recog::dimse {

namespace {

using Bytes = std::span<const std::byte>;
using Buffer = std::vector<std::byte>;

constexpr std::size_t ASSOCIATE_FIXED = 68; // version, reserved, two titles, reserved

enum Item : std::uint8_t {
    ApplicationContext = 0x10,
    ProposedContextItem = 0x20,
    ContextResultItem = 0x21,
    AbstractSyntax = 0x30,
    TransferSyntax = 0x40,
    UserInformation = 0x50,
    MaximumLength = 0x51,
    ImplementationClass = 0x52,
    RoleSelectionItem = 0x54,
    ImplementationVersion = 0x55,
    ExtendedNegotiationItem = 0x56
};

Error malformed(const char* sentence) {
    return error(ErrorKind::Malformed, sentence);
}

void put8(Buffer& out, unsigned value) {
    out.push_back(static_cast<std::byte>(value));
}

void put16(Buffer& out, std::size_t value) {
    put8(out, (value >> 8U) & 0xFFU);
    put8(out, value & 0xFFU);
}

void put32(Buffer& out, std::size_t value) {
    put16(out, (value >> 16U) & 0xFFFFU);
    put16(out, value & 0xFFFFU);
}

void put_text(Buffer& out, std::string_view text) {
    std::transform(text.begin(), text.end(), std::back_inserter(out),
                   [](char c) { return static_cast<std::byte>(c); });
}

void put_title(Buffer& out, std::string_view title) {
    std::string padded(title.substr(0, 16));
    padded.resize(16, ' ');
    put_text(out, padded);
}

void put_item(Buffer& out, Item type, std::string_view value) {
    put8(out, type);
    put8(out, 0);
    put16(out, value.size());
    put_text(out, value);
}

// An item or PDU whose length is known only when its content has been written.
class OpenLength {
public:
    OpenLength(Buffer& out, std::size_t width) : out_(out), at_(out.size()), width_(width) {
        out.resize(out.size() + width);
    }
    ~OpenLength() {
        std::size_t length = out_.size() - at_ - width_;
        for (std::size_t i = width_; i-- > 0; length >>= 8U) {
            out_[at_ + i] = static_cast<std::byte>(length & 0xFFU);
        }
    }
    OpenLength(const OpenLength&) = delete;
    OpenLength& operator=(const OpenLength&) = delete;

private:
    Buffer& out_;
    std::size_t at_;
    std::size_t width_;
};

void put_context(Buffer& out, const ProposedContext& context) {
    put8(out, ProposedContextItem);
    put8(out, 0);
    const OpenLength length(out, 2);
    put8(out, context.id);
    put8(out, 0);
    put16(out, 0);
    put_item(out, AbstractSyntax, context.abstract_syntax);
    for (const std::string& syntax : context.transfer_syntaxes) {
        put_item(out, TransferSyntax, syntax);
    }
}

void put_role(Buffer& out, const RoleSelection& role) {
    put8(out, RoleSelectionItem);
    put8(out, 0);
    const OpenLength length(out, 2);
    put16(out, role.sop_class.size());
    put_text(out, role.sop_class);
    put8(out, role.scu ? 1 : 0);
    put8(out, role.scp ? 1 : 0);
}

void put_extension(Buffer& out, const SopClassExtension& extension) {
    put8(out, ExtendedNegotiationItem);
    put8(out, 0);
    const OpenLength length(out, 2);
    put16(out, extension.sop_class.size());
    put_text(out, extension.sop_class);
    out.insert(out.end(), extension.information.begin(), extension.information.end());
}

void put_user_information(Buffer& out, std::uint32_t max_pdu, const std::vector<RoleSelection>& roles,
                          const std::vector<SopClassExtension>& extensions) {
    put8(out, UserInformation);
    put8(out, 0);
    const OpenLength length(out, 2);
    put8(out, MaximumLength);
    put8(out, 0);
    put16(out, 4);
    put32(out, max_pdu);
    put_item(out, ImplementationClass, IMPLEMENTATION_CLASS);
    for (const RoleSelection& role : roles) {
        put_role(out, role);
    }
    put_item(out, ImplementationVersion, IMPLEMENTATION_VERSION);
    for (const SopClassExtension& extension : extensions) {
        put_extension(out, extension);
    }
}

void put_fixed(Buffer& out, const AssociationRequest& request) {
    put16(out, 1); // protocol version
    put16(out, 0);
    put_title(out, request.called_aet);
    put_title(out, request.calling_aet);
    out.resize(out.size() + 32);
    put_item(out, ApplicationContext, APPLICATION_CONTEXT);
}

void put_request_body(Buffer& out, const AssociationRequest& request) {
    const OpenLength length(out, 4);
    put_fixed(out, request);
    for (const ProposedContext& context : request.contexts) {
        put_context(out, context);
    }
    put_user_information(out, request.max_pdu, request.roles, request.extensions);
}

void put_context_answer(Buffer& out, const ContextAnswer& answer) {
    put8(out, ContextResultItem);
    put8(out, 0);
    const OpenLength length(out, 2);
    put8(out, answer.id);
    put8(out, 0);
    put8(out, answer.result);
    put8(out, 0);
    put_item(out, TransferSyntax, answer.transfer_syntax);
}

void put_acceptance_body(Buffer& out, const AssociationRequest& request,
                         const AssociationAcceptance& acceptance) {
    const OpenLength length(out, 4);
    put_fixed(out, request);
    for (const ContextAnswer& answer : acceptance.contexts) {
        put_context_answer(out, answer);
    }
    put_user_information(out, acceptance.max_pdu, acceptance.roles, acceptance.extensions);
}

std::uint32_t number(Bytes bytes) {
    std::uint32_t value = 0;
    for (const std::byte b : bytes) {
        value = (value << 8U) | std::to_integer<std::uint32_t>(b);
    }
    return value;
}

std::string uid_text(Bytes value) {
    std::string text;
    for (const std::byte b : value) {
        text.push_back(static_cast<char>(b));
    }
    text.erase(std::find_if(text.begin(), text.end(), [](char c) { return c == '\0' || c == ' '; }),
               text.end());
    return text;
}

struct ItemView {
    std::uint8_t type = 0;
    Bytes value;
};

Result<std::vector<ItemView>> split_items(Bytes bytes) {
    std::vector<ItemView> items;
    while (!bytes.empty()) {
        if (bytes.size() < 4) {
            return malformed("An association item is cut off");
        }
        const std::size_t length = number(bytes.subspan(2, 2));
        if (bytes.size() - 4 < length) {
            return malformed("An association item is longer than its PDU");
        }
        items.push_back({std::to_integer<std::uint8_t>(bytes[0]), bytes.subspan(4, length)});
        bytes = bytes.subspan(4 + length);
    }
    return items;
}

Result<ContextAnswer> parse_context_answer(Bytes value) {
    if (value.size() < 4) {
        return malformed("A presentation context answer is cut off");
    }
    ContextAnswer answer{
        std::to_integer<std::uint8_t>(value[0]), std::to_integer<std::uint8_t>(value[2]), {}};
    if (answer.result != 0) {
        return answer; // PS3.8 9.3.3.2: the transfer syntax of a refusal has no meaning
    }
    const auto items = split_items(value.subspan(4));
    if (!items) {
        return items.failure();
    }
    for (const ItemView& item : *items) {
        if (item.type == TransferSyntax) {
            answer.transfer_syntax = uid_text(item.value);
        }
    }
    return answer;
}

/// The UID of an item 54 or 56, and what stands behind it.
struct NamedItem {
    std::string uid;
    Bytes rest;
};

Result<NamedItem> split_named(Bytes value) {
    if (value.size() < 2 || value.size() - 2 < number(value.first(2))) {
        return malformed("An item of the user information is cut off");
    }
    const std::size_t length = number(value.first(2));
    return NamedItem{uid_text(value.subspan(2, length)), value.subspan(2 + length)};
}

struct UserInformationView {
    std::uint32_t max_pdu = 0;
    std::vector<RoleSelection> roles;
    std::vector<SopClassExtension> extensions;
};

Status parse_user_item(const ItemView& item, UserInformationView& user) {
    if (item.type == MaximumLength && item.value.size() == 4) {
        user.max_pdu = number(item.value);
    }
    if (item.type != RoleSelectionItem && item.type != ExtendedNegotiationItem) {
        return {};
    }
    const auto named = split_named(item.value);
    if (!named) {
        return named.failure();
    }
    if (item.type == ExtendedNegotiationItem) {
        user.extensions.push_back({named->uid, {named->rest.begin(), named->rest.end()}});
    } else if (named->rest.size() == 2) {
        user.roles.push_back({named->uid, named->rest[0] != std::byte{0}, named->rest[1] != std::byte{0}});
    } else {
        return malformed("A role selection is cut off");
    }
    return {};
}

Status parse_user_information(Bytes value, UserInformationView& user) {
    const auto items = split_items(value);
    if (!items) {
        return items.failure();
    }
    for (const ItemView& item : *items) {
        if (auto parsed = parse_user_item(item, user); !parsed) {
            return parsed;
        }
    }
    return {};
}

Result<ProposedContext> parse_proposed_context(Bytes value) {
    if (value.size() < 4) {
        return malformed("A presentation context is cut off");
    }
    const auto items = split_items(value.subspan(4));
    if (!items) {
        return items.failure();
    }
    ProposedContext context;
    context.id = std::to_integer<std::uint8_t>(value[0]);
    for (const ItemView& item : *items) {
        if (item.type == AbstractSyntax) {
            context.abstract_syntax = uid_text(item.value);
        } else if (item.type == TransferSyntax) {
            context.transfer_syntaxes.push_back(uid_text(item.value));
        }
    }
    if (context.id % 2 == 0 || context.abstract_syntax.empty() || context.transfer_syntaxes.empty()) {
        return malformed("A presentation context has no valid number or no syntaxes");
    }
    return context;
}

Status add_proposed_context(Bytes value, AssociationRequest& request) {
    auto context = parse_proposed_context(value);
    if (!context) {
        return context.failure();
    }
    const bool twice =
        std::any_of(request.contexts.begin(), request.contexts.end(),
                    [&context](const ProposedContext& other) { return other.id == context->id; });
    if (twice || request.contexts.size() == MAX_CONTEXTS) {
        return malformed("A presentation context comes twice, or there are too many");
    }
    request.contexts.push_back(*std::move(context));
    return {};
}

std::string title(Bytes bytes) {
    std::string text;
    for (const std::byte b : bytes) {
        text.push_back(static_cast<char>(b));
    }
    text.erase(std::min(text.find('\0'), text.size()));
    text.erase(text.find_last_not_of(' ') + 1);
    text.erase(0, std::min(text.find_first_not_of(' '), text.size()));
    return text;
}

} // namespace

Result<AssociationRequest> parse_associate_request(Bytes body) {
    if (body.size() < ASSOCIATE_FIXED) {
        return malformed("The association request is cut off");
    }
    const auto items = split_items(body.subspan(ASSOCIATE_FIXED));
    if (!items) {
        return items.failure();
    }
    AssociationRequest request;
    request.protocol_version = static_cast<std::uint16_t>(number(body.first(2)));
    request.called_aet = title(body.subspan(4, 16));
    request.calling_aet = title(body.subspan(20, 16));
    request.application_context.clear();
    UserInformationView user;
    for (const ItemView& item : *items) {
        Status parsed;
        if (item.type == ApplicationContext) {
            request.application_context = uid_text(item.value);
        } else if (item.type == ProposedContextItem) {
            parsed = add_proposed_context(item.value, request);
        } else if (item.type == UserInformation) {
            parsed = parse_user_information(item.value, user);
        }
        if (!parsed) {
            return parsed.failure();
        }
    }
    request.max_pdu = user.max_pdu;
    request.roles = std::move(user.roles);
    request.extensions = std::move(user.extensions);
    return request;
}

std::vector<std::byte> encode_associate_accept(const AssociationRequest& request,
                                               const AssociationAcceptance& acceptance) {
    Buffer out;
    put8(out, static_cast<unsigned>(PduType::AssociateAccept));
    put8(out, 0);
    put_acceptance_body(out, request, acceptance);
    return out;
}

std::array<std::byte, 10> encode_associate_reject(const Rejection& rejection) {
    std::array<std::byte, 10> pdu = encode_short_pdu(PduType::AssociateReject);
    pdu[7] = static_cast<std::byte>(rejection.result);
    pdu[8] = static_cast<std::byte>(rejection.source);
    pdu[9] = static_cast<std::byte>(rejection.reason);
    return pdu;
}

std::array<std::byte, 10> encode_provider_abort(std::uint8_t reason) {
    std::array<std::byte, 10> pdu = encode_short_pdu(PduType::Abort);
    pdu[8] = std::byte{2};
    pdu[9] = static_cast<std::byte>(reason);
    return pdu;
}

std::vector<std::byte> encode_associate_request(const AssociationRequest& request) {
    Buffer out;
    put8(out, static_cast<unsigned>(PduType::AssociateRequest));
    put8(out, 0);
    put_request_body(out, request);
    return out;
}

Result<AssociationAcceptance> parse_associate_accept(Bytes body) {
    if (body.size() < ASSOCIATE_FIXED) {
        return malformed("The association answer is cut off");
    }
    const auto items = split_items(body.subspan(ASSOCIATE_FIXED));
    if (!items) {
        return items.failure();
    }
    AssociationAcceptance acceptance;
    for (const ItemView& item : *items) {
        if (item.type == ContextResultItem) {
            auto answer = parse_context_answer(item.value);
            if (!answer) {
                return answer.failure();
            }
            acceptance.contexts.push_back(std::move(*answer));
        } else if (item.type == UserInformation) {
            UserInformationView user;
            if (auto parsed = parse_user_information(item.value, user); !parsed) {
                return parsed.failure();
            }
            acceptance.max_pdu = user.max_pdu;
            acceptance.roles = std::move(user.roles);
            acceptance.extensions = std::move(user.extensions);
        }
    }
    return acceptance;
}

// PS3.8 table 9-21.
std::string describe_rejection(Bytes body) {
    const unsigned source = body.size() < 4 ? 0 : std::to_integer<unsigned>(body[2]);
    const unsigned reason = body.size() < 4 ? 0 : std::to_integer<unsigned>(body[3]);
    const std::string prefix = "The receiver rejected the association: ";
    if (source == 1 && reason == 3) {
        return prefix + "it does not know our AE title";
    }
    if (source == 1 && reason == 7) {
        return prefix + "its AE title is another";
    }
    if (source == 3 && reason == 1) {
        return prefix + "it is congested";
    }
    if (source == 3 && reason == 2) {
        return prefix + "its limit of associations is reached";
    }
    return prefix + "source " + std::to_string(source) + ", reason " + std::to_string(reason);
}

// PS3.8 table 9-26.
std::string describe_abort(Bytes body) {
    const bool provider = body.size() >= 4 && body[2] == std::byte{2};
    return provider ? "The receiver aborted the association because of a protocol error"
                    : "The receiver aborted the association";
}

std::array<std::byte, 10> encode_short_pdu(PduType type) {
    std::array<std::byte, 10> pdu{};
    pdu[0] = static_cast<std::byte>(type);
    pdu[5] = std::byte{4};
    return pdu;
}

std::array<std::byte, PDU_HEADER + PDV_HEADER> encode_data_header(std::uint8_t context, bool command,
                                                                  bool last, std::uint32_t length) {
    std::array<std::byte, PDU_HEADER + PDV_HEADER> header{};
    const auto put = [&header](std::size_t at, std::uint32_t value) {
        for (std::size_t i = 4; i-- > 0; value >>= 8U) {
            header[at + i] = static_cast<std::byte>(value & 0xFFU);
        }
    };
    header[0] = static_cast<std::byte>(PduType::Data);
    put(2, length + static_cast<std::uint32_t>(PDV_HEADER));
    put(6, length + 2);
    header[10] = static_cast<std::byte>(context);
    header[11] = static_cast<std::byte>((command ? 1U : 0U) | (last ? 2U : 0U));
    return header;
}

Result<PduHeader> parse_pdu_header(std::span<const std::byte, PDU_HEADER> bytes) {
    const auto type = std::to_integer<unsigned>(bytes[0]);
    if (type < 2 || type > 7) {
        return malformed("The receiver sent a PDU of unknown type");
    }
    const PduHeader header{static_cast<PduType>(type), number(bytes.subspan(2, 4))};
    const bool negotiation = header.type == PduType::AssociateAccept;
    if (header.length > (negotiation ? MAX_NEGOTIATION_PDU : OUR_MAX_PDU)) {
        return malformed("The receiver sent a PDU longer than was agreed");
    }
    return header;
}

Result<std::vector<Fragment>> parse_data(Bytes body) {
    std::vector<Fragment> fragments;
    while (!body.empty()) {
        if (body.size() < PDV_HEADER) {
            return malformed("A presentation data value is cut off");
        }
        const std::size_t length = number(body.first(4));
        if (length < 2 || length > body.size() - 4) {
            return malformed("A presentation data value is longer than its PDU");
        }
        const auto control = std::to_integer<unsigned>(body[5]);
        fragments.push_back({std::to_integer<std::uint8_t>(body[4]), (control & 1U) != 0, (control & 2U) != 0,
                             body.subspan(PDV_HEADER, length - 2)});
        body = body.subspan(4 + length);
    }
    return fragments;
}

} // namespace recog::dimse
