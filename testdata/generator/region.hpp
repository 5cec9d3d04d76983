// The two things this program makes: the demonstration region, and plain CT studies for benchmarks.
#pragma once

#include "testdata/generator/study_plan.hpp"

#include "core/base/date.hpp"
#include "core/base/result.hpp"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

namespace recog::generator {

/// Receives one sentence about what was done.
using Progress = std::function<void(const std::string&)>;

struct RegionOptions {
    std::filesystem::path output;
    int slices = 200;
    int size = 512;
    Day today;
    /// For every study; otherwise each as planned, so that the sets vary.
    std::optional<CharacterSet> character_set;
};

struct CtOptions {
    std::filesystem::path output;
    int slices = 300;
    int size = 512;
    int patients = 1;
    int studies = 1;
    Day today;
};

/// Writes OUTPUT/<AE title>/<study>/*.dcm and, last of all, OUTPUT/manifest.json: where it exists, the region
/// is complete. Errors: BadRequest when the folder is not empty, Storage when it cannot be written.
Status write_region(const RegionOptions& options, const Progress& progress);

/// Writes OUTPUT/H001_CT/<patient>_<study>/*.dcm and OUTPUT/manifest.json. Errors as above.
Status write_benchmark_ct(const CtOptions& options, const Progress& progress);

/// Makes the folder. Refuses one that holds anything: what an earlier run left would be sent along.
Status prepare_output(const std::filesystem::path& output);

} // namespace recog::generator
