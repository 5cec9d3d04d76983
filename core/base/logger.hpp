// Where sentences for the operator go. No card number, name or ID may be in a message.
#pragma once

#include <string>

namespace recog {

/// Implementations may be called from any thread.
class Logger {
public:
    virtual ~Logger() = default;
    virtual void info(const std::string& sentence) = 0;
    virtual void warning(const std::string& sentence) = 0;
    virtual void error(const std::string& sentence) = 0;
};

/// For tests and tools that have nobody to tell.
class SilentLogger final : public Logger {
public:
    void info(const std::string&) override {}
    void warning(const std::string&) override {}
    void error(const std::string&) override {}
};

} // namespace recog
