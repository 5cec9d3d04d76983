// The four entry points of the Orthanc SDK.
#include "plugin/node.hpp"

namespace {

// The SDK keeps the plugin alive between Initialize and Finalize and gives neither call a place to keep it.
std::unique_ptr<recog::orthanc::Sdk> sdk; // NOLINT
std::unique_ptr<recog::Node> node;        // NOLINT

constexpr int kRefuse = -1;
constexpr int kAccept = 0;

int refuse(const std::string& sentence) {
    sdk->error("The plugin refuses to start: " + sentence);
    sdk.reset();
    return kRefuse;
}

// The header of Orthanc 1.12 deprecates this for a function that 1.10.1 does not have; both libraries have
// this one.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
void describe(OrthancPluginContext* context) {
    OrthancPluginSetDescription(context, "Prior studies and mutual recognition of examination results.");
}
#pragma GCC diagnostic pop

int initialize(OrthancPluginContext* context) {
    sdk = std::make_unique<recog::orthanc::Sdk>(context);
    if (!sdk->is_at_least(ORTHANC_PLUGINS_MINIMAL_MAJOR_NUMBER, ORTHANC_PLUGINS_MINIMAL_MINOR_NUMBER,
                          ORTHANC_PLUGINS_MINIMAL_REVISION_NUMBER)) {
        return refuse("Orthanc " + sdk->orthanc_version() + " is older than 1.10.1");
    }
    describe(context);
    auto configuration = recog::NodeConfiguration::read(sdk->configuration());
    if (!configuration) {
        return refuse(configuration.failure().text);
    }
    if (!configuration->settings.enabled) {
        sdk->warning("The plugin is switched off by Recognition.Enable");
        return kAccept;
    }
    recog::dimse::disable_nagle_in_this_process();
    auto made = recog::Node::make(*sdk, *std::move(configuration));
    if (!made) {
        return refuse(made.failure().text);
    }
    node = *std::move(made);
    recog::orthanc::register_callbacks(*sdk, *node, node->http_roots());
    return kAccept;
}

} // namespace

extern "C" {

__attribute__((visibility("default"))) int32_t OrthancPluginInitialize(OrthancPluginContext* context) {
    try {
        return initialize(context);
    } catch (const std::exception&) {
        return kRefuse;
    }
}

__attribute__((visibility("default"))) void OrthancPluginFinalize() {
    recog::orthanc::forget_callbacks();
    node.reset();
    sdk.reset();
}

__attribute__((visibility("default"))) const char* OrthancPluginGetName() {
    return "recognition";
}

__attribute__((visibility("default"))) const char* OrthancPluginGetVersion() {
    return RECOGNITION_VERSION;
}
}
