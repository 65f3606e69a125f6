#include "session/settings_reads.h"

#include <gtest/gtest.h>

#include <fstream>

#include "os/files.h"
#include "session/settings_watch.h"
#include "session/temporary_directory.h"

namespace bailey::session {
namespace {

using std::chrono::seconds;

std::string text(const audit::Event& event, std::string_view field) {
  const auto* value = event.subject.find(field);
  const auto* string = value == nullptr ? nullptr : std::get_if<std::string>(value);
  return string == nullptr ? std::string() : *string;
}

TEST(SettingsReads, many_reads_of_a_file_are_one_event_a_minute) {
  SettingsReads reads;
  const SteadyTime start;
  ASSERT_TRUE(reads.read(".agent/a", start));
  for (int i = 1; i < 60; ++i) EXPECT_FALSE(reads.read(".agent/a", start + seconds(i)));
  EXPECT_TRUE(reads.read(".agent/b", start + seconds(1))) << "of another file";
  const auto event = reads.read(".agent/a", start + seconds(60));
  ASSERT_TRUE(event);
  EXPECT_EQ(text(*event, "path"), "~/.agent/a");
  EXPECT_EQ(std::get<std::int64_t>(*event->subject.find("reads")), 60);
}

TEST(SettingsReads, an_upload_soon_after_a_read_names_the_file) {
  SettingsReads reads;
  const SteadyTime start;
  const auto marked = [&](std::uint64_t bytes, SteadyTime now) {
    audit::Event event;
    reads.mark(event, bytes, now);
    return text(event, "after_settings_read");
  };
  EXPECT_EQ(marked(1'000'000, start), "") << "nothing was read";
  (void)reads.read(".agent/a", start);
  EXPECT_EQ(marked(settings_upload_bytes_min, start + seconds(60)), "~/.agent/a");
  EXPECT_EQ(marked(settings_upload_bytes_min - 1, start), "") << "a small request";
  EXPECT_EQ(marked(1'000'000, start + seconds(61)), "") << "long after";
}

TEST(SettingsReads, no_flood_of_names_grows_what_is_kept) {
  SettingsReads reads;
  std::size_t events = 0;
  for (std::size_t i = 0; i < 2 * settings_files_max; ++i)
    events += reads.read("file" + std::to_string(i), SteadyTime()) ? 1 : 0;
  EXPECT_EQ(events, settings_files_max);
}

TEST(SettingsWatch, sees_a_read_of_a_file_and_below_a_directory) {
  const TemporaryDirectory home;
  ASSERT_TRUE(os::make_directories(os::join(home.path(), "commands/more")));
  for (const char* name : {"settings", "commands/one", "commands/more/two", "other"})
    ASSERT_TRUE(os::write_file(os::join(home.path(), name), "text"));
  const SystemClock clock;
  const auto loop = event::Loop::create(clock);
  ASSERT_TRUE(loop);
  std::vector<std::string> seen;
  const auto watch = SettingsWatch::open(**loop, home.path(), {"settings", "commands", "absent"},
                                         [&](const std::string& path) { seen.push_back(path); });
  ASSERT_TRUE(watch);
  for (const char* name : {"settings", "other", "commands/one", "commands/more/two"})
    (void)os::read_file(os::join(home.path(), name));
  ASSERT_TRUE((*loop)->run_once(std::chrono::milliseconds(1000)));
  EXPECT_EQ(seen, (std::vector<std::string>{"settings", "commands/one", "commands/more/two"}));
}

}  // namespace
}  // namespace bailey::session
