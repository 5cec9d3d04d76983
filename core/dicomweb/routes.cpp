#include "core/dicomweb/routes.hpp"

#include "core/dicomweb/uri.hpp"

#include <algorithm>
#include <charconv>

namespace recog::dicomweb {

namespace {

// A new resource is a new row.
constexpr RoutePattern kPatterns[] = {
    {"studies", Method::Get, Resource::SearchStudies},
    {"series", Method::Get, Resource::SearchSeries},
    {"instances", Method::Get, Resource::SearchInstances},
    {"studies/{study}", Method::Get, Resource::RetrieveStudy},
    {"studies/{study}/metadata", Method::Get, Resource::StudyMetadata},
    {"studies/{study}/series", Method::Get, Resource::SearchStudySeries},
    {"studies/{study}/instances", Method::Get, Resource::SearchStudyInstances},
    {"studies/{study}/series/{series}", Method::Get, Resource::RetrieveSeries},
    {"studies/{study}/series/{series}/metadata", Method::Get, Resource::SeriesMetadata},
    {"studies/{study}/series/{series}/instances", Method::Get, Resource::SearchSeriesInstances},
    {"studies/{study}/series/{series}/instances/{instance}", Method::Get, Resource::RetrieveInstance},
    {"studies/{study}/series/{series}/instances/{instance}/metadata", Method::Get,
     Resource::InstanceMetadata},
    {"studies/{study}/series/{series}/instances/{instance}/frames/{frames}", Method::Get,
     Resource::RetrieveFrames},
    {"studies/{study}/rendered", Method::Get, Resource::Rendered},
    {"studies/{study}/series/{series}/rendered", Method::Get, Resource::Rendered},
    {"studies/{study}/series/{series}/instances/{instance}/rendered", Method::Get, Resource::Rendered},
    {"studies/{study}/series/{series}/instances/{instance}/frames/{frames}/rendered", Method::Get,
     Resource::Rendered},
    {"studies/{study}/thumbnail", Method::Get, Resource::Thumbnail},
    {"studies/{study}/series/{series}/thumbnail", Method::Get, Resource::Thumbnail},
    {"studies/{study}/series/{series}/instances/{instance}/thumbnail", Method::Get, Resource::Thumbnail},
    {"studies/{study}/series/{series}/instances/{instance}/frames/{frames}/thumbnail", Method::Get,
     Resource::Thumbnail},
    {"studies/{study}/bulkdata", Method::Get, Resource::BulkData},
    {"studies/{study}/series/{series}/bulkdata", Method::Get, Resource::BulkData},
    {"studies/{study}/series/{series}/instances/{instance}/bulkdata", Method::Get, Resource::BulkData},
    {"studies/{study}/pixeldata", Method::Get, Resource::PixelData},
    {"studies/{study}/series/{series}/pixeldata", Method::Get, Resource::PixelData},
    {"studies/{study}/series/{series}/instances/{instance}/pixeldata", Method::Get, Resource::PixelData},
    {"studies/{study}/series/{series}/instances/{instance}/bulkdata/{path}", Method::Get,
     Resource::BulkDataValue},
    {"studies", Method::Post, Resource::Store},
    {"studies/{study}", Method::Post, Resource::Store},
    {"", Method::Options, Resource::Capabilities},
    {"", Method::Get, Resource::Capabilities},
};

bool serves(Method served, Method asked) {
    return served == asked || (served == Method::Get && asked == Method::Head);
}

std::string_view allowed_by(Method served) {
    return served == Method::Get ? "GET, HEAD" : name_of(served);
}

std::string* place_of(std::string_view name, Route& route, std::string& frames) {
    if (name == "{study}") {
        return &route.study;
    }
    if (name == "{series}") {
        return &route.series;
    }
    if (name == "{instance}") {
        return &route.instance;
    }
    return name == "{frames}" ? &frames : nullptr;
}

// Compares shapes only: values are judged once the path is known.
bool matches(std::string_view pattern, const std::vector<std::string>& segments, Route& route,
             std::string& frames) {
    std::size_t index = 0;
    while (!pattern.empty()) {
        const std::size_t slash = pattern.find('/');
        const std::string_view part = pattern.substr(0, slash);
        if (part == "{path}") {
            route.bulk_path.assign(segments.begin() + static_cast<std::ptrdiff_t>(index), segments.end());
            return index < segments.size();
        }
        pattern.remove_prefix(slash == std::string_view::npos ? pattern.size() : slash + 1);
        if (index == segments.size()) {
            return false;
        }
        if (std::string* place = place_of(part, route, frames); place != nullptr) {
            *place = segments[index];
        } else if (part != segments[index]) {
            return false;
        }
        ++index;
    }
    return index == segments.size();
}

Routing refused(std::string text) {
    Routing routing;
    routing.outcome = RouteOutcome::BadRequest;
    routing.text = std::move(text);
    return routing;
}

Routing judged(Route route, std::string_view frames) {
    for (const std::string* uid : {&route.study, &route.series, &route.instance}) {
        if (!uid->empty() && !is_lookup_uid(*uid)) {
            return refused("a UID in the path is not one: digits and dots, at most 64 characters");
        }
    }
    if (!frames.empty() || route.resource == Resource::RetrieveFrames) {
        auto numbers = parse_frame_list(frames);
        if (!numbers) {
            return refused(numbers.failure().text);
        }
        route.frames = *std::move(numbers);
    }
    Routing routing;
    routing.outcome = RouteOutcome::Found;
    routing.route = std::move(route);
    return routing;
}

} // namespace

std::string_view name_of(Method method) {
    switch (method) {
    case Method::Get:
        return "GET";
    case Method::Head:
        return "HEAD";
    case Method::Post:
        return "POST";
    case Method::Put:
        return "PUT";
    case Method::Delete:
        return "DELETE";
    case Method::Options:
        return "OPTIONS";
    case Method::Other:
        break;
    }
    return "";
}

std::span<const RoutePattern> route_table() {
    return kPatterns;
}

bool is_search(Resource resource) {
    return resource <= Resource::SearchSeriesInstances;
}

bool is_metadata(Resource resource) {
    return resource == Resource::StudyMetadata || resource == Resource::SeriesMetadata ||
           resource == Resource::InstanceMetadata;
}

int Routing::status() const {
    switch (outcome) {
    case RouteOutcome::Found:
        return 200;
    case RouteOutcome::WrongMethod:
        return 405;
    case RouteOutcome::BadRequest:
        return 400;
    default:
        return 404;
    }
}

Routing find_route(Method method, const std::vector<std::string>& segments) {
    Routing routing;
    for (const RoutePattern& pattern : kPatterns) {
        Route route;
        std::string frames;
        if (!matches(pattern.path, segments, route, frames)) {
            continue;
        }
        if (serves(pattern.method, method)) {
            route.resource = pattern.resource;
            return judged(std::move(route), frames);
        }
        routing.outcome = RouteOutcome::WrongMethod;
        routing.text = "this resource does not serve this method";
        routing.allow.append(routing.allow.empty() ? "" : ", ").append(allowed_by(pattern.method));
    }
    if (routing.outcome == RouteOutcome::UnknownPath) {
        routing.text = "the path names no resource of this server";
    }
    return routing;
}

Result<std::vector<std::uint32_t>> parse_frame_list(std::string_view text) {
    std::vector<std::uint32_t> numbers;
    for (bool more = true; more;) {
        const std::size_t comma = text.find(',');
        const std::string_view part = text.substr(0, comma);
        more = comma != std::string_view::npos;
        text.remove_prefix(more ? comma + 1 : text.size());
        std::uint32_t number = 0;
        const auto parsed = std::from_chars(part.data(), part.data() + part.size(), number);
        if (parsed.ec != std::errc() || parsed.ptr != part.data() + part.size() || number == 0) {
            return error(ErrorKind::BadRequest,
                         "the frame list is not made of numbers from 1 on, with commas");
        }
        if (numbers.size() == kMaxFrameNumbers) {
            return error(ErrorKind::TooLarge, "the frame list is too long");
        }
        numbers.push_back(number);
    }
    // PS3.18 10.4.1.1.2: "non-duplicate"; a short URL would otherwise ask for any number of bytes.
    std::vector<std::uint32_t> sorted = numbers;
    std::sort(sorted.begin(), sorted.end());
    if (std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end()) {
        return error(ErrorKind::BadRequest, "the frame list names a frame twice");
    }
    return numbers;
}

} // namespace recog::dicomweb
