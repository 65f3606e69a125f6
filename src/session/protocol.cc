#include "session/protocol.h"

#include <unistd.h>

#include <algorithm>

#include "os/socket.h"
#include "session/wire.h"

namespace bailey::session {
namespace {

// The numbers are part of the protocol: never reuse one.
enum class Type : std::uint8_t {
  hello = 1,
  attach = 2,
  input = 3,
  resize = 4,
  detach = 5,
  close_input = 6,
  exec = 7,
  stop = 8,
  status_request = 9,
  say_rule = 10,
  approval_answer = 11,
  revoke_choice = 12,
  checkpoint_request = 13,
  status_reply = 32,
  output = 33,
  progress = 34,
  notice = 35,
  exit = 36,
  failure = 37,
  redraw = 38,
  approval_prompt = 39,
  approval_gone = 40,
};

constexpr std::size_t header_bytes = 5;
constexpr std::string_view magic = "bailey";
constexpr std::size_t overhead_bytes_max = 64;  // fixed fields and lengths around the longest string

std::optional<Side> side_of(Type type) {  // nullopt: both
  if (type == Type::hello) return std::nullopt;
  return type < Type::status_reply ? Side::client : Side::supervisor;
}

// 0: no such type.
std::size_t payload_bytes_max(Type type) {
  switch (type) {
    case Type::hello:
      return text_bytes_max;  // a later version may say more
    case Type::attach:
    case Type::resize:
    case Type::detach:
    case Type::close_input:
    case Type::stop:
    case Type::status_request:
    case Type::redraw:
    case Type::approval_answer:
    case Type::approval_gone:
      return overhead_bytes_max;
    case Type::approval_prompt:
      return approval_prompt_bytes_max;
    case Type::input:
    case Type::output:
      return data_bytes_max + overhead_bytes_max;
    case Type::exec:
      return exec_bytes_max + overhead_bytes_max + 4 * exec_strings_max;
    case Type::status_reply:
      return status_bytes_max + overhead_bytes_max;
    case Type::say_rule:
    case Type::revoke_choice:
    case Type::checkpoint_request:
    case Type::progress:
    case Type::notice:
    case Type::exit:
      return text_bytes_max + overhead_bytes_max;
    case Type::failure:
      return 3 * text_bytes_max + overhead_bytes_max;
  }
  return 0;
}

bool has_nul(std::string_view text) { return text.find('\0') != std::string_view::npos; }

std::string_view cut(std::string_view text) { return text.substr(0, text_bytes_max); }

// ---- encoding: one overload a message ----

void append_frame(std::string& to, Type type, std::string_view payload) {
  wire::put_u32(to, static_cast<std::uint32_t>(payload.size()));
  wire::put_u8(to, static_cast<std::uint8_t>(type));
  to += payload;
}

void put_size(std::string& to, WindowSize size) {
  wire::put_u16(to, size.rows);
  wire::put_u16(to, size.columns);
}

void put_strings(std::string& to, const std::vector<std::string>& strings) {
  wire::put_u32(to, static_cast<std::uint32_t>(strings.size()));
  for (const auto& text : strings) wire::put_string(to, text);
}

void put_facts(std::string& to, const std::vector<approval::Fact>& facts) {
  wire::put_u32(to, static_cast<std::uint32_t>(facts.size()));
  for (const auto& fact : facts) {
    wire::put_string(to, fact.label);
    wire::put_string(to, fact.text);
  }
}

struct Encoder {
  std::string frames;

  void operator()(const Hello& hello) {
    std::string payload(magic);
    wire::put_u32(payload, hello.version);
    append_frame(frames, Type::hello, payload);
  }
  void operator()(const Attach& attach) {
    std::string payload;
    put_size(payload, attach.size);
    wire::put_flag(payload, attach.is_tty);
    wire::put_flag(payload, attach.read_only);
    append_frame(frames, Type::attach, payload);
  }
  void operator()(const Input& input) {
    std::string_view rest = input.bytes;
    do {
      append_frame(frames, Type::input, rest.substr(0, data_bytes_max));
      rest.remove_prefix(std::min(rest.size(), data_bytes_max));
    } while (!rest.empty());
  }
  void operator()(const Resize& resize) {
    std::string payload;
    put_size(payload, resize.size);
    append_frame(frames, Type::resize, payload);
  }
  void operator()(const Detach&) { append_frame(frames, Type::detach, {}); }
  void operator()(const CloseInput&) { append_frame(frames, Type::close_input, {}); }
  void operator()(const Exec& exec) {
    std::string payload;
    put_strings(payload, exec.argv);
    put_strings(payload, exec.environment);
    wire::put_string(payload, exec.directory);
    wire::put_flag(payload, exec.tty);
    put_size(payload, exec.size);
    append_frame(frames, Type::exec, payload);
  }
  void operator()(const Stop& stop) {
    std::string payload;
    wire::put_u8(payload, static_cast<std::uint8_t>(stop.mode));
    append_frame(frames, Type::stop, payload);
  }
  void operator()(const SayRule& said) {
    std::string payload;
    wire::put_u8(payload, static_cast<std::uint8_t>(said.allow));
    payload += cut(said.pattern);
    append_frame(frames, Type::say_rule, payload);
  }
  void operator()(const CheckpointRequest& request) {
    std::string payload;
    wire::put_u8(payload, static_cast<std::uint8_t>(request.action));
    payload += cut(request.text);
    append_frame(frames, Type::checkpoint_request, payload);
  }
  void operator()(const StatusRequest&) { append_frame(frames, Type::status_request, {}); }
  void operator()(const ApprovalAnswer& answer) {
    std::string payload;
    wire::put_u64(payload, answer.id);
    wire::put_u8(payload, static_cast<std::uint8_t>(answer.choice));
    append_frame(frames, Type::approval_answer, payload);
  }
  void operator()(const RevokeChoice& revoked) { append_frame(frames, Type::revoke_choice, cut(revoked.key)); }
  void operator()(const ApprovalPrompt& prompt) {
    const approval::Request request = approval::fitted(prompt.request);
    std::string payload;
    wire::put_u64(payload, prompt.id);
    wire::put_string(payload, cut(prompt.session));
    wire::put_string(payload, request.kind);
    wire::put_string(payload, request.title);
    wire::put_u8(payload, static_cast<std::uint8_t>(request.tier));
    put_facts(payload, request.context);
    put_facts(payload, request.from_agent);
    wire::put_string(payload, request.risk);
    wire::put_string(payload, request.view);
    wire::put_string(payload, request.remember);
    append_frame(frames, Type::approval_prompt, payload);
  }
  void operator()(const ApprovalGone& gone) {
    std::string payload;
    wire::put_u64(payload, gone.id);
    append_frame(frames, Type::approval_gone, payload);
  }
  void operator()(const StatusReply& reply) { append_frame(frames, Type::status_reply, reply.json); }
  void operator()(const Output& output) { append_output(frames, output.stream, output.bytes); }
  void operator()(const Redraw&) { append_frame(frames, Type::redraw, {}); }
  void operator()(const Progress& progress) { append_frame(frames, Type::progress, cut(progress.text)); }
  void operator()(const Notice& notice) { append_frame(frames, Type::notice, cut(notice.text)); }
  void operator()(const Exit& exit) {
    std::string payload;
    wire::put_u8(payload, exit.status);
    wire::put_string(payload, cut(exit.reason));
    append_frame(frames, Type::exit, payload);
  }
  void operator()(const Failure& failure) {
    std::string payload;
    wire::put_string(payload, cut(failure.what));
    wire::put_string(payload, cut(failure.why));
    wire::put_string(payload, cut(failure.remedy));
    append_frame(frames, Type::failure, payload);
  }
};

// ---- decoding ----

std::unexpected<Error> malformed(std::string why) {
  return fail("read from the control socket", std::move(why),
              "the other side is not a bailey of this version: end it and start the session again");
}

WindowSize take_size(wire::Reader& reader) {
  const WindowSize size{reader.u16(), reader.u16()};
  if (size.rows == 0 || size.columns == 0 || size.rows > window_cells_max || size.columns > window_cells_max)
    reader.fail();
  return size;
}

std::vector<std::string> take_strings(wire::Reader& reader, std::size_t count_max) {
  const std::uint32_t count = reader.u32();
  std::vector<std::string> strings;
  if (count > count_max) reader.fail();
  for (std::uint32_t i = 0; i < count && reader.is_good(); ++i) strings.emplace_back(reader.string());
  return strings;
}

Exec take_exec(wire::Reader& reader) {
  Exec exec;
  exec.argv = take_strings(reader, exec_strings_max);
  exec.environment = take_strings(reader, exec_strings_max - std::min(exec.argv.size(), exec_strings_max));
  exec.directory = reader.string();
  exec.tty = reader.flag();
  exec.size = take_size(reader);
  if (reader.is_good() && !check(exec)) reader.fail();
  return exec;
}

std::uint64_t take_id(wire::Reader& reader) {
  const std::uint64_t id = reader.u64();
  if (id == 0 || id > approval::id_max) reader.fail();
  return id;
}

ApprovalAnswer take_answer(wire::Reader& reader) {
  const std::uint64_t id = take_id(reader);
  const std::uint8_t choice = reader.u8();
  if (choice < 1 || choice > static_cast<std::uint8_t>(ApprovalChoice::later)) reader.fail();
  return {id, static_cast<ApprovalChoice>(choice)};
}

std::vector<approval::Fact> take_facts(wire::Reader& reader) {
  const std::uint32_t count = reader.u32();
  std::vector<approval::Fact> facts;
  if (count > approval::facts_max) reader.fail();
  for (std::uint32_t i = 0; i < count && reader.is_good(); ++i) {
    approval::Fact fact;
    fact.label = reader.string();
    fact.text = reader.string();
    facts.push_back(std::move(fact));
  }
  return facts;
}

ApprovalPrompt take_prompt(wire::Reader& reader) {
  ApprovalPrompt prompt;
  prompt.id = take_id(reader);
  prompt.session = reader.string();
  prompt.request.kind = reader.string();
  prompt.request.title = reader.string();
  prompt.request.tier = reader.u8();
  prompt.request.context = take_facts(reader);
  prompt.request.from_agent = take_facts(reader);
  prompt.request.risk = reader.string();
  prompt.request.view = reader.string();
  prompt.request.remember = reader.string();
  if (reader.is_good() && (!approval::check(prompt.request) || prompt.session.size() > text_bytes_max)) reader.fail();
  return prompt;
}

Message take_message(Type type, wire::Reader& reader) {
  switch (type) {
    case Type::hello:
      break;  // read before, by take_hello()
    case Type::attach:
      return Attach{take_size(reader), reader.flag(), reader.flag()};
    case Type::input:
      return Input{std::string(reader.rest())};
    case Type::resize:
      return Resize{take_size(reader)};
    case Type::detach:
      return Detach{};
    case Type::close_input:
      return CloseInput{};
    case Type::exec:
      return take_exec(reader);
    case Type::stop: {
      const std::uint8_t mode = reader.u8();
      if (mode != 1 && mode != 2) reader.fail();
      return Stop{static_cast<StopMode>(mode)};
    }
    case Type::status_request:
      return StatusRequest{};
    case Type::say_rule: {
      const std::uint8_t word = reader.u8();
      if (word != 1 && word != 2) reader.fail();
      return SayRule{static_cast<RuleWord>(word), std::string(reader.rest())};
    }
    case Type::approval_answer:
      return take_answer(reader);
    case Type::revoke_choice:
      return RevokeChoice{std::string(reader.rest())};
    case Type::approval_prompt:
      return take_prompt(reader);
    case Type::approval_gone:
      return ApprovalGone{take_id(reader)};
    case Type::checkpoint_request: {
      const std::uint8_t action = reader.u8();
      if (action != 1 && action != 2) reader.fail();
      return CheckpointRequest{static_cast<CheckpointAction>(action), std::string(reader.rest())};
    }
    case Type::status_reply:
      return StatusReply{std::string(reader.rest())};
    case Type::output: {
      const std::uint8_t stream = reader.u8();
      if (stream != 1 && stream != 2) reader.fail();
      return Output{static_cast<OutputStream>(stream), std::string(reader.rest())};
    }
    case Type::redraw:
      return Redraw{};
    case Type::progress:
      return Progress{std::string(reader.rest())};
    case Type::notice:
      return Notice{std::string(reader.rest())};
    case Type::exit:
      return Exit{reader.u8(), std::string(reader.string())};
    case Type::failure:
      return Failure{std::string(reader.string()), std::string(reader.string()), std::string(reader.string())};
  }
  reader.fail();
  return Detach{};
}

Result<Message> take_hello(std::string_view payload) {
  wire::Reader reader(payload);
  if (reader.bytes(magic.size()) != magic) return malformed("it does not begin with a greeting");
  const std::uint32_t version = reader.u32();
  if (!reader.is_good()) return malformed("its greeting is cut short");
  // What follows the number is the business of that version.
  if (version != protocol_version)
    return fail("talk to the session",
                "it speaks version " + std::to_string(version) + " of the protocol, we speak " +
                    std::to_string(protocol_version),
                "use the bailey that started the session, or stop it with that one and start it again");
  if (!reader.is_at_end()) return malformed("its greeting is too long");
  return Hello{version};
}

}  // namespace

Failure to_failure(const Error& error) { return {error.what, error.why, error.remedy}; }
Error to_error(const Failure& failure) { return {failure.what, failure.why, failure.remedy, 0}; }

std::string encode(const Message& message) {
  Encoder encoder;
  std::visit(encoder, message);
  return std::move(encoder.frames);
}

void append_output(std::string& to, OutputStream stream, std::string_view bytes) {
  do {
    const std::string_view part = bytes.substr(0, data_bytes_max);
    wire::put_u32(to, static_cast<std::uint32_t>(part.size() + 1));
    wire::put_u8(to, static_cast<std::uint8_t>(Type::output));
    wire::put_u8(to, static_cast<std::uint8_t>(stream));
    to += part;
    bytes.remove_prefix(part.size());
  } while (!bytes.empty());
}

Status check(const Exec& exec) {
  const auto refuse = [](std::string why, std::string remedy) {
    return fail("run a command in the session", std::move(why), std::move(remedy));
  };
  if (exec.argv.empty() || exec.argv.front().empty()) return refuse("no command was given", "name one after --");
  if (exec.argv.size() + exec.environment.size() > exec_strings_max)
    return refuse("more than " + std::to_string(exec_strings_max) + " arguments", "use a file or standard input");
  std::size_t bytes = exec.directory.size();
  for (const auto* strings : {&exec.argv, &exec.environment}) {
    for (const auto& text : *strings) {
      bytes += text.size() + 1;
      if (has_nul(text)) return refuse("an argument holds a NUL byte", "remove it: no program can receive one");
    }
  }
  if (bytes > exec_bytes_max)
    return refuse("the command line is longer than " + std::to_string(exec_bytes_max) + " bytes",
                  "use a file or standard input");
  if (has_nul(exec.directory)) return refuse("the directory holds a NUL byte", "remove it");
  for (const auto& variable : exec.environment)
    if (variable.find('=') == std::string::npos || variable.front() == '=')
      return refuse("an environment variable is not NAME=value", "write it as NAME=value");
  return {};
}

void Decoder::feed(std::string_view bytes) {
  if (failed_) return;
  if (start_ > 0) buffer_.erase(0, std::exchange(start_, 0));
  buffer_ += bytes;
}

Result<std::optional<Message>> Decoder::next() {
  if (failed_) return malformed("it broke the protocol before");
  const std::string_view available = std::string_view(buffer_).substr(start_);
  if (available.size() < header_bytes) return std::nullopt;
  failed_ = true;  // until proven otherwise
  wire::Reader header(available.substr(0, header_bytes));
  const std::uint32_t length = header.u32();
  const auto type = static_cast<Type>(header.u8());
  const std::size_t length_max = payload_bytes_max(type);
  if (length_max == 0) return malformed("it sent a message of unknown type");
  if (length > length_max) return malformed("it sent a message longer than allowed");
  if (greeted_ == (type == Type::hello)) return malformed("it must greet first, and once");
  if (side_of(type).value_or(sender_) != sender_) return malformed("it sent a message of the wrong side");
  if (available.size() < header_bytes + length) {
    failed_ = false;
    return std::nullopt;
  }
  const std::string_view payload = available.substr(header_bytes, length);
  Message message;
  if (type == Type::hello) {
    message = TRY(take_hello(payload));
    greeted_ = true;
  } else {
    wire::Reader reader(payload);
    message = take_message(type, reader);
    if (!reader.is_good() || !reader.is_at_end()) return malformed("it sent a message of the wrong form");
  }
  start_ += header_bytes + length;
  failed_ = false;
  return message;
}

Status check_peer(int socket) {
  const auto peer = TRY(os::peer_credentials(socket));
  if (peer.uid == ::geteuid()) return {};
  return fail("accept a connection", "it comes from another user (uid " + std::to_string(peer.uid) + ")",
              "sessions can be used only by the user who started them");
}

}  // namespace bailey::session
