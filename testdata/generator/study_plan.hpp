// Which studies the demonstration region holds: one row each, written so that every kind of finding an item,
// of naming a patient and of reporting occurs.
#pragma once

#include "testdata/generator/persons.hpp"

#include "core/base/date.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace recog::generator {

enum class StudyKind { ChestCt, ChestCtContrast, HeadCt, HeadMr, ChestDr, HandDr, NoImages };

/// What in the images tells which catalogue item was done.
enum class FoundBy { ProcedureCode, BodyPart, Description };

/// GBK stands in no row: dciodvfy as Debian 12 ships it does not know the term. Asked for, it is written.
enum class CharacterSet { Utf8, Gb18030, Gbk, Iso2022Ir58 };

enum class ReportForm { StructuredText, Pdf };
enum class ReportStatus { Final, Preliminary, Amended };

struct PlannedReport {
    ReportForm form;
    ReportStatus status;
};

struct PlannedStudy {
    std::string key;
    std::string person;
    std::string institution;
    StudyKind kind;
    int days_ago;
    FoundBy found_by;
    /// Empty: the study is meant to be on no list.
    std::string item_code;
    std::string description;
    CharacterSet character_set;
    /// When false only the sending AE tells the domain of the local ID.
    bool issuer_given;
    /// Issuers of the cards that travel with this study.
    std::vector<std::string> cards;
    /// Images in each series, before --slices limits them.
    int slices;
    std::vector<PlannedReport> reports;
    std::string findings;
    std::string impression;
};

struct Institution {
    std::string code;
    std::string name;
    std::string tier;
};

struct Item {
    std::string code;
    std::string name;
    std::string modality;
    std::string body_part;
    bool contrast;
};

inline constexpr std::string_view item_scheme = "99HR";

const std::vector<Institution>& region_institutions();
const std::vector<Item>& region_items();
/// `slices` is how many the largest CT has; the others have as many as their row says, never more than
/// `slices`.
std::vector<PlannedStudy> region_studies(int slices);

/// A planned study with its day, numbers and UIDs settled.
struct Study {
    const PlannedStudy* plan = nullptr;
    const Person* person = nullptr;
    const Institution* institution = nullptr;
    /// nullptr when the study is on no list.
    const Item* item = nullptr;
    std::string date;
    std::string time;
    std::string accession;
    std::string study_id;
    std::string uid;
    std::string frame_of_reference_uid;
    /// What every UID of this study is drawn from: other arguments, other UIDs.
    std::string seed;
};

/// Modality of the images; "US" for a study that has reports only.
std::string_view modality_of(StudyKind kind);
/// "H001_CT": whoever sends the images; radiographs come from the DR.
std::string image_ae(const Study& study);
std::string report_ae(const Study& study);
std::string_view name_of(CharacterSet character_set);
std::string_view name_of(FoundBy found_by);

} // namespace recog::generator
