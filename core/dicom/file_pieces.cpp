#include "core/dicom/file_pieces.hpp"

#include "core/dicom/element_encoder.hpp"

#include <utility>

namespace recog::dicom {

FilePieces::FilePieces(std::string_view head) : head_bytes_(head.size()) {
    add(head);
}

void FilePieces::add(std::string_view bytes) {
    if (bytes.empty()) {
        return;
    }
    flush_run();
    if (pieces_.empty() || !pieces_.back().run.empty()) {
        pieces_.push_back({});
        owned_.emplace_back();
    }
    owned_.back() += bytes;
    owned_bytes_ += bytes.size();
}

void FilePieces::add_run(Bytes run) {
    if (run.empty()) {
        return;
    }
    if (!run_.empty() && run_.data() + run_.size() == run.data()) {
        run_ = Bytes(run_.data(), run_.size() + run.size());
        return;
    }
    flush_run();
    run_ = run;
}

void FilePieces::flush_run() {
    const Bytes run = std::exchange(run_, Bytes());
    if (run.empty()) {
        return;
    }
    const bool after_head = owned_bytes_ == head_bytes_ && head_bytes_ > 0 && pieces_.size() == 1;
    const std::size_t copied = run.size() < kCopiedRunBytes ? run.size() : after_head ? kCopiedRunBytes : 0;
    add(text_of(run.first(copied)));
    if (copied < run.size()) {
        pieces_.push_back({run.subspan(copied)});
    }
}

std::vector<Bytes> FilePieces::pieces() {
    flush_run();
    std::vector<Bytes> all;
    auto owned = owned_.begin();
    for (const Piece& piece : pieces_) {
        all.push_back(piece.run.empty() ? std::as_bytes(std::span(*owned++)) : piece.run);
    }
    return all;
}

} // namespace recog::dicom
