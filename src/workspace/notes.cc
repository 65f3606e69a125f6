#include "workspace/notes.h"

#include <algorithm>

#include "base/text.h"

namespace bailey::workspace {

void Notes::add(std::string_view reason, std::string_view path) {
  auto found = named_.find(reason);
  if (found == named_.end()) found = named_.emplace(std::string(reason), Named{}).first;
  ++found->second.count;
  if (found->second.names.size() < notes_names_max) found->second.names.push_back(visible(path));
}

void Notes::merge(const Notes& other) {
  sentences_.insert(sentences_.end(), other.sentences_.begin(), other.sentences_.end());
  for (const auto& [reason, theirs] : other.named_) {
    Named& ours = named_[reason];
    ours.count += theirs.count;
    for (const auto& name : theirs.names)
      if (ours.names.size() < notes_names_max) ours.names.push_back(name);
  }
}

std::vector<std::string> Notes::sentences() const {
  std::vector<std::string> all = sentences_;
  for (const auto& [reason, named] : named_) {
    auto names = named.names;
    std::sort(names.begin(), names.end());
    std::string sentence = reason;
    for (std::size_t i = 0; i < names.size(); ++i) sentence += (i == 0 ? ": " : ", ") + names[i];
    if (named.count > names.size()) sentence += " and " + std::to_string(named.count - names.size()) + " more";
    all.push_back(std::move(sentence));
  }
  return all;
}

}  // namespace bailey::workspace
