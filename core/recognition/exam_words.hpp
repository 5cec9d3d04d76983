// The words that say how an exam was made, whatever its body part: contrast and modality. Internal to this
// floor.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace recog::recognition {

enum class ContrastWord : std::uint8_t { Plain, Enhanced, Both };

struct ContrastTerm {
    std::string_view normal_form;
    ContrastWord word;
};

/// Where terms overlap, the one that begins first decides, then the longest: 非增强 is not 增强.
std::span<const ContrastTerm> contrast_terms();

/// Kinds of machine that a description can name, as bits.
using Machines = std::uint32_t;

struct MachineTerm {
    std::string_view normal_form;
    Machines machines;
};

std::span<const MachineTerm> machine_terms();

/// The machines that a DICOM modality stands for when named in words; 0 for one that words do not name.
Machines machines_of(std::string_view modality);

/// Known defined terms of Modality (PS3.3 C.7.3.1.1.1) that acquire images of a patient.
bool is_image_modality(std::string_view modality);

/// Terms for what is derived from an exam or written about it: SR, DOC, PR, KO, SEG, OT, ...
bool is_accompanying_modality(std::string_view modality);

} // namespace recog::recognition
