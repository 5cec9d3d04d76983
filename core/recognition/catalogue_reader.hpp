// The JSON form of the catalogue; dicom-conf/README.md is its table of keys. Internal to this floor.
#pragma once

#include "core/base/result.hpp"
#include "core/recognition/item.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace recog::recognition {

struct CatalogueContent {
    std::string name;
    std::string version;
    std::vector<std::string> distinguishing_words;
    std::vector<Item> items; ///< sorted by code and first day of effect
};

Result<CatalogueContent> read_catalogue(std::string_view json, std::size_t max_bytes, std::size_t max_items);

} // namespace recog::recognition
