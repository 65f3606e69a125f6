#include "numbers.h"

#include <stdlib.h>

int numbers_add(struct numbers *numbers, double value) {
  if (numbers->count == numbers->capacity) {
    size_t capacity = numbers->capacity ? 2 * numbers->capacity : 16;
    double *values = realloc(numbers->values, capacity * sizeof *values);
    if (!values) return -1;
    numbers->values = values;
    numbers->capacity = capacity;
  }
  numbers->values[numbers->count++] = value;
  return 0;
}

void numbers_free(struct numbers *numbers) {
  free(numbers->values);
  *numbers = (struct numbers){0};
}

long numbers_read(struct numbers *numbers, FILE *in) {
  char line[256];
  for (long number = 1; fgets(line, sizeof line, in); number++) {
    char *end;
    double value = strtod(line, &end);
    if (end == line || (*end != '\n' && *end != '\0')) return number;
    if (numbers_add(numbers, value)) return number;
  }
  return 0;
}
