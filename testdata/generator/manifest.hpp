// manifest.json: what was written, for the scripts that send it and print what to try.
#pragma once

#include "testdata/generator/region.hpp"
#include "testdata/generator/study_writer.hpp"

#include <vector>

namespace recog::generator {

/// Errors: Storage.
Status write_region_manifest(const RegionOptions& options, const std::vector<Person>& persons,
                             const std::vector<WrittenStudy>& studies);

struct BenchmarkStudy {
    std::string folder;
    std::string study_uid;
    std::string patient_id;
    std::string card;
    int images = 0;
};

/// Errors: Storage.
Status write_benchmark_manifest(const CtOptions& options, const std::vector<BenchmarkStudy>& studies);

} // namespace recog::generator
