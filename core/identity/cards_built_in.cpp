// What holds when no cards.json is configured: the text of dicom-conf/cards.json, letter by letter; a test
// compares the two.
#include "core/identity/cards.hpp"

#include <stdexcept>
#include <utility>

namespace recog::identity {

namespace {

// clang-format off
constexpr std::string_view kBuiltIn = R"json({
  "placeholders": [
    "UNKNOWN", "UNK", "UNIDENTIFIED", "ANONYMOUS", "ANON", "ANONYMIZED", "NONE", "NO", "NIL", "NULL", "(NULL)", "NAN",
    "N/A", "NA", "ND", "TBD", "EMPTY", "UNDEFINED", "TEST", "TESTING", "TESTPATIENT", "TEST PATIENT", "TEMP", "DEMO",
    "DUMMY", "EMERGENCY", "NOID", "NO ID", "NOCARD", "NO CARD", "XX", "XXX",
    "无", "无卡", "没有", "空", "未知", "未知患者", "不详", "不明", "未提供", "未填", "暂无", "待补", "待查", "其他",
    "测试", "测试患者", "匿名", "急诊", "无名氏", "自费"
  ],
  "domains": [
    {
      "domain": "MEDICAL_INSURANCE",
      "name": "医保",
      "issuers": ["医保", "医保卡", "医保局", "医疗保险", "医疗保障局", "YB", "YBK", "YIBAO", "MEDICAL_INSURANCE"],
      "universal_entity_ids": ["2.16.156.10011.1.15"],
      "type_codes": ["MC"],
      "value": {
        "characters": "alphanumeric", "upper_case": true, "remove_separators": true, "min_length": 6, "max_length": 26
      }
    },
    {
      "domain": "SOCIAL_SECURITY",
      "name": "社保",
      "issuers": ["社保", "社保卡", "社会保障", "社会保障卡", "SB", "SBK", "SHEBAO", "SOCIAL_SECURITY"],
      "universal_entity_ids": [],
      "type_codes": ["SS"],
      "value": {
        "characters": "alphanumeric", "upper_case": true, "remove_separators": true, "min_length": 6, "max_length": 20
      }
    },
    {
      "domain": "CITIZEN_CARD",
      "name": "市民卡",
      "issuers": ["市民", "市民卡", "SMK", "SHIMIN", "CITIZEN_CARD"],
      "universal_entity_ids": [],
      "type_codes": ["CZ"],
      "value": {
        "characters": "alphanumeric", "upper_case": true, "remove_separators": true, "min_length": 6, "max_length": 20
      }
    },
    {
      "domain": "HEALTH_CARD",
      "name": "健康卡",
      "issuers": ["健康卡", "居民健康卡", "电子健康卡", "JKK", "JIANKANGKA", "HEALTH_CARD"],
      "universal_entity_ids": ["2.16.156.10011.1.19"],
      "type_codes": ["HC"],
      "value": {
        "characters": "hexadecimal", "upper_case": true, "remove_separators": false, "min_length": 64, "max_length": 64
      }
    },
    {
      "domain": "RESIDENT_ID",
      "name": "身份证",
      "issuers": ["身份证", "居民身份证", "公民身份号码", "SFZ", "SHENFENZHENG", "RESIDENT_ID"],
      "universal_entity_ids": ["2.16.156.10011.1.3"],
      "type_codes": ["NI", "NNCHN"],
      "value": {"characters": "resident_id", "remove_separators": true}
    }
  ]
}
)json";
// clang-format on

} // namespace

CardDomains CardDomains::built_in() {
    auto cards = parse(kBuiltIn);
    if (!cards) {
        throw std::logic_error(cards.failure().text);
    }
    return *std::move(cards);
}

} // namespace recog::identity
