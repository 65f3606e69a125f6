#include "git/quarantine_lock.h"

#include <fcntl.h>
#include <sys/file.h>

#include "base/text.h"
#include "git/quarantine.h"
#include "os/files.h"

namespace bailey::git {

Result<Fd> enter_quarantine(const std::string& quarantine) {
  const std::string path = os::join(quarantine, "push-lock");
  Fd lock = TRY(os::try_lock_file(path));
  if (lock) TRY_STATUS(clean_quarantine(quarantine));
  else lock = TRY(os::open_file(path, O_RDWR));
  if (::flock(lock.get(), LOCK_SH) != 0) return fail_errno("lock '" + path + "'");
  return lock;
}

std::vector<Oid> known_shallow(const HostRepository& quarantine) {
  std::vector<Oid> oids;
  for (const auto line : split(quarantine.shallow, '\n'))
    if (const auto oid = Oid::parse(trim(line), quarantine.format)) oids.push_back(*oid);
  return oids;
}

}  // namespace bailey::git
