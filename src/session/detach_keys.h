// ctrl-b d leaves the session, ctrl-b ctrl-b types one ctrl-b, ctrl-b and anything else types both.
#pragma once

#include <string>
#include <string_view>

namespace bailey::session {

class DetachKeys {
 public:
  struct Typed {
    std::string input;    // for the agent
    bool detach = false;  // what came after the keys is dropped
  };
  [[nodiscard]] Typed feed(std::string_view typed);

 private:
  bool prefixed_ = false;
};

}  // namespace bailey::session
