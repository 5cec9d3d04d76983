// Reads commands from standard input, one a line, words split by tabs, and answers each with one line:
//
//   raw FILE OUT               all frames decoded, one after the other, into OUT
//       ok syntax frames rows columns samples allocated stored signed photometric
//   streams FILE OUT           each frame as it is stored: OUT.1, OUT.2, ...
//       ok syntax frames ...
//   transcode FILE SYNTAX OUT  ok bytes lossy
//   frame FILE NUMBER SYNTAX   ok bytes
// A failure is answered by "no kind text".
#include "core/codec/image_frames.hpp"
#include "core/codec/transcode.hpp"

#include <charconv>
#include <fstream>
#include <iostream>
#include <iterator>
#include <sstream>

namespace {

using namespace recog;

std::vector<std::byte> read_file(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(in)), {});
    const auto view = std::as_bytes(std::span(bytes));
    return {view.begin(), view.end()};
}

void write(std::ofstream& out, codec::Bytes bytes) {
    out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

std::string said(const Error& failure) {
    return "no " + std::to_string(static_cast<int>(failure.kind)) + " " + failure.text;
}

std::string described(const codec::ImageFrames& image, const codec::PixelFormat& format) {
    std::ostringstream out;
    out << "ok\t" << image.transfer_syntax() << '\t' << image.count() << '\t' << format.rows << '\t'
        << format.columns << '\t' << format.samples << '\t' << format.bits_allocated << '\t'
        << format.bits_stored << '\t' << format.is_signed << '\t' << format.photometric;
    return out.str();
}

std::string raw(const std::string& path, const std::string& to) {
    const auto file = read_file(path);
    const auto image = codec::ImageFrames::open(file);
    if (!image) {
        return said(image.failure());
    }
    std::ofstream out(to, std::ios::binary);
    std::string answer;
    for (std::uint32_t n = 1; n <= image->count(); ++n) {
        const auto raster = image->raster(n);
        if (!raster) {
            return said(raster.failure());
        }
        write(out, raster->pixels);
        answer = described(*image, raster->format);
    }
    return answer;
}

std::string streams(const std::string& path, const std::string& to) {
    const auto file = read_file(path);
    const auto image = codec::ImageFrames::open(file);
    if (!image) {
        return said(image.failure());
    }
    for (std::uint32_t n = 1; n <= image->count(); ++n) {
        const auto frame = image->frame(n, image->transfer_syntax());
        if (!frame) {
            return said(frame.failure());
        }
        std::ofstream out(to + "." + std::to_string(n), std::ios::binary);
        write(out, frame->bytes);
    }
    return described(*image, image->format());
}

std::string transcode(const std::string& path, const std::string& syntax, const std::string& to) {
    const auto file = read_file(path);
    const auto made = codec::transcode(file, syntax);
    if (!made) {
        return said(made.failure());
    }
    std::ofstream out(to, std::ios::binary);
    write(out, made->file);
    return "ok\t" + std::to_string(made->file.size()) + (made->lossy ? "\tlossy" : "\texact");
}

std::string frame(const std::string& path, const std::string& number, const std::string& syntax) {
    std::uint32_t n = 0;
    std::from_chars(number.data(), number.data() + number.size(), n);
    const auto file = read_file(path);
    const auto made = codec::frame_in(file, n, syntax);
    return made ? "ok\t" + std::to_string(made->bytes.size()) : said(made.failure());
}

std::string answer(const std::vector<std::string>& words) {
    if (words.size() == 3 && words[0] == "raw") {
        return raw(words[1], words[2]);
    }
    if (words.size() == 3 && words[0] == "streams") {
        return streams(words[1], words[2]);
    }
    if (words.size() == 4 && words[0] == "transcode") {
        return transcode(words[1], words[2], words[3]);
    }
    if (words.size() == 4 && words[0] == "frame") {
        return frame(words[1], words[2], words[3]);
    }
    return "no 0 unknown command";
}

} // namespace

int main() {
    for (std::string line; std::getline(std::cin, line);) {
        std::vector<std::string> words;
        std::istringstream split(line);
        for (std::string word; std::getline(split, word, '\t');) {
            words.push_back(word);
        }
        std::cout << answer(words) << std::endl;
    }
    return 0;
}
