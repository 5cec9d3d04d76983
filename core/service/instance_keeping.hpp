// Storing an instance so that "stored" is true: an archive that holds a SOP Instance UID already keeps what
// it has, and a sender that is told of success deletes what it sent.
#pragma once

#include "core/service/store_target.hpp"

namespace recog::service {

enum class Keeping {
    Stored,
    SameHeld,        ///< held already, with the same content
    OtherSyntaxHeld, ///< held already in another transfer syntax; all but the pixels is the same, and they
                     ///< are not compared
    OtherHeld        ///< held already with other content, which stays; this file is not stored
};

/// Errors: those of StoreTarget.
Result<Keeping> keep_instance(StoreTarget& target, std::span<const std::byte> file);

/// Two files of one SOP Instance UID, by their data sets without meta information. Encodings of the same
/// values are the same content (implicit and explicit VR, lengths defined and undefined), and so are group
/// lengths and padding. Never Stored. What cannot be read to its end counts as other content unless it is the
/// same bytes.
Keeping compare_content(std::span<const std::byte> sent, std::span<const std::byte> held);

} // namespace recog::service
