// Expected failures are values: Result<T> holds a T or an Error with a kind and one sentence for a person.
// Exceptions are left for broken invariants and for memory that cannot be had.
#pragma once

#include <string>
#include <utility>
#include <variant>

namespace recog {

/// What went wrong, as far as a protocol needs to know. plugin/rest and plugin/orthanc hold the only tables
/// that turn a kind into an HTTP or DIMSE status.
enum class ErrorKind {
    BadRequest,           ///< the asker's words are off (HTTP 400, DIMSE A900)
    NotFound,             ///< nothing by that name (404)
    Gone,                 ///< was here, has been withdrawn (410)
    NotAcceptable,        ///< cannot be given in the form asked for (406)
    TooLarge,             ///< beyond a named limit (413)
    UnsupportedMediaType, ///< a body comes in a form that is not read here (415)
    Ambiguous,            ///< more than one person or study would match: nothing is given (409, A900)
    Forbidden,            ///< this asker may not (403, 0124)
    Unavailable,          ///< not now: the index is catching up, or a resource is used up (503, A700)
    Malformed,            ///< data from outside that breaks its own format (400, C000)
    Unreachable,          ///< another host does not answer or refuses (502, C000)
    Storage,              ///< the database or the disk failed (500, A700)
    Configuration,        ///< the operator's settings are wrong: Orthanc must not start
    Internal              ///< a bug here (500, C000)
};

/// `text` is one sentence without patient data: it goes into logs and answers as it is.
struct Error {
    ErrorKind kind = ErrorKind::Internal;
    std::string text;
};

inline Error error(ErrorKind kind, std::string text) {
    return Error{kind, std::move(text)};
}

template <typename T> class [[nodiscard]] Result {
public:
    Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
    Result(Error failure) : state_(std::in_place_index<1>, std::move(failure)) {}

    bool ok() const { return state_.index() == 0; }
    explicit operator bool() const { return ok(); }

    T& value() & { return std::get<0>(state_); }
    const T& value() const& { return std::get<0>(state_); }
    T&& value() && { return std::get<0>(std::move(state_)); }
    T& operator*() & { return value(); }
    const T& operator*() const& { return value(); }
    T&& operator*() && { return std::move(*this).value(); }
    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }

    const Error& failure() const { return std::get<1>(state_); }

private:
    std::variant<T, Error> state_;
};

template <> class [[nodiscard]] Result<void> {
public:
    Result() = default;
    Result(Error failure) : failure_(std::move(failure)), ok_(false) {}

    bool ok() const { return ok_; }
    explicit operator bool() const { return ok_; }
    const Error& failure() const { return failure_; }

private:
    Error failure_;
    bool ok_ = true;
};

using Status = Result<void>;

} // namespace recog
