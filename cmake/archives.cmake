# Libraries that are linked into our programs instead of loaded at their start. On a virtual machine, where page faults
# are dear, loading and relocating ten shared libraries takes longer than `bwrap` takes for everything; a tool that is
# started for each command can't afford it. TLS is the exception: the gateway loads OpenSSL, so that its fixes come
# with the system's updates.
#   bailey_archive(NAME FILE...): an imported target archive::NAME; without such files, the shared library of that name.
function(bailey_archive name)
  add_library(archive_${name} INTERFACE)
  add_library(archive::${name} ALIAS archive_${name})
  foreach(file IN LISTS ARGN)
    find_library(BAILEY_ARCHIVE_${file} NAMES lib${file}.a ${file} REQUIRED)
    target_link_libraries(archive_${name} INTERFACE ${BAILEY_ARCHIVE_${file}})
  endforeach()
endfunction()

bailey_archive(sodium sodium)
bailey_archive(sha1 crypto)  # one object file of it
bailey_archive(seccomp seccomp)
bailey_archive(idn2 idn2 unistring)
bailey_archive(psl psl idn2 unistring)
bailey_archive(re2 re2)
bailey_archive(zlib z)
bailey_archive(zstd zstd)
bailey_archive(utf8proc utf8proc)

# The C++ library as well, except where a sanitizer has its own.
function(bailey_self_contained program)
  if(NOT BAILEY_SANITIZE)
    target_link_options(${program} PRIVATE -static-libstdc++ -static-libgcc -Wl,--gc-sections)
  endif()
endfunction()
