#include "core/base/ae_title.hpp"

#include <algorithm>

namespace recog {

namespace {

// Titles are of the default repertoire, so case is a matter of ASCII, whatever the locale.
char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string_view significant(std::string_view title) {
    const std::size_t first = title.find_first_not_of(' ');
    return first == std::string_view::npos ? std::string_view()
                                           : title.substr(first, title.find_last_not_of(' ') + 1 - first);
}

} // namespace

std::string aet_key(std::string_view title, AetComparison comparison) {
    std::string key(significant(title));
    if (comparison == AetComparison::WithoutCase) {
        std::transform(key.begin(), key.end(), key.begin(), lower);
    }
    return key;
}

bool same_aet(std::string_view left, std::string_view right, AetComparison comparison) {
    left = significant(left);
    right = significant(right);
    return comparison == AetComparison::Strict
               ? left == right
               : std::equal(left.begin(), left.end(), right.begin(), right.end(),
                            [](char a, char b) { return lower(a) == lower(b); });
}

} // namespace recog
