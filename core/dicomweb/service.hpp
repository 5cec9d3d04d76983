// What answers HTTP requests, whichever server they came through: Orthanc's or the listener of our own.
#pragma once

#include "core/dicomweb/request.hpp"

#include <memory>
#include <string_view>

namespace recog::dicomweb {

// What a server knows about a request beyond its fields travels as fields whose names begin with a colon,
// which nobody can send (RFC 9110 5.6.2: a field name is a token).

/// Who was authenticated; absent when nobody had to be. For audit, never for a log.
inline constexpr std::string_view kUserField = ":user";
/// IP address of the other end of the connection; absent behind Orthanc's server, which does not tell it.
inline constexpr std::string_view kPeerField = ":peer";
/// "https" when the connection to this server is one.
inline constexpr std::string_view kSchemeField = ":scheme";

/// Any thread may call any function; every function may wait.
class Service {
public:
    virtual ~Service() = default;
    /// `request.segments` is the whole path.
    virtual Response answer(const Request& request) = 0;
    /// For POST and PUT, before the body has come. Null: nothing here takes a body, and answer() says so.
    /// A failure is the answer, and the body is not read.
    virtual Result<std::unique_ptr<RequestBody>> begin_body(const Request& request) = 0;
    /// A failure as an answer.
    virtual Response refusal(const Error& failure) = 0;
};

} // namespace recog::dicomweb
