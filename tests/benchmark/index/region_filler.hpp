// A region of any size, straight into the index: the n-th study is the same in every run.
#pragma once

#include "core/index/index_writer.hpp"

#include <cstdint>
#include <string>

namespace recog::bench {

inline constexpr std::uint64_t kHospitals = 40;
/// What a person has on average, by all hospitals.
inline constexpr std::uint64_t kStudiesPerPerson = 5;
/// About one study in this many is of kRareModality; the rest are CT, DX, MR and US.
inline constexpr std::uint64_t kStudiesPerRareOne = 10'000;
inline constexpr const char* kRareModality = "PT";

/// How much of it there is.
struct Region {
    std::uint64_t persons = 0;
    std::uint64_t studies = 0;
    std::uint64_t reports = 0;

    /// Of the n-th study; spread evenly.
    std::uint64_t reports_of(std::uint64_t study) const {
        return (study + 1) * reports / studies - study * reports / studies;
    }
};

std::string hospital_code(std::uint64_t hospital);
std::string study_uid(std::uint64_t study);
/// SOP Instance UID of a study's report; numbers count from 1.
std::string report_uid(std::uint64_t study, std::uint64_t number);
std::string citizen_card(std::uint64_t person);
/// Patient ID of a person at a hospital: hospitals give the same numbers to different people.
std::string local_id(std::uint64_t person, std::uint64_t hospital);
std::uint64_t hospital_of(std::uint64_t study);
std::uint64_t person_of(std::uint64_t study, std::uint64_t persons);
std::string person_name(std::uint64_t person);
std::string modality_of(std::uint64_t study);
std::string study_date(std::uint64_t study);

/// One slice of the n-th study. The person has three cards, a resident ID, and a local ID at each hospital.
index::StoredInstance slice_of(std::uint64_t study, std::uint64_t persons, std::uint64_t slice);

/// One structured report of the n-th study, in a series of its own for all of them. Numbers count from 1.
index::StoredInstance report_of(std::uint64_t study, std::uint64_t persons, std::uint64_t number);

} // namespace recog::bench
