#include "core/dicomweb/qido.hpp"

#include "core/dicom/dictionary.hpp"
#include "core/dicomweb/uri.hpp"

#include <algorithm>
#include <charconv>

namespace recog::dicomweb {

namespace {

using dicom::Tag;

Error bad(std::string text) {
    return error(ErrorKind::BadRequest, std::move(text));
}

// A name from outside may hold anything, even a card number put in the wrong place: only what looks like a
// parameter's name is repeated.
std::string quoted(std::string_view name) {
    const bool plain = !name.empty() && name.size() <= 64 &&
                       std::all_of(name.begin(), name.end(),
                                   [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); });
    if (plain || dicom::parse_hex_tag(name)) {
        return "'" + std::string(name) + "'";
    }
    return "of an unknown name";
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
    Status take_attribute(std::string_view name, Tag tag, const std::string& value);
    Status add_path_uid(Tag tag, const std::string& uid);

    const Route& route_;
    SearchRequest request_;
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
    if (text.empty() || parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) {
        return bad("the parameter '" + std::string(name) + "' must be a number from 0 on");
    }
    if (out) {
        return bad("the parameter '" + std::string(name) + "' is given twice");
    }
    out = number;
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
        return bad("matching inside sequences is not done here: the name of a query parameter holds a path");
    }
    const auto tag = parse_attribute(name);
    // PS3.18 8.3: what is not supported is ignored, with a warning, since the answer is wider for it.
    if (!tag) {
        request_.warnings.push_back("The query parameter " + quoted(name) +
                                    " is not supported and was ignored.");
        return {};
    }
    return take_attribute(name, *tag, value);
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
    std::string key = value;
    if (dicom::vr_of(tag) == "UI") {
        std::replace(key.begin(), key.end(), ',', '\\');
    }
    request_.keys.set(tag, std::move(key));
    return {};
}

// The path narrows: a key of the same name can only agree with it.
Status SearchParser::add_path_uid(Tag tag, const std::string& uid) {
    if (uid.empty()) {
        return {};
    }
    const std::string_view key = request_.keys.get(tag);
    if (!key.empty() && key != uid) {
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
