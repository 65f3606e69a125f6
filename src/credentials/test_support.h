// A home directory of its own for tests, with programs on its PATH.
#pragma once

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <string>

#include "credentials/read_source.h"
#include "os/files.h"

namespace bailey::credentials {

class Home {
 public:
  Home() {
    std::string path = "/tmp/bailey-credentials-XXXXXX";
    if (::mkdtemp(path.data()) != nullptr) directory_ = path;
  }
  ~Home() { (void)os::remove_tree(directory_); }
  Home(const Home&) = delete;
  Home& operator=(const Home&) = delete;

  [[nodiscard]] const std::string& path() const { return directory_; }
  [[nodiscard]] std::string at(std::string_view name) const { return os::join(directory_, name); }
  void write(const std::string& name, std::string_view text, mode_t mode = 0600) const {
    ASSERT_TRUE(os::make_directories(std::string(os::directory_name(at(name)))));
    ASSERT_TRUE(os::write_file(at(name), text, mode));
    ASSERT_EQ(::chmod(at(name).c_str(), mode), 0);
  }
  void program(const std::string& name, const std::string& script) const {
    write("bin/" + name, "#!/bin/sh\n" + script, 0755);
  }
  [[nodiscard]] SourceContext context(std::vector<std::pair<std::string, std::string>> variables = {}) const {
    variables.emplace_back("PATH", at("bin") + ":/usr/bin:/bin");
    variables.emplace_back("HOME", directory_);
    return {directory_, at(".config/bailey"), std::move(variables), {}};
  }

 private:
  std::string directory_;
};

}  // namespace bailey::credentials
