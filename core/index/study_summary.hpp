// What a study or series shows, merged from what its instances said, in an order that does not depend on
// arrival: headers with images first, then by fingerprint; an attribute comes from the first header that has
// it with a value.
#pragma once

#include "core/dicom/attribute_set.hpp"
#include "core/index/database.hpp"

#include <set>
#include <string>

namespace recog::index {

/// Rewrites the derived columns of a series row. Does nothing when the row is gone.
void summarise_series(Connection& connection, std::int64_t series);

/// Rewrites the derived columns of a study row and its rows of study_modality, after its series and its
/// record's person are right.
void summarise_study(Connection& connection, std::int64_t study);

/// Writes into every study row with this UID how many there are, and adds their ids to `changed`.
void count_copies(Connection& connection, std::string_view uid, std::set<std::int64_t>& changed);

/// Removes a study row without instances, and what follows from it. False when it has some. `changed`: ids of
/// other studies that this has changed.
bool remove_empty_study(Connection& connection, std::int64_t study, std::set<std::int64_t>& changed);

/// Facts about all series of a study, as lists under the tags they come from.
class SeriesFacts {
public:
    void add_series(const dicom::AttributeSet& series);
    void add_header(std::string_view sop_class, bool image);

    /// As they stand in study.exam.
    dicom::AttributeSet as_attributes() const;
    /// Each value of Modality as matching reads it: one by one, without spaces round it.
    std::set<std::string> modality_keys() const;
    bool images() const { return images_; }
    std::int64_t series_count() const { return series_count_; }

private:
    std::set<std::string> modalities_;
    std::set<std::string> body_parts_;
    std::set<std::string> descriptions_;
    std::set<std::string> contrast_agents_;
    std::set<std::string> sop_classes_;
    bool images_ = false;
    std::int64_t series_count_ = 0;
};

/// A list of values in one text, cut at a limit.
std::string join_values(const std::set<std::string>& values);

/// Study Date as ranges of days are looked up: digits only.
std::string date_column(std::string_view date);

} // namespace recog::index
