// Protocol data units of the DICOM upper layer, PS3.8 chapter 9.3. All numbers are big endian.
//
//   PDU            = type(1) 00 length(4) body
//   A-ASSOCIATE-RQ = 01: version(2)=1 0000 called(16) calling(16) 0(32) item*
//   A-ASSOCIATE-AC = 02: the same layout
//   item           = type(1) 00 length(2) value
//     10 application context name
//     20 proposed context: id 00 00 00, items 30 (abstract syntax) and 40 (transfer syntax)+
//     21 context result:   id 00 result 00, item 40
//     50 user information: items 51 (maximum length, 4 bytes), 52 (implementation class), 55 (version name),
//        54 (role selection: length(2) uid scu scp), 56 (extended negotiation: length(2) uid information)
//   A-ASSOCIATE-RJ = 03: 00 result source reason
//   P-DATA-TF      = 04: (length(4) context(1) control(1) fragment)+    control: bit 0 command, bit 1 last
//   A-RELEASE-RQ/RP = 05/06: 0(4)        A-ABORT = 07: 00 00 source reason
//
// Pure functions; no sockets.
#pragma once

#include "core/base/result.hpp"
#include "core/dicom/part10.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace recog::dimse {

enum class PduType : std::uint8_t {
    AssociateRequest = 1,
    AssociateAccept = 2,
    AssociateReject = 3,
    Data = 4,
    ReleaseRequest = 5,
    ReleaseReply = 6,
    Abort = 7
};

constexpr std::size_t PDU_HEADER = 6;
constexpr std::size_t PDV_HEADER = 6;
/// PS3.8 9.3.2.2: odd one-byte numbers.
constexpr std::size_t MAX_CONTEXTS = 128;
/// What we let the other side send in one PDU: C-STORE responses are about 100 bytes.
constexpr std::uint32_t OUR_MAX_PDU = 16384;
/// 128 contexts of the longest names take 20 KB; more than this is not an answer.
constexpr std::uint32_t MAX_NEGOTIATION_PDU = 262144;

struct ProposedContext {
    std::uint8_t id = 1;
    std::string abstract_syntax;
    std::vector<std::string> transfer_syntaxes; ///< in order of preference
};

constexpr std::string_view APPLICATION_CONTEXT = "1.2.840.10008.3.1.1.1"; // PS3.7 annex A
constexpr std::string_view IMPLEMENTATION_CLASS = dicom::kImplementationClass;
constexpr std::string_view IMPLEMENTATION_VERSION = "RECOGNITION_1";

/// PS3.7 D.3.3.4: which roles the requestor proposes, or the acceptor accepts, for a SOP class.
struct RoleSelection {
    std::string sop_class;
    bool scu = false;
    bool scp = false;
};

/// PS3.7 D.3.3.5.
struct SopClassExtension {
    std::string sop_class;
    std::vector<std::byte> information;
};

struct AssociationRequest {
    std::string called_aet;  ///< cut to 16 characters
    std::string calling_aet; ///< cut to 16 characters
    std::vector<ProposedContext> contexts;
    std::vector<RoleSelection> roles = {};
    std::vector<SopClassExtension> extensions = {};
    std::string application_context = std::string(APPLICATION_CONTEXT);
    std::uint32_t max_pdu = OUR_MAX_PDU; ///< bytes of a P-DATA-TF body the requestor takes; 0 is unlimited
    std::uint16_t protocol_version = 1;  ///< bit 0 is version 1
};

struct ContextAnswer {
    std::uint8_t id = 0;
    std::uint8_t result = 0; ///< 0 accepted; 3 abstract syntax, 4 transfer syntaxes not supported
    std::string transfer_syntax;
};

struct AssociationAcceptance {
    std::vector<ContextAnswer> contexts;
    std::uint32_t max_pdu = 0; ///< bytes of a P-DATA-TF body the other side takes; 0 is unlimited
    std::vector<RoleSelection> roles = {};
    std::vector<SopClassExtension> extensions = {};
};

/// PS3.8 table 9-21.
struct Rejection {
    std::uint8_t result = 1; ///< 1 permanent, 2 transient
    std::uint8_t source = 1; ///< 1 service user, 2 provider (ACSE), 3 provider (presentation)
    std::uint8_t reason = 1;
};

struct PduHeader {
    PduType type = PduType::Abort;
    std::uint32_t length = 0; ///< of the body
};

std::vector<std::byte> encode_associate_request(const AssociationRequest& request);

/// `body` is all after the PDU header. Malformed, unless every length fits.
Result<AssociationAcceptance> parse_associate_accept(std::span<const std::byte> body);

/// The same for what a requestor sends. Malformed also: more than MAX_CONTEXTS contexts, a context id that is
/// even or comes twice, a context without an abstract or a transfer syntax.
Result<AssociationRequest> parse_associate_request(std::span<const std::byte> body);

/// The titles come from the request, as PS3.8 table 9-17 wants it.
std::vector<std::byte> encode_associate_accept(const AssociationRequest& request,
                                               const AssociationAcceptance& acceptance);
std::array<std::byte, 10> encode_associate_reject(const Rejection& rejection);
/// The A-ABORT of the service provider: PS3.8 table 9-26, such as 2 (unexpected PDU), 6 (invalid parameter).
std::array<std::byte, 10> encode_provider_abort(std::uint8_t reason);

/// One sentence for the operator. Any body will do.
std::string describe_rejection(std::span<const std::byte> body);
std::string describe_abort(std::span<const std::byte> body);

/// A-RELEASE-RQ, A-RELEASE-RP, or the A-ABORT of a service user.
std::array<std::byte, 10> encode_short_pdu(PduType type);

/// Header of a P-DATA-TF PDU that holds one fragment of `length` bytes.
std::array<std::byte, PDU_HEADER + PDV_HEADER> encode_data_header(std::uint8_t context, bool command,
                                                                  bool last, std::uint32_t length);

/// Malformed for an unknown type or a length no answer to a C-STORE SCU can have.
Result<PduHeader> parse_pdu_header(std::span<const std::byte, PDU_HEADER> bytes);

struct Fragment {
    std::uint8_t context = 0;
    bool command = false;
    bool last = false;
    std::span<const std::byte> bytes; ///< inside the body that was parsed
};

/// The fragments of the body of a P-DATA-TF PDU.
Result<std::vector<Fragment>> parse_data(std::span<const std::byte> body);

} // namespace recog::dimse
