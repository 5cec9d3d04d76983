#include "plugin/rest/store_routes.hpp"

#include "core/dicomweb/accept.hpp"
#include "core/dicomweb/field_syntax.hpp"

namespace recog::rest {

namespace {

// 10.5.3.2; JSON is the default since 2019 (PS3.18 8.7.3.2).
constexpr std::string_view kAnswerTypes[] = {"application/dicom+json", "application/dicom+xml",
                                             "application/json"};

/// Puts the warnings of the response into its headers.
class WarningBody final : public dicomweb::RequestBody {
public:
    WarningBody(std::unique_ptr<dicomweb::RequestBody> body, std::string root_url)
        : body_(std::move(body)), root_url_(std::move(root_url)) {}

    Status add(dicomweb::Bytes chunk) override { return body_->add(chunk); }
    dicomweb::Response finish() override {
        dicomweb::Response response = body_->finish();
        for (const std::string& warning : response.warnings) {
            response.headers.push_back({"Warning", dicomweb::warning_299(root_url_, warning)});
        }
        return response;
    }

private:
    std::unique_ptr<dicomweb::RequestBody> body_;
    std::string root_url_;
};

} // namespace

Result<std::unique_ptr<dicomweb::RequestBody>> StoreRoutes::begin(const dicomweb::Request& request,
                                                                  const dicomweb::Route& route,
                                                                  const std::string& root_url) {
    const auto answer_type = dicomweb::choose_media_type(dicomweb::accepted(request), kAnswerTypes);
    if (!answer_type) {
        return error(ErrorKind::NotAcceptable,
                     "the answer can be application/dicom+json or application/dicom+xml");
    }
    const std::string encoding = dicomweb::lower_case(request.header("Content-Encoding"));
    if (!encoding.empty() && encoding != "identity") {
        return error(ErrorKind::UnsupportedMediaType, "bodies with a Content-Encoding are not read");
    }
    auto type = dicomweb::parse_media_type(request.header("Content-Type"));
    if (!type) {
        return type.failure();
    }
    auto body = service_.begin({*std::move(type), route.study, root_url, *answer_type});
    if (!body) {
        return body.failure();
    }
    return std::unique_ptr<dicomweb::RequestBody>(std::make_unique<WarningBody>(*std::move(body), root_url));
}

} // namespace recog::rest
