// Pure decisions and texts of this room.
#include <gtest/gtest.h>

#include "git/config_file.h"
#include "workspace/choose.h"
#include "workspace/git_config_text.h"
#include "workspace/notes.h"
#include "workspace/object_stores.h"
#include "workspace/packed_refs.h"
#include "workspace/remote_url.h"
#include "workspace/tasks.h"

namespace bailey::workspace {
namespace {

TEST(RemoteUrl, LosesEverythingThatCouldBeASecret) {
  const std::pair<const char*, const char*> cases[] = {
      {"https://example.org/x.git", "https://example.org/x.git"},
      {"https://TOKEN@example.org/x.git", "https://example.org/x.git"},
      {"https://user:TOKEN@example.org:8443/x.git", "https://example.org:8443/x.git"},
      {"https://user:TO@KEN@example.org/x", "https://example.org/x"},
      {"https://example.org/x?private_token=TOKEN#TOKEN", "https://example.org/x"},
      {"ssh://git@example.org:22/x", "ssh://git@example.org:22/x"},
      {"ssh://git:TOKEN@example.org/x", "ssh://git@example.org/x"},
      {"git@example.org:org/x.git", "git@example.org:org/x.git"},
      {"user:TOKEN@example.org", "user@example.org"},
      {"example.org:x", "example.org:x"},
      {"/srv/git/x", "/srv/git/x"},
      {"../x", "../x"},
      {"file:///srv/x", "file:///srv/x"},
      {"https://[::1]:8080/x", "https://[::1]:8080/x"},
      {"https://example.org:443/a@b", "https://example.org:443/a@b"},
  };
  for (const auto& [url, clean] : cases) EXPECT_EQ(without_credentials(url).value_or("<refused>"), clean) << url;
}

TEST(RemoteUrl, RefusesWhatIsNoAddress) {
  const std::string cases[] = {"",
                               "ext::sh -c evil",
                               "fd::3",
                               "https://example.org/\nx",
                               std::string("a\0b", 3),
                               "https://user:TO/KEN@example.org/x",
                               std::string(remote_url_bytes_max + 1, 'a')};
  for (const auto& url : cases) EXPECT_FALSE(without_credentials(url)) << url;
}

TEST(GitConfigText, ValuesCannotEndTheirLineOrOpenASection) {
  const GitSettings settings{.values = {{"core.autocrlf", "input"}},
                             .user_name = "A\"\n[core]\n\tfsmonitor = evil\\",
                             .user_email = "e ; # x",
                             .remotes = {{"o\"]\\", "u\n[core]\nsshCommand=evil", false}},
                             .excludes = ""};
  const auto entries =
      git::parse_config(git_config_text(settings, git::ObjectFormat::sha1, LocalRemote::present)).value();
  EXPECT_EQ(*git::config_value(entries, "core.fsmonitor"), "false");
  EXPECT_EQ(git::config_value(entries, "core.sshcommand"), nullptr);
  EXPECT_EQ(*git::config_value(entries, "user.name"), settings.user_name);
  EXPECT_EQ(*git::config_value(entries, "user.email"), settings.user_email);
  EXPECT_EQ(*git::config_value(entries, "remote.o\"]\\.url"), settings.remotes[0].url);
  EXPECT_EQ(*git::config_value(entries, "remote.local.url"), "bailey::local");
}

TEST(GitConfigText, GuardedRemotesKeepTheirAddressAndAreUsedThroughTheHelper) {
  GitSettings settings;
  settings.remotes = {{"origin", "git@h.org:o/r.git", false, "git@h.org:o/r.git", ""},
                      {"mirror", "https://h.org/o/r-mirror", false, "https://token@h.org/o/r-mirror", ""},
                      {"partial", "https://h.org/p", true, "https://h.org/p", ""},
                      {"daemon", "git://h.org/x", false, "git://h.org/x", ""}};
  const auto guarded = guarded_remotes(settings.remotes, "/src/app");
  ASSERT_EQ(guarded.size(), 3U);
  EXPECT_EQ(guarded[1].url, "https://token@h.org/o/r-mirror");
  const auto text = git_config_text(settings, git::ObjectFormat::sha1, LocalRemote::present, guarded);
  EXPECT_EQ(text.find("token"), std::string::npos) << "the login stays on the host";
  const auto entries = git::parse_config(text).value();
  EXPECT_EQ(*git::config_value(entries, "remote.origin.url"), "git@h.org:o/r.git");
  EXPECT_EQ(*git::config_value(entries, "remote.origin.vcs"), "bailey");
  EXPECT_EQ(*git::config_value(entries, "remote.mirror.vcs"), "bailey");
  EXPECT_EQ(*git::config_value(entries, "remote.partial.pushurl"), "bailey::https://h.org/p");
  EXPECT_EQ(git::config_value(entries, "remote.partial.vcs"), nullptr);
  EXPECT_EQ(git::config_value(entries, "remote.daemon.vcs"), nullptr);
  EXPECT_EQ(*git::config_value(entries, "url.bailey::git@h.org:o/r.git#ssh://git@h.org/o/r#.insteadof"),
            "ssh://git@h.org/o/r");
  EXPECT_EQ(git::config_value(entries, "url.bailey::git@h.org:o/r.git#https://h.org/o/r#.insteadof"), nullptr)
      << "it would rewrite the mirror's own address";
}

TEST(PackedRefs, BranchIsPutInOrderAndReplacesOneOfItsName) {
  const auto oid = [](char c) { return *git::Oid::parse(std::string(40, c)); };
  const std::vector<git::Ref> refs{{"refs/heads/a", oid('a')}, {"refs/heads/m", oid('b')}, {"refs/tags/z", oid('c')}};
  EXPECT_EQ(packed_refs_text(refs, "refs/heads/m", oid('d')).value(),
            "# pack-refs with: sorted \n" + std::string(40, 'a') + " refs/heads/a\n" + std::string(40, 'd') +
                " refs/heads/m\n" + std::string(40, 'c') + " refs/tags/z\n");
  EXPECT_NE(packed_refs_text(refs, "refs/heads/zz", oid('d')).value().find("d refs/heads/zz\n" + std::string(40, 'c')),
            std::string::npos);
  EXPECT_EQ(packed_refs_text({}, "refs/heads/x", {}).value(), "# pack-refs with: sorted \n");
  EXPECT_FALSE(packed_refs_text(refs, "refs/heads/a/b", oid('d')));
  EXPECT_FALSE(packed_refs_text({{"refs/heads/x/y", oid('a')}}, "refs/heads/x", oid('d')));
}

TEST(Choose, SaysWhatAndWhy) {
  EXPECT_EQ(choose(WantedMode::automatic, {.tracked = 100, .edited = {150, 1000}}).value().mode, Mode::copy);
  EXPECT_EQ(choose(WantedMode::automatic, {.tracked = copied_entries_max + 1}).value().mode, Mode::overlay);
  EXPECT_EQ(choose(WantedMode::automatic, {.edited = {10, copied_bytes_max + 1}}).value().mode, Mode::overlay);
  EXPECT_EQ(
      choose(WantedMode::automatic, {.edited = {copied_entries_max + 1, 0}, .overlay_obstacle = "none"}).value().mode,
      Mode::copy);
  EXPECT_FALSE(choose(WantedMode::overlay, {.overlay_obstacle = "none", .overlay_remedy = "do"}));
  EXPECT_EQ(choose(WantedMode::overlay, {}).value().mode, Mode::overlay);
  EXPECT_EQ(choose(WantedMode::copy, {.tracked = copied_entries_max + 1}).value().mode, Mode::copy);
}

TEST(Choose, OverlaysTheLargestIgnoredDirectoriesOnly) {
  const Survey survey{
      .edited = {100, 0},
      .ignored = {{"small", {10, 0}}, {"huge", {ignored_entries_max, 0}}, {"large", {ignored_entries_max / 2, 0}}}};
  const auto choice = choose(WantedMode::automatic, survey).value();
  EXPECT_EQ(choice.mode, Mode::mixed);
  EXPECT_EQ(choice.overlaid, std::vector<std::string>{"huge"});
  const Survey heavy{.edited = {}, .ignored = {{"data", {3, ignored_bytes_max + 1}}, {"cache", {3, 1}}}};
  EXPECT_EQ(choose(WantedMode::automatic, heavy).value().overlaid, std::vector<std::string>{"data"});
  Survey many;
  for (int i = 0; i < 100; ++i) many.ignored.push_back({"d" + std::to_string(i), {ignored_entries_max, 0}});
  EXPECT_EQ(choose(WantedMode::automatic, many).value().overlaid.size(), overlaid_directories_max);
}

TEST(Notes, ListABoundedNumberOfVisibleNames) {
  Notes notes;
  for (std::size_t i = 0; i < notes_names_max + 5; ++i) notes.add("skipped", "n" + std::to_string(10 + i) + "\n");
  const auto sentences = notes.sentences();
  ASSERT_EQ(sentences.size(), 1U);
  EXPECT_TRUE(sentences[0].starts_with("skipped: n10\\x0a, n11")) << sentences[0];
  EXPECT_TRUE(sentences[0].ends_with(" and 5 more")) << sentences[0];
}

TEST(Tasks, RunsEverythingOnSeveralThreadsAndStopsAtTheFirstError) {
  std::atomic<int> done{0};
  const auto tree = [&](Task task, TaskQueue& queue, unsigned) -> Status {
    ++done;
    if (task.directory.size() < 3)
      for (const char* name : {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"})
        queue.push({task.directory + name, {}});
    return {};
  };
  ASSERT_TRUE(run_tasks({}, 4, tree));
  EXPECT_EQ(done, 1111);
  const auto failing = [&](Task task, TaskQueue& queue, unsigned worker) -> Status {
    if (task.directory == "eee") return fail("work", "stopped");
    return tree(std::move(task), queue, worker);
  };
  EXPECT_EQ(run_tasks({}, 4, failing).error().why, "stopped");
}

TEST(ObjectStores, SameStoreIsMountedOnceAndItsOwnAlternatesAreCovered) {
  git::HostRepository one;
  one.object_stores = {"/nonexistent/a", "/nonexistent/b"};
  git::HostRepository two;
  two.object_stores = {"/nonexistent/b"};
  ObjectStores stores("/empty");
  EXPECT_EQ(stores.alternates_for(one), "/run/bailey/objects/0\n/run/bailey/objects/1\n");
  EXPECT_EQ(stores.alternates_for(two), "/run/bailey/objects/1\n");
  EXPECT_EQ(stores.mounts().size(), 2U);
}

}  // namespace
}  // namespace bailey::workspace
