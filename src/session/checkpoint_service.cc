#include "session/checkpoint_service.h"

#include <unistd.h>

#include "base/text.h"
#include "json/read.h"
#include "json/write.h"
#include "os/files.h"
#include "session/session_spec.h"
#include "workspace/undo.h"

namespace bailey::session {
namespace {

constexpr std::size_t notes_max = 20;
constexpr std::size_t note_bytes_max = 500;

json::Value error_value(const Error& error) {
  json::Value value = json::Object{};
  value.set("what", error.what);
  value.set("why", error.why);
  value.set("remedy", error.remedy);
  return value;
}

Result<json::Value> save(const std::string& directory, const std::string& reason, const std::string& name) {
  const auto spec = TRY(load_spec(directory));
  const auto store = TRY(workspace::CheckpointStore::open(directory));
  const SystemClock clock;
  return to_json(TRY(store.save(spec.workspace, reason, name, clock)));
}

Result<json::Value> bring_back(const workspace::CheckpointStore& store, const workspace::Checkpoint& checkpoint,
                               const SessionSpec& spec, json::Value report) {
  const auto result = TRY(workspace::run_undo(store, checkpoint, spec.workspace, 1, 0));
  store.end_undo();
  report.set("number", checkpoint.info.number);
  report.set("name", checkpoint.info.name);
  report.set("operations", result.operations);
  report.set("left", result.left);
  return report;
}

// What there is now is saved first: an undo can be undone. The mark comes before that, so that the checkpoint does not
// have to make room for it.
Result<json::Value> undo(const std::string& directory, const std::string& which) {
  const auto spec = TRY(load_spec(directory));
  const auto store = TRY(workspace::CheckpointStore::open(directory));
  const auto checkpoint = TRY(store.load(which));
  const std::string reason = "before undo " + std::to_string(checkpoint.info.number);
  TRY_STATUS(store.begin_undo(checkpoint.info.number));
  const SystemClock clock;
  const auto saved = store.save(spec.workspace, reason, "", clock);
  if (!saved) {
    store.end_undo();
    return std::unexpected(saved.error());
  }
  json::Value report = to_json(*saved);
  report.set("before", saved->info.number);
  return bring_back(store, checkpoint, spec, std::move(report));
}

Result<json::Value> finish(const std::string& directory) {
  const auto spec = TRY(load_spec(directory));
  const auto store = TRY(workspace::CheckpointStore::open(directory));
  const auto number = store.undo_under_way();
  if (!number) return json::Value(json::Object{});
  return bring_back(store, TRY(store.load(std::to_string(*number))), spec, json::Object{});
}

Result<json::Value> run(std::span<const std::string> arguments) {
  if (arguments.size() == 4 && arguments[0] == "save") return save(arguments[1], arguments[2], arguments[3]);
  if (arguments.size() == 3 && arguments[0] == "undo") return undo(arguments[1], arguments[2]);
  if (arguments.size() == 2 && arguments[0] == "finish") return finish(arguments[1]);
  return fail("bailey __checkpoint", "wrong arguments");
}

}  // namespace

json::Value to_json(const workspace::SavedCheckpoint& saved) {
  json::Value report = json::Object{};
  report.set("number", saved.info.number);
  report.set("reason", saved.info.reason);
  report.set("name", saved.info.name);
  report.set("dropped", json::Array(saved.dropped.begin(), saved.dropped.end()));
  json::Array notes;
  for (const auto& note : saved.notes.sentences())
    if (notes.size() < notes_max) notes.emplace_back(note.substr(0, note_bytes_max));
  report.set("notes", std::move(notes));
  return report;
}

int checkpoint_service_main(std::span<const std::string> arguments) {
  const auto report = run(arguments);
  const std::string text = json::write(report ? *report : error_value(report.error()));
  const bool told = os::write_all(checkpoint_report_fd, text).has_value();
  return report && told ? 0 : 1;
}

Result<json::Value> read_checkpoint_report(int fd) {
  if (::lseek(fd, 0, SEEK_SET) < 0) return fail_errno("read the report");
  const auto bytes = TRY(os::read_all(fd, checkpoint_report_bytes_max));
  auto report = TRY(json::read(bytes, "checkpoint"));
  const auto text = [&](const char* key) {
    const json::Value* value = report.find(key);
    return value != nullptr && value->as_string() != nullptr ? *value->as_string() : std::string();
  };
  if (report.find("why") != nullptr) return fail(text("what"), text("why"), text("remedy"));
  return report;
}

}  // namespace bailey::session
