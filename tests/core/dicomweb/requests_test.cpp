#include "core/dicom/part10.hpp"
#include "core/dicomweb/accept.hpp"
#include "core/dicomweb/origin.hpp"
#include "core/dicomweb/qido.hpp"
#include "core/dicomweb/routes.hpp"
#include "core/dicomweb/uri.hpp"

#include "tests/core/dicomweb/case_table.hpp"
#include "tests/core/dicomweb/stand_in_transcoder.hpp"

#include <array>

using namespace recog;
using namespace recog::dicomweb;
using recog::test::read_table;

namespace {

Method method_of(const std::string& name) {
    static constexpr std::array<std::pair<std::string_view, Method>, 6> kMethods{
        {{"GET", Method::Get},
         {"HEAD", Method::Head},
         {"POST", Method::Post},
         {"PUT", Method::Put},
         {"DELETE", Method::Delete},
         {"OPTIONS", Method::Options}}};
    for (const auto& [text, method] : kMethods) {
        if (text == name) {
            return method;
        }
    }
    return Method::Other;
}

std::string name_of(Resource resource) {
    static constexpr std::array kNames{"SearchStudies",
                                       "SearchSeries",
                                       "SearchInstances",
                                       "SearchStudySeries",
                                       "SearchStudyInstances",
                                       "SearchSeriesInstances",
                                       "RetrieveStudy",
                                       "RetrieveSeries",
                                       "RetrieveInstance",
                                       "RetrieveFrames",
                                       "StudyMetadata",
                                       "SeriesMetadata",
                                       "InstanceMetadata",
                                       "Rendered",
                                       "Thumbnail",
                                       "BulkData",
                                       "BulkDataValue",
                                       "PixelData",
                                       "Store",
                                       "Capabilities"};
    return kNames.at(static_cast<std::size_t>(resource));
}

Routing route_of(Method method, const std::string& path) {
    const auto segments = parse_path(path);
    if (!segments) {
        Routing refused;
        refused.outcome = RouteOutcome::BadRequest;
        refused.text = segments.failure().text;
        return refused;
    }
    return find_route(method, *segments);
}

std::string described(const Route& route) {
    std::string text = route.study + "|" + route.series + "|" + route.instance + "|";
    for (std::size_t i = 0; i < route.frames.size(); ++i) {
        text += (i == 0 ? "" : ",") + std::to_string(route.frames[i]);
    }
    return text;
}

std::string described(const dicom::AttributeSet::Entry& key) {
    const auto items = dicom::decode_items(key.value);
    if (key.value.empty() || !items || items->size() != 1) {
        return key.value;
    }
    std::string text;
    for (const auto& [tag, value] : items->front().entries()) {
        text += (text.empty() ? "" : ",") + dicom::to_hex(tag) + "=" + value;
    }
    return "{" + text + "}";
}

std::string described(const SearchRequest& search) {
    static constexpr std::array kLevels{"Patient", "Study", "Series", "Instance"};
    std::string text = kLevels.at(static_cast<std::size_t>(search.level));
    for (const auto& entry : search.keys.entries()) {
        text += " " + dicom::to_hex(entry.tag) + "=" + described(entry);
    }
    for (std::size_t i = 0; i < search.include.size(); ++i) {
        text += (i == 0 ? " include=" : ",") + dicom::to_hex(search.include[i]);
    }
    for (const auto& [tag, creator] : search.private_creators) {
        text += " creators=" + dicom::to_hex(tag) + ":" + creator;
    }
    text += search.include_all ? " all" : "";
    text += search.fuzzy_matching ? " fuzzy" : "";
    text += search.limit ? " limit=" + std::to_string(*search.limit) : "";
    text += " offset=" + std::to_string(search.offset);
    text += search.warnings.empty() ? "" : " warnings=" + std::to_string(search.warnings.size());
    return text;
}

std::string search_of(const std::string& path, const std::string& query) {
    const Routing routing = route_of(Method::Get, path);
    REQUIRE(routing.outcome == RouteOutcome::Found);
    const auto fields = parse_query(query);
    REQUIRE(fields.ok());
    const auto search = parse_search(routing.route, *fields);
    if (search) {
        return described(*search);
    }
    CHECK(search.failure().text.size() > 20);
    return search.failure().kind == ErrorKind::BadRequest ? "BadRequest" : "TooLarge";
}

std::string described(const std::optional<Representation>& chosen) {
    if (!chosen) {
        return "406";
    }
    return chosen->media_type + " " + chosen->transfer_syntax +
           (chosen->multipart ? " multipart" : " single") + (chosen->transcode ? " made" : "");
}

std::string negotiated(const std::string& what, const std::string& stored, const std::string& accept) {
    Request request;
    if (!accept.empty()) {
        request.headers.push_back(Field{"accept", accept});
    }
    const auto ranges = accepted(request);
    const test::StandInTranscoder codecs;
    if (what == "instance" || what == "instance+codecs") {
        return described(choose_instance(ranges, stored, what == "instance" ? nullptr : &codecs));
    }
    if (what == "frame" || what == "frame+codecs") {
        return described(choose_frame(ranges, stored, what == "frame" ? nullptr : &codecs));
    }
    static constexpr std::array<std::string_view, 2> kOffered{"application/dicom+json", "application/json"};
    return choose_media_type(ranges, kOffered).value_or("406");
}

} // namespace

TEST_CASE("routes") {
    for (const auto& row : read_table("routes.tsv", 5)) {
        const Routing routing = route_of(method_of(row[0]), row[1]);
        CHECK_MESSAGE(std::to_string(routing.status()) == row[2], row[0] << " " << row[1]);
        CHECK((routing.route.resource == Resource::BulkDataValue) == !routing.route.bulk_path.empty());
        CHECK((routing.outcome == RouteOutcome::Found) == routing.text.empty());
        CHECK((routing.outcome == RouteOutcome::WrongMethod) == !routing.allow.empty());
        if (routing.outcome == RouteOutcome::Found) {
            CHECK_MESSAGE(name_of(routing.route.resource) == row[3], row[1]);
            CHECK_MESSAGE(described(routing.route) == row[4], row[1]);
        }
    }
}

TEST_CASE("queries are split, then decoded once") {
    for (const auto& row : read_table("queries.tsv", 2)) {
        const auto fields = parse_query(row[0]);
        std::string text = fields ? "" : "refused";
        for (std::size_t i = 0; fields && i < fields->size(); ++i) {
            text += (i == 0 ? "" : " & ") + (*fields)[i].name + "=" + (*fields)[i].value;
        }
        CHECK_MESSAGE(text == row[1], row[0]);
    }
}

TEST_CASE("UIDs") {
    for (const auto& row : read_table("uids.tsv", 3)) {
        CHECK_MESSAGE(is_valid_uid(row[0]) == (row[1] == "yes"), row[0]);
        CHECK_MESSAGE(is_lookup_uid(row[0]) == (row[2] == "yes"), row[0]);
    }
}

TEST_CASE("negotiation") {
    for (const auto& row : read_table("accept.tsv", 4)) {
        CHECK_MESSAGE(negotiated(row[0], row[1], row[2]) == row[3], row[1] << " " << row[2]);
    }
}

TEST_CASE("searches") {
    for (const auto& row : read_table("searches.tsv", 3)) {
        CHECK_MESSAGE(search_of(row[0], row[1]) == row[2], row[0] << "?" << row[1]);
    }
}

TEST_CASE("limits of paths, queries, searches and headers") {
    CHECK(parse_path(std::string(kMaxPathBytes + 1, 'a')).failure().kind == ErrorKind::TooLarge);
    CHECK(parse_query(std::string(kMaxQueryBytes + 1, 'a')).failure().kind == ErrorKind::TooLarge);
    std::string many;
    for (std::size_t i = 0; i <= kMaxQueryParameters; ++i) {
        many += "a=1&";
    }
    CHECK(parse_query(many).failure().kind == ErrorKind::TooLarge);
    CHECK(search_of("/studies", "PatientID=" + std::string(kMaxValueBytes + 1, '1')) == "TooLarge");
    std::string fields = "includefield=";
    for (std::size_t i = 0; i <= kMaxIncludeFields; ++i) {
        fields += "00100010,";
    }
    CHECK(search_of("/studies", fields) == "TooLarge");
    std::string frames = "1";
    for (std::size_t i = 0; i < kMaxFrameNumbers; ++i) {
        frames += ",1";
    }
    CHECK(parse_frame_list(frames).failure().kind == ErrorKind::TooLarge);
    std::string ranges;
    for (std::size_t i = 0; i < 2 * kMaxMediaRanges; ++i) {
        ranges += "text/html,";
    }
    CHECK(parse_accept(ranges).size() == kMaxMediaRanges);
}

TEST_CASE("the accept parameter stands for the header") {
    Request request;
    request.headers.push_back(Field{"Accept", "text/html"});
    request.query.push_back(Field{"Accept", "application/json"});
    REQUIRE(accepted(request).size() == 1);
    CHECK(accepted(request)[0].type == "application/json");
    // As parse_query() gives a literal '+'.
    request.query[0].value =
        "multipart/related; type=\"application/dicom xml\", application/dicom json; q=0.5";
    REQUIRE(accepted(request).size() == 2);
    CHECK(accepted(request)[0].inner_type == "application/dicom+xml");
    CHECK(accepted(request)[1].type == "application/dicom+json");
    CHECK(accepted(request)[1].quality == 500);
    request.query[0].value.clear();
    CHECK(accepted(request)[0].type == "text/html");
}

TEST_CASE("only a trusted proxy may say under which name the asker sees this server") {
    struct Case {
        std::vector<Field> fields;
        const char* from_anybody;
        const char* from_proxy;
    };
    const std::vector<Case> cases{
        {{}, "", ""},
        {{{"Host", "node:8042"}}, "http://node:8042", "http://node:8042"},
        {{{"Host", "[::1]:8042"}, {":scheme", "https"}}, "https://[::1]:8042", "https://[::1]:8042"},
        {{{"Host", "node"}, {"X-Forwarded-Host", "pacs.example"}, {"X-Forwarded-Proto", "https"}},
         "http://node",
         "https://pacs.example"},
        {{{"Host", "node"}, {"X-Forwarded-Host", "a.example, b.example"}}, "http://node", "http://a.example"},
        {{{"Host", "node"}, {"X-Forwarded-Proto", "http"}, {":scheme", "https"}},
         "https://node",
         "http://node"},
        {{{"Host", "node"}, {"X-Forwarded-Proto", "javascript"}}, "http://node", "http://node"},
        {{{"Host", "node"}, {"X-Forwarded-Host", "e/vil"}}, "http://node", "http://node"},
        {{{"Host", "no\"de"}}, "", ""},
        {{{"Host", "node"}, {"Forwarded", "for=1.2.3.4; Proto=HTTPS ;host=\"pacs.example:8443\", host=x"}},
         "http://node",
         "https://pacs.example:8443"},
        {{{"Host", "node"}, {"Forwarded", "host"}, {"X-Forwarded-Host", "pacs.example"}},
         "http://node",
         "http://node"},
        {{{"Host", "node"}, {"Forwarded", ";;=;host=\""}}, "http://node", "http://node"},
    };
    for (const Case& one : cases) {
        Request request;
        request.headers = one.fields;
        CHECK(origin_of(request, false) == one.from_anybody);
        CHECK(origin_of(request, true) == one.from_proxy);
    }
}

TEST_CASE("a refusal never repeats a value") {
    const Routing routing = route_of(Method::Get, "/studies");
    for (const char* query : {"PatientID=440301199001011234&PatientID=2", "limit=440301199001011234x",
                              "440301199001011234=1", "includefield=440301199001011234",
                              "440301199001011234.CodeValue=1", "ProcedureCodeSequence=440301199001011234"}) {
        const auto search = parse_search(routing.route, *parse_query(query));
        const std::string said = search ? search->warnings.at(0) : search.failure().text;
        CHECK(said.find("4403") == std::string::npos);
    }
}
