// Orthanc as shipped plus the AcknowledgementWatcher, for bench_wire.py. WATCH_PORT names the DICOM port;
// WATCH=0 leaves the watcher out, so that TCP_NODELAY alone is measured.
#include "plugin/dimse/acknowledgement_watcher.hpp"

#include <cstdlib>
#include <cstring>
#include <orthanc/OrthancCPlugin.h>
#include <string>

static std::unique_ptr<recog::dimse::AcknowledgementWatcher> watcher;
static OrthancPluginContext* orthanc = nullptr;

extern "C" {

ORTHANC_PLUGINS_API int32_t OrthancPluginInitialize(OrthancPluginContext* context) {
    orthanc = context;
    const char* port = std::getenv("WATCH_PORT");
    const char* watch = std::getenv("WATCH");
    recog::dimse::disable_nagle_in_this_process();
    if (port != nullptr && (watch == nullptr || std::strcmp(watch, "0") != 0)) {
        auto started =
            recog::dimse::AcknowledgementWatcher::start(static_cast<std::uint16_t>(std::atoi(port)));
        if (!started) {
            return -1;
        }
        watcher = std::move(*started);
    }
    return 0;
}

ORTHANC_PLUGINS_API void OrthancPluginFinalize() {
    if (watcher) {
        const std::string line = "sockets " + std::to_string(watcher->sockets_found()) +
                                 ", acknowledgements " + std::to_string(watcher->acknowledgements());
        OrthancPluginLogWarning(orthanc, line.c_str());
    }
    watcher.reset();
}

ORTHANC_PLUGINS_API const char* OrthancPluginGetName() {
    return "watcher-only";
}

ORTHANC_PLUGINS_API const char* OrthancPluginGetVersion() {
    return "0";
}
}
