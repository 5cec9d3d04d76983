#include "plugin/rest/http_status.hpp"

namespace recog::rest {

int http_status(ErrorKind kind) {
    switch (kind) {
    case ErrorKind::BadRequest:
        return 400;
    case ErrorKind::NotFound:
        return 404;
    case ErrorKind::Gone:
        return 410;
    case ErrorKind::NotAcceptable:
        return 406;
    case ErrorKind::TooLarge:
        return 413;
    case ErrorKind::UnsupportedMediaType:
        return 415;
    case ErrorKind::Ambiguous:
        return 409;
    case ErrorKind::Forbidden:
        return 403;
    case ErrorKind::Unavailable:
        return 503;
    case ErrorKind::Unreachable:
        return 502;
    // Data that the archive holds and that breaks its format is not the asker's fault.
    case ErrorKind::Malformed:
    case ErrorKind::Storage:
    case ErrorKind::Configuration:
    case ErrorKind::Internal:
        break;
    }
    return 500;
}

dicomweb::Response status_response(int status, const std::string& sentence) {
    dicomweb::Response response;
    response.status = status;
    response.set_header("Content-Type", "text/plain");
    response.body.append(sentence + "\n");
    return response;
}

dicomweb::Response error_response(const Error& error) {
    dicomweb::Response response = status_response(http_status(error.kind), error.text);
    if (error.kind == ErrorKind::Unavailable) {
        response.set_header("Retry-After", "5");
    }
    return response;
}

dicomweb::Response json_response(std::string json) {
    dicomweb::Response response;
    response.set_header("Content-Type", "application/json");
    response.body.append(std::move(json));
    return response;
}

} // namespace recog::rest
