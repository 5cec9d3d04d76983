#include "core/recognition/description_text.hpp"

#include "core/base/utf8.hpp"

#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <array>
#include <utility>

namespace recog::recognition {

namespace {

/// Hong Kong, Taiwan and older systems write these; sorted by the first.
constexpr std::array<std::pair<char32_t, char32_t>, 95> simplified = {{
    {U'並', U'并'}, {U'側', U'侧'}, {U'兒', U'儿'}, {U'內', U'内'}, {U'兩', U'两'}, {U'劃', U'划'},
    {U'劑', U'剂'}, {U'動', U'动'}, {U'單', U'单'}, {U'圖', U'图'}, {U'壓', U'压'}, {U'婦', U'妇'},
    {U'實', U'实'}, {U'對', U'对'}, {U'導', U'导'}, {U'層', U'层'}, {U'強', U'强'}, {U'彈', U'弹'},
    {U'後', U'后'}, {U'掃', U'扫'}, {U'損', U'损'}, {U'攝', U'摄'}, {U'數', U'数'}, {U'斷', U'断'},
    {U'會', U'会'}, {U'構', U'构'}, {U'標', U'标'}, {U'檢', U'检'}, {U'氣', U'气'}, {U'測', U'测'},
    {U'無', U'无'}, {U'產', U'产'}, {U'異', U'异'}, {U'療', U'疗'}, {U'癥', U'症'}, {U'盤', U'盘'},
    {U'竇', U'窦'}, {U'節', U'节'}, {U'維', U'维'}, {U'線', U'线'}, {U'縱', U'纵'}, {U'聲', U'声'},
    {U'肅', U'肃'}, {U'脈', U'脉'}, {U'脛', U'胫'}, {U'腎', U'肾'}, {U'腦', U'脑'}, {U'腫', U'肿'},
    {U'腳', U'脚'}, {U'腸', U'肠'}, {U'膚', U'肤'}, {U'膠', U'胶'}, {U'膽', U'胆'}, {U'臟', U'脏'},
    {U'臨', U'临'}, {U'葉', U'叶'}, {U'術', U'术'}, {U'複', U'复'}, {U'視', U'视'}, {U'診', U'诊'},
    {U'試', U'试'}, {U'譜', U'谱'}, {U'軟', U'软'}, {U'輸', U'输'}, {U'轉', U'转'}, {U'遠', U'远'},
    {U'鈣', U'钙'}, {U'鉬', U'钼'}, {U'錐', U'锥'}, {U'鎖', U'锁'}, {U'鏈', U'链'}, {U'鏡', U'镜'},
    {U'鐵', U'铁'}, {U'長', U'长'}, {U'門', U'门'}, {U'關', U'关'}, {U'雙', U'双'}, {U'電', U'电'},
    {U'靈', U'灵'}, {U'靜', U'静'}, {U'頁', U'页'}, {U'頜', U'颌'}, {U'頦', U'颏'}, {U'頭', U'头'},
    {U'頸', U'颈'}, {U'顯', U'显'}, {U'顱', U'颅'}, {U'顳', U'颞'}, {U'驗', U'验'}, {U'體', U'体'},
    {U'髖', U'髋'}, {U'點', U'点'}, {U'齒', U'齿'}, {U'齡', U'龄'}, {U'齶', U'腭'},
}};
static_assert(std::is_sorted(simplified.begin(), simplified.end()));

constexpr bool is_han(char32_t c) {
    return (c >= 0x3400 && c <= 0x9FFF) || (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x20000 && c <= 0x3FFFF);
}

/// ASCII and U+4E00 to U+9FFF need no ICU: they are nearly all there is.
bool is_plain(std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if (byte < 0x80) {
            continue;
        }
        if (byte < 0xE4 || byte > 0xE9 || i + 2 >= text.size() ||
            (byte == 0xE4 && static_cast<unsigned char>(text[i + 1]) < 0xB8) ||
            (static_cast<unsigned char>(text[i + 1]) & 0xC0U) != 0x80U ||
            (static_cast<unsigned char>(text[i + 2]) & 0xC0U) != 0x80U) {
            return false;
        }
        i += 2;
    }
    return true;
}

std::string compatibility_fold(std::string_view text) {
    UErrorCode status = U_ZERO_ERROR;
    const icu::Normalizer2* folding = icu::Normalizer2::getNFKCCasefoldInstance(status);
    std::string folded;
    if (U_FAILURE(status) != 0) {
        return folded;
    }
    icu::StringByteSink<std::string> sink(&folded, static_cast<std::int32_t>(text.size()));
    folding->normalizeUTF8(0, icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size())), sink,
                           nullptr, status);
    return U_FAILURE(status) != 0 ? std::string() : folded;
}

char32_t simplify(char32_t c) {
    const auto* found = std::lower_bound(simplified.begin(), simplified.end(), std::pair{c, char32_t{0}});
    return found != simplified.end() && found->first == c ? found->second : c;
}

bool separates(char32_t c) {
    if (c < 0x80) {
        return !is_word_byte(static_cast<char>(c)) && c != U'+';
    }
    return !is_han(c) && u_isalnum(static_cast<UChar32>(c)) == 0;
}

void append_utf8(std::string& out, char32_t c) {
    std::array<char, 4> bytes{};
    std::int32_t length = 0;
    U8_APPEND_UNSAFE(bytes.data(), length, static_cast<UChar32>(c));
    // U8_NEXT_OR_FFFD hands out code points only.
    out.append(bytes.data(), static_cast<std::size_t>(length));
}

/// `text` is folded already, but for the case of ASCII letters.
void append_words(std::string& out, std::string_view text) {
    bool blank = false;
    bool after_word = false;
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
    const auto size = static_cast<std::int32_t>(text.size());
    for (std::int32_t i = 0; i < size;) {
        UChar32 next = 0;
        U8_NEXT_OR_FFFD(bytes, i, size, next);
        auto c = static_cast<char32_t>(next);
        if (c >= U'A' && c <= U'Z') {
            c += U'a' - U'A';
        }
        if (separates(c)) {
            blank = true;
            continue;
        }
        const bool han = is_han(c);
        if (blank && after_word && !han) {
            out += ' ';
        }
        blank = false;
        after_word = !han;
        if (c < 0x80) {
            out += static_cast<char>(c);
        } else {
            append_utf8(out, han ? simplify(c) : c);
        }
    }
}

} // namespace

void append_normal_form(std::string& out, std::string_view utf8) {
    if (is_plain(utf8)) {
        append_words(out, utf8);
    } else {
        append_words(out, compatibility_fold(utf8));
    }
}

std::string normal_form(std::string_view utf8) {
    std::string out;
    append_normal_form(out, utf8);
    return out;
}

} // namespace recog::recognition
