// Which presentation contexts to propose for a list of instances, and over how many associations.
// Pure functions.
#pragma once

#include "plugin/dimse/pdu.hpp"
#include "plugin/dimse/stored_instance.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace recog::dimse {

constexpr std::string_view IMPLICIT_LITTLE_ENDIAN = "1.2.840.10008.1.2";
constexpr std::string_view EXPLICIT_LITTLE_ENDIAN = "1.2.840.10008.1.2.1";
constexpr std::string_view EXPLICIT_BIG_ENDIAN = "1.2.840.10008.1.2.2";

/// What one association proposes, and which instances it carries.
struct AssociationPlan {
    std::vector<ProposedContext> contexts;
    std::vector<std::size_t> instances; ///< indices into the list, ascending
};

/// Each stored transfer syntax of a SOP class gets a context of its own, so that the receiver cannot choose
/// among them; one more context of the class offers the uncompressed syntaxes that are not stored, explicit
/// before implicit (PS3.5 10.1 demands that the default is offered for every class). No association has more
/// than 128 contexts. An instance whose SOP class is no UID is listed with a plan but has no context.
std::vector<AssociationPlan> plan_associations(std::span<const StoredInstance> instances);

/// PS3.5 9.1, leniently: digits and dots, at most 64.
bool is_uid(std::string_view text);

/// Whether two syntaxes differ in encoding only, so that a change loses nothing and needs no codec.
bool is_uncompressed(std::string_view transfer_syntax_uid);

} // namespace recog::dimse
