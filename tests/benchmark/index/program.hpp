// How the programs of this folder are asked, and how they give up.
#pragma once

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <variant>

namespace recog::bench {

[[noreturn]] inline void stop(const std::string& sentence) {
    std::fprintf(stderr, "%s: %s\n", program_invocation_short_name, sentence.c_str());
    std::exit(1);
}

using Option = std::variant<std::string*, std::uint64_t*>;

/// Reads "--name value" pairs into their places. Stops at an unknown name, and with `usage` at a missing
/// value.
inline void read_options(int count, char** arguments, const std::map<std::string, Option>& options,
                         const std::string& usage) {
    if (count % 2 == 0) {
        stop("usage: " + usage);
    }
    for (int i = 1; i < count; i += 2) {
        const auto option = options.find(arguments[i]);
        if (option == options.end()) {
            stop(std::string("unknown option ") + arguments[i]);
        }
        if (std::string* const* text = std::get_if<std::string*>(&option->second)) {
            **text = arguments[i + 1];
        } else {
            *std::get<std::uint64_t*>(option->second) = std::strtoull(arguments[i + 1], nullptr, 10);
        }
    }
}

} // namespace recog::bench
