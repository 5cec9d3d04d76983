// What C-MOVE and C-GET have in common: the request's reading and selection, its statuses and counters (PS3.4
// C.4.2 and C.4.3).
//
//   status  when
//   FF00    sub-operations go on
//   0000    all were done, or nothing matched
//   B000    done, one or more failed or had a warning
//   FE00    cancelled
//   A701    the number of matches cannot be found: the index is catching up, or failed
//   A702    no sub-operation was successful, or the destination cannot be reached
//   A801    the move destination is not known
//   A900    no Identifier; its level or its unique key is missing, or is not in the model
//   C000    the Identifier's bytes are malformed
//   C001    the Identifier is beyond a limit
//   C002    what is named belongs to several persons
//   C003    a fault of ours
#pragma once

#include "core/base/logger.hpp"
#include "core/service/retrieve_service.hpp"
#include "plugin/port/exchange.hpp"

#include <functional>
#include <optional>

namespace recog::port {

inline constexpr std::uint16_t kRetrieveSuccess = 0x0000;
inline constexpr std::uint16_t kRetrievePending = 0xFF00;
inline constexpr std::uint16_t kRetrieveWarning = 0xB000;
inline constexpr std::uint16_t kRetrieveCancelled = 0xFE00;
inline constexpr std::uint16_t kCannotCount = 0xA701;
inline constexpr std::uint16_t kCannotPerform = 0xA702;
inline constexpr std::uint16_t kDestinationUnknown = 0xA801;
inline constexpr std::uint16_t kNotOfThisClass = 0xA900;
inline constexpr std::uint16_t kMalformedIdentifier = 0xC000;
inline constexpr std::uint16_t kIdentifierTooLarge = 0xC001;
inline constexpr std::uint16_t kSeveralPersons = 0xC002;
inline constexpr std::uint16_t kFaultOfOurs = 0xC003;

/// What retrievals are answered from; all outlive the handlers and may be used from any thread.
struct RetrieveParts {
    const service::RetrieveService& retrieve;
    std::function<service::Asker(const std::string& aet)> asker_of;
    /// Code of the institution under whose Patient IDs a destination wants its copies; empty: as stored.
    std::function<std::string(const std::string& destination_aet)> localise_for;
    Logger& logger;
};

struct Counters {
    std::size_t remaining = 0;
    std::size_t completed = 0;
    std::size_t failed = 0;
    std::size_t warning = 0;
};

/// The instances that a request means, for copies that go to `destination_aet`. nullopt: it has been refused,
/// with the status above.
std::optional<std::vector<service::RetrievedInstance>> select_instances(const RetrieveParts& parts,
                                                                        const Request& request,
                                                                        Exchange& exchange,
                                                                        const std::string& destination_aet);

/// A final response without counters.
void refuse(const RetrieveParts& parts, Exchange& exchange, std::uint16_t status, const std::string& comment);

/// FF00 with the counters.
Status respond_pending(Exchange& exchange, const Counters& counters);

/// The final response: its status follows from the counters, and the Failed SOP Instance UID List (0008,0058)
/// from `failed`. In explicit VR its 16-bit length holds about a thousand UIDs; the rest is left out.
void respond_final(const Request& request, Exchange& exchange, const Counters& counters, bool cancelled,
                   const std::vector<std::string>& failed, const std::string& comment = {});

} // namespace recog::port
