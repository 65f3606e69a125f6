#include <math.h>
#include <stdlib.h>

#include "statistics.h"

static int failures, checks;

#define CHECK(condition)                                                   \
  do {                                                                     \
    checks++;                                                              \
    if (!(condition)) {                                                    \
      failures++;                                                          \
      printf("%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);       \
    }                                                                      \
  } while (0)
#define NEAR(value, expected) CHECK(fabs((value) - (expected)) < 1e-9)

static struct numbers some(const double *values, size_t count) {
  struct numbers numbers = {0};
  for (size_t i = 0; i < count; i++)
    if (numbers_add(&numbers, values[i])) abort();
  return numbers;
}

static void sums_keep_small_terms(void) {
  struct numbers numbers = some((double[]){1e16, 1, 1, -1e16}, 4);
  NEAR(sum(&numbers), 2);
  numbers_free(&numbers);
}

static void mean_and_deviation(void) {
  struct numbers numbers = some((double[]){2, 4, 4, 4, 5, 5, 7, 9}, 8);
  NEAR(mean(&numbers), 5);
  NEAR(deviation(&numbers), 2);
  numbers_free(&numbers);
}

static void bad_lines_are_told(void) {
  struct numbers numbers = {0};
  FILE *in = fmemopen("1\n2\nthree\n", 10, "r");
  CHECK(numbers_read(&numbers, in) == 3);
  CHECK(numbers.count == 2);
  fclose(in);
  numbers_free(&numbers);
}

int main(void) {
  sums_keep_small_terms();
  mean_and_deviation();
  bad_lines_are_told();
  printf("%d checks, %d failures\n", checks, failures);
  return failures != 0;
}
