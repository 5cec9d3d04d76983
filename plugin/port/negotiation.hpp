// What the port answers to an association request (PS3.8 7.1, PS3.7 annex D). Pure.
#pragma once

#include "plugin/dimse/pdu.hpp"
#include "plugin/port/access_policy.hpp"
#include "plugin/port/exchange.hpp"

#include <optional>
#include <string_view>
#include <variant>

namespace recog::port {

/// PS3.8 table 9-18: results of a presentation context.
inline constexpr std::uint8_t kAbstractSyntaxNotSupported = 3;
inline constexpr std::uint8_t kTransferSyntaxesNotSupported = 4;

struct Negotiated {
    dimse::AssociationAcceptance acceptance;
    Caller caller; ///< with the accepted contexts
};

/// `host`: numeric address of the requestor. `max_pdu`: what this node takes.
///
/// Q/R and Verification contexts get Explicit before Implicit Little Endian, then Explicit Big Endian; the
/// first syntax says the VR of private elements. Storage contexts get the uncompressed syntaxes first as
/// well, then the first proposed one that Orthanc takes.
std::variant<Negotiated, dimse::Rejection> negotiate(const dimse::AssociationRequest& request,
                                                     const std::string& host, const AccessPolicy& access,
                                                     std::uint32_t max_pdu);

/// The service of a Q/R or Verification SOP class.
std::optional<Service> service_of(std::string_view abstract_syntax);

} // namespace recog::port
