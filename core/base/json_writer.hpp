// Writes JSON text straight into a string, without a tree: DICOMweb answers are large and made often.
// Reading JSON is nlohmann_json's job.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace recog {

/// The caller keeps the nesting right; commas and escapes are placed here. Not thread-safe.
class JsonWriter {
public:
    explicit JsonWriter(std::string& out) : out_(out) {}

    void begin_object() { open('{'); }
    void end_object() { close('}'); }
    void begin_array() { open('['); }
    void end_array() { close(']'); }
    void key(std::string_view name);
    void string(std::string_view utf8);
    void integer(std::int64_t number);
    /// `number` must already be a JSON number in text form.
    void raw(std::string_view number);
    void boolean(bool value) { raw(value ? "true" : "false"); }
    void null() { raw("null"); }

    /// JSON text of several tokens that begins a member and ends with a value: `"a":{"b":1`. Not looked at.
    void fragment(std::string_view text) { raw(text); }

    /// Shorthand for key() and string().
    void member(std::string_view name, std::string_view utf8) {
        key(name);
        string(utf8);
    }
    void member(std::string_view name, std::int64_t number) {
        key(name);
        integer(number);
    }

    /// Bytes of the text so far, with what stood there before.
    std::size_t size() const { return out_.size(); }

private:
    void separate();
    void open(char bracket);
    void close(char bracket);
    void quote(std::string_view utf8);
    void escape(char c);

    std::string& out_;
    bool comma_ = false;
};

} // namespace recog
