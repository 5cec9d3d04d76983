#include "core/recognition/catalogue.hpp"

#include "core/recognition/catalogue_reader.hpp"
#include "core/recognition/item_matcher.hpp"

#include <algorithm>

namespace recog::recognition {

Catalogue::Catalogue() = default;
Catalogue::Catalogue(Catalogue&&) noexcept = default;
Catalogue& Catalogue::operator=(Catalogue&&) noexcept = default;
Catalogue::~Catalogue() = default;

Result<Catalogue> Catalogue::parse(std::string_view json) {
    Result<CatalogueContent> content = read_catalogue(json, max_bytes, max_items);
    if (!content) {
        return content.failure();
    }
    Catalogue catalogue;
    catalogue.name_ = std::move(content->name);
    catalogue.version_ = std::move(content->version);
    catalogue.items_ = std::move(content->items);
    // Moving the vector moves no item: the matcher may point at them.
    catalogue.matcher_ = std::make_unique<const ItemMatcher>(catalogue.items_, content->distinguishing_words);
    return catalogue;
}

const Item* Catalogue::find(std::string_view code, Day day) const {
    auto item = std::lower_bound(items_.begin(), items_.end(), code,
                                 [](const Item& one, std::string_view other) { return one.code < other; });
    for (; item != items_.end() && item->code == code; ++item) {
        if (item->in_effect(day)) {
            return &*item;
        }
    }
    return nullptr;
}

Match Catalogue::match(const Exam& exam, Day day) const {
    return matcher_->match(exam, day);
}

} // namespace recog::recognition
