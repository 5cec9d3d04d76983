// Both documents come from one list of resources, methods, parameters and representations.
#include "core/dicomweb/capabilities.hpp"

#include "core/base/json_writer.hpp"
#include "core/dicom/indexed_attributes.hpp"
#include "core/dicom/xml_model.hpp"

#include <algorithm>

namespace recog::dicomweb {

namespace {

constexpr std::string_view kWadl = "application/vnd.sun.wadl+xml";
constexpr std::string_view kJson = "application/json";

struct Parameter {
    std::string_view name;
    std::string_view style; ///< "query", "header" or "template"
    std::string_view type = "xs:string";
};

struct Service {
    std::string_view id; ///< of the transaction, as PS3.18 names it
    std::vector<std::string_view> media_types;
    std::vector<Parameter> parameters;
};

constexpr std::string_view kDicomJson = "application/dicom+json";
constexpr std::string_view kDicomXml = "multipart/related; type=\"application/dicom+xml\"";
constexpr std::string_view kDicom = "multipart/related; type=\"application/dicom\"";
constexpr std::string_view kBulk = "multipart/related; type=\"application/octet-stream\"";

void add_search_parameters(Service& service, dicom::Level level) {
    service.parameters = {{"limit", "query", "xs:nonNegativeInteger"},
                          {"offset", "query", "xs:nonNegativeInteger"},
                          {"fuzzymatching", "query", "xs:boolean"},
                          {"includefield", "query"}};
    for (const dicom::IndexedAttribute& attribute : dicom::indexed_attributes()) {
        if (attribute.level <= level && attribute.vr != "SQ") {
            service.parameters.push_back({attribute.keyword, "query"});
        }
    }
}

Service search_of(std::string_view id, dicom::Level level) {
    Service service{id, {kDicomJson, kDicomXml}, {}};
    add_search_parameters(service, level);
    return service;
}

// No default: a new resource has to be described here.
Service service_of(Resource resource) {
    switch (resource) {
    case Resource::SearchStudies:
        return search_of("SearchForStudies", dicom::Level::Study);
    case Resource::SearchSeries:
    case Resource::SearchStudySeries:
        return search_of("SearchForSeries", dicom::Level::Series);
    case Resource::SearchInstances:
    case Resource::SearchStudyInstances:
    case Resource::SearchSeriesInstances:
        return search_of("SearchForInstances", dicom::Level::Instance);
    case Resource::RetrieveStudy:
        return {"RetrieveStudy", {kDicom}, {}};
    case Resource::RetrieveSeries:
        return {"RetrieveSeries", {kDicom}, {}};
    case Resource::RetrieveInstance:
        return {"RetrieveInstance", {kDicom, "application/dicom"}, {}};
    case Resource::RetrieveFrames:
        return {"RetrieveFrames", {kBulk}, {}};
    case Resource::StudyMetadata:
    case Resource::SeriesMetadata:
    case Resource::InstanceMetadata:
        return {"RetrieveMetadata", {kDicomJson, kDicomXml}, {}};
    case Resource::Rendered:
        return {"RetrieveRendered",
                {"image/jpeg", "image/png", "image/gif"},
                {{"annotation", "query"},
                 {"quality", "query", "xs:integer"},
                 {"viewport", "query"},
                 {"window", "query"},
                 {"iccprofile", "query"}}};
    case Resource::Thumbnail:
        return {"RetrieveThumbnail", {"image/jpeg", "image/png"}, {{"viewport", "query"}}};
    case Resource::BulkData:
    case Resource::BulkDataValue:
        return {"RetrieveBulkdata", {kBulk, "application/octet-stream"}, {{"Range", "header"}}};
    case Resource::PixelData:
        return {"RetrievePixelData", {kBulk}, {}};
    case Resource::Store:
        return {"StoreInstances", {kDicomJson, "application/dicom+xml"}, {}};
    case Resource::Capabilities:
        return {"RetrieveCapabilities", {kWadl, kJson}, {}};
    }
    return {};
}

/// The {names} of a path.
std::vector<Parameter> template_parameters(std::string_view path) {
    std::vector<Parameter> parameters;
    for (std::size_t open = path.find('{'); open != std::string_view::npos; open = path.find('{', open + 1)) {
        parameters.push_back({path.substr(open + 1, path.find('}', open) - open - 1), "template"});
    }
    return parameters;
}

/// The rows of the route table, those of one path in a row, paths in the order of their first row.
std::vector<std::vector<RoutePattern>> routes_by_path() {
    std::vector<std::vector<RoutePattern>> paths;
    for (const RoutePattern& route : route_table()) {
        const auto at = std::find_if(paths.begin(), paths.end(),
                                     [&](const auto& rows) { return rows.front().path == route.path; });
        if (at != paths.end()) {
            at->push_back(route);
        } else {
            paths.push_back({route});
        }
    }
    return paths;
}

std::string attribute(std::string_view name, std::string_view value) {
    std::string text = " " + std::string(name) + "=\"";
    dicom::append_xml_text(text, value);
    return text + "\"";
}

std::string wadl_parameter(const Parameter& parameter) {
    return "<param" + attribute("name", parameter.name) + attribute("style", parameter.style) +
           attribute("type", parameter.type) + "/>";
}

std::string wadl_method(const RoutePattern& route) {
    const Service service = service_of(route.resource);
    std::string text =
        "<method" + attribute("name", name_of(route.method)) + attribute("id", service.id) + ">";
    text += "<request><param name=\"Accept\" style=\"header\" type=\"xs:string\"/>";
    for (const Parameter& parameter : service.parameters) {
        text += wadl_parameter(parameter);
    }
    if (route.resource == Resource::Store) {
        text += "<representation" + attribute("mediaType", kDicom) + "/>";
    }
    text += "</request><response status=\"200\">";
    for (const std::string_view type : service.media_types) {
        text += "<representation" + attribute("mediaType", type) + "/>";
    }
    return text + "</response></method>\n";
}

void json_parameter(JsonWriter& out, const Parameter& parameter) {
    out.begin_object();
    out.member("name", parameter.name);
    out.member("style", parameter.style);
    out.member("type", parameter.type);
    out.end_object();
}

void json_method(JsonWriter& out, const RoutePattern& route) {
    const Service service = service_of(route.resource);
    out.begin_object();
    out.member("name", name_of(route.method));
    out.member("id", service.id);
    out.key("request");
    out.begin_object();
    out.key("param");
    out.begin_array();
    json_parameter(out, {"Accept", "header"});
    for (const Parameter& parameter : service.parameters) {
        json_parameter(out, parameter);
    }
    out.end_array();
    out.end_object();
    out.key("response");
    out.begin_object();
    out.member("status", std::int64_t{200});
    out.key("representation");
    out.begin_array();
    for (const std::string_view type : service.media_types) {
        out.begin_object();
        out.member("mediaType", type);
        out.end_object();
    }
    out.end_array();
    out.end_object();
    out.end_object();
}

} // namespace

std::string capabilities_wadl(std::string_view root_url) {
    std::string text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                       "<application xmlns=\"http://wadl.dev.java.net/2009/02\""
                       " xmlns:xs=\"http://www.w3.org/2001/XMLSchema\">\n<resources" +
                       attribute("base", std::string(root_url) + "/") + ">\n";
    for (const auto& routes : routes_by_path()) {
        text += "<resource" + attribute("path", routes.front().path) + ">";
        for (const Parameter& parameter : template_parameters(routes.front().path)) {
            text += wadl_parameter(parameter);
        }
        for (const RoutePattern& route : routes) {
            text += wadl_method(route);
        }
        text += "</resource>\n";
    }
    return text + "</resources>\n</application>\n";
}

std::string capabilities_json(std::string_view root_url) {
    std::string json;
    JsonWriter out(json);
    out.begin_object();
    out.key("application");
    out.begin_object();
    out.key("resources");
    out.begin_object();
    out.member("base", std::string(root_url) + "/");
    out.key("resource");
    out.begin_array();
    for (const auto& routes : routes_by_path()) {
        out.begin_object();
        out.member("path", routes.front().path);
        out.key("param");
        out.begin_array();
        for (const Parameter& parameter : template_parameters(routes.front().path)) {
            json_parameter(out, parameter);
        }
        out.end_array();
        out.key("method");
        out.begin_array();
        for (const RoutePattern& route : routes) {
            json_method(out, route);
        }
        out.end_array();
        out.end_object();
    }
    out.end_array();
    out.end_object();
    out.end_object();
    out.end_object();
    return json;
}

Result<Response> respond_with_capabilities(const Request& request, std::string_view root_url) {
    static constexpr std::string_view kOffered[] = {kWadl, kJson, "application/xml",
                                                    "application/dicom+json"};
    const auto type = choose_media_type(accepted(request), kOffered);
    if (!type) {
        return error(ErrorKind::NotAcceptable, "the capabilities are given as WADL or as JSON only");
    }
    Response response;
    response.set_header("Content-Type", *type);
    response.body.append(type->ends_with("json") ? capabilities_json(root_url) : capabilities_wadl(root_url));
    return response;
}

} // namespace recog::dicomweb
