#include "workspace/give_tree.h"

#include <fcntl.h>
#include <unistd.h>

#include <vector>

#include "os/files.h"
#include "workspace/directory_entries.h"
#include "workspace/tasks.h"
#include "workspace/tree_walk.h"

namespace bailey::workspace {

Status give_tree(const std::string& directory, const Owner& owner) {
  const Fd top = TRY(os::open_file(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
  const auto give = [&](Task task, TaskQueue& queue, unsigned) -> Status {
    const Fd opened = TRY(open_tree_directory(top.get(), task.directory));
    if (::fchown(opened.get(), owner.uid, owner.gid) != 0)
      return fail_errno("give '" + task.directory + "' to the agent");
    Status status;
    std::vector<char> buffer(directory_buffer_bytes);
    TRY_STATUS(for_each_entry(opened.get(), buffer, [&](const char* name, unsigned char type) {
      if (type == DT_DIR) queue.push({below(task.directory, name), {}});
      else if (::fchownat(opened.get(), name, owner.uid, owner.gid, AT_SYMLINK_NOFOLLOW) != 0)
        status = fail_errno("give '" + below(task.directory, name) + "' to the agent");
    }));
    return status;
  };
  return run_tasks({}, 1, give);
}

}  // namespace bailey::workspace
