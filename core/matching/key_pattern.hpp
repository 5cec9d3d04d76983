// One matching key, ready to be asked: the kinds of matching of PS3.4 C.2.2.2, by VR.
#pragma once

#include "core/base/result.hpp"
#include "core/matching/matcher.hpp"
#include "core/matching/moment_range.hpp"

#include <memory>
#include <string_view>

namespace recog::matching {

/// Immutable; safe from any thread.
class KeyPattern {
public:
    virtual ~KeyPattern() = default;
    /// `value`: the attribute as stored, all its values, not empty.
    virtual bool matches(std::string_view value) const = 0;
    virtual Narrowing narrowing() const = 0;

    /// `key`: not universal. BadRequest with a sentence when it is malformed. With combined date-time
    /// matching the caller checks the order of ranges.
    static Result<std::unique_ptr<const KeyPattern>> compile(std::string_view key, std::string_view vr,
                                                             const Options& options);
};

/// A sequence (PS3.4 C.2.2.2.6): one item of the attribute must match every element of the key's one item.
/// `key`: dicom::encode_items() of that item. nullptr when the key has several items, or elements that the
/// index does not keep of the sequence. BadRequest as above.
Result<std::unique_ptr<const KeyPattern>> compile_sequence(std::string_view key, const Options& options);

/// Nothing but '*', padding and delimiters: PS3.4 C.2.2.2.3.
bool is_universal_key(std::string_view key, std::string_view vr);

} // namespace recog::matching
