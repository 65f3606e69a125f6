// Whatever the agent writes, in whatever pieces it arrives: what reaches the terminal is safe, the same, and filtering
// it again changes nothing. The first byte of the input chooses the pieces.
#include <cstdlib>

#include "session/scrollback.h"
#include "session/terminal_filter.h"
#include "session/terminal_oracle.h"

using namespace bailey::session;

namespace {
void require(bool holds) {
  if (!holds) std::abort();
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t step = data[0] % 16 + 1;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  TerminalFilter whole;
  const std::string at_once = whole.filter(text);
  require(unsafe_for_terminal(at_once).empty());

  TerminalFilter chunked;
  Scrollback scrollback(64);
  std::string in_pieces;
  for (std::size_t i = 0; i < text.size(); i += step) {
    const std::string piece = chunked.filter(text.substr(i, step));
    require(unsafe_for_terminal(piece).empty());  // every piece ends between characters and sequences
    scrollback.append(piece);
    in_pieces += piece;
  }
  require(in_pieces == at_once);
  require(chunked.modes() == whole.modes());
  require(unsafe_for_terminal(scrollback.replay()).empty());
  require(whole.take_answers().size() <= pending_answer_bytes_max);

  require(TerminalFilter().filter(at_once) == at_once);
  require(unsafe_for_terminal(whole.modes().leave_sequence()).empty());
  require(unsafe_for_terminal(whole.modes().enter_sequence()).empty());
  require(unsafe_for_terminal(TerminalFilter({}, Charset::ascii).filter(text)).empty());
  (void)plain_text(text);
  return 0;
}
