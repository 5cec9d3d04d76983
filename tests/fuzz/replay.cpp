// Gives every file of the folders named on the command line to a fuzz target: each file whole, each of its
// lines, and its halves. Ends with 1 when a folder is missing or no file was found, and by abort() when
// something is wrong.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

void run(std::string_view input) {
    const std::string copy(input); // its own block, so that a read beyond the end is seen
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(copy.data()), copy.size());
}

void replay(const std::string& bytes) {
    run(bytes);
    run(std::string_view(bytes).substr(0, bytes.size() / 2));
    run(std::string_view(bytes).substr(bytes.size() / 2));
    for (std::size_t begin = 0; begin < bytes.size();) {
        const std::size_t end = std::min(bytes.find('\n', begin), bytes.size());
        run(std::string_view(bytes).substr(begin, end - begin));
        begin = end + 1;
    }
}

} // namespace

int main(int count, char** arguments) {
    int files = 0;
    for (int i = 1; i < count; ++i) {
        if (!std::filesystem::is_directory(arguments[i])) {
            std::fprintf(stderr, "no folder %s\n", arguments[i]);
            return 1;
        }
        for (const auto& entry : std::filesystem::recursive_directory_iterator(arguments[i])) {
            if (entry.is_regular_file()) {
                std::ifstream file(entry.path(), std::ios::binary);
                replay(std::string(std::istreambuf_iterator<char>(file), {}));
                ++files;
            }
        }
    }
    std::printf("%d files replayed\n", files);
    return files > 0 ? 0 : 1;
}
