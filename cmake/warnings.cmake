# g++ 12 takes the unused half of a std::expected for uninitialised once it inlines (-Wno-maybe-uninitialized); clang's
# analyzer looks for that in `make lint`, and hardening.cmake has locals start as zero.
add_library(bailey_warnings INTERFACE)
target_compile_options(bailey_warnings INTERFACE
  -Wall -Wextra -Wshadow -Wconversion -Wno-sign-conversion -Wnon-virtual-dtor -Wold-style-cast -Woverloaded-virtual
  -Wformat=2 -Wimplicit-fallthrough -Werror
  $<$<CXX_COMPILER_ID:GNU>:-Wduplicated-cond;-Wlogical-op;-Wno-maybe-uninitialized;-Wno-restrict;-Wno-missing-field-initializers>
  $<$<CXX_COMPILER_ID:Clang>:-Wno-missing-field-initializers;-Wno-missing-designated-field-initializers>)
