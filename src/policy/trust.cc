#include "policy/trust.h"

#include <cerrno>

#include "base/digest.h"
#include "base/text.h"
#include "os/files.h"

namespace bailey::policy {
namespace {

// "<path hash> <content hash>"
std::string key_of(std::string_view directory, std::string_view content) {
  return to_hex(sha256(directory)) + ' ' + to_hex(sha256(content));
}

Result<std::string> read_record(const std::string& trust_file) {
  auto record = os::read_file(trust_file, trust_file_bytes_max);
  if (!record && record.error().code == ENOENT) return std::string();
  return record;
}

template <typename Change>
Status change_record(const std::string& trust_file, Change change) {
  TRY_STATUS(os::make_directories(std::string(os::directory_name(trust_file))));
  const auto lock = TRY(os::lock_file(trust_file + ".lock"));
  const auto record = TRY(read_record(trust_file));
  return os::write_file_atomic(trust_file, change(record));
}

}  // namespace

Trust trust_in(std::string_view record, std::string_view directory, std::string_view content) {
  const auto key = key_of(directory, content) + ' ';
  for (const auto line : split(record, '\n')) {
    if (line.starts_with(key)) return Trust::trusted;
  }
  return Trust::untrusted;
}

std::string without_trust(std::string_view record, std::string_view directory) {
  const auto path_key = to_hex(sha256(directory)) + ' ';
  std::string kept;
  for (const auto line : split(record, '\n')) {
    if (!line.empty() && !line.starts_with(path_key)) kept.append(line).append("\n");
  }
  return kept;
}

std::string with_trust(std::string_view record, std::string_view directory, std::string_view content) {
  return without_trust(record, directory) + key_of(directory, content) + ' ' + visible(directory) + '\n';
}

Result<Trust> project_trust(const std::string& trust_file, const std::string& directory, std::string_view content) {
  const auto record = TRY(read_record(trust_file));
  if (record.empty()) return Trust::untrusted;
  const auto real = TRY(os::real_path(directory));
  return trust_in(record, real, content);
}

Result<ProjectFiles> trust_project(const std::string& trust_file, const std::string& directory) {
  auto files = TRY(read_project_files(directory));
  if (!files.configuration && !files.allowlist) {
    return fail("trust '" + directory + "'", std::string("it has no ") + project_file_name,
                "nothing needs to be trusted: without that file a repository changes nothing");
  }
  const auto real = TRY(os::real_path(directory));
  const auto content = trusted_content(files);
  TRY_STATUS(change_record(trust_file, [&](std::string_view record) { return with_trust(record, real, content); }));
  return files;
}

Status forget_project(const std::string& trust_file, const std::string& directory) {
  const auto real = TRY(os::real_path(directory));
  return change_record(trust_file, [&](std::string_view record) { return without_trust(record, real); });
}

}  // namespace bailey::policy
