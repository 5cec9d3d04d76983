#include "core/dicomweb/qido.hpp"

#include "core/dicom/dictionary.hpp"
#include "core/dicomweb/uri.hpp"

#include <algorithm>
#include <charconv>
#include <map>

namespace recog::dicomweb {

namespace {

using dicom::Tag;

// No archive holds so many, and sums of two stay below any limit.
constexpr std::uint64_t kMostResults = std::uint64_t{1} << 40U;

Error bad(std::string text) {
    return error(ErrorKind::BadRequest, std::move(text));
}

// A name from outside may hold anything, even a card number put in the wrong place: only what looks like a
// parameter's name is repeated.
std::string quoted(std::string_view name) {
    bool plain = !name.empty() && name.size() <= 128;
    for (std::string_view rest = name; plain && !rest.empty();) {
        const std::string_view part = rest.substr(0, rest.find('.'));
        rest.remove_prefix(std::min(rest.size(), part.size() + 1));
        const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
        plain =
            !part.empty() && (std::all_of(part.begin(), part.end(), is_letter) || dicom::parse_hex_tag(part));
    }
    return plain ? "'" + std::string(name) + "'" : "of an unknown name";
}

bool same_name(std::string_view left, std::string_view right) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                      [&](char a, char b) { return lower(a) == lower(b); });
}

dicom::Level level_of(Resource resource) {
    switch (resource) {
    case Resource::SearchSeries:
    case Resource::SearchStudySeries:
        return dicom::Level::Series;
    case Resource::SearchInstances:
    case Resource::SearchStudyInstances:
    case Resource::SearchSeriesInstances:
        return dicom::Level::Instance;
    default:
        return dicom::Level::Study;
    }
}

bool is_creator(Tag tag) {
    return tag.is_private() && tag.element >= 0x0010 && tag.element <= 0x00FF;
}

// PS3.18 8.3.4.1: a list of UIDs is split by ',' or by '\\'. So is one of modalities: OHIF sends commas, and
// a code string holds none (PS3.5 6.2). An offset that begins with a blank was sent with a literal '+'.
std::string key_of(Tag tag, std::string value) {
    constexpr Tag kModality{0x0008, 0x0060};
    if (dicom::vr_of(tag) == "UI" || tag == dicom::tags::ModalitiesInStudy || tag == kModality) {
        std::replace(value.begin(), value.end(), ',', '\\');
    } else if (tag == dicom::tags::TimezoneOffsetFromUTC && value.starts_with(' ')) {
        value.front() = '+';
    }
    return value;
}

template <typename Call> void for_each_part(std::string_view list, Call call) {
    while (!list.empty()) {
        const std::size_t comma = list.find(',');
        call(list.substr(0, comma));
        list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
    }
}

class SearchParser {
public:
    explicit SearchParser(const Route& route) : route_(route) { request_.level = level_of(route.resource); }

    Status take(const Field& field);
    Result<SearchRequest> finish();

private:
    Status take_fields(std::string_view list);
    Status take_number(std::string_view name, std::string_view text, std::optional<std::uint64_t>& out);
    Status take_fuzzy(std::string_view text);
    Status take_optional_matching(const std::string& name, const std::string& kind, std::string_view text);
    Status take_key(std::string_view name, const std::string& value);
    Status take_path(std::string_view name, const std::string& value);
    Status take_attribute(std::string_view name, Tag tag, const std::string& value);
    Status add_path_uid(Tag tag, const std::string& uid);
    void ignore(std::string_view name);
    void add_items();

    const Route& route_;
    SearchRequest request_;
    std::map<Tag, dicom::AttributeSet> items_; ///< of sequences: the keys of one item
    std::size_t item_keys_ = 0;
    std::optional<std::uint64_t> offset_;
    bool fuzzy_seen_ = false;
};

Status SearchParser::take_fields(std::string_view list) {
    Status status;
    for_each_part(list, [&](std::string_view name) {
        if (!status || name.empty()) {
            return;
        }
        if (same_name(name, "all")) {
            request_.include_all = true;
            return;
        }
        const auto tag = parse_attribute(name.substr(0, name.find('.')));
        if (!tag) {
            request_.warnings.push_back("The includefield " + quoted(name) +
                                        " is unknown and was left out of the answers.");
        } else if (request_.include.size() == kMaxIncludeFields) {
            status = error(ErrorKind::TooLarge, "the query asks for too many attributes");
        } else {
            request_.include.push_back(*tag);
        }
    });
    return status;
}

Status SearchParser::take_number(std::string_view name, std::string_view text,
                                 std::optional<std::uint64_t>& out) {
    std::uint64_t number = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || parsed.ec == std::errc::invalid_argument || parsed.ptr != text.data() + text.size()) {
        return bad("the parameter '" + std::string(name) + "' must be a number from 0 on");
    }
    if (out) {
        return bad("the parameter '" + std::string(name) + "' is given twice");
    }
    // PS3.18 8.3.4.4: more than the maximum is the maximum.
    out = parsed.ec == std::errc::result_out_of_range ? kMostResults : std::min(number, kMostResults);
    return {};
}

Status SearchParser::take_fuzzy(std::string_view text) {
    if (fuzzy_seen_ || (text != "true" && text != "false")) {
        return bad("the parameter 'fuzzymatching' must be given once, as true or false");
    }
    fuzzy_seen_ = true;
    request_.fuzzy_matching = text == "true";
    return {};
}

Status SearchParser::take_optional_matching(const std::string& name, const std::string& kind,
                                            std::string_view text) {
    if (text != "true" && text != "false") {
        return bad("the parameter '" + name + "' must be true or false");
    }
    if (text == "true") {
        request_.warnings.push_back("The " + name + " parameter is not supported. " + kind +
                                    " has not been performed.");
    }
    return {};
}

Status SearchParser::take(const Field& field) {
    if (field.value.size() > kMaxValueBytes && !same_name(field.name, "includefield")) {
        return error(ErrorKind::TooLarge, "the value of a query parameter is too long");
    }
    if (same_name(field.name, "includefield")) {
        return take_fields(field.value);
    }
    if (same_name(field.name, "limit")) {
        return take_number("limit", field.value, request_.limit);
    }
    if (same_name(field.name, "offset")) {
        return take_number("offset", field.value, offset_);
    }
    if (same_name(field.name, "fuzzymatching")) {
        return take_fuzzy(field.value);
    }
    // PS3.18 8.3.4.5 and 8.3.4.6: optional kinds of matching, with the sentences they ask for.
    if (same_name(field.name, "emptyvaluematching")) {
        return take_optional_matching("emptyvaluematching", "Empty Value Matching", field.value);
    }
    if (same_name(field.name, "multiplevaluematching")) {
        return take_optional_matching("multiplevaluematching", "Multiple Value Matching", field.value);
    }
    // PS3.18 8.3.3.1 and 8.3.5: belong to the negotiation of the answer's form.
    if (same_name(field.name, "accept") || same_name(field.name, "charset")) {
        return {};
    }
    return take_key(field.name, field.value);
}

Status SearchParser::take_key(std::string_view name, const std::string& value) {
    if (name.find('.') != std::string_view::npos) {
        return take_path(name, value);
    }
    const auto tag = parse_attribute(name);
    // PS3.18 8.3: what is not supported is ignored, with a warning, since the answer is wider for it.
    if (!tag) {
        ignore(name);
        return {};
    }
    return take_attribute(name, *tag, value);
}

void SearchParser::ignore(std::string_view name) {
    request_.warnings.push_back("The query parameter " + quoted(name) + " is not supported and was ignored.");
}

// PS3.18 8.3.4.1: "sequence.attribute". All paths into one sequence are the keys of one item, as in C-FIND.
Status SearchParser::take_path(std::string_view name, const std::string& value) {
    const std::size_t dot = name.find('.');
    const auto sequence = parse_attribute(name.substr(0, dot));
    const auto attribute = parse_attribute(name.substr(dot + 1));
    if (!sequence || !attribute || dicom::vr_of(*sequence) != "SQ" || dicom::vr_of(*attribute) == "SQ" ||
        sequence->is_private() || attribute->is_private()) {
        ignore(name);
        return {};
    }
    dicom::AttributeSet& item = items_[*sequence];
    if (item.contains(*attribute)) {
        return bad("a query parameter that is a path is given twice");
    }
    if (++item_keys_ > kMaxKeys) {
        return error(ErrorKind::TooLarge, "the query holds too many keys");
    }
    item.set(*attribute, key_of(*attribute, value));
    return {};
}

Status SearchParser::take_attribute(std::string_view name, Tag tag, const std::string& value) {
    if (is_creator(tag)) {
        if (request_.private_creators.size() == kMaxKeys) {
            return error(ErrorKind::TooLarge, "the query names too many private creators");
        }
        request_.private_creators.emplace_back(tag, value);
        return {};
    }
    if (request_.keys.contains(tag)) {
        return bad("the query parameter " + quoted(name) + " is given twice");
    }
    if (request_.keys.entries().size() == kMaxKeys) {
        return error(ErrorKind::TooLarge, "the query holds too many keys");
    }
    if (dicom::vr_of(tag) == "SQ" && !value.empty()) {
        ignore(name); // a sequence has no value of its own to be matched by
        return {};
    }
    request_.keys.set(tag, key_of(tag, value));
    return {};
}

// An item that restricts nothing asks for the sequence, as C-FIND's empty item does.
void SearchParser::add_items() {
    for (const auto& [sequence, keys] : items_) {
        dicom::AttributeSet item;
        for (const auto& [tag, value] : keys.entries()) {
            if (!value.empty()) {
                item.set(tag, value);
            }
        }
        request_.keys.set(sequence, item.empty() ? std::string() : dicom::encode_items({item}));
    }
}

// The path narrows: a key of the same name can only agree with it.
Status SearchParser::add_path_uid(Tag tag, const std::string& uid) {
    if (uid.empty()) {
        return {};
    }
    const auto asked = dicom::split_values(request_.keys.get(tag));
    if (!asked.empty() && std::find(asked.begin(), asked.end(), uid) == asked.end()) {
        return bad("a UID of the query contradicts the path");
    }
    request_.keys.set(tag, uid);
    return {};
}

Result<SearchRequest> SearchParser::finish() {
    if (const Status added = add_path_uid(dicom::tags::StudyInstanceUID, route_.study); !added) {
        return added.failure();
    }
    if (const Status added = add_path_uid(dicom::tags::SeriesInstanceUID, route_.series); !added) {
        return added.failure();
    }
    add_items();
    request_.study_in_path = !route_.study.empty();
    request_.series_in_path = !route_.series.empty();
    request_.offset = offset_.value_or(0);
    std::sort(request_.include.begin(), request_.include.end());
    request_.include.erase(std::unique(request_.include.begin(), request_.include.end()),
                           request_.include.end());
    return std::move(request_);
}

} // namespace

Result<SearchRequest> parse_search(const Route& route, std::span<const Field> query) {
    SearchParser parser(route);
    for (const Field& field : query) {
        if (const Status taken = parser.take(field); !taken) {
            return taken.failure();
        }
    }
    return parser.finish();
}

std::optional<Tag> parse_attribute(std::string_view name) {
    if (const auto tag = dicom::parse_hex_tag(name)) {
        return tag;
    }
    return dicom::tag_of_keyword(name);
}

} // namespace recog::dicomweb
