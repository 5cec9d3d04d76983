// Remembers where the frames of large objects lie: viewers ask for them one by one, and finding the borders
// means going through all fragments each time.
#pragma once

#include "core/dicom/pixel_data.hpp"

#include <list>
#include <mutex>
#include <string>
#include <unordered_map>

namespace recog::dicomweb {

/// Any thread may call any function.
class FrameLocators {
public:
    /// Objects of fewer fragments are looked through as fast as they are remembered.
    static constexpr std::size_t kWorthIt = 16;
    static constexpr std::size_t kMaxMemory = 16'777'216;

    explicit FrameLocators(std::size_t max_memory = kMaxMemory) : max_memory_(max_memory) {}

    /// The frames of `file`. `name` stands for these very bytes for all time; empty: they have no such name.
    /// Errors: those of locate_pixel_data() and FrameLocator::make().
    Result<dicom::FrameLocator> of(const std::string& name, dicom::Bytes file);
    std::size_t memory() const;

private:
    struct Known {
        std::string name;
        std::size_t file_size;
        dicom::FrameLocator frames;
    };

    void remember(const std::string& name, std::size_t file_size, const dicom::FrameLocator& frames);

    const std::size_t max_memory_;
    mutable std::mutex mutex_;
    std::list<Known> known_; ///< used last stands first
    std::unordered_map<std::string_view, std::list<Known>::iterator> by_name_;
    std::size_t memory_ = 0;
};

} // namespace recog::dicomweb
