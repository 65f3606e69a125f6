#include <algorithm>
#include <array>

#include "os/files.h"
#include "review/inspect.h"

namespace bailey::review {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t looked_at_bytes = 8'000;  // as git does to tell text from binary

enum class Family { program, archive, media, document };
struct Magic {
  std::string_view bytes;
  std::size_t offset;
  Family family;
  std::string_view name;
  std::string_view extensions;  // that such a file may have, each with a space before and behind
};
// file(1)'s knowledge, as far as it is needed here.
constexpr Magic magics[] = {
    {"\x7f"
     "ELF"sv,
     0, Family::program, "a Linux program or library", " so o elf bin ko a "},
    {"MZ"sv, 0, Family::program, "a Windows program or library", " exe dll sys "},
    {"\xcf\xfa\xed\xfe"sv, 0, Family::program, "a macOS program or library", " dylib bundle "},
    {"\xce\xfa\xed\xfe"sv, 0, Family::program, "a macOS program or library", " dylib bundle "},
    {"\xca\xfe\xba\xbe"sv, 0, Family::program, "a Java class or macOS program", " class dylib "},
    {"\0asm"sv, 0, Family::program, "a WebAssembly module", " wasm "},
    {"dex\n"sv, 0, Family::program, "an Android program", " dex "},
    {"!<arch>\n"sv, 0, Family::program, "a library or Debian package", " a lib deb "},
    {"\x1bLua"sv, 0, Family::program, "compiled Lua", " luac "},
    {"PK\x03\x04"sv, 0, Family::archive, "a zip archive",
     " zip jar war ear whl nupkg apk docx xlsx pptx odt ods odp epub vsix "},
    {"\x1f\x8b"sv, 0, Family::archive, "gzip data", " gz tgz "},
    {"BZh"sv, 0, Family::archive, "bzip2 data", " bz2 tbz "},
    {"\xfd"
     "7zXZ"sv,
     0, Family::archive, "xz data", " xz txz "},
    {"\x28\xb5\x2f\xfd"sv, 0, Family::archive, "zstd data", " zst "},
    {"7z\xbc\xaf"sv, 0, Family::archive, "a 7z archive", " 7z "},
    {"Rar!"sv, 0, Family::archive, "a rar archive", " rar "},
    {"ustar"sv, 257, Family::archive, "a tar archive", " tar "},
    {"\x89PNG\r\n\x1a\n"sv, 0, Family::media, "a PNG picture", " png apng "},
    {"\xff\xd8\xff"sv, 0, Family::media, "a JPEG picture", " jpg jpeg jfif "},
    {"GIF8"sv, 0, Family::media, "a GIF picture", " gif "},
    {"WEBP"sv, 8, Family::media, "a WebP picture", " webp "},
    {"\0\0\1\0"sv, 0, Family::media, "an icon", " ico "},
    {"BM"sv, 0, Family::media, "a BMP picture", " bmp "},
    {"II*\0"sv, 0, Family::media, "a TIFF picture", " tif tiff "},
    {"MM\0*"sv, 0, Family::media, "a TIFF picture", " tif tiff "},
    {"ftyp"sv, 4, Family::media, "a video or picture", " mp4 m4v m4a mov heic avif "},
    {"\x1a\x45\xdf\xa3"sv, 0, Family::media, "a video", " mkv webm "},
    {"OggS"sv, 0, Family::media, "sound or video", " ogg oga ogv opus "},
    {"ID3"sv, 0, Family::media, "sound", " mp3 "},
    {"fLaC"sv, 0, Family::media, "sound", " flac "},
    {"WAVE"sv, 8, Family::media, "sound", " wav "},
    {"wOFF"sv, 0, Family::media, "a font", " woff "},
    {"wOF2"sv, 0, Family::media, "a font", " woff2 "},
    {"OTTO"sv, 0, Family::media, "a font", " otf "},
    {"\0\1\0\0"sv, 0, Family::media, "a font", " ttf "},
    {"%PDF"sv, 0, Family::document, "a PDF document", " pdf ai "},
};

// Names that promise text: a binary there hides from every diff.
constexpr std::string_view source_extensions =
    " c h cc cpp cxx hpp hh hxx m mm rs go py pyi pyw rb php pl pm t lua js cjs mjs jsx ts cts mts tsx vue svelte java "
    "kt "
    "kts scala groovy gradle clj cljs cs fs vb swift dart ex exs erl hrl hs ml mli nim zig d jl r sh bash zsh fish ksh "
    "bat "
    "cmd ps1 psm1 sql html htm css scss sass less xml json jsonc json5 yml yaml toml ini cfg conf config properties "
    "env md "
    "rst txt adoc tex cmake mk make mak am ac in m4 bzl bazel nix tf hcl proto graphql csproj vbproj fsproj sln props "
    "targets gemspec rake lock sum mod csv tsv svg po vim el lisp ";
constexpr std::string_view media_extensions =
    " png apng jpg jpeg jfif gif webp ico bmp tif tiff mp4 m4v m4a mov heic avif mkv webm ogg oga ogv opus mp3 flac "
    "wav "
    "woff woff2 otf ttf pdf ";

bool lists(std::string_view words, std::string_view word) {
  return !word.empty() && words.find(" " + std::string(word) + " ") != std::string_view::npos;
}

std::string_view extension_of(std::string_view path) {
  const auto name = os::base_name(path);
  const auto dot = name.rfind('.');
  return dot == std::string_view::npos ? std::string_view() : name.substr(dot + 1);
}

const Magic* magic_of(std::string_view content) {
  for (const auto& magic : magics)
    if (content.size() >= magic.offset && content.substr(magic.offset).starts_with(magic.bytes)) return &magic;
  return nullptr;
}

std::string size_words(std::uint64_t bytes) {
  if (bytes < 10'000) return std::to_string(bytes) + " bytes";
  if (bytes < 10'000'000) return std::to_string(bytes / 1'000) + " KB";
  return std::to_string(bytes / 1'000'000) + " MB";
}

}  // namespace

ContentKind inspect_content(Collector& out, const Subject& subject, std::string_view content) {
  const auto extension = extension_of(subject.comparable);
  const Magic* magic = magic_of(content);
  const bool has_nul = content.substr(0, looked_at_bytes).find('\0') != std::string_view::npos;
  if (!has_nul && (magic == nullptr || magic->bytes.size() < 3 || magic->family == Family::media)) {
    // A picture by name whose bytes are text: what opens it as a picture fails, what runs it does not.
    if (magic == nullptr && lists(media_extensions, extension) && !content.empty())
      out.add(Check::disguised_binary, subject, {.words = "Its content is text."});
    if (magic == nullptr || magic->bytes.size() < 3) return ContentKind::text;
  }
  const std::string size = size_words(content.size());
  if (magic == nullptr) {
    const bool source = lists(source_extensions, extension);
    const bool media = lists(media_extensions, extension);
    out.add(source  ? Check::source_with_binary
            : media ? Check::disguised_binary
                    : Check::binary,
            subject, {.words = "It has " + size + " of no format that is known here."});
    return ContentKind::unknown;
  }
  const std::string words = "It is " + std::string(magic->name) + ", " + size + ".";
  const bool honest = lists(magic->extensions, extension);
  if (magic->family == Family::program) out.add(Check::program, subject, {.words = words});
  else if (!honest && !extension.empty()) out.add(Check::disguised_binary, subject, {.words = words});
  else if (magic->family != Family::media) out.add(Check::binary, subject, {.words = words});
  return ContentKind::binary;
}

void inspect_unread(Collector& out, const Subject& subject, std::uint64_t bytes, std::string_view why) {
  const bool source = lists(source_extensions, extension_of(subject.comparable));
  out.add(Check::not_read, subject,
          {.words = "It has " + size_words(bytes) + ": " + std::string(why) + ".",
           .severity = source ? std::optional(Severity::high) : std::nullopt});
}

}  // namespace bailey::review
