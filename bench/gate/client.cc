// gate-client WORK THREADS BYTES SECONDS ADDRESS PORT [--connect HOST:PORT] [--tls HOST] [--header TEXT]:
// the load. With TLS a request may carry one more header.
//
//   requests   each thread keeps one connection and asks for BYTES, again and again
//   connects   each thread makes a connection for every request
//   hold       THREADS connections at once, a request on each; prints, then keeps them until its input ends
//
// Prints one JSON object: requests, seconds, bytes, p50_us of a request (with its connection, for `connects`).
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <thread>
#include <vector>

#include "stream.h"

namespace {

using Clock = std::chrono::steady_clock;

struct Target {
  std::string address;
  std::uint16_t port = 0;
  std::string connect_to;  // empty: no proxy
  std::string tls_host;    // empty: no TLS
  SSL_CTX* tls = nullptr;
  std::string request;
};

std::unique_ptr<bench::Stream> open(const Target& target) {
  auto stream = std::make_unique<bench::Stream>(bench::connect_to(target.address, target.port));
  if (!target.connect_to.empty()) {
    stream->send("CONNECT " + target.connect_to + " HTTP/1.1\r\nHost: " + target.connect_to + "\r\n\r\n");
    const std::string answer = stream->receive_until("\r\n\r\n");
    if (answer.size() < 12 || answer.substr(9, 3) != "200") bench::die("CONNECT: " + answer);
  }
  if (target.tls != nullptr) stream->start_tls_client(target.tls, target.tls_host);
  return stream;
}

void ask(bench::Stream& stream, const Target& target, std::uint64_t bytes) {
  stream.send(target.request);
  if (target.tls != nullptr) {
    const std::string head = stream.receive_until("\r\n\r\n");
    if (head.size() < 12 || head.substr(9, 3) != "200") bench::die("answer: " + head);
  }
  stream.skip(bytes);
}

struct Work {
  Target target;
  std::uint64_t bytes = 0;
  Clock::time_point end;
  bool keeps_alive = true;
};

void work(const Work& job, std::vector<double>& times_us) {
  auto stream = job.keeps_alive ? open(job.target) : nullptr;
  if (stream) ask(*stream, job.target, job.bytes);  // not timed: what is first is slow
  do {
    const auto begin = Clock::now();
    if (!job.keeps_alive) stream = open(job.target);
    ask(*stream, job.target, job.bytes);
    if (!job.keeps_alive) stream.reset();
    times_us.push_back(std::chrono::duration<double, std::micro>(Clock::now() - begin).count());
  } while (Clock::now() < job.end);
}

void print(std::vector<std::vector<double>>& all, double seconds, std::uint64_t bytes) {
  std::vector<double> times;
  for (const auto& one : all) times.insert(times.end(), one.begin(), one.end());
  const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
  std::nth_element(times.begin(), middle, times.end());
  std::printf("{\"requests\": %zu, \"seconds\": %.6f, \"bytes\": %llu, \"p50_us\": %.2f}\n", times.size(), seconds,
              static_cast<unsigned long long>(times.size() * bytes), *middle);
  std::fflush(stdout);
}

void hold(const Target& target, std::size_t connections, std::uint64_t bytes) {
  std::vector<std::unique_ptr<bench::Stream>> streams;
  for (std::size_t i = 0; i < connections; ++i) {
    streams.push_back(open(target));
    ask(*streams.back(), target, bytes);
  }
  std::printf("{\"connections\": %zu}\n", connections);
  std::fflush(stdout);
  char byte = 0;
  while (::read(0, &byte, 1) > 0) {
  }
  std::_Exit(0);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 7)
    bench::die("usage: gate-client WORK THREADS BYTES SECONDS ADDRESS PORT [--connect H:P] [--tls H] [--header T]");
  std::signal(SIGPIPE, SIG_IGN);
  const std::string what = argv[1];
  const auto threads = static_cast<std::size_t>(std::atoi(argv[2]));
  Work job{.target = {}, .bytes = std::strtoull(argv[3], nullptr, 10), .end = {}, .keeps_alive = what != "connects"};
  Target& target = job.target;
  target.address = argv[5];
  target.port = static_cast<std::uint16_t>(std::atoi(argv[6]));
  std::string header;
  for (int i = 7; i + 1 < argc; i += 2) {
    const std::string flag = argv[i];
    (flag == "--tls" ? target.tls_host : flag == "--header" ? header : target.connect_to) = argv[i + 1];
  }
  if (target.tls_host.empty()) {
    target.request = "\x01 " + std::to_string(job.bytes) + "\n";
  } else {
    target.tls = SSL_CTX_new(TLS_client_method());
    target.request = "GET /" + std::to_string(job.bytes) +
                     " HTTP/1.1\r\nHost: " + (target.connect_to.empty() ? target.tls_host : target.connect_to) +
                     "\r\nAccept: */*\r\n" + (header.empty() ? "" : header + "\r\n") + "\r\n";
  }
  if (what == "hold") hold(target, threads, job.bytes);
  const auto begin = Clock::now();
  job.end = begin + std::chrono::milliseconds(static_cast<long>(std::atof(argv[4]) * 1000));
  std::vector<std::vector<double>> times(threads);
  std::vector<std::thread> workers;
  for (auto& own : times) workers.emplace_back([&job, &own] { work(job, own); });
  for (auto& worker : workers) worker.join();
  print(times, std::chrono::duration<double>(Clock::now() - begin).count(), job.bytes);
}
