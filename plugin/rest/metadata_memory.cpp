#include "plugin/rest/metadata_memory.hpp"

namespace recog::rest {

namespace {

std::string name_of(const Uuid& file, const std::string& default_character_set) {
    return std::string(file.packed()).append(default_character_set);
}

} // namespace

MetadataMemory::Kept MetadataMemory::find(const Uuid& file, const std::string& default_character_set) {
    const std::string name = name_of(file, default_character_set);
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(name);
    if (found == entries_.end()) {
        return nullptr;
    }
    Entry& entry = found->second;
    if (entry.shelf == &asked_) {
        asked_.used.splice(asked_.used.end(), asked_.used, entry.place);
        return entry.metadata;
    }
    Kept metadata = entry.metadata;
    take_from_shelf(entry);
    entries_.erase(found);
    place(asked_, name, metadata);
    return metadata;
}

void MetadataMemory::remember(const Uuid& file, const std::string& default_character_set, Kept metadata) {
    put(asked_, file, default_character_set, std::move(metadata));
}

void MetadataMemory::foresee(const Uuid& file, const std::string& default_character_set, Kept metadata) {
    put(foreseen_, file, default_character_set, std::move(metadata));
}

void MetadataMemory::put(Shelf& shelf, const Uuid& file, const std::string& default_character_set,
                         Kept metadata) {
    const std::string name = name_of(file, default_character_set);
    const std::lock_guard lock(mutex_);
    if (!entries_.contains(name)) {
        place(shelf, name, std::move(metadata));
    }
}

void MetadataMemory::place(Shelf& shelf, const std::string& name, Kept metadata) {
    if (metadata->size() > shelf.most_bytes) {
        return;
    }
    shelf.bytes += metadata->size();
    shelf.used.push_back(name);
    entries_[name] = {std::move(metadata), &shelf, std::prev(shelf.used.end())};
    make_room(shelf);
}

void MetadataMemory::take_from_shelf(const Entry& entry) {
    entry.shelf->bytes -= entry.metadata->size();
    entry.shelf->used.erase(entry.place);
}

void MetadataMemory::make_room(Shelf& shelf) {
    while (shelf.bytes > shelf.most_bytes) {
        const auto oldest = entries_.find(shelf.used.front());
        take_from_shelf(oldest->second);
        entries_.erase(oldest);
    }
}

std::size_t MetadataMemory::bytes() const {
    const std::lock_guard lock(mutex_);
    return asked_.bytes + foreseen_.bytes;
}

} // namespace recog::rest
