// `bailey-sign`: what git inside calls as gpg.program and gpg.ssh.program. It has no key: the host signs
// (src/broker/signing_broker.cc), or says why not.
#pragma once

#include <span>
#include <string_view>

namespace bailey::guest {

// "--status-fd=2 -bsau KEY" as gpg(1), "-Y sign -n git -f KEY FILE" as ssh-keygen(1): the two ways in which git asks
// for a signature. Anything else (verifying) is done by the program of that name inside, if there is one.
[[nodiscard]] int sign(std::span<char*> arguments);

}  // namespace bailey::guest
