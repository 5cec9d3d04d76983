// Metadata that has been written, for who asks next: a viewer opens the same study several times a day, and
// first of all the one that has just come. What is kept is named by the file that it was written from (its
// uuid) and by the character set that was assumed. A uuid is never given twice and a file never rewritten, so
// what is found can not be out of date, and nothing has to be invalidated.
#pragma once

#include "plugin/rest/instance_metadata.hpp"

#include <cstddef>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace recog::rest {

/// Any thread may call any function.
class MetadataMemory {
public:
    using Kept = std::shared_ptr<const InstanceMetadata>;

    /// `asked_bytes` for what somebody has asked for, `foreseen_bytes` for what nobody has asked for yet, so
    /// that much being stored does not drive out what is looked at. What was used longest ago makes room.
    explicit MetadataMemory(std::size_t asked_bytes = std::size_t{64} << 20U,
                            std::size_t foreseen_bytes = std::size_t{16} << 20U)
        : asked_{asked_bytes, {}, 0}, foreseen_{foreseen_bytes, {}, 0} {}

    /// Null when it is not there; else it has been asked for. `file` must be known.
    Kept find(const Uuid& file, const std::string& default_character_set);
    /// Somebody has asked for it.
    void remember(const Uuid& file, const std::string& default_character_set, Kept metadata);
    /// Somebody may.
    void foresee(const Uuid& file, const std::string& default_character_set, Kept metadata);
    /// Bytes of all that is kept.
    std::size_t bytes() const;

private:
    struct Shelf;
    struct Entry {
        Kept metadata;
        Shelf* shelf = nullptr;
        std::list<std::string>::iterator place;
    };
    struct Shelf {
        std::size_t most_bytes = 0;
        std::list<std::string> used; ///< names, the one used last at the end
        std::size_t bytes = 0;
    };

    void put(Shelf& shelf, const Uuid& file, const std::string& default_character_set, Kept metadata);
    void place(Shelf& shelf, const std::string& name, Kept metadata);
    void take_from_shelf(const Entry& entry);
    void make_room(Shelf& shelf);

    mutable std::mutex mutex_;
    std::map<std::string, Entry> entries_;
    Shelf asked_;
    Shelf foreseen_;
};

} // namespace recog::rest
