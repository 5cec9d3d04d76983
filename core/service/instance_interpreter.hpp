// From the bytes of an instance to what the index is told: whose number is it, which institution made the
// exam. The same bytes from the same sender always give the same event.
#pragma once

#include "core/identity/domain_resolver.hpp"
#include "core/index/stored_instance.hpp"
#include "core/recognition/institutions.hpp"
#include "core/service/archive.hpp"

#include <atomic>
#include <cstddef>
#include <map>
#include <memory>
#include <span>

namespace recog::service {

/// Immutable after construction: any thread may call any function.
class InstanceInterpreter {
public:
    InstanceInterpreter(const identity::DomainResolver& resolver,
                        const recognition::Institutions& institutions, std::string default_character_set,
                        std::string node_aet = {});

    /// A StoredInstance, or an UnreadableInstance with the reason. Without a sending AE title, that of a file
    /// which the query/retrieve port of this node received counts (PS3.10 7.1, Sending AE Title).
    index::IndexEvent interpret(const std::string& orthanc_id, std::span<const std::byte> file,
                                const std::string& sending_aet) const;
    /// The same, and where the file is.
    index::IndexEvent interpret(const std::string& orthanc_id, const InstanceFile& file,
                                const std::string& sending_aet) const;

private:
    std::string sender_in(std::span<const std::byte> file) const;
    const recognition::Institution* sender_of(const std::string& aet) const;
    std::string character_set_for(std::string_view issuer, const std::string& sending_aet) const;
    std::string institution_of(const dicom::InstanceHeader& header, const std::string& sending_aet) const;

    const identity::DomainResolver& resolver_;
    const recognition::Institutions& institutions_;
    std::string default_character_set_;
    std::string node_aet_;
};

} // namespace recog::service
