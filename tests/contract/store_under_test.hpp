// The store that the suite runs against: a fresh, empty database each time. Each store brings one file that
// defines make_database().
#pragma once

#include "core/index/database.hpp"

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>

namespace recog::test {

/// A folder of its own, removed at the end.
class TemporaryFolder {
public:
    TemporaryFolder() {
        std::string pattern = (std::filesystem::temp_directory_path() / "recognition-test-XXXXXX").string();
        if (mkdtemp(pattern.data()) == nullptr) {
            throw std::runtime_error("no temporary folder can be made");
        }
        path_ = pattern;
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    ~TemporaryFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

/// A database that keeps its data in `folder` and has no tables yet.
std::unique_ptr<index::Database> make_database(const std::filesystem::path& folder);

template <typename T> T expect_ok(Result<T> result) {
    if (!result) {
        throw std::runtime_error("unexpected failure: " + result.failure().text);
    }
    return std::move(result).value();
}

inline void expect_ok(const Status& status) {
    if (!status) {
        throw std::runtime_error("unexpected failure: " + status.failure().text);
    }
}

} // namespace recog::test
