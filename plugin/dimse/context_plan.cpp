#include "plugin/dimse/context_plan.hpp"

#include <algorithm>
#include <map>

namespace recog::dimse {

namespace {

// One association being planned: the stored syntaxes of each SOP class, in order of first appearance.
struct Draft {
    std::vector<std::pair<std::string, std::vector<std::string>>> classes;
    std::map<std::string, std::size_t, std::less<>> position; ///< of a class in `classes`
    std::size_t contexts = 0;
    std::vector<std::size_t> instances;

    bool has(const std::string& sop_class, const std::string& syntax) const {
        const auto found = position.find(sop_class);
        if (found == position.end()) {
            return false;
        }
        const auto& stored = classes[found->second].second;
        return syntax.empty() || std::find(stored.begin(), stored.end(), syntax) != stored.end();
    }

    // A new class costs one more context, for the fallback.
    std::size_t cost(const std::string& sop_class, const std::string& syntax) const {
        return (position.contains(sop_class) ? 0U : 1U) + (syntax.empty() ? 0U : 1U);
    }

    void add(const std::string& sop_class, const std::string& syntax) {
        contexts += cost(sop_class, syntax);
        const auto [at, is_new] = position.try_emplace(sop_class, classes.size());
        if (is_new) {
            classes.push_back({sop_class, {}});
        }
        if (!syntax.empty()) {
            classes[at->second].second.push_back(syntax);
        }
    }
};

Draft& draft_for(std::vector<Draft>& drafts, const std::string& sop_class, const std::string& syntax) {
    for (Draft& draft : drafts) {
        if (draft.has(sop_class, syntax)) {
            return draft;
        }
        if (draft.contexts + draft.cost(sop_class, syntax) <= MAX_CONTEXTS) {
            draft.add(sop_class, syntax);
            return draft;
        }
    }
    drafts.emplace_back().add(sop_class, syntax);
    return drafts.back();
}

AssociationPlan finish(Draft draft) {
    AssociationPlan plan;
    plan.instances = std::move(draft.instances);
    const auto propose = [&plan](const std::string& sop_class, std::vector<std::string> syntaxes) {
        const auto id = static_cast<std::uint8_t>(2 * plan.contexts.size() + 1);
        plan.contexts.push_back({id, sop_class, std::move(syntaxes)});
    };
    for (const auto& [sop_class, stored] : draft.classes) {
        std::vector<std::string> fallback;
        for (const std::string_view syntax : {EXPLICIT_LITTLE_ENDIAN, IMPLICIT_LITTLE_ENDIAN}) {
            if (std::find(stored.begin(), stored.end(), syntax) == stored.end()) {
                fallback.emplace_back(syntax);
            }
        }
        for (const std::string& syntax : stored) {
            propose(sop_class, {syntax});
        }
        if (!fallback.empty()) {
            propose(sop_class, std::move(fallback));
        }
    }
    return plan;
}

} // namespace

bool is_uid(std::string_view text) {
    return !text.empty() && text.size() <= 64 &&
           std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || c == '.'; });
}

bool is_uncompressed(std::string_view uid) {
    return uid == IMPLICIT_LITTLE_ENDIAN || uid == EXPLICIT_LITTLE_ENDIAN || uid == EXPLICIT_BIG_ENDIAN;
}

std::vector<AssociationPlan> plan_associations(std::span<const StoredInstance> instances) {
    std::vector<Draft> drafts;
    for (std::size_t i = 0; i < instances.size(); ++i) {
        const StoredInstance& instance = instances[i];
        if (!is_uid(instance.sop_class_uid)) {
            (drafts.empty() ? drafts.emplace_back() : drafts.front()).instances.push_back(i);
            continue;
        }
        const std::string syntax =
            is_uid(instance.transfer_syntax_uid) ? instance.transfer_syntax_uid : std::string();
        draft_for(drafts, instance.sop_class_uid, syntax).instances.push_back(i);
    }
    std::vector<AssociationPlan> plans;
    for (Draft& draft : drafts) {
        plans.push_back(finish(std::move(draft)));
    }
    return plans;
}

} // namespace recog::dimse
