// Writes all objects of one study into folders by sending AE.
#pragma once

#include "testdata/generator/image_objects.hpp"
#include "testdata/generator/report_objects.hpp"

#include "core/base/result.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace recog::generator {

/// Objects that one AE sends.
struct WrittenPart {
    std::string ae_title;
    /// Below the output folder.
    std::string folder;
    std::vector<std::string> files;
};

struct WrittenReport {
    std::string sop_instance_uid;
    std::string file;
    PlannedReport plan;
};

struct WrittenStudy {
    Study study;
    std::vector<WrittenPart> parts;
    std::vector<WrittenReport> reports;
    std::size_t images = 0;
};

/// Bodies and noise are made once and serve every study. Not thread-safe while being made, read-only after.
struct Phantoms {
    Body chest = chest_body();
    Body head = head_body();
    NoiseTile noise;
};

/// Columns of a CT; an MR has half as many (64 at least), a radiograph twice as many.
struct ImageSize {
    int ct = 512;
    int mr() const { return ct / 2 < 64 ? 64 : ct / 2; }
    int radiograph() const { return ct * 2; }
};

/// Errors: Storage, when a folder or file cannot be written.
Result<WrittenStudy> write_study_files(const Study& study, const Phantoms& phantoms, ImageSize size,
                                       const std::filesystem::path& output);

} // namespace recog::generator
