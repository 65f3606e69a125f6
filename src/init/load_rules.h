// Sends a batch of nf_tables messages to the kernel and reads its answers: netlink(7), nfnetlink.
#pragma once

#include <string_view>

namespace bailey::init {

// Into the calling process's network namespace, for which it needs CAP_NET_ADMIN. 0, or the errno of the first message
// that was refused; then nothing is in force. The batch must ask for an answer in its last message but one.
[[nodiscard]] int load_rules(std::string_view batch);

}  // namespace bailey::init
