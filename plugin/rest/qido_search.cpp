#include "plugin/rest/qido_search.hpp"

#include "core/base/digest.hpp"
#include "core/dicom/json_model.hpp"
#include "core/dicom/private_dictionary.hpp"
#include "core/dicomweb/model_form.hpp"
#include "core/dicomweb/qido.hpp"
#include "core/dicomweb/retrieve.hpp"
#include "plugin/rest/qido_answers.hpp"

#include <algorithm>

namespace recog::rest {

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

/// Asked for by includefield and not in the index at this level. What may differ between the instances of a
/// series or study is not taken from one of them: it would be said of all.
std::vector<dicom::Tag> not_held(const SearchRequest& search) {
    namespace dictionary = dicom::recognition_dictionary;
    std::vector<dicom::Tag> tags;
    for (const dicom::Tag tag : search.include) {
        const dicom::IndexedAttribute* attribute = dicom::find_indexed(tag);
        const bool held = attribute != nullptr && attribute->level <= search.level;
        const bool recognition = tag.group == dictionary::group && search.level == dicom::Level::Study;
        const bool always = tag == dicom::tags::RetrieveURL || tag == dicom::tags::SpecificCharacterSet;
        if (!held && !recognition && !always) {
            tags.push_back(tag);
        }
    }
    return tags;
}

void warn_of_fields(const SearchRequest& search, std::vector<std::string>& warnings) {
    const auto missing = not_held(search);
    if (!missing.empty()) {
        warnings.push_back("The attributes " + list_of(missing) +
                           " are not known at this level and were left out of the answers.");
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

/// The answers, as they are found, in the form that is wanted.
class AnswerWriter {
public:
    explicit AnswerWriter(const dicomweb::ModelForm& form) : form_(form) {}

    void add(const AnswerParts& parts) {
        json_ += json_.empty() ? "[" : ",";
        JsonWriter writer(json_);
        dicom::write_answer(writer, parts.view());
        ++count_;
    }
    std::size_t count() const { return count_; }

    Response finish() && {
        Response response;
        response.set_header("Content-Type", form_.media_type);
        response.body.append(count_ == 0 ? "[]" : std::move(json_) + "]");
        return response;
    }

private:
    const dicomweb::ModelForm& form_;
    std::string json_;
    std::size_t count_ = 0;
};

} // namespace

Result<Response> QidoSearch::respond(const dicomweb::Request& request, const dicomweb::Route& route,
                                     const std::string& root_url, const service::Asker& asker) const {
    const auto form = dicomweb::choose_model_form(dicomweb::accepted(request));
    if (!form || form->xml) {
        return error(ErrorKind::NotAcceptable, "search results are given as application/dicom+json only");
    }
    const auto search = dicomweb::parse_search(route, request.query);
    if (!search) {
        return search.failure();
    }
    PriorQuery query = prior_query(*search, asker);
    query.in_pages = true;
    query.most_rows = kMostRowsLookedAt;
    const std::string fingerprint = fingerprint_of(*search, asker);
    if (query.offset > 0) {
        query.newest = pages_.newest_of(fingerprint);
    }
    AnswerWriter writer(*form);
    const auto summary = priors_.find(query, [&](service::PriorAnswer& answer) {
        writer.add(answer_parts(*search, query, answer, root_url));
        return true;
    });
    if (!summary) {
        return summary.failure();
    }
    if (query.offset == 0 && summary->more) {
        pages_.remember(fingerprint, summary->newest);
    }
    if (answered_) {
        answered_(query, *summary);
    }
    const service::Settings& settings = priors_.context().settings;
    const bool nothing = writer.count() == 0 && (settings.dicomweb.empty_search == 204 || form->xml);
    Response response = nothing ? Response{204, {}, {}, {}} : std::move(writer).finish();
    response.warnings = search->warnings;
    warn_of_keys(*search, *summary, response.warnings);
    warn_of_fields(*search, response.warnings);
    warn_of_rest(*search, *summary, settings.maximum_answers_for(asker.policy), response.warnings);
    return response;
}

} // namespace recog::rest
