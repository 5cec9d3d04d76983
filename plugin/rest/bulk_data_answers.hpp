// Bulk data and pixel data as resources (PS3.18 10.4.1.1.5 and 10.4.1.1.6).
#pragma once

#include "core/dicomweb/routes.hpp"
#include "plugin/rest/instance_answers.hpp"
#include "plugin/rest/stored_instances.hpp"

namespace recog::rest {

/// One value, as its BulkDataURI names it; `instances` holds the one instance. Compressed pixel data is given
/// as its frames are, one part each (PS3.18 8.7.3.3); a video as one stream with byte ranges.
/// Errors: BadRequest (the path), NotFound, NotAcceptable, Gone, those of the archive and of the file.
Result<dicomweb::Response> bulk_value_answer(const std::shared_ptr<const StoredInstances>& instances,
                                             const InstanceAnswers& frames, const dicomweb::Route& route,
                                             const dicomweb::Request& request, const std::string& root_url);

/// All values that the metadata gives by BulkDataURI, or the pixel data alone (route.resource), of all the
/// instances, as the parts of one answer; one instance at a time is open. Content-Location of a part is its
/// BulkDataURI, or the URI of its frame. Pixel data comes as it is stored; instances whose form is not
/// accepted are left out, with a 206 and a warning.
/// Errors: NotFound (there is none), NotAcceptable, those of the archive.
Result<dicomweb::Response> bulk_data_answer(std::shared_ptr<const StoredInstances> instances,
                                            const dicomweb::Route& route, const dicomweb::Request& request);

} // namespace recog::rest
