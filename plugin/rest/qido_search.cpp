#include "plugin/rest/qido_search.hpp"

#include "core/base/digest.hpp"
#include "core/dicom/element_overlay.hpp"
#include "core/dicom/json_model.hpp"
#include "core/dicom/private_dictionary.hpp"
#include "core/dicom/xml_model.hpp"
#include "core/dicomweb/dataset_form.hpp"
#include "core/dicomweb/multipart_stream.hpp"
#include "core/dicomweb/qido.hpp"
#include "core/service/time_zone.hpp"
#include "plugin/rest/qido_answers.hpp"

#include <algorithm>

namespace recog::rest {

using dicomweb::DatasetForm;
using dicomweb::Response;
using dicomweb::SearchRequest;
using service::PriorQuery;
using service::PriorSummary;

namespace {

constexpr std::size_t kMostTagsNamed = 10;

/// Who asks what, without limit and offset. A fingerprint: no number of a patient is kept.
std::string fingerprint_of(const SearchRequest& search, const service::Asker& asker) {
    Digest digest;
    digest.add(asker.institution).add(asker.user).add(std::to_string(static_cast<int>(search.level)));
    digest.add(search.fuzzy_matching ? "fuzzy" : "");
    for (const auto& [tag, value] : search.keys.entries()) {
        digest.add(dicom::to_hex(tag)).add(value);
    }
    return digest.finish();
}

std::string list_of(const std::vector<dicom::Tag>& tags) {
    std::string text;
    for (std::size_t i = 0; i < std::min(tags.size(), kMostTagsNamed); ++i) {
        text += (i == 0 ? "" : ", ") + dicom::to_hex(tags[i]);
    }
    return text + (tags.size() > kMostTagsNamed ? " and others" : "");
}

void warn_of_keys(const SearchRequest& search, const PriorSummary& summary,
                  std::vector<std::string>& warnings) {
    std::vector<dicom::Tag> ignored;
    for (const dicom::Tag tag : summary.unsupported_keys) {
        if (!tag.is_private()) {
            ignored.push_back(tag);
        }
    }
    for (const auto& [tag, value] : search.keys.entries()) {
        if (tag.is_private() && !value.empty()) {
            ignored.push_back(tag);
        }
    }
    if (!ignored.empty()) {
        warnings.push_back("The attributes " + list_of(ignored) +
                           " are not matched on at this level and were ignored.");
    }
}

std::string creator_of(const SearchRequest& search, dicom::Tag tag) {
    const dicom::Tag place{tag.group, static_cast<std::uint16_t>(tag.element >> 8U)};
    const auto named = std::find_if(search.private_creators.begin(), search.private_creators.end(),
                                    [place](const auto& one) { return one.first == place; });
    return named != search.private_creators.end() ? named->second : std::string();
}

/// What includefield asks for and the index does not hold at this level.
struct FurtherFields {
    std::vector<dicom::WantedElement> of_files; ///< instance level
    std::vector<dicom::Tag> unknown;
};

// What may differ between the instances of a series or study is not taken from one of them: it would be said
// of all.
FurtherFields further_fields(const SearchRequest& search) {
    namespace dictionary = dicom::recognition_dictionary;
    FurtherFields fields;
    for (const dicom::Tag tag : search.include) {
        const dicom::IndexedAttribute* attribute = dicom::find_indexed(tag);
        const bool held = attribute != nullptr && attribute->level <= search.level;
        const bool recognition = tag.group == dictionary::group && search.level == dicom::Level::Study;
        const bool always = tag == dicom::tags::RetrieveURL || tag == dicom::tags::SpecificCharacterSet;
        const bool creator_itself = tag.is_private() && tag.element <= 0x00FF; // comes with its elements
        if (held || recognition || always || creator_itself) {
            continue;
        }
        const std::string creator = tag.is_private() ? creator_of(search, tag) : std::string();
        if (search.level == dicom::Level::Instance && tag.is_private() == !creator.empty()) {
            fields.of_files.push_back({tag, creator});
        } else {
            fields.unknown.push_back(tag);
        }
    }
    return fields;
}

void warn_of_fields(const FurtherFields& fields, std::size_t answers, std::vector<std::string>& warnings) {
    if (!fields.unknown.empty()) {
        warnings.push_back("The attributes " + list_of(fields.unknown) +
                           " are not known at this level and were left out of the answers.");
    }
    if (!fields.of_files.empty() && answers > kMostFilesRead) {
        warnings.push_back("Attributes that are not indexed were given for the first " +
                           std::to_string(kMostFilesRead) + " results only.");
    }
}

/// PS3.18 8.3.4.4.
void warn_of_rest(const SearchRequest& search, const PriorSummary& summary, std::size_t maximum,
                  std::vector<std::string>& warnings) {
    if (!summary.more) {
        return;
    }
    if (maximum != 0 && search.limit.value_or(maximum + 1) > maximum) {
        warnings.emplace_back(
            "The number of results exceeded the maximum supported by the server. Additional "
            "results can be requested.");
    }
    warnings.push_back("There are " + (summary.remaining ? std::to_string(*summary.remaining) + " " : "") +
                       "additional results that can be requested");
}

/// The answers in the form that is wanted, one after the other.
class AnswerWriter {
public:
    explicit AnswerWriter(DatasetForm form) : form_(form), multipart_("related", dicomweb::kDicomXml) {}

    void add(const AnswerParts& parts, const dicom::RecordedElements* more) {
        const std::string uri = parts.url + "/bulkdata";
        if (form_ == DatasetForm::DicomXml) {
            std::string document;
            dicom::XmlModel model(document, uri);
            tell(model, parts, more);
            const dicomweb::Field headers[] = {{"Content-Type", std::string(dicomweb::kDicomXml)}};
            text_ += multipart_.part_head(headers, document.size());
            text_ += document;
            text_ += dicomweb::MultipartStream::kPartEnd;
        } else {
            text_ += count_ == 0 ? "[" : ",";
            JsonWriter writer(text_);
            dicom::JsonModel model(writer, uri);
            tell(model, parts, more);
        }
        ++count_;
    }
    std::size_t count() const { return count_; }

    /// Of a multipart with no parts there is no form: then nothing is given but the status.
    Response finish(int empty_status) && {
        Response response;
        const bool xml = form_ == DatasetForm::DicomXml;
        if (count_ == 0 && (xml || empty_status == 204)) {
            response.status = 204;
            return response;
        }
        response.set_header("Content-Type",
                            xml ? multipart_.content_type() : std::string(dicomweb::json_type(form_)));
        response.body.append(count_ == 0 ? "[]" : std::move(text_));
        response.body.append(xml ? multipart_.end() : count_ == 0 ? "" : "]");
        return response;
    }

private:
    static void tell(dicom::ModelSink& sink, const AnswerParts& parts, const dicom::RecordedElements* more) {
        if (more != nullptr) {
            dicom::tell_answer(sink, parts.view(), *more);
        } else {
            dicom::tell_answer(sink, parts.view());
        }
    }

    const DatasetForm form_;
    const dicomweb::MultipartStream multipart_;
    std::string text_;
    std::size_t count_ = 0;
};

/// An answer whose file has yet to be read, which is not done while the index is being asked.
struct WaitingAnswer {
    AnswerParts parts;
    std::string orthanc_id;
    std::string institution;
};

/// PS3.4 C.2.2.2.5.2: the times that are asked for and answered are in this time zone.
Status take_time_zone(const SearchRequest& search, PriorQuery& query) {
    const std::string_view offset = search.keys.get(dicom::tags::TimezoneOffsetFromUTC);
    if (!offset.empty()) {
        query.utc_offset = service::parse_utc_offset(offset);
    }
    return offset.empty() || query.utc_offset
               ? Status()
               : Status(error(ErrorKind::BadRequest, "TimezoneOffsetFromUTC is no offset such as +0800"));
}

/// Elements of the instance's file; none when it has vanished or cannot be read.
dicom::RecordedElements elements_of(const service::PriorService& priors, service::Archive& archive,
                                    const WaitingAnswer& answer,
                                    const std::vector<dicom::WantedElement>& wanted) {
    dicom::ModelOptions options;
    options.bulk_data = true;
    options.default_character_set = priors.default_character_set(answer.institution);
    dicom::RecordedElements elements(wanted);
    const auto file = archive.open(answer.orthanc_id, service::Reading::Header);
    if (!file || !dicom::tell_dataset(elements, (*file)->bytes(), options)) {
        return dicom::RecordedElements({});
    }
    return elements;
}

} // namespace

Result<Response> QidoSearch::respond(const dicomweb::Request& request, const dicomweb::Route& route,
                                     const std::string& root_url, const service::Asker& asker) const {
    const auto form = dicomweb::choose_dataset_form(dicomweb::accepted(request));
    if (!form) {
        return error(ErrorKind::NotAcceptable,
                     "search results are given as application/dicom+json or as multipart/related with the "
                     "type application/dicom+xml");
    }
    const auto search = dicomweb::parse_search(route, request.query);
    if (!search) {
        return search.failure();
    }
    PriorQuery query = prior_query(*search, asker);
    if (const Status taken = take_time_zone(*search, query); !taken) {
        return taken.failure();
    }
    query.in_pages = true;
    query.most_rows = kMostRowsLookedAt;
    const std::string fingerprint = fingerprint_of(*search, asker);
    if (query.offset > 0) {
        query.newest = pages_.newest_of(fingerprint);
    }
    const FurtherFields fields = further_fields(*search);
    std::vector<WaitingAnswer> waiting;
    AnswerWriter writer(*form);
    const auto summary = priors_.find(query, [&](service::PriorAnswer& answer) {
        AnswerParts parts = answer_parts(*search, query, answer, root_url);
        if (fields.of_files.empty()) {
            writer.add(parts, nullptr);
        } else {
            waiting.push_back({std::move(parts), answer.orthanc_id, answer.institution});
        }
        return true;
    });
    if (!summary) {
        return summary.failure();
    }
    for (const WaitingAnswer& answer : waiting) {
        const bool read = writer.count() < kMostFilesRead;
        const auto more =
            read ? elements_of(priors_, archive_, answer, fields.of_files) : dicom::RecordedElements({});
        writer.add(answer.parts, &more);
    }
    if (query.offset == 0 && summary->more) {
        pages_.remember(fingerprint, summary->newest);
    }
    if (answered_) {
        answered_(query, *summary);
    }
    const service::Settings& settings = priors_.context().settings;
    const std::size_t answers = writer.count();
    Response response = std::move(writer).finish(settings.dicomweb.empty_search);
    response.warnings = search->warnings;
    warn_of_keys(*search, *summary, response.warnings);
    warn_of_fields(fields, answers, response.warnings);
    warn_of_rest(*search, *summary, settings.maximum_answers_for(asker.policy), response.warnings);
    return response;
}

} // namespace recog::rest
