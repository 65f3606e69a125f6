// Messages from init to the supervisor, built in a fixed buffer.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <cstring>

#include "init/protocol.h"

namespace bailey::init {

class Answer {
 public:
  explicit Answer(Event event) { put(&event, sizeof event); }
  Answer& u32(std::uint32_t value) {
    put(&value, sizeof value);
    return *this;
  }
  Answer& text(const char* value) {
    const auto size = static_cast<std::uint32_t>(std::strlen(value));
    u32(size);
    put(value, size + 1);
    return *this;
  }
  // A failing send means that the supervisor is gone; the caller's next read finds the end of the socket.
  void send(int control, int passed_fd = -1) { send(control, &passed_fd, passed_fd < 0 ? 0 : 1); }
  void send(int control, const int* passed, std::size_t count) {
    iovec part{bytes_, size_};
    alignas(cmsghdr) char room[CMSG_SPACE(sizeof(int) * listeners_count)] = {};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    if (count > 0 && count <= listeners_count) {
      message.msg_control = room;
      message.msg_controllen = CMSG_SPACE(sizeof(int) * count);
      cmsghdr* header = CMSG_FIRSTHDR(&message);
      header->cmsg_level = SOL_SOCKET;
      header->cmsg_type = SCM_RIGHTS;
      header->cmsg_len = CMSG_LEN(sizeof(int) * count);
      std::memcpy(CMSG_DATA(header), passed, sizeof(int) * count);
    }
    (void)::sendmsg(control, &message, MSG_NOSIGNAL);
  }

 private:
  void put(const void* data, std::size_t size) {
    if (size_ + size > sizeof bytes_) return;
    std::memcpy(bytes_ + size_, data, size);
    size_ += size;
  }
  char bytes_[1024] = {};
  std::size_t size_ = 0;
};

}  // namespace bailey::init
