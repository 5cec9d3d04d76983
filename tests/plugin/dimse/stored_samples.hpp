// Instances in memory for the tests of the sender: real file meta information, any bytes as data set.
#pragma once

#include "plugin/dimse/stored_instance.hpp"

#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace recog::dimse::test {

inline const std::string CT = "1.2.840.10008.5.1.4.1.1.2";
inline const std::string MR = "1.2.840.10008.5.1.4.1.1.4";
inline const std::string EXPLICIT = "1.2.840.10008.1.2.1";
inline const std::string IMPLICIT = "1.2.840.10008.1.2";
inline const std::string JPEG = "1.2.840.10008.1.2.4.50";

inline std::vector<std::byte> bytes_of(std::string_view text) {
    std::vector<std::byte> bytes;
    for (const char c : text) {
        bytes.push_back(static_cast<std::byte>(c));
    }
    return bytes;
}

inline std::vector<std::byte> part10(std::string syntax, std::span<const std::byte> data_set) {
    syntax.resize(syntax.size() + syntax.size() % 2);
    std::string head(128, '\0');
    head += "DICM";
    head += std::string("\x02\x00\x01\x00OB\x00\x00\x02\x00\x00\x00\x00\x01", 14);
    head += std::string("\x02\x00\x10\x00UI", 6);
    head += static_cast<char>(syntax.size());
    head += '\0';
    head += syntax;
    auto file = bytes_of(head);
    file.insert(file.end(), data_set.begin(), data_set.end());
    return file;
}

inline std::vector<std::byte> pattern(std::size_t size, unsigned seed) {
    std::vector<std::byte> bytes(size);
    for (std::size_t i = 0; i < size; ++i) {
        bytes[i] = static_cast<std::byte>((i * 31U + seed * 7U + (i >> 8U)) & 0xFFU);
    }
    return bytes;
}

class InMemory final : public InstanceBytes {
public:
    explicit InMemory(std::vector<std::byte> bytes) : bytes_(std::move(bytes)) {}
    std::span<const std::byte> bytes() const override { return bytes_; }

private:
    std::vector<std::byte> bytes_;
};

class Samples final : public InstanceSource {
public:
    StoredInstance add(const std::string& sop_class, const std::string& syntax, std::size_t size = 3000) {
        const std::lock_guard lock(mutex_); // operations may be reading others meanwhile
        const auto number = static_cast<unsigned>(data_sets_.size() + 1);
        const StoredInstance instance{"id" + std::to_string(number), sop_class,
                                      "2.25." + std::to_string(number), syntax, size + 200};
        data_sets_[instance.orthanc_id] = pattern(size, number);
        return instance;
    }

    const std::vector<std::byte>& data_set(const StoredInstance& instance) const {
        const std::lock_guard lock(mutex_);
        return data_sets_.at(instance.orthanc_id);
    }

    Result<std::unique_ptr<InstanceBytes>> open(const StoredInstance& instance) override {
        const std::lock_guard lock(mutex_);
        ++opened;
        if (unreadable.contains(instance.orthanc_id)) {
            return error(ErrorKind::Storage, "The file is gone");
        }
        if (bare.contains(instance.orthanc_id)) {
            return whole(data_sets_.at(instance.orthanc_id));
        }
        return whole(part10(instance.transfer_syntax_uid, data_sets_.at(instance.orthanc_id)));
    }

    Result<std::unique_ptr<InstanceBytes>> transcode(const StoredInstance& instance,
                                                     const std::string& syntax) override {
        const std::lock_guard lock(mutex_);
        transcoded_to.push_back(syntax);
        return whole(part10(lie_about_transcoding ? JPEG : syntax, data_sets_.at(instance.orthanc_id)));
    }

    std::set<std::string> unreadable;
    std::set<std::string> bare; ///< without preamble and meta information
    bool lie_about_transcoding = false;
    int opened = 0;
    std::vector<std::string> transcoded_to;

private:
    static Result<std::unique_ptr<InstanceBytes>> whole(std::vector<std::byte> bytes) {
        return std::unique_ptr<InstanceBytes>(std::make_unique<InMemory>(std::move(bytes)));
    }

    mutable std::mutex mutex_;
    std::map<std::string, std::vector<std::byte>> data_sets_;
};

} // namespace recog::dimse::test
