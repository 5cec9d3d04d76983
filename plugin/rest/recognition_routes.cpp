#include "plugin/rest/recognition_routes.hpp"

#include "core/base/json_writer.hpp"
#include "core/identity/masking.hpp"
#include "plugin/rest/http_status.hpp"

#include <charconv>

namespace recog::rest {

using dicomweb::Request;
using dicomweb::Response;

namespace {

std::string parameter(const Request& request, std::string_view name) {
    const std::string* value = request.parameter(name);
    return value != nullptr ? *value : std::string();
}

/// nullopt when it is there and no number from 0 to `most`.
std::optional<std::int64_t> number(const Request& request, std::string_view name, std::int64_t otherwise,
                                   std::int64_t most) {
    const std::string text = parameter(request, name);
    if (text.empty()) {
        return otherwise;
    }
    std::int64_t value = 0;
    const auto end = std::from_chars(text.data(), text.data() + text.size(), value);
    if (end.ec != std::errc{} || end.ptr != text.data() + text.size() || value < 0 || value > most) {
        return std::nullopt;
    }
    return value;
}

Response bad_parameter(const std::string& name) {
    return status_response(400, "The parameter '" + name + "' is not a number in its range");
}

void write_report(JsonWriter& json, const service::Report& report) {
    json.begin_object();
    json.member("identifier", report.id);
    json.member("study", report.study_uid);
    json.member("study_date", report.study_date);
    json.member("study_description", report.study_description);
    json.member("item", report.verdict.item_code);
    json.member("item_name", report.verdict.item_name);
    json.member("institution", report.institution_code);
    json.member("institution_name", report.institution_name);
    json.member("date", report.header.date);
    json.member("time", report.header.time);
    json.member("status",
                recognition::to_string(static_cast<recognition::ReportStatus>(report.header.status)));
    json.member("verdict", recognition::to_string(report.verdict.code));
    json.member("why", report.verdict.why);
    json.member("title", report.header.title);
    json.member("type", report.header.mime_type);
    json.member("text", report.header.text);
    json.member("document", "/recognition/reports/" + report.id + "/document");
    json.end_object();
}

} // namespace

Response RecognitionRoutes::handle(const Request& request, const service::Asker& asker) const {
    const auto& path = request.segments;
    const std::string first = path.empty() ? std::string() : path[0];
    const bool known = (path.size() == 1 && (first == "status" || first == "reports" ||
                                             first == "conflicts" || first == "instances")) ||
                       (path.size() == 3 && first == "reports" && path[2] == "document");
    if (!known) {
        return status_response(404,
                               "There is no such resource; see /recognition/status, /reports, /conflicts and"
                               " /instances");
    }
    if (request.method != dicomweb::Method::Get) {
        Response response = status_response(405, "This resource can only be read");
        response.set_header("Allow", "GET");
        return response;
    }
    if (path.size() == 3) {
        return document(path[1]);
    }
    if (first == "status") {
        return status();
    }
    if (first == "reports") {
        return reports(request, asker);
    }
    return first == "conflicts" ? conflicts(request) : instances(request);
}

Response RecognitionRoutes::status() const {
    auto connection = priors_.context().readers.take();
    if (!connection) {
        return error_response(connection.failure());
    }
    const auto counts = index::IndexReader(**connection).counts();
    if (!counts) {
        return error_response(counts.failure());
    }
    const NodeState state = state_();
    std::string out;
    JsonWriter json(out);
    json.begin_object();
    json.member("version", state.version);
    json.member("state", state.state);
    json.member("queue", static_cast<std::int64_t>(state.queue));
    json.member("persons", counts->persons);
    json.member("patient_records", counts->records);
    json.member("identifiers", counts->identifiers);
    json.member("conflicts", counts->conflicts);
    json.member("studies", counts->studies);
    json.member("series", counts->series);
    json.member("instances", counts->instances);
    json.member("unreadable", counts->unreadable);
    json.member("reports", counts->reports);
    json.end_object();
    return json_response(std::move(out));
}

Response RecognitionRoutes::reports(const Request& request, const service::Asker& asker) const {
    const auto found = reports_.by_card(parameter(request, "card"), parameter(request, "issuer"), asker);
    if (!found) {
        return error_response(found.failure());
    }
    std::string out;
    JsonWriter json(out);
    json.begin_array();
    for (const service::Report& report : *found) {
        write_report(json, report);
    }
    json.end_array();
    return json_response(std::move(out));
}

Response RecognitionRoutes::document(const std::string& id) const {
    auto document = reports_.document(id);
    if (!document) {
        return error_response(document.failure());
    }
    Response response;
    response.set_header("Content-Type", document->mime_type);
    response.set_header("Content-Disposition", "inline");
    response.set_header("X-Content-Type-Options", "nosniff");
    if (document->mime_type.starts_with("text/html")) {
        response.set_header("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'");
    }
    response.body.append(std::move(document->bytes));
    return response;
}

Response RecognitionRoutes::conflicts(const Request& request) const {
    const auto after = number(request, "after", 0, std::numeric_limits<std::int64_t>::max());
    const auto limit = number(request, "limit", 100, 10'000);
    if (!after || !limit) {
        return bad_parameter(after ? "limit" : "after");
    }
    auto connection = priors_.context().readers.take();
    if (!connection) {
        return error_response(connection.failure());
    }
    std::string out;
    JsonWriter json(out);
    json.begin_array();
    for (const index::ConflictRow& conflict :
         index::IndexReader(**connection).conflicts(*after, static_cast<std::size_t>(*limit))) {
        json.begin_object();
        json.member("id", conflict.id);
        json.member("domain", conflict.domain);
        json.member("value", identity::mask(conflict.value));
        json.member("persons", conflict.persons);
        json.member("records", conflict.records);
        json.end_object();
    }
    json.end_array();
    if (const Status read = (**connection).take_failure(); !read) {
        return error_response(read.failure());
    }
    return json_response(std::move(out));
}

Response RecognitionRoutes::instances(const Request& request) const {
    const auto limit = number(request, "limit", 1000, 1'000'000);
    if (!limit) {
        return bad_parameter("limit");
    }
    auto connection = priors_.context().readers.take();
    if (!connection) {
        return error_response(connection.failure());
    }
    const auto ids = index::IndexReader(**connection)
                         .instance_ids(parameter(request, "after"), static_cast<std::size_t>(*limit));
    if (!ids) {
        return error_response(ids.failure());
    }
    std::string out;
    JsonWriter json(out);
    json.begin_array();
    for (const std::string& id : *ids) {
        json.string(id);
    }
    json.end_array();
    return json_response(std::move(out));
}

} // namespace recog::rest
