// From a stored instance to the bytes that go over the wire in one of the contexts a receiver accepted.
#pragma once

#include "plugin/dimse/byte_stream.hpp"
#include "plugin/dimse/pdu.hpp"
#include "plugin/dimse/stored_instance.hpp"

#include <map>
#include <string>
#include <vector>

namespace recog::dimse {

/// The transfer syntaxes that a receiver accepted for each SOP class, with their context. Immutable.
class AcceptedContexts {
public:
    AcceptedContexts(const std::vector<ProposedContext>& proposed, const std::vector<ContextAnswer>& answers);

    struct Choice {
        std::string transfer_syntax;
        std::uint8_t context = 0;
    };

    bool knows(const std::string& sop_class) const { return classes_.contains(sop_class); }
    /// Null when the receiver takes no context of that class with that syntax.
    const Choice* find(const std::string& sop_class, std::string_view transfer_syntax) const;
    /// The uncompressed syntax to convert to, explicit before implicit; null when there is none.
    const Choice* uncompressed(const std::string& sop_class) const;

private:
    std::map<std::string, std::vector<Choice>, std::less<>> classes_;
};

/// Ready to be sent; or `status` says why not.
struct PreparedInstance {
    std::unique_ptr<InstanceBytes> bytes;
    std::vector<Bytes> data_set; ///< inside `bytes`, in order
    std::uint8_t context = 0;
    std::uint16_t status = 0; ///< not 0000: cannot be sent
    std::string reason;
};

/// Opens the file and uses its data set as it is when the receiver takes the file's own transfer syntax (the
/// file's word counts, not the index's); otherwise has it transcoded, if that is allowed.
PreparedInstance prepare_instance(const StoredInstance& instance, const AcceptedContexts& accepted,
                                  bool allow_transcoding, InstanceSource& source);

} // namespace recog::dimse
