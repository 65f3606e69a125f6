// A deleter for std::unique_ptr that calls a function: what a C library made is given back by its own means.
//   using Key = std::unique_ptr<EVP_PKEY, Release<EVP_PKEY_free>>;
#pragma once

namespace bailey {

template <auto release>
struct Release {
  void operator()(auto* object) const { release(object); }
};

}  // namespace bailey
