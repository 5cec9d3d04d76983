// Requests to store, put together by hand.
#pragma once

#include "core/service/store_service.hpp"
#include "tests/core/dicom/sample_files.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <map>
#include <mutex>

namespace recog::test {

class KeptFile final : public service::InstanceFile {
public:
    explicit KeptFile(std::string file) : file_(std::move(file)) {}
    std::span<const std::byte> bytes() const override { return bytes_of(file_); }

private:
    std::string file_;
};

/// As an archive does, keeps the first that it is given of each, by SOP Instance UID as the file's meta
/// information says it.
class KeptFiles final : public service::StoreTarget {
public:
    std::map<std::string, std::string> files;
    Status answer; ///< to every file

    Result<service::TakenFile> store(std::span<const std::byte> file) override {
        const auto meta = dicom::read_meta(file);
        const std::lock_guard lock(mutex_);
        if (!answer) {
            return answer.failure();
        }
        if (!meta) {
            return service::TakenFile{};
        }
        const bool held = !files.try_emplace(meta->sop_instance, text_of(file)).second;
        return service::TakenFile{held, held ? meta->sop_instance : std::string()};
    }
    Result<std::unique_ptr<service::InstanceFile>> open(const std::string& id) override {
        const std::lock_guard lock(mutex_);
        const auto found = files.find(id);
        if (found == files.end()) {
            return error(ErrorKind::NotFound, "it is not held");
        }
        return std::unique_ptr<service::InstanceFile>(std::make_unique<KeptFile>(found->second));
    }

private:
    std::mutex mutex_;
};

inline SilentLogger silence;

struct PartOf {
    std::string type;
    std::string location;
    std::string data;
};

inline std::string multipart(const std::vector<PartOf>& parts, const std::string& end = "--b--\r\n") {
    std::string body;
    for (const PartOf& part : parts) {
        body += "--b\r\nContent-Type: " + part.type + "\r\n" +
                (part.location.empty() ? "" : "Content-Location: " + part.location + "\r\n") + "\r\n" +
                part.data + "\r\n";
    }
    return body + end;
}

inline service::StoreSettings small_settings() {
    service::StoreSettings settings;
    settings.directory = std::filesystem::temp_directory_path();
    settings.part_memory = 1000; // most parts go through a file
    return settings;
}

inline service::StoreOrder order(const std::string& type, const std::string& study = {}) {
    return {dicomweb::parse_media_type(type).value(), study, "http://node/dicom-web",
            "application/dicom+json"};
}

inline const std::string kDicomParts = "multipart/related; type=\"application/dicom\"; boundary=b";
inline const std::string kJsonParts = "multipart/related; type=\"application/dicom+json\"; boundary=b";
inline const std::string kXmlParts = "multipart/related; type=\"application/dicom+xml\"; boundary=b";

/// The body in pieces; the answer.
inline dicomweb::Response stored(service::StoreTarget& target, service::StoreOrder what,
                                 const std::string& body,
                                 const service::StoreSettings& settings = small_settings(),
                                 std::size_t piece = 997) {
    service::StoreService service(target, settings, silence);
    auto begun = service.begin(std::move(what));
    REQUIRE(begun);
    for (std::size_t at = 0; at < body.size(); at += piece) {
        REQUIRE((*begun)->add(bytes_of(body).subspan(at, std::min(piece, body.size() - at))));
    }
    return (*begun)->finish();
}

inline nlohmann::json json_of(const dicomweb::Response& response) {
    return nlohmann::json::parse(response.body.to_string().value());
}

/// "reason reason ..." of a sequence in the answer, in decimal.
inline std::string reasons(const nlohmann::json& answer, const char* sequence, const char* tag = "00081197") {
    std::string out;
    if (answer.contains(sequence)) {
        for (const auto& item : answer[sequence]["Value"]) {
            out += (out.empty() ? "" : " ") +
                   (item.contains(tag) ? item[tag]["Value"][0].dump() : std::string("-"));
        }
    }
    return out;
}

/// The last components of the instances that a sequence names.
inline std::string instances(const nlohmann::json& answer, const char* sequence) {
    std::string out;
    if (answer.contains(sequence)) {
        for (const auto& item : answer[sequence]["Value"]) {
            const std::string uid = item["00081155"]["Value"][0];
            out += (out.empty() ? "" : " ") + uid.substr(uid.rfind('.') + 1);
        }
    }
    return out;
}

} // namespace recog::test
