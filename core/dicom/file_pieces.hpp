// A file put together from new bytes and from runs of an old one.
#pragma once

#include "core/dicom/part10.hpp"

#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace recog::dicom {

/// Runs shorter than this are copied: a piece of its own costs the sender more than a page of memory.
inline constexpr std::size_t kCopiedRunBytes = 4096;

/// Built from front to back. Moving it keeps its pieces valid.
class FilePieces {
public:
    /// `head` begins the first piece, and at least the start of what follows it is in that piece too.
    explicit FilePieces(std::string_view head = {});

    void add(std::string_view bytes);
    /// Memory that outlives this object; runs that touch become one.
    void add_run(Bytes run);

    /// The whole, in order. The views live as long as this object and the runs.
    std::vector<Bytes> pieces();
    /// Bytes held here, as opposed to those in runs.
    std::size_t owned_bytes() const { return owned_bytes_; }

private:
    struct Piece {
        Bytes run; ///< empty: the next of owned_
    };
    void flush_run();

    std::deque<std::string> owned_;
    std::vector<Piece> pieces_;
    Bytes run_; ///< not yet among the pieces: it may go on
    std::size_t head_bytes_;
    std::size_t owned_bytes_ = 0;
};

} // namespace recog::dicom
