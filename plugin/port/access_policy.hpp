// Who may do what on the port. plugin/port_access.hpp implements it as Orthanc decides on its own port.
#pragma once

#include <string>

namespace recog::port {

enum class Service { Echo, Find, Move, Get, Store };

/// Any thread. Asked at each association and each request, so answers come from memory.
class AccessPolicy {
public:
    virtual ~AccessPolicy() = default;

    /// Whether `called_aet` is this node.
    virtual bool is_called(const std::string& called_aet) const = 0;
    virtual bool may_associate(const std::string& calling_aet, const std::string& host) const = 0;
    virtual bool may_ask(Service service, const std::string& calling_aet, const std::string& host) const = 0;
    /// Whether instances of this storage SOP class may come in that syntax.
    virtual bool accepts_storage(const std::string& sop_class, const std::string& transfer_syntax) const = 0;
};

} // namespace recog::port
