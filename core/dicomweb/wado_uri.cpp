#include "core/dicomweb/wado_uri.hpp"

#include "core/dicomweb/uri.hpp"

#include <algorithm>
#include <set>

namespace recog::dicomweb {

namespace {

constexpr std::uint32_t kMaxFrame = 0x7FFFFFFF;

Error bad(std::string_view parameter, const char* why) {
    return error(ErrorKind::BadRequest, "the parameter '" + std::string(parameter) + "' " + why);
}

std::string lower(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return out;
}

Result<NormalizedRegion> parse_region(std::string_view text) {
    double numbers[4] = {};
    for (std::size_t i = 0; i < 4; ++i) {
        const std::size_t comma = text.find(',');
        const auto number = parse_decimal(text.substr(0, comma));
        const bool last = comma == std::string_view::npos;
        if (!number || last != (i == 3)) {
            return bad("region", "is not made of four numbers");
        }
        numbers[i] = *number;
        text.remove_prefix(last ? text.size() : comma + 1);
    }
    const NormalizedRegion region{numbers[0], numbers[1], numbers[2], numbers[3]};
    const bool ordered = 0 <= region.left && region.left < region.right && region.right <= 1 &&
                         0 <= region.top && region.top < region.bottom && region.bottom <= 1;
    return ordered ? Result<NormalizedRegion>(region)
                   : bad("region", "names no part of the image between 0 and 1");
}

/// Takes the parameters one by one; rules about several of them follow at the end.
class Parser {
public:
    Status take(const Field& field) {
        const std::string name = lower(field.name);
        // 9.4.2, 9.5.2: "the number of parameter values is not equal to one"
        if (!seen_.insert(name).second) {
            return error(ErrorKind::BadRequest, "a parameter is given twice");
        }
        if (name == "studyuid") {
            return take_uid("studyUID", field.value, found_.study);
        }
        if (name == "seriesuid") {
            return take_uid("seriesUID", field.value, found_.series);
        }
        if (name == "objectuid") {
            return take_uid("objectUID", field.value, found_.instance);
        }
        if (name == "requesttype") {
            return field.value == "WADO" ? Status() : bad("requestType", "is not WADO");
        }
        return take_form(name, field.value);
    }

    Result<WadoUriRequest> finish(const Request& request) {
        if (!has("requesttype") || found_.study.empty() || found_.series.empty() || found_.instance.empty()) {
            return error(ErrorKind::BadRequest,
                         "requestType, studyUID, seriesUID and objectUID must all be given");
        }
        found_.accepted =
            content_type_.empty() ? accepted(request) : parse_accept(with_literal_plus(content_type_));
        // A range such as */* asks for a picture: browsers send it with every address.
        found_.dicom = !content_type_.empty() && !found_.accepted.empty() &&
                       found_.accepted.front().type == "application/dicom";
        if (const Status judged = judge(); !judged) {
            return judged.failure();
        }
        return std::move(found_);
    }

private:
    bool has(const char* name) const { return seen_.contains(name); }

    static Status take_uid(const char* name, const std::string& value, std::string& into) {
        into = value;
        return is_lookup_uid(value) ? Status() : bad(name, "is not a UID");
    }

    Status take_form(const std::string& name, const std::string& value) {
        if (name == "contenttype") {
            content_type_ = value;
            return value.empty() ? bad("contentType", "is empty") : Status();
        }
        if (name == "transfersyntax") {
            found_.transfer_syntax = value;
            return is_valid_uid(value) ? Status() : bad("transferSyntax", "is not a UID");
        }
        if (name == "anonymize") {
            return value == "yes" ? error(ErrorKind::NotAcceptable, "objects are not anonymized here")
                                  : bad("anonymize", "is not yes");
        }
        if (name == "charset" || name == "accept") {
            return {};
        }
        if (name == "presentationuid" || name == "presentationseriesuid") {
            return is_lookup_uid(value) ? Status() : bad("presentationUID", "is not a UID");
        }
        return take_look(name, value);
    }

    Status take_look(const std::string& name, const std::string& value) {
        if (name == "framenumber") {
            const auto frame = parse_positive(value, kMaxFrame);
            found_.frame = frame ? *frame : 0;
            return frame ? Status() : bad("frameNumber", "is not a number from 1 on");
        }
        if (name == "rows" || name == "columns") {
            const auto side = parse_positive(value, kMaxViewportSide);
            (name == "rows" ? found_.rows : found_.columns) = side ? *side : 0;
            return side ? Status() : bad(name, "is not a whole number from 1 to 8192");
        }
        if (name == "region") {
            const auto region = parse_region(value);
            found_.region = region ? std::optional(*region) : std::nullopt;
            return region ? Status() : region.failure();
        }
        if (name == "windowcenter" || name == "windowwidth") {
            const auto number = parse_decimal(value);
            (name == "windowcenter" ? center_ : width_) = number ? *number : 0;
            return number ? Status() : bad(name, "is not a number");
        }
        if (name == "imagequality") {
            const auto quality = parse_positive(value, 100);
            found_.quality = quality ? static_cast<int>(*quality) : 0;
            return quality ? Status() : bad("imageQuality", "is not a whole number from 1 to 100");
        }
        if (name == "annotation" || name == "imageannotation") {
            return take_annotation(value, found_.warnings);
        }
        found_.warnings.emplace_back("A parameter that this resource does not know was ignored");
        return {};
    }

    // 9.5.1.2.6, 9.5.1.2.7 and 9.5.2.3
    Status judge() {
        const bool window = has("windowcenter") || has("windowwidth");
        const bool presentation = has("presentationuid") || has("presentationseriesuid");
        if (window && (!has("windowcenter") || !has("windowwidth"))) {
            return error(ErrorKind::BadRequest, "windowCenter and windowWidth must be given together");
        }
        if (presentation && (!has("presentationuid") || !has("presentationseriesuid"))) {
            return error(ErrorKind::BadRequest,
                         "presentationUID and presentationSeriesUID must be given together");
        }
        if (window && (found_.dicom || presentation)) {
            return error(ErrorKind::BadRequest,
                         "a window goes neither with application/dicom nor with a presentation state");
        }
        if (presentation && (has("framenumber") || has("region"))) {
            return error(ErrorKind::BadRequest, "a presentation state goes with neither frame nor region");
        }
        if (window && width_ < 1) {
            return bad("windowWidth", "is below 1");
        }
        if (window) {
            found_.window = WindowParameter{center_, width_, WindowParameter::Function::Linear};
        }
        if (presentation) {
            found_.warnings.emplace_back("Presentation states are not applied: the image is shown without");
        }
        return {};
    }

    WadoUriRequest found_;
    std::set<std::string> seen_;
    std::string content_type_;
    double center_ = 0;
    double width_ = 0;
};

} // namespace

Result<WadoUriRequest> parse_wado_uri(const Request& request) {
    Parser parser;
    for (const Field& field : request.query) {
        if (const Status taken = parser.take(field); !taken) {
            return taken.failure();
        }
    }
    return parser.finish(request);
}

} // namespace recog::dicomweb
