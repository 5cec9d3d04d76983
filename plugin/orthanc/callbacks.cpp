#include "plugin/orthanc/callbacks.hpp"

#include "core/base/task_threads.hpp"
#include "core/dicom/private_dictionary.hpp"
#include "plugin/orthanc/chunked_body.hpp"
#include "plugin/orthanc/deep_nesting_guard.hpp"
#include "plugin/orthanc/http_exchange.hpp"

namespace recog::orthanc {

namespace {

constexpr std::size_t kMostWorkers = 64;

struct Registered {
    Sdk* sdk = nullptr;
    Events* events = nullptr;
    std::unique_ptr<TaskThreads> workers; ///< have more stack than the threads that Orthanc calls from
};

// Written before the first callback is registered and after the last one may come.
Registered registered; // NOLINT: the SDK's callbacks carry no user data

constexpr auto kFailed = OrthancPluginErrorCode_Plugin;
constexpr auto kDone = OrthancPluginErrorCode_Success;

std::string text_of(const char* text) {
    return text != nullptr ? text : "";
}

OrthancPluginErrorCode stored(const OrthancPluginDicomInstance* instance, const char* id) {
    return guarded(*registered.sdk, "OnStored", kDone, [&] {
        OrthancPluginContext* const context = registered.sdk->context();
        const auto* bytes = static_cast<const std::byte*>(OrthancPluginGetInstanceData(context, instance));
        const auto size = static_cast<std::size_t>(OrthancPluginGetInstanceSize(context, instance));
        registered.events->on_stored(text_of(id), {bytes, size},
                                     text_of(OrthancPluginGetInstanceRemoteAet(context, instance)));
        return kDone;
    });
}

OrthancPluginErrorCode changed(OrthancPluginChangeType change, OrthancPluginResourceType resource,
                               const char* id) {
    return guarded(*registered.sdk, "OnChange", kDone, [&] {
        if (change == OrthancPluginChangeType_Deleted && resource == OrthancPluginResourceType_Instance) {
            registered.events->on_instance_deleted(text_of(id));
        } else if (change == OrthancPluginChangeType_OrthancStarted) {
            registered.events->on_started();
        } else if (change == OrthancPluginChangeType_OrthancStopped) {
            registered.events->on_stopped();
        } else if (change == OrthancPluginChangeType_UpdatedModalities) {
            registered.events->on_modalities_changed();
        }
        return kDone;
    });
}

dicom::AttributeSet keys_of(const OrthancPluginFindQuery* query) {
    OrthancPluginContext* const context = registered.sdk->context();
    dicom::AttributeSet keys;
    const std::uint32_t count = OrthancPluginGetFindQuerySize(context, query);
    for (std::uint32_t i = 0; i < count; ++i) {
        dicom::Tag tag;
        if (OrthancPluginGetFindQueryTag(context, &tag.group, &tag.element, query, i) != kDone) {
            continue;
        }
        // Fails on NULL values, which are return keys.
        char* value = OrthancPluginGetFindQueryValue(context, query, i);
        std::string text = text_of(value);
        OrthancPluginFreeString(context, value);
        const std::size_t first = text.find_first_not_of(' ');
        const std::size_t last = text.find_last_not_of(std::string_view(" \0", 2));
        keys.set(tag, first == std::string::npos || last == std::string::npos
                          ? std::string()
                          : text.substr(first, last - first + 1));
    }
    return keys;
}

OrthancPluginErrorCode find(OrthancPluginFindAnswers* answers, const OrthancPluginFindQuery* query,
                            const char* calling_aet, const char* /*called_aet*/) {
    return guarded(*registered.sdk, "C-FIND", kFailed, [&] {
        OrthancPluginContext* const context = registered.sdk->context();
        bool given = true;
        const auto summary =
            registered.events->on_find(keys_of(query), text_of(calling_aet), [&](const std::string& answer) {
                given =
                    given && OrthancPluginFindAddAnswer(context, answers, answer.data(),
                                                        static_cast<std::uint32_t>(answer.size())) == kDone;
            });
        if (!summary || !given) {
            registered.sdk->warning("C-FIND refused: " +
                                    (summary ? "an answer was not taken" : summary.failure().text));
            return kFailed;
        }
        if (summary->more) {
            OrthancPluginFindMarkIncomplete(context, answers);
        }
        return kDone;
    });
}

dicom::Level level_of(OrthancPluginResourceType type) {
    switch (type) {
    case OrthancPluginResourceType_Patient:
        return dicom::Level::Patient;
    case OrthancPluginResourceType_Series:
        return dicom::Level::Series;
    case OrthancPluginResourceType_Instance:
        return dicom::Level::Instance;
    default:
        return dicom::Level::Study;
    }
}

void* begin_move(OrthancPluginResourceType type, const char* patient_id, const char* accession,
                 const char* study, const char* series, const char* sop, const char* originator_aet,
                 const char* /*called_aet*/, const char* target_aet, std::uint16_t originator_id) {
    return guarded(*registered.sdk, "C-MOVE", static_cast<void*>(nullptr), [&]() -> void* {
        MoveRequest request{level_of(type),          text_of(patient_id), text_of(accession),
                            text_of(study),          text_of(series),     text_of(sop),
                            text_of(originator_aet), text_of(target_aet), originator_id};
        auto move = registered.events->on_move(request);
        if (!move) {
            registered.sdk->warning("C-MOVE refused: " + move.failure().text);
            return nullptr;
        }
        return move->release();
    });
}

std::uint32_t move_size(void* move) {
    return static_cast<Move*>(move)->size();
}

OrthancPluginErrorCode move_step(void* move) {
    return guarded(*registered.sdk, "C-MOVE", kFailed, [&] {
        return static_cast<Move*>(move)->step() ? kDone : OrthancPluginErrorCode_NetworkProtocol;
    });
}

void end_move(void* move) {
    guarded(*registered.sdk, "C-MOVE", 0, [&] {
        delete static_cast<Move*>(move); // NOLINT: made by begin_move, Orthanc keeps it in between
        return 0;
    });
}

OrthancPluginErrorCode send(OrthancPluginRestOutput* output, dicomweb::Response response) {
    const bool sent = send_response(*registered.sdk, *registered.workers, output, std::move(response),
                                    [](const Error& failure) { return registered.events->refusal(failure); });
    return sent ? kDone : kFailed;
}

OrthancPluginErrorCode http(OrthancPluginRestOutput* output, const char* url,
                            const OrthancPluginHttpRequest* request) {
    return guarded(*registered.sdk, "HTTP", kFailed, [&] {
        const auto read = read_request(url, *request);
        dicomweb::Response response;
        if (read) {
            registered.workers->run([&] { response = registered.events->on_http(*read); });
        } else {
            response = registered.events->refusal(read.failure());
        }
        return send(output, std::move(response));
    });
}

ChunkedBody* body_of(OrthancPluginServerChunkedRequestReader* reader) {
    return reinterpret_cast<ChunkedBody*>(reader); // NOLINT: what begin_body handed out
}

// Without a reader Orthanc reads the body itself and calls http().
OrthancPluginErrorCode begin_body(OrthancPluginServerChunkedRequestReader** reader, const char* url,
                                  const OrthancPluginHttpRequest* request) {
    return guarded(*registered.sdk, "HTTP", kFailed, [&] {
        auto read = read_request(url, *request);
        auto body =
            read ? ChunkedBody::begin(*registered.events, *registered.workers, *std::move(read)) : nullptr;
        *reader = reinterpret_cast<OrthancPluginServerChunkedRequestReader*>(body.release()); // NOLINT
        return kDone;
    });
}

OrthancPluginErrorCode add_to_body(OrthancPluginServerChunkedRequestReader* reader, const void* bytes,
                                   std::uint32_t size) {
    return guarded(*registered.sdk, "HTTP", kFailed, [&] {
        body_of(reader)->add({static_cast<const std::byte*>(bytes), size});
        return kDone;
    });
}

OrthancPluginErrorCode finish_body(OrthancPluginServerChunkedRequestReader* reader,
                                   OrthancPluginRestOutput* output) {
    return guarded(*registered.sdk, "HTTP", kFailed, [&] { return send(output, body_of(reader)->finish()); });
}

void end_body(OrthancPluginServerChunkedRequestReader* reader) {
    guarded(*registered.sdk, "HTTP", 0, [&] {
        delete body_of(reader); // NOLINT: made by begin_body, Orthanc keeps it in between
        return 0;
    });
}

OrthancPluginErrorCode instances(OrthancPluginRestOutput* output, const char*,
                                 const OrthancPluginHttpRequest* request) {
    return guarded(*registered.sdk, "HTTP", kFailed,
                   [&] { return pass_on_instances(*registered.sdk, *registered.workers, output, *request); });
}

std::int32_t may_be_stored(const OrthancPluginDicomInstance* instance) {
    return guarded(*registered.sdk, "the filter of instances", 1, [&] {
        // To a C-STORE this filter would answer "stored": the next one refuses instead.
        const bool by_dicom = OrthancPluginGetInstanceOrigin(registered.sdk->context(), instance) ==
                              OrthancPluginInstanceOrigin_DicomProtocol;
        return !by_dicom && nests_too_deep(*registered.sdk, instance) ? 0 : 1;
    });
}

std::int32_t dimse_status(std::uint16_t* status, const OrthancPluginDicomInstance* instance) {
    return guarded(*registered.sdk, "the filter of C-STORE", 1, [&] {
        if (nests_too_deep(*registered.sdk, instance)) {
            *status = 0xC000; // PS3.4 B.2.3: cannot understand
            return 0;
        }
        return 1;
    });
}

// Without this, queries in implicit VR lose the VR of our keys.
void register_dictionary(Sdk& sdk) {
    namespace dictionary = dicom::recognition_dictionary;
    const auto vr_code = [](std::string_view vr) {
        return vr == "CS"   ? OrthancPluginValueRepresentation_CS
               : vr == "DA" ? OrthancPluginValueRepresentation_DA
               : vr == "LT" ? OrthancPluginValueRepresentation_LT
               : vr == "DS" ? OrthancPluginValueRepresentation_DS
               : vr == "IS" ? OrthancPluginValueRepresentation_IS
                            : OrthancPluginValueRepresentation_LO;
    };
    for (const auto& element : dictionary::elements) {
        const auto code = OrthancPluginRegisterPrivateDictionaryTag(
            sdk.context(), element.tag().group, element.tag().element, vr_code(element.vr),
            std::string(element.keyword).c_str(), 1, element.most_values,
            std::string(dictionary::creator).c_str());
        if (code != kDone) {
            sdk.warning("The private element " + std::string(element.keyword) + " is registered already");
        }
    }
}

} // namespace

void register_callbacks(Sdk& sdk, Events& events, const std::vector<std::string>& roots) {
    registered = Registered{&sdk, &events, std::make_unique<TaskThreads>(kMostWorkers, "recog-http")};
    OrthancPluginContext* const context = sdk.context();
    register_dictionary(sdk);
    OrthancPluginRegisterOnStoredInstanceCallback(context, stored);
    OrthancPluginRegisterOnChangeCallback(context, changed);
    OrthancPluginRegisterFindCallback(context, find);
    OrthancPluginRegisterMoveCallback(context, begin_move, move_size, move_step, end_move);
    OrthancPluginRegisterIncomingDicomInstanceFilter(context, may_be_stored);
    OrthancPluginRegisterIncomingCStoreInstanceFilter(context, dimse_status);
    OrthancPluginRegisterRestCallbackNoLock(context, "/instances", instances);
    for (const std::string& root : roots) {
        const std::string pattern = root + "(/.*)?";
        OrthancPluginRegisterRestCallbackNoLock(context, pattern.c_str(), http);
        OrthancPluginRegisterChunkedRestCallback(context, pattern.c_str(), nullptr, begin_body, nullptr,
                                                 begin_body, add_to_body, finish_body, end_body);
    }
}

void forget_callbacks() {
    registered = Registered{};
}

} // namespace recog::orthanc
