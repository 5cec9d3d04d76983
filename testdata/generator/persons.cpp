#include "testdata/generator/persons.hpp"

#include "testdata/generator/determinism.hpp"

#include <array>
#include <cstddef>

namespace recog::generator {

std::string_view Person::value_of(std::string_view issuer) const {
    for (const auto* list : {&local_ids, &cards}) {
        for (const Identifier& identifier : *list) {
            if (identifier.issuer == issuer) {
                return identifier.value;
            }
        }
    }
    return {};
}

std::string resident_id(std::string_view first_17_digits) {
    constexpr std::array<int, 17> weights{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
    constexpr std::string_view check_characters = "10X98765432";
    int sum = 0;
    for (std::size_t i = 0; i < weights.size(); ++i) {
        sum += weights[i] * (first_17_digits.at(i) - '0');
    }
    std::string complete(first_17_digits);
    complete += check_characters[static_cast<std::size_t>(sum % 11)];
    return complete;
}

std::string health_card(std::string_view seed) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    Random random(std::string("health card ").append(seed));
    std::string card;
    while (card.size() < 64) {
        card += digits[random.next() >> 60];
    }
    return card;
}

// County code 330999 is assigned to no county: nobody can hold these resident IDs.
std::vector<Person> region_persons() {
    return {
        {"P1",
         "Zhang^Wei=张^伟",
         "张伟",
         "19680312",
         "M",
         {{"H001", "20210045"}, {"H002", "M000317"}, {"H003", "S5501"}},
         {{"RESIDENT_ID", resident_id("33099919680312001")},
          {"MEDICAL_INSURANCE", "330999100000011"},
          {"SOCIAL_SECURITY", "QS10000017"},
          {"HEALTH_CARD", health_card("P1")}}},
        // Her number at H002 is his at H001: two hospitals count alike.
        {"P2",
         "Li^Xiuying=李^秀英",
         "李秀英",
         "19551120",
         "F",
         {{"H001", "20210112"}, {"H002", "20210045"}, {"H003", "S5502"}},
         {{"RESIDENT_ID", resident_id("33099919551120002")},
          {"MEDICAL_INSURANCE", "330999100000022"},
          {"CITIZEN_CARD", "QSK2200000028"},
          {"HEALTH_CARD", health_card("P2")}}},
        // The ideographic name stands in the alphabetic group, as many Chinese modalities write it.
        {"P3",
         "王小东",
         "王小东",
         "19900708",
         "M",
         {{"H001", "20220301"}, {"H002", "M000512"}, {"H003", "S5503"}},
         {{"RESIDENT_ID", resident_id("33099919900708003")},
          {"SOCIAL_SECURITY", "QS10000033"},
          {"CITIZEN_CARD", "QSK2200000039"},
          {"MEDICAL_INSURANCE", "330999100000033"}}},
        {"P4",
         "Ouyang^Na=欧阳^娜",
         "欧阳娜",
         "19830225",
         "F",
         {{"H001", "20220417"}, {"H002", "M000618"}, {"H003", "S5504"}},
         {{"RESIDENT_ID", resident_id("33099919830225004")},
          {"MEDICAL_INSURANCE", "330999100000044"},
          {"CITIZEN_CARD", "QSK2200000040"},
          {"HEALTH_CARD", health_card("P4")}}},
        // His number at H003 is P3's at H002.
        {"P5",
         "Zhao^Zhiguo=赵^志国",
         "赵志国",
         "19470930",
         "M",
         {{"H001", "20220533"}, {"H002", "M000733"}, {"H003", "M000512"}},
         {{"RESIDENT_ID", resident_id("33099919470930005")},
          {"MEDICAL_INSURANCE", "330999100000055"},
          {"SOCIAL_SECURITY", "QS10000055"},
          {"CITIZEN_CARD", "QSK2200000051"},
          {"HEALTH_CARD", health_card("P5")}}},
    };
}

} // namespace recog::generator
