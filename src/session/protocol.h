// control.sock: what `bailey run/attach/exec/stop/ls` and a session's supervisor say to each other.
//
// How it works. A stream socket (unix(7), 0600, in the session's directory) carries frames: u32 length of the payload,
// u8 type, payload; integers are big-endian, a string is a u32 length and its bytes. Both sides begin with Hello. A
// client then says what the connection is for (Attach, Exec, Stop, StatusRequest, SayRule, ApprovalAnswer,
// RevokeChoice) and the supervisor answers with Output, Progress and Notice until Exit or Failure, after which it
// closes. A viewer at a terminal is also sent what a human has to decide (ApprovalPrompt), one at a time; while one is
// open it is sent no Output, and when it is over (ApprovalGone) the next one or a Redraw.
//
// What it relies on. Only processes of the same user may speak (check_peer, SO_PEERCRED), and none of them is inside a
// sandbox. The decoder is strict all the same: every length is bounded, each side may send only its own messages, and
// the first malformed byte ends the connection. Text in Progress, Notice, Exit and Failure goes through visible()
// before it reaches a terminal.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "approval/request.h"
#include "base/result.h"

namespace bailey::session {

inline constexpr std::uint32_t protocol_version = 1;

inline constexpr std::size_t data_bytes_max = std::size_t{64} << 10;    // of one Input or Output; encode() splits
inline constexpr std::size_t text_bytes_max = std::size_t{4} << 10;     // of one text for people; encode() cuts
inline constexpr std::size_t status_bytes_max = std::size_t{64} << 10;  // of a StatusReply
inline constexpr std::size_t exec_bytes_max = std::size_t{2} << 20;     // of a whole Exec, as execve(2) would refuse
inline constexpr std::size_t exec_strings_max = 65'536;                 // arguments and variables together
// Everything of a request at its limit, with the lengths of its strings.
inline constexpr std::size_t approval_prompt_bytes_max = std::size_t{256} << 10;
inline constexpr std::uint16_t window_cells_max = 4'096;  // rows, columns

struct WindowSize {
  std::uint16_t rows = 24;     // 1 … window_cells_max
  std::uint16_t columns = 80;  // 1 … window_cells_max
  bool operator==(const WindowSize&) const = default;
};

enum class OutputStream : std::uint8_t { out = 1, err = 2 };
enum class StopMode : std::uint8_t {
  save = 1,  // end the agent, save its work, publish the branch
  force = 2  // the same with nothing waited for: what takes too long is killed
};

// Both directions, first, once.
struct Hello {
  std::uint32_t version = protocol_version;
  bool operator==(const Hello&) const = default;
};

// ---- from a client ----
struct Attach {
  WindowSize size;
  bool is_tty = true;      // false: plain streams; `size` is ignored, no scrollback is sent
  bool read_only = false;  // input and size of this viewer are ignored
  bool operator==(const Attach&) const = default;
};
struct Input {
  std::string bytes;
  bool operator==(const Input&) const = default;
};
struct Resize {
  WindowSize size;
  bool operator==(const Resize&) const = default;
};
struct Detach {
  bool operator==(const Detach&) const = default;
};
// End of input (only where the command's stdin is a pipe).
struct CloseInput {
  bool operator==(const CloseInput&) const = default;
};
// One more command in the session's sandbox; the connection belongs to it like an Attach to the agent.
struct Exec {
  std::vector<std::string> argv;         // at least one; no NUL
  std::vector<std::string> environment;  // "NAME=value", added to the session's
  std::string directory;                 // empty: the session's
  bool tty = false;
  WindowSize size;
  bool operator==(const Exec&) const = default;
};
struct Stop {
  StopMode mode = StopMode::save;
  bool operator==(const Stop&) const = default;
};
struct StatusRequest {
  bool operator==(const StatusRequest&) const = default;
};

// bailey allow|deny: a rule of the network for this session. Answered by Exit or Failure.
enum class RuleWord : std::uint8_t { allow = 1, deny = 2 };
struct SayRule {
  RuleWord allow = RuleWord::deny;
  std::string pattern;
  bool operator==(const SayRule&) const = default;
};

// What a human says to a request. From a viewer: to the prompt that it was sent. First on a connection (`bailey
// approvals`): answered by Exit or Failure.
enum class ApprovalChoice : std::uint8_t {
  approve = 1,
  deny = 2,
  approve_session = 3,
  deny_session = 4,
  later = 5  // from a viewer only: not now, not here; it stays pending
};
struct ApprovalAnswer {
  std::uint64_t id = 0;
  ApprovalChoice choice = ApprovalChoice::deny;
  bool operator==(const ApprovalAnswer&) const = default;
};
// A remembered choice is forgotten. Answered by Exit or Failure.
struct RevokeChoice {
  std::string key;
  bool operator==(const RevokeChoice&) const = default;
};

// bailey checkpoint save, bailey undo: of the running session's workspace. Answered by Notices, then Exit or Failure.
enum class CheckpointAction : std::uint8_t { save = 1, undo = 2 };
struct CheckpointRequest {
  CheckpointAction action = CheckpointAction::save;
  std::string text;  // save: its name, may be empty; undo: number or name, empty: the newest
  bool operator==(const CheckpointRequest&) const = default;
};

// ---- from the supervisor ----
// Something to decide, for the client to show instead of the agent's screen. Its request carries no action.
struct ApprovalPrompt {
  std::uint64_t id = 0;
  std::string session;
  approval::Request request;
  bool operator==(const ApprovalPrompt&) const = default;
};
// That prompt is over, answered here or elsewhere.
struct ApprovalGone {
  std::uint64_t id = 0;
  bool operator==(const ApprovalGone&) const = default;
};
struct StatusReply {
  std::string json;  // one object
  bool operator==(const StatusReply&) const = default;
};
struct Output {
  OutputStream stream = OutputStream::out;
  std::string bytes;
  bool operator==(const Output&) const = default;
};
// What follows replaces what was shown: a viewer that was too slow, or asked (by a second Attach), is drawn anew.
struct Redraw {
  bool operator==(const Redraw&) const = default;
};
// A step that takes time ("saving the work"); replaces the one before.
struct Progress {
  std::string text;
  bool operator==(const Progress&) const = default;
};
// Something to know, one line, kept.
struct Notice {
  std::string text;
  bool operator==(const Notice&) const = default;
};
// Last message of a connection that ran something.
struct Exit {
  std::uint8_t status = 0;  // as in shells; 124 stopped, 125 bailey failed
  std::string reason;       // empty when the command simply ended
  bool operator==(const Exit&) const = default;
};
// Last message of a connection that could not be served.
struct Failure {
  std::string what;
  std::string why;
  std::string remedy;
  bool operator==(const Failure&) const = default;
};

using Message = std::variant<Hello, Attach, Input, Resize, Detach, CloseInput, Exec, Stop, StatusRequest, SayRule,
                             ApprovalAnswer, RevokeChoice, CheckpointRequest, ApprovalPrompt, ApprovalGone, StatusReply,
                             Output, Redraw, Progress, Notice, Exit, Failure>;

[[nodiscard]] Failure to_failure(const Error& error);
[[nodiscard]] Error to_error(const Failure& failure);

// Bytes for the socket. Long Input and Output become several frames, long texts are cut at text_bytes_max.
[[nodiscard]] std::string encode(const Message& message);
// The same without a copy into an Output first.
void append_output(std::string& to, OutputStream stream, std::string_view bytes);

// Whether the other side would accept it: limits, an empty argv, NUL bytes, "NAME=" form.
[[nodiscard]] Status check(const Exec& exec);

enum class Side { client, supervisor };

// Bytes in, messages out, without I/O. Holds at most one frame and what was fed with it.
class Decoder {
 public:
  // `sender` is the side whose bytes are decoded.
  explicit Decoder(Side sender) : sender_(sender) {}

  void feed(std::string_view bytes);
  // nullopt: the next message is not complete yet. After an error there is nothing to come: close the connection.
  // A Hello of another version is an error with a remedy.
  [[nodiscard]] Result<std::optional<Message>> next();
  // Bytes of an incomplete message are left: the peer was cut off.
  [[nodiscard]] bool is_in_message() const { return buffer_.size() > start_; }

 private:
  Side sender_;
  bool greeted_ = false;
  bool failed_ = false;
  std::string buffer_;
  std::size_t start_ = 0;
};

// The peer of a connected unix socket runs under our own uid, or an error.
[[nodiscard]] Status check_peer(int socket);

}  // namespace bailey::session
