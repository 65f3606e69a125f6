// What the user should know about a workspace, collected by reason and told in bounded sentences.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace bailey::workspace {

inline constexpr std::size_t notes_names_max = 20;  // names listed in one note; the rest is counted

class Notes {
 public:
  // One more file or directory to which `reason` ("not copied: not readable") applies.
  void add(std::string_view reason, std::string_view path);
  void add_sentence(std::string sentence) { sentences_.push_back(std::move(sentence)); }
  void merge(const Notes& other);
  [[nodiscard]] bool empty() const { return sentences_.empty() && named_.empty(); }
  // "not copied: not readable: a, b and 3 more". Names are visible().
  [[nodiscard]] std::vector<std::string> sentences() const;

 private:
  struct Named {
    std::vector<std::string> names;
    std::size_t count = 0;
  };
  std::vector<std::string> sentences_;
  std::map<std::string, Named, std::less<>> named_;
};

}  // namespace bailey::workspace
