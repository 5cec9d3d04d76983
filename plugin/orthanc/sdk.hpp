// The Orthanc SDK behind a few C++ functions: strings instead of buffers to free, values instead of codes.
#pragma once

#include "core/base/logger.hpp"
#include "core/base/result.hpp"

#include <orthanc/OrthancCPlugin.h>

#include <exception>
#include <string>

namespace recog::orthanc {

/// Wraps the context, which Orthanc keeps alive between Initialize and Finalize. Any thread may call any
/// function; REST calls are forbidden inside Initialize and inside callbacks that hold Orthanc's mutexes.
class Sdk final : public Logger {
public:
    explicit Sdk(OrthancPluginContext* context) : context_(context) {}

    OrthancPluginContext* context() const { return context_; }
    std::string orthanc_version() const { return context_->orthancVersion; }
    /// Whether the running Orthanc is at least this version.
    bool is_at_least(int major, int minor, int revision) const {
        return OrthancPluginCheckVersionAdvanced(context_, major, minor, revision) == 1;
    }

    /// The whole configuration as JSON text, environment variables replaced and comments removed.
    std::string configuration() const;

    /// Errors: NotFound when the resource does not exist, Unavailable otherwise.
    Result<std::string> rest_get(const std::string& uri) const;

    void info(const std::string& sentence) override;
    void warning(const std::string& sentence) override;
    void error(const std::string& sentence) override;

private:
    OrthancPluginContext* context_;
};

/// The one boundary: nothing thrown passes into Orthanc's C interface.
template <typename Function, typename Value>
Value guarded(Logger& logger, const char* where, Value otherwise, const Function& function) noexcept {
    try {
        return function();
    } catch (const std::exception& failure) {
        try {
            // The text of an exception may hold anything, a patient's name too: only its place is told.
            static_cast<void>(failure);
            logger.error(std::string("Internal error in ") + where);
        } catch (...) {
        }
    } catch (...) {
    }
    return otherwise;
}

} // namespace recog::orthanc
