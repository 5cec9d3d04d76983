#include "core/dicomweb/frame_locators.hpp"

namespace recog::dicomweb {

Result<dicom::FrameLocator> FrameLocators::of(const std::string& name, dicom::Bytes file) {
    if (!name.empty()) {
        const std::lock_guard lock(mutex_);
        const auto found = by_name_.find(name);
        if (found != by_name_.end() && found->second->file_size == file.size()) {
            known_.splice(known_.begin(), known_, found->second);
            return known_.front().frames.over(file);
        }
    }
    auto located = dicom::locate_pixel_data(file);
    if (!located) {
        return located.failure();
    }
    auto frames = dicom::FrameLocator::make(*std::move(located), file);
    if (frames && !name.empty()) {
        remember(name, file.size(), *frames);
    }
    return frames;
}

void FrameLocators::remember(const std::string& name, std::size_t file_size,
                             const dicom::FrameLocator& frames) {
    const dicom::PixelDataLocation& location = frames.location();
    const bool costly = location.fragments.size() >= kWorthIt || location.inflated;
    if (!costly || frames.memory() > max_memory_ / 4) {
        return;
    }
    const std::lock_guard lock(mutex_);
    if (by_name_.contains(name)) {
        return; // another thread has been as fast
    }
    known_.push_front({name, file_size, frames});
    by_name_.emplace(known_.front().name, known_.begin());
    memory_ += frames.memory();
    while (memory_ > max_memory_) {
        memory_ -= known_.back().frames.memory();
        by_name_.erase(known_.back().name);
        known_.pop_back();
    }
}

std::size_t FrameLocators::memory() const {
    const std::lock_guard lock(mutex_);
    return memory_;
}

} // namespace recog::dicomweb
