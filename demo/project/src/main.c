#include <string.h>

#include "statistics.h"

static const struct {
  const char *name;
  double (*function)(const struct numbers *);
} commands[] = {
    {"sum", sum},
    {"mean", mean},
    {"deviation", deviation},
};

int main(int argc, char **argv) {
  for (size_t i = 0; argc == 2 && i < sizeof commands / sizeof *commands; i++) {
    if (strcmp(argv[1], commands[i].name)) continue;
    struct numbers numbers = {0};
    long bad = numbers_read(&numbers, stdin);
    if (bad) return fprintf(stderr, "summ: line %ld is not a number\n", bad), 1;
    if (!numbers.count) return fprintf(stderr, "summ: no numbers\n"), 1;
    printf("%.10g\n", commands[i].function(&numbers));
    numbers_free(&numbers);
    return 0;
  }
  fprintf(stderr, "usage: summ sum|mean|deviation < numbers\n");
  return 2;
}
