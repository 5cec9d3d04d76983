// The resources of PS3.18 10 below the root of the services, and which path names which.
#pragma once

#include "core/base/result.hpp"
#include "core/dicomweb/request.hpp"

namespace recog::dicomweb {

/// As HTTP writes it; empty for Other.
std::string_view name_of(Method method);

enum class Resource {
    SearchStudies,         ///< /studies
    SearchSeries,          ///< /series
    SearchInstances,       ///< /instances
    SearchStudySeries,     ///< /studies/{study}/series
    SearchStudyInstances,  ///< /studies/{study}/instances
    SearchSeriesInstances, ///< /studies/{study}/series/{series}/instances
    RetrieveStudy,
    RetrieveSeries,
    RetrieveInstance,
    RetrieveFrames, ///< .../frames/{frames}
    StudyMetadata,
    SeriesMetadata,
    InstanceMetadata,
    Rendered,      ///< .../rendered of a study, a series, an instance or frames (PS3.18 10.4.1.1.3)
    Thumbnail,     ///< .../thumbnail of the same (10.4.1.1.4)
    BulkData,      ///< .../bulkdata of a study, a series or an instance: all of it (10.4.1.1.5)
    BulkDataValue, ///< .../instances/{instance}/bulkdata/{path}: one value, as BulkDataURI names it
    PixelData,     ///< .../pixeldata of a study, a series or an instance (10.4.1.1.6)
    Store,         ///< POST /studies or /studies/{study} (10.5)
    Capabilities   ///< OPTIONS / (8.9), and GET / for doors that let no OPTIONS through
};

bool is_search(Resource resource);
bool is_metadata(Resource resource);

struct Route {
    Resource resource = Resource::SearchStudies;
    std::string study;
    std::string series;
    std::string instance;
    std::vector<std::uint32_t> frames;  ///< numbers from 1, in the order asked for; empty: no frames named
    std::vector<std::string> bulk_path; ///< BulkDataValue: GGGGEEEE (item GGGGEEEE)*, not yet judged
};

/// One row of the table that find_route() follows. {study}, {series} and {instance} stand for a UID, {frames}
/// for a list of numbers, {path} for all segments that are left, one at least.
struct RoutePattern {
    std::string_view path;
    Method method;
    Resource resource;
};

std::span<const RoutePattern> route_table();

enum class RouteOutcome { Found, UnknownPath, WrongMethod, BadRequest };

struct Routing {
    RouteOutcome outcome = RouteOutcome::UnknownPath;
    Route route;       ///< when Found
    std::string text;  ///< otherwise, one sentence
    std::string allow; ///< when WrongMethod: value of the Allow header
    /// The HTTP status: 200 when Found, else 404, 405 or 400.
    int status() const;
};

/// HEAD goes where GET goes.
Routing find_route(Method method, const std::vector<std::string>& segments);

inline constexpr std::size_t kMaxFrameNumbers = 100'000;
/// "3,1,5", in any order. Errors: BadRequest (empty, not a number, zero, a number twice), TooLarge.
Result<std::vector<std::uint32_t>> parse_frame_list(std::string_view text);

} // namespace recog::dicomweb
