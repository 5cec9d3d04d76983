// The resources Rendered and Thumbnail (PS3.18 10.4.1.1.3, 10.4.1.1.4), and the rendered answers of WADO-URI.
//
// Which form an answer takes:
//   one frame                          the best of image/jpeg, image/png, image/gif; multipart when only that
//   is taken all frames of one object           image/gif: moving; multipart: a part each; else the
//   representative
//                                      frame alone, with a warning
//   several frames of one object       image/gif: moving; multipart: a part each; else 406
//   study, series                      multipart: a part for each object, the representative frame of those
//                                      with several (moving as image/gif), documents as documents
// Objects that cannot be rendered are left out of a multipart (206), and alone are 406. Parts are made when
// it is their turn; one that fails then is a picture of a cross, for the status has been sent.
#pragma once

#include "core/dicomweb/request.hpp"
#include "core/dicomweb/wado_uri.hpp"
#include "core/service/archive.hpp"
#include "core/service/retrieve_service.hpp"

namespace recog::rest {

/// Any thread may call any function. The archive must outlive the answers: they open files while they are
/// sent.
class RenderedAnswers {
public:
    /// Gives the character set of instances that declare none.
    using CharacterSetOf = std::function<std::string(const service::RetrievedInstance&)>;

    RenderedAnswers(service::Archive& archive, std::string root_url, CharacterSetOf character_set_of)
        : archive_(archive), root_url_(std::move(root_url)), character_set_of_(std::move(character_set_of)) {}

    /// `instances` as the path selects them, not empty; `frames` empty when the path names none.
    /// Errors: BadRequest (parameters), NotFound, NotAcceptable, Malformed, TooLarge.
    Result<dicomweb::Response> rendered(const std::vector<service::RetrievedInstance>& instances,
                                        const std::vector<std::uint32_t>& frames,
                                        const dicomweb::Request& request) const;
    /// One small picture, whatever the instances are. Errors: BadRequest, NotFound, NotAcceptable.
    Result<dicomweb::Response> thumbnail(const std::vector<service::RetrievedInstance>& instances,
                                         const std::vector<std::uint32_t>& frames,
                                         const dicomweb::Request& request) const;
    /// One instance by WADO-URI (9.5). Errors: as rendered().
    Result<dicomweb::Response> by_uri(const service::RetrievedInstance& instance,
                                      const dicomweb::WadoUriRequest& request) const;

private:
    service::Archive& archive_;
    std::string root_url_;
    CharacterSetOf character_set_of_;
};

} // namespace recog::rest
