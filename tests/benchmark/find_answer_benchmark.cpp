// Microseconds of processor time for one answer to C-FIND (what others do on the machine does not count): our
// writer in several sets and syntaxes, and DCMTK making and writing a data set of the same elements. Also the
// slowest keys that are let through, for each value they are tried on. `--quick` checks only that it runs.
#include "core/dicom/indexed_attributes.hpp"
#include "core/matching/matcher.hpp"
#include "core/service/find_answer.hpp"

#include <dcmtk/config/osconfig.h>

#include <dcmtk/dcmdata/dcostrmb.h>
#include <dcmtk/dcmdata/dctk.h>

#include <cstdio>
#include <ctime>
#include <string>
#include <string_view>
#include <vector>

using namespace recog;
namespace tags = dicom::tags;

namespace {

const std::vector<dicom::Tag> kKeys{tags::StudyDate,
                                    tags::StudyTime,
                                    tags::AccessionNumber,
                                    tags::ModalitiesInStudy,
                                    tags::InstitutionName,
                                    tags::ReferringPhysicianName,
                                    tags::StudyDescription,
                                    tags::PatientName,
                                    tags::PatientID,
                                    tags::PatientBirthDate,
                                    tags::PatientSex,
                                    tags::StudyInstanceUID,
                                    tags::StudyID,
                                    tags::NumberOfStudyRelatedSeries,
                                    tags::NumberOfStudyRelatedInstances};

service::PriorAnswer answer() {
    service::PriorAnswer made;
    dicom::AttributeSet& a = made.attributes;
    a.set(tags::StudyDate, "20240611");
    a.set(tags::StudyTime, "101530");
    a.set(tags::AccessionNumber, "A20240611001");
    a.set(tags::ModalitiesInStudy, "CT\\SR");
    a.set(tags::InstitutionName, "第一人民医院");
    a.set(tags::ReferringPhysicianName, "Li^Si=李^四");
    a.set(tags::StudyDescription, "胸部CT平扫");
    a.set(tags::PatientName, "Wang^Wu=王^五");
    a.set(tags::PatientID, "330106198001011234");
    a.set(tags::PatientBirthDate, "19800101");
    a.set(tags::PatientSex, "M");
    a.set(tags::StudyInstanceUID, "1.2.840.113619.2.55.3.604688119.971.1234567890.123");
    a.set(tags::StudyID, "1");
    a.set(tags::NumberOfStudyRelatedSeries, "3");
    a.set(tags::NumberOfStudyRelatedInstances, "312");
    made.other_patient_ids = {{"100", "H001"}, {"200", "H002"}};
    return made;
}

/// As answers were made before: element by element into a data set, which is then written.
std::size_t with_dcmtk(const service::PriorQuery& query, const service::PriorAnswer& found) {
    DcmDataset dataset;
    const auto put = [](DcmItem& item, dicom::Tag tag, std::string_view value) {
        item.putAndInsertOFStringArray(DcmTag(tag.group, tag.element), OFString(value.data(), value.size()));
    };
    put(dataset, tags::SpecificCharacterSet, "ISO_IR 192");
    put(dataset, tags::QueryRetrieveLevel, "STUDY");
    put(dataset, tags::RetrieveAETitle, "NODE");
    for (const auto& key : query.keys.entries()) {
        put(dataset, key.tag, found.attributes.get(key.tag));
    }
    for (const auto& one : service::other_patient_id_items(found)) {
        DcmItem* item = nullptr;
        dataset.findOrCreateSequenceItem(DCM_OtherPatientIDsSequence, item, -2);
        for (const auto& entry : one.entries()) {
            put(*item, entry.tag, entry.value);
        }
    }
    std::vector<char> bytes(dataset.calcElementLength(EXS_LittleEndianExplicit, EET_ExplicitLength));
    DcmOutputBufferStream out(bytes.data(), static_cast<offile_off_t>(bytes.size()));
    dataset.transferInit();
    dataset.write(out, EXS_LittleEndianExplicit, EET_ExplicitLength, nullptr);
    dataset.transferEnd();
    return bytes.size();
}

template <typename Work> void measure(const char* name, int rounds, const Work& work) {
    std::size_t sum = work();
    const std::clock_t began = std::clock();
    for (int i = 0; i < rounds; ++i) {
        sum += work();
    }
    const double seconds = static_cast<double>(std::clock() - began) / CLOCKS_PER_SEC;
    std::printf("%-52s %9.2f us   (%zu)\n", name, seconds / rounds * 1e6, sum % 100'000);
}

void measure_key(const char* name, int rounds, dicom::Tag tag, const std::string& key,
                 const std::string& value) {
    dicom::AttributeSet keys;
    keys.set(tag, key);
    dicom::AttributeSet stored;
    stored.set(tag, value);
    const auto matcher = matching::Matcher::compile(keys, {.fuzzy_names = true});
    if (!matcher) {
        std::printf("%-52s   refused: %s\n", name, matcher.failure().text.c_str());
        return;
    }
    measure(name, rounds, [&] { return static_cast<std::size_t>(matcher->matches(stored)); });
}

std::string repeated(std::string_view part, std::size_t times) {
    std::string text;
    for (std::size_t i = 0; i < times; ++i) {
        text += part;
    }
    return text;
}

} // namespace

int main(int count, char** arguments) {
    const bool quick = count > 1 && std::string_view(arguments[1]) == "--quick";
    const int rounds = quick ? 10 : 20'000;
    service::PriorQuery query;
    for (const dicom::Tag tag : kKeys) {
        query.keys.set(tag, "");
    }
    const service::PriorAnswer found = answer();
    struct Row {
        const char* name;
        std::string_view syntax;
        const char* set;
    };
    namespace syntax = dicom::transfer_syntax;
    for (const Row& row :
         {Row{"our writer, explicit, ISO_IR 192", syntax::ExplicitVRLittleEndian, "ISO_IR 192"},
          Row{"our writer, implicit, GB18030", syntax::ImplicitVRLittleEndian, "GB18030"},
          Row{"our writer, implicit, \\ISO 2022 IR 58", syntax::ImplicitVRLittleEndian, "\\ISO 2022 IR 58"},
          Row{"our writer, deflated, ISO_IR 192", syntax::DeflatedExplicitVRLittleEndian, "ISO_IR 192"}}) {
        service::FindAnswerWriter writer(query, "NODE",
                                         {.transfer_syntax = row.syntax, .request_character_set = row.set});
        measure(row.name, rounds, [&] { return writer.write(found).size(); });
    }
    measure("DCMTK, explicit, ISO_IR 192", rounds, [&] { return with_dcmtk(query, found); });
    const std::string name = repeated("a", 64) + "^" + repeated("a", 64);
    measure_key("name key of 64 KiB '*a*a'", rounds, tags::PatientName, repeated("*a", 32'768), name);
    measure_key("name key '*a' 63 times, fuzzy", rounds, tags::PatientName, repeated("*a", 63) + "*b", name);
    measure_key("name key of 60 'a*b', fuzzy", quick ? 1 : 2'000, tags::PatientName,
                repeated("a*b\\", 59) + "a*b", name);
    measure_key("description key of 64 '*b'", rounds, tags::StudyDescription, repeated("*b\\", 63) + "*b",
                repeated("a", 64));
    measure_key("description key of 64 '*b', plain ones to the limit", rounds, tags::StudyDescription,
                repeated("*b\\", 63) + repeated("c\\", 3'900) + "*b", repeated("a", 64));
    return 0;
}
