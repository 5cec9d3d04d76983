// Who may ask, by the rules of Orthanc's own HTTP server: its registered users (Basic, RFC 7617) and whether
// anybody but this machine may connect.
#pragma once

#include <array>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace recog::web {

struct AccessRules {
    bool remote_allowed = false; ///< otherwise loopback addresses only
    bool authenticate = false;
    std::map<std::string, std::string> users; ///< name: password
};

/// Whether an IP address as text is one of this machine's loopback addresses.
bool is_loopback(std::string_view address);

/// Immutable: any thread may call any function.
class Authentication {
public:
    enum class Verdict { Allowed, Remote, Unknown };
    struct Outcome {
        Verdict verdict = Verdict::Unknown;
        std::string user; ///< when somebody had to be authenticated and was
    };

    explicit Authentication(const AccessRules& rules);

    /// `authorization`: the field's value, empty when there is none. Takes the same time whoever is refused.
    Outcome judge(std::string_view peer, std::string_view authorization) const;

private:
    using Fingerprint = std::array<unsigned char, 32>;
    Fingerprint fingerprint(std::string_view credentials) const;

    bool remote_allowed_;
    bool authenticate_;
    std::array<unsigned char, 32> key_{};
    std::vector<Fingerprint> known_;
};

} // namespace recog::web
